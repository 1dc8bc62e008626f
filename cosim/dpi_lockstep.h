// Lockstep under the DPI law: RTL and golden model side by side, every word of every neuron and
// tick.
//
// The model runs first; then the DUT goes tick by tick and its commits are compared: all stages,
// and the state after. Nothing that the DUT says enters the model.
#ifndef COSIM_DPI_LOCKSTEP_H
#define COSIM_DPI_LOCKSTEP_H

#include "cosim/dpi_dut.h"

#include <stdio.h>

struct dpi_divergence {
    int tick, neuron;
    const char *what; // the stage's name, or a state word's with "after"
    int64_t expected, got;
    bool root;         // this neuron's state before was the model's; else it is inherited
    int spikes_before; // of the neuron in the tick before, for the reader
    struct dpi_stages model, dut;
};

struct dpi_lockstep_result {
    int64_t ticks, cycles;
    int64_t words, words_differ;   // state words: 7 a neuron and tick, 6 without a GABA dendrite
    int64_t stages, stages_differ; // all DPI_STAGES
    int64_t fired;                 // spikes of the model
    struct dpi_divergence first;   // valid if words_differ + stages_differ > 0
};

// Runs a stimulus through all layers of the model, and layer `layer` of it through the DUT, which
// dpi_dut_load has given the words; adds to *r (zeroed by the caller before the first). start:
// (neurons of all layers), NULL for dpi_image_rest. dut_after: (n_ticks, n_out), what the DUT's
// state was; or NULL. 0 same, 1 differs, -1 could not run, with a message.
int dpi_lockstep_run(struct dpi_dut_handle *h, const struct dpi_image *im, int layer,
                     const struct dpi_stimulus *s, const struct dpi_state *start,
                     struct dpi_state *dut_after, struct dpi_lockstep_result *r, char *message,
                     size_t size);

// The first divergence for a person.
void dpi_lockstep_explain(FILE *f, const struct dpi_law *law, const struct dpi_divergence *d);

#endif
