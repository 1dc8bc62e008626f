// A net in real numbers: the law of model/lif/law.h in double, without words, rounding or clamps, on the net's
// own values. What a shift moves at least is a matter of words, and so is where a sum saturates. A second
// synapse has no weights, and its current is 0.
#ifndef TWIN_NET_REAL_H
#define TWIN_NET_REAL_H

#include "twin/net/net.h"

// What is no chip's affair but a matter of taste: frameworks differ in it (twin/nir/dialect.h).
struct real_order {
    bool fire_gt;        // fires on v > theta instead of v >= theta
    bool reset_subtract; // of theta, instead of going to the reset
    bool
        reset_late; // what a spike takes away, it takes after the next tick's leak; without currents
    bool spike_late; // a layer hears the one before it a tick late
};

struct real_layer {
    double *v;       // (n_out) membrane units, after the tick
    double *c;       // (n_out) before the reset
    double *u;       // (n_out) synaptic current; 0 where the law has none
    double *owed;    // (n_out) to be taken with reset_late
    int *r;          // (n_out) refractory ticks left
    int *z, *before; // (n_out) spikes of this tick and of the last one
    int *late;       // (IMAGE_MAX_LATE + 1, n_in) with taps: what it heard in the last ticks
};

struct real {
    const struct law *law;
    const struct net *net;
    struct real_order order;
    int tick; // the next
    struct real_layer layer[IMAGE_MAX_LAYERS];
    void *memory;
};

struct real_order real_order_of(const struct law *law);

// Both law and net must outlive it. real_fini(&zeroed) is legal.
int real_init(struct real *r, const struct law *law, const struct net *n,
              const struct real_order *order, struct fail *f);
void real_rest(struct real *r);
void real_tick(struct real *r, const double *x); // x (n_in of layer 0)
void real_fini(struct real *r);

#endif
