// On which line of a YAML file a field stands: for messages about values that a schema cannot
// judge.
#ifndef TWIN_IO_YAML_LINES_H
#define TWIN_IO_YAML_LINES_H

#include "base/fail.h"

#include <stdio.h>

// libyaml needs time in the square of the depth, and memory many times the size, of what it reads:
// both are bounded before it does.
enum {
    YAML_MOST = 1 << 20, // bytes of a file
    YAML_DEPTH = 16      // mappings and lists in each other
};

// To read: a file, no folder or pipe, of up to YAML_MOST bytes. NULL with a message.
FILE *yaml_open(const char *path, struct fail *f);

// Line of the first mapping or list below YAML_DEPTH others, 0 if there is none before what is no
// YAML. Reads no further.
int yaml_too_deep(const char *file);

// Line (from 1) of a part of a field, such as "value" of "law.input", or of the field itself with
// ""; 0 if it is not there or the file cannot be read. Of a key that stands twice, the last.
int yaml_line_of(const char *file, const char *field, const char *part);

// The text at a path, "" if it is not there, cut at size; returns its line or 0.
int yaml_text_of(const char *file, const char *path, char *text, unsigned long size);

// A key that stands twice in one mapping: its line and dotted path, or 0 if there is none.
int yaml_duplicate(const char *file, char *path, unsigned long size);

#endif
