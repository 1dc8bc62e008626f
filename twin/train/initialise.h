// First weights from what the chip itself does: rates and potentials are measured on the nominal
// chip, after quantisation, with the integer model.
#ifndef TWIN_TRAIN_INITIALISE_H
#define TWIN_TRAIN_INITIALISE_H

#include "twin/task/corpus.h"
#include "twin/net/net.h"

// Rates of the neurons of layer `layer` over the clips, spikes a neuron and tick, on the nominal
// chip. rate: (n_out).
int initialise_rates(const struct net *n, const struct chip *c, const struct corpus *s,
                     const int *clip, int n_clips, int layer, double *rate, struct fail *f);

// Gives each neuron of a first one-to-one layer the positive code whose measured rate comes nearest
// to the target. *worst: largest |rate − target| that is left.
int initialise_front(struct net *n, const struct chip *c, const struct corpus *s, const int *clip,
                     int n_clips, double target, double *worst, struct fail *f);

// Fluctuation-driven weights of a dense layer (Rossbroich, Gygax, Zenke 2022): the membrane's
// standard deviation is its distance to the threshold over xi.
//   μ_U = n·ν·μ_W·e1,  σ_U = (θ − μ_U)/ξ,  σ_W² = share·σ_U²/(n·ν·e2) − μ_W²
// e1, e2: sums of the measured potential of one spike, and of its square; ν: mean measured rate of
// the sources. A recurrent layer's own spikes get the rest of the variance (1 − share) at `rate`.
struct initialise_fluctuation {
    double xi; // distances to the threshold that a standard deviation is a part of
    double mean; // μ_W as a part of the largest that is possible, θ/(n·ν·e1 + ξ·√(n·ν·e2)); 0..1
    double share; // of the variance, to feed-forward sources of a recurrent layer
    double rate;  // spikes a neuron and tick, expected of the layer itself
    double least; // of a layer's mean rate, by initialise_wake; 0: weights are as they were drawn
};
// redrawn: which drawing of this seed, 0 the first.
int initialise_dense(struct net *n, const struct chip *c, const struct corpus *s, const int *clip,
                     int n_clips, int layer, const struct initialise_fluctuation *o, uint64_t seed,
                     int redrawn, struct fail *f);

// Weights of a layer grow until its mean rate on the nominal chip is `least`, as far as the chip can.
int initialise_wake(struct net *n, const struct chip *c, const struct corpus *s, const int *clip,
                    int n_clips, int layer, double least, struct fail *f);

// What a neuron does on the nominal chip over the clips: the membrane before its reset, in membrane units,
// mean and standard deviation over ticks, and spikes a tick. at (n->shape's neurons, layer by layer).
struct initialise_moment {
    double mean, sd, rate;
};
int initialise_moments(const struct net *n, const struct chip *c, const struct corpus *s,
                       const int *clip, int n_clips, struct initialise_moment *at, struct fail *f);

// Sums of the potential that one spike of charge 1 leaves in a neuron of this layer, over the ticks
// until a hundredth is left, and of its square: membrane units and their square, times ticks.
int initialise_potential(const struct net *n, const struct chip *c, int layer, double *e1,
                         double *e2, struct fail *f);

#endif
