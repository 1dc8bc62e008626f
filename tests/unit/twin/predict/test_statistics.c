// Intervals against their definitions, and what a set of chips amounts to, against worked values.
#include "twin/predict/summary.h"
#include "twin/predict/sweep.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void near(double got, double expected)
{
    if (fabs(got - expected) > 1e-9) fail_msg("%.12g, expected %.12g", got, expected);
}

// Wilson 1927 by its definition: the p at which |share − p| is z standard errors of p, between an
// `inside` where it is less and an `outside` where it is more, by bisection.
static double wilson_end(double share, int n, double z, double inside, double outside)
{
    for (int i = 0; i < 200; i++) {
        double p = (inside + outside) / 2;
        if (fabs(share - p) > z * sqrt(p * (1 - p) / n))
            outside = p;
        else
            inside = p;
    }
    return inside;
}

static void test_wilson_solves_its_equation(void **unused)
{
    (void)unused;
    const double z = 1.959963984540054;
    for (int n = 1; n <= 200; n += 7)
        for (int pass = 0; pass <= n; pass++) {
            double share = (double)pass / n;
            struct interval got = statistics_wilson(pass, n, 0.95);
            double low = got.low, high = got.high;
            assert_true(low <= share && share <= high && low >= 0 && high <= 1);
            if (pass > 0)
                near(low, wilson_end(share, n, z, share, 0));
            else
                near(low, 0);
            if (pass < n)
                near(high, wilson_end(share, n, z, share, 1));
            else
                near(high, 1);
        }
}

static void test_summary_of_known_chips(void **unused)
{
    (void)unused;
    struct predict_chip chips[40];
    for (int i = 0; i < 40; i++)
        chips[i] = (struct predict_chip){.k = (uint32_t)(i + 1), .correct = 50 + (i * 7) % 40};
    struct summary s;
    assert_int_equal(summary_make(&s, chips, 40, 100, 0.60), 0);
    assert_int_equal(s.n, 40); // 50..89, each once
    near(s.mean, 0.695);
    near(s.sd, sqrt(40 * 41 / 12.0) / 100); // of 40 consecutive whole numbers
    near(s.worst, 0.50);
    assert_int_equal(s.worst_chip, 1);
    near(s.p5, 0.51);
    near(s.yield, 0.75); // 60..89
    chips[5].correct = 50;
    assert_int_equal(summary_make(&s, chips, 40, 100, 0.60), 0);
    assert_int_equal(s.worst_chip, 1); // of equals the first
}

static void test_limit_itself_passes(void **unused)
{
    (void)unused;
    struct predict_chip chip = {.k = 1, .correct = 90};
    struct summary s;
    assert_int_equal(summary_make(&s, &chip, 1, 100, 0.9), 0);
    near(s.yield, 1);
    assert_int_equal(summary_make(&s, &chip, 1, 100, 0.9000001), 0);
    near(s.yield, 0);
}

// Binomial probabilities by Pascal's recurrence over n, (n + 1): nothing of GSL in it.
static void binomial(double *chance, int n, double p)
{
    chance[0] = 1;
    for (int i = 1; i <= n; i++) {
        chance[i] = 0;
        for (int k = i; k > 0; k--)
            chance[k] = chance[k] * (1 - p) + chance[k - 1] * p;
        chance[0] *= 1 - p;
    }
}

// Clopper and Pearson by their definition: at an end, as many passes or more (fewer) have 2.5 %.
static void test_exact_interval_has_its_tails(void **unused)
{
    (void)unused;
    double chance[301];
    for (int n = 1; n <= 300; n = n * 3 + 1)
        for (int pass = 0; pass <= n; pass += n / 7 + 1) {
            struct interval got = statistics_exact(pass, n, 0.95);
            double tail = 0;
            binomial(chance, n, got.low);
            for (int k = pass; k <= n; k++)
                tail += chance[k];
            if (pass)
                near(tail, 0.025);
            else
                near(got.low, 0);
            tail = 0;
            binomial(chance, n, got.high);
            for (int k = 0; k <= pass; k++)
                tail += chance[k];
            if (pass < n)
                near(tail, 0.025);
            else
                near(got.high, 1);
        }
}

