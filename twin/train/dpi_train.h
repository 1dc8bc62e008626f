// Training of DYNAP-SE2 nets through mismatch: integer forward, surrogate backward, many chips a
// step.
//
// Each step draws fresh virtual chips, shows each what the task shows (of a corpus its next clips, in an
// order of its own for each pass over them), and moves the master weights
// against the mean gradient of a margin loss on spike counts, each chip's gradient held to a norm:
// a chip on which the chain of spikes explodes has one vote like any other. A run is a pure
// function of its options: any number of threads and any interruption with resume give the same
// bits.
#ifndef TWIN_TRAIN_DPI_TRAIN_H
#define TWIN_TRAIN_DPI_TRAIN_H

#include "twin/dpi/dpi_backward.h"
#include "twin/dynapse2/dpi_quantise.h"
#include "twin/task/patterns/dpi_task.h"
#include "twin/train/dpi_shape.h"
#include "twin/io/progress.h"

struct dpi_train_options {
    uint64_t seed;
    int steps;
    int groups;  // of sixteen chips a step
    double lr;   // of a weight a step (Adam), units of Iscale; cosine schedule
    double init; // standard deviation of first weights, units of Iscale
    double weight_max;
    double scale;  // spikes that make a unit of the loss
    double margin; // units by which the right neuron is to lead
    double clip;   // largest norm of a chip's gradient
    bool weigh; // that norm times how far the chip is from what is wanted; else one chip, one vote
    struct dpi_backward_options backward;
    struct dpi_variation variation; // of the chips that are drawn
    const struct dpi_law *law;      // NULL: double
    bool quantised;         // the forward pass sees each weight at its nearest level of these
    double base[DPI_BASES]; // base currents, units of Iscale

    // Of a corpus.
    int clips; // that each chip is shown
    struct dpi_shape
        shape; // hidden layers, recurrence and fan-in; inputs and outputs are the task's
};

struct dpi_train_row { // one row of the log: means over the steps since the last row
    long step;
    double loss;  // a chip
    double right; // share of chips with everything right; of a corpus, of clips
    double lr;
    int chips, silent; // chips, and those on which no neuron fired in anything shown
};

struct dpi_train {
    struct dpi_net net;             // master weights
    double *m, *v;                  // (weights) Adam's moments
    long step;                      // steps done
    long bad_chips;                 // chips left out because their gradient was no number
    uint8_t *absent;                // (weights) 1: there is no such synapse; NULL: there are all
    struct dpi_backward_span *span; // (neurons) of layers; NULL: each neuron hears all
};

void dpi_train_defaults(struct dpi_train_options *o);

// What a chip of n neurons costs that never fires.
double dpi_train_silent_loss(const struct dpi_train_options *o, const struct dpi_task *task, int n);

// First weights of a net of the task's inputs and n neurons; of a corpus n is what o->shape says, and the
// net is given its labels.
int dpi_train_init(struct dpi_train *t, const struct dynapse_chip *chip,
                   const struct dpi_task *task, int n, const struct dpi_train_options *o,
                   struct fail *f);
// The same from the weights of a net: fine-tuning. Of a corpus synapses are where the net has weights.
int dpi_train_from(struct dpi_train *t, const struct dpi_task *task, const struct dpi_net *net,
                   const struct dpi_train_options *o, struct fail *f);
void dpi_train_fini(struct dpi_train *t);

// Number of weights, and weight i: inputs first, then recurrence.
static inline size_t dpi_train_weights(const struct dpi_net *n)
{
    return ((size_t)n->n_in + (size_t)n->n_neurons) * (size_t)n->n_neurons;
}
double *dpi_train_weight(const struct dpi_net *n, size_t i);

// The weights that the forward pass sees.
void dpi_train_seen(const struct dpi_train_options *o, const struct dpi_net *from,
                    struct dpi_net *to);

// Runs from t->step to o->steps; every `every` steps, and at the end, `done` is called (may be
// NULL); if it returns non-zero the run stops there with -1.
int dpi_train_run(struct dpi_train *t, const struct dynapse_chip *chip, const struct dpi_task *task,
                  const struct dpi_train_options *o, int every, const struct progress *p,
                  int (*done)(void *context, const struct dpi_train *t,
                              const struct dpi_train_row *row, struct fail *f),
                  void *context, struct fail *f);

// What the bits of a run depend on, as text: options, task, chip. malloc'd; NULL: out of memory.
char *dpi_train_identity(const struct dpi_train *t, const struct dynapse_chip *chip,
                         const struct dpi_task *task, const struct dpi_train_options *o);

// The whole state of a run in one file, by way of a temporary name. Loading refuses a file of other
// options, task or chip.
int dpi_train_save(const struct dpi_train *t, const struct dynapse_chip *chip,
                   const struct dpi_task *task, const struct dpi_train_options *o, const char *path,
                   struct fail *f);
int dpi_train_load(struct dpi_train *t, const struct dynapse_chip *chip,
                   const struct dpi_task *task, const struct dpi_train_options *o, const char *path,
                   struct fail *f);

#endif
