// The non-idealities of a chip file, each a knob: a size that is 0 when there is none of it.
//
// A new one in struct chip becomes a line of the table; attribution and sweeps then know it. A
// family of chips has a table of its own.
#ifndef TWIN_CHIP_KNOBS_H
#define TWIN_CHIP_KNOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KNOBS_MOST = 32 }; // of a table: a bit each

struct knob {
    const char *name; // as the chip file spells it: "weight_gain.local"
    const char *unit;
    double most;   // largest size that means anything
    size_t offset; // of the double in the chip
    bool times;    // multiplies others, 1 in the chip file: swept and set, but no cause of its own
};

struct knobs {
    const struct knob *knob; // (n)
    int n;
    size_t chip_size; // bytes
};
extern const struct knobs chip_knobs; // of struct chip under the law lif

// Rows that tables of struct chip share.
#define KNOB_SPREAD(field, of, most)                                                               \
    {#field ".local", of, most, offsetof(struct chip, mismatch.field.local)},                      \
    {                                                                                              \
#field ".die", of, most, offsetof(struct chip, mismatch.field.die)                         \
    }
#define KNOBS_OF_WEIGHTS                                                                           \
    KNOB_SPREAD(weight_gain, "of the weight", 2), KNOB_SPREAD(weight_offset, "membrane units", 1000)
#define KNOBS_OF_INPUTS KNOB_SPREAD(input_gain, "of the weight", 2)
#define KNOBS_OF_CHIPS                                                                             \
    {"jitter", "of a tick", 0.5, offsetof(struct chip, jitter.sigma)},                             \
        {"stuck_bits", "a weight's bit", 1, offsetof(struct chip, faults.stuck_bits)},             \
        {"dead_neurons", "a neuron", 1, offsetof(struct chip, faults.dead_neurons)},               \
    {                                                                                              \
        "bit_flips", "a neuron and tick", 1, offsetof(struct chip, faults.bit_flips)               \
    }

double knob_size(const struct knobs *knobs, const void *chip, int knob);

// A copy of the chip, byte for byte, in which one knob has this size.
void knob_set(const struct knobs *knobs, void *to, const void *from, int knob, double size);

// Bit i: knob i is not 0, and not one that multiplies others.
uint32_t knobs_active(const struct knobs *knobs, const void *chip);

// A copy in which every knob whose bit is not in `mask` is 0.
void knobs_only(const struct knobs *knobs, void *to, const void *from, uint32_t mask);

int knob_find(const struct knobs *knobs, const char *name, size_t length); // -1: no such knob

#endif
