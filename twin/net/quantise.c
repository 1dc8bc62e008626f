#include "twin/net/quantise.h"

#include "model/fx.h"

#include <math.h>

static double step_of(const struct chip *c)
{
    if (c->weight.bits) return (c->weight.max - c->weight.min) / (double)fx_umax(c->weight.bits);
    return c->weight.step > 0 ? c->weight.step : ldexp(1, -c->law.weight.frac_bits);
}

void quantise_codes(const struct chip *c, int *lo, int *hi)
{
    int bits = law_bits(c->law.weight);
    double lsb = ldexp(1, -c->law.weight.frac_bits), step = step_of(c);
    if (c->weight.bits) {
        *lo = 0;
        *hi = (int)fx_umax(c->weight.bits);
    } else {
        *lo = (int)ceil(fmax(c->weight.min, lsb * (double)fx_min(bits)) / step);
        *hi = (int)floor(fmin(c->weight.max, lsb * (double)fx_max(bits)) / step);
    }
}

double quantise_level(const struct chip *c, int code)
{
    return (c->weight.bits ? c->weight.min : 0) + code * step_of(c);
}

double quantise_charge(const struct chip *c, int code)
{
    return c->weight.charges.n ? c->weight.charges.x[code] : quantise_level(c, code);
}

// Membrane units that a weight unit moves around a code: central difference of the charge's table.
static double slope_at(const struct chip *c, int code)
{
    if (!c->weight.charges.n) return 1;
    int a = code > 0 ? code - 1 : code, b = code < c->weight.charges.n - 1 ? code + 1 : code;
    return (quantise_charge(c, b) - quantise_charge(c, a)) / ((b - a) * step_of(c));
}

// The code that stands for 0 or comes next to it, with the sign of `positive`.
static int smallest(const struct chip *c, bool positive)
{
    if (!c->weight.bits) return 0;
    int half = (int)fx_umax(c->weight.bits) / 2; // the last negative one
    return positive ? half + 1 : half;
}

bool quantise_block_of(const struct chip *c, const struct net *n, int layer, int source, int neuron,
                       struct quantise_block *b)
{
    int size = c->weight.sign_block;
    if (!size || n->shape.layer[layer].topology == IMAGE_ONE_TO_ONE) return false;
    const struct net_layer *y = &n->layer[layer];
    int n_in = image_heard(&n->shape, layer); // rows
    int from = 0, to = y->n_out, at = neuron; // of neurons
    b->of_sources = !c->weight.sign_along_neurons;
    if (b->of_sources) { // a layer's own spikes come over synapses of their own
        from = source < n_in ? 0 : n_in;
        to = source < n_in ? n_in : y->n_source;
        at = source;
    }
    b->first = from + (at - from) / size * size;
    b->last = b->first + size - 1 < to ? b->first + size - 1 : to - 1;
    return true;
}

// Sign of the block that synapse (source, neuron) belongs to: that of the sum of its masters.
static bool block_positive(const struct net_layer *y, const struct quantise_block *b, int source,
                           int neuron)
{
    double sum = 0;
    for (int i = b->first; i <= b->last; i++)
        sum += b->of_sources ? y->w[i * y->n_out + neuron] : y->w[source * y->n_out + i];
    return sum >= 0;
}

// The whole number next to x, ties to the even one, of x held to lo..hi: by 1.5·2^52, whose last
// digit is a whole. Once for each weight and step, so without a call.
static double nearest(double x, double lo, double hi)
{
    const double whole = 6755399441055744;
    x = x > lo ? x : lo;
    x = x < hi ? x : hi;
    return x + whole - whole;
}

void quantise_layer(const struct chip *c, const struct net *n, int layer, struct quantised *q)
{
    const struct net_layer *y = &n->layer[layer];
    double step = step_of(c), zero = c->weight.bits ? c->weight.min : 0;
    int lo, hi;
    quantise_codes(c, &lo, &hi);
    for (int i = 0; i < y->n_source; i++)
        for (int k = 0; k < y->n_out; k++) {
            size_t at = (size_t)i * (size_t)y->n_out + (size_t)k;
            struct quantise_block b;
            double wanted = nearest((y->w[at] - zero) / step, lo - 1, hi + 1);
            int code = wanted < lo ? lo : wanted > hi ? hi : (int)wanted;
            if (c->weight.sign_block && quantise_block_of(c, n, layer, i, k, &b)) {
                bool positive = block_positive(y, &b, i, k);
                if (positive ? code < smallest(c, true) : code > smallest(c, false))
                    code = smallest(c, positive);
            }
            if (q->code) q->code[at] = (int16_t)code;
            if (q->charge)
                q->charge[at] =
                    c->weight.charges.n ? c->weight.charges.x[code] : zero + code * step;
            if (q->slope)
                q->slope[at] = wanted >= lo && wanted <= hi ? (float)slope_at(c, code) : 0;
        }
}
