// What the tests of DPI nets on a DYNAP-SE2 share: the chip, and nets made at random.
#ifndef TESTS_LIB_DPI_NETS_H
#define TESTS_LIB_DPI_NETS_H

#include "twin/dynapse2/dpi_map.h"
#include "twin/io/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CORES = 16 };

static struct dynapse_chip chip;
static struct dpi_core_report report[CORES];

static inline int load_chip(void **unused)
{
    (void)unused;
    struct fail f = {""};
    return dynapse_chip_load(&chip, SPIKETWIN_ROOT "/chips/dynapse2.yaml", &f);
}

static inline struct dpi_net new_net(int n_in, int n_neurons)
{
    struct dpi_net n;
    struct fail f = {""};
    if (dpi_net_init(&n, n_in, n_neurons, 0, &f)) fail_msg("%s", f.text);
    n.Iscale = chip.Iscale;
    n.dt = chip.dt;
    strcpy(n.chip, "dynapse2");
    return n;
}

// A net with about `fan_in` synapses a neuron, half of them from its neighbourhood in the ring.
static inline struct dpi_net random_net(int n_in, int n_neurons, int fan_in, uint64_t seed)
{
    struct dpi_net n = new_net(n_in, n_neurons);
    double w[64], u[64];
    for (int i = 0; i < n_neurons; i++) {
        rng_normals((struct rng_stream){seed, (uint64_t)i, RNG_SHIFT, 0}, w, 64);
        rng_uniforms((struct rng_stream){seed, (uint64_t)i, RNG_SHIFT, 1}, u, 64);
        for (int k = 0; k < fan_in; k++) {
            int near = (i + 1 + (int)(u[k] * 40)) % n_neurons, in = (int)(u[k] * n_in);
            if (k % 2 && n_in)
                n.w_in[(size_t)in * (size_t)n_neurons + (size_t)i] = 3 * w[k];
            else
                n.w_rec[(size_t)near * (size_t)n_neurons + (size_t)i] = 2 * w[k];
        }
    }
    return n;
}

static inline void map(struct dynapse_config *g, const struct dpi_net *n, long boxes)
{
    struct dpi_map_options o = dpi_map_default;
    struct fail f = {""};
    o.quantise.boxes = boxes;
    o.quantise.starts = 40;
    if (dpi_map(g, report, n, &chip, &o, "net", &f)) fail_msg("%s", f.text);
}

#endif
