// From a DPI net to the configuration of a DYNAP-SE2 board, and back.
//
// Forward: neurons to cores (twin/dynapse2/dpi_place.c), circuits and weights of each core to bias
// codes and masks (twin/dynapse2/dpi_core_map.c, twin/dynapse2/dpi_codes.c), sources to tags and
// SRAM (twin/dynapse2/dpi_route.c). Backward: from what the memories hold, and nothing else, the
// net that runs identically.
#ifndef TWIN_DYNAPSE2_DPI_MAP_H
#define TWIN_DYNAPSE2_DPI_MAP_H

#include "twin/dpi/dpi_net.h"
#include "twin/dynapse2/dpi_quantise.h"
#include "twin/dynapse2/dynapse_config.h"
#include "twin/io/progress.h"

struct dpi_map_options {
    struct dpi_quantise_options quantise; // its importance is not used: importance_in, _rec are
    const double *importance_in;          // (n_in, n_neurons) ≥ 0, or NULL: all 1
    const double *importance_rec;         // (n_neurons, n_neurons)
    bool one_entry;                       // a weight never takes more than one CAM entry
    double exact; // > 0: refuse a weight that would change by more than this share of itself
    const struct progress *progress; // told of cores; may be NULL
};
extern const struct dpi_map_options dpi_map_default;

// What became of a core.
struct dpi_core_report {
    int n_neurons;
    struct dpi_quantised ideal; // with base currents of any value
    double rms;                 // of the weights as mapped, bias codes and all, units of Iscale
    double worst;               // largest error of one weight
    int several;          // weights above the sum of the base currents: more than one CAM entry
    double circuit_error; // largest relative error of a circuit current by its code
    enum dynapse_bias circuit_worst; // whose
};

// Cores are done in parallel; the result is the same for any number of threads.
// Fills *g (dynapse_config_fini by the caller, also after a failure) and report (chips·cores).
// Refuses in one line that names the neuron and the limit: more neurons, circuits, fan-in, SRAM or
// tags than there are, a capacitance that is not the chip's, a current that no code reaches.
int dpi_map(struct dynapse_config *g, struct dpi_core_report *report, const struct dpi_net *n,
            const struct dynapse_chip *c, const struct dpi_map_options *o, const char *name,
            struct fail *f);

// The net that a configuration is: weights from masks, base currents and tags, a circuit for each
// neuron from its core's codes. Refuses a synapse whose tag comes by both dendrites from one
// source, and AMPA and GABA biases that differ: no weight of a net says that.
int dpi_unmap(struct dpi_net *n, const struct dynapse_config *g, const struct dynapse_chip *c,
              const char *name, struct fail *f);

#endif
