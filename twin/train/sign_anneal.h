// Sign annealing: a weight as its magnitude times the soft sign of its block, which hardens.
//
//   e_i = |w_i|·s,   s = tanh(α·Σ_j w_j / weight.max) over the block of w_i (twin/net/quantise.h)
//
// α grows from 0.5 to 20 over the run (NWAVE's SignAnnealing, by its published range; the form of
// the soft sign is ours). Layers and chips without blocks pass as they are.
#ifndef TWIN_TRAIN_SIGN_ANNEAL_H
#define TWIN_TRAIN_SIGN_ANNEAL_H

#include "twin/net/net.h"

// α at `progress` 0..1 of a run: geometric from 0.5 to 20.
double sign_anneal_alpha(double progress);

// out: a net of the same shape; its values become n's, annealed.
void sign_anneal_forward(const struct chip *c, const struct net *n, double alpha, struct net *out);

// g (n_values): dL/d out becomes dL/d n.
void sign_anneal_backward(const struct chip *c, const struct net *n, double alpha, float *g);

#endif
