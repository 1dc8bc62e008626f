// A production test: few stimuli that expose, at the outputs, every fault that any of a campaign's exposes.
//
// Greedy set cover: next the stimulus that exposes most of what is left, the first of equals; at most
// ln(faults) + 1 times as many as are needed (Chvatal 1979). Beside it a lower bound: faults of which no two are
// exposed by the same stimulus need one each.
#ifndef TWIN_JOBS_FAULT_TESTS_H
#define TWIN_JOBS_FAULT_TESTS_H

#include "twin/jobs/fault_campaign.h"

struct fault_test {
    int stimulus;
    size_t exposes; // faults, of those that no test before it exposes
};

struct fault_tests {
    struct fault_test *test; // (n) in the order in which they were chosen
    int n;
    int least;           // no fewer can expose them all
    size_t exposed;      // faults, by any of the stimuli
    size_t same, masked; // untestable, as the chip is the same; exposed by none of these stimuli
};

// The campaign's `exposed` is there. Fails out of memory.
int fault_tests_choose(struct fault_tests *t, const struct fault_campaign *c, int n_stimuli,
                       struct fail *f);
void fault_tests_free(struct fault_tests *t); // a zeroed one is legal

#endif
