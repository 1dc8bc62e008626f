// What `spiketwin run` shows a net: vectors of `gen`, a table of numbers, or events.
#ifndef CLI_NIR_STIMULUS_H
#define CLI_NIR_STIMULUS_H

#include "twin/chip/chip.h"

struct shown {
    int n_ticks, n_in;
    double *x;       // (n_ticks, n_in) real
    int32_t *word;   // (n_ticks, n_in) as the chip's input words
    uint8_t *byte;   // the same in bytes; NULL where input words have a sign
    int16_t *jitter; // (n_ticks) NULL: none
    long rounded;    // values that are no words
};

// Reads a file, dies with its place otherwise:
//   vectors    what `spiketwin gen` writes; clip number `clip` of it
//   events     a line of names, tick or time (s; time_ms, time_us, time_ns), unit, perhaps value; then
//              rows in any order
//   a table    a row a tick, a column an input; further columns are left alone
// n_ticks: 0, or how many of a table or of events.
void shown_read(struct shown *s, const char *path, const struct chip *c, int n_in, int clip,
                int n_ticks);
void shown_fini(struct shown *s);

#endif
