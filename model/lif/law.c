#include "model/lif/law.h"

const char *const law_leak_names[LAW_LEAKS] = {"none",   "exponential", "shift",
                                               "linear", "shift_moves", "two_shifts"};
const char *const law_when_names[LAW_WHENS] = {"every_tick", "event", "no_input"};

static bool outside(int x, int lo, int hi)
{
    return x < lo || x > hi;
}

static const char *check_formats(const struct law *law)
{
    if (outside(law_bits(law->input), 1, law->input_signed ? 32 : 8))
        return "input: 1..8 bits, signed 1..32";
    if (outside(law_bits(law->weight), 2, 16)) return "weight: 2..16 bits";
    if (outside(law_bits(law->membrane), 4, 32)) return "membrane: 4..32 bits";
    if (outside(law_bits(law->leak), 1, law->leak_signed ? 32 : 16))
        return "leak: 1..16 bits, signed 1..32";
    if (outside(law->leak.frac_bits, 0, 40)) return "leak: 0..40 fraction bits";
    bool wide = law->round_leak == FX_FLOOR || law->round_leak == FX_CEILING;
    if (!wide && law_bits(law->membrane) + law_bits(law->leak) > 61)
        return "membrane and leak: at most 61 bits together unless rounded to floor or ceiling";
    if (law->leak_signed &&
        (law->leak.frac_bits >= law_bits(law->leak) || law->leak_kind == LAW_LEAK_LINEAR ||
         law->decay_kind == LAW_LEAK_LINEAR))
        return "signed leak: fewer fraction bits than bits, and no linear kind";
    if (law_bits(law->membrane) + law_bits(law->leak) - law->leak.frac_bits > 60)
        return "membrane and leak: a quotient of at most 60 bits";
    if (law->has_gain && outside(law_bits(law->gain), 2, 32)) return "gain: 2..32 bits";
    if (law->currents > LAW_MAX_CURRENTS) return "currents: 0..2";
    if (law->currents && outside(law_bits(law->current), 4, 32)) return "current: 4..32 bits";
    if (law->currents && law->current.frac_bits != law->membrane.frac_bits)
        return "current: as many fraction bits as the membrane";
    if (law_align(law, 0) < -15 || law_align(law, law->input.frac_bits) > 40)
        return "weight and input: fraction bits that line up with the membrane's by -15..40";
    return 0;
}

const char *law_check(const struct law *law)
{
    const char *what = check_formats(law);
    if (what) return what;
    if (law->symmetric && (law->wrap || law->saturate_each))
        return "symmetric ends need saturation, and of whole sums";
    if (law->decay_last && !law->currents) return "decay_last needs a synaptic current";
    if (law->saturate_each && (!law->decay_last || law->wrap || law->has_gain))
        return "saturate_each needs decay_last, saturation and no gain";
    if (law->saturate_each && (law_align(law, 0) || law->input.frac_bits))
        return "saturate_each needs weights with the membrane's fraction bits and whole inputs";
    if (law->saturate_increment && (law->wrap || law->refractory_hold))
        return "saturate_increment needs saturation and a membrane that leaks while refractory";
    return 0;
}

int law_align(const struct law *law, int input_frac)
{
    int gain = law->has_gain ? law->gain.frac_bits : 0;
    return law->weight.frac_bits + input_frac + gain - law->membrane.frac_bits;
}

int64_t law_leak_min(const struct law *law)
{
    return law->leak_signed ? fx_min(law_bits(law->leak)) : 0;
}

int64_t law_leak_max(const struct law *law)
{
    return law->leak_signed ? fx_max(law_bits(law->leak)) : fx_umax(law_bits(law->leak));
}

const char *law_beyond(const struct law *law)
{
    if (law->input_signed) return "signed input words";
    if (law->leak_signed) return "a signed leak";
    if (law->has_gain) return "an input gain";
    if (law->has_rest) return "words for rest and reset";
    if (law->currents > 1) return "two synaptic currents";
    if (law->decay_last) return "synaptic decay after gathering";
    if (law->saturate_each) return "saturation after every source";
    if (law->saturate_increment) return "saturation of the increment";
    if (law->refractory_hold) return "a membrane held at rest while refractory";
    if (law->symmetric) return "symmetric ends";
    if (law->fire_before) return "spikes of the tick before's membrane";
    if (law->leak_when) return "a leak that events switch";
    if (law->leak_kind == LAW_LEAK_SHIFT_MOVES || law->decay_kind == LAW_LEAK_SHIFT_MOVES)
        return "a shift that always moves";
    if (law->leak_kind == LAW_LEAK_TWO_SHIFTS || law->decay_kind == LAW_LEAK_TWO_SHIFTS)
        return "a leak of two shifts";
    if (law->wrap && law->floor_zero) return "a membrane without a sign that wraps";
    return 0;
}

bool law_leaks(const struct law *law, bool heard)
{
    return law->leak_when == LAW_EVERY_TICK || heard == (law->leak_when == LAW_WHEN_EVENT);
}

int64_t law_lowest(const struct law *law, struct law_format format)
{
    return fx_min(law_bits(format)) + law->symmetric;
}

// x saturated or wrapped to the format, then held at 0 or above if asked.
static int64_t clamp(const struct law *law, int64_t x, struct law_format format, bool wrap,
                     bool floor_zero)
{
    int bits = law_bits(format);
    if (wrap && floor_zero) return (int64_t)fx_field((uint64_t)x, 0, bits - 1);
    int64_t y = wrap ? fx_wrap(x, bits) : fx_sat(x, law_lowest(law, format), fx_max(bits));
    return floor_zero && y < 0 ? 0 : y;
}

