// What makes one chip another: the words of two images of one shape, kind by kind.
#ifndef TWIN_NET_IMAGE_DIFF_H
#define TWIN_NET_IMAGE_DIFF_H

#include "model/laws/law_image.h"

struct image_diff {
    int layer;
    enum image_word kind;
    int words;       // of this kind in the layer
    int differ;      // of them
    int32_t largest; // b − a of the word that differs most, LSB
    int neuron, row; // where; row is a weight's, else 0
    int32_t a, b;    // the two words
    int32_t lo, hi;  // smallest and largest of all words of both
    // Over all words, LSB and LSB^2: of b − a, of its size and its square, and of a's square.
    double mean, mean_size, mean_square, square_of_a;
};

enum { IMAGE_DIFFS = IMAGE_MAX_LAYERS * LAW_MAX_WORDS };

// Rows of a kind of word: of the weights, else 1.
int image_word_rows(const struct law_image *im, int layer, int kind);

// Every kind that the law has in every layer, in order; returns how many.
int image_compare(const struct image *a, const struct image *b,
                  struct image_diff diff[IMAGE_DIFFS]);

#endif
