// What `gen` writes, for verbs that need vectors of their own.
#ifndef CLI_COSIM_GEN_H
#define CLI_COSIM_GEN_H

#include "cli/cosim/loaded.h"

struct gen_random {
    uint64_t seed; // of the events
    int clips, ticks;
};

// What `gen --corners` of this seed writes.
void gen_corners(FILE *to, struct loaded *l, uint64_t seed);

// As `gen --random SEED -n CLIPS --ticks TICKS --expect`; the net's name in the head is l->o's.
void gen_random(FILE *to, struct loaded *l, const struct gen_random *g);

#endif
