// One tick of FX16 neurons in 16-bit lanes: the stages leak to reset. For model/lif/kernel_many.c only.
#ifndef MODEL_LIF_MANY_STEP_H
#define MODEL_LIF_MANY_STEP_H

#include "model/fx_lanes16.h"
#include "model/lif/many.h"

// What of a law is the same for all neurons and ticks of a layer: constants, where the law has an
// instance of its own.
struct plan {
    enum law_leak leak_kind;
    enum fx_round round_leak;
    bool wrap;
    bool fire_gt;
    bool bounded; // fewer than 16 bits, floored at 0, or reset to 0: see struct bounds
    int bits;     // of the membrane, if it wraps
    bool rounds;  // sums are rounded before the bias is added: weights are finer than the membrane
    bool jitter;
    bool jitters_within; // see struct many_layer
    bool high_lambda;
    int leak_shift; // of a λ that jitter may take out of its format
    int64_t leak_top;
};

// λ_t = λ + rne(δ·j / 2^15), held to its format.
FX_LANES_INLINE fx16 jittered(const struct plan *p, fx16 lambda, fx16 slope, fx16 jitter)
{
    fx16 high = fx16_mul_high(slope, jitter), low = fx16_mul_low(slope, jitter);
    if (p->jitters_within) // slope is 2δ
        return fx16_sub_wrap(fx16_add_wrap(lambda, high, 16), fx16_up(high, low, FX_NEAREST_EVEN),
                             16);
    fx16 whole = high + high - fx16_negative(low);
    fx16 moved = whole - fx16_up(whole, fx16_shl(low, 1), FX_NEAREST_EVEN);
    const fx16 sign = fx16_set(INT16_MIN), top = fx16_set((int16_t)fx_wrap(p->leak_top, 16));
    lambda = fx16_shr_unsigned(lambda, p->leak_shift);
    lambda = fx16_add_sat(lambda ^ sign, moved) ^ sign; // saturates as an unsigned word
    lambda = fx16_sub_wrap(lambda, fx16_sub_sat_unsigned(lambda, top), 16);
    return fx16_shl(lambda, p->leak_shift);
}

// v − leak(v): never more than 16 bits, as the leak has v's sign and at most its magnitude.
FX_LANES_INLINE fx16 kept(const struct plan *p, fx16 v, fx16 lambda)
{
    if (p->leak_kind == LAW_LEAK_NONE) return v;
    if (p->leak_kind == LAW_LEAK_LINEAR) return v - fx16_smaller(fx16_larger(v, -lambda), lambda);
    fx16 low = fx16_mul_low(v, lambda), high = fx16_mul_high(v, lambda);
    if (p->high_lambda) high += v & fx16_negative(lambda); // λ was taken for λ − 2^16
    return v - high + fx16_up(high, low, p->round_leak);
}

// What bounds the membrane, and what is left of it after a spike: words in place of choices, so
// that one instance serves several laws.
struct bounds {
    fx16 floor;
    fx16 top;
    fx16 keep; // −1: reset by subtraction, 0: to zero
};

FX_LANES_INLINE struct bounds bounds_of(const struct law *law)
{
    int bits = law_bits(law->membrane);
    return (struct bounds){fx16_set((int16_t)(law->floor_zero ? 0 : fx_min(bits))),
                           fx16_set((int16_t)fx_max(bits)), fx16_set(law->reset_subtract ? -1 : 0)};
}

struct ticked { // of FX16 neurons
    fx16 c;
    fx16 v;
    fx16_mask fired;
};

// `input` is current and bias: 16 bits, as the image proves. Where c >= θ, c − θ is not negative.
FX_LANES_INLINE struct ticked step(const struct plan *p, const struct bounds *b, fx16 v, fx16 input,
                                   fx16 lambda, fx16 theta)
{
    struct ticked y;
    fx16 k = kept(p, v, lambda), less;
    y.c = p->wrap ? fx16_add_wrap(k, input, p->bits) : fx16_add_sat(k, input);
    if (p->bounded) y.c = fx16_smaller(fx16_larger(y.c, b->floor), b->top);
    y.fired = p->fire_gt ? fx16_above(y.c, theta) : fx16_at_least(y.c, theta);
    less = p->wrap ? fx16_sub_wrap(y.c, theta, p->bits) : fx16_sub_sat(y.c, theta);
    if (p->bounded) less = fx16_smaller(less, b->top) & b->keep;
    y.v = fx16_select(y.fired, less, y.c);
    return y;
}

// A run of at most MANY_TICKS ticks of at most MANY_CLIPS clips.
struct block {
    int first_tick;
    int n_ticks;
    int n_clips;
    const struct stimulus *s; // (n_clips)
    struct trace *t;          // (n_clips)
};

// Spike bits of the sources of a layer, (n_ticks, MANY_CLIPS, *units).
FX_LANES_INLINE const uint16_t *sources_of(const struct many *m, int l, int *units)
{
    if (m->layer[l].taps > 1) {
        *units = m->layer[l].units_in;
        return m->layer[l].x;
    }
    *units = l ? m->layer[l - 1].units_out : m->layer[0].units_in;
    return l ? m->layer[l - 1].z : m->x;
}

#endif
