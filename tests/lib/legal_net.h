// A net made by hand that keeps all rules of h1v2: what the tests of rules and projections begin
// with.
#ifndef TESTS_LIB_LEGAL_NET_H
#define TESTS_LIB_LEGAL_NET_H

#include "twin/net/net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

// Levels by a formula of the test's own: 1.66·(2k − 63)/63.
static inline float level(int k)
{
    return (float)(1.66 * (2 * k - 63) / 63);
}

struct fixture {
    struct chip chip;
    struct net net;                       // legal on h1v2
    int16_t *code[IMAGE_MAX_LAYERS];      // as it would be stored
    int16_t codes[IMAGE_MAX_LAYERS][800]; //
};

static const struct image_shape shape = {.n_layers = 3,
                                         .layer = {{16, 16, IMAGE_ONE_TO_ONE, false},
                                                   {16, 20, IMAGE_DENSE, true},
                                                   {20, 2, IMAGE_DENSE, false}}};

static inline void load(struct chip *c, const char *name)
{
    struct fail f = {""};
    char path[256];
    snprintf(path, sizeof path, "%s/chips/%s.yaml", SPIKETWIN_ROOT, name);
    if (chip_load(c, path, &f)) fail_msg("%s", f.text);
}

// Every block of five, of either axis, has one sign: source / 5 and neuron / 5 decide it. Own
// spikes begin at source 16, a block of their own.
static inline int legal_code(int n_in, int source, int neuron)
{
    int row = source < n_in ? source / 5 : 7 + (source - n_in) / 5;
    int size = (source * 7 + neuron * 3) % 32;
    return (row + neuron / 5) % 2 ? 32 + size : 31 - size;
}

static inline int setup(void **state)
{
    struct fixture *x = calloc(1, sizeof *x);
    struct fail f;
    load(&x->chip, "h1v2");
    if (net_init(&x->net, &shape, &x->chip, &f)) return -1;
    for (int l = 0; l < 3; l++) {
        struct net_layer *y = &x->net.layer[l];
        x->code[l] = x->codes[l];
        for (int i = 0; i < y->n_source; i++)
            for (int k = 0; k < y->n_out; k++) {
                int at = i * y->n_out + k;
                x->codes[l][at] = (int16_t)legal_code(shape.layer[l].n_in, i, k);
                y->w[at] = level(x->codes[l][at]);
            }
    }
    *state = x;
    return 0;
}

static inline int teardown(void **state)
{
    struct fixture *x = *state;
    net_fini(&x->net);
    free(x);
    return 0;
}

#endif
