// What chips do not decide: items on which no output fires, or two classes as often; layers and
// classes that are never heard at all.
//
// Accuracy does not show it. A chip that never fires says class 0 of every clip and is right on as
// many as there are of it, with a yield of 100 % below that limit.
#ifndef TWIN_PREDICT_UNDECIDED_H
#define TWIN_PREDICT_UNDECIDED_H

#include "twin/predict/predict.h"

struct undecided {
    int n_chips, n_items, n_layers, n_classes;
    bool graded; // of targets over time: nothing is decided, and silence says its own
    int n_out[IMAGE_MAX_LAYERS];   // neurons
    double silent, tied;           // shares of all decisions, chips times items
    int never;                     // chips on which no output fires in any item
    int never_pass;                // those of them with accuracy >= limit
    int partly;                    // other chips that never say one of the classes that they heard
    int layer[IMAGE_MAX_LAYERS];   // chips on which the layer fires in no item
    int unsaid[IMAGE_MAX_NEURONS]; // of each class: chips of `partly` that never say it by spikes
};

// Counts over n_chips chips of the job's items. decision (n_chips, n_items). -1: out of memory.
int undecided_count(struct undecided *u, const struct predict_job *job,
                    const struct predict_chip *chips, const uint16_t *decision, int n_chips,
                    double limit);

// A share of undecided items from which on results are to be looked at before they are believed.
#define UNDECIDED_SHARE 0.1

#endif
