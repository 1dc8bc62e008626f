// Random laws, shapes, words and stimuli for the tests of RTL and co-simulation.
#ifndef TESTS_RTL_RTL_RANDOM_H
#define TESTS_RTL_RTL_RANDOM_H

#include "model/lif/network.h"

#include <stdlib.h>
#include <string.h>

struct random {
    uint64_t state;
};

// Knuth's MMIX LCG, high bits: test inputs only.
static inline int64_t draw(struct random *r, int64_t lo, int64_t hi)
{
    r->state = r->state * 6364136223846793005u + 1442695040888963407u;
    return lo + (int64_t)((r->state >> 24) % (uint64_t)(hi - lo + 1));
}

static const struct law law_of_demo = {.input = {4, 4},
                                       .weight = {8, 8},
                                       .membrane = {8, 8},
                                       .leak = {0, 16},
                                       .round_current = FX_NEAREST_EVEN,
                                       .round_leak = FX_NEAREST_EVEN,
                                       .leak_kind = LAW_LEAK_EXPONENTIAL,
                                       .reset_subtract = true};

static const struct image_shape shape_of_demo = {
    3,
    {{16, 16, IMAGE_ONE_TO_ONE, false}, {16, 64, IMAGE_DENSE, true}, {64, 2, IMAGE_DENSE, false}}};

// A law of plain leaky integrate-and-fire with at most one synaptic current: what the kernel takes.
static inline struct law random_plain_law(struct random *r)
{
    struct law a = {
        .input = {(int8_t)draw(r, 1, 4), (int8_t)draw(r, 0, 4)},
        .weight = {(int8_t)draw(r, 2, 8), (int8_t)draw(r, 0, 8)},
        .membrane = {(int8_t)draw(r, 4, 8), (int8_t)draw(r, 0, draw(r, 0, 4) ? 8 : 16)},
        .leak = {(int8_t)(draw(r, 0, 3) ? 0 : 2), (int8_t)draw(r, 4, 14)},
        .round_current = (enum fx_round)draw(r, 0, FX_ROUNDS - 1),
        .round_decay = (enum fx_round)draw(r, 0, FX_ROUNDS - 1),
        .round_leak = (enum fx_round)draw(r, 0, FX_ROUNDS - 1),
        .leak_kind = (enum law_leak)draw(r, 0, LAW_LEAK_LINEAR),
        .decay_kind = (enum law_leak)draw(r, 0, LAW_LEAK_LINEAR),
        .currents = (uint8_t)draw(r, 0, 1),
        .wrap = draw(r, 0, 2) == 0,
        .fire_gt = draw(r, 0, 1),
        .reset_subtract = draw(r, 0, 2) > 0,
        .integrate_first = draw(r, 0, 3) == 0,
        .refractory_ticks = (uint8_t)(draw(r, 0, 1) ? 0 : draw(r, 1, draw(r, 0, 3) ? 5 : 255)),
    };
    a.floor_zero = !a.wrap && draw(r, 0, 2) == 0;
    a.current = (struct law_format){(int8_t)draw(r, 4, 8), a.membrane.frac_bits};
    return a;
}

