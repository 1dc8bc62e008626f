// One tick of 16 neurons in 32-bit lanes: the stages of law_step_ref (model/lif/law.c), any law.
//
// Where the law is a constant, no choice is left. Domain: what network_init proves of a law and its
// words: every sum lies within ±2^30, and a product that does not is one of those that `wide` names.
#ifndef MODEL_LIF_LAW_LANES_H
#define MODEL_LIF_LAW_LANES_H

#include "model/fx_products.h"
#include "model/lif/network.h"

// The words of 16 neurons in a tick, those that jitter moves as moved; what a law lacks is not read.
struct lanes_words {
    fx_lanes lambda, mu, mu2, theta, bias, gain, rest, reset;
};

// Their state.
struct lanes_state {
    fx_lanes v, u, u2, r;
};

FX_LANES_INLINE fx_lanes lanes_at(const int32_t *x, int n)
{
    return *(const fx_lanes *)&x[n];
}

FX_LANES_INLINE fx_lanes lanes_clamp(const struct law *law, fx_lanes x, int bits, bool wrap,
                                     bool floor_zero)
{
    if (wrap && floor_zero) return x & fxl_set((int32_t)fx_umax(bits - 1));
    if (wrap) return fxl_wrap(x, bits);
    int32_t lo = floor_zero ? 0 : (int32_t)fx_min(bits) + law->symmetric;
    return fxl_sat(x, fxl_set(lo), fxl_set((int32_t)fx_max(bits)));
}

// a·b / 2^n
FX_LANES_INLINE fx_lanes lanes_product(fx_lanes a, fx_lanes b, int n, enum fx_round round,
                                       enum lanes_product kind)
{
    return kind == LANES_32   ? fxl_shr(a * b, n, round)
           : kind == LANES_64 ? fxp_mul_shr(a, b, n, round)
                              : fxl_mul_shr_halves(a, b, n, round, kind == LANES_SHORT_HALVES);
}

FX_LANES_INLINE fx_lanes lanes_leaked(enum law_leak kind, fx_lanes x, fx_lanes lambda, int frac,
                                      enum fx_round round, enum lanes_product product)
{
    switch (kind) {
    case LAW_LEAK_EXPONENTIAL:
        return lanes_product(x, lambda, frac, round, product);
    case LAW_LEAK_SHIFT:
        return fxl_shr_each(x, lambda, round);
    case LAW_LEAK_LINEAR:
        return fxl_sat(x, -lambda, lambda);
    case LAW_LEAK_SHIFT_MOVES: {
        fx_lanes y = fxl_shr_each(x, lambda, round);
        return fxl_larger(y, fxl_smaller(x, fxl_set(1))); // an x that is not positive leaks >= x
    }
    case LAW_LEAK_TWO_SHIFTS:
        return fxl_shr_each(x, lambda & fxl_set((int32_t)fx_umax(LAW_SHIFT_BITS)), round) +
               fxl_shr_each(x, fxl_shr_floor(lambda, LAW_SHIFT_BITS), round);
    default:
        return fxl_set(0);
    }
}

// The next current of one synapse.
FX_LANES_INLINE fx_lanes lanes_current(const struct law *law, fx_lanes u, fx_lanes i, fx_lanes mu,
                                       enum lanes_product product)
{
    const int bits = law_bits(law->current);
    fx_lanes decaying = law->saturate_each ? i
                        : law->decay_last  ? lanes_clamp(law, u + i, bits, law->wrap, false)
                                           : u;
    fx_lanes decay =
        lanes_leaked(law->decay_kind, decaying, mu, law->leak.frac_bits, law->round_decay, product);
    if (law->decay_last) return lanes_clamp(law, decaying - decay, bits, law->wrap, false);
    return lanes_clamp(law, decaying - decay + i, bits, law->wrap, false);
}

FX_LANES_INLINE fx_lanes_mask lanes_reached(const struct law *law, fx_lanes c, fx_lanes theta)
{
    return law->fire_gt ? fxl_above(c, theta) : fxl_at_least(c, theta);
}

// l of a tick: 0 where the law does not leak. heard: not 0 where a source of the neuron was active.
FX_LANES_INLINE fx_lanes lanes_leaks(const struct law *law, fx_lanes leak, fx_lanes heard)
{
    const fx_lanes zero = {0};
    if (!law->leak_when) return leak;
    const fx_lanes_mask quiet = fxl_both(fxl_at_least(heard, zero), fxl_at_least(zero, heard));
    return law->leak_when == LAW_WHEN_EVENT ? fxl_where(quiet, zero, leak)
                                            : fxl_where(quiet, leak, zero);
}

// What a neuron did in a tick.
struct lanes_tick {
    fx_lanes c;          // membrane at the clamp stage
    fx_lanes_mask fired; // the neurons that fired
    fx_lanes z;          // how often
};

