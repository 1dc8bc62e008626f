// The configuration of a board of DYNAP-SE2 chips: what its memories and bias generators hold.
//
// A neuron's CAM lists its synapses, each a tag that it listens to; its SRAM lists where its spikes
// go, each a chip, a mask of that chip's cores and a tag. A core hears of a tag and nothing else:
// who sent it is known only from all SRAMs together. File: docs/dynapse2-mapping.md.
#ifndef TWIN_DYNAPSE2_DYNAPSE_CONFIG_H
#define TWIN_DYNAPSE2_DYNAPSE_CONFIG_H

#include "twin/chip/dynapse_chip.h"

#include <cjson/cJSON.h>
#include <stdbool.h>

struct dynapse_destination {
    int chip;
    unsigned cores; // bit i: core i of the chip
    int tag;
};

struct dynapse_synapse {
    int tag;
    unsigned mask; // bit i: base current i of the core; never 0
    bool inhibit;  // at the GABA dendrite, else AMPA
};

struct dynapse_neuron {
    int core; // of the board, from 0: chip·cores + core of the chip
    int slot; // of the core
    int n_synapses;
    struct dynapse_synapse *synapse;
    int n_destinations;
    struct dynapse_destination *destination; // without that of the monitor
};

struct dynapse_input {
    int n_destinations;
    struct dynapse_destination *destination;
};

// Neuron i is the one whose monitor destination has the address i (dynapse_monitor), input c the
// c-th channel that the host sends.
struct dynapse_config {
    char chip[64];
    double Iscale;                               // A, the unit of the weights of the net
    double dt;                                   // s, a tick
    int n_cores;                                 // of the board
    struct dynapse_code (*bias)[DYNAPSE_BIASES]; // (n_cores); all 0 where no neuron is
    int n_inputs;
    struct dynapse_input *input;
    int n_neurons;
    struct dynapse_neuron *neuron;
};

// Allocates it with empty inputs and neurons, whose lists the caller fills with malloc'ed ones.
int dynapse_config_init(struct dynapse_config *g, const struct dynapse_chip *c, int n_inputs,
                        int n_neurons, struct fail *f);
void dynapse_config_fini(struct dynapse_config *g); // of a zeroed one: legal

// Where the spikes of neuron i are sent to be seen outside: its tag, and beyond the tags the mask
// of cores, which nobody else needs there (assumed: the FPGA passes it on). chip is -1.
struct dynapse_destination dynapse_monitor(const struct dynapse_chip *c, int neuron);
int dynapse_monitor_address(const struct dynapse_chip *c, struct dynapse_destination d);

// Every number within the chip's limits, no slot taken twice; names the neuron and the limit.
int dynapse_config_check(const struct dynapse_config *g, const struct dynapse_chip *c,
                         const char *name, struct fail *f);

// The file, as a document (freed with cJSON_Delete), and whole or not there.
cJSON *dynapse_config_json(const struct dynapse_config *g, const struct dynapse_chip *c);
int dynapse_config_save(const struct dynapse_config *g, const struct dynapse_chip *c,
                        const char *path, struct fail *f);
int dynapse_config_load(struct dynapse_config *g, const struct dynapse_chip *c, const char *path,
                        struct fail *f);

// Circuit and base currents (A) of a core.
struct dpi_circuit dynapse_core_circuit(const struct dynapse_config *g,
                                        const struct dynapse_chip *c, int core);
void dynapse_core_bases(const struct dynapse_config *g, const struct dynapse_chip *c, int core,
                        double base[DYNAPSE_BASE_CURRENTS]);

#endif
