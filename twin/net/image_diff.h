// What makes one chip another: the words of two images of one shape, kind by kind.
#ifndef TWIN_NET_IMAGE_DIFF_H
#define TWIN_NET_IMAGE_DIFF_H

#include "model/lif/image.h"

struct image_diff {
    int layer;
    enum image_word kind;
    int words;        // of this kind in the layer
    int differ;       // of them
    int32_t largest;  // b − a of the word that differs most, LSB
    int neuron, row;  // where; row is a weight's, else 0
    int32_t a, b;     // the two words
    double mean_size; // mean |b − a| over all words, LSB
};

enum { IMAGE_DIFFS = IMAGE_MAX_LAYERS * LAW_MAX_WORDS };

// Every kind that the law has in every layer, in order; returns how many.
int image_compare(const struct image *a, const struct image *b,
                  struct image_diff diff[IMAGE_DIFFS]);

#endif
