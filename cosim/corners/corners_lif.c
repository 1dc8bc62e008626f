// Leaky integrate-and-fire: its products, what it holds to a format, and ranges.
#include "cosim/corners/corners_law.h"

enum { CURRENT, CURRENT2, DECAY, DECAY2, LEAK, LAMBDA_T, MU_T }; // roundings
enum { MEMBRANE, AFTER, U, U2, LAMBDA_HELD, INCREMENT };         // clamps
enum {                                                           // flags
    UPWARDS,
    DOWNWARDS,
    MINUS_1,
    FROM_TOP,
    TO_0,
    MOST_SPIKES,
    R_1,
    R_FULL,
    HEARD,
    ABOVE,
    AGAIN,
    KEPT
};

// What a leak or decay divides: value · factor / 2^shift.
struct product {
    int64_t value, factor;
    int shift;
};

static int64_t jittered(int64_t word, int64_t slope, int jitter)
{
    return word + fx_shr_rne(slope * jitter, 15);
}

static int64_t held(const struct law *law, int64_t word)
{
    return fx_sat(word, law_leak_min(law), law_leak_max(law));
}

static struct product divided(const struct law *law, enum law_leak kind, int64_t x, int64_t lambda)
{
    if (kind == LAW_LEAK_EXPONENTIAL) return (struct product){x, lambda, law->leak.frac_bits};
    if (kind == LAW_LEAK_TWO_SHIFTS) // the first: what the other drops has no slot of its own
        return (struct product){x, 1, (int)(lambda % 32)};
    if (law_leak_shifts(kind)) return (struct product){x, 1, (int)lambda};
    return (struct product){0};
}

static int64_t leaked(const struct law *law, enum law_leak kind, int64_t x, int64_t lambda,
                      enum fx_round round)
{
    const struct product p = divided(law, kind, x, lambda);
    int64_t y = fx_shr(p.value * p.factor, p.shift, round);
    if (kind == LAW_LEAK_LINEAR) return fx_sat(x, -lambda, lambda);
    if (kind == LAW_LEAK_TWO_SHIFTS) return y + fx_shr(x, (int)(lambda / 32), round);
    return kind == LAW_LEAK_SHIFT_MOVES && x > 0 && y == 0 ? 1 : y;
}

static void put(struct corners_tick *t, int slot, struct product p)
{
    t->rounding[slot].value = p.value * p.factor;
    t->rounding[slot].shift = p.shift;
}

static void hold(struct corners_tick *t, int slot, int64_t value, int64_t lo, int64_t hi)
{
    t->clamp[slot].value = value;
    t->clamp[slot].lo = lo;
    t->clamp[slot].hi = hi;
}

static void hold_format(const struct law *law, struct corners_tick *t, int slot, int64_t value,
                        struct law_format f, bool floor_zero)
{
    hold(t, slot, value, floor_zero ? 0 : law_lowest(law, f), fx_max(law_bits(f)));
}

// The stage `current` of a synapse. u: its state, of which decays what the law says.
static void see_current(const struct law_tick *in, int64_t acc, int64_t u, int64_t mu,
                        int64_t slope, int second, struct corners_tick *t)
{
    const struct law *law = in->law;
    const struct law_neuron *n = in->neuron;
    int align = law_align(law, in->input_frac);
    int64_t product = law->has_gain ? acc * n->gain : acc;
    put(t, CURRENT + second, (struct product){product, 1, align > 0 ? align : 0});
    if (!law->currents) return;
    int64_t i = align >= 0 ? fx_shr(product, align, law->round_current) : fx_shl(product, -align);
    const bool moves = !law_leak_shifts(law->decay_kind);
    int64_t mu_t = moves ? held(law, jittered(mu, slope, in->jitter)) : mu;
    if (moves && slope) put(t, MU_T, (struct product){slope, in->jitter, 15});
    int64_t decaying = law->saturate_each ? i : law->decay_last ? u + i : u;
    if (law->decay_last) {
        int bits = law_bits(law->current);
        decaying = law->wrap ? fx_wrap(decaying, bits)
                             : fx_sat(decaying, law_lowest(law, law->current), fx_max(bits));
    }
    put(t, DECAY + second, divided(law, law->decay_kind, decaying, mu_t));
    int64_t left = decaying - leaked(law, law->decay_kind, decaying, mu_t, law->round_decay);
    hold_format(law, t, U + second, law->decay_last ? u + i : left + i, law->current, false);
    if (law->saturate_each) t->clamp[U + second].hi = t->clamp[U + second].lo; // source by source
}

