// The oracle: the law of model/lif/law.h written a second time, from its words alone.
//
// Shares no code and no way of computing with model/: every value is an exact integer of 128 bits
// or a quotient of two; bits are dropped by division with remainder, never by a shift; a wrap is a
// remainder; the spikes of a tick are one division of the membrane by θ. Slow on purpose.
#ifndef TESTS_ORACLE_ORACLE_H
#define TESTS_ORACLE_ORACLE_H

#include "model/lif/law.h"

// A count for a reader: 16,777,216.
static inline const char *oracle_digits(int64_t n, char text[32])
{
    int at = 31;
    text[at] = 0;
    for (int i = 0; at > 0 && (n > 0 || i == 0); i++, n /= 10) {
        if (i > 0 && i % 3 == 0) text[--at] = ',';
        text[--at] = (char)('0' + n % 10);
    }
    return text + at;
}

// What AddressSanitizer and -O0 slow down does one in ORACLE_SHARE of the cases.
#if defined __has_feature
#if __has_feature(address_sanitizer)
#define ORACLE_SANITIZED 1
#endif
#endif
#if defined __SANITIZE_ADDRESS__ || defined ORACLE_SANITIZED || !defined __OPTIMIZE__
enum { ORACLE_SHARE = 17 };
#else
enum { ORACLE_SHARE = 1 };
#endif

typedef __int128 oracle_int;

// Two ways to round that no law has: what a wrong implementation would do with a tie.
enum { ORACLE_HALF_UP = FX_ROUNDS, ORACLE_HALF_AWAY, ORACLE_ROUNDS };

static inline oracle_int oracle_power(int n) // 2^n
{
    static const int32_t small[] = {1,   2,   4,    8,    16,   32,   64,    128,
                                    256, 512, 1024, 2048, 4096, 8192, 16384, 32768};
    oracle_int p = small[n % 16];
    for (; n >= 16; n -= 16)
        p *= 65536;
    return p;
}

// x = quotient·d + remainder with 0 <= remainder < d.
static inline oracle_int oracle_euclid(oracle_int x, oracle_int d, oracle_int *remainder)
{
    oracle_int q;
    if (x == (int64_t)x && d == (int64_t)d)
        q = (int64_t)x / (int64_t)d; // the same division, ten times as fast
    else
        q = x / d;
    oracle_int m = x - q * d;
    if (m < 0) {
        m += d;
        q -= 1;
    }
    *remainder = m;
    return q;
}

// x / 2^n to an integer. x < 0 has its magnitude towards minus infinity, so that towards zero is
// up.
static inline oracle_int oracle_divide(oracle_int x, int n, int rounding)
{
    oracle_int d = oracle_power(n), m, q = oracle_euclid(x, d, &m);
    if (m == 0) return q;
    switch (rounding) {
    case FX_FLOOR:
        return q;
    case FX_CEILING:
        return q + 1;
    case FX_TOWARD_ZERO:
        return x < 0 ? q + 1 : q;
    case FX_AWAY:
        return x < 0 ? q : q + 1;
    case FX_NEAREST_EVEN:
        if (m + m == d) return q % 2 == 0 ? q : q + 1;
        return m + m < d ? q : q + 1;
    case ORACLE_HALF_UP:
        return m + m < d ? q : q + 1;
    default: // ORACLE_HALF_AWAY
        if (m + m == d) return x < 0 ? q : q + 1;
        return m + m < d ? q : q + 1;
    }
}

static inline oracle_int oracle_saturate(oracle_int x, oracle_int lo, oracle_int hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}

static inline oracle_int oracle_low(int bits)
{
    return -oracle_power(bits - 1);
}

static inline oracle_int oracle_high(int bits)
{
    return oracle_power(bits - 1) - 1;
}

// The lowest word that saturation leaves.
static inline oracle_int oracle_end(const struct law *a, int bits)
{
    return a->symmetric ? -oracle_high(bits) : oracle_low(bits);
}

static inline oracle_int oracle_wrap(oracle_int x, int bits)
{
    oracle_int m;
    oracle_euclid(x - oracle_low(bits), oracle_power(bits), &m);
    return m + oracle_low(bits);
}

// To a signed format, by the law's way to overflow.
static inline oracle_int oracle_hold(const struct law *a, struct law_format f, oracle_int x)
{
    int bits = f.int_bits + f.frac_bits;
    return a->wrap ? oracle_wrap(x, bits)
                   : oracle_saturate(x, oracle_end(a, bits), oracle_high(bits));
}

