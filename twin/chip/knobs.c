#include "twin/chip/knobs.h"

#include "model/fx.h"
#include "twin/chip/chip.h"

#include <string.h>

#define SPREAD(field, of, most)                                                                    \
    {#field ".local", of, most, offsetof(struct chip, mismatch.field.local)},                      \
    {                                                                                              \
#field ".die", of, most, offsetof(struct chip, mismatch.field.die)                         \
    }

static const struct knob table[] = {
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

const struct knobs chip_knobs = {table, sizeof table / sizeof *table, sizeof(struct chip)};

double knob_size(const struct knobs *knobs, const void *chip, int knob)
{
    double size;
    memcpy(&size, (const char *)chip + knobs->knob[knob].offset, sizeof size);
    return size;
}

void knob_set(const struct knobs *knobs, void *to, const void *from, int knob, double size)
{
    if (to != from) memcpy(to, from, knobs->chip_size);
    memcpy((char *)to + knobs->knob[knob].offset, &size, sizeof size);
}

uint32_t knobs_active(const struct knobs *knobs, const void *chip)
{
    uint32_t mask = 0;
    for (int i = 0; i < knobs->n; i++)
        if (!knobs->knob[i].times && knob_size(knobs, chip, i) != 0) mask |= (uint32_t)fx_one(i);
    return mask;
}

void knobs_only(const struct knobs *knobs, void *to, const void *from, uint32_t mask)
{
    memcpy(to, from, knobs->chip_size);
    for (int i = 0; i < knobs->n; i++)
        if (!knobs->knob[i].times && !fx_bit(mask, i)) knob_set(knobs, to, to, i, 0);
}

int knob_find(const struct knobs *knobs, const char *name, size_t length)
{
    for (int i = 0; i < knobs->n; i++)
        if (strlen(knobs->knob[i].name) == length && memcmp(knobs->knob[i].name, name, length) == 0)
            return i;
    return -1;
}
