// Energy of an inference from what the chip file says of power: docs/chips.md, "Power".
//
//   core         E = spike · (spikes of all layers behind the front end)       NWAVE's estimate
//   front spikes E = front_spike · (spikes of a first one-to-one layer)        NWAVE leaves it out
//   filters      E = front · time                                              NWAVE leaves it out
//   rest         E = rest · time
#ifndef TWIN_CHIP_POWER_H
#define TWIN_CHIP_POWER_H

#include "model/lif/image.h"
#include "twin/chip/chip.h"

struct power_use { // J a clip
    double core;
    double front_spikes;
    double filters;
    double rest;
    double total;
    double clip_s; // s, length of a clip
    double watts;  // mean power while clips follow each other: total / clip_s
};

// Whether the chip file has power figures at all.
bool power_known(const struct chip *c);

// spikes: (n_layers) of all clips together, as of struct predict_chip; n_clips >= 1, clip_s > 0.
struct power_use power_of(const struct chip *c, const struct image_shape *s, const int64_t *spikes,
                          int64_t n_clips, double clip_s);

#endif
