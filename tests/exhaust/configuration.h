// The laws that are exhausted and proven: each with the words that stay fixed while two 16-bit
// words (acc and v, or acc and u) run through all 2^32 cases. A proof leaves every word free.
//
// EXHAUSTED of them together have every rounding, clamp, reset, comparison, kind of leak and decay,
// order, refractory state and number of currents; tests/exhaust/module.c counts that. The rest are
// as wide as words get: only proven.
#ifndef TESTS_EXHAUST_CONFIGURATION_H
#define TESTS_EXHAUST_CONFIGURATION_H

#include "model/lif/law.h"

struct configuration {
    const char *name;
    struct law law;
    int input_frac; // of the layer's input: what align comes from
    int max_spikes;
    int acc_bits;            // in a proof; 16 where exhausted
    bool over_u;             // u runs through all its words instead of v
    struct law_neuron n;     // from here on: the words that stay fixed
    struct law_state state;  // of which v, or u, runs
    struct law_gathered acc; // of which acc runs
    int jitter;
};

enum { EXHAUSTED = 31, WIDE = 6, CONFIGURATIONS = EXHAUSTED + WIDE };

#define FORMATS                                                                                    \
    .input = {4, 4}, .weight = {8, 8}, .membrane = {8, 8}, .current = {8, 8}, .leak = {0, 16},     \
    .leak_kind = LAW_LEAK_EXPONENTIAL
#define ROUND(r) .round_current = r, .round_decay = r, .round_leak = r
// λ, δ, μ, δμ, θ, bias, the second μ, γ, rest and reset: odd, so that every rounding has a
// fraction.
#define FIXED_WORDS                                                                                \
    .n = {3277, 900, 6553, 700, 256, 3, 9831, 500, 300, -77, -129}, .state = {0, 0, 0, 0},         \
    .acc = {0, 1999}, .jitter = 4321
#define PLAIN(spikes, bits) .input_frac = 4, .max_spikes = spikes, .acc_bits = bits, FIXED_WORDS

