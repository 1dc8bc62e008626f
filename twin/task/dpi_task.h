// Tasks of a DYNAP-SE2 net: event patterns, each with the output neuron that is to answer it.
//
// Pattern p is class p, answered by neuron p. A frozen task shows the patterns as they are: right
// is who spikes more than all others. A general task shows each with events dropped and moved, and
// between them noise that was never shown before; right is to answer a pattern with more than
// `reject` spikes and more than all others, and noise with no such neuron. Variations and noise of
// chip k are a pure function of (seed, k, draw), so that training never sees those of evaluation.
#ifndef TWIN_TASK_DPI_TASK_H
#define TWIN_TASK_DPI_TASK_H

#include "twin/dpi/dpi_events.h"

enum { DPI_MAX_PATTERNS = 8, DPI_NOISE = -1 };

struct dpi_task {
    int n_in, n_ticks, n_patterns;
    struct dpi_sample pattern[DPI_MAX_PATTERNS];
    bool general;
    double jitter;                              // ticks, standard deviation of an event's shift
    double drop;                                // share of events that are lost
    double noise_rate;                          // events a channel and tick
    int reject;                                 // spikes
    struct dpi_events frozen[DPI_MAX_PATTERNS]; // the patterns as they are, in all lanes
};
void dpi_task_free(struct dpi_task *t);

// The frozen-noise task of Rockpool's DynapSim: 2 patterns, 60 inputs, 500 ticks, from
// DIR/b_frozen_noise_trained_sample{0,1}.events.csv. Without DIR (NULL) Poisson events of our own
// at the same rate, 50 Hz, always the same.
int dpi_task_frozen_noise(struct dpi_task *t, const char *dir, struct fail *f);

// What is shown: patterns 0.., then, of a general task, noise.
static inline int dpi_task_shown(const struct dpi_task *t)
{
    return t->n_patterns + (t->general ? 1 : 0);
}

// The class of what is shown: a pattern, or DPI_NOISE.
static inline int dpi_task_class(const struct dpi_task *t, int shown)
{
    return shown < t->n_patterns ? shown : DPI_NOISE;
}

// Input of sixteen lanes: what is shown to chip k[lane] at its `draw`-th time. *e is the task's own
// or, if it has to be made, *room, which dpi_events_free empties. NULL: out of memory.
const struct dpi_events *dpi_task_events(const struct dpi_task *t, int shown, uint64_t seed,
                                         const uint32_t k[DPI_LANES], int draw,
                                         struct dpi_events *room, struct fail *f);

// What a chip answers: the neuron that spikes more than all others (and, in a general task, more
// than `reject` times).
enum {
    DPI_TIE = -2,      // none: two spike as often, and more than all others
    DPI_NO_NUMBER = -3 // none: a count is no number
};                     // and DPI_NOISE: none does

// counts: spikes of n neurons, `stride` apart.
int dpi_task_answer(const struct dpi_task *t, const float *counts, int n, int stride);

// A tie answers noise as well as silence does.
bool dpi_task_right(const struct dpi_task *t, int class, const float *counts, int n, int stride);

#endif
