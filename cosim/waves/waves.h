// Save files beside a wave: NAME.gtkw for GTKWave and NAME.sucl, commands for Surfer. Signals in groups, each in the format of its word:
// decimal, and with its fraction bits where the viewer has such a format (GTKWave).
#ifndef COSIM_WAVES_WAVES_H
#define COSIM_WAVES_WAVES_H

#include "base/fail.h"

#include <stdbool.h>

enum { WAVES_NAME = 64 };

enum waves_format { WAVES_BITS, WAVES_SIGNED, WAVES_UNSIGNED };

struct waves_signal {
    const char *group; // those of a group stand together
    char name[WAVES_NAME];
    int bits; // of a vector; 0: a scalar
    int frac; // of its LSB, 2^-frac
    enum waves_format format;
};

// NULL, or why a wave of this name cannot be named in a save file.
const char *waves_no_name(const char *wave);

// Writes both beside `wave`, a file of the signals of the scope `top`, "a.b". 0 or -1.
int waves_write(const char *wave, const char *top, const struct waves_signal *signal, int n,
                struct fail *f);

#endif
