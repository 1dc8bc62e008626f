// One tick of 16 neurons in 32-bit lanes: the stages of law_step_ref (model/lif/law.c), any law.
//
// Where the law is a constant, no choice is left. Domain: what network_init proves of a law and its
// words: every sum lies within ±2^30, and a product that does not is one of those that `wide` names.
#ifndef MODEL_LIF_LAW_LANES_H
#define MODEL_LIF_LAW_LANES_H

#include "model/fx_products.h"
#include "model/lif/network.h"

// Words of 16 neurons.
FX_LANES_INLINE fx_lanes lanes_of(const struct network_layer *y, enum image_word word, int n)
{
    return *(const fx_lanes *)&y->word[word][n];
}

FX_LANES_INLINE fx_lanes lanes_clamp(fx_lanes x, int bits, bool wrap, bool floor_zero)
{
    if (wrap) return fxl_wrap(x, bits);
    int32_t lo = floor_zero ? 0 : (int32_t)fx_min(bits);
    return fxl_sat(x, fxl_set(lo), fxl_set((int32_t)fx_max(bits)));
}

// a·b / 2^n of lanes whose product may need 64 bits.
FX_LANES_INLINE fx_lanes lanes_product(fx_lanes a, fx_lanes b, int n, enum fx_round round,
                                       bool wide)
{
    return wide ? fxp_mul_shr(a, b, n, round) : fxl_shr(a * b, n, round);
}

FX_LANES_INLINE fx_lanes lanes_leaked(enum law_leak kind, fx_lanes x, fx_lanes lambda, int frac,
                                      enum fx_round round, bool wide)
{
    switch (kind) {
    case LAW_LEAK_EXPONENTIAL:
        return lanes_product(x, lambda, frac, round, wide);
    case LAW_LEAK_SHIFT:
        return fxl_shr_each(x, lambda, round);
    case LAW_LEAK_LINEAR:
        return fxl_sat(x, -lambda, lambda);
    case LAW_LEAK_SHIFT_MOVES: {
        fx_lanes y = fxl_shr_each(x, lambda, round);
        return y - ((x > 0) & (y == 0)); // a mask is −1
    }
    default:
        return fxl_set(0);
    }
}

// The next current of one synapse.
FX_LANES_INLINE fx_lanes lanes_current(const struct law *law, fx_lanes u, fx_lanes i, fx_lanes mu,
                                       bool wide)
{
    const int bits = law_bits(law->current);
    fx_lanes decaying = law->saturate_each ? i
                        : law->decay_last  ? lanes_clamp(u + i, bits, law->wrap, false)
                                           : u;
    fx_lanes decay =
        lanes_leaked(law->decay_kind, decaying, mu, law->leak.frac_bits, law->round_decay, wide);
    if (law->decay_last) return lanes_clamp(decaying - decay, bits, law->wrap, false);
    return lanes_clamp(decaying - decay + i, bits, law->wrap, false);
}

// What a neuron did in a tick.
struct lanes_tick {
    fx_lanes c;     // membrane at the clamp stage
    fx_lanes fired; // mask of the neurons that fired
    fx_lanes z;     // how often
};

