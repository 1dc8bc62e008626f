// Intervals: what a number of chips, or of clips, can say about all others.
//
// Levels are 0..1, 0.95 for a 95 % interval. Nothing here knows of chips; what each interval covers
// is in docs/prediction.md. Quantiles and distributions are GSL's.
#ifndef TWIN_STATISTICS_H
#define TWIN_STATISTICS_H

#include <stdbool.h>

struct interval {
    double low, high;
};

// Wilson's score interval of a share, `pass` of n >= 1 (Wilson 1927): for an n that was fixed
// before.
struct interval statistics_wilson(int pass, int n, double level);

// The same at every n at once: an interval that may be looked at after each draw, and at which one
// may stop for any reason (a confidence sequence). All p whose prior-posterior ratio is below
// 1 / (1 − level), for the prior Beta(1/2, 1/2): B(½+s, ½+f) / (B(½, ½)·p^s·(1−p)^f), a martingale
// under p, so that Ville's inequality holds (Ville 1939; Robbins 1970; Waudby-Smith, Ramdas 2020).
struct interval statistics_sequence(int pass, int n, double level);

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