static int64_t second_sum(const struct law_tick *in, int64_t acc)
{
    const int16_t *w = (const int16_t *)in->w + (size_t)in->n_source * (size_t)in->stride;
    for (int r = 0; r < in->n_source; r++, w += in->stride)
        acc = law_gather(in->law, acc, *w, in->x[r]);
    return acc;
}

static bool hears(const struct law_tick *in)
{
    for (int r = 0; r < in->n_source; r++)
        if (in->x[r]) return true;
    return false;
}

static void see_lif(const struct law_tick *in, const void *of_before, const void *of_stages,
                    const void *of_after, struct corners_tick *t)
{
    const struct law *law = in->law;
    const struct law_neuron *n = in->neuron;
    const struct law_state *before = of_before, *after = of_after;
    const struct law_stages *s = of_stages;
    const bool refractory = before->r > 0, stays = refractory && law->refractory_hold;
    see_current(in, s->gather, before->u, n->mu, n->mu_slope, 0, t);
    if (law->currents > 1)
        see_current(in, second_sum(in, law->saturate_each ? before->u2 : 0), before->u2, n->mu2,
                    n->mu2_slope, 1, t);

    int64_t rest = law->has_rest ? n->rest : 0, input = refractory ? 0 : s->current + n->bias;
    int64_t leaking = (int64_t)before->v - rest + (law->integrate_first ? input : 0);
    const bool moves = !law_leak_shifts(law->leak_kind) && law->leak_kind != LAW_LEAK_NONE;
    int64_t lambda = moves ? jittered(n->lambda, n->lambda_slope, in->jitter) : n->lambda;
    if (moves && n->lambda_slope) {
        put(t, LAMBDA_T, (struct product){n->lambda_slope, in->jitter, 15});
        hold(t, LAMBDA_HELD, lambda, law_leak_min(law), law_leak_max(law));
    }
    const bool leaks = law_leaks(law, law->leak_when && hears(in));
    if (!stays && leaks)
        put(t, LEAK, divided(law, law->leak_kind, leaking, moves ? held(law, lambda) : lambda));
    hold_format(law, t, MEMBRANE, s->integrate, law->membrane, law->floor_zero);
    if (law->saturate_increment)
        hold_format(law, t, INCREMENT, (refractory ? 0 : s->current) - s->leak, law->membrane,
                    false);

    t->compare[0].asked = !refractory;
    const int64_t compared = law->fire_before ? before->v : s->clamp;
    t->compare[0].difference = compared - n->theta;
    if (s->fire && law->reset_subtract)
        hold_format(law, t, AFTER, s->clamp - (int64_t)s->fire * n->theta, law->membrane,
                    law->floor_zero);
    const int64_t top = fx_max(law_bits(law->membrane));
    t->flag[UPWARDS] = before->v < 0 && after->v >= 0;
    t->flag[DOWNWARDS] = before->v >= 0 && after->v < 0;
    t->flag[MINUS_1] = after->v == -1;
    t->flag[FROM_TOP] = s->fire && s->clamp == top;
    t->flag[TO_0] = before->v && !after->v && !s->fire;
    t->flag[MOST_SPIKES] = in->max_spikes > 1 && s->fire == in->max_spikes;
    t->flag[R_1] = before->r == 1;
    t->flag[R_FULL] = law->refractory_ticks && before->r == law->refractory_ticks;
    t->flag[HEARD] = refractory && hears(in);
    t->flag[ABOVE] = refractory && compared >= n->theta;
    t->flag[KEPT] = !stays && !leaks && leaking;
    t->flag[AGAIN] = before->r == 0 && s->fire && law->refractory_ticks;
}

// --- ranges --------------------------------------------------------------------------------------

typedef struct corners_interval range;

static range hull(range a, range b)
{
    if (a.lo > a.hi) return b;
    if (b.lo > b.hi) return a;
    return (range){a.lo < b.lo ? a.lo : b.lo, a.hi > b.hi ? a.hi : b.hi};
}

static range add(range a, range b)
{
    return (range){a.lo + b.lo, a.hi + b.hi};
}

static range plus(range a, int64_t x)
{
    return (range){a.lo + x, a.hi + x};
}

