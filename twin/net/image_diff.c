#include "twin/net/image_diff.h"

#include <stdlib.h>

static int32_t word_of(const struct image *im, int layer, int kind, int row, int neuron)
{
    const struct image_layer *y = &im->layer[layer];
    if (kind == WORD_WEIGHT) return y->w[(size_t)row * (size_t)y->n_out + (size_t)neuron];
    return (int32_t)law_get(&im->kind->word[kind], image_words(im, layer, neuron));
}

static struct image_diff compare_kind(const struct image *a, const struct image *b, int layer,
                                      int kind)
{
    const struct image_layer *x = &a->layer[layer];
    struct image_diff d = {.layer = layer, .kind = kind};
    int64_t sum = 0, most = 0;
    int rows = kind == WORD_WEIGHT ? x->n_rows : 1;
    for (int row = 0; row < rows; row++)
        for (int n = 0; n < x->n_out; n++) {
            int32_t p = word_of(a, layer, kind, row, n), q = word_of(b, layer, kind, row, n);
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
        for (int kind = WORD_WEIGHT; kind < a->kind->first_state; kind++)
            if (a->kind->word[kind].range(a->params).bits) diff[n++] = compare_kind(a, b, l, kind);
    return n;
}
