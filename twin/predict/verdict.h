// Does it pass: do at least a wanted share of all such chips reach an accuracy, whoever is heard?
//
// The answer is open where the interval of the yield holds the wanted yield. Then it says what would
// close it, an estimate: chips first, which cost computing time only, then sources (speakers).
// Accuracies, yields and targets are shares, 0..1.
#ifndef TWIN_PREDICT_VERDICT_H
#define TWIN_PREDICT_VERDICT_H

#include "twin/io/statistics.h"

// The yield at a limit.
struct yield_point {
    double limit;
    double yield;          // share of the chips with accuracy >= limit
    struct interval chips; // 95 %, of other chips
    struct interval all;   // of other chips and other sources; of chips where there are no sources
};

// Limits of a curve: every quarter of a percent of 0..1, and a limit of its own.
enum { YIELD_STEPS = 400, YIELD_POINTS = YIELD_STEPS + 2 };

// The limits of a curve, ascending; returns how many. own: one more, unless it is among them.
int verdict_limits(double own, double limit[YIELD_POINTS]);

#define VERDICT_TARGET 0.9 // yield that is wanted, where nobody says; assumed

enum verdict_says { VERDICT_PASSES, VERDICT_FAILS, VERDICT_OPEN };
extern const char *const verdict_names[]; // "passes", "fails", "open"; for people: verdict_text.h

struct verdict {
    enum verdict_says says;
    double limit, target;
    double yield;          // of the chips that were run
    struct interval chips; // of it
    struct interval all;
    double reached;      // of the curve's limits the largest that `target` of the chips reach
    double more_chips;   // beyond those that were run, estimated; 0: chips are not what is missing
    double more_sources; // likewise; INFINITY: no number would, the target lies where the yield is
};

// curve (n) ascending. pass of n_chips chips have accuracy >= limit. Of a limit that is not among the
// curve's, the interval is that of the limits on either side of it together: no narrower than its own.
// n_sources 0: there are none.
void verdict_make(struct verdict *v, const struct yield_point *curve, int n, double limit,
                  double target, int pass, int n_chips, int n_sources);

#endif
