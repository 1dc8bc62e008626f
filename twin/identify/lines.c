#include "twin/identify/lines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 25 };

// Solves the m normal equations g·a = h by elimination along the diagonal, which is positive there; a column
// that others make up is not told.
static void solve(double *g, double *h, int m, double *a, bool *told)
{
    double scale[m];
    for (int i = 0; i < m; i++)
        scale[i] = g[i * m + i];
    for (int j = 0; j < m; j++) {
        const double pivot = g[j * m + j];
        told[j] = scale[j] > 0 && pivot > 1e-9 * scale[j];
        for (int i = 0; told[j] && i < m; i++) {
            if (i == j) continue;
            const double factor = g[i * m + j] / pivot;
            for (int k = 0; k < m; k++)
                g[i * m + k] -= factor * g[j * m + k];
            h[i] -= factor * h[j];
        }
    }
    for (int j = 0; j < m; j++)
        a[j] = told[j] ? h[j] / g[j * m + j] : 0;
}

bool lines_fit(int n, int m, const double *const *column, const double *y, double *a, bool *told)
{
    double *g = malloc(((size_t)m * (size_t)m + (size_t)m + (size_t)n) * sizeof *g);
    if (!g) return false;
    double *h = g + m * m, *weight = h + m;
    for (int i = 0; i < n; i++)
        weight[i] = 1;
    memset(a, 0, (size_t)m * sizeof *a);
    for (int round = 0; round < ROUNDS; round++) {
        memset(g, 0, ((size_t)m * (size_t)m + (size_t)m) * sizeof *g);
        for (int i = 0; i < n; i++)
            for (int j = 0; j < m; j++) {
                double x = column[j][i] * weight[i];
                if (x == 0) continue;
                h[j] += x * y[i];
                for (int k = 0; k < m; k++)
                    g[j * m + k] += x * column[k][i];
            }
        double moved = 0, worst = 0;
        double before[m];
        memcpy(before, a, sizeof before);
        solve(g, h, m, a, told);
        for (int j = 0; j < m; j++)
            moved = fmax(moved, fabs(a[j] - before[j]) / (1e-9 + fabs(a[j])));
        for (int i = 0; i < n; i++) {
            double off = y[i];
            for (int j = 0; j < m; j++)
                off -= a[j] * column[j][i];
            off = fabs(off);
            worst = off > worst ? off : worst;
            weight[i] = off > 1 ? 1 / off : 1;
        }
        if (worst <= 1 || (round && moved < 1e-7)) break;
    }
    free(g);
    return true;
}

// g (m, m) to its inverse, g positive; a row and column that others make up become 0. False: there is such a one.
static void invert(double *g, int m, bool *sound)
{
    double scale[m];
    for (int i = 0; i < m; i++)
        scale[i] = g[i * m + i];
    for (int j = 0; j < m; j++) {
        const double pivot = g[j * m + j];
        sound[j] = scale[j] > 0 && pivot > 1e-9 * scale[j];
        if (!sound[j]) continue;
        for (int k = 0; k < m; k++)
            g[j * m + k] /= k == j ? 1 : pivot;
        g[j * m + j] = 1 / pivot;
        for (int i = 0; i < m; i++) {
            if (i == j) continue;
            const double factor = g[i * m + j];
            for (int k = 0; k < m; k++)
                g[i * m + k] = (k == j ? 0 : g[i * m + k]) - factor * g[j * m + k];
        }
    }
}

// Normal equations of the columns that are left, over the y near the line.
static void near_equations(int n, int m, const double *const *column, const double *y,
                           const double *a, double *g, double *h)
{
    memset(g, 0, (size_t)m * (size_t)m * sizeof *g);
    memset(h, 0, (size_t)m * sizeof *h);
    for (int i = 0; i < n; i++) {
        double off = y[i];
        for (int j = 0; j < m; j++)
            off -= a[j] * column[j][i];
        if (fabs(off) > 1.5) continue;
        for (int j = 0; j < m; j++) {
            if (column[j][i] == 0) continue;
            h[j] += column[j][i] * y[i];
            for (int k = 0; k < m; k++)
                g[j * m + k] += column[j][i] * column[k][i];
        }
    }
}

bool lines_whole(int n, int m, const double *const *column, const double *y, double *a, bool *told)
{
    enum { MANY = 48 };
    if (!lines_fit(n, m, column, y, a, told)) return false;
    double *g = m <= MANY ? malloc(((size_t)m * (size_t)m * 2 + (size_t)m) * sizeof *g) : 0;
    if (m <= MANY && !g) return false;
    double *h = g ? g + m * m : 0, *part = g ? h + m : 0;
    int left[MANY], n_left = 0;
    if (g) near_equations(n, m, column, y, a, g, h);
    for (int j = 0; j < m; j++) {
        if (g && told[j]) left[n_left++] = j;
        a[j] = rint(a[j]);
    }
    while (n_left) {
        bool sound[MANY];
        int best = -1;
        for (int i = 0; i < n_left; i++)
            for (int k = 0; k < n_left; k++)
                part[i * n_left + k] = g[left[i] * m + left[k]];
        invert(part, n_left, sound);
        for (int i = 0; i < n_left; i++)
            if (sound[i] && (best < 0 || part[i * n_left + i] < part[best * n_left + best]))
                best = i;
        if (best < 0) break;
        double at = 0;
        for (int i = 0; i < n_left; i++)
            if (sound[i]) at += part[best * n_left + i] * h[left[i]];
        const int j = left[best];
        a[j] = rint(at);
        left[best] = left[--n_left];
        for (int i = 0; i < n_left; i++)
            h[left[i]] -= g[left[i] * m + j] * a[j];
    }
    free(g);
    return true;
}

static int by_low(const void *a, const void *b)
{
    double x = ((const struct interval *)a)->lo, y = ((const struct interval *)b)->lo;
    return x < y ? -1 : x > y;
}

static int by_number(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

int intervals_meet(struct interval *x, int n, struct interval *meet)
{
    struct interval all = {-HUGE_VAL, HUGE_VAL};
    for (int i = 0; i < n; i++) {
        all.lo = fmax(all.lo, x[i].lo);
        all.hi = fmin(all.hi, x[i].hi);
    }
    *meet = all;
    if (all.lo <= all.hi) return n;
    double *end = malloc((size_t)n * sizeof *end);
    if (!end) return 0;
    qsort(x, (size_t)n, sizeof *x, by_low);
    for (int i = 0; i < n; i++)
        end[i] = x[i].hi;
    qsort(end, (size_t)n, sizeof *end, by_number);
    int open = 0, most = 0, next = 0;
    for (int i = 0; i < n; i++) {
        while (end[next] < x[i].lo) {
            next++;
            open--;
        }
        open++;
        double to = end[next];
        if (open > most || (open == most && to - x[i].lo > meet->hi - meet->lo)) {
            most = open;
            *meet = (struct interval){x[i].lo, to};
        }
    }
    free(end);
    return most;
}
