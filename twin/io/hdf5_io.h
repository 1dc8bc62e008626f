// HDF5 in the few words that spiketwin's files need: written here, read by hdf5_read.h.
//
// `at` is an open file or group. Shapes are given in full. Unless said otherwise 0 or -1.
#ifndef TWIN_IO_HDF5_IO_H
#define TWIN_IO_HDF5_IO_H

#include "base/fail.h"

#include <hdf5.h>

// A file to write, in memory (its objects carry no times: equal content is equal bytes); < 0 on
// failure. The library itself never writes to a disk: on a full one it would not come back.
hid_t hdf5_create(void);

// Closes it and, unless `bad`, writes it, sealed (twin/io/hdf5_seal.h), to `path` by way of a
// temporary name, synced and renamed.
int hdf5_commit(hid_t file, int bad, const char *path, struct fail *f);

hid_t hdf5_make_group(hid_t at, const char *name); // closed with H5Gclose

int hdf5_put(hid_t at, const char *name, hid_t type, int n_dims, const hsize_t *dims,
             const void *data);

// Texts as strings of one length, that of the longest, filled up with zeros: texts of a length of
// their own would lie in HDF5's global heap, where one wrong byte kills or hangs the library.
int hdf5_put_text(hid_t at, const char *name, const char *text);
int hdf5_put_texts(hid_t at, const char *name, int n_dims, const hsize_t *dims,
                   const char *const *text);

#endif