// Every run that stops at the width or at the last draw, by its probability.
static double coverage_of_stopping(double p, double width, int most)
{
    double chance[513] = {1}, step[STATISTICS_LOOK + 1], next[513], covered = 0, all = 0;
    for (int n = STATISTICS_LOOK; n <= most; n += STATISTICS_LOOK) {
        binomial(step, STATISTICS_LOOK, p);
        for (int k = 0; k <= n; k++) {
            next[k] = 0;
            for (int i = 0; i <= STATISTICS_LOOK && i <= k; i++)
                next[k] += k - i <= n - STATISTICS_LOOK ? chance[k - i] * step[i] : 0;
        }
        for (int k = 0; k <= n; k++) {
            struct interval x = statistics_stopped(k, n, 0.95);
            bool stop = x.high - x.low <= width || n == most;
            if (stop && x.low <= p && p <= x.high) covered += next[k];
            if (stop) all += next[k];
            chance[k] = stop ? 0 : next[k];
        }
    }
    near(all, 1);
    return covered;
}

static void test_stopping_keeps_its_coverage(void **unused)
{
    (void)unused;
    double least = 1;
    for (int i = 0; i <= 60; i++)
        for (int j = 0; j < 3; j++) {
            double p = 0.0005 + 0.999 * i / 60, width = (double[]){0.2, 0.12, 0.05}[j];
            least = fmin(least, coverage_of_stopping(p, width, 512));
        }
    print_message("stopping: at least %.4f\n", least);
    assert_true(least >= 0.955 && least < 1);
}

static void test_student_interval_of_five_numbers(void **unused)
{
    (void)unused;
    const double x[] = {4, 8, 6, 5, 3};
    double mean = statistics_mean(x, 5), sd = statistics_sd(x, 5);
    struct interval got = statistics_student(mean, sd, 5, 0.95);
    near(mean, 5.2);
    near(sd, sqrt(3.7));
    // t of 4 degrees of freedom, 97.5 %: 2.776445105198 (any table)
    assert_true(fabs(got.high - mean - 2.776445105198 * sqrt(3.7 / 5)) < 1e-9);
    assert_true(fabs(got.high + got.low - 2 * mean) < 1e-12);
}

// Ranks of the interval of a quantile: a rank more at either end would miss too often.
static void test_quantile_interval_has_its_ranks(void **unused)
{
    (void)unused;
    double x[200], chance[201];
    for (int n = 10; n <= 200; n += 19) {
        for (int i = 0; i < n; i++)
            x[i] = i + 1; // its rank
        struct interval got = statistics_quantile_interval(x, n, 0.05, 0.95, 0, n + 1);
        double below = 0, above = 0; // P(Binomial < low rank), P(Binomial >= high rank)
        binomial(chance, n, 0.05);
        for (int k = 0; k <= n; k++) {
            if (k < got.low) below += chance[k];
            if (k >= got.high) above += chance[k];
        }
        assert_true(below <= 0.025 && above <= 0.025);
        assert_true(below + chance[(int)got.low] > 0.025);
        assert_true(above + chance[(int)got.high - 1] > 0.025);
    }
    near(statistics_quantile(x, 200, 0.05), 10);
}

static void test_sweep_finds_where_yield_falls(void **unused)
{
    (void)unused;
    const struct sweep_point falls[] = {{0, 1000, 1000, 1},
                                        {0.1, 980, 1000, 1},
                                        {0.2, 910, 1000, 1},
                                        {0.3, 870, 1000, 1},
                                        {0.4, 300, 1000, 1}};
    struct sweep_crossing c = sweep_cross(falls, 5, 0.9);
    assert_true(c.falls);
    near(c.at, 0.2 + 0.1 * 10 / 40);
    near(c.low, 0.1);  // 91.0 %: 89.1 .. 92.6
    near(c.high, 0.3); // 87.0 %: 84.8 .. 88.9
    c = sweep_cross(falls, 3, 0.9);
    assert_false(c.falls);
    near(c.at, 0.2);
    near(c.high, -1);
    c = sweep_cross(falls + 4, 1, 0.9);
    assert_true(c.falls);
    near(c.at, 0.4);
    near(c.low, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wilson_solves_its_equation),
        cmocka_unit_test(test_exact_interval_has_its_tails),
        cmocka_unit_test(test_stopping_keeps_its_coverage),
        cmocka_unit_test(test_student_interval_of_five_numbers),
        cmocka_unit_test(test_quantile_interval_has_its_ranks),
        cmocka_unit_test(test_sweep_finds_where_yield_falls),
        cmocka_unit_test(test_summary_of_known_chips),
        cmocka_unit_test(test_limit_itself_passes),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
