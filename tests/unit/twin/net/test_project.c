// The nearest legal net, and the net that no rule holds.
#include "tests/lib/legal_net.h"
#include "twin/net/project.h"
#include "twin/net/rules.h"

#include <math.h>

// Whatever goes in, what project_legal makes passes, and is left as it is by a second time.
static void test_projection_passes_always(void **state)
{
    struct fixture *x = *state;
    static const char *const chips[] = {"h1v1", "h1v2", "fpga-q8.8"};
    for (int run = 0; run < 24; run++) {
        struct net legal, again;
        struct rules_report r;
        struct fail f;
        load(&x->chip, chips[run % 3]);
        x->chip.weight.sign_along_neurons = run % 2;
        for (size_t i = 0; i < x->net.n_values; i++)
            x->net.values[i] =
                (float)sin((double)i * 1.7 + run) * (run % 4 ? 2.5f : 300.0f); // thresholds too
        assert_int_equal(project_legal(&legal, &x->chip, &x->net, &f), 0);
        assert_int_equal(rules_check(&r, &x->chip, &legal, 0, true, &f), 0);
        for (int i = 0; i < RULES; i++)
            if (r.count[i]) fail_msg("%s: %zu", rules_names[i], r.count[i]);
        rules_fini(&r);
        assert_int_equal(project_legal(&again, &x->chip, &legal, &f), 0);
        assert_memory_equal(again.values, legal.values, legal.n_values * sizeof(float));
        net_fini(&again);
        net_fini(&legal);
    }
}

// A neuron of twice the threshold is the same neuron with half of everything.
static void test_projection_scales_to_the_threshold(void **state)
{
    struct fixture *x = *state;
    struct net legal;
    struct fail f;
    struct net_layer *y = &x->net.layer[1];
    for (int k = 0; k < 20; k += 3) {
        y->theta[k] *= 2;
        for (int i = 0; i < 36; i++)
            y->w[i * 20 + k] *= 2;
    }
    assert_int_equal(project_legal(&legal, &x->chip, &x->net, &f), 0);
    for (int i = 0; i < 36 * 20; i++)
        assert_true(legal.layer[1].w[i] == level(x->codes[1][i]));
    net_fini(&legal);
}

// The net without rules moves the charges of its weights: the table at its levels, on lines
// between.
static void test_the_free_net(void **state)
{
    struct fixture *x = *state;
    struct net to;
    struct chip free_chip;
    struct fail f;
    load(&x->chip, "h1v1");
    float *w = x->net.layer[0].w;
    double step = 1.8 / 31;
    for (int k = 0; k < 16; k++)
        w[k] = (float)(-0.9 + (2 * k + 0.25 * (k % 2)) * step);
    w[0] = -1.0f; // on the line through the last two
    w[15] = 1.0f;
    assert_int_equal(project_free(&to, &free_chip, &x->chip, &x->net, 0, &f), 0);
    const double *q = x->chip.weight.charges.x;
    for (int k = 1; k < 15; k++) {
        double expected = q[2 * k] + (k % 2 ? 0.25 * (q[2 * k + 1] - q[2 * k]) : 0);
        assert_true(fabs(to.layer[0].w[k] - expected) < 1e-6);
    }
    assert_true(fabs(to.layer[0].w[15] - (q[31] + 0.1 / step * (q[31] - q[30]))) < 1e-6);
    assert_true(fabs(to.layer[0].w[0] - (q[0] - 0.1 / step * (q[1] - q[0]))) < 1e-6);
    net_fini(&to);
    for (int i = 0; i < 16 + 36 * 20; i++)
        (i < 16 ? x->codes[0] : x->codes[1])[i < 16 ? i : i - 16] = (int16_t)(i % 32);
    for (int i = 0; i < 40; i++)
        x->codes[2][i] = 31;
    assert_int_equal(project_free(&to, &free_chip, &x->chip, &x->net, x->code, &f), 0);
    for (int i = 0; i < 16; i++)
        assert_true(to.layer[0].w[i] == (float)q[i]);
    assert_true(free_chip.weight.bits == 0 && free_chip.weight.charges.n == 0);
    assert_int_equal(free_chip.weight.sign_block, 0);
    assert_true(free_chip.weight.max == 4 - 1.0 / 512 && free_chip.weight.min == -4);
    assert_true(free_chip.mismatch.leak.local == x->chip.mismatch.leak.local);
    net_fini(&to);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_projection_passes_always),
        TEST(test_projection_scales_to_the_threshold),
        TEST(test_the_free_net),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
