// What a chip file's values have to be together, once each is in its own range.
#ifndef TWIN_CHIP_CHIP_RULES_H
#define TWIN_CHIP_CHIP_RULES_H

#include "twin/chip/chip_fields.h"

// Refuses, by its line, values that do not go together. What the file need not say is filled in.
int chip_check(struct chip *c, const struct yaml_file *y, struct fail *f);

#endif
