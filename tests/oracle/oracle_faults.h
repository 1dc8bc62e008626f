// Wrong laws: each is the oracle with one small fault, for the random cases to tell from the right
// one.
#ifndef TESTS_ORACLE_ORACLE_FAULTS_H
#define TESTS_ORACLE_ORACLE_FAULTS_H

#include "tests/oracle/oracle.h"

#include <stddef.h>

static inline bool same_case(const struct oracle_step *a, const struct oracle_step *b)
{
    return oracle_same(&a->s, &a->next, &b->s, &b->next);
}

// Each makes a case into what a wrong implementation would take it for, or spoils the outcome.
typedef void fault_before(struct oracle_case *k);
typedef void fault_after(const struct oracle_case *k, struct oracle_step *o);

#define BEFORE(name, statement)                                                                    \
    static void name(struct oracle_case *k)                                                        \
    {                                                                                              \
        statement;                                                                                 \
    }
BEFORE(flip_gt, k->law.fire_gt = !k->law.fire_gt)
BEFORE(flip_reset, k->law.reset_subtract = !k->law.reset_subtract)
BEFORE(flip_order, k->law.integrate_first = !k->law.integrate_first)
BEFORE(flip_wrap, k->law.wrap = !k->law.wrap)
BEFORE(no_floor, k->law.floor_zero = false)
BEFORE(flip_decay, k->law.decay_last = !k->law.decay_last && !k->law.saturate_each)
BEFORE(u_twice, k->law.saturate_each = false)
BEFORE(flip_increment, k->law.saturate_increment = !k->law.saturate_increment && !k->law.wrap)
BEFORE(flip_symmetric, k->law.symmetric = !k->law.symmetric && !k->law.wrap)
BEFORE(
    one_shift, if (k->law.leak_kind == LAW_LEAK_TWO_SHIFTS) {
        k->law.leak_kind = LAW_LEAK_SHIFT;
        k->n.lambda %= 32;
    })
BEFORE(flip_before, k->law.fire_before = !k->law.fire_before)
BEFORE(leaks_always, k->law.leak_when = LAW_EVERY_TICK)
BEFORE(flip_heard, k->acc.heard = !k->acc.heard)
BEFORE(longer, k->law.refractory_ticks += k->law.refractory_ticks > 0 ? 1 : 0)
BEFORE(ends_early, k->before.r -= k->before.r > 0)
BEFORE(no_hold, k->law.refractory_hold = false)
BEFORE(no_rest, k->n.rest = 0)
BEFORE(no_reset, k->n.reset = 0)
BEFORE(no_gain, k->law.has_gain = false)
BEFORE(no_jitter, k->jitter = 0)
BEFORE(jitter_back, k->jitter = -k->jitter)
BEFORE(no_second, k->acc.acc2 = 0)
BEFORE(second_as_first, k->n.mu2 = k->n.mu)
BEFORE(one_spike, k->layer.max_spikes = 1)
BEFORE(spikes_more, k->layer.max_spikes += k->layer.max_spikes > 1 ? 1 : 0)
BEFORE(align_more, k->layer.align += 1)
BEFORE(align_never_left, k->layer.align = k->layer.align < 0 ? 0 : k->layer.align)
BEFORE(no_move, if (k->law.leak_kind == LAW_LEAK_SHIFT_MOVES) k->law.leak_kind = LAW_LEAK_SHIFT)
BEFORE(decay_no_move,
       if (k->law.decay_kind == LAW_LEAK_SHIFT_MOVES) k->law.decay_kind = LAW_LEAK_SHIFT)
BEFORE(mu_for_lambda, k->n.lambda = k->law.currents && k->law.decay_kind == k->law.leak_kind
                                        ? k->n.mu
                                        : k->n.lambda)
BEFORE(frac_more, k->law.leak.frac_bits += 1)
BEFORE(slope_signed, k->n.lambda_slope -= k->n.lambda_slope >= 32768 ? 65536 : 0)
BEFORE(no_bias, k->n.bias = 0)

// The stages from clamp on, again, of another s.
static void again(const struct oracle_case *k, struct oracle_step *o, oracle_int s)
{
    struct oracle_case q = {.law = k->law, .layer = k->layer, .n = k->n, .before = k->before};
    int64_t gather = o->s.gather, current = o->s.current, leak = o->s.leak;
    int32_t u = o->next.u, u2 = o->next.u2;
    q.law.leak_kind = LAW_LEAK_NONE;
    q.law.fire_before = false;
    q.law.refractory_hold = false;
    q.law.currents = 0;
    q.law.has_gain = false;
    q.layer.align = 0;
    q.n.bias = 0;
    q.before.v = (int32_t)s;
    struct oracle_step p = oracle_run(&q);
    p.s.gather = gather;
    p.s.current = current;
    p.s.leak = leak;
    p.next.u = u;
    p.next.u2 = u2;
    *o = p;
}

