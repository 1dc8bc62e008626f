// A DUT without RTL: the reference law behind cosim/dut/dut.h, with one fault where a test asks for it.
// It drives the bridge, so that lockstep and vectors are tested without Verilator.
#ifndef TESTS_LIB_FAKE_DUT_H
#define TESTS_LIB_FAKE_DUT_H

#include "cosim/dut/dut.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum fake_fault {
    FAKE_NONE,
    FAKE_THRESHOLD, // a spike at one tick that is not due: θ too low by a lot
    FAKE_STAGE,     // the leak says one more, and nothing else changes
    FAKE_MEMORY,    // v is one more when it is read than it was when it was written
    FAKE_ORDER,     // commits of two neurons change places
    FAKE_STUCK      // the DUT never ends the tick
};

struct dut {
    const struct image *im;
    enum fake_fault fault;
    int fault_tick, fault_layer, fault_neuron;
    int tick;
    struct law_state *state; // (image_neurons)
    uint8_t *z, *z_before;   // (image_neurons)
};

static inline int fake_clear(struct dut *d, char *message, size_t size)
{
    (void)message, (void)size;
    d->tick = 0;
    size_t n = (size_t)image_neurons(d->im);
    d->state = realloc(d->state, n * sizeof *d->state);
    d->z = realloc(d->z, n);
    d->z_before = realloc(d->z_before, n);
    memset(d->state, 0, n * sizeof *d->state);
    memset(d->z, 0, n);
    return 0;
}

// It has the words already.
static inline int fake_write(struct dut *d, int layer, int word, int address, int64_t value,
                             char *message, size_t size)
{
    (void)d, (void)layer, (void)word, (void)address, (void)value, (void)message, (void)size;
    return 0;
}

static inline int64_t fake_gather(const struct dut *d, int l, int first, int n, const uint8_t *x)
{
    const struct image_layer *y = &d->im->layer[l];
    int64_t acc = 0;
    if (y->topology == IMAGE_ONE_TO_ONE) return (int64_t)y->w[n] * x[n];
    for (int i = 0; i < y->n_in; i++)
        acc += (int64_t)y->w[i * y->n_out + n] * x[i];
    for (int m = 0; y->recurrent && m < y->n_out; m++)
        acc += (int64_t)y->w[(y->n_in + m) * y->n_out + n] * d->z_before[first + m];
    return acc;
}

static inline bool fake_heard(const struct dut *d, int l, int first, int n, const uint8_t *x)
{
    const struct image_layer *y = &d->im->layer[l];
    bool any = false;
    for (int i = 0; i < y->n_in; i++)
        any |= x[i] && (y->topology != IMAGE_ONE_TO_ONE || i == n);
    for (int m = 0; y->recurrent && m < y->n_out; m++)
        any |= d->z_before[first + m] != 0;
    return any;
}

static inline int64_t fake_tick(struct dut *d, const struct stimulus *stimulus, int tick,
                                void *commits, char *message, size_t size)
{
    uint8_t x[IMAGE_MAX_NEURONS];
    for (int i = 0; i < d->im->layer[0].n_in; i++)
        x[i] = (uint8_t)stimulus_x(stimulus, d->im->layer[0].n_in, tick, i);
    int jitter = stimulus->jitter ? stimulus->jitter[tick] : 0;
    struct lif_commit *c = commits;
    const struct law *law = &d->im->law;
    bool now = d->tick++ == d->fault_tick;
    if (now && d->fault == FAKE_STUCK) {
        snprintf(message, size, "DUT: tick never done");
        return -1;
    }
    memcpy(d->z_before, d->z, (size_t)image_neurons(d->im));
    for (int l = 0, first = 0; l < d->im->n_layers; first += d->im->layer[l++].n_out) {
        const uint8_t *in = l ? d->z + first - d->im->layer[l].n_in : x;
        for (int n = 0; n < d->im->layer[l].n_out; n++, c++) {
            bool here = now && l == d->fault_layer && n == d->fault_neuron;
            struct law_neuron p = d->im->layer[l].neuron[n];
            struct law_state *s = &d->state[first + n];
            if (here && d->fault == FAKE_THRESHOLD)
                p.theta = (int32_t)fx_min(law_bits(law->membrane));
            if (here && d->fault == FAKE_MEMORY) s->v += 1;
            *c = (struct lif_commit){.at = {l, n}, .before = *s};
            struct law_layer layer = image_law_layer(d->im, l);
            struct law_gathered acc = {fake_gather(d, l, first, n, in), 0,
                                       fake_heard(d, l, first, n, in)};
            c->stages = law_step_ref(law, &layer, &p, s, acc, jitter);
            c->after = *s;
            d->z[first + n] = (uint8_t)c->stages.fire;
            if (here && d->fault == FAKE_STAGE) c->stages.leak += 1;
        }
    }
    if (now && d->fault == FAKE_ORDER) {
        struct lif_commit *all = commits, first = all[0];
        all[0] = all[1];
        all[1] = first;
    }
    return 100;
}

// A handle on `d`, which is the caller's; fake_close frees what it allocated.
static inline struct dut_handle fake_open(struct dut *d, struct dut_ops *ops,
                                          const struct image *im, struct image_shape *shape)
{
    *shape = image_shape_of(im);
    d->im = im;
    *ops = (struct dut_ops){.abi = DUT_ABI,
                            .tells_before = true,
                            .rests = true,
                            .kind = lif_kind.name,
                            .law = &im->law,
                            .shape = shape,
                            .clear = fake_clear,
                            .write = fake_write,
                            .tick = fake_tick};
    return (struct dut_handle){.ops = ops, .dut = d};
}

static inline void fake_close(struct dut *d)
{
    free(d->state);
    free(d->z);
    free(d->z_before);
}

#endif
