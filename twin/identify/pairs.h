// Pairs of a leaky sum's words, one tick and the next, with what came in between: what a stage is sought from.
#ifndef TWIN_IDENTIFY_PAIRS_H
#define TWIN_IDENTIFY_PAIRS_H

#include "twin/identify/deadline.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pairs {
    int n, n_x;
    int64_t *y, *next; // (n)
    int64_t *known;    // (n) what is added besides, in the words of y
    int64_t *x;        // (n, n_x) sources, times the gain where it is recorded
    int64_t *leak;     // (n) the leak's word, or NULL
    int bits;          // of y, where it may wrap
    bool gathers;      // sources have weights to be found
    bool biased;       // a constant may be added, or the leak go elsewhere than to 0
    bool through;      // the last source is the tick's own spikes, which the leak comes before
    int n_rests;
    int64_t rest[8]; // where the leak may go to: hints
    struct deadline *deadline;
    void *memory; // of the arrays
};

// Room for n pairs, zeroed; n and all else is the caller's. -1: out of memory.
int pairs_init(struct pairs *p, int n, int n_x, bool leaks);
void pairs_fini(struct pairs *p);

// Keeps one of each kind. Of equal use where a law is to explain all.
int pairs_distinct(struct pairs *p);

// Drops pairs that end at the lowest or highest word, where several do and enough others are left: a clamp may have
// acted there. Whether any was.
bool pairs_drop_ends(struct pairs *p);

// Keeps at most so many, from all over.
void pairs_thin(struct pairs *p, int most);

#endif
