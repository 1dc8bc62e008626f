#include "twin/virtual_chip.h"

#include "twin/faults.h"
#include "twin/quantise.h"
#include "twin/rng.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct image *virtual_chip_new(const struct chip *c, const struct image_shape *shape)
{
    size_t head = (sizeof(struct image) + 63) / 64 * 64;
    size_t bytes = (head + image_size(&c->law, shape) + 63) / 64 * 64;
    char *memory = aligned_alloc(64, bytes);
    if (!memory) return 0;
    memset(memory, 0, bytes);
    image_init((struct image *)memory, &c->law, shape, memory + head);
    return (struct image *)memory;
}

void virtual_chip_free(struct image *im)
{
    free(im);
}

// Real value to the nearest word (ties to even) of lo..hi; what does not fit is clamped and
// counted.
static int32_t word_of(double x, int64_t lo, int64_t hi, int64_t *clamped)
{
    double w = nearbyint(x);
    bool out = !(w >= (double)lo && w <= (double)hi);
    *clamped += out;
    return (int32_t)(out ? w < (double)lo ? lo : hi : (int64_t)w);
}

// Who draws: the chip, and where in it. Each (k, kind, layer) is a stream of its own.
struct draw {
    uint64_t seed;
    uint32_t k;
    int layer;
    bool on; // false: nominal, nothing varies
};

// out[i] = die + local·N_i: element 0 of the stream is the die's draw, 1.. are the elements in
// order.
static void vary(double *out, size_t n, const struct chip_variation *v, const struct draw *d,
                 enum rng_kind kind)
{
    if (!d->on || (v->die == 0 && v->local == 0)) {
        memset(out, 0, n * sizeof *out);
        return;
    }
    double die;
    struct rng_stream s = {d->seed, d->k, kind, (uint64_t)d->layer};
    rng_normals(s, &die, 1);
    rng_normals_from(s, 1, out, n);
    for (size_t i = 0; i < n; i++)
        out[i] = v->die * die + v->local * out[i];
}

// Codes, then physical values, then varied, then words.
static void make_weights(struct image_layer *y, const struct net *from, const struct chip *c,
                         const struct draw *d, struct virtual_chip_note *note, double *scratch)
{
    const struct law *law = &c->law;
    int bits = law_bits(law->weight), n_out = y->n_out;
    size_t n = (size_t)y->n_source * (size_t)n_out;
    double *gain = scratch, *offset = scratch + n, *input = scratch + 2 * n;
    double scale = ldexp(1, law->weight.frac_bits);
    float *kept = note ? note->gain[d->layer] : 0;
    struct quantised q = {.charge = scratch + 3 * n, .slope = kept};
    int64_t clamped = 0;
    quantise_layer(c, from, d->layer, &q);
    vary(gain, n, &c->mismatch.weight_gain, d, RNG_WEIGHT_GAIN);
    vary(offset, n, &c->mismatch.weight_offset, d, RNG_WEIGHT_OFFSET);
    bool one_to_one = y->topology == IMAGE_ONE_TO_ONE;
    struct draw first = *d;
    first.on = d->on && d->layer == 0;
    vary(input, one_to_one ? n : (size_t)y->n_source, &c->mismatch.input_gain, &first,
         RNG_INPUT_GAIN);
    for (size_t i = 0; i < n; i++) {
        double factor = (1 + gain[i]) * (1 + input[one_to_one ? i : i / (size_t)n_out]);
        y->w[i] = (int16_t)word_of((q.charge[i] * factor + offset[i]) * scale, fx_min(bits),
                                   fx_max(bits), &clamped);
        if (kept) kept[i] *= (float)factor;
    }
    if (note) note->clamped += clamped;
}

// δ: what λ changes by per whole tick of jitter. Exponential: −α ln α with α = 1 − λ, first order
// of 1 − α^(1+ε); linear: λ itself, as charge is current times time; a shift does not move.
static double slope_of(enum law_leak kind, double lambda)
{
    if (kind == LAW_LEAK_LINEAR) return lambda;
    if (kind != LAW_LEAK_EXPONENTIAL || lambda <= 0 || lambda >= 1) return 0;
    return -(1 - lambda) * log1p(-lambda);
}

