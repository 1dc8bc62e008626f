// Events at random: stimulus for a chip that hears nothing of the world, or to reach what recordings
// do not.
#ifndef TWIN_TASK_EVENTS_RANDOM_EVENTS_H
#define TWIN_TASK_EVENTS_RANDOM_EVENTS_H

#include "base/fail.h"
#include "model/laws/law_image.h"

#include <stdbool.h>
#include <stdint.h>

struct random_events {
    uint64_t seed;
    int n_in, n_ticks;
    int most;         // largest input word
    bool is_signed;   // words below 0 too, down to -most
    double low, high; // share of inputs with an event, a tick: each item has its own from low..high
    bool one_event;   // that share of ticks has an event, of one input; no tick has more
};

// For the inputs of an image: n_in, is_signed and, where it is 0, most: the largest word, of DPI neurons
// RANDOM_EVENTS_DPI events, as currents add up soon. Refuses a `most` that is no word, by its name.
enum { RANDOM_EVENTS_DPI = 3 };
int random_events_of(struct random_events *r, const struct law_image *im, struct fail *f);

// Item i, the same for the same numbers: x (n_ticks, n_in), 0 or a word of 1..most (and -most..-1), all as likely.
void random_events_show(const struct random_events *r, int i, int32_t *x);

#endif