static const struct configuration configurations[CONFIGURATIONS] = {
    {"exponential_nearest",
     {FORMATS, ROUND(FX_NEAREST_EVEN), .reset_subtract = true},
     PLAIN(1, 24)},
    {"exponential_floor", {FORMATS, ROUND(FX_FLOOR), .fire_gt = true}, PLAIN(1, 24)},
    {"exponential_toward_zero", {FORMATS, ROUND(FX_TOWARD_ZERO), .wrap = true}, PLAIN(1, 24)},
    {"exponential_ceiling", {FORMATS, ROUND(FX_CEILING), .floor_zero = true}, PLAIN(1, 24)},
    {"exponential_away",
     {FORMATS, ROUND(FX_AWAY), .reset_subtract = true, .fire_gt = true},
     PLAIN(1, 24)},
    {"none_wrap",
     {FORMATS, ROUND(FX_NEAREST_EVEN), .leak_kind = LAW_LEAK_NONE, .wrap = true,
      .reset_subtract = true},
     PLAIN(1, 24)},
    {"shift_nearest",
     {FORMATS, ROUND(FX_NEAREST_EVEN), .leak_kind = LAW_LEAK_SHIFT, .reset_subtract = true},
     PLAIN(1, 24),
     .n.lambda = 4},
    {"shift_toward_zero",
     {FORMATS, ROUND(FX_TOWARD_ZERO), .leak_kind = LAW_LEAK_SHIFT, .has_rest = true},
     PLAIN(1, 24),
     .n.lambda = 7},
    {"shift_away_floored",
     {FORMATS, ROUND(FX_AWAY), .leak_kind = LAW_LEAK_SHIFT, .floor_zero = true, .fire_gt = true,
      .reset_subtract = true},
     PLAIN(1, 24),
     .n.lambda = 3},
    {"shift_moves_floor",
     {FORMATS, ROUND(FX_FLOOR), .leak_kind = LAW_LEAK_SHIFT_MOVES, .floor_zero = true},
     PLAIN(1, 24),
     .n.lambda = 6},
    {"shift_moves_first",
     {FORMATS, ROUND(FX_CEILING), .leak_kind = LAW_LEAK_SHIFT_MOVES, .integrate_first = true,
      .reset_subtract = true},
     PLAIN(1, 24),
     .n.lambda = 5},
    {"linear",
     {FORMATS, ROUND(FX_NEAREST_EVEN), .leak_kind = LAW_LEAK_LINEAR, .reset_subtract = true,
      .refractory_ticks = 3},
     PLAIN(1, 24)},
    {"linear_rest_word",
     {FORMATS, ROUND(FX_TOWARD_ZERO), .leak_kind = LAW_LEAK_LINEAR, .has_rest = true,
      .fire_gt = true, .integrate_first = true},
     PLAIN(1, 24)},
    {"integrate_first",
     {FORMATS, ROUND(FX_NEAREST_EVEN), .integrate_first = true, .has_rest = true},
     PLAIN(1, 24)},
    {"refractory_idle",
     {FORMATS, ROUND(FX_FLOOR), .refractory_ticks = 5, .reset_subtract = true},
     PLAIN(1, 24)},
    {"refractory_held",
     {FORMATS, ROUND(FX_NEAREST_EVEN), .refractory_ticks = 5, .reset_subtract = true},
     PLAIN(1, 24),
     .state.r = 4},
    {"refractory_at_rest",
     {FORMATS, ROUND(FX_AWAY), .refractory_ticks = 255, .has_rest = true, .refractory_hold = true},
     PLAIN(1, 24),
     .state.r = 1},
    {"spikes_3", {FORMATS, ROUND(FX_NEAREST_EVEN), .reset_subtract = true}, PLAIN(3, 24)},
    {"spikes_15_gt",
     {FORMATS, ROUND(FX_CEILING), .reset_subtract = true, .fire_gt = true, .floor_zero = true},
     PLAIN(15, 24),
     .n.theta = 2049},
    {"theta_negative",
     {FORMATS, ROUND(FX_TOWARD_ZERO), .reset_subtract = true, .wrap = true},
     PLAIN(7, 24),
     .n.theta = -300},
    {"current_over_u",
     {FORMATS, ROUND(FX_NEAREST_EVEN), .currents = 1, .decay_kind = LAW_LEAK_EXPONENTIAL,
      .reset_subtract = true},
     PLAIN(1, 24),
     .over_u = true,
     .state.v = 200},
    {"current_over_v",
     {FORMATS, ROUND(FX_TOWARD_ZERO), .currents = 1, .decay_kind = LAW_LEAK_SHIFT, .wrap = true},
     PLAIN(1, 24),
     .n.mu = 4,
     .state.u = -3001},
    {"current_decay_last",
     {FORMATS, ROUND(FX_AWAY), .currents = 1, .decay_last = true, .decay_kind = LAW_LEAK_LINEAR,
      .reset_subtract = true},
     PLAIN(1, 24),
     .over_u = true,
     .state.v = -200},
    {"shifted_left",
     {FORMATS, ROUND(FX_NEAREST_EVEN), .weight = {8, 4}, .reset_subtract = true},
     PLAIN(1, 20),
     .input_frac = 0},
    {"increment", // of Xylo v2
     {FORMATS, ROUND(FX_FLOOR), .leak_kind = LAW_LEAK_SHIFT_MOVES, .saturate_increment = true,
      .reset_subtract = true},
     PLAIN(1, 24),
     .input_frac = 0,
     .n.lambda = 1},
    {"leak_by_event",
     {FORMATS, ROUND(FX_NEAREST_EVEN), .leak_when = LAW_WHEN_EVENT, .reset_subtract = true},
     PLAIN(1, 24),
     .acc.heard = true},
    {"leak_without_input", // of ODIN
     {FORMATS, ROUND(FX_FLOOR), .leak_kind = LAW_LEAK_LINEAR, .leak_when = LAW_WHEN_NO_INPUT,
      .floor_zero = true},
     PLAIN(1, 24)},
    {"symmetric_ends", // of QUANTISENC
     {FORMATS, ROUND(FX_TOWARD_ZERO), .symmetric = true, .reset_subtract = true},
     PLAIN(1, 24)},
    {"two_shifts",
     {FORMATS, ROUND(FX_FLOOR), .leak_kind = LAW_LEAK_TWO_SHIFTS, .reset_subtract = true},
     PLAIN(1, 24),
     .n.lambda = 3 + 32 * 5},
    {"fire_before", // of QUANTISENC
     {FORMATS, ROUND(FX_TOWARD_ZERO), .fire_before = true, .fire_gt = true, .reset_subtract = true},
     PLAIN(3, 24)},
    {"wrap_unsigned",
     {FORMATS, ROUND(FX_FLOOR), .wrap = true, .floor_zero = true, .reset_subtract = true},
     PLAIN(1, 24)},
    // The rest, only proven.
    {"two_currents",
     {FORMATS, ROUND(FX_NEAREST_EVEN), .currents = 2, .has_rest = true,
      .decay_kind = LAW_LEAK_SHIFT_MOVES, .reset_subtract = true, .refractory_ticks = 2},
     PLAIN(1, 24)},
    {"two_currents_factor",
     {FORMATS, ROUND(FX_FLOOR), .currents = 2, .wrap = true, .decay_kind = LAW_LEAK_EXPONENTIAL,
      .decay_last = true},
     PLAIN(1, 24)},
    {"saturate_each",
     {FORMATS, .input = {4, 0}, ROUND(FX_CEILING), .currents = 1, .saturate_each = true,
      .decay_last = true, .decay_kind = LAW_LEAK_EXPONENTIAL, .floor_zero = true},
     PLAIN(1, 16),
     .input_frac = 0},
    {"signed_leak",
     {FORMATS, ROUND(FX_TOWARD_ZERO), .leak = {4, 12}, .leak_signed = true, .has_rest = true,
      .refractory_hold = true},
     PLAIN(1, 24)},
    {"gain",
     {FORMATS, ROUND(FX_NEAREST_EVEN), .gain = {4, 8}, .has_gain = true,
      .leak_kind = LAW_LEAK_SHIFT, .reset_subtract = true},
     PLAIN(1, 16)},
    {"membrane_32",
     {FORMATS, ROUND(FX_FLOOR), .weight = {4, 12}, .membrane = {20, 12},
      .leak_kind = LAW_LEAK_SHIFT, .reset_subtract = true},
     PLAIN(1, 32)},
};

