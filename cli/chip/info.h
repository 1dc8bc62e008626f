// A chip, as spiketwin info tells it.
#ifndef CLI_CHIP_INFO_H
#define CLI_CHIP_INFO_H

#include "cli/cli.h"

// Adds the law and, unless the chip is run on vectors only, all that stands behind it in its file.
void info_add_chip(cJSON *json, const struct chip *c);

// Prints what a neuron of the chip does in a tick, a statement a stage.
void info_print_equations(const struct chip *c);

#endif
