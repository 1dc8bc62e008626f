// What the process that runs libhdf5 hands back (twin/io/hdf5_walk.h), were it taken over by the file
// that it reads: hdf5_walk is this one here, and fills the room with the bytes.
#include "tests/fuzz/harness.h"
#include "twin/io/hdf5_seal.h"
#include "twin/io/hdf5_walk.h"

#include <string.h>

void hdf5_walk(struct hdf5_room *room, const void *bytes, size_t n_bytes)
{
    const size_t skip = HDF5_SEAL, n = n_bytes - skip;
    memcpy(room, (const char *)bytes + skip, n < room->size ? n : room->size);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static uint8_t file[HDF5_SEAL + 65536];
    struct hdf5_file h;
    struct fail f = {""};
    if (n > 65536) return 0;
    memcpy(file + HDF5_SEAL, bytes, n);
    hdf5_seal_make((char *)file, HDF5_SEAL + n);
    if (hdf5_read(&h, fuzz_file(file, HDF5_SEAL + n), &f)) {
        fuzz_refused(f.text);
        return 0;
    }
    for (int i = 0; i < h.n; i++) {
        const struct hdf5_array *a = &h.array[i];
        const char *text = a->data;
        fuzz_touch(a->name, strlen(a->name));
        if (a->kind != HDF5_TEXT) fuzz_touch(a->data, 8 * a->n);
        for (size_t k = 0; a->kind == HDF5_TEXT && k < a->n; k++)
            text += strlen(text) + 1;
    }
    hdf5_close(&h);
    fuzz_taken();
    return 0;
}

void fuzz_seeds(const char *folder)
{
    struct {
        struct hdf5_room room;
        struct hdf5_record number;
        char number_name[8];
        double value[2];
        struct hdf5_record text;
        char text_name[8], text_value[8];
    } seed = {.room = {.size = sizeof seed, .used = sizeof seed, .n_records = 2, .walked = 1},
              .number = {7, 16, HDF5_REAL, 1, {2}},
              .number_name = "own/wt",
              .value = {1, -2},
              .text = {5, 4, HDF5_TEXT, 0, {0}},
              .text_name = "name",
              .text_value = "abc"};
    fuzz_seed(folder, "two_records", &seed, sizeof seed);
}
