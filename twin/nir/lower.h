// A NIR graph as layers, one behind the other: what every chip of ours has.
//
// All that lies between two nodes of neurons and has no state is one matrix and one constant. A layer hears
// the layer before it, at whole ticks later, and its own spikes of the tick before. A graph that is no such
// chain is refused by the names of its nodes.
#ifndef TWIN_NIR_LOWER_H
#define TWIN_NIR_LOWER_H

#include "model/lif/image.h"
#include "twin/nir/graph.h"

struct nir_layer {
    int node; // of its neurons
    int n_in, n_out;
    bool one_to_one;   // w has one row: only source n reaches neuron n
    bool recurrent;    // own neurons are further rows
    bool delayed;      // hears the layer before it a tick late
    int taps, spacing; // and so many times, ticks apart; spacing 0 with one tap
    bool loop_said;    // own spikes come by a Delay of a tick
    double *w;         // (rows, n_out) owned
    double *b;         // (n_out) owned: the constant that reaches the neurons beside the sources
};

struct nir_layers {
    int n;
    struct nir_layer layer[IMAGE_MAX_LAYERS];
};

// dt: s, a tick. Refused, by name: see above; a path whose Delay is not of whole ticks, 0..64; a cycle without neurons;
// more values or work than the limits below; outputs that are no spikes. What leads to no neuron is noted
// in g->notes.
int nir_lower(struct nir_layers *l, struct nir_graph *g, double dt, struct fail *f);
void nir_lower_fini(struct nir_layers *l); // a zeroed one is legal

#endif
