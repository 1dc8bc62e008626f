// A NIR graph as a net for a chip.
//
// What NIR leaves open the chip decides, and it is said. A tick is a step of forward Euler (or of the exact
// leak) of NIR's equations; v is measured from v_reset and scaled neuron by neuron so that θ is the chip's,
// which leaves the dynamics as they are:
//
//   w = s·λ·r·W,  bias = s·λ·(v_leak − v_reset + r·b),  s = θ of the chip / (v_threshold − v_reset)
//
// λ = dt/τ, or 1 − e^(−dt/τ); of an IF λ·r is dt·r and nothing leaks; of a Threshold λ = 1. A synaptic
// current multiplies w by μ·w_in, μ = dt/τ_syn; it begins where b holds it. Frameworks that mean another
// r or w_in than these equations: twin/nir/dialect.h.
#ifndef TWIN_NIR_IMPORT_H
#define TWIN_NIR_IMPORT_H

#include "twin/net/net.h"
#include "twin/nir/dialect.h"
#include "twin/nir/lower.h"

struct nir_choice {
    double dt;                         // s, what a tick stands for; the chip's tick_s
    const struct nir_dialect *dialect; // of whoever wrote the graph
    double li_threshold; // of neurons without a threshold, in NIR's units; 0: they are refused
};

// A value that the chip cannot hold.
struct nir_offence {
    int node;
    const char *what;   // weight, leak, .. as in struct physics
    int neuron, source; // -1: of the whole node
    double value;       // membrane units, as in struct net
    double lo, hi;      // allowed
    double nearest;     // what the net has
    const char *why;    // in place of a range; NULL: none
    bool never;         // no value comes near
};

enum { NIR_RULES = 3 };

struct nir_import {
    struct nir_notes chosen;     // what NIR left open, a line each
    struct nir_offence *offence; // (n_offences) in the order of layers
    size_t n_offences, n_never;
    char rules[NIR_RULES][256]; // rooms that the chip has not: cores, fan-in, delay; ""
    size_t n_weights;           // that the chip stores
    size_t n_lost;              // of them, not 0 and stored as 0
    double rms;                 // of the rounding of weights, of theta
    struct {
        int n, node[NIR_PARTS];
    } of[IMAGE_MAX_LAYERS]; // the nodes of each layer's neurons
    bool own;               // written by spiketwin for this very chip: values are taken as they are
};

// Fills *net (zeroed; the caller's, also after a failure) and *m. Values that the chip cannot hold are replaced by the nearest, and
// told. -1: the graph is no net for any chip, or memory is out.
int nir_import(struct nir_import *m, struct net *net, struct nir_graph *g, const struct chip *c,
               const struct nir_choice *choice, struct fail *f);
void nir_import_fini(struct nir_import *m); // a zeroed one is legal

// Whether the net can be written: no offence, or all have a nearest value and `rounded` says yes.
bool nir_import_fits(const struct nir_import *m, bool rounded);

// The nodes of a layer's neurons by name, "lif1", or "a, b" side by side.
void nir_import_nodes(const struct nir_import *m, const struct nir_graph *g, int layer, char *text,
                      size_t size);

// How many of n from o on are of neurons one after the other, and alike.
size_t nir_offences_alike(const struct nir_offence *o, size_t n);

// "node lif1, source 3, neurons 2..4: weight 130, allowed -128..127.996, nearest 127.996" of n alike.
void nir_offence_text(const struct nir_graph *g, const struct nir_offence *o, size_t n, char *text,
                      size_t size);

#endif
