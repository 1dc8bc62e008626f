// Yield: on what share of virtual DYNAP-SE2 chips does a net answer everything right?
//
// Chips are those of twin/dpi/dpi_chips.h, the same for any number of threads; all nets and laws
// meet the same chips and, in a general task, the same variations and noise.
#ifndef TWIN_PREDICT_DPI_YIELD_H
#define TWIN_PREDICT_DPI_YIELD_H

#include "twin/dpi/dpi_chips.h"
#include "twin/task/dpi_task.h"
#include "twin/io/progress.h"

struct dpi_yield_job {
    const struct dynapse_chip *chip;
    const struct dpi_net *net;
    const struct dpi_law *law; // NULL: double, Rockpool's semantics
    const struct dpi_task *task;
    struct dpi_variation variation;
    uint64_t seed;
    uint32_t first_chip; // k of the first
    int n_chips;
    int draws; // how often each pattern, and noise, is shown to a chip; 1 for a frozen task
};

struct dpi_yield_chip {
    uint32_t k;
    int right;  // of what was shown
    bool sound; // every parameter is one that a circuit can have; if not, nothing counts as right
};

struct dpi_yield {
    int n_chips, shown; // chips, and what each was shown
    int all_right;      // chips with everything right
    int unsound;        // chips with a parameter that no circuit can have, or no number as answer
    double low, high;   // 95 % Wilson interval of all_right / n_chips
    double accuracy;    // mean over chips
    double p5;          // 5th percentile of the chips' accuracies
    uint32_t worst;     // k of the worst chip
    double worst_accuracy;
    double by_class[DPI_MAX_PATTERNS + 1]; // accuracy of each that is shown
};

// chips: (n_chips), may be NULL.
int dpi_yield_run(const struct dpi_yield_job *job, struct dpi_yield *y,
                  struct dpi_yield_chip *chips, const struct progress *p, struct fail *f);

#endif
