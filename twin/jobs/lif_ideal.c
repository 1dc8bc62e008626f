// The network in real arithmetic: the law of model/lif/law.h without words, rounding or clamps. What a
// shift moves at least is a matter of words, and so is where a sum saturates. A net's rest and reset
// are 0.
#include "twin/jobs/lif_job.h"

#include "model/lif/network.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX = IMAGE_MAX_NEURONS };

struct ideal_state {
    double v[IMAGE_MAX_LAYERS][MAX];
    int r[IMAGE_MAX_LAYERS][MAX];  // refractory ticks left
    bool z[IMAGE_MAX_LAYERS][MAX]; // spikes of this tick, before that of the last one
};

static double gather(const struct net *net, const struct ideal_state *st, int l, int n,
                     const bool *z_before, const double *x)
{
    const struct net_layer *y = &net->layer[l];
    int n_in = net->shape.layer[l].n_in, n_out = y->n_out;
    if (net->shape.layer[l].topology == IMAGE_ONE_TO_ONE)
        return y->w[n] * (l ? (double)st->z[l - 1][n] : x[n]);
    double acc = 0;
    for (int i = 0; i < n_in; i++)
        acc += y->w[i * n_out + n] * (l ? (double)st->z[l - 1][i] : x[i]);
    if (net->shape.layer[l].recurrent)
        for (int m = 0; m < n_out; m++)
            if (z_before[m]) acc += y->w[(n_in + m) * n_out + n];
    return acc;
}

static double leak(enum law_leak kind, double v, double lambda)
{
    switch (kind) {
    case LAW_LEAK_NONE:
        return 0;
    case LAW_LEAK_LINEAR:
        return copysign(fmin(fabs(v), lambda), v);
    case LAW_LEAK_SHIFT:
    case LAW_LEAK_SHIFT_MOVES:
        return ldexp(v, -(int)lambda);
    default:
        return v * lambda;
    }
}

static void tick(const struct law *law, const struct net *net, struct ideal_state *st,
                 const double *x)
{
    bool z_before[MAX];
    for (int l = 0; l < net->shape.n_layers; l++) {
        const struct net_layer *y = &net->layer[l];
        memcpy(z_before, st->z[l], sizeof z_before);
        for (int n = 0; n < y->n_out; n++) {
            bool resting = st->r[l][n] > 0;
            double v = st->v[l][n];
            double in = resting ? 0 : gather(net, st, l, n, z_before, x) + y->bias[n];
            v += law->integrate_first ? in - leak(law->leak_kind, v + in, y->lambda[n])
                                      : in - leak(law->leak_kind, v, y->lambda[n]);
            if (law->floor_zero && v < 0) v = 0;
            if (resting && law->refractory_hold) v = 0;
            bool z = !resting && (law->fire_gt ? v > y->theta[n] : v >= y->theta[n]);
            st->r[l][n] = z ? law->refractory_ticks : resting ? st->r[l][n] - 1 : 0;
            st->v[l][n] = !z ? v : law->reset_subtract ? v - y->theta[n] : 0;
            st->z[l][n] = z;
        }
    }
}

const char *lif_ideal_lacks(const struct law *law, const struct image_shape *s)
{
    if (law->currents) return "a synaptic current";
    if (law->has_gain) return "an input gain";
    for (int l = 0; l < s->n_layers; l++) {
        if (s->layer[l].max_spikes > 1) return "several spikes a tick";
        if (s->layer[l].delayed) return "a delayed layer";
    }
    return 0;
}

int lif_ideal(const struct lif_job *lif, double *accuracy, struct fail *f)
{
    const struct chip *c = lif->chip;
    const struct net *n = lif->net;
    const struct corpus *s = lif->corpus;
    const int *clip = lif->clip;
    int n_clips = lif->n_clips;
    int n_in = n->shape.layer[0].n_in, last = n->shape.n_layers - 1;
    int n_classes = n->shape.layer[last].n_out, correct = 0;
    bool no_memory = false;
    double lsb = ldexp(1, -c->law.input.frac_bits);
#pragma omp parallel reduction(+ : correct) reduction(|| : no_memory)
    {
        struct ideal_state *st = malloc(sizeof *st);
        uint8_t *words = malloc((size_t)s->n_ticks * (size_t)n_in);
        no_memory = !st || !words;
#pragma omp for
        for (int i = 0; i < n_clips; i++) {
            int32_t count[MAX] = {0};
            double x[MAX];
            if (no_memory) continue;
            memset(st, 0, sizeof *st);
            corpus_words(s, clip[i], 0, 0, words);
            for (int t = 0; t < s->n_ticks; t++) {
                for (int k = 0; k < n_in; k++)
                    x[k] = words[t * n_in + k] * lsb;
                tick(&c->law, n, st, x);
                for (int k = 0; k < n_classes; k++)
                    count[k] += st->z[last][k];
            }
            correct += net_decide(n, count) == s->set.clip[clip[i]].label;
        }
        free(words);
        free(st);
    }
    *accuracy = (double)correct / n_clips;
    return no_memory ? fail(f, "real arithmetic: out of memory") : 0;
}
