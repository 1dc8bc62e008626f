// Events of NumPy: arrays in a zip.
#include "tests/fuzz/readers/events_files.h"

#include <string.h>
#include <unistd.h>
#include <zip.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    return show_events("events.npz", 50, bytes, n);
}

struct entry {
    const char *name, *type;
    int n;
    const void *values;
    size_t bytes;
};

static void put(const char *folder, const char *name, bool packed, const struct entry *x, int n)
{
    static unsigned char file[8][256];
    char path[4200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    unlink(path);
    zip_t *z = zip_open(path, ZIP_CREATE | ZIP_EXCL, 0);
    fuzz_need(z, path);
    for (int i = 0; i < n; i++) {
        char head[100];
        int length = snprintf(head, sizeof head,
                              "{'descr': '%s', 'fortran_order': False, 'shape': (%d,), }\n",
                              x[i].type, x[i].n);
        memcpy(file[i], "\x93NUMPY\1\0", 8);
        file[i][8] = (unsigned char)length;
        file[i][9] = 0;
        memcpy(file[i] + 10, head, (size_t)length);
        memcpy(file[i] + 10 + length, x[i].values, x[i].bytes);
        zip_source_t *s = zip_source_buffer(z, file[i], 10 + (size_t)length + x[i].bytes, 0);
        zip_int64_t at = zip_file_add(z, x[i].name, s, 0);
        fuzz_need(at >= 0, path);
        zip_set_file_compression(z, (zip_uint64_t)at, packed ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0);
    }
    fuzz_need(!zip_close(z), path);
}

void fuzz_seeds(const char *folder)
{
    static const double times[] = {0, 0.1, 0.05, 0.3};
    static const uint16_t units[] = {0, 5, 3, 3}, labels[] = {0, 1};
    static const int64_t offsets[] = {0, 2, 4}, ticks[] = {3};
    const struct entry flat[] = {{"times.npy", "<f8", 4, times, sizeof times},
                                 {"units.npy", "<u2", 4, units, sizeof units},
                                 {"offsets.npy", "<i8", 3, offsets, sizeof offsets},
                                 {"labels.npy", "<u2", 2, labels, sizeof labels},
                                 {"keys.npy", "|S2", 2, "onno", 4},
                                 {"splits.npy", "|S5", 2, "traintest\0", 10}};
    const struct entry each[] = {{"labels.npy", "|S1", 2, "ab", 2},
                                 {"times_0.npy", "<f8", 2, times, 16},
                                 {"units_0.npy", "<u2", 2, units, 4},
                                 {"times_1.npy", "<f8", 0, ticks, 0},
                                 {"units_1.npy", "<u2", 0, ticks, 0}};
    put(folder, "flat", false, flat, 6);
    put(folder, "packed", true, flat, 6);
    put(folder, "each", false, each, 5);
}
