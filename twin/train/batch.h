// One training step's gradient: a batch of clips through fresh virtual chips and back.
//
// Every clips_per_chip clips have a virtual chip of their own. A batch is cut into parts of whole
// chips; each part has its own gradient, and parts are added up in order: the bits do not depend on
// the number of threads.
#ifndef TWIN_TRAIN_BATCH_H
#define TWIN_TRAIN_BATCH_H

#include "twin/lif/backward.h"
#include "twin/task/corpus.h"

struct batch_clip {
    int clip; // index into the corpus
    int label;
    int shift; // in time, grains of the corpus
    struct batch_mask {
        int tick, n_ticks;   // input words of these ticks are 0,
        int input, n_inputs; // and those of these inputs
    } mask;
};

struct batch_result {
    double
        loss; // mean cross-entropy of a clip, nats; of targets the mean squared error, in their variance
    double rate_loss; // mean loss of a clip, of firing-rate targets and of wrapping
    double correct;   // share of clips decided right; of targets of the points
    double rate;      // spikes per hidden neuron and tick
    int64_t clamped;  // words of the drawn chips that had to be clamped
};

struct batch_options {
    struct backward_options backward;
    float logit_scale; // logits = scale · output spike counts
    int population;    // output neurons of a class: logits add up their counts; 0 stands for 1
    const struct targets *targets; // of the corpus; NULL: it has labels
    int clips_per_chip;            // a fresh virtual chip every so many clips
};

struct batch; // workspaces of all threads; opaque

struct batch *batch_new(const struct chip *c, const struct image_shape *shape, int n_ticks,
                        int max_clips, const struct batch_options *o, struct fail *f);
void batch_free(struct batch *b);

// g (n_values of the net) becomes the mean gradient of the clips. first_chip: k of the first chunk.
// s may be NULL if every clip's words come from `fixed` (n, n_ticks, n_in) instead: for benches.
struct batch_result batch_gradient(struct batch *b, const struct net *n, const struct corpus *s,
                                   const uint8_t *fixed, const struct batch_clip *clips,
                                   int n_clips, uint64_t seed, uint32_t first_chip, float *g);

#endif
