// Inside of twin/dynapse2/dpi_map.c: its three steps, each of which fills a part of the
// configuration.
#ifndef TWIN_DYNAPSE2_DPI_MAP_PARTS_H
#define TWIN_DYNAPSE2_DPI_MAP_PARTS_H

#include "twin/dynapse2/dpi_map.h"

// core and slot of each neuron. Neurons of one circuit fill cores in their order; where a neuron
// would then reach more chips than its SRAM holds, in an order that keeps neighbours together.
int dpi_place(struct dynapse_config *g, const struct dpi_net *n, const struct dynapse_chip *c,
              const char *name, struct fail *f);

// One core, whose neurons are listed: its bias codes and the masks of their synapses: mask (n_in +
// n_neurons, n_neurons) row of the source: base currents of an entry, DPI_MASK_INHIBIT, and
// DPI_MASK_FULL for each further entry with all of them; 0: no synapse.
int dpi_core_map(struct dynapse_config *g, struct dpi_core_report *report, unsigned short *mask,
                 const struct dpi_net *n, const struct dynapse_chip *c,
                 const struct dpi_map_options *o, int core, const int *neuron, int n_listed,
                 const char *name, struct fail *f);

// The codes of a core's circuit but for Igain_syn; `neuron` is for messages.
int dpi_code_circuit(struct dynapse_config *g, struct dpi_core_report *report,
                     const struct dpi_circuit *want, const struct dynapse_chip *c, int core,
                     int neuron, const char *name, struct fail *f);

// Codes of Igain_syn and of the base currents, and what they cost (dpi_fit_cost).
struct dpi_base_codes {
    struct dynapse_code gain, base[DPI_BASES];
    double per_weight; // A of base current for a weight of 1
    double cost;
};

// Codes for base currents that are wanted (in weights), with Igain_syn near that of `circuit`.
// charge_per_weight: synaptic current, A, that a weight of 1 has to bring.
struct dpi_base_codes dpi_code_bases(const struct dpi_points *points, double top,
                                     const double base[DPI_BASES], const struct dynapse_chip *c,
                                     const struct dpi_circuit *circuit, double charge_per_weight);

// The base currents of the codes, in weights.
void dpi_base_currents(const struct dpi_base_codes *h, const struct dynapse_chip *c,
                       double base[DPI_BASES]);

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
