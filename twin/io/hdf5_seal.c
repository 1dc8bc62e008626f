#include "twin/io/hdf5_seal.h"

#include "base/fnv.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void block_of(char block[HDF5_SEAL], const char *file, size_t n)
{
    memset(block, 0, HDF5_SEAL);
    snprintf(block, HDF5_SEAL, "spiketwin-sealed 1\nbytes %zu\nfnv1a64 %016" PRIx64 "\n", n,
             fnv(FNV_START, file + HDF5_SEAL, n - HDF5_SEAL));
}

void hdf5_seal_make(char *file, size_t n)
{
    char block[HDF5_SEAL];
    block_of(block, file, n);
    memcpy(file, block, sizeof block);
}

enum hdf5_seal hdf5_seal_check(const char *file, size_t n)
{
    static const char signature[8] = "\x89HDF\r\n\x1a\n";
    char block[HDF5_SEAL];
    if (n >= sizeof signature && memcmp(file, signature, sizeof signature) == 0)
        return HDF5_SEAL_NONE;
    if (n < HDF5_SEAL) return HDF5_SEAL_BROKEN;
    block_of(block, file, n);
    return memcmp(file, block, sizeof block) ? HDF5_SEAL_BROKEN : HDF5_SEAL_HOLDS;
}
