// How large a non-ideality may be: yield over its size, and where it falls below what is wanted.
#ifndef TWIN_PREDICT_SWEEP_H
#define TWIN_PREDICT_SWEEP_H

#include <stdbool.h>

struct sweep_point {
    double size; // of the knob
    int pass;    // chips that reach the limit, of n
    int n;
    double mean; // accuracy
};

struct sweep_crossing {
    double at; // on straight lines between the points; the largest size if it never falls below
    bool falls;
    double low;  // up to this size every point's Wilson interval lies above; −1 if none
                 // does
    double high; // from this size every point's Wilson interval lies below; −1 if none does
};

// point (n): sizes ascending. target: yield, 0..1.
struct sweep_crossing sweep_cross(const struct sweep_point *point, int n, double target);

#endif
