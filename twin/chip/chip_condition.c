#include "twin/chip/chip.h"

#include <string.h>

const char *const chip_condition_names[] = {"ideal", "quantised", "full", 0};

struct chip chip_under(const struct chip *c, enum chip_condition condition)
{
    struct chip under = *c;
    if (condition == CHIP_FULL) return under;
    bool front_end = c->mismatch.front_end;
    memset(&under.mismatch, 0, sizeof under.mismatch);
    memset(&under.faults, 0, sizeof under.faults);
    under.mismatch.front_end = front_end;
    under.jitter.sigma = 0;
    if (condition == CHIP_QUANTISED) return under;
    under.weight.bits = under.weight.sign_block = under.weight.charges.n = 0;
    under.weight.step = 0;
    return under;
}
