// The nearest net that a chip can hold, and the same net where no rule holds: what a projection
// costs is the difference of their accuracies.
#ifndef TWIN_NET_PROJECT_H
#define TWIN_NET_PROJECT_H

#include "twin/net/net.h"

// A net_init'ed copy that keeps all rules of values (twin/net/rules.h), not those of the shape:
// codes by quantise_layer, their levels as master weights; λ, θ and bias within their words. With a
// grid, a neuron of another threshold than the chip's is scaled to it, weights and all, and has no
// bias.
int project_legal(struct net *to, const struct chip *c, const struct net *n, struct fail *f);

// *free_chip: the chip without grid and sign blocks, its weights limited by their word only. *to:
// the net with charges as weights, those of its stored codes (code: of each layer (n_source,
// n_out)) or, code NULL, of its real-valued weights: linear between the levels of the chip's table.
int project_free(struct net *to, struct chip *free_chip, const struct chip *c, const struct net *n,
                 int16_t *const *code, struct fail *f);

#endif
