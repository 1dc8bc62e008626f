// What a leaky integrate-and-fire neuron has in real numbers: membrane units and shares of a tick.
#include "base/basic_math.h"
#include "model/lif/image.h"
#include "twin/chip/physics.h"

#include <math.h>

static const struct physics_value values[NET_NEURON] = {
    [NET_THETA] = {"threshold", WORD_THETA}, [NET_LAMBDA] = {"leak", WORD_LAMBDA},
    [NET_BIAS] = {"bias", WORD_BIAS},        [NET_DECAY] = {"decay", WORD_MU},
    [NET_GAIN] = {"gain", WORD_GAIN},        [NET_REST] = {"rest", WORD_REST},
    [NET_RESET] = {"reset", WORD_RESET}};

// θ is at least 1, as 0 fires at rest; λ and decay are never negative.
static struct physics_word word_of(const struct chip *c, int value)
{
    const struct law *law = &c->law;
    enum law_leak kind = value == NET_DECAY ? law->decay_kind : law->leak_kind;
    const struct law_range r = lif_kind.word[values[value].word].range(law);
    struct physics_word w = {r.bits, ldexp(1, law->membrane.frac_bits), r.lo, r.hi, false};
    if (value == NET_THETA) w.lo = 1;
    if (value == NET_GAIN) w.unit = ldexp(1, law->gain.frac_bits);
    if (value == NET_BIAS || value == NET_THETA || value > NET_DECAY) return w;
    w.lo = 0;
    w.whole = law_leak_shifts(kind);
    if (kind == LAW_LEAK_EXPONENTIAL) w.unit = ldexp(1, law->leak.frac_bits);
    if (w.whole) w.unit = 1;
    return w;
}

double physics_share(enum law_leak kind, int word)
{
    if (kind != LAW_LEAK_TWO_SHIFTS) return ldexp(1, -word);
    return ldexp(1, -(word % 32)) + ldexp(1, -(word / 32));
}

int physics_shifts(enum law_leak kind, double share)
{
    const int words = (int)fx_umax(law_shift_bits(kind)) + 1;
    int best = 0;
    for (int word = 1; word < words; word++)
        if (fabs(physics_share(kind, word) - share) < fabs(physics_share(kind, best) - share))
            best = word;
    return best;
}

static double leak_of(const struct chip *c, enum law_leak kind, double tau_s)
{
    switch (kind) {
    case LAW_LEAK_EXPONENTIAL:
        return -basic_expm1(-c->tick_s / tau_s);
    case LAW_LEAK_SHIFT:
    case LAW_LEAK_SHIFT_MOVES:
        return round(basic_log(tau_s / c->tick_s) / basic_log(2));
    case LAW_LEAK_TWO_SHIFTS:
        return physics_shifts(kind, -basic_expm1(-c->tick_s / tau_s));
    case LAW_LEAK_LINEAR:
        return c->threshold * c->tick_s / tau_s;
    default:
        return 0;
    }
}

float physics_leak_of(const struct chip *c, double tau_s)
{
    return (float)physics_held(c, NET_LAMBDA, leak_of(c, c->law.leak_kind, tau_s));
}

float physics_decay_of(const struct chip *c, double tau_s)
{
    return (float)physics_held(c, NET_DECAY, leak_of(c, c->law.decay_kind, tau_s));
}

static double nominal(const struct chip *c, int value, bool front)
{
    front &= c->front_tau_s > 0;
    switch (value) {
    case NET_THETA:
        return c->threshold;
    case NET_LAMBDA:
        return physics_leak_of(c, front ? c->front_tau_s : c->tau_s);
    case NET_DECAY:
        return physics_decay_of(c, c->tau_syn_s);
    case NET_GAIN:
        return c->gain;
    case NET_REST:
        return c->rest;
    case NET_RESET:
        return c->reset;
    default:
        return 0;
    }
}

static struct physics_spread spread(const struct chip *c, int value)
{
    if (value == NET_THETA) return (struct physics_spread){&c->mismatch.threshold, RNG_THRESHOLD};
    if (value == NET_LAMBDA && !law_leak_shifts(c->law.leak_kind))
        return (struct physics_spread){&c->mismatch.leak, RNG_LEAK};
    if (value == NET_DECAY && !law_leak_shifts(c->law.decay_kind))
        return (struct physics_spread){&c->mismatch.decay, RNG_DECAY};
    if (value == NET_GAIN) return (struct physics_spread){&c->mismatch.gain, RNG_GAIN};
    return (struct physics_spread){0};
}

