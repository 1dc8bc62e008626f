// What NIR says of a net: the arrays of its nodes, computed from the net's own values.
//
// Forward Euler of NIR's LIF, v += dt/τ·(v_leak − v + R·I), is our law v += bias − λ·(v − rest) + γ·w·x
// for τ = dt/λ, R = γ/λ, v_leak = rest + bias/λ. Without a leak (λ = 0) τ is infinite: IF. Of its
// CubaLIF, i += dt/τ_syn·(w_in·I − i), it is the law with a synaptic current of decay μ, for
// τ_syn = dt/μ, w_in = γ/μ, R = 1/λ. λ and μ: the part that leaks; of a shift, 2^-shift.
#ifndef TWIN_NET_NET_NIR_H
#define TWIN_NET_NET_NIR_H

#include "twin/net/net.h"

// An array of a node of the graph: layer L's wL (Linear (to, from), or Scale where one-to-one), nL
// (LIF, or CubaLIF with a decay), rL (Linear from nL to itself, where recurrent).
struct net_nir {
    char node[16];
    const char *type;
    const char *field;
    bool first; // of its node
    int n_dims;
    uint64_t dims[2];
    const double *value;
};

// Calls visit(context, array) for each array, node by node, until one returns non-zero, and returns
// that; -1 as well if memory is out. dt: s, the tick.
int net_nir_each(const struct net *n, double dt,
                 int (*visit)(void *context, const struct net_nir *array), void *context);

#endif
