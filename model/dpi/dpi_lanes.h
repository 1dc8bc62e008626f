// The DPI law in sixteen instances at once: the engine of training and yield.
//
// An instance is a chip with a sample; no lane hears another. The same words, bit for bit, as
// dpi_step of model/dpi/dpi.h on each of them (tests/unit/twin/dpi/test_dpi_lanes.c).
#ifndef MODEL_DPI_DPI_LANES_H
#define MODEL_DPI_DPI_LANES_H

#include "model/dpi/dpi.h"

#include <stddef.h>

enum { DPI_LANES = 16, DPI_PACKED = 256 };

// One input event of a layer: `channel` spikes once in the lanes of the mask. More than one spike:
// as many events.
struct dpi_event {
    uint16_t channel;
    uint16_t lanes;
};

struct dpi_events {
    int n_ticks;
    const int *start; // (n_ticks + 1) first event of each tick
    const struct dpi_event *event;
};

// The words of struct dpi_neuron and struct dpi_state, in lanes.
struct dpi_lanes_neuron {
    uint32_t io[DPI_LANES], idc[DPI_LANES], itau[DPI_LANES], igain[DPI_LANES];
    uint32_t floor[2][DPI_LANES], decay[2][DPI_LANES];
    uint32_t jump[DPI_LANES], decay_ahp[DPI_LANES], alpha[DPI_LANES];
    uint32_t gain[DPI_LANES], gain_tau[DPI_LANES];
    int32_t log_io[DPI_LANES], log_gain[DPI_LANES], theta[DPI_LANES], period[DPI_LANES];
};

struct dpi_lanes_state {
    uint32_t isyn[DPI_LANES], gaba[DPI_LANES], iahp[DPI_LANES], imem[DPI_LANES];
    int32_t vmem[DPI_LANES], timer[DPI_LANES], z[DPI_LANES];
};

// What a tick of a neuron was, for the layer after it and for the backward pass.
struct dpi_lanes_spikes {
    uint8_t z[DPI_LANES]; // spikes of the tick
    uint16_t driven;      // lanes whose events of the tick gave more than the floor
    uint16_t inhibited;   // the same of the GABA dendrite
};

struct dpi_lanes_record {
    uint32_t imem[DPI_LANES]; // current: stage integrate
    uint32_t ifb[DPI_LANES];  // current: stage feedback
    uint32_t iin[DPI_LANES];  // current: stage input
    uint32_t iahp[DPI_LANES]; // current: stage adapt
    int32_t above[DPI_LANES]; // log: voltage - theta
};

// A layer: neurons that hear `n_in` channels (or the layer before) and, if recurrent, their own
// spikes of the tick before. Plain data in the caller's memory.
struct dpi_lanes {
    struct dpi_law law;
    enum { DPI_ANY_LAW, DPI_COMPAT_LAW, DPI_SILICON_LAW } body; // the formats known when compiled
    int n_in, n;                                                // inputs, neurons
    bool recurrent;
    uint32_t log2[DPI_TABLE], exp2[DPI_TABLE]; // of struct dpi_tables
    uint32_t *packed[2];                       // (DPI_PACKED) log2, exp2: see dpi_lanes_init
    uint32_t least[2];                         // smallest rise in a packed table
    uint32_t efold;                            // log
    struct dpi_lanes_neuron *neuron;           // (n)
    struct dpi_lanes_state *state;             // (n)
    int32_t *w;                                // (n, n_in + n if recurrent, DPI_LANES) weight
    uint8_t *own;                              // (n, DPI_LANES) spikes of the tick before
};

// What goes into a run and comes out of it. Arrays that are not wanted are NULL.
struct dpi_lanes_run {
    int n_ticks;
    const struct dpi_events *events;       // of n_in channels; or
    const struct dpi_lanes_spikes *before; // (n_ticks, n_in) the layer before
    struct dpi_lanes_spikes *spikes;       // (n_ticks, n)
    struct dpi_lanes_record *record;       // (n, n_ticks)
    int32_t *count;                        // (n, DPI_LANES) spikes of the run are added
};

// NULL if the lanes can run this law without losing a bit, else what is too wide for them.
const char *dpi_lanes_check(const struct dpi_law *law);

// Bytes behind `memory`, which is to be aligned to 64: a multiple of 64.
size_t dpi_lanes_size(int n_in, int n, bool recurrent);
void dpi_lanes_init(struct dpi_lanes *d, const struct dpi_law *law, const struct dpi_tables *t,
                    int n_in, int n, bool recurrent, void *memory);

// The words, or the state, of neuron i in one lane.
void dpi_lanes_load(struct dpi_lanes *d, int i, int lane, const struct dpi_neuron *words);
void dpi_lanes_load_state(struct dpi_lanes *d, int i, int lane, const struct dpi_state *words);

// Turns bits of a weight (of source `row`) or of a state word but z over in all lanes of neuron i, within
// the word's format. word: enum dpi_word.
void dpi_lanes_flip(struct dpi_lanes *d, int i, int word, int row, int32_t bits);

static inline int dpi_lanes_rows(const struct dpi_lanes *d)
{
    return d->n_in + (d->recurrent ? d->n : 0);
}

static inline int32_t *dpi_lanes_weight(struct dpi_lanes *d, int row, int i, int lane)
{
    return &d->w[(size_t)(i * dpi_lanes_rows(d) + row) * DPI_LANES + (size_t)lane];
}

// The state in which runs begin.
void dpi_lanes_rest(struct dpi_lanes *d);

// Ticks from the state as it is: after dpi_lanes_rest a whole run, else carried on.
typedef void dpi_lanes_kernel(struct dpi_lanes *d, const struct dpi_lanes_run *run);
dpi_lanes_kernel dpi_lanes_run;

#endif
