// Options of spiketwin train.
#ifndef CLI_TRAIN_TRAIN_H
#define CLI_TRAIN_TRAIN_H

#include "cli/cli.h"

#include "twin/train/train.h"

struct train_command {
    struct cli_common common;
    struct train_options train;
    const char *chip;
    const char *out;
    const char *from;
    enum chip_condition condition;
    int held_percent;
    bool resume;
    bool force;
    bool ablate;
    bool reset_grad_told, front_start_told; // else the law says: train_suit
};

// Reads the command line, or ends the program.
void train_command_parse(struct train_command *o, int argc, char **argv);

// Learning curves of a run as SVG, malloc'd, by gnuplot. row: (n) epochs.
char *train_plot(const struct train_epoch *row, int n);

#endif
