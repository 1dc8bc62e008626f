#include "model/law.h"

const char *const law_stage_names[LAW_STAGES] = {"gather", "current", "leak",  "integrate",
                                                 "clamp",  "fire",    "reset", "refract"};

int64_t law_stage(const struct law_stages *s, int stage)
{
    switch (stage) {
    case 0:
        return s->gather;
    case 1:
        return s->current;
    case 2:
        return s->leak;
    case 3:
        return s->integrate;
    case 4:
        return s->clamp;
    case 5:
        return s->fire;
    case 6:
        return s->reset;
    default:
        return s->refract;
    }
}

const char *law_check(const struct law *law)
{
    if (law_bits(law->input) < 1 || law_bits(law->input) > 8) return "input: 1..8 bits";
    if (law_bits(law->weight) < 2 || law_bits(law->weight) > 16) return "weight: 2..16 bits";
    if (law_bits(law->membrane) < 4 || law_bits(law->membrane) > 24) return "membrane: 4..24 bits";
    if (law_bits(law->leak) < 1 || law_bits(law->leak) > 16) return "leak: 1..16 bits";
    if (law->has_current && (law_bits(law->current) < 4 || law_bits(law->current) > 24))
        return "current: 4..24 bits";
    if (law->has_current && law->current.frac_bits != law->membrane.frac_bits)
        return "current: as many fraction bits as the membrane";
    if (law->leak.frac_bits < 0 || law->leak.frac_bits > 40) return "leak: 0..40 fraction bits";
    if (law_align(law, 0) < -15 || law_align(law, law->input.frac_bits) > 40)
        return "weight and input: fraction bits that line up with the membrane's by -15..40";
    if (law->floor_zero && law->wrap) return "floor at zero needs a saturating membrane";
    return 0;
}

int law_align(const struct law *law, int input_frac)
{
    return law->weight.frac_bits + input_frac - law->membrane.frac_bits;
}

// x saturated or wrapped to the format, then held at 0 or above if asked.
static int64_t clamp(int64_t x, struct law_format format, bool wrap, bool floor_zero)
{
    int bits = law_bits(format);
    int64_t y = wrap ? fx_wrap(x, bits) : fx_sat(x, fx_min(bits), fx_max(bits));
    return floor_zero && y < 0 ? 0 : y;
}

// λ_t = λ + rne(δ·j / 2^15), held to the word's range. j is a signed fraction of a tick (Q1.15).
// A shift has no fraction to move.
static int64_t jittered(enum law_leak kind, int32_t lambda, int32_t slope, int jitter, int bits)
{
    if (kind == LAW_LEAK_SHIFT) return lambda;
    int64_t moved = lambda + fx_shr_rne((int64_t)slope * jitter, 15);
    return fx_sat(moved, 0, fx_umax(bits));
}

// What leaks from x in one tick, for a factor (or constant current, or shift) already jittered.
static int64_t leaked(enum law_leak kind, int64_t x, int64_t lambda, int frac, enum fx_round round)
{
    switch (kind) {
    case LAW_LEAK_EXPONENTIAL:
        return fx_shr(x * lambda, frac, round);
    case LAW_LEAK_SHIFT:
        return fx_shr(x, (int)lambda, round);
    case LAW_LEAK_LINEAR:
        return fx_sat(x, -lambda, lambda);
    default:
        return 0;
    }
}

struct law_stages law_step_ref(const struct law *law, const struct law_neuron *n,
                               struct law_state *state, int64_t acc, int align, int jitter)
{
    struct law_stages t;
    bool refractory = state->r > 0;
    int leak_bits = law_bits(law->leak), leak_frac = law->leak.frac_bits;

    t.gather = acc;

    t.current = align >= 0 ? fx_shr(acc, align, law->round_current) : fx_shl(acc, -align);
    if (law->has_current) {
        int64_t mu = jittered(law->decay_kind, n->mu, n->mu_slope, jitter, leak_bits);
        int64_t decay = leaked(law->decay_kind, state->u, mu, leak_frac, law->round_decay);
        t.current = clamp(state->u - decay + t.current, law->current, law->wrap, false);
        state->u = (int32_t)t.current;
    }

    int64_t input = refractory ? 0 : t.current + n->bias;
    int64_t lambda = jittered(law->leak_kind, n->lambda, n->lambda_slope, jitter, leak_bits);
    int64_t leaking = law->integrate_first ? state->v + input : state->v;
    t.leak = leaked(law->leak_kind, leaking, lambda, leak_frac, law->round_leak);

    t.integrate = state->v - t.leak + input;

    t.clamp = (int32_t)clamp(t.integrate, law->membrane, law->wrap, law->floor_zero);

    bool over = law->fire_gt ? t.clamp > n->theta : t.clamp >= n->theta;
    t.fire = over && !refractory;

    int64_t after = law->reset_subtract ? clamp((int64_t)t.clamp - n->theta, law->membrane,
                                                law->wrap, law->floor_zero)
                                        : 0;
    t.reset = t.fire ? (int32_t)after : t.clamp;

    t.refract = t.fire ? law->refractory_ticks : refractory ? state->r - 1 : 0;

    state->v = t.reset;
    state->r = t.refract;
    return t;
}
