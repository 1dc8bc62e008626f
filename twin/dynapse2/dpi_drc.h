// Why a neuron would be silent: the rule check of a net of DPI neurons.
//
// A neuron is able to spike if its membrane reaches the threshold under the strongest drive there
// is: every excitatory source that is able itself sends `events` in every tick, no inhibition, no
// adaptation. The membrane's map is monotone in drive and state, so nothing reaches further. Who is
// able grows from the inputs, so that neurons which only excite each other are not.
#ifndef TWIN_DYNAPSE2_DPI_DRC_H
#define TWIN_DYNAPSE2_DPI_DRC_H

#include "twin/dpi/dpi_net.h"

#include <stdbool.h>

struct dpi_drc_options {
    const struct dpi_circuit *nominal; // of a net without circuits of its own
    int events;                        // an input or neuron may send in a tick, from 1
    bool leak_once;                    // the law's; Rockpool's DynapSim subtracts the leak twice
};

struct dpi_silent {
    int neuron;
    char why[240]; // without the neuron's number
};

// Fills out (n_neurons) with the silent neurons in their order. Returns how many; -1: no memory.
int dpi_drc(struct dpi_silent *out, const struct dpi_net *n, const struct dpi_drc_options *o,
            struct fail *f);

// Where Imem ends under a constant synaptic current: the threshold or more, or where it stalls. A.
// Equations 2 to 4 of Rockpool's DynapSim with the voltage of the same tick.
double dpi_drc_reach(const struct dpi_circuit *c, double Isyn, double dt, bool leak_once);

// A. Isyn that settles under `weight` (units of Iscale) of excitation in every tick.
double dpi_drc_settled(const struct dpi_circuit *c, double weight, double Iscale, double dt);

#endif
