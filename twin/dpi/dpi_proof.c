// That no other four base currents are better: branch and bound over boxes of them.
//
// In a box each level is an interval. Level k serves no point of the box beyond its midpoint with a
// level that lies above it everywhere in the box, or before that with one below. Points that only
// one level can serve are fixed: they give a convex quadratic in b, whose minimum on the box is a
// bound; each of the other points costs at least its distance to the nearest interval. When all
// points are fixed, the bound is the box's minimum itself, so small boxes end.
#include "twin/dpi/dpi_fit.h"

#include "model/fx.h"

#include <math.h>
#include <string.h>

struct box {
    double lo[DPI_BASES], hi[DPI_BASES];
};

// Levels of a box, and the points (index first[k]..last[k]) that each can serve in it.
struct reach {
    double lo[DPI_LEVELS], hi[DPI_LEVELS];
    size_t first[DPI_LEVELS], last[DPI_LEVELS];
};

static void find_reach(const struct dpi_points *p, const struct box *x, struct reach *r)
{
    for (unsigned k = 0; k < DPI_LEVELS; k++) {
        r->lo[k] = dpi_level(x->lo, k);
        r->hi[k] = dpi_level(x->hi, k);
    }
    for (unsigned k = 0; k < DPI_LEVELS; k++) {
        double from = -1, to = 2;
        for (unsigned j = 0; j < DPI_LEVELS; j++) {
            if (j == k) continue;
            unsigned mine = k & ~j, other = j & ~k;
            bool above = r->lo[mine] >= r->hi[other]; // k is above j everywhere
            bool below = r->lo[other] >= r->hi[mine];
            if (above && !(below && k < j)) from = fmax(from, (r->lo[k] + r->lo[j]) / 2);
            if (below && !(above && k > j)) to = fmin(to, (r->hi[k] + r->hi[j]) / 2);
        }
        r->first[k] = dpi_points_from(p, from);
        r->last[k] = dpi_points_from(p, nextafter(to, 3));
        if (r->last[k] < r->first[k]) r->last[k] = r->first[k];
    }
}

// A cost that no b in the box goes below; b: the minimiser of the part that is fixed.
static double bound_of(const struct dpi_points *p, const struct box *x, double b[DPI_BASES],
                       long *work)
{
    struct reach r;
    double A[DPI_BASES][DPI_BASES] = {{0}}, v[DPI_BASES] = {0}, constant = 0, open = 0;
    size_t edge[2 * DPI_LEVELS];
    int n_edges = 0;
    find_reach(p, x, &r);
    for (int k = 0; k < 2 * DPI_LEVELS; k++) {
        size_t at = k < DPI_LEVELS ? r.first[k] : r.last[k - DPI_LEVELS];
        int i = n_edges++;
        for (; i > 0 && edge[i - 1] > at; i--)
            edge[i] = edge[i - 1];
        edge[i] = at;
    }
    for (int e = 0; e + 1 < n_edges; e++) {
        size_t from = edge[e], to = edge[e + 1];
        unsigned serves[DPI_LEVELS], n_serves = 0;
        if (from == to) continue;
        for (unsigned k = 0; k < DPI_LEVELS; k++)
            if (r.first[k] <= from && r.last[k] >= to) serves[n_serves++] = k;
        if (n_serves == 1) {
            double n = p->sum[0][to] - p->sum[0][from], sx = p->sum[1][to] - p->sum[1][from];
            constant += p->sum[2][to] - p->sum[2][from];
            for (int i = 0; i < DPI_BASES; i++) {
                if (!fx_bit(serves[0], i)) continue;
                v[i] += sx;
                for (int j = 0; j < DPI_BASES; j++)
                    if (fx_bit(serves[0], j)) A[i][j] += n;
            }
            continue;
        }
        *work += (long)(to - from);
        for (size_t i = from; i < to; i++) {
            double off = INFINITY;
            for (unsigned k = 0; k < n_serves; k++)
                off = fmin(off, fmax(r.lo[serves[k]] - p->x[i], p->x[i] - r.hi[serves[k]]));
            if (off > 0) open += p->s[i] * off * off;
        }
    }
    for (int i = 0; i < DPI_BASES; i++)
        b[i] = (x->lo[i] + x->hi[i]) / 2;
    dpi_box_minimum(A, v, x->lo, x->hi, b);
    // Whatever b is: the quadratic is convex, so it lies above its tangent at b.
    double bound = constant + open;
    for (int i = 0; i < DPI_BASES; i++) {
        double Ab = 0;
        for (int j = 0; j < DPI_BASES; j++)
            Ab += A[i][j] * b[j];
        double slope = 2 * (Ab - v[i]);
        bound +=
            b[i] * (Ab - 2 * v[i]) + fmin(slope * (x->lo[i] - b[i]), slope * (x->hi[i] - b[i]));
    }
    return bound;
}

// b is ascending: what follows from that for a box; false if nothing of it is left.
static bool tighten(struct box *x)
{
    for (int i = 1; i < DPI_BASES; i++)
        x->lo[i] = fmax(x->lo[i], x->lo[i - 1]);
    for (int i = DPI_BASES - 2; i >= 0; i--)
        x->hi[i] = fmin(x->hi[i], x->hi[i + 1]);
    for (int i = 0; i < DPI_BASES; i++)
        if (x->lo[i] > x->hi[i]) return false;
    return true;
}

long dpi_fit_prove(const struct dpi_points *p, struct dpi_fit *f, long most)
{
    enum { DEPTH = 256, WORK = 256 };
    struct box stack[DEPTH] = {{{0}, {1, 1, 1, 1}}};
    // A prefix sum of n terms is off by up to n·2^-53 of itself; three of them make a cost.
    double rounding = ldexp((double)(4 * p->n + 200), -53) * p->sum[2][p->n];
    long boxes = 0, work = 0;
    for (int n = 1; n > 0;) {
        struct box x = stack[--n];
        struct dpi_fit here;
        if (++boxes > most || work / WORK > most) return most + 1;
        if (!tighten(&x)) continue;
        double bound = bound_of(p, &x, here.b, &work);
        here.cost = dpi_fit_cost(p, here.b);
        if (here.cost < f->cost) {
            dpi_fit_improve(p, &here);
            *f = here;
        }
        if (bound + rounding >= f->cost) continue;
        int widest = 0;
        for (int i = 1; i < DPI_BASES; i++)
            if (x.hi[i] - x.lo[i] > x.hi[widest] - x.lo[widest]) widest = i;
        if (x.hi[widest] - x.lo[widest] < 1e-12 || n + 2 > DEPTH) return most + 1;
        double half = (x.lo[widest] + x.hi[widest]) / 2;
        stack[n] = stack[n + 1] = x;
        stack[n].hi[widest] = half;
        stack[n + 1].lo[widest] = half;
        n += 2;
    }
    return boxes;
}
