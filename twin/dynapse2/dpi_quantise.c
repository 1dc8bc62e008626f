#include "twin/dynapse2/dpi_quantise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct dpi_quantise_options dpi_quantise_default = {
    .starts = 300, .seed = 1, .boxes = 1048576};

// Four random currents whose sum is near the largest magnitude: evenly, or many small ones.
static struct dpi_fit start(uint64_t seed, int i)
{
    double u[DPI_BASES + 1], sum = 0;
    struct dpi_fit f = {{0}, INFINITY};
    rng_uniforms((struct rng_stream){seed, (uint64_t)i, RNG_QUANTISE, 0}, u, DPI_BASES + 1);
    for (int k = 0; k < DPI_BASES; k++)
        sum += f.b[k] = i % 2 ? u[k] * u[k] : u[k];
    for (int k = 0; k < DPI_BASES; k++)
        f.b[k] *= (0.8 + 0.4 * u[DPI_BASES]) / fmax(sum, 1e-3);
    return f;
}

static int refuse_bad(const double *w, size_t n, const struct dpi_quantise_options *o,
                      struct fail *f)
{
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(w[i])) return fail(f, "weight %zu, %g, allowed finite numbers", i, w[i]);
        if (o->importance && !(o->importance[i] >= 0 && isfinite(o->importance[i])))
            return fail(f, "importance %zu, %g, allowed 0 or more, finite", i, o->importance[i]);
    }
    if (o->starts < 1) return fail(f, "starts, %d, allowed from 1", o->starts);
    return 0;
}

double dpi_quantised_weight(const double base[DPI_BASES], double w)
{
    return copysign(dpi_level(base, dpi_nearest_mask(base, fabs(w))), w);
}

// Of the base currents as they are, summed over the weights in their order.
static void judge(struct dpi_quantised *q, const double *w, size_t n, const double *importance,
                  double top)
{
    double square = 0, all = 0;
    for (size_t i = 0; i < n; i++) {
        double s = importance ? importance[i] : 1;
        double error = fabs(w[i] - dpi_quantised_weight(q->base, w[i]));
        if (w[i] == 0) continue;
        q->n++;
        q->worst = fmax(q->worst, error);
        square += s * (error / top) * (error / top);
        all += s;
    }
    q->rms = all > 0 ? top * sqrt(square / all) : 0;
}

int dpi_quantise(struct dpi_quantised *q, const double *w, size_t n,
                 const struct dpi_quantise_options *o, struct fail *f)
{
    struct dpi_points p;
    struct dpi_fit best = {{0}, INFINITY};
    double top;
    *q = (struct dpi_quantised){0};
    if (refuse_bad(w, n, o, f)) return -1;
    if (dpi_points_init(&p, w, o->importance, n, &top))
        return fail(f, "no memory for %zu weights", n);
    for (int i = 0; i < o->starts && p.n; i++) {
        struct dpi_fit one = start(o->seed, i);
        dpi_fit_improve(&p, &one);
        if (one.cost < best.cost) best = one;
    }
    q->proved = p.n == 0;
    if (p.n && o->boxes > 0) {
        q->boxes = dpi_fit_prove(&p, &best, o->boxes);
        q->proved = q->boxes <= o->boxes;
    }
    for (int k = 0; k < DPI_BASES; k++)
        q->base[k] = best.b[k] * top;
    dpi_points_fini(&p);
    judge(q, w, n, o->importance, top > 0 ? top : 1);
    return 0;
}
