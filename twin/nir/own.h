// What spiketwin writes into the metadata of its own graphs, which NIR's readers keep and ignore: enough to
// read the very net back from the graph alone. Layout: docs/network-file.md.
#ifndef TWIN_NIR_OWN_H
#define TWIN_NIR_OWN_H

#include "twin/chip/chip.h"
#include "twin/io/labels.h"
#include "twin/nir/lower.h"

enum nir_own_which { OWN_REST, OWN_GAIN, OWN_LEAK, OWN_DECAY, OWN_VALUES };

struct nir_own {
    bool is; // written by spiketwin for this chip
    bool one_to_one[IMAGE_MAX_LAYERS];
    int max_spikes[IMAGE_MAX_LAYERS];                  // of a neuron in a tick
    const double *value[IMAGE_MAX_LAYERS][OWN_VALUES]; // (n_out) the graph's; NULL: none
};

// own->is is false where the graph is another's, of another chip, or its metadata do not fit its layers.
int nir_own_read(struct nir_own *own, struct nir_graph *g, const struct nir_layers *y,
                 const struct chip *c, struct fail *f);

// Whether the graph has such values of a layer: leak and decay where they are no part of v.
bool nir_own_has(const struct nir_own *own, int layer, enum nir_own_which which);

// Of a neuron: as the net has it; where the graph has none, gain 1, else 0.
double nir_own_value(const struct nir_own *own, int layer, enum nir_own_which which, int neuron);

// The labels that a graph of ours has, of any chip.
int nir_own_labels(const struct nir_graph *g, struct labels *l, struct fail *f);

#endif
