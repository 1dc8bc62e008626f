// A random chip of two layers under the DPI law, in place.
#ifndef TESTS_MUTANTS_KILL_KILL_DPI_CHIP_H
#define TESTS_MUTANTS_KILL_KILL_DPI_CHIP_H

#include "tests/lib/dpi_random.h"
#include "tests/oracle/oracle_dpi.h"

static inline void random_tables(struct random *r, const struct dpi_law *a, struct dpi_tables *t)
{
    int n = (int)oracle_power(a->table_bits);
    int64_t one = (int64_t)oracle_power(a->log_frac);
    memset(t, 0, sizeof *t);
    for (int i = 0; i <= n; i++) {
        int64_t most = one * i / n;
        t->log2[i] = (int32_t)(i ? draw(r, t->log2[i - 1], most) : 0);
        t->exp2[i] = (int32_t)(one + (i ? draw(r, t->exp2[i - 1] - one, most) : 0));
    }
    if (draw(r, 0, 1)) t->log2[n] = (int32_t)one, t->exp2[n] = (int32_t)(2 * one);
    t->efold = (int32_t)random_word(r, 1, draw(r, 0, 1) ? one : dpi_word_max(a, DPI_EFOLD));
}

struct chip { // two layers in place
    struct dpi_image im;
    struct dpi_tables tables;
    struct dpi_neuron n0[3], n1[2];
    int32_t w0[5 * 3 + 1], w1[5 * 2 + 1]; // one more than are used
};

static inline void random_chip(struct random *r, struct chip *c, const struct dpi_law *law)
{
    memset(c, 0, sizeof *c);
    c->im = (struct dpi_image){
        .law = *law,
        .tables = &c->tables,
        .n_layers = 2,
        .layer = {{2, 3, true, c->w0, c->n0}, {3, 2, draw(r, 0, 1), c->w1, c->n1}}};
    c->im.layer[2] = c->im.layer[1]; // none that counts
    random_tables(r, law, &c->tables);
    for (int l = 0; l < 2; l++) {
        struct dpi_layer *y = &c->im.layer[l];
        for (int n = 0; n < y->n_out; n++)
            random_dpi_neuron(r, law, &y->neuron[n]);
        for (int i = 0; i < dpi_sources(y) * y->n_out; i++) {
            int64_t w = random_word(r, 0, dpi_word_max(law, DPI_WEIGHT));
            y->w[i] = (int32_t)(draw(r, 0, 1) ? w : -w);
        }
    }
}

#endif
