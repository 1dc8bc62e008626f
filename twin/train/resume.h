// A checkpoint opened to go on from: sealed, and of the run that is asked for.
#ifndef TWIN_TRAIN_RESUME_H
#define TWIN_TRAIN_RESUME_H

#include "twin/io/hdf5_read.h"

// Its text `identity` ("name=value" with blanks between) has to be `wanted`: what differs first is
// told. To be closed with hdf5_close; on failure *h is zeroed.
int resume_open(struct hdf5_file *h, const char *path, const char *wanted, struct fail *f);

#endif
