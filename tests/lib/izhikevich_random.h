// Random laws, words and stimuli of Izhikevich's neuron, for tests of the model and of RTL.
#ifndef TESTS_LIB_IZHIKEVICH_RANDOM_H
#define TESTS_LIB_IZHIKEVICH_RANDOM_H

#include "model/izhikevich/izhikevich.h"
#include "model/laws/law_image.h"
#include "tests/rtl/rtl_random.h"

#include <math.h>

// A law in which the neurons of the 2003 paper fit: mV of 9 bits before the point, factors of 4.
static const struct izhikevich_law izhikevich_of_paper = {.input = {4, 4},
                                                          .weight = {8, 8},
                                                          .membrane = {9, 11},
                                                          .factor = {4, 14},
                                                          .round = FX_NEAREST_EVEN,
                                                          .halvings = 2};

// Any law at all that its check allows.
static inline struct izhikevich_law random_izhikevich_law(struct random *r)
{
    struct izhikevich_law a;
    do {
        a = (struct izhikevich_law){.input = {(int8_t)draw(r, -2, 4), (int8_t)draw(r, 0, 6)},
                                    .weight = {(int8_t)draw(r, 1, 8), (int8_t)draw(r, 0, 8)},
                                    .membrane = {(int8_t)draw(r, -2, 12), (int8_t)draw(r, 0, 14)},
                                    .factor = {(int8_t)draw(r, -4, 8), (int8_t)draw(r, 0, 20)},
                                    .round = (enum fx_round)draw(r, 0, FX_ROUNDS - 1),
                                    .halvings = (uint8_t)draw(r, 0, 4)};
        if (draw(r, 0, 5) == 0) a.membrane = (struct law_format){9, 11};
    } while (izhikevich_kind.check(&a));
    return a;
}

// A real number as a word of a format, held to it.
static inline int32_t word_of(double x, struct law_format f)
{
    int bits = law_bits(f);
    return (int32_t)fx_sat((int64_t)nearbyint(ldexp(x, f.frac_bits)), fx_min(bits), fx_max(bits));
}

// A neuron of the paper: a, b, c, d; the rest is equation (1).
static inline struct izhikevich_neuron izhikevich_of(const struct izhikevich_law *law, double a,
                                                     double b, double c, double d)
{
    return (struct izhikevich_neuron){word_of(a, law->factor),    word_of(b, law->factor),
                                      word_of(c, law->membrane),  word_of(d, law->membrane),
                                      word_of(0.04, law->factor), word_of(5, law->factor),
                                      word_of(30, law->membrane), word_of(140, law->membrane)};
}

// Any words; neurons that live; and such as stand at their peak or a step from it.
static inline struct izhikevich_neuron random_izhikevich(struct random *r,
                                                         const struct izhikevich_law *law)
{
    struct izhikevich_neuron n = {0};
    int64_t top = fx_max(law_bits(law->membrane));
    if (draw(r, 0, 2) == 0)
        return izhikevich_of(law, 0.02 + (double)draw(r, 0, 80) / 1000,
                             0.2 + (double)draw(r, 0, 60) / 1000, (double)draw(r, -65, -50),
                             (double)draw(r, 5, 800) / 100);
    for (int word = 1; word < izhikevich_kind.first_state; word++) {
        const struct law_word *x = &izhikevich_kind.word[word];
        struct law_range range = x->range(law);
        law_set(x, &n, corner_word(r, range.lo, range.hi));
    }
    if (draw(r, 0, 1)) return n;
    n = (struct izhikevich_neuron){.d = n.d, .peak = (int32_t)draw(r, -top, top - 1)};
    n.c = n.peak + (int32_t)draw(r, -1, 1);
    return n;
}

// An image with random words; free(memory) when done.
static inline void *random_izhikevich_image(struct random *r, const struct izhikevich_law *law,
                                            const struct image_shape *s, struct image *im)
{
    size_t bytes = image_bytes(&izhikevich_kind, law, s);
    void *memory = aligned_alloc(64, bytes);
    memset(memory, 0, bytes);
    image_lay_out(im, &izhikevich_kind, law, s, memory);
    int bits = law_bits(law->weight);
    int64_t lo = fx_min(bits), hi = fx_max(bits), some = draw(r, 0, 2) ? hi / 8 + 1 : hi;
    for (int l = 0; l < im->n_layers; l++) {
        struct image_layer *y = &im->layer[l];
        for (int i = 0; i < y->n_rows * y->n_out; i++)
            y->w[i] = (int16_t)(draw(r, 0, 9)   ? draw(r, -some * 3 / 4, some)
                                : draw(r, 0, 1) ? corner_word(r, lo, hi)
                                                : 0);
        for (int n = 0; n < y->n_out; n++)
            *(struct izhikevich_neuron *)image_words(im, l, n) = random_izhikevich(r, law);
    }
    return memory;
}

// Words and states of any kind and place that change in mid-run, ticks ascending.
static inline void random_izhikevich_writes(struct random *r, const struct image *im, int ticks,
                                            struct stimulus_write *write, int n)
{
    for (int i = 0, tick = 0; i < n; i++) {
        int l = (int)draw(r, 0, im->n_layers - 1);
        int word = (int)draw(r, 0, izhikevich_kind.n_words - 1);
        struct law_range range = izhikevich_kind.word[word].range(im->params);
        struct stimulus_write *e = &write[i];
        tick += (int)draw(r, 0, 2 * (ticks - 1 - tick) / (n - i));
        *e = (struct stimulus_write){.tick = tick,
                                     .layer = l,
                                     .neuron = (int)draw(r, 0, im->layer[l].n_out - 1),
                                     .row = word ? 0 : (int)draw(r, 0, im->layer[l].n_rows - 1),
                                     .word = (enum image_word)word,
                                     .flip = draw(r, 0, 1)};
        e->value = e->flip ? (int32_t)fx_one((int)draw(r, 0, range.bits - 1))
                           : corner_word(r, range.lo, range.hi);
    }
}

#endif
