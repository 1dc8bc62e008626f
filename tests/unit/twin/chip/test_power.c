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
    return 1e9 * power_of(c, &shape, &(struct power_counts){spikes, 0, clips, 125, 1}).core;
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
    struct power_use p = power_of(&c, &shape, &(struct power_counts){spikes, 700, 10, 125, 0.5});
    near(p.front_spikes, 100 * 5e-12);
    near(p.core, 24 * 3e-12);
    near(p.filters, 3.5e-9);
    near(p.rest, 5.5e-9);
    near(p.total, 500e-12 + 72e-12 + 9e-9);
    near(p.watts, 2 * p.total);
    near(p.clip_s, 0.5);
    struct image_shape dense = shape; // no front end: all neurons are the core's
    dense.layer[0].topology = IMAGE_DENSE;
    p = power_of(&c, &dense, &(struct power_counts){spikes, 700, 10, 125, 0.5});
    near(p.core, 124 * 3e-12);
    assert_true(p.front_spikes == 0);
}

// Events by counting, source by source and synapse by synapse.
static void test_digital_chips(void **unused)
{
    (void)unused;
    struct chip c;
    load(&c, "loihi");
    assert_true(c.power.synapse_j == 23.6e-12 && c.power.update_j == 52e-12);
    const uint64_t hash = chip_hash(&c);
    c.power.synapse_j = 2e-12;
    c.power.update_j = 3e-12;
    c.power.spike_j = c.power.front_spike_j = c.power.front_w = c.power.static_w = 0;
    const struct image_shape s = {.n_layers = 4,
                                  .layer = {{5, 5, IMAGE_ONE_TO_ONE, false},
                                            {5, 7, IMAGE_DENSE, true, .taps = 3, .spacing = 2},
                                            {7, 4, IMAGE_DENSE, false},
                                            {4, 2, IMAGE_DENSE, false}}};
    const int64_t spikes[4] = {30, 20, 10, 8};
    double events = 0;
    for (int l = 0; l < 4; l++) {
        const double from = l ? (double)spikes[l - 1] : 60;
        for (int n = 0; n < (l ? s.layer[l].n_out : 1); n++)
            for (int tap = 0; tap < (l == 1 ? 3 : 1); tap++)
                events += from;
        for (int n = 0; n < s.layer[l].n_out; n++)
            if (s.layer[l].recurrent) events += (double)spikes[l];
    }
    const struct power_use p = power_of(&c, &s, &(struct power_counts){spikes, 60, 2, 125, 1});
    assert_true(p.digital);
    near(p.synapses, 2e-12 * events / 2);
    near(p.updates, 3e-12 * 125 * (5 + 7 + 4 + 2));
    near(p.total, p.synapses + p.updates);
    struct chip same;
    load(&same, "loihi");
    same.power.synapse_j = 0;
    assert_true(chip_hash(&same) == hash); // what a chip uses changes no bit of a result
}

static void test_a_chip_without_figures(void **unused)
{
    (void)unused;
    struct chip c;
    load(&c, "fpga-q8.8");
    assert_false(power_known(&c));
    assert_true(
        power_of(&c, &shape, &(struct power_counts){(int64_t[]){1, 2, 3}, 4, 1, 1, 1}).total == 0);
    load(&c, "h1v1");
    assert_true(power_known(&c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_figures),
        cmocka_unit_test(test_each_part_has_its_place),
        cmocka_unit_test(test_digital_chips),
        cmocka_unit_test(test_a_chip_without_figures),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
