// The DPI law: what one neuron of a DYNAP-SE2 does in one tick, stage by stage, in integers.
//
// Must agree with rtl/stw_dpi_neuron.sv stage for stage; the names of the stages are the names of
// the intermediates here, in the RTL and in every divergence report. Equations, their sources and
// how the words come from a circuit: docs/dynapse2.md.
//
// All currents are unsigned words of one format whose LSB is 2^-frac of the chip's nominal dark
// current Io. Voltages are logarithms to base 2 of a current. F, D, L, G, R are the fraction bits
// of current, factor, log, gain, rate; rne rounds to nearest, ties to even; every word that is
// written in a format saturates to it.
//
//   stage      formula                                                              format
//   gather     e = sum of w·x; with a GABA dendrite e of w > 0, i of -w for w < 0   weight, exact
//   synapse    isyn' = rne(isyn·decay / 2^D) + max(e·2^(F - frac(weight)), floor)   current
//   inhibit    gaba' = the same of i with its own words; 0 without a GABA dendrite  current
//   adapt      iahp' = max(rne(iahp·decay_ahp / 2^D) + jump·z, io)                  current
//   leak       ileak = itau + iahp'                                                 current
//   input      iin = max(isyn' - gaba' - ileak + idc, io); io while refractory;     current
//              leak_once: ileak is not subtracted here
//   feedback   ifb = exp2(max(log_io + rne(alpha·vmem / 2^D), 0))                   current
//   divide     h = imem·igain / (imem + igain)                                      current
//                = rne(imem·exp2(min(log_gain - log2(imem + igain), 0)))
//   slope      q = rne(ileak·gain_tau / 2^F)                                        gain
//   drive      a = rne(iin·q / 2^(F + G - R))                                       rate
//   relax      r = rne((ifb·gain - ileak·q) / 2^(F + G - R))                        rate
//   integrate  c = max(imem + rne((h·a + imem·r) / 2^R), io)                        current
//   voltage    v = log2(c) - log_io                                                 log
//   fire       z' = how many of theta, theta + efold, theta + 2·efold, ... are      8
//              below v, at most max_spikes
//   reset      imem' = z' ? io : c; vmem' = z' and fresh_vmem ? 0 : v               current, log
//   refract    timer' = z' ? period : max(timer - 1, 0)                             16
//
// log2 and exp2 take the whole part from the leading one and the rest from a table of the image,
// between whose entries they go straight.
#ifndef MODEL_DPI_DPI_H
#define MODEL_DPI_DPI_H

#include "model/fx.h"
#include "model/law_format.h"

#include <stdbool.h>

// Everything about the arithmetic. `compat` is Rockpool's DynapSim (gaba, leak_once and fresh_vmem
// false); `silicon` has all three.
struct dpi_law {
    bool gaba;       // inhibition has a DPI of its own; else it acts in its own tick only
    bool leak_once;  // the leak is subtracted once; else twice
    bool fresh_vmem; // after a spike the feedback starts anew; else it is that of the spike
    struct law_format current; // UQ, <= 48 bits
    struct law_format weight;  // Q,  <= 32 bits, frac <= frac(current)
    uint8_t factor_frac;       // UQ0.n, 8..31: decays and alpha
    uint8_t log_frac;          // Q7.n, 8..24: logarithms, and the entries of the tables
    uint8_t table_bits;        // a table has 2^n + 1 entries; 2..12, < log_frac
    struct law_format gain;    // UQ, <= 40 bits
    struct law_format rate;    // Q,  <= 56 bits, frac <= frac(current) + frac(gain)
    uint8_t max_spikes;        // of a neuron in a tick, 1..63
};

// Formats for training and yield: 32-bit currents to 2.1 µA (Io = 0.5 pA), no product over 62 bits.
// How far they are from real numbers: docs/dynapse2.md, Formats.
#define DPI_FORMATS                                                                                \
    .current = {22, 10}, .weight = {22, 10}, .factor_frac = 24, .log_frac = 20, .table_bits = 8,   \
    .gain = {4, 26}, .rate = {14, 16}, .max_spikes = 15
extern const struct dpi_law dpi_compat, dpi_silicon;

enum { DPI_MAX_TABLE_BITS = 12, DPI_TABLE = 4097 }; // 2^12 + 1

