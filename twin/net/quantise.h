// From master weights to the codes that a chip stores, and to the charge that a stored code moves.
//
// Without a grid the codes are the words of law.weight within weight.min..max, or, with weight.step,
// its multiples. With a grid of b
// bits they are 0 .. 2^b − 1, levels from min to max, both ends included and no zero among them
// (b >= 1 and min = −max): level = min + code·(max − min)/(2^b − 1).
//
// With sign blocks, consecutive synapses share the sign of the sum of their master weights; a
// weight that disagrees takes the smallest magnitude of that sign. So what is stored is legal
// always, in training too.
#ifndef TWIN_NET_QUANTISE_H
#define TWIN_NET_QUANTISE_H

#include "twin/net/net.h"

// Arrays are (n_source, n_out) of the layer; each may be NULL.
struct quantised {
    int16_t *code;  // what is stored
    double *charge; // membrane units: what a spike moves on the nominal chip
    float *slope;   // d charge / d master, straight through the rounding; 0 where the master is out
                    // of the chip's range
};

void quantise_layer(const struct chip *c, const struct net *n, int layer, struct quantised *q);

// The charge of a code, and the weight that it stands for: membrane and weight units.
double quantise_charge(const struct chip *c, int code);
double quantise_level(const struct chip *c, int code);

// Smallest and largest code.
void quantise_codes(const struct chip *c, int *lo, int *hi);

// The synapses that share a sign with synapse (source, neuron): rows first..last of its neuron, or
// neurons first..last of its row. False where signs are free.
struct quantise_block {
    bool of_sources; // else of neurons
    int first, last;
};
bool quantise_block_of(const struct chip *c, const struct net *n, int layer, int source, int neuron,
                       struct quantise_block *b);

#endif
