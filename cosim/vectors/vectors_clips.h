// The stimulus of a vector file, clip by clip, for whoever asks only what was shown.
#ifndef COSIM_VECTORS_VECTORS_CLIPS_H
#define COSIM_VECTORS_VECTORS_CLIPS_H

#include "cosim/corners/clips.h"
#include "cosim/vectors/vectors.h"

// Appends all clips of the file, which is for this very image; results in it are passed over. 0, or -1 with
// a message: what check refuses, or a file without a clip.
int vectors_clips(FILE *in, const char *name, const struct law_image *im, struct corners_clips *to,
                  char *message, size_t size);

#endif
