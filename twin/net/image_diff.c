#include "twin/net/image_diff.h"

#include <stdlib.h>

int32_t image_word_of(const struct image *im, int layer, enum image_word kind, int row, int neuron)
{
    const struct image_layer *y = &im->layer[layer];
    if (kind == WORD_WEIGHT) return y->w[(size_t)row * (size_t)y->n_out + (size_t)neuron];
    return (int32_t)law_get(&im->kind->word[kind], image_words(im, layer, neuron));
}

int image_word_rows(const struct image *im, int layer, enum image_word kind)
{
    return kind == WORD_WEIGHT ? im->layer[layer].n_rows : 1;
}

static struct image_diff compare_kind(const struct image *a, const struct image *b, int layer,
                                      enum image_word kind)
{
    const struct image_layer *x = &a->layer[layer];
    struct image_diff d = {.layer = layer, .kind = kind};
    int64_t sum = 0, sizes = 0, most = 0;
    int rows = image_word_rows(a, layer, kind);
    for (int row = 0; row < rows; row++)
        for (int n = 0; n < x->n_out; n++) {
            int32_t p = image_word_of(a, layer, kind, row, n);
            int32_t q = image_word_of(b, layer, kind, row, n);
            int64_t size = llabs((int64_t)q - p);
            d.words++;
            d.differ += size != 0;
            sum += (int64_t)q - p;
            sizes += size;
            d.mean_square += (double)size * (double)size;
            d.square_of_a += (double)p * p;
            if (size <= most) continue;
            most = size;
            d.largest = q - p;
            d.neuron = n;
            d.row = row;
            d.a = p;
            d.b = q;
        }
    d.mean = (double)sum / d.words;
    d.mean_size = (double)sizes / d.words;
    d.mean_square /= d.words;
    d.square_of_a /= d.words;
    return d;
}

int image_compare(const struct image *a, const struct image *b, struct image_diff diff[IMAGE_DIFFS])
{
    int n = 0;
    for (int l = 0; l < a->n_layers; l++)
        for (int kind = WORD_WEIGHT; kind < a->kind->first_state; kind++)
            if (a->kind->word[kind].range(a->params).bits)
                diff[n++] = compare_kind(a, b, l, (enum image_word)kind);
    return n;
}