// Stages current to refract of neurons n..n + 15 of a layer; its state words are those after the
// tick. acc: what was gathered, a synapse each.
FX_LANES_INLINE struct lanes_tick lanes_step(const struct network_layer *y, const struct law *law,
                                             const struct network_wide *wide, fx_lanes acc,
                                             fx_lanes acc2, int n)
{
    const int bits = law_bits(law->membrane), align = y->align;
    fx_lanes *const v = (fx_lanes *)&y->v[n], *const u = (fx_lanes *)&y->u[n];
    fx_lanes *const u2 = (fx_lanes *)&y->word[WORD_U2][n], *const r = (fx_lanes *)&y->r[n];
    const fx_lanes rest = law->has_rest ? lanes_of(y, WORD_REST, n) : fxl_set(0);

#define CURRENT(acc)                                                                               \
    (law->has_gain && align >= 0                                                                   \
         ? lanes_product(acc, lanes_of(y, WORD_GAIN, n), align, law->round_current, wide->gain)    \
     : law->has_gain ? fxl_shl(acc * lanes_of(y, WORD_GAIN, n), -align)                            \
     : align >= 0    ? fxl_shr(acc, align, law->round_current)                                     \
                     : fxl_shl(acc, -align))
    fx_lanes current = CURRENT(acc);
    if (law->currents)
        current = *u =
            lanes_current(law, *u, current, *(const fx_lanes *)&y->mu_now[n], wide->decay);
    if (law->currents > 1) {
        *u2 =
            lanes_current(law, *u2, CURRENT(acc2), *(const fx_lanes *)&y->mu2_now[n], wide->decay);
        current += *u2;
    }
#undef CURRENT

    fx_lanes input = current + lanes_of(y, WORD_BIAS, n), resting = fxl_set(-1);
    if (law->refractory_ticks) {
        resting = *r == 0;
        input &= resting;
    }
    fx_lanes off = law->has_rest ? *v - rest : *v,
             leaking = law->integrate_first ? off + input : off;
    fx_lanes leak = lanes_leaked(law->leak_kind, leaking, *(const fx_lanes *)&y->lambda_now[n],
                                 law->leak.frac_bits, law->round_leak, wide->leak);
    if (law->refractory_hold) leak = fxl_select(resting, leak, off);
    fx_lanes sum = *v - leak + input;
    if (law->saturate_increment) {
        const fx_lanes bias = lanes_of(y, WORD_BIAS, n) & resting;
        fx_lanes moved = lanes_clamp(input - bias - leak, bits, false, false);
        sum = *v + lanes_clamp(moved + bias, bits, false, false);
    }
    fx_lanes c = lanes_clamp(sum, bits, law->wrap, law->floor_zero);

    const fx_lanes theta = lanes_of(y, WORD_THETA, n);
    fx_lanes less = c, fired = (law->fire_gt ? c > theta : c >= theta) & resting, z = -fired;
    if (y->max_spikes > 1) {
        z = fxl_set(0);
        for (int k = 0; k < y->max_spikes; k++) {
            fx_lanes more = (law->fire_gt ? less > theta : less >= theta) & resting;
            if (!fxl_bits(more)) break;
            less -= theta & more;
            z -= more;
        }
    } else if (law->reset_subtract) {
        less = c - theta;
    }
    if (law->reset_subtract)
        *v = fxl_select(fired, lanes_clamp(less, bits, law->wrap, law->floor_zero), c);
    else if (law->has_rest)
        *v = fxl_select(fired, lanes_of(y, WORD_RESET, n), c);
    else
        *v = ~fired & c;
    if (law->refractory_ticks)
        *r = fxl_select(fired, fxl_set(law->refractory_ticks), *r - (~resting & 1));
    return (struct lanes_tick){c, fired, z};
}

// What of 16 neurons' tick is recorded: neurons n.., at `at` of the trace.
FX_LANES_INLINE void lanes_record(const struct trace_layer *t, const struct network_layer *y,
                                  const struct law *law, struct lanes_tick d, int n, size_t at)
{
    if (t->c) *(fx_lanes *)&t->c[at] = d.c;
    if (t->c16) fxl_store16(&t->c16[at], d.c);
    if (t->v) *(fx_lanes *)&t->v[at] = *(const fx_lanes *)&y->v[n];
    if (t->n) *(fx_lanes *)&t->n[at] = d.z;
    if (law->currents && t->u) *(fx_lanes *)&t->u[at] = *(const fx_lanes *)&y->u[n];
    if (law->currents > 1 && t->u2) *(fx_lanes *)&t->u2[at] = lanes_of(y, WORD_U2, n);
    if (law->refractory_ticks && t->r) *(fx_lanes *)&t->r[at] = *(const fx_lanes *)&y->r[n];
}

// The factors of a kind of leak in this tick: the words, or in `moved` what jitter makes of them.
FX_LANES_INLINE const int32_t *lanes_jittered(const struct network_layer *y, const struct law *law,
                                              enum law_leak kind, enum image_word word,
                                              int32_t *moved, int jitter)
{
    const int32_t *at = y->word[word], *slope = y->word[word + 1];
    if (!jitter || law_leak_shifts(kind)) return at;
    const int bits =
        law_bits(law->leak); // law_leak_min and _max, without a call that the law escapes to
    const fx_lanes lo = fxl_set(law->leak_signed ? (int32_t)fx_min(bits) : 0),
                   hi = fxl_set((int32_t)(law->leak_signed ? fx_max(bits) : fx_umax(bits)));
    for (int n = 0; n < y->n_pad; n += 16) {
        fx_lanes x = *(const fx_lanes *)&at[n] +
                     fxl_shr(*(const fx_lanes *)&slope[n] * jitter, 15, FX_NEAREST_EVEN);
        *(fx_lanes *)&moved[n] = fxl_sat(x, lo, hi);
    }
    return moved;
}
_Static_assert(WORD_LAMBDA_SLOPE == WORD_LAMBDA + 1 && WORD_MU_SLOPE == WORD_MU + 1 &&
                   WORD_MU2_SLOPE == WORD_MU2 + 1,
               "a factor's slope comes after it");

#endif
