// A NIR graph as layers, one behind the other: what every chip of ours has.
//
// All that lies between two nodes of neurons and has no state is one matrix and one constant. A layer hears
// the layer before it, at whole ticks later, and its own spikes of the tick before. Nodes side by side, which hear
// the same layer or parts of it, are one layer, without weights where they do not hear. A graph that is no such
// chain is refused by the names of its nodes.
#ifndef TWIN_NIR_LOWER_H
#define TWIN_NIR_LOWER_H

#include "model/lif/image.h"
#include "twin/nir/graph.h"

enum { NIR_PARTS = 16 };

// Neurons first .. first + n - 1 of a layer.
struct nir_part {
    int node, first, n;
};

struct nir_layer {
    int n_parts;
    struct nir_part part[NIR_PARTS]; // its nodes of neurons
    int n_in, n_out;
    bool one_to_one;   // w has one row: only source n reaches neuron n
    bool recurrent;    // own neurons are further rows
    bool delayed;      // hears the layer before it a tick late
    int taps, spacing; // and so many times, ticks apart; spacing 0 with one tap
    bool loop_said;    // own spikes come by a Delay of a tick, all of them
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
// The part of a neuron.
const struct nir_part *nir_part_of(const struct nir_layer *y, int neuron);
void nir_lower_fini(struct nir_layers *l); // a zeroed one is legal

#endif
