#include "twin/statistics.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sort.h>
#include <math.h>

struct interval statistics_wilson(int pass, int n, double level)
{
    double z = gsl_cdf_ugaussian_Pinv((1 + level) / 2);
    double p = (double)pass / n, zz = z * z / n;
    double centre = (p + zz / 2) / (1 + zz);
    double half = z / (1 + zz) * sqrt(p * (1 - p) / n + zz / (4 * n));
    return (struct interval){pass == 0 ? 0 : centre - half, pass == n ? 1 : centre + half};
}

// ln of p^s·(1 − p)^f
static double log_likelihood(double p, int s, int f)
{
    return (s ? s * log(p) : 0) + (f ? f * log1p(-p) : 0);
}

struct interval statistics_sequence(int pass, int n, double level)
{
    int fails = n - pass;
    double share = (double)pass / n;
    double least =
        gsl_sf_lnbeta(0.5 + pass, 0.5 + fails) - gsl_sf_lnbeta(0.5, 0.5) + log(1 - level);
    struct interval ends;
    for (int side = 0; side < 2; side++) { // the likelihood falls from the share to either end
        double inside = share, outside = side;
        bool whole = side ? fails == 0 : pass == 0;
        for (int i = 0; !whole && i < 100; i++) {
            double middle = (inside + outside) / 2;
            if (log_likelihood(middle, pass, fails) > least)
                inside = middle;
            else
                outside = middle;
        }
        *(side ? &ends.high : &ends.low) = outside;
    }
    return ends;
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
