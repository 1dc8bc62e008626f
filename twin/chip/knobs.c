#include "twin/chip/knobs.h"

#include "model/fx.h"
#include "twin/chip/chip.h"

#include <string.h>

static const struct knob table[] = {KNOBS_OF_WEIGHTS,
                                    KNOB_SPREAD(threshold, "of the threshold", 2),
                                    KNOB_SPREAD(leak, "of the leak", 2),
                                    KNOB_SPREAD(decay, "of the decay", 2),
                                    KNOB_SPREAD(gain, "of the gain", 2),
                                    KNOBS_OF_INPUTS,
                                    KNOBS_OF_CHIPS};

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
