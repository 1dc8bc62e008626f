// The bootstrap against what it is in closed form, and attribution against worked tables.
#include "twin/predict/attribution.h"
#include "model/fx.h"
#include "twin/chip/chip.h"
#include "twin/io/rng.h"

#include <math.h>
#include <omp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void near(double got, double expected, double within)
{
    if (!(fabs(got - expected) <= within)) fail_msg("%.12g, expected %.12g", got, expected);
}

enum { CHIPS = 40, SPEAKERS = 60, SIZE = 4 };

// Right clips of chip c and speaker s: some chips are better, some speakers are easier.
static void fill(int32_t *x)
{
    for (int c = 0; c < CHIPS; c++)
        for (int s = 0; s < SPEAKERS; s++)
            x[c * SPEAKERS + s] = 1 + (c % 5 == 0) + (s % 3 == 0) + (c * 7 + s * 13) % 11 / 8;
}

static double variance_of_mean(const double *x, int n)
{
    double sum = 0, squares = 0;
    for (int i = 0; i < n; i++)
        sum += x[i];
    for (int i = 0; i < n; i++)
        squares += (x[i] - sum / n) * (x[i] - sum / n);
    return squares / n / n; // of a mean of n drawn from these n
}

// With speakers of one size the replicates' mean is a mean of drawn speakers (chips): its variance
// is known, and 95 % of a normal distribution lie within 1.96 of its root.
static void test_bootstrap_has_the_variance_it_must(void **unused)
{
    (void)unused;
    static int32_t x[CHIPS * SPEAKERS], size[SPEAKERS];
    double chip[CHIPS] = {0}, speaker[SPEAKERS] = {0}, mean = 0;
    struct bootstrap_table t = {CHIPS, SPEAKERS, x, size};
    struct bootstrap b;
    fill(x);
    for (int s = 0; s < SPEAKERS; s++)
        size[s] = SIZE;
    for (int c = 0; c < CHIPS; c++)
        for (int s = 0; s < SPEAKERS; s++) {
            double share = (double)x[c * SPEAKERS + s] / SIZE;
            chip[c] += share / SPEAKERS;
            speaker[s] += share / CHIPS;
            mean += share / SPEAKERS / CHIPS;
        }
    double of_chips = variance_of_mean(chip, CHIPS),
           of_speakers = variance_of_mean(speaker, SPEAKERS);
    for (int over = BOOTSTRAP_CHIPS; over <= BOOTSTRAP_BOTH; over++) {
        double variance =
            (over & BOOTSTRAP_CHIPS ? of_chips : 0) + (over & BOOTSTRAP_SPEAKERS ? of_speakers : 0);
        assert_int_equal(bootstrap_run(&t, (enum bootstrap_over)over, 0.5, 20000, 3, 0.95, &b), 0);
        near(b.mean.high - b.mean.low, 2 * 1.96 * sqrt(variance), 0.04 * 4 * sqrt(variance));
        near((b.mean.high + b.mean.low) / 2, mean, 0.1 * sqrt(variance));
    }
}

