// The state of a training run as one HDF5 file, whatever it trains: what run it is, as text, and its
// parts. Written whole and sealed; gone on from by the same run only.
#ifndef TWIN_TRAIN_CHECKPOINT_H
#define TWIN_TRAIN_CHECKPOINT_H

#include "base/fail.h"

#include <stddef.h>

struct checkpoint_part {
    const char *name;
    enum { CHECKPOINT_COUNTS, CHECKPOINT_FLOATS, CHECKPOINT_DOUBLES } kind;
    void *at; // int64_t, 0 or more; float; double
    size_t n; // 0: one value that is no array
};

// `identity`: "name=value" with blanks between, malloc'd, freed here; NULL: there was no memory for
// it. Loading refuses a file of another one, telling what differs first, and leaves the parts of a
// file that it refuses.
int checkpoint_save(const char *path, char *identity, const struct checkpoint_part *part,
                    int n_parts, struct fail *f);
int checkpoint_load(const char *path, char *identity, const struct checkpoint_part *part,
                    int n_parts, struct fail *f);

#endif
