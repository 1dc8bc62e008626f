#include "twin/net/net_corners.h"

#include "twin/chip/physics.h"

#include <math.h>
#include <stdlib.h>

// What a neuron is for. Beside each: of 20 neurons so many.
enum part {
    AS_IT_IS, // 5: what fires now and then
    ENDS,     // 6: reaches the ends of its membrane: no threshold in its way, the largest weights
    SMALL,    // 5: around 0: a threshold and weights of a few LSB
    HALVES,   // 3: leaks of powers of two, weights of all sizes
    BIASED    // 1: its bias alone leads to an end
};

static enum part part_of(double u)
{
    return u < 0.25 ? AS_IT_IS : u < 0.55 ? ENDS : u < 0.80 ? SMALL : u < 0.95 ? HALVES : BIASED;
}

static int64_t held(const struct physics_word *w, int64_t x)
{
    return x < w->lo ? w->lo : x > w->hi ? w->hi : x;
}

// A power of two, or the sum of two, of a word's format; now and then its ends.
static int64_t corner(const struct physics_word *w, double u)
{
    int bits = w->bits, i = (int)(u * 16);
    if (i == 0) return w->lo;
    if (i == 1) return w->hi;
    if (i == 2) return held(w, w->hi - 1);
    if (i == 3) return held(w, 0);
    if (i == 4) return held(w, 1);
    double power = ldexp(1, bits - 2 - i % 4);
    return held(w, (int64_t)(i > 12 ? 1.5 * power : power));
}

static int64_t threshold(const struct physics_word *w, enum part part, double u)
{
    if (part == SMALL) return held(w, 1 + (int64_t)(u * 6));
    return u < 0.8 ? w->hi : held(w, w->hi - 1);
}

static double weight(const struct chip *c, enum part part, double u, double v)
{
    double word = ldexp(1, -c->law.weight.frac_bits), sign = u < 0.5 ? -1 : 1;
    double small = word * floor(1 + 8 * v), end = u < 0.5 ? c->weight.min : c->weight.max;
    double x = part == SMALL    ? sign * small
               : part == HALVES ? end * v
               : v < 0.75       ? end
                                : sign * small;
    return x < c->weight.min ? c->weight.min : x > c->weight.max ? c->weight.max : x;
}

// u: (values + 1) of 0..1. Of a law whose values are not all known here some go to corners of their words.
static void move_values(struct net_layer *y, const struct chip *c, int neuron, enum part part,
                        const double *u)
{
    const struct physics *p = physics_of(c->kind);
    for (int k = 0; k < p->n; k++) {
        const struct law_word *word = &c->kind->word[p->value[k].word];
        struct physics_word w = p->word_of(c, k);
        int64_t x;
        if (!y->value[k] || !w.bits) continue;
        if (word->dead == LAW_MOST)
            x = threshold(&w, part, u[k]);
        else if (c->kind != &lif_kind) {
            if (u[k] >= 0.125) continue;
            x = corner(&w, 8 * u[k]);
        } else if (word->dead == LAW_ZERO) { // the bias
            if (part != BIASED && u[k] < 0.75) continue;
            x = part == BIASED ? (u[k] < 0.5 ? w.lo : w.hi) : (int64_t)(8 * u[k]) - 7;
        } else if (w.whole)
            x = held(&w, (int64_t)(1 + 6 * u[k]));
        else
            x = corner(&w, u[k]);
        y->value[k][neuron] = (float)((double)x / w.unit);
    }
}

int net_corners(struct net *n, const struct chip *c, uint64_t seed, struct fail *f)
{
    const int n_values = physics_of(c->kind)->n;
    for (int l = 0; l < n->shape.n_layers; l++) {
        struct net_layer *y = &n->layer[l];
        size_t each = 1 + (size_t)n_values + 2 * (size_t)y->n_source;
        double *u = malloc((size_t)y->n_out * each * sizeof *u);
        if (!u) return fail(f, "network: out of memory");
        rng_uniforms((struct rng_stream){seed, 2, RNG_INITIAL_WEIGHTS, (uint64_t)l}, u,
                     (size_t)y->n_out * each);
        for (int i = 0; i < y->n_out; i++) {
            const double *of = u + (size_t)i * each, *source = of + 1 + n_values;
            enum part part = part_of(*of);
            if (part == AS_IT_IS) continue;
            move_values(y, c, i, part, of + 1);
            for (int s = 0; s < y->n_source; s++, source += 2)
                y->w[(size_t)s * (size_t)y->n_out + (size_t)i] =
                    (float)weight(c, part, source[0], source[1]);
        }
        free(u);
    }
    return 0;
}
