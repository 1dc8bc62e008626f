#include "twin/dpi/dpi_diff.h"

#include <stdlib.h>

static int64_t word_of(const struct dpi_layer *y, enum dpi_word kind, int row, int neuron)
{
    return kind == DPI_WEIGHT ? y->w[row * y->n_out + neuron]
                              : law_get(&dpi_kind.word[kind], &y->neuron[neuron]);
}

struct dpi_diff dpi_compare(const struct dpi_layer *a, const struct dpi_layer *b,
                            enum dpi_word kind)
{
    struct dpi_diff d = {.words = 0};
    const int rows = kind == DPI_WEIGHT ? dpi_sources(a) : 1;
    double sum = 0;
    for (int row = 0; row < rows; row++)
        for (int n = 0; n < a->n_out; n++) {
            const int64_t p = word_of(a, kind, row, n), q = word_of(b, kind, row, n);
            d.words++;
            d.differ += p != q;
            sum += (double)llabs(q - p);
            if (llabs(q - p) <= llabs(d.largest)) continue;
            d.largest = q - p;
            d.neuron = n;
            d.row = row;
            d.a = p;
            d.b = q;
        }
    d.mean_size = sum / d.words;
    return d;
}