static range of_format(const struct law *law, struct law_format f, bool floor_zero)
{
    return (range){floor_zero ? 0 : law_lowest(law, f), fx_max(law_bits(f))};
}

// What a value of the range is in the format: held to it, or anything of it where it wraps.
static range clamped(const struct law *law, range x, struct law_format f, bool floor_zero)
{
    const range all = of_format(law, f, floor_zero);
    if (law->wrap) return x.lo < all.lo || x.hi > all.hi ? all : x;
    return (range){fx_sat(x.lo, all.lo, all.hi), fx_sat(x.hi, all.lo, all.hi)};
}

// The word of a leak as any jitter moves it: monotone in the jitter.
static range moved(enum law_leak kind, int64_t word, int64_t slope)
{
    if (law_leak_shifts(kind) || kind == LAW_LEAK_NONE) return (range){word, word};
    return (range){jittered(word, slope, (int)fx_min(16)), jittered(word, slope, (int)fx_max(16))};
}

static range held_range(const struct law *law, enum law_leak kind, range x)
{
    if (law_leak_shifts(kind) || kind == LAW_LEAK_NONE) return x;
    return (range){held(law, x.lo), held(law, x.hi)};
}

// x less what leaks from it: monotone in x and in the factor, so its ends are at theirs; of two shifts,
// which are rounded apart, within 2 of what is.
static range left(const struct law *law, enum law_leak kind, range x, range lambda,
                  enum fx_round round)
{
    range all = {1, 0};
    for (int corner = 0; corner < 4; corner++) {
        int64_t a = corner & 1 ? x.hi : x.lo, b = corner & 2 ? lambda.hi : lambda.lo;
        int64_t y = a - leaked(law, kind, a, b, round);
        const int64_t apart = kind == LAW_LEAK_TWO_SHIFTS ? 4 : 0;
        all = hull(all, (range){y - apart, y + apart});
    }
    if (x.lo <= 0 && x.hi >= 0) all = hull(all, (range){0, 0});
    return all;
}

static range rounded(const struct law *law, range sum, int64_t gain, int align)
{
    int64_t a = sum.lo * gain, b = sum.hi * gain;
    range x = {a < b ? a : b, a < b ? b : a};
    if (align < 0) return (range){fx_shl(x.lo, -align), fx_shl(x.hi, -align)};
    return (range){fx_shr(x.lo, align, law->round_current),
                   fx_shr(x.hi, align, law->round_current)};
}

// A range that a tick does not lead out of, from where a run begins: it grows tick by tick; where that
// takes too long, by doubling until it holds, and then shrinks to what is left of it after some ticks.
enum { ROUNDS = 100 };

static range closed(range start, range all, range (*tick)(void *context, range x), void *context)
{
    range x = start, next = start;
    for (int round = 0; round < ROUNDS; round++) {
        next = hull(x, tick(context, x));
        if (next.lo == x.lo && next.hi == x.hi) return x;
        x = next;
    }
    for (int64_t step = 1; step < fx_umax(34); step *= 2) {
        const range wide = {start.lo - (next.lo < start.lo ? step : 0),
                            start.hi + (next.hi > start.hi ? step : 0)};
        x = hull(next, wide);
        const range after = tick(context, x);
        if (after.lo >= x.lo && after.hi <= x.hi) {
            for (int round = 0; round < ROUNDS; round++)
                x = hull(start, tick(context, x));
            tick(context, x); // what it notes is of this range
            return x;
        }
    }
    x = hull(start, all);
    tick(context, x);
    return x;
}

struct current {
    const struct law *law;
    range i, mu, decaying, value;
};

// The range of u after a tick.
static range current_tick(void *context, range u)
{
    struct current *c = context;
    const struct law *law = c->law;
    c->decaying = law->decay_last ? clamped(law, add(u, c->i), law->current, false) : u;
    const range kept = left(law, law->decay_kind, c->decaying, c->mu, law->round_decay);
    c->value = law->decay_last ? add(u, c->i) : add(kept, c->i);
    return clamped(law, law->decay_last ? kept : c->value, law->current, false);
}

