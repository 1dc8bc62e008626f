// What a step of the optimiser moves beside weights: with a learning rate of the leaks also exponential decays
// and gains, within what the chip can hold; never θ, bias, rest and reset. A first step of Adam is the learning
// rate, whatever the size of the gradient (to a hundredth: clipping makes it small).
#include "twin/train/train.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { IN = 3, OUT = 5 };

static void step(const char *name, double lr_leak, const double *moves)
{
    struct chip c;
    struct fail f;
    char path[256];
    struct train t = {0};
    struct train_options o;
    const struct image_shape s = {1, {{IN, OUT, IMAGE_DENSE, false}}};
    snprintf(path, sizeof path, SPIKETWIN_ROOT "/chips/%s.yaml", name);
    if (chip_load(&c, path, &f) || net_init(&t.net, &s, &c, &f)) fail_msg("%s", f.text);
    const size_t n = t.net.n_values;
    float *before = malloc(n * sizeof *before), *g = malloc(n * sizeof *g);
    t.m = calloc(n, sizeof *t.m);
    t.v = calloc(n, sizeof *t.v);
    memcpy(before, t.net.values, n * sizeof *before);
    for (size_t i = 0; i < n; i++)
        g[i] = i % 2 ? 0.25f : -0.25f;
    train_defaults(&o);
    o.lr_leak = lr_leak;
    assert_true(train_update(&t, &c, &o, g, 1));
    for (int k = 0; k < NET_NEURON; k++) {
        const float *now = t.net.layer[0].value[k];
        if (!now) continue;
        const float *was = before + (now - t.net.values), *of = g + (now - t.net.values);
        for (int i = 0; i < OUT; i++) {
            const double moved = (double)now[i] - was[i];
            if (fabs(moved + copysign(moves[k], of[i])) > 0.01 * moves[k])
                fail_msg("%s, lr %g, value %d of neuron %d: moved by %g", name, lr_leak, k, i,
                         moved);
        }
    }
    free(before);
    free(g);
    free(t.m);
    free(t.v);
    net_fini(&t.net);
}

static void test_leaks_decays_and_gains_move(void **unused)
{
    (void)unused;
    const double none[NET_NEURON] = {0}, lr = 0.01;
    const double plain[NET_NEURON] = {[NET_LAMBDA] = lr};
    const double current[NET_NEURON] = {[NET_LAMBDA] = lr, [NET_DECAY] = lr};
    const double gain[NET_NEURON] = {[NET_LAMBDA] = lr, [NET_GAIN] = lr};
    step("fpga-q8.8", 0, none);
    step("loihi", 0, none);
    step("sc-neurocore", 0, none);
    step("fpga-q8.8", lr, plain);
    step("loihi", lr, current);
    step("sc-neurocore", lr, gain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_leaks_decays_and_gains_move)};
    return cmocka_run_group_tests(tests, 0, 0);
}
