// What the actions of `spiketwin dynapse2` share: chip, law and task.
#ifndef CLI_DYNAPSE2_DYNAPSE2_H
#define CLI_DYNAPSE2_DYNAPSE2_H

#include "cli/train/patterns.h"

struct dynapse2_common {
    struct cli_common common;
    struct patterns_options patterns;
    const char *chip; // name or file; NULL: the net's own, or dynapse2
};
extern const struct argp dynapse2_argp; // --chip --law, those of patterns.h and the common ones

int dynapse2_train(int argc, char **argv);

#endif
