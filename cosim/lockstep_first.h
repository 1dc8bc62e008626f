// Inside of lockstep: its memory, and how the first divergence is found out and told.
#ifndef COSIM_LOCKSTEP_FIRST_H
#define COSIM_LOCKSTEP_FIRST_H

#include "cosim/lockstep.h"
#include "model/network.h"

struct lockstep {
    struct dut_handle *h;
    const struct image *im;
    int max_ticks;
    int n_neurons;
    struct network network;
    void *network_memory;
    struct trace trace;                   // the model's, of the present stimulus
    struct law_stages *stages;            // (max_ticks, n_neurons), with options.stages
    struct dut_commit *commits;           // (LOCKSTEP_HISTORY + 1, n_neurons), tick t in t % 4
    bool spikes_differ[IMAGE_MAX_LAYERS]; // of the last tick
    int first_write;                      // of the stimulus that is not before the present tick
    bool words_written;                   // the DUT has words that are not the image's
    int32_t *dut_count;                   // (n_out of the last layer) the DUT's own output spikes
};

static inline struct dut_commit *lockstep_commits(const struct lockstep *k, int tick)
{
    return k->commits + (size_t)(tick % (LOCKSTEP_HISTORY + 1)) * (size_t)k->n_neurons;
}

// The model's state after a tick of the present stimulus (-1: at rest), and its spikes in it.
struct law_state lockstep_after(const struct lockstep *k, int tick, int layer, int n);
int32_t lockstep_spikes(const struct lockstep *k, int tick, int layer, int n);

// Fills *d for commit `c` of `tick`, which differs. The trace of the model is spent by it only
// where its counts are. -1 with a message if the model's reference does not differ from the DUT
// there.
int lockstep_first(struct lockstep *k, const struct stimulus *s, int tick,
                   const struct dut_commit *c, bool root, struct lockstep_divergence *d,
                   char *message, size_t size);

#endif
