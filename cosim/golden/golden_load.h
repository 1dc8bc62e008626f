// One chip's law, shape and words from the files that spiketwin writes for a foreign test bench.
#ifndef COSIM_GOLDEN_GOLDEN_LOAD_H
#define COSIM_GOLDEN_GOLDEN_LOAD_H

#include "base/fail.h"
#include "model/lif/image.h"

// Reads FOLDER/chip.json (`law`, `layers` and `image_hash`, as `spiketwin gen --memories FOLDER`
// and `spiketwin info NET -k K --json` write them) and FOLDER/layerL_NAME.hex, and accepts them
// only if law, shape and words have that very hash. What the files have to hold by the shape is
// asked of their sizes before memory is taken. Returns the memory of the image, which the caller
// frees, or NULL with a message.
void *golden_load(struct image *im, const char *folder, struct fail *f);

#endif