// Stages current to refract of 16 neurons; *s is their state after the tick. acc: what was gathered, a
// synapse each. heard: as of lanes_leaks. align, max_spikes: of the layer.
FX_LANES_INLINE struct lanes_tick lanes_step(const struct law *law,
                                             const struct lanes_products *products, int align,
                                             int max_spikes, const struct lanes_words *p,
                                             struct lanes_state *s, fx_lanes acc, fx_lanes acc2,
                                             fx_lanes heard)
{
    const int bits = law_bits(law->membrane);
    const fx_lanes zero = {0}, rest = law->has_rest ? p->rest : zero;

#define CURRENT(acc)                                                                               \
    (law->has_gain && align >= 0                                                                   \
         ? lanes_product(acc, p->gain, align, law->round_current, products->gain)                  \
     : law->has_gain ? fxl_shl(acc * p->gain, -align)                                              \
     : align >= 0    ? fxl_shr(acc, align, law->round_current)                                     \
                     : fxl_shl(acc, -align))
    fx_lanes current = CURRENT(acc);
    if (law->currents) current = s->u = lanes_current(law, s->u, current, p->mu, products->decay);
    if (law->currents > 1) {
        s->u2 = lanes_current(law, s->u2, CURRENT(acc2), p->mu2, products->decay);
        current += s->u2;
    }
#undef CURRENT

    fx_lanes input = current + p->bias, bias = p->bias;
    const fx_lanes_mask resting = fxl_above(zero + 1, s->r); // not refractory
    if (law->refractory_ticks) {
        input = fxl_where(resting, input, zero);
        bias = fxl_where(resting, bias, zero);
    }
    fx_lanes off = law->has_rest ? s->v - rest : s->v,
             leaking = law->integrate_first ? off + input : off;
    fx_lanes leak = lanes_leaked(law->leak_kind, leaking, p->lambda, law->leak.frac_bits,
                                 law->round_leak, products->leak);
    leak = lanes_leaks(law, leak, heard);
    if (law->refractory_hold && law->refractory_ticks) leak = fxl_where(resting, leak, off);
    fx_lanes sum = s->v - leak + input;
    if (law->saturate_increment) {
        fx_lanes moved = lanes_clamp(law, input - bias - leak, bits, false, false);
        sum = s->v + lanes_clamp(law, moved + bias, bits, false, false);
    }
    const fx_lanes c = lanes_clamp(law, sum, bits, law->wrap, law->floor_zero);

#define REACHED(x)                                                                                 \
    (law->refractory_ticks ? fxl_both(resting, lanes_reached(law, x, p->theta))                    \
                           : lanes_reached(law, x, p->theta))
    const fx_lanes compared = law->fire_before ? s->v : c;
    const fx_lanes_mask fired = REACHED(compared);
    fx_lanes less = compared, z = fxl_where(fired, zero + 1, zero);
    if (max_spikes > 1) {
        z = zero;
        for (int k = 0; k < max_spikes; k++) {
            const fx_lanes_mask more = REACHED(less);
            if (!fxl_mask_bits(more)) break;
            less = fxl_where(more, less - p->theta, less);
            z = fxl_where(more, z + 1, z);
        }
    } else if (law->reset_subtract) {
        less = compared - p->theta;
    }
    if (law->fire_before) less += c - compared;
#undef REACHED
    if (law->reset_subtract)
        s->v = fxl_where(fired, lanes_clamp(law, less, bits, law->wrap, law->floor_zero), c);
    else
        s->v = fxl_where(fired, law->has_rest ? p->reset : zero, c);
    if (law->refractory_ticks)
        s->r = fxl_where(fired, fxl_set(law->refractory_ticks), fxl_where(resting, zero, s->r - 1));
    return (struct lanes_tick){c, fired, z};
}

// What of 16 neurons' tick is recorded, at `at` of the trace.
FX_LANES_INLINE void lanes_record(const struct trace_layer *t, const struct law *law,
                                  const struct lanes_tick *d, const struct lanes_state *s,
                                  size_t at)
{
    if (t->c) *(fx_lanes *)&t->c[at] = d->c;
    if (t->c16) fxl_store16(&t->c16[at], d->c);
    if (t->v) *(fx_lanes *)&t->v[at] = s->v;
    if (t->n) *(fx_lanes *)&t->n[at] = d->z;
    if (law->currents && t->u) *(fx_lanes *)&t->u[at] = s->u;
    if (law->currents > 1 && t->u2) *(fx_lanes *)&t->u2[at] = s->u2;
    if (law->refractory_ticks && t->r) *(fx_lanes *)&t->r[at] = s->r;
}

// A factor of a leak, moved by jitter of a tick.
FX_LANES_INLINE fx_lanes lanes_moved(const struct law *law, fx_lanes factor, fx_lanes slope,
                                     int jitter)
{
    const int bits =
        law_bits(law->leak); // law_leak_min and _max, without a call that the law escapes to
    const int64_t lo = law->leak_signed ? fx_min(bits) : 0,
                  hi = law->leak_signed ? fx_max(bits) : fx_umax(bits);
    return fxl_sat(factor + fxl_shr(slope * jitter, 15, FX_NEAREST_EVEN), fxl_set((int32_t)lo),
                   fxl_set((int32_t)hi));
}

#endif
