// Where a net is vulnerable: accuracy of the nominal chip with one neuron dead, or one synapse cut.
//
// Each element is a run of all clips of its own, on a chip whose other words are the nominal ones.
#ifndef TWIN_SENSITIVITY_H
#define TWIN_SENSITIVITY_H

#include "twin/predict.h"

struct sensitivity_element {
    int layer, neuron;
    int row;     // of the synapse, as in struct image_layer; −1: the neuron
    int correct; // clips decided right without it
};

// Neurons, layer after layer, then synapses, layer after layer and row after row.
int sensitivity_elements(const struct predict_job *job);

// element: (sensitivity_elements). The job's chip gives law and front end; nothing of it varies.
int sensitivity_run(const struct predict_job *job, struct sensitivity_element *element,
                    const struct progress *p, struct fail *f);

#endif
