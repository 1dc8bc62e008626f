// The seal of an HDF5 file of ours: a checksum that is held before HDF5 sees a byte.
//
// HDF5 leaves the first 512 bytes of a file to the user (a "user block"), and all readers skip
// them. Ours is text, then zeros; it is a function of the bytes behind it:
//
//   spiketwin-sealed 1\n
//   bytes DECIMAL\n          of the whole file
//   fnv1a64 16 HEX DIGITS\n  of what follows the block (base/fnv.h)
//
// FNV-1a turns each byte one to one into the next state, so no change of a single byte escapes.
#ifndef TWIN_IO_HDF5_SEAL_H
#define TWIN_IO_HDF5_SEAL_H

#include <stddef.h>

enum { HDF5_SEAL = 512 };

// What the first 512 bytes of a file say: none is a file that begins with HDF5's own signature.
enum hdf5_seal { HDF5_SEAL_HOLDS, HDF5_SEAL_NONE, HDF5_SEAL_BROKEN };

// Fills the block of a file of n >= 512 bytes.
void hdf5_seal_make(char *file, size_t n);
enum hdf5_seal hdf5_seal_check(const char *file, size_t n);

#endif