static void leak_again(const struct oracle_case *k, struct oracle_step *o, oracle_int factor,
                       bool through_zero)
{
    if ((k->before.r && k->law.refractory_hold) || !o->leaks) return;
    oracle_int l =
        oracle_leak(&k->law, k->law.leak_kind, (int)k->law.round_leak, o->leak_of, factor);
    if (through_zero) l = o->leak_of > 0 ? factor : o->leak_of < 0 ? -factor : 0;
    oracle_int s = o->s.integrate + o->s.leak - l;
    if (l == o->s.leak) return;
    o->s.leak = (int64_t)l;
    again(k, o, oracle_saturate(s, -oracle_power(30), oracle_power(30)));
}

static void factor_free(const struct oracle_case *k, struct oracle_step *o)
{
    if (k->law.leak_kind == LAW_LEAK_EXPONENTIAL) leak_again(k, o, o->lambda_moved, false);
}

static void factor_floored(const struct oracle_case *k, struct oracle_step *o)
{
    if (k->law.leak_kind != LAW_LEAK_EXPONENTIAL) return;
    oracle_int moved =
        k->n.lambda + oracle_divide((oracle_int)k->n.lambda_slope * k->jitter, 15, FX_FLOOR);
    leak_again(k, o, oracle_factor(&k->law, k->law.leak_kind, moved), false);
}

static void through_zero(const struct oracle_case *k, struct oracle_step *o)
{
    if (k->law.leak_kind == LAW_LEAK_LINEAR) leak_again(k, o, o->lambda_t, true);
}

static void input_kept(const struct oracle_case *k, struct oracle_step *o)
{
    if (o->refractory) again(k, o, o->s.integrate + o->s.current);
}

static void bias_kept(const struct oracle_case *k, struct oracle_step *o)
{
    if (o->refractory) again(k, o, (oracle_int)o->s.integrate + k->n.bias);
}

static void no_clamp(const struct oracle_case *k, struct oracle_step *o)
{
    (void)k;
    o->s.clamp = (int32_t)oracle_wrap(o->s.integrate, 32);
}

static void reset_free(const struct oracle_case *k, struct oracle_step *o)
{
    if (!k->law.reset_subtract) return;
    oracle_int left = o->s.clamp - (oracle_int)o->s.fire * k->n.theta;
    o->s.reset = (int32_t)oracle_wrap(left, 32);
}

static void theta_once(const struct oracle_case *k, struct oracle_step *o)
{
    if (k->law.reset_subtract && o->s.fire)
        o->s.reset = (int32_t)oracle_clamp(&k->law, (oracle_int)o->s.clamp - k->n.theta);
}

static void reset_floored(const struct oracle_case *k, struct oracle_step *o)
{
    if (k->law.floor_zero && o->s.reset < 0) o->s.reset = 0;
}

// The increment held after its bias only.
static void increment_once(const struct oracle_case *k, struct oracle_step *o)
{
    int bits = law_bits(k->law.membrane);
    oracle_int once = o->moves_by + (o->refractory ? 0 : k->n.bias);
    if (!k->law.saturate_increment) return;
    o->s.integrate =
        k->before.v + (int64_t)oracle_saturate(once, oracle_end(&k->law, bits), oracle_high(bits));
}

static void fires_refractory(const struct oracle_case *k, struct oracle_step *o)
{
    o->s.fire = oracle_fits(&k->law, k->law.fire_before ? k->before.v : o->s.clamp, k->n.theta,
                            k->layer.max_spikes);
}

static void never_at_zero(const struct oracle_case *k, struct oracle_step *o)
{
    if (k->n.theta <= 0) o->s.fire = 0;
}

static void once_at_zero(const struct oracle_case *k, struct oracle_step *o)
{
    if (k->n.theta <= 0) o->s.fire = o->s.fire > 0;
}

static void first_wraps(const struct oracle_case *k, struct oracle_step *o)
{
    if (k->law.currents && k->law.wrap)
        o->next.u = (int32_t)oracle_saturate(o->u_wide[0], oracle_low(law_bits(k->law.current)),
                                             oracle_high(law_bits(k->law.current)));
}

static void second_free(const struct oracle_case *k, struct oracle_step *o)
{
    if (k->law.currents == 2) o->next.u2 = (int32_t)oracle_wrap(o->u_wide[1], 32);
}

static void decay_uses_before(const struct oracle_case *k, struct oracle_step *o)
{
    if (k->law.currents) o->s.current = (int64_t)k->before.u + k->before.u2;
}

static void counts_on(const struct oracle_case *k, struct oracle_step *o)
{
    if (k->before.r && o->s.fire == 0) o->s.refract = k->before.r;
}

