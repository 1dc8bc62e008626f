// What a set of chips amounts to: mean, spread, quantile, worst, yield. Accuracies are shares,
// 0..1, of the points that a chip can earn: n_points, of accuracy the items.
#ifndef TWIN_PREDICT_SUMMARY_H
#define TWIN_PREDICT_SUMMARY_H

#include "twin/predict/predict.h"
#include "twin/io/statistics.h"

struct summary {
    int n;
    double mean;
    struct interval mean_interval; // 95 %, Student: over chips
    double sd;                     // sample standard deviation over chips
    double p5;                     // 5th percentile: the accuracy that 95 % of the chips reach
    struct interval p5_interval;   // 95 %, by order statistics: over chips
    double worst;
    uint32_t worst_chip;            // of equals the first
    int pass;                       // chips with accuracy >= limit
    double yield;                   // share of them
    struct interval yield_interval; // 95 % Wilson: over chips
};

// -1: out of memory.
int summary_make(struct summary *s, const struct predict_chip *chips, int n_chips, int n_points,
                 double limit);

#endif