// δ: what λ changes by per whole tick of jitter. Exponential: −α ln α with α = 1 − λ, first order
// of 1 − α^(1+ε); linear: λ itself, as charge is current times time; a shift does not move.
static double slope_of(enum law_leak kind, double lambda)
{
    if (kind == LAW_LEAK_LINEAR) return lambda;
    if (kind != LAW_LEAK_EXPONENTIAL || lambda <= 0 || lambda >= 1) return 0;
    return -(1 - lambda) * basic_log1p(-lambda);
}

// δ of a leak or decay whose word is `factor`.
static int32_t slope_word(const struct chip *c, int value, enum image_word slope, int32_t factor,
                          int64_t *clamped)
{
    double unit = word_of(c, value).unit;
    enum law_leak kind = value == NET_DECAY ? c->law.decay_kind : c->law.leak_kind;
    if (!c->jitter.acts_leak) return 0;
    return physics_round(slope_of(kind, factor / unit) * unit, 0, image_word_max(&c->law, slope),
                         clamped);
}

// No net has weights of a second synapse: its current stays 0.
static void derive(const struct chip *c, void *neuron, int64_t *clamped)
{
    struct law_neuron *p = neuron;
    p->lambda_slope = slope_word(c, NET_LAMBDA, WORD_LAMBDA_SLOPE, p->lambda, clamped);
    p->mu_slope = slope_word(c, NET_DECAY, WORD_MU_SLOPE, p->mu, clamped);
    if (c->law.currents > 1) {
        p->mu2 = p->mu;
        p->mu2_slope = p->mu_slope;
    }
}

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
    if (kind == LAW_LEAK_TWO_SHIFTS) // the second count is up to three more than the first
        return floor(1 + 6 * u) * 33 + 32 * floor(4 * (6 * u - floor(6 * u)));
    return law_leak_shifts(kind) ? floor(1 + 6 * u) : 0;
}

// The share of a synaptic current that decays in a tick: what it adds up to is 1 / that.
static double share_of(const struct chip *c, double decay)
{
    if (!c->law.currents || c->law.decay_kind == LAW_LEAK_NONE) return 1;
    if (c->law.decay_kind == LAW_LEAK_EXPONENTIAL) return (float)decay;
    return law_leak_shifts(c->law.decay_kind) ? physics_share(c->law.decay_kind, (int)decay)
                                              : 0.125;
}

static double draw(const struct chip *c, const double *u, double *value)
{
    const struct law *law = &c->law;
    double theta = c->threshold > 0 ? c->threshold * (0.5 + u[NET_THETA])
                                    : top_of(law->membrane) * (1 + 3 * u[NET_THETA]) / 16;
    theta = between(0, top_of(law->membrane), theta);
    value[NET_THETA] = theta;
    value[NET_LAMBDA] = leak_at(law->leak_kind, theta, u[NET_LAMBDA]);
    value[NET_BIAS] = theta * (u[NET_BIAS] - 0.5) / 16;
    value[NET_DECAY] = leak_at(law->decay_kind, theta, u[NET_DECAY]);
    value[NET_GAIN] = 0.5 + u[NET_GAIN];
    if (law->has_gain) value[NET_GAIN] = between(0, top_of(law->gain), value[NET_GAIN]);
    value[NET_REST] = theta * (u[NET_REST] - 0.5) / 2;
    value[NET_RESET] = theta * (u[NET_RESET] - 0.5) / 2;
    return (float)theta * share_of(c, value[NET_DECAY]);
}

const struct physics physics_lif = {.kind = &lif_kind,
                                    .value = values,
                                    .n = NET_NEURON,
                                    .knobs = &chip_knobs,
                                    .nir = true,
                                    .trim = {NET_THETA, .more = false},
                                    .word_of = word_of,
                                    .nominal = nominal,
                                    .spread = spread,
                                    .derive = derive,
                                    .draw = draw};
