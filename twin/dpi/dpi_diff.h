// What makes one DYNAP-SE2 chip another: the words of two images of one size, kind by kind.
#ifndef TWIN_DPI_DPI_DIFF_H
#define TWIN_DPI_DPI_DIFF_H

#include "model/dpi/dpi_network.h"

struct dpi_diff {
    int words;        // of this kind in the layer
    int differ;       // of them
    int64_t largest;  // b − a of the word that differs most, LSB
    int neuron, row;  // where; row is a weight's, else 0
    int64_t a, b;     // the two words
    double mean_size; // mean |b − a| over all words, LSB
};

// kind: DPI_WEIGHT .. DPI_PERIOD.
struct dpi_diff dpi_compare(const struct dpi_layer *a, const struct dpi_layer *b,
                            enum dpi_word kind);

#endif
