// Losses of training and their gradients, apart from the law: what a network is asked to do.
//
// Equations: docs/numerics.md, "Losses". Each function returns the loss and writes, or adds, its
// gradient; sums have a fixed order.
#ifndef TWIN_LIF_LOSS_H
#define TWIN_LIF_LOSS_H

#include "twin/net/net.h"

// A layer's firing-rate target. rate_n: spikes of neuron n over the ticks of the clip.
enum loss_rate_kind {
    LOSS_RATE_ABOVE, // weight · mean over neurons of max(rate − target, 0)^2
    LOSS_RATE_TOWARD // Σ over neurons of ((rate − target) · weight)^2, as NWAVE's
};

struct loss_rate {
    enum loss_rate_kind kind;
    float weight; // 0: no such loss
    float target; // spikes a neuron and tick
};

// Softmax cross-entropy in nats over logits = scale · (spikes of the class's neurons). count and
// gcount (dL/d count): (n_out).
double loss_cross_entropy(const int32_t *count, int n_out, int population, int label, float scale,
                          float *gcount);

// Squared error of what outputs say of one clip: scale · Σ (said − target)^2 over n of them, outputs and ticks. gsaid
// (n): dL/d said.
double loss_squared(const double *said, const double *target, size_t n, double scale,
                    double *gsaid);

// Firing rate of one layer in one clip. count (n): spikes of each neuron; gz (n): dL/dz, the same
// in each tick.
double loss_firing_rate(const struct loss_rate *o, const int32_t *count, int n, int n_ticks,
                        float *gz);

// Membranes that come near where they wrap, in one tick of one layer: weight · Σ over neurons of
// max(|c| / end − LOSS_WRAP_FROM, 0)^2, `end` the lowest word's magnitude, c (n) words of `clamp`.
// A strongly inhibited neuron that wraps fires, and no derivative of the law tells so.
#define LOSS_WRAP_FROM 0.5f // of the way to the end: assumed
double loss_wrap(float weight, int32_t end, const int32_t *c, int n);

// Mean over all weights of max(|w| − limit, 0)^2. Adds factor · gradient to g (laid out as
// net->values; may be NULL).
double loss_magnitude(const struct net *n, double limit, double factor, float *g);

// Sign topology: each block of synapses that share a sign on the chip (quantise_block_of) costs
// min(Σ max(w, 0), Σ max(−w, 0)): 0 where its signs agree. Where the two sums are equal the
// negative weights are the ones that move. 0 for a chip whose signs are free. Adds factor ·
// gradient to g as above.
double loss_topology(const struct chip *c, const struct net *n, double factor, float *g);

#endif
