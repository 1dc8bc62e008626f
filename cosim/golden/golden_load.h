// One chip's law, shape and words from the files that spiketwin writes for a foreign test bench.
#ifndef COSIM_GOLDEN_GOLDEN_LOAD_H
#define COSIM_GOLDEN_GOLDEN_LOAD_H

#include "base/fail.h"
#include "model/laws/law_image.h"

// A chip of any law in memory of its own. The view points into it: it stays where it is.
struct golden_chip {
    struct law_image view;
    union {
        struct image image;
        struct dpi_image dpi; // of the law dpi
    };
    void *memory;
};

// Reads FOLDER/chip.json (`law`, `layers` and `image_hash`, as `spiketwin gen --memories FOLDER`
// and `spiketwin info NET -k K --json` write them), FOLDER/layerL_NAME.hex and FOLDER/chip_NAME.hex, and accepts
// them only if law, shape and words have that very hash. What the files have to hold by the shape is
// asked of their sizes before memory is taken. 0, or -1 with a message; golden_free is legal all the same.
int golden_load(struct golden_chip *c, const char *folder, struct fail *f);
void golden_free(struct golden_chip *c);

#endif
