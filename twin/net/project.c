#include "twin/net/project.h"

#include "model/fx.h"
#include "twin/chip/physics.h"
#include "twin/net/quantise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static float held(const struct chip *c, int value, float x)
{
    return (float)physics_held(c, value, x);
}

static int copy(struct net *to, const struct chip *c, const struct net *n, struct fail *f)
{
    if (net_check_words(n, c, f) || net_new(to, &n->shape, &n->words, f)) return -1;
    memcpy(to->chip, c->name, sizeof to->chip);
    if (c->kind == &lif_kind) {
        to->leak_kind = c->law.leak_kind;
        to->decay_kind = c->law.decay_kind;
    }
    memcpy(to->values, n->values, n->n_values * sizeof *n->values);
    if (!labels_copy(&to->labels, &n->labels, f) &&
        !net_add_speakers(to, n->speaker, n->n_speakers, f))
        return 0;
    net_fini(to);
    return -1;
}

// v, w, θ and a linear leak in other units are the same neuron.
static void scale_neuron(struct net_layer *y, const struct chip *c, int neuron)
{
    double factor = c->threshold / y->theta[neuron];
    for (int i = 0; i < y->n_source; i++) {
        float *w = &y->w[(size_t)i * (size_t)y->n_out + (size_t)neuron];
        *w = (float)(*w * factor);
    }
    if (c->law.leak_kind == LAW_LEAK_LINEAR)
        y->lambda[neuron] = (float)(y->lambda[neuron] * factor);
    y->theta[neuron] = (float)c->threshold;
}

int project_legal(struct net *to, const struct chip *c, const struct net *n, struct fail *f)
{
    if (copy(to, c, n, f)) return -1;
    for (int l = 0; l < n->shape.n_layers; l++) {
        struct net_layer *y = &to->layer[l];
        size_t n_weights = (size_t)y->n_source * (size_t)y->n_out;
        for (int i = 0; i < y->n_out; i++) {
            const bool grid = c->weight.bits && c->kind == &lif_kind;
            if (grid && y->theta[i] != (float)c->threshold && y->theta[i] > 0)
                scale_neuron(y, c, i);
            for (int p = 0; p < CHIP_VALUES; p++)
                if (y->value[p]) y->value[p][i] = held(c, p, y->value[p][i]);
            if (grid) y->theta[i] = (float)c->threshold;
            if (grid) y->bias[i] = 0;
        }
        int16_t *code = malloc(n_weights * sizeof *code);
        if (!code) {
            net_fini(to);
            return fail(f, "network: out of memory");
        }
        quantise_layer(c, to, l, &(struct quantised){.code = code});
        for (size_t i = 0; i < n_weights; i++)
            y->w[i] = (float)quantise_level(c, code[i]);
        free(code);
    }
    return 0;
}

// The charge of a weight between two levels, or beyond the last: on the line through them.
static double charge_of(const struct chip *c, double w)
{
    if (!c->weight.charges.n) return w;
    double first = quantise_level(c, 0), at = (w - first) / (quantise_level(c, 1) - first);
    int low = (int)fmin(fmax(floor(at), 0), c->weight.charges.n - 2);
    double a = quantise_charge(c, low), b = quantise_charge(c, low + 1);
    return a + (at - low) * (b - a);
}

int project_free(struct net *to, struct chip *free_chip, const struct chip *c, const struct net *n,
                 int16_t *const *code, struct fail *f)
{
    int bits = law_bits(c->law.weight);
    double lsb = ldexp(1, -c->law.weight.frac_bits);
    *free_chip = *c;
    free_chip->weight.bits = free_chip->weight.charges.n = free_chip->weight.sign_block = 0;
    free_chip->weight.step = 0;
    free_chip->weight.min = lsb * (double)fx_min(bits);
    free_chip->weight.max = lsb * (double)fx_max(bits);
    if (copy(to, free_chip, n, f)) return -1;
    for (int l = 0; l < n->shape.n_layers; l++) {
        struct net_layer *y = &to->layer[l];
        size_t n_weights = (size_t)y->n_source * (size_t)y->n_out;
        for (size_t i = 0; i < n_weights; i++)
            y->w[i] = (float)charge_of(c, code ? quantise_level(c, code[l][i]) : (double)y->w[i]);
    }
    return 0;
}