// λ_t = λ + rne(δ·j / 2^15), held to the word's range. j is a signed fraction of a tick (Q1.15).
// A shift has no fraction to move.
static int64_t jittered(const struct law *law, enum law_leak kind, int32_t lambda, int32_t slope,
                        int jitter)
{
    if (law_leak_shifts(kind)) return lambda;
    int64_t moved = lambda + fx_shr_rne((int64_t)slope * jitter, 15);
    return fx_sat(moved, law_leak_min(law), law_leak_max(law));
}

int64_t law_leaked(enum law_leak kind, int64_t x, int64_t lambda, int frac, enum fx_round round)
{
    switch (kind) {
    case LAW_LEAK_EXPONENTIAL:
        return fx_shr(x * lambda, frac, round);
    case LAW_LEAK_SHIFT:
        return fx_shr(x, (int)lambda, round);
    case LAW_LEAK_LINEAR:
        return fx_sat(x, -lambda, lambda);
    case LAW_LEAK_SHIFT_MOVES: {
        int64_t y = fx_shr(x, (int)lambda, round);
        return x > 0 && y == 0 ? 1 : y;
    }
    case LAW_LEAK_TWO_SHIFTS: {
        const int a = (int)fx_field((uint64_t)lambda, 0, LAW_SHIFT_BITS),
                  b = (int)fx_field((uint64_t)lambda, LAW_SHIFT_BITS, LAW_SHIFT_BITS);
        return fx_shr(x, a, round) + fx_shr(x, b, round);
    }
    default:
        return 0;
    }
}

int64_t law_gather(const struct law *law, int64_t acc, int32_t w, int32_t x)
{
    acc += (int64_t)w * x;
    return law->saturate_each ? clamp(law, acc, law->current, false, false) : acc;
}

// The stage `current` of one synapse: its next u, or what acc alone gives where it has no state.
static int64_t current_of(const struct law *law, const struct law_layer *layer, int64_t acc,
                          int32_t gain, int32_t u, int32_t mu, int32_t mu_slope, int jitter)
{
    if (law->has_gain) acc *= gain;
    int64_t i = layer->align >= 0 ? fx_shr(acc, layer->align, law->round_current)
                                  : fx_shl(acc, -layer->align);
    if (!law->currents) return i;

    int64_t mu_t = jittered(law, law->decay_kind, mu, mu_slope, jitter);
    int64_t decaying = u;
    if (law->saturate_each)
        decaying = i;
    else if (law->decay_last)
        decaying = clamp(law, u + i, law->current, law->wrap, false);
    int64_t decay =
        law_leaked(law->decay_kind, decaying, mu_t, law->leak.frac_bits, law->round_decay);
    return clamp(law, decaying - decay + (law->decay_last ? 0 : i), law->current, law->wrap, false);
}

// What a tick adds to v with saturate_increment.
static int64_t increment_of(const struct law *law, int64_t current_less_leak, int64_t bias)
{
    int64_t moved = clamp(law, current_less_leak, law->membrane, false, false);
    return clamp(law, moved + bias, law->membrane, false, false);
}

// How often θ fits into c, at most max_spikes times: by repeated subtraction.
static int32_t fitted(int64_t c, int32_t theta, bool fire_gt, int max_spikes)
{
    int32_t z = 0;
    while (z < max_spikes && (fire_gt ? c > theta : c >= theta)) {
        c -= theta;
        z++;
    }
    return z;
}

struct law_stages law_step_ref(const struct law *law, const struct law_layer *layer,
                               const struct law_neuron *n, struct law_state *state,
                               struct law_gathered acc, int jitter)
{
    struct law_stages t;
    bool refractory = state->r > 0;
    bool held = refractory && law->refractory_hold;
    int32_t rest = law->has_rest ? n->rest : 0, reset = law->has_rest ? n->reset : 0;

    t.gather = acc.acc;

    t.current = current_of(law, layer, acc.acc, n->gain, state->u, n->mu, n->mu_slope, jitter);
    if (law->currents) state->u = (int32_t)t.current;
    if (law->currents > 1) {
        state->u2 = (int32_t)current_of(law, layer, acc.acc2, n->gain, state->u2, n->mu2,
                                        n->mu2_slope, jitter);
        t.current += state->u2;
    }

    int64_t input = refractory ? 0 : t.current + n->bias;
    int64_t lambda = jittered(law, law->leak_kind, n->lambda, n->lambda_slope, jitter);
    int64_t leaking = (int64_t)state->v - rest + (law->integrate_first ? input : 0);
    t.leak = held ? (int64_t)state->v - rest
             : law_leaks(law, acc.heard)
                 ? law_leaked(law->leak_kind, leaking, lambda, law->leak.frac_bits, law->round_leak)
                 : 0;

    t.integrate = state->v - t.leak + input;
    if (law->saturate_increment)
        t.integrate = state->v + increment_of(law, (refractory ? 0 : t.current) - t.leak,
                                              refractory ? 0 : n->bias);

    t.clamp = (int32_t)clamp(law, t.integrate, law->membrane, law->wrap, law->floor_zero);

    t.fire = refractory ? 0
                        : fitted(law->fire_before ? state->v : t.clamp, n->theta, law->fire_gt,
                                 layer->max_spikes);

    int64_t less = t.clamp - (int64_t)t.fire * n->theta;
    int64_t after =
        law->reset_subtract ? clamp(law, less, law->membrane, law->wrap, law->floor_zero) : reset;
    t.reset = t.fire ? (int32_t)after : t.clamp;

    t.refract = t.fire ? law->refractory_ticks : refractory ? state->r - 1 : 0;

    state->v = t.reset;
    state->r = t.refract;
    return t;
}
