// Random laws, images and stimuli under the DPI law, for tests of the model and of RTL.
#ifndef TESTS_LIB_DPI_RANDOM_H
#define TESTS_LIB_DPI_RANDOM_H

#include "tests/lib/dpi_nominal.h"
#include "tests/rtl/rtl_random.h"
#include "twin/dpi/dpi_words.h"

#include <math.h>

static inline int smaller(int a, int b)
{
    return a < b ? a : b;
}

// Any law at all that dpi_law_check allows.
static inline struct dpi_law random_dpi_law(struct random *r)
{
    struct dpi_law a = {
        .gaba = draw(r, 0, 1), .leak_once = draw(r, 0, 1), .fresh_vmem = draw(r, 0, 1)};
    a.current.frac_bits = (int8_t)draw(r, 0, 20);
    a.current.int_bits = (int8_t)draw(r, 4, smaller(28, 48 - a.current.frac_bits));
    a.weight.frac_bits = (int8_t)draw(r, 0, smaller(12, a.current.frac_bits));
    a.weight.int_bits = (int8_t)draw(r, 2, 32 - a.weight.frac_bits);
    a.factor_frac = (uint8_t)draw(r, 8, 31);
    a.log_frac = (uint8_t)draw(r, 8, 24);
    a.table_bits = (uint8_t)draw(r, 2, smaller(12, a.log_frac - 1));
    a.gain.frac_bits = (int8_t)draw(r, 8, 36);
    a.gain.int_bits = (int8_t)draw(r, 1, 4);
    a.rate.frac_bits = (int8_t)draw(r, 1, smaller(30, a.current.frac_bits + a.gain.frac_bits));
    a.rate.int_bits = (int8_t)draw(r, 3, smaller(24, 56 - a.rate.frac_bits));
    a.max_spikes = (uint8_t)(draw(r, 0, 2) ? draw(r, 1, 15) : 63);
    return a;
}

// 0 .. top, each size of word as likely; often an end.
static inline int64_t random_word(struct random *r, int64_t lo, int64_t top)
{
    int64_t x = top;
    for (int64_t n = draw(r, 0, 48); n > 0; n--)
        x /= 2;
    return draw(r, 0, 15) == 0 ? top : lo + (x > lo ? draw(r, 0, x - lo) : 0);
}

// Any words that dpi_image_check allows.
static inline void random_dpi_neuron(struct random *r, const struct dpi_law *a,
                                     struct dpi_neuron *n)
{
    int64_t w[DPI_LOG2] = {0};
    for (int word = DPI_IO; word <= DPI_PERIOD; word++)
        w[word] = random_word(r, dpi_word_min(a, word) > 0, dpi_word_max(a, word));
    if (draw(r, 0, 1)) w[DPI_LOG_IO] /= 4;
    if (draw(r, 0, 3) == 0) w[DPI_THETA] = -w[DPI_THETA];
    *n = (struct dpi_neuron){.io = w[DPI_IO],
                             .idc = w[DPI_IDC],
                             .itau = w[DPI_ITAU],
                             .igain = w[DPI_IGAIN],
                             .floor = {w[DPI_FLOOR0], w[DPI_FLOOR1]},
                             .jump = w[DPI_JUMP],
                             .decay = {(int32_t)w[DPI_DECAY0], (int32_t)w[DPI_DECAY1]},
                             .decay_ahp = (int32_t)w[DPI_DECAY_AHP],
                             .alpha = (int32_t)w[DPI_ALPHA],
                             .gain = w[DPI_GAIN],
                             .gain_tau = w[DPI_GAIN_TAU],
                             .log_io = (int32_t)w[DPI_LOG_IO],
                             .log_gain = (int32_t)w[DPI_LOG_GAIN],
                             .theta = (int32_t)w[DPI_THETA],
                             .period = (int32_t)(w[DPI_PERIOD] % 8)};
}

static inline struct dpi_state random_dpi_state(struct random *r, const struct dpi_law *a)
{
    int64_t top = dpi_current_max(a), log = dpi_word_max(a, DPI_VMEM);
    int64_t v = random_word(r, 0, log);
    return (struct dpi_state){.isyn = random_word(r, 0, top),
                              .gaba = a->gaba ? random_word(r, 0, top) : 0,
                              .iahp = random_word(r, 0, top),
                              .imem = random_word(r, 1, top),
                              .vmem = (int32_t)(draw(r, 0, 3) ? v : -v),
                              .timer = draw(r, 0, 2) ? 0 : (int32_t)random_word(r, 0, 65535),
                              .z = (int32_t)draw(r, 0, draw(r, 0, 1) ? 0 : a->max_spikes)};
}

// A factor of 1 ± spread, uniform.
static inline double random_factor(struct random *r, double spread)
{
    return 1 + spread * ((double)draw(r, -1000000, 1000000) / 1e6);
}

static inline struct dpi_circuit random_dpi_circuit(struct random *r, double spread)
{
    struct dpi_circuit c = dpi_nominal;
    double *value = (double *)&c;
    for (int i = 0; i < DPI_CIRCUIT_VALUES; i++)
        value[i] *= random_factor(r, spread);
    return c;
}

// A chip that lives: circuits around the nominal one, weights of both signs. Sizes as in `sizes`.
static inline struct dpi_image *random_dpi_chip(struct random *r, const struct dpi_law *law,
                                                const struct dpi_image *sizes, double spread)
{
    const struct dpi_scale scale = {5e-13, 1e-3};
    struct dpi_image *im = dpi_image_new(law, sizes);
    struct dpi_clamped clamped = {0};
    if (!im) abort();
    for (int l = 0; l < im->n_layers; l++) {
        struct dpi_layer *y = &im->layer[l];
        for (int n = 0; n < y->n_out; n++) {
            struct dpi_circuit c = random_dpi_circuit(r, spread);
            dpi_words_neuron(law, &scale, &c, &y->neuron[n], &clamped);
            for (int i = 0; i < dpi_sources(y); i++)
                y->w[i * y->n_out + n] =
                    dpi_words_weight(law, &scale, dpi_words_charge(&c),
                                     1e-8 * (double)draw(r, -8000, 12000) / 1000, &clamped);
        }
    }
    return im;
}

#endif
