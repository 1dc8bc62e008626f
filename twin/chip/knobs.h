// The non-idealities of a chip file, each a knob: a size that is 0 when there is none of it.
//
// A new one in struct chip becomes a line of the table; attribution and sweeps then know it.
#ifndef TWIN_CHIP_KNOBS_H
#define TWIN_CHIP_KNOBS_H

#include "twin/chip/chip.h"

#include <stddef.h>
#include <stdint.h>

enum { KNOBS = 14 };

struct knob {
    const char *name; // as the chip file spells it: "weight_gain.local"
    const char *unit;
    double most;   // largest size that means anything
    size_t offset; // of the double in struct chip
};
extern const struct knob knobs[KNOBS];

double knob_size(const struct chip *c, int knob);

// A copy of the chip, byte for byte, in which one knob has this size.
void knob_set(struct chip *to, const struct chip *from, int knob, double size);

// Bit i: knob i is not 0.
uint32_t knobs_active(const struct chip *c);

// A copy in which every knob whose bit is not in `mask` is 0.
void knobs_only(struct chip *to, const struct chip *from, uint32_t mask);

int knob_find(const char *name, size_t length); // -1: no such knob

#endif
