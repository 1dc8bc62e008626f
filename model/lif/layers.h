// A network run layer by layer: any law, for many clips of one chip.
//
// layers_run returns network_run's bits; tests/unit/model/lif/test_many.c compares them. Where no layer hears
// another one late, a layer runs all ticks of a block before the next one does, its sums come from a table
// (of every 4 sources the sums of all 16 subsets), clips take turns within a tick, so that none waits for
// what it did itself, and laws of chips/ have instances without choices.
#ifndef MODEL_LIF_LAYERS_H
#define MODEL_LIF_LAYERS_H

#include "model/lif/network.h"

enum {
    LAYERS_CLIPS = 16,    // run side by side
    LAYERS_TICKS = 128,   // of a layer before the next layer runs
    LAYERS_NEURONS = 256, // of a layer, at most, and sources
    LAYERS_OWN = 64,      // of a recurrent layer, at most
    LAYERS_HEARD = 512    // sources, each tap counted
};

enum layers_state { LAYERS_V, LAYERS_U, LAYERS_R, LAYERS_COUNT, LAYERS_STATES }; // count: of spikes

struct layers_layer {
    // NULL: one-to-one. A slice of up to 64 neurons after the other: (groups, 16, layers_width);
    // groups of 4 inputs, tap by tap, then of 4 own spikes.
    int32_t *table;
    // (n_pad) how far from 0 u may be for no sum to leave its format; with saturate_each.
    int32_t *limit;
    // Of a slice after the other (LAYERS_CLIPS, LAYERS_STATES, layers_width).
    int32_t *state;
    int before;  // ticks before the block that are kept: 1, or as late as the next layer hears
    uint64_t *z; // (LAYERS_CLIPS, before + LAYERS_TICKS, words) spikes, then and in the block
};

struct layers {
    struct network *net; // laid out; must outlive it
    struct law law;      // without a second synapse that has no weights: its current stays 0
    struct lanes_products products[2]; // of clips whose words are bytes, of others
    struct layers_layer layer[IMAGE_MAX_LAYERS];
};

// Neurons of a slice with room, of which n are left of the layer.
static inline int layers_width(int n)
{
    return n <= 16 ? 16 : n <= 32 ? 32 : 64;
}

// State words of a slice from neuron `first` on, of a clip.
static inline int32_t *layers_state(const struct layers_layer *y, int n_out, int first, int clip,
                                    enum layers_state which)
{
    const int width = layers_width(n_out - first);
    return y->state + (size_t)(LAYERS_CLIPS * LAYERS_STATES) * (size_t)first +
           (size_t)((clip * LAYERS_STATES + (int)which) * width);
}

// Bytes of memory that layers_init needs, aligned to 64: a multiple of 64. 0: no network of this shape
// runs so.
size_t layers_size(const struct image_shape *s);

// False if this network cannot run so: a graded dense first layer, several spikes a tick, a delayed layer.
bool layers_init(struct layers *a, struct network *net, void *memory);

// Whether a clip can: it writes no words, and no second current is recorded.
bool layers_take(const struct layers *a, const struct stimulus *s, const struct trace *t);

// 1..LAYERS_CLIPS clips of the same number of ticks, each from rest.
void layers_run(struct layers *a, int n, const struct stimulus *s, struct trace *t);

// The kernel of model/lif/kernel_layers.c: ticks from .. from + n_ticks - 1, at most LAYERS_TICKS.
typedef void layers_kernel(struct layers *a, int n, const struct stimulus *s, struct trace *t,
                           int from, int n_ticks);

#endif
