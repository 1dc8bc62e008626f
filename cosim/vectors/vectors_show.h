// Clips as a vector file: what identifies them goes into the head, then they go themselves, with the golden
// model's results where they are wanted.
#ifndef COSIM_VECTORS_VECTORS_SHOW_H
#define COSIM_VECTORS_VECTORS_SHOW_H

#include "cosim/vectors/vectors.h"

struct vectors_shown {
    int n_items, n_ticks; // of the longest
    // Item i, a pure function of its number; words (n_ticks, n_in) and jitter (n_ticks) are room for it.
    struct stimulus (*show)(const void *context, int i, int32_t *words, int16_t *jitter);
    const char *(*name)(const void *context, int i, char text[32]);
    const void *context;
    bool expect; // with the results of each tick
    bool stages; // and with all stages
};

// Of a writer that has its head so far, to its end. -1 with a message.
int vectors_show(struct vectors_writer *w, const struct law_image *im,
                 const struct vectors_shown *s, char *message, size_t size);

#endif
