// The DPI law in sixteen instances at once: the engine of training and yield.
//
// An instance is a chip with a sample; no lane hears another. The same words, bit for bit, as
// dpi_step of model/dpi.h on each of them (tests/test_dpi_lanes.c).
#ifndef MODEL_DPI_LANES_H
#define MODEL_DPI_LANES_H

#include "model/dpi.h"

#include <stddef.h>

enum { DPI_LANES = 16 };

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
    int64_t io[DPI_LANES], idc[DPI_LANES], itau[DPI_LANES], igain[DPI_LANES];
    int64_t floor[2][DPI_LANES], decay[2][DPI_LANES];
    int64_t jump[DPI_LANES], decay_ahp[DPI_LANES], alpha[DPI_LANES];
    int64_t gain[DPI_LANES], gain_tau[DPI_LANES];
    int64_t log_io[DPI_LANES], log_gain[DPI_LANES], theta[DPI_LANES], period[DPI_LANES];
};

struct dpi_lanes_state {
    int64_t isyn[DPI_LANES], gaba[DPI_LANES], iahp[DPI_LANES], imem[DPI_LANES];
    int64_t vmem[DPI_LANES], timer[DPI_LANES], z[DPI_LANES];
};

// What a tick of a neuron was, for the backward pass.
struct dpi_lanes_record {
    int32_t imem[DPI_LANES];   // current, read as unsigned: stage integrate
    int32_t ifb[DPI_LANES];    // current, read as unsigned: stage feedback
    int32_t iin[DPI_LANES];    // current, read as unsigned: stage input
    int32_t iahp[DPI_LANES];   // current, read as unsigned: stage adapt
    int32_t above[DPI_LANES];  // log: voltage - theta
    int32_t spikes[DPI_LANES]; //
    int32_t driven[DPI_LANES]; // bit 0: the events of the tick gave more than the floor; bit 1: so
                               // did those of the GABA dendrite
};

// A layer: neurons that hear `n_in` channels (or the layer before) and, if recurrent, their own
// spikes of the tick before. Plain data in the caller's memory.
struct dpi_lanes {
    struct dpi_law law;
    enum { DPI_ANY_LAW, DPI_COMPAT_LAW, DPI_SILICON_LAW } body; // the formats known when compiled
    int n_in, n;                                                // inputs, neurons
    int used; // lanes that are run, from lane 0 on: DPI_LANES unless the caller says fewer
    bool recurrent;
    int64_t log2[DPI_TABLE], exp2[DPI_TABLE]; // entry, and its rise to the next times 2^32
    int32_t efold;                            // log
    struct dpi_lanes_neuron *neuron;          // (n)
    struct dpi_lanes_state *state;            // (n)
    int64_t *w;                               // (n_in + n if recurrent, n, DPI_LANES) weight format
    int64_t *sum; // (2, n, DPI_LANES) what was gathered: excite, inhibit
};

// NULL if the lanes can run this law without losing a bit, else what is too wide for them.
const char *dpi_lanes_check(const struct dpi_law *law);

// Bytes behind `memory`, which is to be aligned to 64.
size_t dpi_lanes_size(int n_in, int n, bool recurrent);
void dpi_lanes_init(struct dpi_lanes *d, const struct dpi_law *law, const struct dpi_tables *t,
                    int n_in, int n, bool recurrent, void *memory);

void dpi_lanes_load(struct dpi_lanes *d, int i, int lane, const struct dpi_neuron *words);

static inline int64_t *dpi_lanes_weight(struct dpi_lanes *d, int row, int i, int lane)
{
    return &d->w[(size_t)(row * d->n + i) * DPI_LANES + (size_t)lane];
}

// The state in which runs begin.
void dpi_lanes_rest(struct dpi_lanes *d);

// One tick; input is a tick's events, or `before`: (n_in) records of the layer before. record: (n),
// may be NULL.
void dpi_lanes_tick(struct dpi_lanes *d, const struct dpi_event *e, int n_events,
                    const struct dpi_lanes_record *before, struct dpi_lanes_record *record);

#endif
