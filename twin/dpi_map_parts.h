// Inside of twin/dpi_map.c: its three steps, each of which fills a part of the configuration.
#ifndef TWIN_DPI_MAP_PARTS_H
#define TWIN_DPI_MAP_PARTS_H

#include "twin/dpi_map.h"

// core and slot of each neuron. Neurons of one circuit fill cores in their order; where a neuron
// would then reach more chips than its SRAM holds, in an order that keeps neighbours together.
int dpi_place(struct dynapse_config *g, const struct dpi_net *n, const struct dynapse_chip *c,
              const char *name, struct fail *f);

// Bias codes of a core, whose neurons are listed, and their masks: mask (n_in + n_neurons,
// n_neurons) row of the source: base currents of an entry, DPI_MASK_INHIBIT, and DPI_MASK_FULL for
// each further entry with all of them; 0: no synapse.
int dpi_codes(struct dynapse_config *g, struct dpi_core_report *report, unsigned short *mask,
              const struct dpi_net *n, const struct dynapse_chip *c,
              const struct dpi_map_options *o, int core, const int *neuron, int n_listed,
              const char *name, struct fail *f);

// Synapses, tags and destinations from the masks.
int dpi_route(struct dynapse_config *g, const unsigned short *mask, const struct dynapse_chip *c,
              const char *name, struct fail *f);

enum { DPI_MASK_INHIBIT = 16, DPI_MASK_FULL = 32 };

// The weight of source s (inputs first) onto neuron i.
static inline double dpi_net_weight(const struct dpi_net *n, int s, int i)
{
    const double *row = s < n->n_in ? n->w_in + (size_t)s * (size_t)n->n_neurons
                                    : n->w_rec + (size_t)(s - n->n_in) * (size_t)n->n_neurons;
    return row[i];
}

#endif
