// An array of NumPy's .npy format, versions 1.0 to 3.0 (numpy.lib.format), as it lies in memory.
//
// Taken: b1, i1..i8, u1..u8, f2, f4, f8, text U and S, of either byte order, of 0 to 4 dimensions, rows
// one after the other. Refused: objects (a pickle, which is never read), records, other types,
// Fortran order, and a head that promises other bytes than there are. Nothing is allocated.
#ifndef TWIN_IO_NPY_H
#define TWIN_IO_NPY_H

#include "base/fail.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NPY_DIMS = 4, NPY_TEXT = 1024 };

struct npy {
    char kind;    // b, i, u, f; U: text of 4-byte letters, S: of bytes
    int size;     // bytes of a value
    bool swapped; // its bytes, as this machine sees them
    int n_dims;
    uint64_t dims[NPY_DIMS];
    size_t n;            // values
    const uint8_t *data; // (n, size), into the bytes that it was parsed from
};

// `name` is what messages call it.
int npy_parse(struct npy *a, const void *bytes, size_t n_bytes, const char *name, struct fail *f);

static inline bool npy_is_whole(const struct npy *a)
{
    return a->kind == 'b' || a->kind == 'i' || a->kind == 'u';
}

static inline bool npy_is_text(const struct npy *a)
{
    return a->kind == 'U' || a->kind == 'S';
}

// Value i of numbers. whole: of whole numbers; those above 2^63 − 1 are 2^63 − 1.
double npy_real(const struct npy *a, size_t i);
int64_t npy_whole(const struct npy *a, size_t i);

// Text i as UTF-8 with a 0; -1: longer than NPY_TEXT − 1 bytes, or a letter that is none.
int npy_text(const struct npy *a, size_t i, char to[NPY_TEXT]);

#endif