// Chips and speakers of which there are infinitely many, each with its own share added: how often
// is the mean of all of them in the interval over both?
static void test_bootstrap_over_both_covers(void **unused)
{
    (void)unused;
    enum { EXPERIMENTS = 300, CLIPS = 20 };
    static int32_t x[CHIPS * SPEAKERS], size[SPEAKERS];
    struct bootstrap_table t = {CHIPS, SPEAKERS, x, size};
    int covered = 0, narrow = 0;
    for (int s = 0; s < SPEAKERS; s++)
        size[s] = CLIPS;
    for (int e = 0; e < EXPERIMENTS; e++) {
        double chip[CHIPS], speaker[SPEAKERS];
        struct bootstrap both, chips;
        rng_uniforms((struct rng_stream){5, (uint64_t)e, RNG_BOOTSTRAP, 50}, chip, CHIPS);
        rng_uniforms((struct rng_stream){5, (uint64_t)e, RNG_BOOTSTRAP, 51}, speaker, SPEAKERS);
        for (int c = 0; c < CHIPS; c++)
            for (int s = 0; s < SPEAKERS; s++) // 0..6 and 0..10 clips of 20: 8 in the mean
                x[c * SPEAKERS + s] = (int)(chip[c] * 7) + (int)(speaker[s] * 11);
        assert_int_equal(bootstrap_run(&t, BOOTSTRAP_BOTH, 0.5, 300, (uint64_t)e, 0.95, &both), 0);
        assert_int_equal(bootstrap_run(&t, BOOTSTRAP_CHIPS, 0.5, 300, (uint64_t)e, 0.95, &chips),
                         0);
        covered += both.mean.low <= 0.4 && 0.4 <= both.mean.high;
        narrow += chips.mean.low <= 0.4 && 0.4 <= chips.mean.high;
    }
    print_message("over both: %d of %d, over chips alone: %d\n", covered, EXPERIMENTS, narrow);
    assert_in_range(covered, EXPERIMENTS * 91 / 100, EXPERIMENTS * 98 / 100);
    assert_true(narrow < EXPERIMENTS * 85 / 100); // what it would be to forget the speakers
}

static void test_bootstrap_of_yield(void **unused)
{
    (void)unused;
    // Two speakers, chip 0 right with both, chip 1 with the second only.
    int32_t x[] = {1, 1, 0, 1}, size[] = {1, 1};
    struct bootstrap_table t = {2, 2, x, size};
    struct bootstrap b;
    assert_int_equal(bootstrap_run(&t, BOOTSTRAP_SPEAKERS, 0.9, 2000, 1, 0.95, &b), 0);
    near(b.yield.low, 0.5, 0); // the first speaker drawn: chip 1 fails
    near(b.yield.high, 1, 0);  // the second twice: both pass
    assert_int_equal(bootstrap_run(&t, BOOTSTRAP_BOTH, 0.9, 2000, 1, 0.95, &b), 0);
    near(b.yield.low, 0, 0); // chip 1 twice
    near(b.yield.high, 1, 0);
    assert_int_equal(bootstrap_run(&t, BOOTSTRAP_SPEAKERS, 0.5, 2000, 1, 0.95, &b), 0);
    near(b.mean.low, 0.5, 0);
    near(b.mean.high, 1, 0);
}

static void test_bootstrap_is_the_same_on_all_threads(void **unused)
{
    (void)unused;
    static int32_t x[CHIPS * SPEAKERS], size[SPEAKERS];
    struct bootstrap_table t = {CHIPS, SPEAKERS, x, size};
    struct bootstrap b, first;
    int most = omp_get_max_threads();
    fill(x);
    for (int s = 0; s < SPEAKERS; s++)
        size[s] = SIZE;
    for (int threads = 1; threads <= 5; threads++) {
        omp_set_num_threads(threads);
        assert_int_equal(bootstrap_run(&t, BOOTSTRAP_BOTH, 0.5, 500, 9, 0.95, &b), 0);
        if (threads == 1) first = b;
        assert_memory_equal(&b, &first, sizeof b);
    }
    omp_set_num_threads(most);
    assert_int_equal(bootstrap_run(&t, BOOTSTRAP_BOTH, 0.5, 500, 10, 0.95, &b), 0);
    assert_memory_not_equal(&b, &first, sizeof b); // another seed
}

static void test_counts_by_speaker(void **unused)
{
    (void)unused;
    uint16_t label[] = {0, 1, 1, 0}, decision[] = {0, 1, 0, 0, 1, 1, 1, 1};
    int speaker[] = {0, 1, 1, 0};
    const struct task task = {
        .merit = &merit_accuracy, .n_items = 4, .n_sources = 2, .label = label, .source = speaker};
    struct bootstrap_table t;
    assert_int_equal(bootstrap_count(&t, &task, decision, 2), 0);
    const int32_t wanted[] = {2, 1, 0, 2};
    assert_memory_equal(t.x, wanted, sizeof wanted);
    assert_int_equal(t.size[0], 2);
    assert_int_equal(t.size[1], 2);
    bootstrap_free(&t);
}

