// What NIR says of a net: the nodes of its graph and their arrays, computed from the net's own values.
//
// Forward Euler of NIR's LIF, v += dt/τ·(v_leak − v + I), is our law v += bias − λ·(v − rest) + γ·w·x for
// τ = dt/λ, v_leak = rest + bias/λ and I = (γ/λ)·w·x: r is 1, weights are what reaches the neuron (some
// frameworks know no other r). Without a leak (λ = 0) τ is as good as infinite. Of its CubaLIF, i += dt/τ_syn·(w_in·I − i), it
// is the law with a synaptic current of decay μ, for τ_syn = dt/μ, w_in = 1/μ. λ and μ: the part that goes
// in a tick; of a shift, 2^-shift; of a constant current, λ/θ. A leak after integration and a decay after
// gathering take their part of what comes: weights and bias have it off.
//
// Files of version 2 and older have w itself in the graph, r = γ/λ, w_in = γ/μ, a Scale for one-to-one, and
// know no order.
#ifndef TWIN_NET_NET_NIR_H
#define TWIN_NET_NET_NIR_H

#include "twin/net/net.h"

// What a graph is made with, beside the net.
struct net_nir_how {
    double dt; // s, the tick
    bool older;
    bool integrate_first, decay_last; // the law's
};

enum { NET_NIR_NAME = 24 };

// An array of a node of the graph: layer L's dL (Delay, where delayed), wL (Linear (to, from); Scale where one
// to one and large), of its further taps dL_k and wL_k, nL (LIF, or CubaLIF with a decay), rL (Linear from nL
// to itself, where recurrent).
// field "metadata/..": what NIR has no word for.
struct net_nir {
    char node[NET_NIR_NAME];
    const char *type;
    const char *field;
    bool first; // of its node
    int n_dims;
    uint64_t dims[2];
    const double *value;
};

// Calls visit(context, array) for each array, node by node, until one returns non-zero, and returns
// that; -1 as well if memory is out.
int net_nir_each(const struct net *n, const struct net_nir_how *how,
                 int (*visit)(void *context, const struct net_nir *array), void *context);

// input -> w0 -> n0 -> w1 -> n1 ... -> output, and own spikes n -> r -> n.
struct net_nir_edges {
    int n;
    char name[(2 * IMAGE_MAX_TAPS + 2) * IMAGE_MAX_LAYERS][NET_NIR_NAME];
    const char *edge[(3 * IMAGE_MAX_TAPS + 2) * IMAGE_MAX_LAYERS + 1][2];
};
void net_nir_edges(struct net_nir_edges *e, const struct image_shape *s);

#endif
