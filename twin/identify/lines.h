// Least squares that outliers do not move, and the value that most intervals hold.
#ifndef TWIN_IDENTIFY_LINES_H
#define TWIN_IDENTIFY_LINES_H

#include <stdbool.h>

// y ≈ Σ a·column; column i begins at at[i], n numbers each. Columns that say nothing new have `told` false and
// a 0. Weights fall with the residual, so that the larger part that agrees decides. false: out of memory.
bool lines_fit(int n, int m, const double *const *column, const double *y, double *a, bool *told);

// The same with whole numbers for all a: one after the other, each time that which the rest tells best of (Babai's
// nearest plane), of the y that lie within 1.5 of the line. Many columns are rounded each by itself.
bool lines_whole(int n, int m, const double *const *column, const double *y, double *a, bool *told);

struct interval {
    double lo, hi; // both belong to it
};

// Where most of n intervals meet, the widest of such places; how many meet there. Reorders `x`.
int intervals_meet(struct interval *x, int n, struct interval *meet);

#endif
