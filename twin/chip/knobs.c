#include "twin/chip/knobs.h"

#include <string.h>

#define SPREAD(field, of, most)                                                                    \
    {#field ".local", of, most, offsetof(struct chip, mismatch.field.local)},                      \
    {                                                                                              \
#field ".die", of, most, offsetof(struct chip, mismatch.field.die)                         \
    }

const struct knob knobs[KNOBS] = {
    SPREAD(weight_gain, "of the weight", 2),
    SPREAD(weight_offset, "membrane units", 1000),
    SPREAD(threshold, "of the threshold", 2),
    SPREAD(leak, "of the leak", 2),
    SPREAD(input_gain, "of the weight", 2),
    {"jitter", "of a tick", 0.5, offsetof(struct chip, jitter.sigma)},
    {"stuck_bits", "a weight's bit", 1, offsetof(struct chip, faults.stuck_bits)},
    {"dead_neurons", "a neuron", 1, offsetof(struct chip, faults.dead_neurons)},
    {"bit_flips", "a neuron and tick", 1, offsetof(struct chip, faults.bit_flips)},
};

double knob_size(const struct chip *c, int knob)
{
    double size;
    memcpy(&size, (const char *)c + knobs[knob].offset, sizeof size);
    return size;
}

void knob_set(struct chip *to, const struct chip *from, int knob, double size)
{
    if (to != from) memcpy(to, from, sizeof *to); // with its padding: chip_hash is over all bytes
    memcpy((char *)to + knobs[knob].offset, &size, sizeof size);
}

uint32_t knobs_active(const struct chip *c)
{
    uint32_t mask = 0;
    for (int i = 0; i < KNOBS; i++)
        if (knob_size(c, i) != 0) mask |= (uint32_t)fx_one(i);
    return mask;
}

void knobs_only(struct chip *to, const struct chip *from, uint32_t mask)
{
    memcpy(to, from, sizeof *to);
    for (int i = 0; i < KNOBS; i++)
        if (!fx_bit(mask, i)) knob_set(to, to, i, 0);
}

int knob_find(const char *name, size_t length)
{
    for (int i = 0; i < KNOBS; i++)
        if (strlen(knobs[i].name) == length && memcmp(knobs[i].name, name, length) == 0) return i;
    return -1;
}