// Tables of a chip: 2^table_bits + 1 entries each, and the voltage of an e-fold.
struct dpi_tables {
    int32_t log2[DPI_TABLE]; // log2(1 + i/2^table_bits), log
    int32_t exp2[DPI_TABLE]; // 2^(i/2^table_bits), log
    int32_t efold;           // log2(e), log
};

// The words of one neuron: all that mismatch varies. [0] AMPA, or the one synapse; [1] GABA.
struct dpi_neuron {
    int64_t io;        // current, >= 1: dark current, and floor of iahp, iin and imem
    int64_t idc;       // current: constant input
    int64_t itau;      // current: leak of the membrane
    int64_t igain;     // current: gain of the membrane
    int64_t floor[2];  // current: what a synapse gets in a tick without events
    int64_t jump;      // current: what a spike adds to the AHP
    int32_t decay[2];  // factor: of a synapse
    int32_t decay_ahp; // factor
    int32_t alpha;     // factor: exponent of the feedback, κ / (κ + 1)
    int64_t gain;      // gain: what one Io of feedback adds to ln imem in a tick
    int64_t gain_tau;  // gain: the same times Io / itau
    int32_t log_io;    // log: of io in LSB of current
    int32_t log_gain;  // log: of igain in LSB of current
    int32_t theta;     // log: spiking threshold over io
    int32_t period;    // ticks of refractory period, 0..65535
};

// State words of one neuron, between ticks.
struct dpi_state {
    int64_t isyn;  // current
    int64_t gaba;  // current; 0 without a GABA dendrite
    int64_t iahp;  // current
    int64_t imem;  // current
    int32_t vmem;  // log: log2(imem / io), or that of before the reset
    int32_t timer; // refractory ticks left
    int32_t z;     // spikes of the tick before
};

enum { DPI_STATE_WORDS = 7 };

// What a neuron gathered, exact sums in LSB of weight. excite has the sign without a GABA dendrite.
struct dpi_gathered {
    int64_t excite;
    int64_t inhibit; // >= 0
};

// Every intermediate of one tick, under its stage's name.
struct dpi_stages {
    int64_t gather;    // e - i, weight
    int64_t synapse;   // isyn', current
    int64_t inhibit;   // gaba', current
    int64_t adapt;     // iahp', current
    int64_t leak;      // ileak, current
    int64_t input;     // iin, current
    int64_t feedback;  // ifb, current
    int64_t divide;    // h, current
    int64_t slope;     // q, gain
    int64_t drive;     // a, rate
    int64_t relax;     // r, rate
    int64_t integrate; // c, current
    int64_t voltage;   // v, log
    int64_t fire;      // z'
    int64_t reset;     // imem', current
    int64_t refract;   // timer'
};

enum { DPI_STAGES = 16 };

// NULL if the law keeps every rule of the comments above; else what is wrong with it.
const char *dpi_law_check(const struct dpi_law *law);

// Largest word of the current's format.
static inline int64_t dpi_current_max(const struct dpi_law *law)
{
    return fx_umax(law_bits(law->current));
}

// One event more into what a neuron gathers: x times weight w.
static inline void dpi_gather(const struct dpi_law *law, struct dpi_gathered *g, int32_t w,
                              int32_t x)
{
    int64_t product = (int64_t)w * x;
    if (law->gaba && w < 0)
        g->inhibit -= product;
    else
        g->excite += product;
}

// log2(x) in log format. Domain: 1 <= x < 2^49.
int32_t dpi_log2(const struct dpi_law *law, const struct dpi_tables *t, int64_t x);

// 2^(p / 2^L) = mantissa / 2^L · 2^exponent, mantissa of 1.0 .. 2.0 in log format.
struct dpi_power {
    int32_t mantissa;
    int32_t exponent;
};
struct dpi_power dpi_exp2(const struct dpi_law *law, const struct dpi_tables *t, int64_t p);

// State in which a run begins. compat: every current is the nominal Io, on every chip; else (with
// fresh_vmem) the neuron's own.
struct dpi_state dpi_rest(const struct dpi_law *law, const struct dpi_neuron *n);

// One tick of one neuron: the obvious reference, the law read out loud. Updates *state.
struct dpi_stages dpi_step(const struct dpi_law *law, const struct dpi_tables *t,
                           const struct dpi_neuron *n, struct dpi_state *state,
                           struct dpi_gathered in);

#endif