// Any law at all: each choice of struct law often.
static inline struct law random_law(struct random *r)
{
    struct law a = random_plain_law(r);
    if (draw(r, 0, 2) == 0) return a;
    if (draw(r, 0, 3) == 0) a.leak_kind = LAW_LEAK_SHIFT_MOVES;
    if (draw(r, 0, 3) == 0) a.decay_kind = LAW_LEAK_SHIFT_MOVES;
    a.currents = (uint8_t)draw(r, 0, LAW_MAX_CURRENTS);
    a.has_rest = draw(r, 0, 1);
    a.has_gain = draw(r, 0, 2) == 0;
    a.gain = (struct law_format){(int8_t)draw(r, 1, 12), (int8_t)draw(r, 1, 12)};
    a.refractory_hold = draw(r, 0, 1);
    a.decay_last = a.currents && draw(r, 0, 1);
    if (draw(r, 0, 3) == 0) {
        a.input_signed = true;
        a.input = (struct law_format){(int8_t)draw(r, 1, 12), (int8_t)draw(r, 0, 12)};
    }
    bool linear = a.leak_kind == LAW_LEAK_LINEAR || a.decay_kind == LAW_LEAK_LINEAR;
    if (!linear && draw(r, 0, 2) == 0) {
        a.leak_signed = true;
        a.leak = (struct law_format){(int8_t)draw(r, 1, 8), (int8_t)draw(r, 4, 16)};
    }
    if (a.decay_last && draw(r, 0, 1)) {
        a.saturate_each = true;
        a.wrap = a.has_gain = false;
        a.input.frac_bits = 0;
        if (a.membrane.frac_bits > 8) a.membrane.frac_bits = 8;
        a.weight.frac_bits = a.current.frac_bits = a.membrane.frac_bits;
    }
    if (draw(r, 0, 7) == 0) { // as wide as words get
        a.membrane = (struct law_format){20, 12};
        a.current = a.membrane;
        a.round_leak = draw(r, 0, 1) ? FX_FLOOR : FX_CEILING;
        a.integrate_first = false;
        if (a.saturate_each) a.weight.frac_bits = a.membrane.frac_bits;
        if (a.leak_signed) a.leak = (struct law_format){20, 12};
    }
    if (draw(r, 0, 4) == 0) a.leak_kind = LAW_LEAK_TWO_SHIFTS;
    if (draw(r, 0, 4) == 0) a.decay_kind = LAW_LEAK_TWO_SHIFTS;
    if (a.wrap) a.floor_zero = draw(r, 0, 2) == 0;
    a.fire_before = draw(r, 0, 3) == 0;
    a.symmetric = !a.wrap && !a.saturate_each && draw(r, 0, 2) == 0;
    if (draw(r, 0, 1)) a.leak_when = (enum law_when)draw(r, 0, LAW_WHENS - 1);
    a.saturate_increment = !a.wrap && !a.refractory_hold && draw(r, 0, 1);
    return a;
}

// Layers of 1..70 neurons, some one-to-one, some recurrent.
static inline struct image_shape random_shape(struct random *r)
{
    struct image_shape s = {.n_layers = (int)draw(r, 1, 3)};
    int n_in = (int)draw(r, 1, 20);
    for (int l = 0; l < s.n_layers; l++) {
        bool one = draw(r, 0, 3) == 0;
        s.layer[l].n_in = n_in;
        s.layer[l].n_out = one ? n_in : (int)draw(r, 1, draw(r, 0, 2) ? 20 : 70);
        s.layer[l].topology = one ? IMAGE_ONE_TO_ONE : IMAGE_DENSE;
        s.layer[l].recurrent = !one && draw(r, 0, 1);
        s.layer[l].delayed = l > 0 && !one && draw(r, 0, 2) == 0;
        s.layer[l].max_spikes = (int)fx_umax((int)(draw(r, 0, 1) ? 1 : draw(r, 1, 6)));
        n_in = s.layer[l].n_out;
    }
    return s;
}

// Taps for some layers that may have them: few rows, and now and then as late as can be.
static inline void random_taps(struct random *r, struct image_shape *s)
{
    for (int l = 1; l < s->n_layers; l++) {
        const int most = 120 / s->layer[l].n_in;
        const int taps = (int)draw(r, 2, most < 2 ? 2 : most < 6 ? most : 6);
        if (s->layer[l].topology == IMAGE_ONE_TO_ONE || s->layer[l - 1].max_spikes > 1) continue;
        if (most < 2 || draw(r, 0, 1)) continue;
        s->layer[l].taps = taps;
        s->layer[l].spacing = draw(r, 0, 5) ? (int)draw(r, 1, 5) : IMAGE_MAX_LATE / (taps - 1);
    }
}

// The same without what plain layers have not: late hearing, and many spikes a tick.
static inline struct image_shape random_plain_shape(struct random *r)
{
    struct image_shape s = random_shape(r);
    for (int l = 0; l < s.n_layers; l++) {
        s.layer[l].delayed = false;
        s.layer[l].max_spikes = 1;
    }
    return s;
}

// A word of lo..hi that is often one of its corners.
static inline int32_t corner_word(struct random *r, int64_t lo, int64_t hi)
{
    switch (draw(r, 0, 7)) {
    case 0:
        return (int32_t)(lo + draw(r, 0, 1));
    case 1:
        return (int32_t)(hi - draw(r, 0, 1));
    case 2:
        return (int32_t)fx_sat(draw(r, -2, 2), lo, hi);
    case 3:
        return (int32_t)fx_sat(draw(r, -300, 300), lo, hi);
    default:
        return (int32_t)draw(r, lo, hi);
    }
}

