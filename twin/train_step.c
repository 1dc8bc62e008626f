// One step of the optimiser: clipping, Adam by parameter groups, the chip's ranges.
#include "twin/train.h"

#include <math.h>

// Cosine from lr to 0 over the run, after a linear start over the first 2 %.
double train_schedule(long step, long n_steps)
{
    double at = ((double)step + 0.5) / (double)n_steps;
    double start = at < 0.02 ? at / 0.02 : 1;
    return start * 0.5 * (1 + cos(3.14159265358979323846 * at));
}

// One Adam step (Kingma and Ba 2015) on `n` values from `at`; unit turns the step into their unit.
static void adam(struct train *t, const float *g, size_t at, size_t n, double lr, double unit)
{
    const double b1 = 0.9, b2 = 0.999, eps = 1e-8;
    double c1 = 1 - pow(b1, (double)t->step), c2 = 1 - pow(b2, (double)t->step);
    for (size_t i = at; i < at + n; i++) {
        double gi = g[i] * unit;
        double m = b1 * t->m[i] + (1 - b1) * gi;
        double v = b2 * t->v[i] + (1 - b2) * gi * gi;
        t->m[i] = (float)m;
        t->v[i] = (float)v;
        t->net.values[i] = (float)(t->net.values[i] - lr * unit * (m / c1) / (sqrt(v / c2) + eps));
    }
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
        adam(t, g, (size_t)(y->w - t->net.values), weights, lr * factor, theta);
        for (size_t i = 0; i < weights; i++)
            y->w[i] = fminf(fmaxf(y->w[i], (float)c->weight.min), (float)c->weight.max);
        if (o->lr_leak == 0) continue;
        adam(t, g, (size_t)(y->lambda - t->net.values), (size_t)y->n_out, o->lr_leak * factor, 1);
        for (int n = 0; n < y->n_out; n++)
            y->lambda[n] = fminf(fmaxf(y->lambda[n], 0.004f), 0.9f);
    }
    return true;
}