static inline oracle_int oracle_clamp(const struct law *a, oracle_int x)
{
    oracle_int c = oracle_hold(a, a->membrane, x);
    if (a->wrap && a->floor_zero) // a word of one bit less, without a sign
        oracle_euclid(x, oracle_power(a->membrane.int_bits + a->membrane.frac_bits - 1), &c);
    return a->floor_zero && c < 0 ? 0 : c;
}

static inline oracle_int oracle_factor_min(const struct law *a)
{
    return a->leak_signed ? oracle_low(a->leak.int_bits + a->leak.frac_bits) : 0;
}

static inline oracle_int oracle_factor_max(const struct law *a)
{
    int bits = a->leak.int_bits + a->leak.frac_bits;
    return a->leak_signed ? oracle_high(bits) : oracle_power(bits) - 1;
}

static inline bool oracle_shifts(enum law_leak kind)
{
    return kind == LAW_LEAK_SHIFT || kind == LAW_LEAK_SHIFT_MOVES || kind == LAW_LEAK_TWO_SHIFTS;
}

// λ + rne(δ·j / 2^15), not yet held to the format. A count of bits does not move.
static inline oracle_int oracle_moved(enum law_leak kind, int32_t word, int32_t slope, int jitter)
{
    if (oracle_shifts(kind)) return word;
    return word + oracle_divide((oracle_int)slope * jitter, 15, FX_NEAREST_EVEN);
}

static inline oracle_int oracle_factor(const struct law *a, enum law_leak kind, oracle_int moved)
{
    if (oracle_shifts(kind)) return moved;
    return oracle_saturate(moved, oracle_factor_min(a), oracle_factor_max(a));
}

// What leaks of x in a tick, by the factor λ_t.
static inline oracle_int oracle_leak(const struct law *a, enum law_leak kind, int rounding,
                                     oracle_int x, oracle_int factor)
{
    oracle_int size = x < 0 ? -x : x, l, low;
    switch (kind) {
    case LAW_LEAK_EXPONENTIAL:
        return oracle_divide(x * factor, a->leak.frac_bits, rounding);
    case LAW_LEAK_SHIFT:
        return oracle_divide(x, (int)factor, rounding);
    case LAW_LEAK_SHIFT_MOVES:
        l = oracle_divide(x, (int)factor, rounding);
        return x > 0 && l < 1 ? 1 : l;
    case LAW_LEAK_TWO_SHIFTS:
        l = oracle_euclid(factor, 32, &low);
        return oracle_divide(x, (int)low, rounding) + oracle_divide(x, (int)l, rounding);
    case LAW_LEAK_LINEAR:
        return size <= factor ? x : x < 0 ? -factor : factor;
    default:
        return 0;
    }
}

// The largest k <= most with k·θ <= c (gt: < c), which for θ > 0 is a quotient. A θ of 0 or less
// fits as often as it may, once c reaches it.
static inline int oracle_fits(const struct law *a, oracle_int c, oracle_int theta, int most)
{
    if (theta <= 0) return (a->fire_gt ? c > theta : c >= theta) ? most : 0;
    oracle_int m, q = oracle_euclid(c, theta, &m);
    if (a->fire_gt && m == 0) q -= 1;
    return (int)oracle_saturate(q, 0, most);
}

// Everything that a tick of a neuron depends on.
struct oracle_case {
    struct law law;
    struct law_layer layer;
    struct law_neuron n;
    struct law_state before;
    struct law_gathered acc;
    int jitter;
};

// What comes of it: the stages, the next state, and what they were made of.
struct oracle_step {
    struct law_stages s;
    struct law_state next;
    oracle_int lambda_moved;               // λ + rne(δ·j / 2^15)
    oracle_int lambda_t;                   // held to its format
    oracle_int leak_of;                    // what the leak acts on
    oracle_int product[LAW_MAX_CURRENTS];  // acc·γ of each synapse
    oracle_int mu_moved[LAW_MAX_CURRENTS]; // as lambda_moved
    oracle_int mu_t[LAW_MAX_CURRENTS];
    oracle_int decay_of[LAW_MAX_CURRENTS]; // what the decay acts on
    oracle_int u_wide[LAW_MAX_CURRENTS];   // u' before it is held to its format
    oracle_int s_wide[LAW_MAX_CURRENTS];   // decay_last: s before it is held
    oracle_int moves_by;                   // i − l, and what it is with the bias
    oracle_int moves_biased;
    bool refractory;
    bool leaks; // the law leaks in this tick
};

static inline oracle_int oracle_aligned(const struct oracle_case *k, oracle_int product)
{
    int n = k->layer.align;
    return n < 0 ? product * oracle_power(-n) : oracle_divide(product, n, k->law.round_current);
}

