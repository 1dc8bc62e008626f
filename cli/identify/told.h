// What was identified, as text.
#ifndef CLI_IDENTIFY_TOLD_H
#define CLI_IDENTIFY_TOLD_H

#include "twin/identify/identify.h"

void told_text(const struct identified *x, const char *file);

#endif
