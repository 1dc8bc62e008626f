// Energy of an inference: NWAVE's published figures from their rates, and each part alone.
#include "twin/chip/power.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static const struct image_shape shape = {.n_layers = 3,
                                         .layer = {{16, 16, IMAGE_ONE_TO_ONE, false},
                                                   {16, 64, IMAGE_DENSE, false},
                                                   {64, 2, IMAGE_DENSE, false}}};

static void load(struct chip *c, const char *name)
{
    struct fail f = {""};
    char path[256];
    snprintf(path, sizeof path, "%s/chips/%s.yaml", SPIKETWIN_ROOT, name);
    if (chip_load(c, path, &f)) fail_msg("%s", f.text);
}

// nJ a clip of 125 ticks at these spike rates of 64 hidden and 2 output neurons. A million clips,
// so that whole spikes do not round the rates.
static double core_nj(const struct chip *c, double hidden, double output)
{
    const int64_t clips = 1000000;
    int64_t spikes[3] = {12345, llrint(hidden * 64 * 125 * 1e6), llrint(output * 2 * 125 * 1e6)};
    return 1e9 * power_of(c, &shape, spikes, clips, 1).core;
}

// NWAVE prints rates to 0.1 %: their energy must lie between those of the rates' ends.
static void test_published_figures(void **unused)
{
    (void)unused;
    static const struct {
        const char *chip;
        double hidden, output, nj;
    } published[] = {{"h1v1", 0.403, 0.307, 13.370}, {"h1v2", 0.330, 0.156, 11.266}};
    for (int i = 0; i < 2; i++) {
        struct chip c;
        load(&c, published[i].chip);
        double h = published[i].hidden, o = published[i].output, half = 0.0005;
        print_message("%s: %.3f nJ at their rates, %.3f..%.3f within their digits; NWAVE %.3f nJ\n",
                      c.name, core_nj(&c, h, o), core_nj(&c, h - half, o - half),
                      core_nj(&c, h + half, o + half), published[i].nj);
        assert_true(core_nj(&c, h - half, o - half) <= published[i].nj);
        assert_true(core_nj(&c, h + half, o + half) >= published[i].nj);
        assert_true(fabs(core_nj(&c, h, o) / published[i].nj - 1) < 0.0015);
    }
}

static void near(double got, double expected)
{
    if (fabs(got - expected) > 1e-12 * fabs(expected)) fail_msg("%.15g, not %.15g", got, expected);
}

static void test_each_part_has_its_place(void **unused)
{
    (void)unused;
    struct chip c;
    load(&c, "h1v2");
    c.power.spike_j = 3e-12;
    c.power.front_spike_j = 5e-12;
    c.power.front_w = 7e-9;
    c.power.static_w = 11e-9;
    int64_t spikes[3] = {1000, 200, 40};
    struct power_use p = power_of(&c, &shape, spikes, 10, 0.5);
    near(p.front_spikes, 100 * 5e-12);
    near(p.core, 24 * 3e-12);
    near(p.filters, 3.5e-9);
    near(p.rest, 5.5e-9);
    near(p.total, 500e-12 + 72e-12 + 9e-9);
    near(p.watts, 2 * p.total);
    near(p.clip_s, 0.5);
    struct image_shape dense = shape; // no front end: all neurons are the core's
    dense.layer[0].topology = IMAGE_DENSE;
    p = power_of(&c, &dense, spikes, 10, 0.5);
    near(p.core, 124 * 3e-12);
    assert_true(p.front_spikes == 0);
}

static void test_a_chip_without_figures(void **unused)
{
    (void)unused;
    struct chip c;
    load(&c, "fpga-q8.8");
    assert_false(power_known(&c));
    assert_true(power_of(&c, &shape, (int64_t[]){1, 2, 3}, 1, 1).total == 0);
    load(&c, "h1v1");
    assert_true(power_known(&c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_figures),
        cmocka_unit_test(test_each_part_has_its_place),
        cmocka_unit_test(test_a_chip_without_figures),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