// The current that a synapse with a state u of its own hands on, which is u'.
static inline oracle_int oracle_synapse(const struct oracle_case *k, int which, oracle_int in,
                                        struct oracle_step *o)
{
    const struct law *a = &k->law;
    int32_t mu = which ? k->n.mu2 : k->n.mu, slope = which ? k->n.mu2_slope : k->n.mu_slope;
    oracle_int u = which ? k->before.u2 : k->before.u, s;
    o->mu_moved[which] = oracle_moved(a->decay_kind, mu, slope, k->jitter);
    o->mu_t[which] = oracle_factor(a, a->decay_kind, o->mu_moved[which]);
    o->s_wide[which] = a->saturate_each ? in : u + in;
    s = a->decay_last ? oracle_hold(a, a->current, o->s_wide[which]) : u;
    o->decay_of[which] = s;
    s -= oracle_leak(a, a->decay_kind, a->round_decay, s, o->mu_t[which]);
    o->u_wide[which] = a->decay_last ? s : s + in;
    return oracle_hold(a, a->current, o->u_wide[which]);
}

// One tick. What the law has not got is left as it was in *o, but for stages and next state.
static inline void oracle_run_into(const struct oracle_case *k, struct oracle_step *o)
{
    const struct law *a = &k->law;
    oracle_int gathered[] = {k->acc.acc, k->acc.acc2}, i = 0, v = k->before.v;
    oracle_int rest = a->has_rest ? k->n.rest : 0, reset = a->has_rest ? k->n.reset : 0;
    oracle_int bias = k->before.r > 0 ? 0 : k->n.bias, l, s, c;
    o->refractory = k->before.r > 0;
    o->next = k->before;

    for (int y = 0; y == 0 || y < a->currents; y++) {
        o->product[y] = gathered[y] * (a->has_gain ? k->n.gain : 1);
        oracle_int in = oracle_aligned(k, o->product[y]);
        if (a->currents) {
            in = oracle_synapse(k, y, in, o);
            *(y ? &o->next.u2 : &o->next.u) = (int32_t)in;
        }
        i += in;
    }
    o->s.gather = k->acc.acc;
    o->s.current = (int64_t)i;

    oracle_int taken = o->refractory ? 0 : i;
    o->lambda_moved = oracle_moved(a->leak_kind, k->n.lambda, k->n.lambda_slope, k->jitter);
    o->lambda_t = oracle_factor(a, a->leak_kind, o->lambda_moved);
    o->leak_of = a->integrate_first ? v + taken + bias - rest : v - rest;
    const bool silent = a->leak_when == LAW_WHEN_EVENT ? !k->acc.heard : k->acc.heard;
    o->leaks = a->leak_when == LAW_EVERY_TICK || !silent;
    if (o->refractory && a->refractory_hold)
        l = v - rest;
    else if (!o->leaks)
        l = 0;
    else
        l = oracle_leak(a, a->leak_kind, a->round_leak, o->leak_of, o->lambda_t);
    s = v - l + taken + bias;
    o->moves_by = taken - l;
    o->moves_biased = taken - l + bias;
    if (a->saturate_increment) {
        oracle_int lo = oracle_end(a, law_bits(a->membrane)),
                   hi = oracle_high(law_bits(a->membrane));
        o->moves_biased = oracle_saturate(o->moves_by, lo, hi) + bias;
        s = v + oracle_saturate(o->moves_biased, lo, hi);
    }
    c = oracle_clamp(a, s);
    o->s.leak = (int64_t)l;
    o->s.integrate = (int64_t)s;
    o->s.clamp = (int32_t)c;

    int z =
        o->refractory ? 0 : oracle_fits(a, a->fire_before ? v : c, k->n.theta, k->layer.max_spikes);
    oracle_int left = a->reset_subtract ? oracle_clamp(a, c - (oracle_int)z * k->n.theta) : reset;
    o->s.fire = z;
    o->s.reset = (int32_t)(z > 0 ? left : c);
    o->s.refract = z > 0 ? a->refractory_ticks : k->before.r > 1 ? k->before.r - 1 : 0;
    o->next.v = o->s.reset;
    o->next.r = o->s.refract;
}

static inline struct oracle_step oracle_run(const struct oracle_case *k)
{
    struct oracle_step o = {0};
    oracle_run_into(k, &o);
    return o;
}

// Stages and next state the same, word for word.
static inline bool oracle_same(const struct law_stages *a, const struct law_state *x,
                               const struct law_stages *b, const struct law_state *y)
{
    return a->gather == b->gather && a->current == b->current && a->leak == b->leak &&
           a->integrate == b->integrate && a->clamp == b->clamp && a->fire == b->fire &&
           a->reset == b->reset && a->refract == b->refract && x->v == y->v && x->u == y->u &&
           x->u2 == y->u2 && x->r == y->r;
}

#endif
