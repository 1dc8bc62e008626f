// Layers inside the one population of a DYNAP-SE2 net, and which synapses there are.
//
// On the chip all neurons are alike, and a layer is who hears whom. Neurons stand in the order outputs,
// last hidden layer, .., first hidden layer; the first hidden layer (without one the outputs) hears the
// inputs, each other layer the one before it, a tick later, and with `recurrent` hidden layers hear
// themselves (without one the outputs do). A neuron has `fan_in` synapses at most: where more could hear
// each other, some are drawn, a pure function of (seed, neuron).
#ifndef TWIN_TRAIN_DPI_SHAPE_H
#define TWIN_TRAIN_DPI_SHAPE_H

#include "base/fail.h"
#include "twin/dpi/dpi_backward.h"

enum { DPI_HIDDEN = 4 };

struct dpi_shape {
    int n_in, n_out;
    int n_hidden[DPI_HIDDEN]; // from the inputs on; 0: no more
    bool recurrent;
    int fan_in;
};

int dpi_shape_neurons(const struct dpi_shape *s);

// The first neuron of hidden layer l (from the inputs on) or, behind the last, of the outputs: 0.
int dpi_shape_first(const struct dpi_shape *s, int l);

// Who hears each neuron, span (n), for the way back.
void dpi_shape_spans(const struct dpi_shape *s, struct dpi_backward_span *span);

// absent (n_in + n, n): 1 where there is no synapse.
int dpi_shape_absent(const struct dpi_shape *s, uint64_t seed, uint8_t *absent, struct fail *f);

#endif
