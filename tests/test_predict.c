// What a set of chips amounts to: mean, spread, worst, yield and its interval, against worked
// values.
#include "twin/predict.h"

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
            double low, high, share = (double)pass / n;
            predict_wilson(pass, n, &low, &high);
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
    struct predict_summary s = predict_summarise(chips, 40, 100, 0.60);
    assert_int_equal(s.n, 40); // 50..89, each once
    near(s.mean, 0.695);
    near(s.sd, sqrt(40 * 41 / 12.0) / 100); // of 40 consecutive whole numbers
    near(s.worst, 0.50);
    assert_int_equal(s.worst_chip, 1);
    near(s.p5, 0.51);
    near(s.yield, 0.75); // 60..89
    chips[5].correct = 50;
    s = predict_summarise(chips, 40, 100, 0.60);
    assert_int_equal(s.worst_chip, 1); // of equals the first
}

static void test_limit_itself_passes(void **unused)
{
    (void)unused;
    struct predict_chip chip = {.k = 1, .correct = 90};
    near(predict_summarise(&chip, 1, 100, 0.9).yield, 1);
    near(predict_summarise(&chip, 1, 100, 0.9000001).yield, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wilson_solves_its_equation),
        cmocka_unit_test(test_summary_of_known_chips),
        cmocka_unit_test(test_limit_itself_passes),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