static inline struct law_layer layer_of(const struct configuration *c)
{
    return (struct law_layer){law_align(&c->law, c->input_frac), c->max_spikes};
}

// The words of a neuron's ports, in the order in which everybody here names them.
enum {
    PORT_ACC,
    PORT_ACC2,
    PORT_HEARD,
    PORT_V,
    PORT_U,
    PORT_U2,
    PORT_R,
    PORT_LAMBDA,
    PORT_LAMBDA_SLOPE,
    PORT_MU,
    PORT_MU_SLOPE,
    PORT_MU2,
    PORT_MU2_SLOPE,
    PORT_GAIN,
    PORT_THETA,
    PORT_BIAS,
    PORT_REST,
    PORT_RESET,
    PORT_JITTER,
    PORTS
};
// And of what leaves it: the stages, then the next u and u2.
enum { OUT_U = LAW_STAGES, OUT_U2, OUTS };

// Bits of a port, negative where it is a signed word: as in rtl/stw_neuron.sv.
static inline int port_bits(const struct configuration *c, int port, int acc_bits)
{
    const struct law *a = &c->law;
    bool mu_shifts = a->currents && law_leak_shifts(a->decay_kind);
    int leak = law_bits(a->leak) * (a->leak_signed ? -1 : 1);
    int v = law_bits(a->membrane), u = a->currents ? law_bits(a->current) : 1;
    const int bits[PORTS] = {
        [PORT_ACC] = -acc_bits,
        [PORT_ACC2] = -acc_bits,
        [PORT_HEARD] = 1,
        [PORT_V] = -v,
        [PORT_U] = -u,
        [PORT_U2] = -u,
        [PORT_R] = 8,
        [PORT_LAMBDA] = law_leak_shifts(a->leak_kind) ? law_shift_bits(a->leak_kind) : leak,
        [PORT_LAMBDA_SLOPE] = 16,
        [PORT_MU] = mu_shifts ? law_shift_bits(a->decay_kind) : leak,
        [PORT_MU_SLOPE] = 16,
        [PORT_MU2] = mu_shifts ? law_shift_bits(a->decay_kind) : leak,
        [PORT_MU2_SLOPE] = 16,
        [PORT_GAIN] = a->has_gain ? -law_bits(a->gain) : -1,
        [PORT_THETA] = -v,
        [PORT_BIAS] = -v,
        [PORT_REST] = -v,
        [PORT_RESET] = -v,
        [PORT_JITTER] = -16};
    return bits[port];
}

// The word that a configuration holds a port at.
static inline int64_t port_word(const struct configuration *c, int port)
{
    const struct law_neuron *n = &c->n;
    const int64_t words[PORTS] = {c->acc.acc,      c->acc.acc2, c->acc.heard, c->state.v,
                                  c->state.u,      c->state.u2, c->state.r,   n->lambda,
                                  n->lambda_slope, n->mu,       n->mu_slope,  n->mu2,
                                  n->mu2_slope,    n->gain,     n->theta,     n->bias,
                                  n->rest,         n->reset,    c->jitter};
    return words[port];
}

// One tick by the law on words given in the order of the ports.
static inline void port_step(const struct configuration *c, const int64_t word[PORTS],
                             int64_t out[OUTS])
{
    struct law_layer layer = layer_of(c);
    struct law_neuron n = {
        (int32_t)word[PORT_LAMBDA],   (int32_t)word[PORT_LAMBDA_SLOPE], (int32_t)word[PORT_MU],
        (int32_t)word[PORT_MU_SLOPE], (int32_t)word[PORT_THETA],        (int32_t)word[PORT_BIAS],
        (int32_t)word[PORT_MU2],      (int32_t)word[PORT_MU2_SLOPE],    (int32_t)word[PORT_GAIN],
        (int32_t)word[PORT_REST],     (int32_t)word[PORT_RESET]};
    struct law_state s = {(int32_t)word[PORT_V], (int32_t)word[PORT_U], (int32_t)word[PORT_U2],
                          (int32_t)word[PORT_R]};
    struct law_gathered acc = {word[PORT_ACC], word[PORT_ACC2], word[PORT_HEARD]};
    struct law_stages t = law_step_ref(&c->law, &layer, &n, &s, acc, (int)word[PORT_JITTER]);
    const int64_t values[OUTS] = {t.gather, t.current, t.leak,    t.integrate, t.clamp,
                                  t.fire,   t.reset,   t.refract, s.u,         s.u2};
    for (int i = 0; i < OUTS; i++)
        out[i] = values[i];
}

#endif
