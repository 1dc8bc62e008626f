// Lockstep: the RTL and the golden model side by side, every state word of every neuron compared.
//
// The model runs first, by its fast kernel; then the DUT steps tick by tick and each of its commits
// is compared. Stages are named as in model/law.h. Only a difference makes the model run again with
// every intermediate, to say where it began. Nothing that the DUT says enters the model.
#ifndef COSIM_LOCKSTEP_H
#define COSIM_LOCKSTEP_H

#include "cosim/dut.h"

#include <stdio.h>

enum { LOCKSTEP_HISTORY = 3, LOCKSTEP_EVENTS = 64 };

struct lockstep_options {
    bool stages;     // compare all eight stages too (the model runs by its reference)
    bool keep_going; // count differences to the end instead of stopping at the first
};

// One event that a neuron gathered.
struct lockstep_event {
    int source;  // source row; >= n_in: own neuron source - n_in, of the tick before
    int synapse; // 0, or 1 for the second
    int x;
    int w;
};

// One tick of one neuron, on both sides.
struct lockstep_pair {
    int tick;
    int jitter;
    struct law_state before_expected, before_got;
    struct law_stages expected, got;
    struct law_state after_expected, after_got;
};

struct lockstep_divergence {
    int tick, layer, neuron;
    const char *what; // a stage's name, or "v before", "u after" and the like
    int64_t expected, got;
    int bits; // of the word, for XOR and hexadecimal
    int frac; // fraction bits of its real value; -1: a plain number
    bool
        root; // state before and events were the model's; else inherited from an earlier difference
    struct lockstep_pair at;
    int n_history; // the ticks before, latest first
    struct lockstep_pair history[LOCKSTEP_HISTORY];
    int n_events;                                 // in all
    struct lockstep_event event[LOCKSTEP_EVENTS]; // the first of them
};

struct lockstep_result {
    int64_t ticks, cycles;
    int64_t words, words_differ;      // state words compared: image_state_words a neuron and tick
    int64_t spikes, spikes_differ;    // spike bits compared: one a neuron and tick
    int64_t stages, stages_differ;    // stages compared with options.stages, else 0
    int64_t fired;                    // spikes of the model among them
    int64_t roots, inherited;         // neuron-ticks that differ, by where the difference came from
    struct lockstep_divergence first; // valid if roots + inherited > 0
};

struct lockstep; // a DUT, an image and the memory of a run

// For runs of at most max_ticks. `h` (loaded here with the image) and `im` must outlive it. NULL
// with a message.
struct lockstep *lockstep_new(struct dut_handle *h, const struct image *im, int max_ticks,
                              char *message, size_t size);
void lockstep_free(struct lockstep *k); // NULL is legal

// Runs one stimulus from rest on both sides and adds to *r (zeroed by the caller before the first).
// 0 same, 1 differs, -1 could not run, with a message.
int lockstep_run(struct lockstep *k, const struct stimulus *s, const struct lockstep_options *o,
                 struct lockstep_result *r, char *message, size_t size);

// Output spikes that the DUT itself fired in the last run, (n_out of the last layer): its decision.
const int32_t *lockstep_dut_count(const struct lockstep *k);

// Prints the divergence for a person.
void lockstep_explain(FILE *f, const struct image *im, const struct lockstep_divergence *d);

// Replays a stimulus on a DUT built with waves and writes ticks first..last to an FST file. 0 or
// -1.
int lockstep_wave(struct dut_handle *waves, const struct image *im, const struct stimulus *s,
                  int first, int last, const char *path, char *message, size_t size);

#endif
