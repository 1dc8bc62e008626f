// HDF5 in the few words that spiketwin's files need. All return 0 or -1 and print nothing.
//
// `at` is an open file or group. Shapes are given in full and must match exactly when reading.
#ifndef TWIN_IO_HDF5_IO_H
#define TWIN_IO_HDF5_IO_H

#include "base/fail.h"

#include <hdf5.h>
#include <stdbool.h>
#include <stddef.h>

// Is there memory for the library's work on a file? It does not survive to be without (libhdf5
// 1.10.8: null pointers, endless recursion), so it is asked before.
bool hdf5_has_room(void);

// A file to write, in memory (its objects carry no times: equal content is equal bytes); < 0 on
// failure. The library itself never writes to a disk: on a full one it would not come back.
hid_t hdf5_create(void);

// Closes it and, unless `bad`, writes it to `path` by way of a temporary name, synced and renamed.
int hdf5_commit(hid_t file, int bad, const char *path, struct fail *f);

hid_t hdf5_open(const char *path); // to read; < 0 on failure; closed with H5Fclose

// The same of a checkpoint, whose row `identity` (size characters, "name=value" with blanks
// between) has to be `wanted`: what differs first is told. < 0 on failure.
hid_t hdf5_resume(const char *path, const char *wanted, size_t size, struct fail *f);

hid_t hdf5_make_group(hid_t at, const char *name); // closed with H5Gclose

int hdf5_put(hid_t at, const char *name, hid_t type, int n_dims, const hsize_t *dims,
             const void *data);
int hdf5_get(hid_t at, const char *name, hid_t type, int n_dims, const hsize_t *dims, void *data);

// A row of n, written or read.
int hdf5_transfer(hid_t at, const char *name, hid_t type, void *data, size_t n, bool put);

int hdf5_put_text(hid_t at, const char *name, const char *text);
int hdf5_put_texts(hid_t at, const char *name, int n_dims, const hsize_t *dims,
                   const char *const *text);
int hdf5_get_text(hid_t at, const char *name, char *text, size_t size); // cut at size

#endif