static range current_range(const struct law *law, range i, int64_t mu, int64_t slope,
                           struct corners_bounds *b, int second)
{
    const range all = of_format(law, law->current, false);
    struct current c = {.law = law,
                        .i = i,
                        .mu = held_range(law, law->decay_kind, moved(law->decay_kind, mu, slope))};
    const range u = closed((range){0, 0}, all, current_tick, &c);
    b->clamp[U + second] = c.value;
    b->ends[U + second] = law->saturate_each ? (range){0, 0} : all;
    const bool products = law->decay_kind == LAW_LEAK_EXPONENTIAL;
    b->rounding[DECAY + second].value = c.decaying;
    b->rounding[DECAY + second].factor = products ? c.mu : (range){1, 1};
    b->rounding[DECAY + second].shift = products                           ? law->leak.frac_bits
                                        : law_leak_shifts(law->decay_kind) ? (int)mu % 32
                                                                           : 0;
    return u;
}

// What a spike leaves behind, from a membrane of the range c, before it is held to the format.
static range after_spike(const struct law *law, const struct law_neuron *n, range c, int most)
{
    int64_t reset = law->has_rest ? n->reset : 0;
    if (!law->reset_subtract) return (range){reset, reset};
    if (n->theta <= 0) return (range){c.lo, c.hi - (int64_t)most * n->theta};
    if (law->fire_before) return (range){c.lo - (int64_t)most * n->theta, c.hi - n->theta};
    int64_t least = (int64_t)n->theta + law->fire_gt;
    if (c.hi < least) return (range){1, 0};
    return (range){law->fire_gt, c.hi - n->theta};
}

struct membrane {
    const struct law *law;
    const struct law_neuron *n;
    range input, lambda; // what reaches it in a tick, and the leak of a tick
    int most;            // spikes
    range held, c, compared, leaking, increment;
    bool fires;
};

// The range of v after a tick.
static range membrane_tick(void *context, range v)
{
    struct membrane *m = context;
    const struct law *law = m->law;
    const struct law_neuron *n = m->n;
    const range all = of_format(law, law->membrane, law->floor_zero), none = {0, 0};
    int64_t rest = law->has_rest ? n->rest : 0;
    const range from = plus(v, -rest);
    const range gained = law->integrate_first ? add(from, m->input) : from;
    range kept = left(law, law->leak_kind, gained, m->lambda, law->round_leak);
    range idle = left(law, law->leak_kind, from, m->lambda, law->round_leak);
    if (law->leak_when) kept = hull(kept, gained), idle = hull(idle, from);
    range active = plus(law->integrate_first ? kept : add(kept, m->input), rest);
    range quiet = plus(law->refractory_hold ? none : idle, rest);
    if (law->saturate_increment) { // v, and at most a format's whole range
        m->increment = (range){-fx_umax(62), fx_umax(62)};
        active = quiet = add(v, of_format(law, law->membrane, false));
    }
    m->leaking = hull(gained, from);
    m->c = clamped(law, active, law->membrane, law->floor_zero);
    m->held = law->refractory_ticks ? hull(active, quiet) : active;
    const int64_t theta = n->theta; // with its neighbours, which no word of its size holds
    m->compared = law->fire_before ? v : m->c;
    m->fires = m->compared.hi >= theta + law->fire_gt;
    int64_t silent = law->fire_before ? m->c.hi : theta - !law->fire_gt;
    range next = {m->c.lo, m->c.hi < silent ? m->c.hi : silent};
    const range reset = after_spike(law, n, m->c, m->most);
    if (m->fires)
        next = hull(next, law->reset_subtract ? clamped(law, reset, law->membrane, law->floor_zero)
                                              : reset);
    if (law->refractory_ticks && m->fires)
        next = hull(next, clamped(law, quiet, law->membrane, law->floor_zero));
    return next.lo > next.hi ? all : next;
}

