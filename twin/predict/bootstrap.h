// Bootstrap over chips, over speakers, or over both: what a result would be with others of them.
//
// Speakers are drawn with all their clips, chips with all their decisions (Efron 1979); over both,
// each is drawn on its own, which is the pigeonhole bootstrap (Owen 2007). Replicate b draws from
// the streams (seed, b, RNG_BOOTSTRAP, ..): the same for any number of threads.
#ifndef TWIN_PREDICT_BOOTSTRAP_H
#define TWIN_PREDICT_BOOTSTRAP_H

#include "twin/predict/decision.h"
#include "twin/task/dataset.h"
#include "twin/io/statistics.h"

// Whole numbers a chip and speaker: points, of accuracy clips decided right, or differences of such.
struct bootstrap_table {
    int n_chips;
    int n_speakers;
    int32_t *x;    // (n_chips, n_speakers)
    int32_t *size; // (n_speakers) points that the clips of each can earn
};

enum bootstrap_over { BOOTSTRAP_CHIPS = 1, BOOTSTRAP_SPEAKERS = 2, BOOTSTRAP_BOTH = 3 };

struct bootstrap {
    struct interval mean;  // of Σ x / Σ size over chips: percentiles of the replicates
    struct interval yield; // of the share of chips with Σ x / Σ size >= limit
};

// Speakers of the clips, 0..n−1 in the order of their first clip, into speaker (n_clips); returns
// n. -1: out of memory.
int bootstrap_speakers(const struct dataset *d, const int *clip, int n_clips, int *speaker);

// Counts the points of each source of the task. decision (n_chips, n_items). bootstrap_free(&zeroed) is legal.
// -1: out of memory.
int bootstrap_count(struct bootstrap_table *t, const struct task *task, const uint16_t *decision,
                    int n_chips);
void bootstrap_free(struct bootstrap_table *t);

// The interval of the yield at each of n limits, ascending, into yield (n). -1: out of memory.
int bootstrap_yields(const struct bootstrap_table *t, enum bootstrap_over over, const double *limit,
                     int n, int replicates, uint64_t seed, double level, struct interval *mean,
                     struct interval *yield);

// The same of one limit.
int bootstrap_run(const struct bootstrap_table *t, enum bootstrap_over over, double limit,
                  int replicates, uint64_t seed, double level, struct bootstrap *b);

// What a prediction says, 95 %: of other speakers at limit[own], and of other chips and speakers at each of n
// limits, ascending, into both_mean and both_yield (n). chips (n): the yield's intervals for other chips
// (Wilson), within which those of both never are: where all chips agree a bootstrap knows of no others. Of one
// speaker or one chip it knows nothing, 0..1. -1: out of memory.
int bootstrap_others(const struct bootstrap_table *t, const double *limit, int n, int own,
                     int replicates, uint64_t seed, const struct interval *chips,
                     struct bootstrap *speakers, struct interval *both_mean,
                     struct interval *both_yield);

#endif
