// One step of the optimiser: clipping, Adam by parameter groups, the chip's ranges.
#include "base/basic_math.h"
#include "base/clones.h"
#include "twin/train/train.h"

#include <math.h>

// Cosine from lr to 0 over the run, after a linear start over the first 2 %.
double train_schedule(long step, long n_steps)
{
    double at = ((double)step + 0.5) / (double)n_steps;
    double start = at < 0.02 ? at / 0.02 : 1;
    return start * 0.5 * (1 + basic_cos(M_PI * at));
}

// One Adam step (Kingma and Ba 2015) of n values; unit turns the step into their unit. After it
// they are held to lo..hi.
struct adam {
    double lr, unit;
    double c1, c2; // corrections of the moments
    float lo, hi;
};

CLONES
static void adam_step(const struct adam *a, size_t n, float *restrict value, float *restrict first,
                      float *restrict second, const float *restrict g)
{
    const double b1 = 0.9, b2 = 0.999, eps = 1e-8;
    const double lr = a->lr, unit = a->unit, c1 = a->c1, c2 = a->c2;
    const float lo = a->lo, hi = a->hi;
    for (size_t i = 0; i < n; i++) {
        double gi = g[i] * unit;
        double m = b1 * first[i] + (1 - b1) * gi;
        double v = b2 * second[i] + (1 - b2) * gi * gi;
        first[i] = (float)m;
        second[i] = (float)v;
        float x = (float)(value[i] - lr * unit * (m / c1) / (sqrt(v / c2) + eps));
        x = x > lo ? x : lo;
        value[i] = x < hi ? x : hi;
    }
}

static void adam(struct train *t, const float *g, const float *values, size_t n, struct adam a)
{
    size_t at = (size_t)(values - t->net.values);
    a.c1 = 1 - basic_pow(0.9, (double)t->step);
    a.c2 = 1 - basic_pow(0.999, (double)t->step);
    adam_step(&a, n, t->net.values + at, t->m + at, t->v + at, g + at);
}

CLONES
static void average_step(size_t n, double part, float *restrict average,
                         const float *restrict value)
{
    for (size_t i = 0; i < n; i++)
        average[i] = (float)(average[i] + part * ((double)value[i] - average[i]));
}

void train_average(struct train *t, double horizon)
{
    double part = (double)t->step < horizon ? 1 / (double)t->step : 1 / fmax(horizon, 1);
    average_step(t->net.n_values, part, t->average.values, t->net.values);
}

bool train_update(struct train *t, const struct chip *c, const struct train_options *o, float *g,
                  double factor)
{
    double theta = c->threshold, norm2 = 0;
    for (size_t i = 0; i < t->net.n_values; i++)
        norm2 += (double)g[i] * g[i] * theta * theta;
    if (!isfinite(norm2)) return false;
    if (sqrt(norm2) > o->clip_norm)
        for (size_t i = 0; i < t->net.n_values; i++)
            g[i] = (float)(g[i] * (o->clip_norm / sqrt(norm2)));
    t->step++;
    for (int l = 0; l < t->net.shape.n_layers; l++) {
        struct net_layer *y = &t->net.layer[l];
        size_t weights = (size_t)y->n_source * (size_t)y->n_out;
        bool front = l == 0 && t->net.shape.layer[l].topology == IMAGE_ONE_TO_ONE;
        double lr = front ? o->lr_front : o->lr;
        adam(t, g, y->w, weights,
             (struct adam){.lr = lr * factor,
                           .unit = theta,
                           .lo = (float)c->weight.min,
                           .hi = (float)c->weight.max});
        if (o->lr_leak == 0) continue;
        adam(t, g, y->lambda, (size_t)y->n_out,
             (struct adam){.lr = o->lr_leak * factor, .unit = 1, .lo = 0.004f, .hi = 0.9f});
        if (y->decay && c->law.decay_kind == LAW_LEAK_EXPONENTIAL)
            adam(t, g, y->decay, (size_t)y->n_out,
                 (struct adam){.lr = o->lr_leak * factor, .unit = 1, .lo = 0.004f, .hi = 0.99f});
        const struct physics_word gain = physics_lif.word_of(c, NET_GAIN);
        if (y->gain)
            adam(t, g, y->gain, (size_t)y->n_out,
                 (struct adam){.lr = o->lr_leak * factor,
                               .unit = 1,
                               .lo = (float)(1 / gain.unit),
                               .hi = (float)((double)gain.hi / gain.unit)});
    }
    return true;
}