static void test_every_part_once(void **unused)
{
    (void)unused;
    uint32_t part[ATTRIBUTION_PARTS];
    assert_int_equal(attribution_parts(11, part), 7); // bits 0, 1, 3: all, three alone, three but
    const uint32_t wanted[] = {11, 1, 2, 8, 10, 9, 3};
    assert_memory_equal(part, wanted, sizeof wanted);
    assert_int_equal(attribution_parts(5, part), 3); // all but one is the other alone
    assert_int_equal(attribution_parts(4, part), 1); // alone is all
}

// Two knobs, two chips, two speakers of two clips.
static void test_losses_of_a_worked_table(void **unused)
{
    (void)unused;
    int32_t size[] = {2, 2}, nominal[] = {2, 2}, all[] = {0, 2, 1, 1}, one[] = {1, 2, 2, 2},
            two[] = {2, 1, 2, 2};
    const uint32_t part[] = {5, 1, 4};
    struct bootstrap_table zero = {1, 2, nominal, size},
                           table[] = {{2, 2, all, size}, {2, 2, one, size}, {2, 2, two, size}};
    struct attribution a;
    assert_int_equal(attribution_make(&a, 5, &zero, part, table, 3, 200, 1), 0);
    assert_int_equal(a.n_rows, 2);
    assert_int_equal(a.row[1].knob, 2);
    near(a.all.loss, 0.5, 1e-12);                     // 2 and 2 of 4 clips
    near(a.row[0].alone.loss, 0.125, 1e-12);          // 1 and 0
    near(a.row[1].alone.loss, 0.125, 1e-12);          // 1 and 0
    near(a.row[0].on_top.loss, 0.375, 1e-12);         // two less all: 1 and 2
    near(a.interaction.loss, 0.25, 1e-12);            // 2 − 2 and 2 − 0
    assert_true(a.all.chips.low == a.all.chips.high); // both chips lose as much
    assert_true(a.all.both.low < a.all.both.high);    // speakers do not
}

static void test_knobs_are_the_fields(void **unused)
{
    (void)unused;
    static struct chip a = {.kind = &lif_kind}, b;
    const struct knobs *knobs = &chip_knobs;
    a.mismatch.leak.die = 0.25;
    a.jitter.sigma = 0.5;
    int leak = knob_find(knobs, "leak.die", 8), jitter = knob_find(knobs, "jitter", 6);
    assert_true(leak >= 0 && jitter >= 0 && knob_find(knobs, "leak", 4) < 0);
    near(knob_size(knobs, &a, leak), 0.25, 0);
    assert_int_equal(knobs_active(knobs, &a), fx_one(leak) | fx_one(jitter));
    knobs_only(knobs, &b, &a, (uint32_t)fx_one(jitter));
    assert_true(b.mismatch.leak.die == 0 && b.jitter.sigma == 0.5);
    knob_set(knobs, &b, &b, leak, 0.25);
    assert_int_equal(chip_hash(&a), chip_hash(&b));
    for (int i = 0; i < knobs->n; i++) {
        knob_set(knobs, &b, &a, i, 0.125);
        near(knob_size(knobs, &b, i), 0.125, 0);
        for (int j = 0; j < knobs->n; j++)
            if (j != i) near(knob_size(knobs, &b, j), knob_size(knobs, &a, j), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bootstrap_has_the_variance_it_must),
        cmocka_unit_test(test_bootstrap_over_both_covers),
        cmocka_unit_test(test_bootstrap_of_yield),
        cmocka_unit_test(test_bootstrap_is_the_same_on_all_threads),
        cmocka_unit_test(test_counts_by_speaker),
        cmocka_unit_test(test_every_part_once),
        cmocka_unit_test(test_losses_of_a_worked_table),
        cmocka_unit_test(test_knobs_are_the_fields),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
