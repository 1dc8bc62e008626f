// Events at random: stimulus for a chip that hears nothing of the world, or to reach what recordings
// do not.
#ifndef TWIN_TASK_EVENTS_RANDOM_EVENTS_H
#define TWIN_TASK_EVENTS_RANDOM_EVENTS_H

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

// Item i, the same for the same numbers: x (n_ticks, n_in), 0 or a word of 1..most (and -most..-1), all as likely.
void random_events_show(const struct random_events *r, int i, int32_t *x);

#endif
