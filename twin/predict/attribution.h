// What costs accuracy: each non-ideality alone, all but it, all together, and what they do to each
// other.
//
// Paired: the chips of every part have the same k and so the same draws, and are shown the same items. A
// loss is a share of the items, 0.01 being a point; below 0 it is a gain.
#ifndef TWIN_PREDICT_ATTRIBUTION_H
#define TWIN_PREDICT_ATTRIBUTION_H

#include "twin/predict/bootstrap.h"
#include "twin/chip/knobs.h"

enum { ATTRIBUTION_PARTS = 2 * KNOBS_MOST + 1 };

// The parts that have to be run for the knobs of a mask: all, each alone, all but each; each mask
// once. Returns how many.
int attribution_parts(uint32_t active, uint32_t part[ATTRIBUTION_PARTS]);

struct attribution_effect {
    double loss;           // mean over chips
    struct interval chips; // 95 %, Student: over chips, for these items
    struct interval both;  // 95 %, bootstrap: over chips and speakers
};

struct attribution_row {
    int knob;
    struct attribution_effect alone;  // nominal − chips with only it
    struct attribution_effect on_top; // chips with all but it − chips with all
};

struct attribution {
    int n_rows;
    struct attribution_row row[KNOBS_MOST];
    struct attribution_effect all;         // nominal − chips with all
    struct attribution_effect interaction; // all − the sum of the alone
};

// nominal: the one chip 0. table: of each part, the same chips k in the same order. -1: out of
// memory.
int attribution_make(struct attribution *a, uint32_t active, const struct bootstrap_table *nominal,
                     const uint32_t *part, const struct bootstrap_table *table, int n_parts,
                     int replicates, uint64_t seed);

#endif
