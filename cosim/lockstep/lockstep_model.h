// Inside of lockstep: its memory, what it asks of the golden model of a law, and how the first
// divergence is found out and told.
#ifndef COSIM_LOCKSTEP_LOCKSTEP_MODEL_H
#define COSIM_LOCKSTEP_LOCKSTEP_MODEL_H

#include "cosim/lockstep/lockstep.h"

// The golden model of one law, run whole before the DUT steps. Layers are those of the image's view.
struct lockstep_model {
    const struct law_kind *kind; // NULL: any

    // Memory for runs of at most max_ticks. NULL: none left.
    void *(*open)(const struct law_image *im, int max_ticks);
    void (*close)(void *m); // NULL is legal

    // Runs a stimulus from `start` (NULL: rest), with every stage if asked for. What the DUT's first
    // layer hears is in the stimulus that it returns, which is good until the next run.
    struct stimulus (*run)(void *m, const struct stimulus *s, const void *start, bool stages);

    // (neurons) of the law's state: before the first tick of the last run.
    void (*rest)(void *m, void *states);

    // The same after a tick; and of each neuron its spikes in it, and the word of the row's stage
    // `recorded`.
    void (*after)(void *m, int tick, void *states, int32_t *fired, int64_t *recorded);

    // (neurons) of the law's stages of a tick, if the run was with them; else those of one neuron
    // alone, which lie in its place: of `tick` by the reference over the stimulus of the last run.
    const void *(*stages)(void *m, int tick);
    const void *(*again)(void *m, const struct stimulus *s, int tick, int layer, int neuron);

    // Spikes of a neuron in a tick (before the first: of the state that it began with).
    int32_t (*spikes)(void *m, int tick, int layer, int neuron);
};

extern const struct lockstep_model lockstep_lif, lockstep_dpi, lockstep_reference;

enum { LOCKSTEP_RING = LOCKSTEP_HISTORY + 1 };

// Ticks in which a spike may still be heard: that of the last tap of a delayed layer, and one more.
enum { LOCKSTEP_LATE = IMAGE_MAX_LATE + 2 };

struct lockstep {
    struct dut_handle *h;
    struct law_image im;
    const struct lockstep_model *model;
    void *m;
    int max_ticks, n_neurons, n_states;
    size_t commit;               // bytes of one
    char *commits;               // (LOCKSTEP_RING, n_neurons), tick t in t % LOCKSTEP_RING
    char *before;                // (LOCKSTEP_RING, n_neurons) of the model's state
    char *after;                 // the same
    int32_t *fired;              // (n_neurons)
    int64_t *recorded;           // (n_neurons)
    bool exists[LOCKSTEP_WORDS]; // state words that this law has
    bool stages;                 // of the present run
    bool spikes_differ[LOCKSTEP_LATE][IMAGE_MAX_LAYERS]; // of the last ticks, tick t in t % LATE
    int first_write;    // of the stimulus that is not before the present tick
    bool words_written; // the DUT has words that are not the image's
    int32_t *dut_count; // (n_out of the last layer) the DUT's own output spikes
};

static inline char *lockstep_commit(const struct lockstep *k, int tick, int i)
{
    return k->commits +
           ((size_t)(tick % LOCKSTEP_RING) * (size_t)k->n_neurons + (size_t)i) * k->commit;
}

static inline char *lockstep_state(const struct lockstep *k, char *ring, int tick, int i)
{
    return ring +
           ((size_t)(tick % LOCKSTEP_RING) * (size_t)k->n_neurons + (size_t)i) * k->im.kind->state;
}

// Fills *d for neuron `i` of all, whose commit of `tick` differs. x: what the DUT's first layer heard. -1
// with a message if the model's reference does not differ from the DUT there.
int lockstep_first(struct lockstep *k, const struct stimulus *x, int tick, int i, bool root,
                   struct lockstep_divergence *d, char *message, size_t size);

#endif
