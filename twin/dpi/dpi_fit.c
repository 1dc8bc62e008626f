#include "twin/dpi/dpi_fit.h"

#include "model/fx.h"

#include <math.h>
#include <string.h>

double dpi_level(const double b[DPI_BASES], unsigned mask)
{
    double sum = 0;
    for (int i = 0; i < DPI_BASES; i++)
        if (fx_bit(mask, i)) sum += b[i];
    return sum;
}

unsigned dpi_nearest_mask(const double b[DPI_BASES], double x)
{
    unsigned best = 0;
    for (unsigned m = 1; m < DPI_LEVELS; m++)
        if (fabs(x - dpi_level(b, m)) < fabs(x - dpi_level(b, best))) best = m;
    return best;
}

size_t dpi_points_from(const struct dpi_points *p, double x)
{
    size_t lo = 0, n = p->n;
    while (n) {
        size_t half = n / 2;
        bool below = p->x[lo + half] < x;
        lo = below ? lo + half + 1 : lo;
        n = below ? n - half - 1 : half;
    }
    return lo;
}

struct level {
    double at;
    unsigned mask;
};

// The 16 levels in ascending order: adding a base current merges the list with its shifted copy.
static void sort_levels(const double b[DPI_BASES], struct level out[DPI_LEVELS])
{
    struct level old[DPI_LEVELS];
    out[0] = (struct level){0, 0};
    int i = 0;
    for (unsigned n = 1; n < DPI_LEVELS; i++, n *= 2) {
        memcpy(old, out, n * sizeof *old);
        for (unsigned k = 0, low = 0, high = 0; k < 2 * n; k++) {
            bool take_high = low == n || (high < n && old[high].at + b[i] < old[low].at);
            if (take_high)
                out[k] = (struct level){old[high].at + b[i], old[high].mask + n}, high++;
            else
                out[k] = old[low++];
        }
    }
}

double dpi_fit_cost(const struct dpi_points *p, const double b[DPI_BASES])
{
    struct level level[DPI_LEVELS];
    double cost = 0;
    sort_levels(b, level);
    for (size_t k = 0, from = 0, to; k < DPI_LEVELS; k++, from = to) {
        to = k + 1 < DPI_LEVELS ? dpi_points_from(p, (level[k].at + level[k + 1].at) / 2) : p->n;
        double at = level[k].at, n = p->sum[0][to] - p->sum[0][from];
        double x = p->sum[1][to] - p->sum[1][from], xx = p->sum[2][to] - p->sum[2][from];
        cost += xx - at * (2 * x - at * n);
    }
    return fmax(cost, 0);
}

// Cholesky; false where A is (nearly) singular.
static bool solve(const double A[DPI_BASES][DPI_BASES], const double r[DPI_BASES],
                  double b[DPI_BASES])
{
    double L[DPI_BASES][DPI_BASES] = {{0}}, y[DPI_BASES];
    for (int i = 0; i < DPI_BASES; i++)
        for (int j = 0; j <= i; j++) {
            double sum = A[i][j];
            for (int k = 0; k < j; k++)
                sum -= L[i][k] * L[j][k];
            if (i == j && !(sum > 1e-12 * A[i][i])) return false;
            L[i][j] = i == j ? sqrt(sum) : sum / L[j][j];
        }
    for (int i = 0; i < DPI_BASES; i++) {
        y[i] = r[i];
        for (int k = 0; k < i; k++)
            y[i] -= L[i][k] * y[k];
        y[i] /= L[i][i];
    }
    for (int i = DPI_BASES - 1; i >= 0; i--) {
        b[i] = y[i];
        for (int k = i + 1; k < DPI_BASES; k++)
            b[i] -= L[k][i] * b[k];
        b[i] /= L[i][i];
    }
    return true;
}

void dpi_box_minimum(const double A[DPI_BASES][DPI_BASES], const double r[DPI_BASES],
                     const double lo[DPI_BASES], const double hi[DPI_BASES], double b[DPI_BASES])
{
    enum { SWEEPS = 24 };
    double free_one[DPI_BASES];
    bool inside = solve(A, r, free_one);
    for (int i = 0; i < DPI_BASES; i++)
        inside = inside && free_one[i] >= lo[i] && free_one[i] <= hi[i];
    if (inside) {
        memcpy(b, free_one, sizeof free_one);
        return;
    }
    for (int i = 0; i < DPI_BASES; i++)
        b[i] = fmin(fmax(b[i], lo[i]), hi[i]);
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        double moved = 0;
        for (int i = 0; i < DPI_BASES; i++) {
            if (!(A[i][i] > 0)) continue;
            double rest = r[i];
            for (int k = 0; k < DPI_BASES; k++)
                if (k != i) rest -= A[i][k] * b[k];
            double to = fmin(fmax(rest / A[i][i], lo[i]), hi[i]);
            moved = fmax(moved, fabs(to - b[i]));
            b[i] = to;
        }
        if (moved < 1e-13) break;
    }
}

static void ascend(double b[DPI_BASES])
{
    for (int i = 1; i < DPI_BASES; i++)
        for (int k = i; k > 0 && b[k] < b[k - 1]; k--) {
            double t = b[k];
            b[k] = b[k - 1];
            b[k - 1] = t;
        }
}

void dpi_fit_improve(const struct dpi_points *p, struct dpi_fit *f)
{
    enum { ROUNDS = 200 };
    static const double zero[DPI_BASES] = {0}, one[DPI_BASES] = {1, 1, 1, 1};
    ascend(f->b);
    f->cost = dpi_fit_cost(p, f->b);
    for (int round = 0; round < ROUNDS; round++) {
        struct level level[DPI_LEVELS];
        double A[DPI_BASES][DPI_BASES] = {{0}}, r[DPI_BASES] = {0};
        struct dpi_fit next = *f;
        sort_levels(f->b, level);
        for (size_t k = 0, from = 0, to; k < DPI_LEVELS; k++, from = to) {
            to =
                k + 1 < DPI_LEVELS ? dpi_points_from(p, (level[k].at + level[k + 1].at) / 2) : p->n;
            double n = p->sum[0][to] - p->sum[0][from], x = p->sum[1][to] - p->sum[1][from];
            for (int i = 0; i < DPI_BASES; i++) {
                if (!fx_bit(level[k].mask, i)) continue;
                r[i] += x;
                for (int j = 0; j < DPI_BASES; j++)
                    if (fx_bit(level[k].mask, j)) A[i][j] += n;
            }
        }
        dpi_box_minimum(A, r, zero, one, next.b);
        ascend(next.b);
        next.cost = dpi_fit_cost(p, next.b);
        if (!(next.cost < f->cost)) return;
        *f = next;
    }
}
