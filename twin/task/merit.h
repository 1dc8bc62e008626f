// Figures of merit: how good what a chip says of an item is. A figure is a row.
//
// Whatever counts, keeps and draws knows points and shares: an item earns 0..merit_points(m) points, a chip the
// share of all that its items could earn, 0..1. What a share is called, and which value of the figure it stands for,
// the row says; a share is worst + share · (best − worst), so that means and intervals of the one are those of the other.
#ifndef TWIN_TASK_MERIT_H
#define TWIN_TASK_MERIT_H

#include <stddef.h>
#include <stdint.h>

struct merit {
    const char *name;   // "accuracy"
    double worst, best; // the figure that no point, and all points, stand for
    double times;       // people read it times so much,
    const char *unit;   // with this behind it,
    int decimals;
    // The figure of an item, `skip` first ticks left out, from said and target (n_ticks, n_out). NULL: an item is
    // right or wrong.
    double (*of_item)(const double *said, const double *target, int skip, int n_ticks, int n_out);
};

extern const struct merit merit_accuracy;      // right or wrong: of labels
extern const struct merit *const merit_rows[]; // of targets over time; ends in NULL

const struct merit *merit_find(const char *name); // of merit_rows; or NULL

// Points that an item can earn: 1 where it is right or wrong, else MERIT_POINTS.
enum { MERIT_POINTS = 32767 }; // so that a word of twin/predict/decision.h holds them
int merit_full(const struct merit *m);

// Points of an item with this value of the figure: to the nearest.
int merit_points(const struct merit *m, double value);

double merit_value(const struct merit *m, double share);
double merit_share(const struct merit *m, double value);

// The share that stands for `part` of the figure's value at `share`: so much of it where more is better, and
// where less is better 1/part of it.
double merit_part(const struct merit *m, double share, double part);

// A share as people read it, "97.12 %", and without the unit. Return text.
enum { MERIT_TEXT = 48 };
const char *merit_text(const struct merit *m, double share, char text[MERIT_TEXT]);
const char *merit_bare(const struct merit *m, double share, char text[MERIT_TEXT]);

// A difference of shares by which something is worse times so much is how people read it: points of 100, of accuracy.
double merit_scale(const struct merit *m);

#endif
