// What of struct dpi_run_options is told by name: `spiketwin train -c dynapse2 --NAME`, and
// train(DpiChip(), .., NAME=..) of Python. As TRAIN_ROWS of train_rows.h, a row each:
//
//   FLAG(name, letter, what, member)
//   WHOLE, NUMBER(name, letter, unit, what, member, lowest, highest)   int, double
//   REAL(name, unit, what, member, lowest, highest)                    float
#ifndef TWIN_TRAIN_DPI_TRAIN_ROWS_H
#define TWIN_TRAIN_DPI_TRAIN_ROWS_H

// clang-format off
#define DPI_TRAIN_ROWS(FLAG, WHOLE, NUMBER, REAL) \
    FLAG("recurrent", 'R', "With --data: hidden layers also hear their own last spikes", train.shape.recurrent) \
    WHOLE("epochs", 'e', "N", "With --data: passes over the training clips, in place of --steps", epochs, 1, 100000) \
    WHOLE("clips-per-chip", 0, "N", "With --data: clips that each virtual chip is shown (default 1)", train.clips, 1, 65536) \
    WHOLE("held-percent", 0, "N", "With --data: training speakers held back to judge the net (default 10)", held_percent, 1, 90) \
    NUMBER("front-rate", 0, "HZ", "With recordings: events a second that an input word of 1.0 of a filter comes as (default 100)", front_rate, 1e-3, 1e6) \
    WHOLE("steps", 0, "N", "Steps (default 2000)", train.steps, 1, DPI_RUN_STEPS) \
    WHOLE("batch", 'b', "N", "Fresh virtual chips a step, in sixteens (default 64); each is shown all patterns, or with --data --clips-per-chip clips", batch, DPI_LANES, 1024 * DPI_LANES) \
    NUMBER("mismatch", 0, "X", "Their circuit parameters vary by X times the chip file's coefficients (default 3: 30 %; with --data 1)", mismatch, 0, 10) \
    NUMBER("weight-mismatch", 0, "X", "The same of their weights (default 3; with --data 1)", weight_mismatch, 0, 10) \
    NUMBER("truncate", 0, "SIGMA", "They stay within so many standard deviations (default 3)", truncate, 0, 100) \
    NUMBER("lr", 0, "X", "Learning rate of a weight, units of Iscale a step (default 0.1, cosine schedule)", train.lr, 1e-9, 1e3) \
    NUMBER("clip-norm", 0, "X", "Largest norm of one chip's gradient (default 1)", train.clip, 1e-9, 1e9) \
    REAL("surrogate", "BETA", "Steepness of the surrogate derivative below threshold, in e-folds (default 3)", train.backward.slope, 0, 1000) \
    NUMBER("logit-scale", 0, "X", "Units of the loss = X times spike counts (default 0.2)", logit_scale, 1e-6, 1e3) \
    NUMBER("margin", 0, "X", "Units by which the right neuron is to lead (default 1)", train.margin, -1e3, 1e3) \
    NUMBER("init-sd", 0, "X", "Standard deviation of the first weights (default 2)", train.init, 0, 1e6) \
    NUMBER("weight-max", 0, "X", "Largest weight (default 15)", train.weight_max, 0, 1e6) \
    FLAG("weigh", 0, "A chip's gradient counts by how far the chip is from what is wanted, else all alike", train.weigh) \
    REAL("back", "SHARE", "Share of the gradient that passes back through spikes: recurrence and AHP (default 0)", train.backward.back, 0, 1) \
    REAL("off", "SHARE", "Share that passes a synapse without drive (default 0)", train.backward.off, 0, 1) \
    FLAG("quantise", 0, "Forward with 4-bit weights, each at its nearest sum of four base currents that are fitted to the weights of --from", train.quantised)
// clang-format on

// Those of a corpus: a training on event patterns refuses them. The front's are of recordings.
#define DPI_TRAIN_OF_DATA                                                                          \
    "hidden", "recurrent", "epochs", "clips-per-chip", "held-percent", "front", "front-rate"
#define DPI_TRAIN_OF_SOUND "front", "front-rate"

#endif
