#include "twin/net/image_diff.h"

#include <stdlib.h>

static int32_t word_of(const struct image_layer *y, enum image_word kind, int row, int neuron)
{
    if (kind == WORD_WEIGHT) return y->w[(size_t)row * (size_t)y->n_out + (size_t)neuron];
    return law_get(&lif_kind.word[kind], &y->neuron[neuron]);
}

static struct image_diff compare_kind(const struct image *a, const struct image *b, int layer,
                                      enum image_word kind)
{
    const struct image_layer *x = &a->layer[layer], *y = &b->layer[layer];
    struct image_diff d = {.layer = layer, .kind = kind};
    int64_t sum = 0, most = 0;
    int rows = kind == WORD_WEIGHT ? x->n_rows : 1;
    for (int row = 0; row < rows; row++)
        for (int n = 0; n < x->n_out; n++) {
            int32_t p = word_of(x, kind, row, n), q = word_of(y, kind, row, n);
            int64_t size = llabs((int64_t)q - p);
            d.words++;
            d.differ += size != 0;
            sum += size;
            if (size <= most) continue;
            most = size;
            d.largest = q - p;
            d.neuron = n;
            d.row = row;
            d.a = p;
            d.b = q;
        }
    d.mean_size = (double)sum / d.words;
    return d;
}

int image_compare(const struct image *a, const struct image *b, struct image_diff diff[IMAGE_DIFFS])
{
    int n = 0;
    for (int l = 0; l < a->n_layers; l++)
        for (int kind = WORD_WEIGHT; kind < WORD_V; kind++)
            if (image_word_bits(&a->law, (enum image_word)kind))
                diff[n++] = compare_kind(a, b, l, (enum image_word)kind);
    return n;
}
