// Verdicts on curves whose answers are known.
#include "twin/predict/verdict.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_limits(void **unused)
{
    (void)unused;
    double limit[YIELD_POINTS];
    assert_int_equal(verdict_limits(0.5, limit), YIELD_STEPS + 1); // among them
    assert_int_equal(verdict_limits(0.501, limit), YIELD_STEPS + 2);
    int at = 0;
    for (int i = 1; i < YIELD_STEPS + 2; i++) {
        assert_true(limit[i] > limit[i - 1]);
        at += limit[i] == 0.501;
    }
    assert_int_equal(at, 1);
    assert_true(limit[0] == 0 && limit[YIELD_STEPS + 1] == 1);
    assert_int_equal(verdict_limits(0, limit), YIELD_STEPS + 1);
    assert_int_equal(verdict_limits(1, limit), YIELD_STEPS + 1);
}

// Yield falls on a straight line from 1 at `from` to 0 at `to`; the band is that line moved by `half`.
static int straight(struct yield_point curve[YIELD_POINTS], double own, double from, double to,
                    double half)
{
    double limit[YIELD_POINTS];
    int n = verdict_limits(own, limit);
    for (int i = 0; i < n; i++) {
        double y[3];
        for (int side = 0; side < 3; side++)
            y[side] = fmin(1, fmax(0, (to - limit[i] + (side - 1) * half) / (to - from)));
        curve[i] = (struct yield_point){limit[i], y[1], {y[1], y[1]}, {y[0], y[2]}};
    }
    return n;
}

static void test_passes_fails_and_open(void **unused)
{
    (void)unused;
    struct yield_point curve[YIELD_POINTS];
    struct verdict v;
    int n = straight(curve, 0.9, 0.8, 1, 0.02); // 90 % reach 0.82 ± 0.02
    verdict_make(&v, curve, n, 0.79, 0.9, 1000, 1000, 50);
    assert_int_equal(v.says, VERDICT_PASSES);
    verdict_make(&v, curve, n, 0.85, 0.9, 750, 1000, 50);
    assert_int_equal(v.says, VERDICT_FAILS);
    assert_true(v.more_chips == 0 && v.more_sources == 0);
    verdict_make(&v, curve, n, 0.83, 0.9, 850, 1000,
                 50); // 0.01 from 0.82: half of the interval's half
    assert_int_equal(v.says, VERDICT_OPEN);
    assert_true(fabs(v.reached - 0.82) < 1e-9);
    assert_true(v.more_chips == 0);
    assert_in_range(v.more_sources, 150, 210); // 50 · (2² − 1); 210 where the band is a step wider
    verdict_make(&v, curve, n, 0.83, 0.9, 850, 1000, 0);
    assert_true(v.more_sources == 0);
    verdict_make(&v, curve, n, v.reached, 0.9, 970, 1000, 50); // where the yield is what is wanted
    assert_true(v.says == VERDICT_OPEN && isinf(v.more_sources));
}

// Chips come first: while Wilson's interval of those that were run holds the wanted yield, speakers
// would not tell.
static void test_chips_first(void **unused)
{
    (void)unused;
    struct yield_point curve[YIELD_POINTS];
    struct verdict v;
    int n = straight(curve, 0.9, 0.8, 1, 0.02);
    verdict_make(&v, curve, n, 0.83, 0.9, 85, 100, 50);
    assert_true(v.says == VERDICT_OPEN && v.more_sources == 0);
    int more = (int)v.more_chips, all = 100 + more;
    struct interval then = statistics_wilson(85 * all / 100, all, 0.95);
    assert_true(more > 10 && then.high < 0.9); // they do tell, and most of them are needed
    struct interval less = statistics_wilson(85 * (100 + more / 4) / 100, 100 + more / 4, 0.95);
    assert_true(less.high >= 0.9);
    verdict_make(&v, curve, n, 0.83, 0.9, 90, 100, 50);
    assert_true(isinf(v.more_chips));
}

// Of a limit between two of the curve's, the interval of both.
static void test_between_limits(void **unused)
{
    (void)unused;
    struct yield_point curve[YIELD_POINTS];
    struct verdict v, below, above;
    int n = straight(curve, 0.9, 0.8, 1, 0.02);
    verdict_make(&below, curve, n, 0.8475, 0.9, 760, 1000, 50);
    verdict_make(&above, curve, n, 0.85, 0.9, 750, 1000, 50);
    verdict_make(&v, curve, n, 0.849, 0.9, 755, 1000, 50);
    assert_true(v.all.low == above.all.low && v.all.high == below.all.high);
    verdict_make(&v, curve + 10, n - 20, 0.001, 0.9, 1000, 1000, 50); // beyond the curve
    assert_true(v.all.high == 1 && v.all.low == curve[10].all.low);
    verdict_make(&v, curve + 10, n - 20, 0.9999, 0.9, 0, 1000, 50);
    assert_true(v.all.low == 0 && v.all.high == curve[n - 11].all.high);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_passes_fails_and_open),
        cmocka_unit_test(test_chips_first),
        cmocka_unit_test(test_between_limits),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
