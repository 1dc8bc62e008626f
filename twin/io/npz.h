// A .npz file: .npy arrays in a zip, packed or not, whoever wrote it (numpy.savez,
// numpy.savez_compressed). libzip unpacks.
//
// An array is unpacked when it is asked for. What unpacking may make is limited before memory is
// taken: NPZ_TIMES the bytes of the file, and NPZ_FREE.
#ifndef TWIN_IO_NPZ_H
#define TWIN_IO_NPZ_H

#include "twin/io/npy.h"

enum { NPZ_TIMES = 64, NPZ_FREE = 16777216 };

struct npz {
    const char *path;
    void *zip;
    size_t left; // bytes that may still be made
    int n;
    void **made; // (n) what arrays lie in
};

// The bytes of the file have to outlive it.
int npz_open(struct npz *z, const void *bytes, size_t n_bytes, const char *path, struct fail *f);
void npz_close(struct npz *z); // a zeroed one is legal

bool npz_has(const struct npz *z, const char *name);

// The array `name`, good until npz_close. 1: there is none.
int npz_get(struct npz *z, const char *name, struct npy *a, struct fail *f);

#endif
