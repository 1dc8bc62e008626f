// What the actions of `spiketwin dynapse2` share: chip, law and task.
#ifndef CLI_DYNAPSE2_H
#define CLI_DYNAPSE2_H

#include "cli/cli.h"

#include "twin/predict/dpi_yield.h"

struct dynapse2_common {
    struct cli_common common;
    const char *chip;   // name or file; NULL: the net's own, or dynapse2
    const char *events; // folder of the frozen-noise events, or NULL
    const char *law;    // "compat", "silicon" or "double"
    bool general;
    double jitter, drop;
    int reject;
};
extern const struct argp dynapse2_argp; // --chip --events --law --general ... and the common ones
extern const struct dynapse2_common dynapse2_defaults;

// The law of a name; NULL is double.
const struct dpi_law *dynapse2_law(const char *name);

// Says on stderr if the events are not those of the reference.
void dynapse2_load_task(struct dpi_task *t, const struct dynapse2_common *o);

// Dies if the net has not the inputs and neurons that the task needs.
void dynapse2_check_net(const struct dpi_net *net, const struct dpi_task *task, const char *path);

int dynapse2_train(int argc, char **argv);
int dynapse2_yield(int argc, char **argv);

#endif