static const struct {
    const char *name;
    fault_before *before;
    fault_after *after;
} faults[] = {
    {"> for >=, >= for >", flip_gt, NULL},
    {"reset to the word for subtraction, and back", flip_reset, NULL},
    {"leak after integrate for before, and back", flip_order, NULL},
    {"wrap for saturate, and back", flip_wrap, NULL},
    {"no floor", no_floor, NULL},
    {"decay first for last, and back", flip_decay, NULL},
    {"saturate_each adds u twice", u_twice, NULL},
    {"increment held, and not held", flip_increment, NULL},
    {"increment held once, with its bias", NULL, increment_once},
    {"lowest word left out, and not", flip_symmetric, NULL},
    {"one of two shifts", one_shift, NULL},
    {"fires by v for c, and back", flip_before, NULL},
    {"leaks in every tick", leaks_always, NULL},
    {"leaks in the other ticks", flip_heard, NULL},
    {"refractory one tick too long", longer, NULL},
    {"refractory ends one tick early", ends_early, NULL},
    {"no pull to rest", no_hold, NULL},
    {"no rest", no_rest, NULL},
    {"no reset word", no_reset, NULL},
    {"no gain", no_gain, NULL},
    {"no jitter", no_jitter, NULL},
    {"jitter of the wrong sign", jitter_back, NULL},
    {"slope read as signed", slope_signed, NULL},
    {"no second synapse", no_second, NULL},
    {"mu for mu2", second_as_first, NULL},
    {"one spike at most", one_spike, NULL},
    {"one spike too many", spikes_more, NULL},
    {"aligned by one more", align_more, NULL},
    {"never aligned to the left", align_never_left, NULL},
    {"shift that moves stands still", no_move, NULL},
    {"decay that moves stands still", decay_no_move, NULL},
    {"mu for lambda", mu_for_lambda, NULL},
    {"leak by one bit more", frac_more, NULL},
    {"no bias", no_bias, NULL},
    {"jittered factor not held", NULL, factor_free},
    {"jittered factor floored", NULL, factor_floored},
    {"linear leak through 0", NULL, through_zero},
    {"input kept while refractory", NULL, input_kept},
    {"bias kept while refractory", NULL, bias_kept},
    {"membrane not clamped", NULL, no_clamp},
    {"reset not clamped", NULL, reset_free},
    {"theta subtracted once", NULL, theta_once},
    {"reset word floored", NULL, reset_floored},
    {"fires while refractory", NULL, fires_refractory},
    {"theta of 0 or less never fires", NULL, never_at_zero},
    {"theta of 0 or less fires once", NULL, once_at_zero},
    {"current saturates where the membrane wraps", NULL, first_wraps},
    {"second current not held", NULL, second_free},
    {"current of the tick before", NULL, decay_uses_before},
    {"refractory does not count", NULL, counts_on},
};
enum { FAULTS = sizeof faults / sizeof *faults };

// A rounding in the place of another, at each of the three places that round.
static const struct {
    int right, wrong;
} roundings[] = {
    {FX_NEAREST_EVEN, ORACLE_HALF_UP},
    {FX_NEAREST_EVEN, ORACLE_HALF_AWAY},
    {FX_NEAREST_EVEN, FX_FLOOR},
    {FX_FLOOR, FX_TOWARD_ZERO},
    {FX_TOWARD_ZERO, FX_FLOOR},
    {FX_TOWARD_ZERO, FX_AWAY},
    {FX_CEILING, FX_AWAY},
    {FX_CEILING, FX_FLOOR},
    {FX_AWAY, FX_CEILING},
    {FX_AWAY, FX_TOWARD_ZERO},
};
enum { ROUNDINGS = sizeof roundings / sizeof *roundings, PLACES = 3 };
static const char *const place_names[PLACES] = {"current", "decay", "leak"};
static const char *const rounding_names[ORACLE_ROUNDS] = {
    "floor", "nearest even", "toward zero", "ceiling", "away", "half up", "half away"};

static enum fx_round *place_of(struct law *a, int place)
{
    return place == 0 ? &a->round_current : place == 1 ? &a->round_decay : &a->round_leak;
}

struct seen {
    int64_t fault[FAULTS];
    int64_t rounding[PLACES][ROUNDINGS];
};

static inline void try_faults(const struct oracle_case *k, const struct oracle_step *right,
                              struct seen *seen)
{
    for (int f = 0; f < FAULTS; f++) {
        struct oracle_case q = *k;
        if (faults[f].before) faults[f].before(&q);
        struct oracle_step o = faults[f].before ? oracle_run(&q) : *right;
        if (faults[f].after) faults[f].after(k, &o);
        seen->fault[f] += !same_case(right, &o);
    }
    for (int place = 0; place < PLACES; place++)
        for (int i = 0; i < ROUNDINGS; i++) {
            struct oracle_case q = *k;
            if ((int)*place_of(&q.law, place) != roundings[i].right) continue;
            *place_of(&q.law, place) = (enum fx_round)roundings[i].wrong;
            struct oracle_step o = oracle_run(&q);
            seen->rounding[place][i] += !same_case(right, &o);
        }
}

#endif
