// Which layers go into which cores of a chip.
//
// A recurrent layer lies in one core, because a neuron hears its own layer inside its core only;
// any other layer may span cores. A first one-to-one layer has neurons of its own in the front end
// and takes no room in a core (assumed: docs/chips.md).
#ifndef TWIN_NET_PLACEMENT_H
#define TWIN_NET_PLACEMENT_H

#include "model/lif/image.h"
#include "twin/chip/chip.h"

enum { PLACEMENT_CORES = CHIP_LIST };

struct placement {
    int n_cores;                                    // 0: the chip says nothing of cores
    int neurons[IMAGE_MAX_LAYERS][PLACEMENT_CORES]; // of each layer in each core
};

// Finds a placement if there is one (all ways of the recurrent layers are tried), else says why
// not.
int placement_find(struct placement *p, const struct chip *c, const struct image_shape *s,
                   struct fail *f);

// Whether the layer's neurons are the front end's.
bool placement_in_front(const struct image_shape *s, int layer);

#endif
