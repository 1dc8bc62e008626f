// Options of the program by name, `-` as `_`: rows of the library's tables (twin/train/train_rows.h).
#ifndef PYTHON_SRC_OPTIONS_H
#define PYTHON_SRC_OPTIONS_H

#include "spiketwin.h"

enum RowKind { FLAG, WHOLE, NUMBER, REAL, CHOICE };

struct Row {
    RowKind kind;
    const char *name, *what;
    size_t at; // in the struct of options
    double lo, hi, times;
    const char *const *kinds; // of CHOICE, NULL at their end
};

// Puts a value where the row of this name says and returns its name in the program; refuses what is none of them.
std::string take_option(void *options, const std::vector<Row> &rows, const std::string &key,
                        nb::handle value);

// The keyword of an option: clip-norm is clip_norm.
std::string key_of(const char *option);

// Which of these it is.
int choice(const char *name, const char *const *kinds, const std::string &text);

// A line each, for a docstring.
std::string help_of(const std::vector<Row> &rows);

#endif