static inline struct law_neuron random_neuron(struct random *r, const struct law *a)
{
    struct law_neuron n = {0};
    int32_t *const words[] = {&n.lambda, &n.lambda_slope, &n.mu,   &n.mu_slope, &n.theta, &n.bias,
                              &n.mu2,    &n.mu2_slope,    &n.gain, &n.rest,     &n.reset};
    int64_t hi = fx_max(law_bits(a->membrane)), lo = -hi - 1;
    for (int i = 0; i < WORD_V - 1; i++) {
        enum image_word word = (enum image_word)(i + 1);
        int bits = image_word_bits(a, word);
        bool is_signed = image_word_signed(a, word);
        if (bits)
            *words[i] = corner_word(r, is_signed ? fx_min(bits) : 0,
                                    is_signed ? fx_max(bits) : fx_umax(bits));
    }
    if (draw(r, 0, 3)) n.theta = (int32_t)draw(r, 1, hi / 2 + 1);
    n.bias = draw(r, 0, 2) ? 0 : corner_word(r, lo / 8, hi / 8);
    if (law_leak_shifts(a->leak_kind) && draw(r, 0, 3)) n.lambda = (int32_t)draw(r, 0, 12);
    return n;
}

static inline void random_words(struct random *r, struct image *im)
{
    int64_t w_max = fx_max(law_bits(im->law.weight)), w_top = draw(r, 0, 2) ? w_max / 8 + 1 : w_max;
    for (int l = 0; l < im->n_layers; l++) {
        struct image_layer *y = &im->layer[l];
        for (int i = 0; i < y->n_rows * y->n_out; i++)
            y->w[i] = (int16_t)(draw(r, 0, 99) ? draw(r, -w_top * 3 / 4, w_top) : -w_max - 1);
        for (int n = 0; n < y->n_out; n++)
            y->neuron[n] = random_neuron(r, &im->law);
    }
}

// An image with random words; free(memory) when done.
static inline void *random_image(struct random *r, const struct law *law,
                                 const struct image_shape *s, struct image *im)
{
    size_t bytes = image_size(law, s);
    void *memory = aligned_alloc(64, bytes);
    memset(memory, 0, bytes);
    image_init(im, law, s, memory);
    random_words(r, im);
    return memory;
}

// Signed input words (ticks, n_in): small ones, none, and both ends.
static inline void random_wide(struct random *r, const struct image *im, int ticks, int32_t *wide)
{
    int bits = law_bits(im->law.input);
    for (int i = 0; i < ticks * im->layer[0].n_in; i++)
        wide[i] = draw(r, 0, 1) ? 0 : corner_word(r, fx_min(bits), fx_max(bits));
}

// Fills x (ticks, n_in) and jitter (ticks): ticks without events, with all of them, jitter to its
// ends.
static inline void random_stimulus(struct random *r, const struct image *im, int ticks, uint8_t *x,
                                   int16_t *jitter)
{
    int64_t top = fx_umax(law_bits(im->law.input));
    int n_in = im->layer[0].n_in;
    for (int t = 0; t < ticks; t++) {
        int64_t quiet = draw(r, 0, 4) ? draw(r, 0, 4) : 1000;
        for (int i = 0; i < n_in; i++)
            x[t * n_in + i] = (uint8_t)(draw(r, 0, quiet) ? 0
                                        : draw(r, 0, 3)   ? draw(r, 0, top)
                                                          : top);
        jitter[t] = (int16_t)(draw(r, 0, 3) ? draw(r, -1000, 1000) : corner_word(r, -32768, 32767));
    }
}

// Words and state bits of any kind and place that change in mid-run, ticks ascending.
static inline void random_writes(struct random *r, const struct image *im, int ticks,
                                 struct stimulus_write *write, int n)
{
    for (int i = 0, tick = 0; i < n; i++) {
        int l = (int)draw(r, 0, im->n_layers - 1), bits;
        struct stimulus_write *e = &write[i];
        tick += (int)draw(r, 0, 2 * (ticks - 1 - tick) / (n - i));
        *e = (struct stimulus_write){.tick = tick, .layer = l, .flip = draw(r, 0, 1)};
        do
            e->word = (enum image_word)draw(r, 0, WORDS - 1);
        while (!(bits = image_word_bits(&im->law, e->word)));
        e->neuron = (int)draw(r, 0, im->layer[l].n_out - 1);
        e->row = e->word == WORD_WEIGHT ? (int)draw(r, 0, im->layer[l].n_rows - 1) : 0;
        bool is_signed = image_word_signed(&im->law, e->word);
        e->value = e->flip ? (int32_t)fx_one((int)draw(r, 0, (bits < 31 ? bits : 31) - 1))
                           : corner_word(r, is_signed ? fx_min(bits) : 0,
                                         is_signed ? fx_max(bits) : fx_umax(bits));
    }
}

#endif
