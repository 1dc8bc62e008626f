#include "twin/predict/neurobench.h"

#include <stdio.h>
#include <stdlib.h>

// torch divides counts in single precision, and the package rounds to four decimals.
static double rounded_share(int64_t part, int64_t all)
{
    char text[32];
    snprintf(text, sizeof text, "%.4f", (double)((float)part / (float)all));
    return strtod(text, 0);
}

void neurobench_make(struct neurobench *to, const struct neurobench_count *c, int n_items)
{
    to->sparsity = rounded_share(to->zero, to->connections);
    to->silence = (double)(c->activations - c->spiked) / (double)c->activations;
    to->macs = (double)c->macs / n_items;
    to->acs = (double)c->acs / n_items;
    to->dense = (double)c->dense / n_items;
    to->accuracy = (double)c->correct / n_items;
}

int neurobench_bytes(int bits)
{
    return bits > 32 ? 8 : bits > 16 ? 4 : bits > 8 ? 2 : bits > 0;
}
