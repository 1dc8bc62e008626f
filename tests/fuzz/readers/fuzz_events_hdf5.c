// Events in the layout of SHD, by way of the process that runs libhdf5.
#include "tests/fuzz/readers/events_files.h"

#include <hdf5.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    return show_events("events.h5", 50, bytes, n);
}

static void put(hid_t file, const char *name, hid_t type, hid_t memory, bool packed,
                const void *data)
{
    hsize_t n = 2, chunk = 2;
    hid_t space = H5Screate_simple(1, &n, 0), how = H5Pcreate(H5P_DATASET_CREATE);
    if (packed) {
        H5Pset_chunk(how, 1, &chunk);
        H5Pset_deflate(how, 5);
    }
    hid_t set = H5Dcreate2(file, name, type, space, H5P_DEFAULT, how, H5P_DEFAULT);
    fuzz_need(set >= 0 && H5Dwrite(set, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0, name);
    H5Dclose(set);
    H5Pclose(how);
    H5Sclose(space);
}

void fuzz_seeds(const char *folder)
{
    static float time[] = {0, 0.125f, 0.25f};
    static int unit[] = {0, 3, 699}, number[] = {0, 1};
    const hvl_t times[] = {{3, time}, {1, time}}, units[] = {{3, unit}, {1, unit}};
    hid_t reals = H5Tvlen_create(H5T_IEEE_F32LE), wholes = H5Tvlen_create(H5T_NATIVE_INT);
    for (int packed = 0; packed < 2; packed++) {
        char path[4200];
        snprintf(path, sizeof path, "%s/%s", folder, packed ? "packed" : "plain");
        hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
        fuzz_need(file >= 0, path);
        H5Gclose(H5Gcreate2(file, "spikes", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
        H5Gclose(H5Gcreate2(file, "extra", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
        hid_t text = H5Tcopy(H5T_C_S1);
        H5Tset_size(text, 4);
        put(file, "spikes/times", reals, reals, packed, times);
        put(file, "spikes/units", wholes, wholes, packed, units);
        put(file, "labels", H5T_STD_U16LE, H5T_NATIVE_INT, packed, number);
        put(file, "extra/speaker", H5T_STD_U16LE, H5T_NATIVE_INT, packed, number);
        put(file, "extra/keys", text, text, packed, "nulleins");
        H5Tclose(text);
        H5Fclose(file);
    }
    H5Tclose(reals);
    H5Tclose(wholes);
}