static void make_neurons(struct image_layer *y, const struct net_layer *from, const struct chip *c,
                         const struct draw *d, struct virtual_chip_note *note, double *scratch)
{
    const struct law *law = &c->law;
    int bits = law_bits(law->membrane), n = y->n_out;
    double *theta = scratch, *leak = scratch + n;
    double unit = ldexp(1, law->membrane.frac_bits), leak_unit = unit;
    int64_t leak_top = fx_umax(law_bits(law->leak)), clamped = 0;
    if (law->leak_kind == LAW_LEAK_EXPONENTIAL) leak_unit = ldexp(1, law->leak.frac_bits);
    if (law->leak_kind == LAW_LEAK_SHIFT) {
        leak_unit = 1;
        leak_top = 31;
    }
    vary(theta, (size_t)n, &c->mismatch.threshold, d, RNG_THRESHOLD);
    vary(leak, (size_t)n, &c->mismatch.leak, d, RNG_LEAK);
    for (int i = 0; i < n; i++) {
        struct law_neuron *p = &y->neuron[i];
        double moved = from->lambda[i] * (law->leak_kind == LAW_LEAK_SHIFT ? 1 : 1 + leak[i]);
        *p = (struct law_neuron){0};
        p->theta = word_of(from->theta[i] * (1 + theta[i]) * unit, 1, fx_max(bits), &clamped);
        p->bias = word_of(from->bias[i] * unit, fx_min(bits), fx_max(bits), &clamped);
        p->lambda = word_of(moved * leak_unit, 0, leak_top, &clamped);
        if (c->jitter.acts_leak)
            p->lambda_slope = word_of(slope_of(law->leak_kind, p->lambda / leak_unit) * leak_unit,
                                      0, fx_umax(16), &clamped);
    }
    if (note) note->clamped += clamped;
}

void virtual_chip_make(struct image *im, const struct chip *c, const struct net *n, uint64_t seed,
                       uint32_t k, struct virtual_chip_note *note)
{
    double *scratch = 0;
    size_t room = 0;
    if (note) note->clamped = 0;
    for (int l = 0; l < im->n_layers; l++) {
        size_t most = ((size_t)im->layer[l].n_source + 1) * (size_t)im->layer[l].n_out;
        if (most > room) room = most;
    }
    scratch = malloc(4 * room * sizeof *scratch);
    if (!scratch) abort(); // a few hundred kB: nothing sensible is left to do
    for (int l = 0; l < im->n_layers; l++) {
        bool front_end = l == 0 && im->layer[l].topology == IMAGE_ONE_TO_ONE;
        struct draw d = {seed, k, l, k != 0 && (c->mismatch.front_end || !front_end)};
        make_weights(&im->layer[l], n, c, &d, note, scratch);
        make_neurons(&im->layer[l], &n->layer[l], c, &d, note, scratch);
    }
    free(scratch);
    faults_draw_fixed(c, seed, k, im);
}

void virtual_chip_jitter(const struct chip *c, uint64_t seed, uint32_t k, uint64_t clip,
                         int16_t *jitter, int n_ticks)
{
    enum { BLOCK = 128 };
    double draw[BLOCK];
    int64_t clamped = 0;
    for (int t = 0; t < n_ticks; t += BLOCK) {
        int n = n_ticks - t < BLOCK ? n_ticks - t : BLOCK;
        bool on = k != 0 && c->jitter.sigma > 0;
        if (on)
            rng_normals_from((struct rng_stream){seed, k, RNG_JITTER, clip}, (size_t)t, draw,
                             (size_t)n);
        for (int i = 0; i < n; i++)
            jitter[t + i] =
                (int16_t)(on ? word_of(c->jitter.sigma * draw[i] * 32768, -32768, 32767, &clamped)
                             : 0);
    }
}