static void membrane_bounds(const struct law *law, const struct law_neuron *n, range i, int most,
                            struct corners_bounds *b)
{
    const range all = of_format(law, law->membrane, law->floor_zero);
    const range lambda =
        held_range(law, law->leak_kind, moved(law->leak_kind, n->lambda, n->lambda_slope));
    int64_t rest = law->has_rest ? n->rest : 0;
    struct membrane m = {
        .law = law, .n = n, .input = plus(i, n->bias), .lambda = lambda, .most = most};
    const range v = closed((range){rest, rest}, all, membrane_tick, &m), c = m.c;
    const bool fires = m.fires;
    const bool products = law->leak_kind == LAW_LEAK_EXPONENTIAL;
    b->state[0] = v;
    b->clamp[MEMBRANE] = m.held;
    b->ends[MEMBRANE] = all;
    b->clamp[INCREMENT] = m.increment;
    b->ends[INCREMENT] =
        law->saturate_increment ? of_format(law, law->membrane, false) : (range){0, 0};
    b->clamp[AFTER] = fires && law->reset_subtract ? after_spike(law, n, c, most) : (range){1, 0};
    b->ends[AFTER] = law->reset_subtract ? all : (range){0, 0};
    b->rounding[LEAK].value = m.leaking;
    b->rounding[LEAK].factor = products ? lambda : (range){1, 1};
    b->rounding[LEAK].shift = products                          ? law->leak.frac_bits
                              : law_leak_shifts(law->leak_kind) ? n->lambda % 32
                                                                : 0;
    b->compare[0] = plus(m.compared, -(int64_t)n->theta);
    const int64_t top = fx_max(law_bits(law->membrane));
    b->flag[UPWARDS] = v.lo < 0 && v.hi >= 0;
    b->flag[DOWNWARDS] = v.lo < 0;
    b->flag[MINUS_1] = v.lo <= -1 && v.hi >= -1;
    b->flag[FROM_TOP] = fires && c.hi >= top;
    b->flag[TO_0] = v.lo <= 0 && v.hi >= 0 && v.lo < v.hi;
    b->flag[MOST_SPIKES] = most > 1 && fires;
    b->flag[R_1] = b->flag[R_FULL] = b->flag[HEARD] = b->flag[AGAIN] =
        fires && law->refractory_ticks;
    b->flag[ABOVE] = b->flag[R_1] && v.hi >= n->theta;
    b->flag[KEPT] = law->leak_when && (m.leaking.lo || m.leaking.hi);
    b->lacks[KEPT] = !law->leak_when || law->leak_kind == LAW_LEAK_NONE;
    b->lacks[MOST_SPIKES] = most == 1;
    for (int slot = R_1; slot <= AGAIN; slot++)
        b->lacks[slot] = !law->refractory_ticks;
    b->lacks[UPWARDS] = b->lacks[DOWNWARDS] = b->lacks[MINUS_1] = law->floor_zero;
    b->state[3] = (range){0, fires ? law->refractory_ticks : 0};
}

static void bounds_lif(const struct law_image *im, int layer, int neuron, const range sum[2],
                       struct corners_bounds *b)
{
    const struct law *law = im->law;
    const struct law_neuron *n = (const struct law_neuron *)im->layer[layer].neuron + neuron;
    int most = im->shape.layer[layer].max_spikes,
        align = law_align(law, im->layer[layer].input_frac);
    int64_t gain = law->has_gain ? n->gain : 1;
    range i[2], total;
    for (int second = 0; second < 2; second++) {
        // With saturate_each it begins at u and is held source by source: within clamp(u + sum) all the way.
        const range acc = sum[second];
        i[second] = rounded(law, acc, gain, align);
        b->rounding[CURRENT + second].value = acc;
        b->rounding[CURRENT + second].factor = (range){gain, gain};
        b->rounding[CURRENT + second].shift =
            align > 0 && (!second || law->currents > 1) ? align : 0;
    }
    total = i[0];
    if (law->currents) total = b->state[1] = current_range(law, i[0], n->mu, n->mu_slope, b, 0);
    if (law->currents > 1) {
        b->state[2] = current_range(law, i[1], n->mu2, n->mu2_slope, b, 1);
        total = add(total, b->state[2]);
    }
    const range jitter = {fx_min(16), fx_max(16)};
    if (law->leak_kind != LAW_LEAK_NONE && !law_leak_shifts(law->leak_kind) && n->lambda_slope) {
        b->rounding[LAMBDA_T].value = jitter;
        b->rounding[LAMBDA_T].factor = (range){n->lambda_slope, n->lambda_slope};
        b->rounding[LAMBDA_T].shift = 15;
        b->clamp[LAMBDA_HELD] = moved(law->leak_kind, n->lambda, n->lambda_slope);
        b->ends[LAMBDA_HELD] = (range){law_leak_min(law), law_leak_max(law)};
    }
    int64_t slope = n->mu_slope ? n->mu_slope : law->currents > 1 ? n->mu2_slope : 0;
    if (law->currents && !law_leak_shifts(law->decay_kind) && slope) {
        b->rounding[MU_T].value = jitter;
        b->rounding[MU_T].factor = (range){slope, slope};
        b->rounding[MU_T].shift = 15;
    }
    membrane_bounds(law, n, total, most > 1 ? most : 1, b);
}

