// Energy of an inference, as JSON and as a line.
#ifndef CLI_CHIP_POWER_H
#define CLI_CHIP_POWER_H

#include "cli/cli.h"

#include "twin/chip/power.h"

// Adds "power" to `to`: J a clip of each part, their sum, s and mean W.
void power_add_json(cJSON *to, const struct power_use *p);

// One line on stdout: nJ a clip of each part, their sum, and mean nW.
void power_print(const struct power_use *p);

#endif
