// Sound, events and arrays as what DYNAP-SE2 nets are shown: label c is answered by neuron c.
//
// Events and arrays are input events as they are: a word of the corpus is a number of events. Sound comes as
// the words of a front end, each of which stands for the ticks of its bin; an encoder before the chip's
// inputs makes events of them. In each tick it adds a filter's word to a sum that begins at 0, and gives
// an event, and takes `step` away, as often as the sum holds `step`.
#ifndef TWIN_TASK_PATTERNS_DPI_CORPUS_H
#define TWIN_TASK_PATTERNS_DPI_CORPUS_H

#include "twin/task/patterns/dpi_task.h"

extern const struct dpi_task_kind dpi_corpus;

// n_clips of the corpus; all of it outlives the task. dt: s, a tick of the net. Of sound: bin_ms of a word,
// `one` LSB are 1.0, which comes as `rate` events a second. Refuses a bin that is no whole number of ticks.
struct dpi_encoder {
    double bin_ms;
    int one;
    double rate; // Hz
};
int dpi_task_of_corpus(struct dpi_task *t, const struct corpus *c, const int *clip, int n_clips,
                       double dt, const struct dpi_encoder *encoder, struct fail *f);

#endif
