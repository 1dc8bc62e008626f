// A batch of clips through virtual chips and back, in two halves: for whoever has a graph of its own around
// it (python/). The same kernels, chips and order of sums as twin/train/batch.h.
//
// Forward leaves a tape: the chips that were drawn and what happened on them. Back reads it, once or more
// often; the net may change in between, since the chips are on the tape.
#ifndef TWIN_TRAIN_THROUGH_H
#define TWIN_TRAIN_THROUGH_H

#include "twin/train/batch.h"

struct through_options {
    struct backward_options backward;
    int clips_per_chip; // a virtual chip every so many clips; 0: one for all of the batch
    bool jitter; // each chip's clock jitters, as far as its chip file lets it act on the leak
};

struct through; // what all batches share: workspaces of all threads
struct tape;    // one batch

// Refuses what cannot be trained through: another law than lif, inputs with a sign. The chip must outlive it.
struct through *through_new(const struct chip *c, const struct image_shape *shape, int n_ticks,
                            const struct through_options *o, struct fail *f);
void through_free(struct through *t); // NULL is legal

// Room for up to max_clips clips. tape_free(NULL) is legal.
struct tape *tape_new(const struct through *t, int max_clips, struct fail *f);
void tape_free(struct tape *y);
int tape_clips(const struct tape *y); // max_clips

struct through_out {
    float *count;    // (n_clips, n_out) output spikes of each clip; NULL: not wanted
    float *spikes;   // (n_clips, n_ticks, n_out) of each tick; NULL: not wanted
    int64_t clamped; // words of the drawn chips that had to be clamped
};

// What is shown: words, or real values that become the nearest words.
struct through_in {
    const uint8_t *word; // (n_clips, n_ticks, n_in); must outlive the way back
    const float *real;   // the same in its place, 0..the largest word; NULL: words are given
    int64_t rounded;     // of them, are no words
};

// Chips are k, k + 1, .. of this seed (0: the nominal one). Refuses a value that no word comes near, by its
// place, and a net whose values are not finite.
int through_forward(struct through *t, struct tape *y, const struct net *n, struct through_in *x,
                    int n_clips, uint64_t seed, uint32_t k, struct through_out *out,
                    struct fail *f);

// g (n_values of the net): the gradient of the clips' sum. gcount (n_clips, n_out) and gz (n_clips, n_ticks,
// n_out): dL/d count, dL/d spikes; one may be NULL. gx (n_clips, n_ticks, n_in): dL/dx as real values; NULL: not
// wanted.
int through_back(struct through *t, struct tape *y, const struct net *n, const float *gcount,
                 const float *gz, float *g, float *gx, struct fail *f);

#endif
