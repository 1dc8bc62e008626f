#include "twin/io/statistics.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort.h>
#include <math.h>

struct interval statistics_wilson(int pass, int n, double level)
{
    double z = gsl_cdf_ugaussian_Pinv((1 + level) / 2);
    double p = (double)pass / n, zz = z * z / n;
    double centre = (p + zz / 2) / (1 + zz);
    double half = z / (1 + zz) * sqrt(p * (1 - p) / n + zz / (4.0 * n));
    return (struct interval){pass == 0 ? 0 : centre - half, pass == n ? 1 : centre + half};
}

// x with gsl_cdf_beta_P(x, a, b) = p, by Newton's steps from `x`, or halves where one leaves what
// is left. (gsl_cdf_beta_Pinv does not find it for some a and b in the hundreds, and aborts.)
static double beta_quantile(double p, double a, double b, double x)
{
    double low = 0, high = 1, before = -1;
    for (int i = 0; i < 200 && x != before; i++) {
        double off = gsl_cdf_beta_P(x, a, b) - p;
        *(off < 0 ? &low : &high) = x;
        before = x;
        x -= off / gsl_ran_beta_pdf(x, a, b);
        if (!(x > low && x < high)) x = (low + high) / 2;
        if (fabs(x - before) < 1e-14) break;
    }
    return x;
}

struct interval statistics_exact(int pass, int n, double level)
{
    double tail = (1 - level) / 2;
    struct interval near = statistics_wilson(pass, n, level);
    return (struct interval){pass == 0 ? 0 : beta_quantile(tail, pass, n - pass + 1, near.low),
                             pass == n ? 1
                                       : beta_quantile(1 - tail, pass + 1, n - pass, near.high)};
}

struct interval statistics_stopped(int pass, int n, double level)
{
    return statistics_exact(pass, n, 1 - 0.6 * (1 - level));
}

double statistics_mean(const double *x, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += x[i];
    return sum / n;
}

double statistics_sd(const double *x, int n)
{
    double mean = statistics_mean(x, n), squares = 0;
    for (int i = 0; i < n; i++)
        squares += (x[i] - mean) * (x[i] - mean);
    return n > 1 ? sqrt(squares / (n - 1)) : 0;
}

struct interval statistics_student(double mean, double sd, int n, double level)
{
    if (n < 2) return (struct interval){-INFINITY, INFINITY};
    double half = gsl_cdf_tdist_Pinv((1 + level) / 2, n - 1) * sd / sqrt(n);
    return (struct interval){mean - half, mean + half};
}

double statistics_quantile(const double *sorted, int n, double q)
{
    return sorted[(int)floor((n - 1) * q)];
}

struct interval statistics_quantile_interval(const double *sorted, int n, double q, double level,
                                             double least, double most)
{
    double tail = (1 - level) / 2;
    int i = 0, j = n + 1; // ranks, 1..n; 0 and n + 1: beyond the sample
    while (i < n && gsl_cdf_binomial_P((unsigned)i, q, (unsigned)n) <= tail)
        i++;
    while (j > 1 && gsl_cdf_binomial_Q((unsigned)(j - 2), q, (unsigned)n) <= tail)
        j--;
    return (struct interval){i ? sorted[i - 1] : least, j <= n ? sorted[j - 1] : most};
}

void statistics_sort(double *x, int n)
{
    gsl_sort(x, 1, (size_t)n);
}
