// One chip's law, shape and words from the files that spiketwin writes for a foreign test bench.
#ifndef COSIM_GOLDEN_LOAD_H
#define COSIM_GOLDEN_LOAD_H

#include "model/image.h"

// Reads FOLDER/chip.json (`spiketwin info NET -k K --json`) and FOLDER/layerL_NAME.hex (`spiketwin
// gen --memories FOLDER`) and accepts them only if law, shape and words have the very hash that
// chip.json names: a law with a field that is unknown here is refused, not half obeyed. Returns the
// memory of the image, which the caller frees, or NULL with a message.
void *golden_load(struct image *im, const char *folder, char *message, size_t size);

#endif