// --- a rounding that is off ----------------------------------------------------------------------

static enum fx_round round_lif(const void *of, int slot)
{
    const struct law *law = of;
    return slot <= CURRENT2 ? law->round_current
           : slot <= DECAY2 ? law->round_decay
           : slot == LEAK   ? law->round_leak
                            : FX_NEAREST_EVEN;
}

static bool chosen_lif(int slot)
{
    return slot <= LEAK;
}

static bool nudges_lif(const struct law_image *im, int slot)
{
    const struct law *law = im->law;
    const bool whole = !law->has_gain && law_align(law, 0) >= 0 && !law->saturate_each;
    switch (slot) {
    case CURRENT:
        return whole && law_align(law, im->layer[0].input_frac) > 0;
    case DECAY:
        return whole && law->currents && !law->decay_last && law->decay_kind != LAW_LEAK_NONE &&
               law->decay_kind != LAW_LEAK_LINEAR;
    case LEAK:
        return !law->integrate_first && !law->saturate_increment && !law->leak_when &&
               law->leak_kind != LAW_LEAK_NONE && law->leak_kind != LAW_LEAK_LINEAR;
    case LAMBDA_T:
        return law->leak_kind == LAW_LEAK_EXPONENTIAL || law->leak_kind == LAW_LEAK_LINEAR;
    case MU_T:
        return law->currents &&
               (law->decay_kind == LAW_LEAK_EXPONENTIAL || law->decay_kind == LAW_LEAK_LINEAR);
    default:
        return false;
    }
}

// What is gathered so that the current is delta more: the whole word, without a fraction.
static int64_t more_current(const struct law_tick *in, int64_t acc, int64_t delta)
{
    const struct law *law = in->law;
    int align = law_align(law, in->input_frac);
    return fx_shl(fx_shr(acc, align, law->round_current) + delta, align) - acc;
}

static int64_t gathered_by(const struct law_tick *in)
{
    const int16_t *w = in->w;
    int64_t acc = 0;
    for (int r = 0; r < in->n_source; r++, w += in->stride)
        acc += (int64_t)*w * in->x[r];
    return acc;
}

static bool nudge_lif(int slot, int64_t value, int64_t delta, const struct law_tick *in,
                      const void *of_before, void *of_neuron, int64_t *sum)
{
    const struct law_state *before = of_before;
    struct law_neuron *n = of_neuron;
    switch (slot) {
    case CURRENT:
        *sum += more_current(in, value, delta);
        return true;
    case DECAY: // what decays more is as if less were gathered
        *sum += more_current(in, gathered_by(in), -delta);
        return true;
    case LEAK: // what leaks more is as a smaller bias
        return corners_push(&n->bias, -delta) && before->r == 0;
    case LAMBDA_T:
        return corners_push(&n->lambda, delta);
    case MU_T:
        return corners_push(&n->mu, delta) && corners_push(&n->mu2, delta);
    default:
        return false;
    }
}

const struct corners_law corners_lif = {
    .kind = &lif_kind,
    .rounding = {"current", "current of the second synapse", "decay", "decay of the second current",
                 "leak", "leak moved by jitter", "decay moved by jitter"},
    .clamp = {"membrane", "membrane after a spike", "u", "u2", "leak of the tick", "increment"},
    .compare = {"fire"},
    .flag = {[UPWARDS] = "v: from below 0 upwards",
             [DOWNWARDS] = "v: from 0 or above to below 0",
             [MINUS_1] = "v: -1",
             [FROM_TOP] = "fire: from the upper end of the membrane",
             [TO_0] = "v: to 0 without a spike",
             [MOST_SPIKES] = "fire: as often as a tick allows",
             [R_1] = "refract: the last tick",
             [R_FULL] = "refract: the first tick",
             [HEARD] = "refract: an event while it lasts",
             [ABOVE] = "refract: at the threshold while it lasts",
             [KEPT] = "leak: none in a tick that the law leaves out",
             [AGAIN] = "fire: with a refractory period to come"},
    .tick = see_lif,
    .bounds = bounds_lif,
    .way = round_lif,
    .chosen = chosen_lif,
    .nudges = nudges_lif,
    .nudge = nudge_lif};
