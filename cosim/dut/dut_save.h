// The save files of a wave of the DUT: which signals of its top tell of tick, layer, neuron, words and stages.
#ifndef COSIM_DUT_DUT_SAVE_H
#define COSIM_DUT_DUT_SAVE_H

#include "base/fail.h"
#include "model/law_kind.h"

struct image_shape;

// Writes them beside `wave`, which lockstep_wave wrote of a DUT of this law and shape. 0 or -1.
int dut_save(const char *wave, const struct law_kind *kind, const void *law,
             const struct image_shape *shape, struct fail *f);

#endif
