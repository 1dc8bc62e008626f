// What was identified, as text, as JSON and as a chip file.
#ifndef CLI_IDENTIFY_TOLD_H
#define CLI_IDENTIFY_TOLD_H

#include "twin/identify/identify.h"

#include <cjson/cJSON.h>

void told_text(const struct identified *x, const char *file);
cJSON *told_json(const struct identified *x, const char *file);

// The law that is found, formats for all neurons, as a chip file; dies where it is none.
void told_chip(const struct identified *x, const char *file, const char *path);

#endif
