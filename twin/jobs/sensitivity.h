// Sensitivity: what one word of the nominal chip is worth, measured through the golden model.
//
// One word is moved, all others stay, and the same clips run again. A clip's margin is the output
// spikes of its own class less those of the strongest other; what is told is how far the margins
// went. No gradient, no surrogate: the integers that the chip would have computed. Of LIF nets on
// a corpus here, of DYNAP-SE2 nets in dpi_sensitivity.h.
#ifndef TWIN_JOBS_SENSITIVITY_H
#define TWIN_JOBS_SENSITIVITY_H

#include "twin/io/progress.h"
#include "twin/task/corpus.h"
#include "twin/net/virtual_chip.h"

enum sensitivity_kind {
    SENSITIVITY_WEIGHT, // a weight one σ up and one σ down, σ² = (gain σ·w)² + offset σ²
    SENSITIVITY_CUT,    // a weight at 0
    SENSITIVITY_THRESHOLD, // a neuron's θ one σ up and one σ down
    SENSITIVITY_LEAK,      // a neuron's λ one σ up and one σ down
    SENSITIVITY_DEAD,      // a neuron that never fires, as the fault "dead" (twin/chip/faults.h)
    SENSITIVITY_KINDS
};
extern const char *const sensitivity_names[SENSITIVITY_KINDS];

struct sensitivity_probe {
    enum sensitivity_kind kind;
    int layer, neuron;
    int row;         // of a weight; else 0
    int32_t word[2]; // of a LIF net: what the word becomes, one run of the clips each; rounded and
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
    double sigma[IMAGE_MAX_LAYERS][SENSITIVITY_KINDS]; // of sensitivity_sigma
    double gain_sigma, offset_sigma;                   // of weights
};

struct sensitivity_job {
    const struct chip *chip;
    const struct net *net;
    const struct corpus *corpus;
    const int *clip; // (n_clips) indices into the corpus
    int n_clips;
};

// σ of a kind in the chip file, relative (weights: of the gain, else of the offset); 0: chips do
// not vary in it there, and there are no probes of it. A cut and a dead neuron have none.
double sensitivity_sigma(const struct chip *c, const struct net *n, int layer,
                         enum sensitivity_kind kind);

// Moves every word of every kind, in parallel over probes; the same for any number of threads.
int sensitivity_run(struct sensitivity *s, const struct sensitivity_job *job,
                    const struct progress *p, struct fail *f);
void sensitivity_free(struct sensitivity *s); // a zeroed one is legal

#endif
