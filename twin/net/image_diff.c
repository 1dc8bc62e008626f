#include "twin/net/image_diff.h"

#include <stdlib.h>

int image_word_rows(const struct law_image *im, int layer, int kind)
{
    return kind == WORD_WEIGHT ? im->layer[layer].n_rows : 1;
}

static struct image_diff compare_kind(const struct law_image *a, const struct law_image *b,
                                      int layer, enum image_word kind)
{
    const int n_out = a->shape.layer[layer].n_out, rows = image_word_rows(a, layer, kind);
    struct image_diff d = {.layer = layer, .kind = kind, .lo = INT32_MAX, .hi = INT32_MIN};
    int64_t sum = 0, sizes = 0, most = 0;
    for (int row = 0; row < rows; row++)
        for (int n = 0; n < n_out; n++) {
            int32_t p = (int32_t)law_image_word(a, layer, kind, n, row);
            int32_t q = (int32_t)law_image_word(b, layer, kind, n, row);
            int64_t size = llabs((int64_t)q - p);
            d.lo = p < d.lo ? p : d.lo;
            d.lo = q < d.lo ? q : d.lo;
            d.hi = p > d.hi ? p : d.hi;
            d.hi = q > d.hi ? q : d.hi;
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
    const struct law_image x = law_image_of(a), y = law_image_of(b);
    int n = 0;
    for (int l = 0; l < a->n_layers; l++)
        for (int kind = WORD_WEIGHT; kind < a->kind->first_state; kind++)
            if (a->kind->word[kind].range(a->params).bits)
                diff[n++] = compare_kind(&x, &y, l, (enum image_word)kind);
    return n;
}
