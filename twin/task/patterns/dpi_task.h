// What DYNAP-SE2 nets are shown, item by item, and the output neuron that is to answer. A kind of data
// is a row.
//
// Class c is answered by neuron c: by more spikes than any other that answers. Event patterns
// (dpi_patterns.h) are shown to a chip all of them, sound, events and arrays (dpi_corpus.h) clip by clip.
#ifndef TWIN_TASK_PATTERNS_DPI_TASK_H
#define TWIN_TASK_PATTERNS_DPI_TASK_H

#include "twin/dpi/dpi_events.h"
#include "twin/task/corpus.h"

enum { DPI_MAX_PATTERNS = 8, DPI_NOISE = -1 };

struct dpi_task {
    const struct dpi_task_kind *kind;
    int n_in, n_ticks;
    int n_classes;
    int n_heard; // neurons that answer, the rest are hidden; 0: all, those beyond the classes for none

    // Of event patterns: pattern p is class p.
    struct dpi_sample pattern[DPI_MAX_PATTERNS];
    bool general;
    double jitter;                              // ticks, standard deviation of an event's shift
    double drop;                                // share of events that are lost
    double noise_rate;                          // events a channel and tick
    int reject;                                 // spikes
    struct dpi_events frozen[DPI_MAX_PATTERNS]; // the patterns as they are, in all lanes

    // Of a corpus, which outlives the task.
    const struct corpus *corpus;
    const int *clip; // (n_clips) indices into it
    int n_clips;
    int hold; // ticks for which an input word stands
    int step; // LSB of words, summed over ticks, that make an event; 0: a word is so many events
};

struct dpi_task_kind {
    int (*shown)(const struct dpi_task *t); // items
    int (*class_of)(const struct dpi_task *t, int shown);
    // dpi_task_lanes, and dpi_task_rehearsal.
    const struct dpi_events *(*lanes)(const struct dpi_task *t, const int shown[DPI_LANES],
                                      uint64_t seed, const uint32_t k[DPI_LANES], int draw,
                                      struct dpi_events *room, struct fail *f);
    const struct dpi_events *(*rehearsal)(const struct dpi_task *t, int i, uint64_t seed,
                                          struct dpi_events *room, struct fail *f);
    void (*free)(struct dpi_task *t); // what it owns
};
void dpi_task_free(struct dpi_task *t); // a zeroed one is legal

// What is shown: patterns 0.., then, of a general task, noise; or the clips.
int dpi_task_shown(const struct dpi_task *t);

// The class of what is shown, or DPI_NOISE.
int dpi_task_class(const struct dpi_task *t, int shown);

// Input of sixteen lanes: shown[lane] to chip k[lane] at its `draw`-th time. *e is the task's own or,
// if it has to be made, *room, which dpi_events_free empties. NULL: out of memory.
const struct dpi_events *dpi_task_lanes(const struct dpi_task *t, const int shown[DPI_LANES],
                                        uint64_t seed, const uint32_t k[DPI_LANES], int draw,
                                        struct dpi_events *room, struct fail *f);

// The same thing in all lanes.
const struct dpi_events *dpi_task_events(const struct dpi_task *t, int shown, uint64_t seed,
                                         const uint32_t k[DPI_LANES], int draw,
                                         struct dpi_events *room, struct fail *f);

// The i-th that a chip is shown to be calibrated, in all lanes.
const struct dpi_events *dpi_task_rehearsal(const struct dpi_task *t, int i, uint64_t seed,
                                            struct dpi_events *room, struct fail *f);

// What a chip answers: the neuron that spikes more than all others (and, in a general task, more
// than `reject` times).
enum {
    DPI_TIE = -2,      // none: two spike as often, and more than all others
    DPI_NO_NUMBER = -3 // none: a count is no number
};                     // and DPI_NOISE: none does

// How many of n neurons answer.
static inline int dpi_task_heard(const struct dpi_task *t, int n)
{
    return t->n_heard ? t->n_heard : n;
}

// counts: spikes of n neurons, `stride` apart.
int dpi_task_answer(const struct dpi_task *t, const float *counts, int n, int stride);

// A tie answers noise as well as silence does.
bool dpi_task_right(const struct dpi_task *t, int wanted, const float *counts, int n, int stride);

#endif
