// Sensitivity: what one word of the nominal chip is worth, measured through the golden model.
//
// One word is moved, all others stay, and the same clips run again. A clip's margin is the output
// spikes of its own class less those of the strongest other; what is told is how far the margins
// went. No gradient, no surrogate: the integers that the chip would have computed. Of nets of any
// law with a row of physics on a corpus here, of DYNAP-SE2 nets in dpi_sensitivity.h.
#ifndef TWIN_JOBS_SENSITIVITY_H
#define TWIN_JOBS_SENSITIVITY_H

#include "twin/io/progress.h"
#include "twin/task/corpus.h"
#include "twin/net/virtual_chip.h"

enum sensitivity_kind {
    SENSITIVITY_WEIGHT, // a weight one σ up and one σ down, σ² = (gain σ·w)² + offset σ²
    SENSITIVITY_CUT,    // a weight at 0
    SENSITIVITY_DEAD,   // a neuron that never fires, as the fault "dead" (twin/chip/faults.h)
    SENSITIVITY_VALUE,  // + i: value i of a neuron, by the law's row of physics, one σ up and down
    SENSITIVITY_KINDS = SENSITIVITY_VALUE + CHIP_VALUES
};

struct sensitivity_probe {
    int kind; // enum sensitivity_kind
    int layer, neuron;
    int row;         // of a weight; else 0
    int32_t word[2]; // on a corpus: what the word becomes, one run of the clips each; rounded and
                     // clamped as virtual_chip_make does
    int n_runs;      // 2, or 1 for a cut weight and a dead neuron
    // Over the clips of all its runs:
    int64_t moved;  // Σ |margin − nominal margin|, output spikes
    int64_t lost;   // Σ (nominal margin − margin)
    int won, wrong; // clips that became right, or wrong
};

struct sensitivity {
    struct sensitivity_probe *probe; // (n) by layer, kind, row, neuron
    int n;
    int correct;    // clips that the nominal chip decides right
    int64_t margin; // Σ of its margins
    struct image_shape shape;
    const char *name[SENSITIVITY_KINDS]; // "weight", "cut", "dead", values; NULL: no such kind
    // Of a kind in the chip file, relative (weights: of the gain, else of the offset); 0: chips do
    // not vary in it there, and there are no probes of it. A cut and a dead neuron have none.
    double sigma[IMAGE_MAX_LAYERS][SENSITIVITY_KINDS];
    double gain_sigma, offset_sigma; // of weights
};

struct sensitivity_job {
    const struct chip *chip;
    const struct net *net;
    const struct corpus *corpus;
    const int *clip; // (n_clips) indices into the corpus
    int n_clips;
};

// Names the kinds that every net has; the rest none.
void sensitivity_name(struct sensitivity *s);

// Moves every word of every kind, in parallel over probes; the same for any number of threads. The
// chip's law has a row of physics.
int sensitivity_run(struct sensitivity *s, const struct sensitivity_job *job,
                    const struct progress *p, struct fail *f);
void sensitivity_free(struct sensitivity *s); // a zeroed one is legal

#endif
