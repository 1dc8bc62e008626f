// The law: what one neuron does in one tick, stage by stage.
//
// Must agree with rtl/stw_neuron.sv stage for stage; the names of the stages are the names of the
// intermediates here, in the RTL and in every divergence report. Equations: docs/numerics.md.
//
//   stage      formula                                                         width
//   gather     acc = sum over sources of w[n,i]·x[i], one sum a synapse        exact
//   current    i = round(acc·γ / 2^align); with synaptic currents, for each:
//              u' = clamp(u − decay(u) + i); then i = the sum of the u'        wide / current
//   leak       λ_t = clamp(λ + rne(δ·j / 2^15)); l = leak(v − rest), in the    wide
//              ticks in which the law leaks, else 0
//   integrate  s = v − l + i + bias      (i = bias = 0 while refractory)       wide
//   clamp      c = saturate or wrap s to the membrane format, then floor at 0  membrane
//   fire       z = how often θ fits into c, at most max_spikes (θ <= 0, once   6
//              reached, fits always); 0 while refractory. With max_spikes = 1:
//              z = c >= θ (or >)
//   reset      v' = z ? (the reset word or clamp(c − z·θ)) : c                 membrane
//   refract    r' = z ? period : max(r − 1, 0)                                 8
//
// clamp of u' and c saturates or wraps as the law says; λ_t always saturates. Synapses go on while
// refractory: only what reaches the membrane is dropped. The reset word is taken as it is.
//
// Variants, each a choice of the chip:
//   integrate_first   the leak acts on what was integrated: l = leak(v + i + bias − rest)
//   decay_last        the decay acts on what was gathered: s = clamp(u + i),
//                     u' = clamp(s − decay(s))
//   saturate_each     acc begins at u and is held to the current's format after every source, in
//                     the order of the rows; with decay_last, whose s it is
//   saturate_increment  what v moves by is held to the membrane's format before it is added:
//                     s = v + clamp(clamp(i − l) + bias)
//   symmetric         what saturates is held to −max .. max: a format's lowest word is not reached
//   fire_before       z = how often θ fits into v of the tick before, not into c; c is what is reset
//   wrap, floor_zero  together: a membrane without a sign that wraps, c = s modulo 2^(bits − 1)
//   refractory_hold   while refractory all of v − rest leaks: v stays at rest
//   leak_when         the membrane leaks in ticks in which one of the neuron's sources is active
//                     alone, or in those in which none is; a source of weight 0 is active as well
#ifndef MODEL_LIF_LAW_H
#define MODEL_LIF_LAW_H

#include "model/fx.h"
#include "model/law_format.h"

#include <stdbool.h>

enum law_leak {
    LAW_LEAK_NONE,        // l = 0
    LAW_LEAK_EXPONENTIAL, // l = round(v·λ_t / 2^frac(leak))
    LAW_LEAK_SHIFT,       // l = round(v / 2^λ), λ a small count of bits; jitter cannot act
    LAW_LEAK_LINEAR,      // l = the part of v that a constant current λ_t takes; stops at 0
    LAW_LEAK_SHIFT_MOVES, // as shift, but at least 1 while v is positive
    LAW_LEAK_TWO_SHIFTS,  // l = round(v / 2^a) + round(v / 2^b), λ = a + 32·b: each rounded alone
    LAW_LEAKS
};

extern const char *const law_leak_names[LAW_LEAKS]; // as in chip files

// In which ticks the membrane leaks.
enum law_when {
    LAW_EVERY_TICK,
    LAW_WHEN_EVENT,    // a source is active, of the inputs or of the layer's own
    LAW_WHEN_NO_INPUT, // none is
    LAW_WHENS
};

extern const char *const law_when_names[LAW_WHENS]; // as in chip files

static inline bool law_leak_shifts(enum law_leak kind)
{
    return kind == LAW_LEAK_SHIFT || kind == LAW_LEAK_SHIFT_MOVES || kind == LAW_LEAK_TWO_SHIFTS;
}

enum { LAW_SHIFT_BITS = 5 }; // of a count

// Bits of the word of a leak that shifts: a count, or two.
static inline int law_shift_bits(enum law_leak kind)
{
    return kind == LAW_LEAK_TWO_SHIFTS ? 2 * LAW_SHIFT_BITS : LAW_SHIFT_BITS;
}

enum { LAW_MAX_CURRENTS = 2 };

