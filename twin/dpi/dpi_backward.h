// Backward pass through the DPI chain: gradient of a loss on spikes with respect to the weights.
//
// Mirrors twin/dpi/dpi_float.h in name and loop shape: forward recorded what each tick did,
// backward reads it and differentiates membrane, feedback, after-hyperpolarisation and synapse.
// Which arithmetic made the record does not matter. The count of spikes, ceil(ln(Imem/Ispkthr)),
// has the surrogate derivative 1/Imem above threshold and 1/Imem/(1 + β|ln(Imem/Ispkthr)|)^2 below:
// a relative change of Imem counts, so that the gradient does not fade with the 12 e-folds between
// dark current and threshold. Equations: docs/dynapse2-training.md. Currents in pA.
#ifndef TWIN_DPI_DPI_BACKWARD_H
#define TWIN_DPI_DPI_BACKWARD_H

#include "twin/dpi/dpi_chips.h"
#include "twin/dpi/dpi_float.h"

struct dpi_backward_options {
    float slope; // β of the surrogate
    float back;  // share of the gradient that passes a neuron's spikes back: recurrence and AHP
    float off;   // share of the gradient that passes a synapse whose drive is floored at Io
};

// Constants of a neuron in 16 lanes; see struct dpi_float_neuron.
struct dpi_backward_neuron {
    float io[DPI_LANES], itau[DPI_LANES], igain[DPI_LANES]; // pA
    float step[DPI_LANES];                                  // 1/pA
    float power[DPI_LANES];
    float start[DPI_LANES]; // pA, Imem before the first tick
    float syn_decay[DPI_LANES];
    float drive[DPI_LANES]; // pA of a synapse's current for a unit of weight and an event
    float ahp_decay[DPI_LANES];
    float ahp_kick[DPI_LANES]; // pA
};

// dL/d of what goes from tick to tick.
struct dpi_backward_state {
    float gm[DPI_LANES];     // Imem at the start of the tick after
    float glog[DPI_LANES];   // ln Imem before the reset, through the feedback of the tick after
    float gisyn[DPI_LANES];  // decayed into the tick before
    float ggaba[DPI_LANES];  // the same
    float giahp[DPI_LANES];  //
    float gspike[DPI_LANES]; // by recurrence and AHP
    float gahead[DPI_LANES]; // by the layer behind
    float gsum[DPI_LANES];   // Σ w·x of this tick, over the weights that excite
    float gless[DPI_LANES];  // and over those that inhibit; with one synapse for both the same
};

// Whom a neuron's spikes reach where a population holds layers: neurons [from, to); those below `ahead`
// are of the layer behind it, and all of the gradient passes back from them, not options.back of it.
struct dpi_backward_span {
    int from, ahead, to;
};

struct dpi_backward {
    int n_in, n;
    bool recurrent;
    const struct dpi_backward_span *span; // (n) of a recurrent one; NULL: each neuron hears all
    int hears;                            // and neurons from this one on hear the inputs
    bool gaba, leak_once, fresh_vmem;     // as in struct dpi_law
    float lsb, log_lsb;                   // pA and e-folds of a word of the lanes' record
    struct dpi_backward_options options;
    struct dpi_backward_neuron *neuron; // (n)
    struct dpi_backward_state *state;   // (n)
    float *w;                           // (n_in + n if recurrent, n, DPI_LANES)
    float *gw;                          // (n_in + n if recurrent, n, DPI_LANES) dL/dw
    float *column;                      // (2, n_in, 2, DPI_LANES) w and gw of two neurons
    size_t n_w;                         // floats in w
    void *memory;
};

// What forward left behind: `real`, of twin/dpi/dpi_float.h, or what the lanes recorded.
struct dpi_backward_seen {
    const struct dpi_events *events;
    const struct dpi_record *real;         // (n_ticks, n)
    const struct dpi_lanes_record *record; // (n, n_ticks)
    const struct dpi_lanes_spikes *spikes; // (n_ticks, n)
    const struct dpi_lanes_spikes *before; // (n_ticks, n_in) the layer before, if there is one
};

int dpi_backward_init(struct dpi_backward *b, int n_in, int n, bool recurrent, struct fail *f);
void dpi_backward_fini(struct dpi_backward *b);

// Takes constants and weights of sixteen chips, `law` (NULL: compat) for its modes and formats, and
// sets gw to zero. dt: s, iscale: A, start_io: A, Imem before the first tick and the unit of the
// lanes' words.
void dpi_backward_load(struct dpi_backward *b, const struct dpi_chips *c, const struct dpi_law *law,
                       double dt, double iscale, double start_io);

// Adds to gw. gspike: dL/d spikes of each neuron, (n, DPI_LANES), the same in each tick, or with
// `each_tick` (n, n_ticks, DPI_LANES). gbefore: (n_in, n_ticks, DPI_LANES) dL/d spikes of the layer
// before, aligned to 64, only if there is one.
typedef void dpi_backward_kernel(struct dpi_backward *b, const struct dpi_backward_seen *seen,
                                 const float *gspike, bool each_tick, float *gbefore);
dpi_backward_kernel dpi_backward_run;

#endif
