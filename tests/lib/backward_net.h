// Random nets of several shapes, run forward: what tests/unit/twin/lif/test_backward.c sends back.
#ifndef TESTS_LIB_BACKWARD_NET_H
#define TESTS_LIB_BACKWARD_NET_H

#include "twin/lif/backward.h"

#include <stdlib.h>
#include <string.h>

enum { TICKS = 70, MOST = 80, LAYERS = 4, STRIDE = 96, CLIPS = 4 };

struct fixture {
    struct image im;
    void *image_memory, *network_memory;
    struct network network;
    int ticks, n_in;
    struct trace trace[CLIPS];
    int32_t words[CLIPS][LAYERS][2][TICKS * STRIDE] __attribute__((aligned(64))); // c, v
    int16_t c16[CLIPS][LAYERS][TICKS * STRIDE] __attribute__((aligned(64)));
    uint64_t z[CLIPS][LAYERS][2 * TICKS];
    int32_t count[CLIPS][MOST];
    int64_t spikes[CLIPS][IMAGE_MAX_LAYERS];
    uint8_t x[CLIPS][TICKS * MOST];
    int16_t jitter[CLIPS][TICKS];
    struct stimulus stimulus[CLIPS];
    float gcount[MOST];
    float gz[TICKS * MOST];        // of each tick
    float gx[CLIPS][TICKS * MOST]; // of the inputs
    bool each_tick;                // gz and gx are wanted
};

static uint64_t lcg_state = 7;
static int draw(int lo, int hi)
{
    lcg_state = lcg_state * 6364136223846793005u + 1442695040888963407u;
    return lo + (int)((lcg_state >> 33) % (uint64_t)(hi - lo + 1));
}

// Each makes the backward pass take other ways: front end and few classes; wide layers of more
// than 64 neurons and sources, one-to-one in the middle, many output neurons; narrow layers only;
// binary inputs; taps of a layer with own spikes and of a narrow one; of more than 64 sources, of a
// delayed layer, beyond a third of the clip.
enum { SPEECH, WIDE, NARROW, BINARY, TAPS, TAPS_WIDE, SHAPES };

static struct image_shape shape_of(int kind)
{
    struct image_shape s[SHAPES] = {
        {3,
         {{5, 5, IMAGE_ONE_TO_ONE, false},
          {5, 34, IMAGE_DENSE, true},
          {34, 3, IMAGE_DENSE, false}}},
        {4,
         {{20, 70, IMAGE_DENSE, true},
          {70, 70, IMAGE_ONE_TO_ONE, false},
          {70, 80, IMAGE_DENSE, false},
          {80, 20, IMAGE_DENSE, false}}},
        {2, {{20, 10, IMAGE_DENSE, true}, {10, 3, IMAGE_DENSE, true}}},
        {2, {{9, 70, IMAGE_DENSE, false}, {70, 5, IMAGE_DENSE, false}}},
        {3,
         {{5, 5, IMAGE_ONE_TO_ONE, false},
          {5, 34, IMAGE_DENSE, true, .taps = 5, .spacing = 3},
          {34, 3, IMAGE_DENSE, false, .taps = 2, .spacing = 7}}},
        {3,
         {{20, 70, IMAGE_DENSE, false},
          {70, 20, IMAGE_DENSE, false, .delayed = true, .taps = 3, .spacing = 13},
          {20, 5, IMAGE_DENSE, true, .delayed = true, .taps = 4, .spacing = 1}}},
    };
    return s[kind];
}

static struct fixture *fixture_new(int kind, enum law_leak leak, bool subtract, bool floor_zero,
                                   bool jitter)
{
    struct fixture *fx = aligned_alloc(64, (sizeof *fx + 63) / 64 * 64);
    struct law law = {.input = {4, 4},
                      .weight = {8, 8},
                      .membrane = {8, 8},
                      .leak = {0, 16},
                      .round_current = FX_NEAREST_EVEN,
                      .round_leak = FX_NEAREST_EVEN,
                      .leak_kind = leak,
                      .floor_zero = floor_zero,
                      .fire_gt = kind == BINARY,
                      .reset_subtract = subtract};
    struct image_shape s = shape_of(kind);
    if (kind == BINARY) law.input = (struct law_format){1, 0};
    memset(fx, 0, sizeof *fx);
    fx->ticks = kind == SPEECH ? 30 : TICKS;
    fx->n_in = s.layer[0].n_in;
    fx->image_memory = aligned_alloc(64, image_size(&law, &s));
    fx->network_memory = aligned_alloc(64, network_size(&law, &s));
    memset(fx->image_memory, 0, image_size(&law, &s));
    image_init(&fx->im, &law, &s, fx->image_memory);
    for (int l = 0; l < s.n_layers; l++) {
        struct image_layer *y = &fx->im.layer[l];
        bool one = y->topology == IMAGE_ONE_TO_ONE;
        int lo = l == 0 && kind == BINARY ? 300 : -400, hi = kind == BINARY ? 900 : 600;
        for (int i = 0; i < y->n_source * y->n_out; i++)
            y->w[i] = (int16_t)(!one ? draw(lo, hi) : l ? draw(1500, 2500) : draw(100, 300));
        for (int n = 0; n < y->n_out; n++)
            y->neuron[n] =
                (struct law_neuron){.lambda = leak == LAW_LEAK_SHIFT    ? 3
                                              : leak == LAW_LEAK_LINEAR ? draw(5, 60)
                                                                        : draw(4000, 9000),
                                    .lambda_slope = leak == LAW_LEAK_SHIFT ? 0 : draw(0, 3000),
                                    .theta = draw(1500, 2500),
                                    .bias = draw(-20, 40)};
    }
    for (int n = 0; n < MOST; n++)
        fx->gcount[n] = (float)draw(-1000, 1000) / 1000;
    network_init(&fx->network, &fx->im, fx->network_memory);
    for (int k = 0; k < CLIPS; k++) {
        struct trace *t = &fx->trace[k];
        for (int l = 0; l < s.n_layers; l++)
            t->layer[l] = (struct trace_layer){.z = fx->z[k][l],
                                               .c = fx->words[k][l][0],
                                               .v = fx->words[k][l][1],
                                               .stride = STRIDE};
        for (int i = 0; i < fx->ticks * fx->n_in; i++)
            fx->x[k][i] = (uint8_t)(kind == BINARY ? draw(0, 9) == 0
                                    : draw(0, 2)   ? draw(0, kind == SPEECH ? 255 : 80)
                                                   : 0);
        for (int i = 0; jitter && i < fx->ticks; i++)
            fx->jitter[k][i] = (int16_t)draw(-600, 600);
        t->count = fx->count[k];
        t->spikes = fx->spikes[k];
        fx->stimulus[k] =
            (struct stimulus){fx->ticks, fx->x[k], jitter ? fx->jitter[k] : 0, 0, 0, 0};
        network_run(&fx->network, &fx->stimulus[k], t);
        for (int l = 0; l < s.n_layers; l++)
            for (int i = 0; i < TICKS * STRIDE; i++)
                fx->c16[k][l][i] = (int16_t)fx->words[k][l][0][i];
    }
    return fx;
}

static void fixture_free(struct fixture *fx)
{
    free(fx->image_memory);
    free(fx->network_memory);
    free(fx);
}

#endif
