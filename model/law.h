// The law: what one neuron does in one tick, stage by stage.
//
// Must agree with rtl/stw_neuron.sv stage for stage; the names of the stages are the names of the
// intermediates here, in the RTL and in every divergence report. Equations: docs/numerics.md.
//
//   stage      formula                                                         width
//   gather     acc = sum over events of w[n,i]·x[i] (recurrent: x = 1)         exact
//   current    i = round(acc / 2^align); with a current state:
//              u' = clamp(u − decay(u) + i), i = u'                            wide / current
//   leak       λ_t = clamp(λ + rne(δ·j / 2^15)); l = leak(v) of the kind       wide
//   integrate  s = v − l + i + bias      (i = bias = 0 while refractory)       wide
//   clamp      c = saturate or wrap s to the membrane format, then floor at 0
//   fire       z = c >= θ (or >), never while refractory                       1
//   reset      v' = z ? (0 or clamp(c − θ)) : c                                membrane
//   refract    r' = z ? period : max(r − 1, 0)                                 8
//
// With `integrate_first` the leak acts on what was integrated: l = leak(v + i + bias).
#ifndef MODEL_LAW_H
#define MODEL_LAW_H

#include "model/fx.h"

#include <stdbool.h>

// Qm.n has m + n bits with the sign among the m; UQm.n is unsigned. One LSB is 2^-frac.
struct law_format {
    int8_t int_bits;
    int8_t frac_bits;
};

static inline int law_bits(struct law_format f)
{
    return f.int_bits + f.frac_bits;
}

enum law_leak {
    LAW_LEAK_NONE,        // l = 0
    LAW_LEAK_EXPONENTIAL, // l = round(v·λ_t / 2^frac(leak))
    LAW_LEAK_SHIFT,       // l = round(v / 2^λ), λ a small count of bits; jitter cannot act
    LAW_LEAK_LINEAR       // l = the part of v that a constant current λ_t takes; stops at 0
};

// Everything that a chip file says about the arithmetic. Same for all layers of a chip.
struct law {
    struct law_format input;     // UQ, of the words that enter the first layer; <= 8 bits
    struct law_format weight;    // Q,  <= 16 bits
    struct law_format membrane;  // Q,  <= 24 bits; also of θ and bias
    struct law_format current;   // Q,  <= 24 bits, frac = membrane frac; only with has_current
    struct law_format leak;      // UQ, <= 16 bits, of λ, δ, μ, δμ where they are factors
    enum fx_round round_current; // of the alignment of acc
    enum fx_round round_decay;   // of the synaptic decay's product
    enum fx_round round_leak;    // of the membrane leak's product
    enum law_leak leak_kind;
    enum law_leak decay_kind; // only with has_current
    bool has_current;         // the synapse has a state u of its own
    bool wrap;                // clamp wraps instead of saturating
    bool floor_zero;          // membrane is never negative
    bool fire_gt;             // fires on c > θ instead of c >= θ
    bool reset_subtract;      // reset by subtraction of θ instead of to zero
    bool integrate_first;     // leak after integration instead of before
    uint8_t refractory_ticks; // 0..255
};

// The words that belong to one neuron: what mismatch varies. Formats as in the law.
struct law_neuron {
    int32_t lambda;       // leak, UQ leak format (linear: membrane LSB a tick; shift: bits)
    int32_t lambda_slope; // δ, change of λ per whole tick of jitter, same format; 0 = unmoved
    int32_t mu;           // the same pair for the decay of the synaptic current
    int32_t mu_slope;
    int32_t theta; // θ, membrane format
    int32_t bias;  // membrane format, added each tick
};

// State words of one neuron, between ticks.
struct law_state {
    int32_t v; // membrane, membrane format
    int32_t u; // synaptic current, current format; 0 without has_current
    int32_t r; // refractory ticks left
};

// Every intermediate of one tick, under its stage's name.
struct law_stages {
    int64_t gather;    // acc, frac = weight frac + input frac
    int64_t current;   // i, frac = membrane frac
    int64_t leak;      // l
    int64_t integrate; // s
    int32_t clamp;     // c
    int32_t fire;      // z, 0 or 1
    int32_t reset;     // v', the next v
    int32_t refract;   // r', the next r
};

enum { LAW_STAGES = 8 };
extern const char *const law_stage_names[LAW_STAGES];

// Value of one stage by its place in law_stage_names.
int64_t law_stage(const struct law_stages *s, int stage);

// NULL if the law keeps every rule of the comments above; else what is wrong with it.
const char *law_check(const struct law *law);

// Bits that acc is shifted right by to line up with the membrane: weight frac + input_frac −
// membrane frac. Negative: shifted left, exactly.
int law_align(const struct law *law, int input_frac);

// One tick of one neuron: the obvious reference, the law read out loud. `acc` is the gathered sum,
// `align` from law_align, `jitter` the tick's word (Q1.15, fraction of a tick). Updates *state.
struct law_stages law_step_ref(const struct law *law, const struct law_neuron *n,
                               struct law_state *state, int64_t acc, int align, int jitter);

#endif
