// Four base currents whose 16 subset sums lie nearest to given magnitudes: the problem, its local
// optimum and its proof. Inside of twin/dynapse2/dpi_quantise.c.
//
// The magnitudes are sorted, so that the points of one level are a range: with prefix sums a set of
// base currents is judged in O(16·log n), whatever n is. All is scaled to a largest magnitude of 1.
#ifndef TWIN_DPI_DPI_FIT_H
#define TWIN_DPI_DPI_FIT_H

#include "twin/io/rng.h"

#include <stdbool.h>
#include <stddef.h>

enum { DPI_BASES = 4, DPI_LEVELS = 16 };

struct dpi_points {
    size_t n;       // magnitudes above 0
    double *x;      // (n) ascending, up to 1
    double *s;      // (n) importance of each
    double *sum[3]; // (n + 1) prefix sums of s, s·x, s·x²
};

// The points of weights of any sign: those that are 0, or of no importance (NULL: all alike), are
// left out. All finite, importance from 0. top: the largest magnitude, which the points are scaled
// by; 0 if there is none. -1: no memory. dpi_points_fini(&zeroed) is legal.
int dpi_points_init(struct dpi_points *p, const double *w, const double *importance, size_t n,
                    double *top);
void dpi_points_fini(struct dpi_points *p);

// b, ascending, and its cost Σ s·(x − nearest level)²
struct dpi_fit {
    double b[DPI_BASES];
    double cost;
};

// Sum of the base currents of `mask`, from bit 0 upwards: the one way in which it is summed.
double dpi_level(const double b[DPI_BASES], unsigned mask);

// The mask whose level is nearest to x ≥ 0 (of equals the smaller mask).
unsigned dpi_nearest_mask(const double b[DPI_BASES], double x);

// Index of the first point that is not below x.
size_t dpi_points_from(const struct dpi_points *p, double x);

double dpi_fit_cost(const struct dpi_points *p, const double b[DPI_BASES]);

// Alternating least squares: nearest levels, then the base currents that are best for them, until
// nothing gets better. `f->b` is where it starts; it ends ascending, in 0..1.
void dpi_fit_improve(const struct dpi_points *p, struct dpi_fit *f);

// Minimiser of bᵀA·b − 2·r·b on the box lo..hi (near enough for descent; A may be singular).
void dpi_box_minimum(const double A[DPI_BASES][DPI_BASES], const double r[DPI_BASES],
                     const double lo[DPI_BASES], const double hi[DPI_BASES], double b[DPI_BASES]);

// Branch and bound over all base currents, from the fit so far, which it improves where it can.
// Returns the boxes looked at: no b costs less than *f by more than what the sums round. Or `most`
// + 1 when these (or 256 points looked at for each of them) were not enough, or a box was too small
// to be split; then nothing is proved.
long dpi_fit_prove(const struct dpi_points *p, struct dpi_fit *f, long most);

#endif