// Everything that a chip file says about the arithmetic. Same for all layers of a chip.
struct law {
    struct law_format input;     // UQ, of the words that enter the first layer; <= 8 bits.
                                 // With input_signed Q, <= 32 bits
    struct law_format weight;    // Q,  <= 16 bits
    struct law_format membrane;  // Q,  <= 32 bits; also of θ, bias, rest and reset
    struct law_format current;   // Q,  <= 32 bits, frac = membrane frac; only with currents
    struct law_format leak;      // UQ, <= 16 bits, of λ, δ, μ, δμ where they are factors. With
                                 // leak_signed Q, <= 32 bits
    struct law_format gain;      // Q,  <= 32 bits, of γ; only with has_gain
    enum fx_round round_current; // of the alignment of acc
    enum fx_round round_decay;   // of the synaptic decay's product
    enum fx_round round_leak;    // of the membrane leak's product
    enum law_leak leak_kind;
    enum law_when leak_when;
    enum law_leak decay_kind; // only with currents
    uint8_t currents;         // synapses with a current state of their own: 0, 1 or 2
    bool input_signed;
    bool leak_signed;
    bool has_gain;           // acc is multiplied by the neuron's word γ
    bool has_rest;           // the neuron's words rest and reset are used, else both are 0
    bool decay_last;         // synaptic decay after gathering instead of before
    bool saturate_each;      // acc is held to the current's format after every source
    bool saturate_increment; // i − l + bias is held to the membrane's format, then added to v
    bool symmetric;          // saturates to −max .. max: the lowest word of a format is left out
    bool wrap;               // clamp wraps instead of saturating
    bool floor_zero;      // membrane is never negative; with wrap its low bits − 1 bits are left
    bool fire_gt;         // fires on c > θ instead of c >= θ
    bool fire_before;     // θ is compared with v of the tick before instead of with c
    bool reset_subtract;  // reset by subtraction of θ instead of to the reset word
    bool integrate_first; // leak after integration instead of before
    bool refractory_hold; // v stays at rest while refractory
    uint8_t refractory_ticks; // 0..255
};

// The words that belong to one neuron: what mismatch varies. Formats as in the law.
struct law_neuron {
    int32_t lambda; // leak, leak format (linear: membrane LSB a tick; shift: 0..31 bits, or two)
    int32_t
        lambda_slope; // δ, change of λ per whole tick of jitter, UQ, 16 bits, LSB of λ; 0 = unmoved
    int32_t mu;       // the same pair for the decay of the synaptic current
    int32_t mu_slope;
    int32_t theta; // θ, membrane format
    int32_t bias;  // membrane format, added each tick
    int32_t mu2;   // the decay of the second synapse
    int32_t mu2_slope;
    int32_t gain;  // γ, gain format
    int32_t rest;  // membrane format: where v leaks to, and begins
    int32_t reset; // membrane format: where v goes after a spike
};

// State words of one neuron, between ticks.
struct law_state {
    int32_t v;  // membrane, membrane format
    int32_t u;  // synaptic current, current format; 0 without currents
    int32_t u2; // of the second synapse
    int32_t r;  // refractory ticks left
};

// What a neuron gathered: one exact sum a synapse. Second: 0 unless the law has two currents.
struct law_gathered {
    int64_t acc;
    int64_t acc2;
    bool heard; // a source was active; only with leak_when
};

// What a layer has besides the law.
struct law_layer {
    int align;      // law_align of the layer's input
    int max_spikes; // of a neuron in a tick: 2^n − 1, at most LAW_MAX_SPIKES
};

// Every intermediate of one tick, under its stage's name.
struct law_stages {
    int64_t gather;    // acc, frac = weight frac + input frac
    int64_t current;   // i, frac = membrane frac
    int64_t leak;      // l
    int64_t integrate; // s
    int32_t clamp;     // c
    int32_t fire;      // z, spikes of the tick
    int32_t reset;     // v', the next v
    int32_t refract;   // r', the next r
};

enum { LAW_STAGES = 8 };

// NULL if the law keeps every rule of the comments above; else what is wrong with it.
const char *law_check(const struct law *law);

// Bits that acc is shifted right by to line up with the membrane: weight frac + input_frac + gain
// frac − membrane frac. Negative: shifted left, exactly.
int law_align(const struct law *law, int input_frac);

// Smallest and largest word of the law's leak factors.
int64_t law_leak_min(const struct law *law);
int64_t law_leak_max(const struct law *law);

// The lowest word that saturation leaves of a signed format.
int64_t law_lowest(const struct law *law, struct law_format format);

// The first thing of a law that is beyond plain leaky integrate-and-fire with at most one synaptic
// current, by name; NULL if there is none. What is made for plain laws asks it: the lanes of many clips
// (model/lif/many.h), the kernel's own instance, the short way back of twin/lif/backward.h.
const char *law_beyond(const struct law *law);

// What leaks from x in one tick, for a factor of `frac` fraction bits (or constant current, or shift) that is
// already jittered.
int64_t law_leaked(enum law_leak kind, int64_t x, int64_t lambda, int frac, enum fx_round round);

// One more source into the running sum of a synapse: acc + w·x, held to the current's format with
// saturate_each.
int64_t law_gather(const struct law *law, int64_t acc, int32_t w, int32_t x);

// Whether the membrane leaks in a tick in which a source was active, or none was.
bool law_leaks(const struct law *law, bool heard);

// One tick of one neuron: the obvious reference, the law read out loud. `jitter` is the tick's word
// (Q1.15, fraction of a tick). Updates *state.
struct law_stages law_step_ref(const struct law *law, const struct law_layer *layer,
                               const struct law_neuron *n, struct law_state *state,
                               struct law_gathered acc, int jitter);

#endif
