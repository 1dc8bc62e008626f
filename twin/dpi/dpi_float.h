// The DPI law in double precision, Rockpool's DynapSim 3.1.0 step for step: the parity check.
//
// Not a second arithmetic of the twin: training and yield run the integers of model/dpi/dpi.h; this
// says how far those are from the reference and stands in its column of the tables. Equations:
// docs/dynapse2-training.md. Sixteen instances (a chip with a sample) go side by side in lanes; no
// lane hears another. Every instruction set gives the same bits.
#ifndef TWIN_DPI_DPI_FLOAT_H
#define TWIN_DPI_DPI_FLOAT_H

#include "model/dpi/dpi_lanes.h"
#include "twin/chip/dpi_circuit.h"
#include "base/fail.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What follows from a circuit and dt; one neuron, 16 lanes. Currents in A.
struct dpi_float_neuron {
    double io[DPI_LANES];        // Io
    double syn_decay[DPI_LANES]; // e^(−dt/τ_syn)
    double syn_kick[DPI_LANES];  // 1 − e^(−t_pulse/τ_syn)
    double syn_gain[DPI_LANES];  // Igain_syn/Itau_syn
    double ahp_decay[DPI_LANES]; // e^(−dt/τ_ahp)
    double ahp_kick[DPI_LANES];  // (1 − e^(−t_pulse_ahp/τ_ahp))·(Igain_ahp/Itau_ahp)·Iw_ahp
    double itau[DPI_LANES];      // Itau_mem
    double igain[DPI_LANES];     // Igain_mem
    double idc[DPI_LANES];       // Idc
    double power[DPI_LANES];     // κ/(κ + 1)
    double ln_thr[DPI_LANES];    // ln(Ispkthr/Io)
    double step[DPI_LANES];      // dt/(τ_mem·I) = dt·κ/(Ut·C_mem), 1/A
    double t_ref[DPI_LANES];     // s
};

struct dpi_float_state {
    double isyn[DPI_LANES];   // A
    double iahp[DPI_LANES];   // A
    double imem[DPI_LANES];   // A, after the reset
    double lmem[DPI_LANES];   // ln(Imem/Io) before the reset: Vmem·κ/Ut
    double timer[DPI_LANES];  // s
    double spikes[DPI_LANES]; // count
};

// What backward reads of one neuron and tick; currents in pA.
struct dpi_record {
    float imem[DPI_LANES];  // before the reset
    float ifb[DPI_LANES];   // positive feedback
    float iin[DPI_LANES];   // input to the membrane; Io where it was blocked or floored
    float iahp[DPI_LANES];  //
    float above[DPI_LANES]; // ln(Imem/Ispkthr)
    float spikes[DPI_LANES];
    float driven[DPI_LANES];    // 1: the tick's events gave a synapse more than its floor, else 0
    float inhibited[DPI_LANES]; // the same of the GABA dendrite; 0 without one
};

// A layer in 16 lanes: neurons that hear `n_in` channels and, if recurrent, their own last spikes.
struct dpi_float {
    int n_in, n; // inputs, neurons
    bool recurrent;
    double dt;                       // s
    double iscale;                   // A a unit weight
    struct dpi_float_neuron *neuron; // (n)
    struct dpi_float_state *state;   // (n)
    double *w;                       // (n_in + n if recurrent, n, DPI_LANES) weights
    double *sum;                     // (n, DPI_LANES) Σ w·x of the tick
    void *memory;
};

int dpi_float_init(struct dpi_float *d, int n_in, int n, bool recurrent, struct fail *f);
void dpi_float_fini(struct dpi_float *d);

// Sets dt and iscale before. The circuit of neuron i in one lane.
typedef void dpi_float_circuit_kernel(struct dpi_float *d, int i, int lane,
                                      const struct dpi_circuit *c);
dpi_float_circuit_kernel dpi_float_circuit;

static inline double *dpi_float_weight(struct dpi_float *d, int row, int i, int lane)
{
    return &d->w[(size_t)(row * d->n + i) * DPI_LANES + (size_t)lane];
}

// State before the first tick: `io` (the nominal dark current, also on a chip that varies) for the
// three currents, nothing else.
void dpi_float_start(struct dpi_float *d, double io);

// One tick; input is a tick's events, or (n_in, DPI_LANES) spikes of the layer before. record: (n),
// may be NULL.
typedef void dpi_float_tick_kernel(struct dpi_float *d, const struct dpi_event *e, int n_events,
                                   const struct dpi_record *before, struct dpi_record *record);
dpi_float_tick_kernel dpi_float_tick;

// From the start on through all events; counts: (n, DPI_LANES) spikes of each neuron; record:
// (n_ticks, n), may be NULL.
void dpi_float_run(struct dpi_float *d, const struct dpi_events *events,
                   const struct dpi_record *before, struct dpi_record *record, float *counts);

#endif
