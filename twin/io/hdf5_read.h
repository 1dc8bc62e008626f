// An HDF5 file as a table of arrays, whoever wrote it.
//
// libhdf5 runs in a process of its own that has the file's bytes in memory and can open no other:
// a damaged or hostile file may kill or hang it, and only it. That process is stopped after a few
// seconds, or if it takes much more memory than the file has bytes. Refused, whole: a soft or
// external link, external storage, a virtual data set, values in pieces (chunked, filtered), an
// array with more values than are stored. What the process hands back is checked like any input.
#ifndef TWIN_IO_HDF5_READ_H
#define TWIN_IO_HDF5_READ_H

#include "base/fail.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HDF5_DIMS = 4 }; // most dimensions of an array

enum hdf5_kind { HDF5_REAL, HDF5_WHOLE, HDF5_TEXT };

struct hdf5_array {
    const char *name; // with the names of its groups: "spiketwin/shape"
    enum hdf5_kind kind;
    int n_dims; // 0: one value
    uint64_t dims[HDF5_DIMS];
    size_t n;         // values
    const void *data; // double or int64_t (n), or n texts, each with its 0, one behind the other
};

struct hdf5_file {
    bool sealed; // by twin/io/hdf5_seal.h: what is not sealed was written by others, or long ago
    int n;
    struct hdf5_array *array; // (n) HDF5's own order of names
    void *room;               // that they point into
    size_t room_bytes;
};

// Refuses a file whose seal does not hold, and one that HDF5 cannot read. On failure *h is zeroed.
int hdf5_read(struct hdf5_file *h, const char *path, struct fail *f);

// The same of a file that others wrote: values in pieces (chunks, all of them stored) and packed by
// the filters that the library has are read too, and groups may be 40 deep. What unpacking makes is
// limited: HDF5_UNPACKED bytes beyond what a file in one piece may hold.
enum { HDF5_UNPACKED = 1 << 26 };
int hdf5_read_foreign(struct hdf5_file *h, const char *path, struct fail *f);

void hdf5_close(struct hdf5_file *h); // a zeroed one is legal

const struct hdf5_array *hdf5_find(const struct hdf5_file *h, const char *name); // or NULL

// The values of an array of exactly this kind and shape, or NULL. Text: a single one.
const double *hdf5_reals(const struct hdf5_file *h, const char *name, int n_dims,
                         const uint64_t *dims);
const int64_t *hdf5_wholes(const struct hdf5_file *h, const char *name, int n_dims,
                           const uint64_t *dims);
const char *hdf5_text(const struct hdf5_file *h, const char *name);

// Whether a group of this name has an array in it.
bool hdf5_has_group(const struct hdf5_file *h, const char *name);

#endif
