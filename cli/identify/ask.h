// A stimulus that tells apart the laws that a recording leaves open.
#ifndef CLI_IDENTIFY_ASK_H
#define CLI_IDENTIFY_ASK_H

#include "twin/identify/identify.h"

struct asked {
    int ticks, others, apart;
};

// Inputs of the first neuron, in the recording's own numbers and within what each was in it, as a table; from rest.
// Of a large class some laws from all over it are asked about.
void ask_write(struct asked *a, const struct identified *x, const char *path, uint64_t seed);

#endif
