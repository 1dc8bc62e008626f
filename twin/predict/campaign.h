// Ranges of chips through the golden model: what is not in the state file yet is shared out over
// the ranks, and each chip that is done goes into the file.
//
// Chips are pure functions of k, so who runs which, and when, changes no bit.
#ifndef TWIN_PREDICT_CAMPAIGN_H
#define TWIN_PREDICT_CAMPAIGN_H

#include "twin/predict/predict_state.h"
#include "twin/predict/ranks.h"

struct campaign {
    struct predict_job job;      // its chip, first_chip and n_chips are each run's own
    struct predict_state *state; // of rank 0; NULL: none
    struct ranks *ranks;         //
    const struct progress *progress;
    long run, found; // chips that were run (rank 0: by all), and that were in the file
};

// Chips first..first + n − 1 of a chip, on all ranks together. On rank 0 fills chips (n) and
// decision (n, n_items); elsewhere both may be NULL.
int campaign_run(struct campaign *c, const void *chip, uint32_t first, int n,
                 struct predict_chip *chips, uint16_t *decision, struct fail *f);

#endif
