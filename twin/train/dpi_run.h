// A training of DYNAP-SE2 nets, from what it is asked to the net that is kept: options that hang on chip and
// data, clips that train and clips that judge, a net to go on from. Around twin/train/dpi_train.h.
//
// In order: chip and options.shape.n_hidden are set, dpi_run_take, then dpi_run_hear and dpi_run_shape of a
// corpus, or `task` is set to event patterns; dpi_run_begin, dpi_train_run, dpi_run_keep, dpi_run_judge.
#ifndef TWIN_TRAIN_DPI_RUN_H
#define TWIN_TRAIN_DPI_RUN_H

#include "twin/jobs/dpi_job.h"
#include "twin/predict/undecided.h"
#include "twin/train/dpi_train.h"

enum {
    DPI_RUN_EVERY = 100, // steps a row of the log and a checkpoint
    DPI_RUN_STEPS = 10000000,
    DPI_RUN_HIDDEN = 1024 // neurons of a hidden layer
};

struct dpi_run_options {
    struct dpi_train_options train;
    int batch; // fresh virtual chips a step, in sixteens; 0: as train.groups says
    double mismatch,
        weight_mismatch; // of these chips: times the chip file's coefficients of variation
    double truncate;     // they stay within so many standard deviations
    double logit_scale;  // units of the loss a spike; 0: as train.scale says

    // Of a corpus.
    int epochs;        // passes over the training clips, in place of steps; 0: steps are told
    int held_percent;  // training speakers held back
    double front_rate; // Hz, events that an input word of 1.0 of a front end comes as
};
void dpi_run_defaults(struct dpi_run_options *o);

// Options that somebody chose, of those that data decides else.
struct dpi_run_told {
    bool mismatch, weight_mismatch;
};

struct dpi_run {
    struct dynapse_chip chip;
    struct dpi_train_options options;
    struct dpi_task task;   // what trains
    struct dpi_task judged; // clips held back, of a corpus
    int draws;              // showings of each pattern to a chip that judges; 0: one
    struct dpi_train state;
    struct task shown;          // what judges
    struct dpi_net seen;        // what is kept: as the last forward pass saw it
    double held_right;          // accuracy of the chips that judge it
    struct undecided undecided; // of the same
    // Of a corpus, which outlives the run.
    const struct corpus *corpus; // NULL: event patterns
    const char *
        front_file; // text of the chip file whose front end hears it, which outlives the run; or NULL
    double front_rate;
    int *clip, *held;
};

// Options as this chip takes them, into x->options; is_data: of a corpus, is_on: a net is gone on from. The message is
// of an option and begins with its name.
int dpi_run_take(struct dpi_run *x, const struct dpi_run_options *o,
                 const struct dpi_run_told *told, bool is_data, bool is_on, struct fail *f);

// A corpus as `ears` hear it (twin/task/patterns/dpi_ears.h); `name` is what messages call it.
int dpi_run_hear(struct dpi_run *x, const struct dpi_run_options *o, const struct chip *ears,
                 const struct corpus *corpus, const char *name, struct fail *f);

// Its steps and layers. The message is of an option and begins with its name.
int dpi_run_shape(struct dpi_run *x, const struct dpi_run_options *o, struct fail *f);

// First weights, or those of `from` (else NULL), which messages call `name`; and what the net knows of its data.
int dpi_run_begin(struct dpi_run *x, const struct dpi_net *from, const char *name, struct fail *f);

// x->seen: the net as it is now, with the text of its chip file.
int dpi_run_keep(struct dpi_run *x, const char *chip_file, struct fail *f);

// x->seen on chips that training never draws, varied as its own were.
int dpi_run_judge(struct dpi_run *x, const struct progress *p, struct fail *f);

void dpi_run_fini(struct dpi_run *x); // a zeroed one is legal

#endif
