#include "twin/net/net_draw.h"

#include "base/basic_math.h"
#include "twin/io/rng.h"

#include <math.h>
#include <stdlib.h>

// The largest real number of a signed format.
static double top_of(struct law_format format)
{
    return ldexp((double)fx_max(law_bits(format)), -format.frac_bits);
}

static double between(double lo, double hi, double x)
{
    return x < lo ? lo : x > hi ? hi : x;
}

// What λ or a decay counts, from u of 0..1: a time constant of 1 to 64 ticks.
static double leak_at(enum law_leak kind, double theta, double u)
{
    double ticks = basic_exp(u * basic_log(64));
    if (kind == LAW_LEAK_EXPONENTIAL) return 1 - basic_exp(-1 / ticks);
    if (kind == LAW_LEAK_LINEAR) return theta / (4 * ticks);
    return law_leak_shifts(kind) ? floor(1 + 6 * u) : 0;
}

// u: (NET_NEURON) of 0..1.
static void draw_neuron(struct net_layer *y, int i, const struct chip *c, const double *u)
{
    const struct law *law = &c->law;
    double theta = c->threshold > 0 ? c->threshold * (0.5 + u[NET_THETA])
                                    : top_of(law->membrane) * (1 + 3 * u[NET_THETA]) / 16;
    theta = between(0, top_of(law->membrane), theta);
    y->theta[i] = (float)theta;
    y->lambda[i] = (float)leak_at(law->leak_kind, theta, u[NET_LAMBDA]);
    y->bias[i] = (float)(theta * (u[NET_BIAS] - 0.5) / 16);
    if (y->decay) y->decay[i] = (float)leak_at(law->decay_kind, theta, u[NET_DECAY]);
    if (y->gain) y->gain[i] = (float)between(0, top_of(law->gain), 0.5 + u[NET_GAIN]);
    if (y->rest) y->rest[i] = (float)(theta * (u[NET_REST] - 0.5) / 2);
    if (y->reset) y->reset[i] = (float)(theta * (u[NET_RESET] - 0.5) / 2);
}

// The share of a synaptic current that decays in a tick: what it adds up to is 1 / that.
static double share_of(const struct net_layer *y, int i, enum law_leak kind)
{
    if (!y->decay) return 1;
    if (kind == LAW_LEAK_EXPONENTIAL) return y->decay[i];
    return law_leak_shifts(kind) ? ldexp(1, -(int)y->decay[i]) : 0.125;
}

// Half of the sources, each with half of its largest word, move the membrane by about θ.
static void draw_weights(struct net_layer *y, const struct chip *c, double word,
                         const double *normal)
{
    double sd = 1 / (word / 2 * sqrt(y->n_source / 2.0));
    for (int k = 0; k < y->n_source * y->n_out; k++) {
        int i = k % y->n_out;
        double w = y->theta[i] * (0.25 + normal[k]) * sd * share_of(y, i, c->law.decay_kind);
        y->w[k] = (float)between(c->weight.min, c->weight.max, w);
    }
}

int net_draw(struct net *n, const struct chip *c, uint64_t seed, struct fail *f)
{
    for (int l = 0; l < n->shape.n_layers; l++) {
        struct net_layer *y = &n->layer[l];
        size_t n_weights = (size_t)y->n_source * (size_t)y->n_out;
        size_t n_values = (size_t)y->n_out * NET_NEURON;
        double *normal = malloc((n_weights + n_values) * sizeof *normal);
        if (!normal) return fail(f, "network: out of memory");
        double *u = normal + n_weights;
        rng_normals((struct rng_stream){seed, 0, RNG_INITIAL_WEIGHTS, (uint64_t)l}, normal,
                    n_weights);
        rng_uniforms((struct rng_stream){seed, 1, RNG_INITIAL_WEIGHTS, (uint64_t)l}, u, n_values);
        for (int i = 0; i < y->n_out; i++)
            draw_neuron(y, i, c, u + (size_t)i * NET_NEURON);
        double word = l ? 2
                        : ldexp((double)fx_umax(law_bits(c->law.input) - c->law.input_signed),
                                -c->law.input.frac_bits);
        draw_weights(y, c, word, normal);
        free(normal);
    }
    return 0;
}
