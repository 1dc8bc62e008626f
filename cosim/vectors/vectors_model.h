// The golden model on a clip, its words in the order of the result records.
#ifndef COSIM_VECTORS_VECTORS_MODEL_H
#define COSIM_VECTORS_VECTORS_MODEL_H

#include "cosim/corners/corners.h"
#include "cosim/vectors/vectors.h"
#include "model/laws/reference.h"

struct vectors_model {
    const struct law_image *im;
    struct vectors_shape shape;
    struct reference reference;
    void *memory;
    const struct stimulus *stimulus; // of the present run
    int64_t *words, *recorded;       //
    struct corners *corners;         // that it counts; NULL: none
    int64_t *stages; // (n_ticks, vectors_stage_words) that it fills in; NULL: it keeps none
    int row;         // vectors_tick_words
    int place[IMAGE_MAX_LAYERS], first[IMAGE_MAX_LAYERS], neurons;
};

// The image must outlive it. False: out of memory; vectors_model_fini is legal all the same.
bool vectors_model_init(struct vectors_model *m, const struct law_image *im);
void vectors_model_fini(struct vectors_model *m);

// A stimulus from rest into words, (n_ticks, vectors_tick_words), and recorded, (n_ticks, neurons of
// all layers): the membrane before its reset. recorded may be NULL.
void vectors_model_run(struct vectors_model *m, const struct stimulus *s, int64_t *words,
                       int64_t *recorded);

// The words in which runs begin, as those of one tick.
void vectors_model_rest(const struct vectors_model *m, int64_t *words);

#endif
