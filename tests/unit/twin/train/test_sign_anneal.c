// Sign annealing: the soft sign against its formula, its gradient against finite differences.
#include "twin/net/quantise.h"
#include "twin/train/sign_anneal.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { IN = 7, OUT = 6 }; // a block of 5 and a short one

static struct chip chip_of(bool along_neurons)
{
    struct chip c = {
        .kind = &lif_kind, .name = "test", .tick_s = 0.008, .threshold = 2, .tau_s = 0.064};
    c.law = (struct law){.input = {4, 4}, .weight = {3, 9}, .membrane = {7, 9}, .leak = {0, 16}};
    c.law.leak_kind = LAW_LEAK_EXPONENTIAL;
    c.weight.min = -1.66;
    c.weight.max = 1.66;
    c.weight.bits = 6;
    c.weight.sign_block = 5;
    c.weight.sign_along_neurons = along_neurons;
    return c;
}

static void net_of(struct net *n, const struct chip *c)
{
    struct image_shape s = {
        .n_layers = 2, .layer = {{IN, IN, IMAGE_ONE_TO_ONE, false}, {IN, OUT, IMAGE_DENSE, true}}};
    struct fail f;
    assert_int_equal(net_init(n, &s, c, &f), 0);
    uint32_t x = 12345;
    for (size_t i = 0; i < n->n_values; i++) {
        x = x * 1664525u + 1013904223u;
        n->values[i] = (float)((double)(x / 65536) / 65536 - 0.5) * 2;
    }
}

static void test_a_soft_sign_becomes_hard(void **state)
{
    (void)state;
    struct chip c = chip_of(false);
    struct net n, out;
    net_of(&n, &c);
    net_of(&out, &c);
    assert_true(fabs(sign_anneal_alpha(0) - 0.5) < 1e-12 && fabs(sign_anneal_alpha(1) - 20) < 1e-9);
    sign_anneal_forward(&c, &n, 3, &out);
    const float *w = n.layer[1].w, *e = out.layer[1].w;
    for (int k = 0; k < OUT; k++) {
        double sum = 0; // first block of neuron k: sources 0..4
        for (int i = 0; i < 5; i++)
            sum += w[i * OUT + k];
        for (int i = 0; i < 5; i++)
            assert_true(fabs(e[i * OUT + k] - fabs(w[i * OUT + k]) * tanh(3 * sum / 1.66)) < 1e-6);
        double own = 0; // own spikes begin a block of their own
        for (int i = IN; i < IN + 5; i++)
            own += w[i * OUT + k];
        assert_true(fabs(e[IN * OUT + k] - fabs(w[IN * OUT + k]) * tanh(3 * own / 1.66)) < 1e-6);
    }
    assert_memory_equal(n.layer[0].w, out.layer[0].w, IN * sizeof(float)); // free signs
    sign_anneal_forward(&c, &n, 1e6, &out);
    for (int i = 0; i < (IN + OUT) * OUT; i++)
        assert_true(fabsf(fabsf(w[i]) - fabsf(e[i])) < 1e-6f);
    net_fini(&out);
    net_fini(&n);
}

static void test_gradient_is_that_of_the_formula(void **state)
{
    (void)state;
    for (int along = 0; along < 2; along++) {
        struct chip c = chip_of(along);
        struct net n, out;
        net_of(&n, &c);
        net_of(&out, &c);
        float *g = malloc(n.n_values * sizeof *g);
        const double alpha = 2.5, h = 1e-3;
        for (size_t i = 0; i < n.n_values; i++)
            g[i] = (float)cos((double)i); // dL/d out of L = Σ cos(i)·out_i
        sign_anneal_backward(&c, &n, alpha, g);
        double worst = 0;
        for (size_t i = 0; i < n.n_values; i++) {
            double l[2];
            float kept = n.values[i];
            for (int side = 0; side < 2; side++) {
                n.values[i] = kept + (float)(side ? h : -h);
                sign_anneal_forward(&c, &n, alpha, &out);
                l[side] = 0;
                for (size_t j = 0; j < n.n_values; j++)
                    l[side] += cos((double)j) * out.values[j];
            }
            n.values[i] = kept;
            if (fabsf(kept) < 2 * (float)h) continue; // |w| has no derivative at 0
            worst = fmax(worst, fabs((l[1] - l[0]) / (2 * h) - g[i]));
        }
        assert_true(worst < 2e-3);
        free(g);
        net_fini(&out);
        net_fini(&n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_soft_sign_becomes_hard),
                                       cmocka_unit_test(test_gradient_is_that_of_the_formula)};
    return cmocka_run_group_tests(tests, 0, 0);
}
