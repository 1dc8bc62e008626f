// Energy of an inference from what the chip file says of power: docs/chips.md, "Power".
//
//   core         E = spike · (spikes of all layers behind the front end)       NWAVE's estimate
//   front spikes E = front_spike · (spikes of a first one-to-one layer)        NWAVE leaves it out
//   filters      E = front · time                                              NWAVE leaves it out
//   rest         E = rest · time
//   synapses     E = synapse · (events: each input word that is not 0 and each spike, at each synapse that hears it)
//   updates      E = update · neurons · ticks
#ifndef TWIN_CHIP_POWER_H
#define TWIN_CHIP_POWER_H

#include "model/lif/image.h"
#include "twin/chip/chip.h"

struct power_use { // J a clip
    double core;
    double front_spikes;
    double filters;
    double rest;
    double synapses, updates; // of a digital chip; else 0
    bool digital;             // the chip file has one of them
    double total;
    double clip_s; // s, length of a clip
    double watts;  // mean power while clips follow each other: total / clip_s
};

// Whether the chip file has power figures at all.
bool power_known(const struct chip *c);

// What is counted, of all clips together.
struct power_counts {
    const int64_t *spikes; // (n_layers), as of struct predict_chip
    double inputs;         // words that are not 0, of layer 0's sources
    int64_t n_clips;       // from 1
    int n_ticks;           // of a clip
    double clip_s;         // above 0
};
struct power_use power_of(const struct chip *c, const struct image_shape *s,
                          const struct power_counts *of);

// Synapses that hear one event of a source of the layer, and one of the layer's own spikes.
int power_fan_out(const struct image_shape *s, int layer, bool own);

#endif
