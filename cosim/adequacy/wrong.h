// The list of wrong devices of a law and a chip.
#ifndef COSIM_ADEQUACY_WRONG_H
#define COSIM_ADEQUACY_WRONG_H

#include "cosim/adequacy/adequacy.h"

// Where a weight is among all of an image, layer by layer.
size_t wrong_weight(const struct law_image *im, int layer, int row, int neuron);

#endif
