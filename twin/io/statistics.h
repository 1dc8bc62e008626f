// Intervals: what a number of chips, or of clips, can say about all others.
//
// Levels are 0..1, 0.95 for a 95 % interval. Nothing here knows of chips; what each interval covers
// is in docs/prediction.md. Quantiles and distributions are GSL's.
#ifndef TWIN_IO_STATISTICS_H
#define TWIN_IO_STATISTICS_H

#include <stdbool.h>

struct interval {
    double low, high;
};

// Wilson's score interval of a share, `pass` of n >= 1 (Wilson 1927): for an n that was fixed
// before.
struct interval statistics_wilson(int pass, int n, double level);

// The exact interval of a share: covers at least `level` of the time at every p (Clopper, Pearson
// 1934).
struct interval statistics_exact(int pass, int n, double level);

// For an n at which one stopped because the interval had become narrow enough. Looks after every
// STATISTICS_LOOK draws, stop at the first interval of at most the wanted width, or at the last
// draw. Stopping where chance made the interval narrow costs coverage; the exact interval with 0.6
// of the errors, Clopper-Pearson at 1 − 0.6·(1 − level), makes up for it: by exact enumeration of
// all runs its coverage at level 0.95 is never below 0.96 (bench/intervals prints it).
struct interval statistics_stopped(int pass, int n, double level);
enum { STATISTICS_LOOK = 64 };

double statistics_mean(const double *x, int n);
double statistics_sd(const double *x, int n); // sample standard deviation; 0 for n = 1

// Student's interval of a mean of n values with sample standard deviation sd; n = 1: −inf..inf.
struct interval statistics_student(double mean, double sd, int n, double level);

// The q quantile of sorted x: the value at index floor((n − 1)·q), and its distribution-free
// interval by order statistics: of ranks i..j with P(i <= Binomial(n, q) < j) >= level. An end that
// n values cannot give is `least` or `most`.
double statistics_quantile(const double *sorted, int n, double q);
struct interval statistics_quantile_interval(const double *sorted, int n, double q, double level,
                                             double least, double most);

void statistics_sort(double *x, int n); // ascending

#endif
