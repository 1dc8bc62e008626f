// Lockstep: the RTL and the golden model side by side, every state word of every neuron compared.
//
// The same for every law: words, states and stages are those of its row (model/law_kind.h). The model
// runs first, by its fast kernel where it has one; then the DUT steps tick by tick and each of its
// commits is compared. Only a difference makes the model run again with every intermediate, to say
// where it began. Nothing that the DUT says enters the model.
#ifndef COSIM_LOCKSTEP_LOCKSTEP_H
#define COSIM_LOCKSTEP_LOCKSTEP_H

#include "cosim/dut/dut.h"

#include <stdio.h>

enum { LOCKSTEP_HISTORY = 3, LOCKSTEP_EVENTS = 64, LOCKSTEP_WORDS = 16 };

struct lockstep_options {
    bool stages;     // compare all stages too (LIF: the model runs by its reference)
    bool keep_going; // count differences to the end instead of stopping at the first
    const void
        *start; // state in which the run begins, (neurons of all layers of the image); NULL: at
                // rest. Only where a DUT's state is what is written (dut_ops.rests)
    void *dut_after; // (n_ticks, neurons of the DUT), the DUT's state after each tick; or NULL
};

// One event that a neuron gathered.
struct lockstep_event {
    int source;  // source row; >= n_in: own neuron source - n_in, of the tick before
    int synapse; // 0, or 1 for the second
    int x;
    int w;
};

enum lockstep_side { LOCKSTEP_MODEL, LOCKSTEP_DUT };

// One tick of one neuron, on both sides; words in the order of the law's row.
struct lockstep_pair {
    int tick;
    int jitter;
    int64_t before[2][LOCKSTEP_WORDS], stage[2][LOCKSTEP_WORDS], after[2][LOCKSTEP_WORDS];
};

struct lockstep_divergence {
    int tick, layer, neuron;
    char what[32]; // a stage's name, or "v before", "u after" and the like
    int64_t expected, got;
    int bits;  // of the word, for XOR and hexadecimal
    int frac;  // fraction bits of its real value; 0: a plain number
    bool root; // events were the model's, and so was the state before, or it was when the DUT told
               // it last (its memory changed it); else inherited from an earlier difference
    struct lockstep_pair at;
    int n_history; // the ticks before, latest first
    struct lockstep_pair history[LOCKSTEP_HISTORY];
    int n_events;                                 // in all
    struct lockstep_event event[LOCKSTEP_EVENTS]; // the first of them
};

struct lockstep_result {
    int64_t ticks, cycles;
    int64_t words, words_differ;   // state words compared: law_image_state_words a neuron and tick
    int64_t spikes, spikes_differ; // spike counts compared: one a neuron and tick
    int64_t stages, stages_differ; // stages compared with options.stages, else 0
    int64_t fired;                 // spikes of the model among them
    int64_t roots, inherited;      // neuron-ticks that differ, by where the difference came from
    struct lockstep_divergence first; // valid if roots + inherited > 0
};

struct lockstep; // a DUT, an image and the memory of a run

// For runs of at most max_ticks. `h` (loaded here with the image) and the image that `im` shows must
// outlive it. NULL with a message.
struct lockstep *lockstep_new(struct dut_handle *h, const struct law_image *im, int max_ticks,
                              char *message, size_t size);
void lockstep_free(struct lockstep *k); // NULL is legal

// Runs one stimulus on both sides and adds to *r (zeroed by the caller before the first). The stimulus
// is that of the whole network: a DUT that is a later layer of it is fed with what the model's layer
// before did. 0 same, 1 differs, -1 could not run, with a message.
int lockstep_run(struct lockstep *k, const struct stimulus *s, const struct lockstep_options *o,
                 struct lockstep_result *r, char *message, size_t size);

// Output spikes that the DUT itself fired in the last run, (n_out of its last layer): its decision.
const int32_t *lockstep_dut_count(const struct lockstep *k);

// Prints the divergence for a person.
void lockstep_explain(FILE *f, const struct law_image *im, const struct lockstep_divergence *d);

// Replays a stimulus on a DUT built with waves and writes ticks first..last to an FST file. 0 or
// -1.
int lockstep_wave(struct dut_handle *waves, const struct law_image *im, const struct stimulus *s,
                  int first, int last, const char *path, char *message, size_t size);

#endif
