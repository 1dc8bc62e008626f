// The law against the oracle where every case can be tried: roundings, leaks and currents of 16
// bits, and whole neurons of 12 bits.
#include "model/lif/network.h"
#include "tests/oracle/oracle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

enum { WORD16 = 65536, WORD12 = 4096 };

struct tally {
    int64_t cases, differ;
};

static void pass(const char *what, struct tally t)
{
    char cases[32], how[32] = "exhaustive";
    if (ORACLE_SHARE > 1) snprintf(how, sizeof how, "sampled, 1 in %d", ORACLE_SHARE);
    printf("%s oracle %s, %s cases %s, %lld differ\n", t.differ ? "FAIL" : "PASS", what,
           oracle_digits(t.cases, cases), how, (long long)t.differ);
    assert_true(t.cases > 0);
    assert_true(t.differ == 0);
}

static void compare(struct tally *t, const struct oracle_case *k, const char *what)
{
    struct law_state state = k->before;
    struct law_stages got = law_step_ref(&k->law, &k->layer, &k->n, &state, k->acc, k->jitter);
    struct oracle_step o;
    oracle_run_into(k, &o);
    t->cases++;
    if (oracle_same(&got, &state, &o.s, &o.next)) return;
    if (t->differ++) return;
    printf("first difference, %s: v %d u %d u2 %d r %d acc %lld %lld jitter %d\n", what,
           k->before.v, k->before.u, k->before.u2, k->before.r, (long long)k->acc.acc,
           (long long)k->acc.acc2, k->jitter);
    for (int i = 0; i < LAW_STAGES; i++)
        printf("  %s: %lld, oracle %lld\n", lif_kind.stage[i].name,
               (long long)law_get(&lif_kind.stage[i], &got),
               (long long)law_get(&lif_kind.stage[i], &o.s));
    printf("  u: %d, oracle %d; u2: %d, oracle %d\n", state.u, o.next.u, state.u2, o.next.u2);
}

static void assert_lawful(const struct law *a)
{
    if (law_check(a)) fail_msg("%s", law_check(a));
}

static void test_rounding(void **unused)
{
    (void)unused;
    int64_t (*const shift[FX_ROUNDS])(int64_t, int) = {
        [FX_FLOOR] = fx_shr_floor,  [FX_NEAREST_EVEN] = fx_shr_rne, [FX_TOWARD_ZERO] = fx_shr_tz,
        [FX_CEILING] = fx_shr_ceil, [FX_AWAY] = fx_shr_away,
    };
    struct tally t = {0};
    for (int round = 0; round < FX_ROUNDS; round++)
        for (int n = 0; n <= 20; n++)
            for (int x = -WORD16 / 2; x < WORD16 / 2; x += ORACLE_SHARE, t.cases++) {
                int64_t y = (int64_t)oracle_divide(x, n, round);
                t.differ += shift[round](x, n) != y || fx_shr(x, n, (enum fx_round)round) != y;
            }
    pass("rounding: 16 bits by 0..20, 5 kinds", t);

    t = (struct tally){0};
    uint64_t seed = 1;
    for (int i = 0; i < 2000000 / ORACLE_SHARE; i++, t.cases++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        // From 62 bits down to few: large quotients, small ones, and ties.
        int64_t x = (int64_t)(seed / 4) - (int64_t)oracle_power(61);
        int n = i % 63, round = i % FX_ROUNDS;
        x = (int64_t)oracle_divide(x, i / 63 % 62, FX_FLOOR);
        if (i % 3 == 0 && n > 0 && n < 61) {
            oracle_int half = oracle_power(n - 1), m;
            oracle_euclid(x, 2 * half, &m);
            x = (int64_t)oracle_saturate(x - m + half, -oracle_power(61), oracle_power(61));
        }
        t.differ += fx_shr(x, n, (enum fx_round)round) != oracle_divide(x, n, round);
    }
    char cases[32];
    printf("%s oracle rounding: 62 bits by 0..62, %s cases sampled, %lld differ\n",
           t.differ ? "FAIL" : "PASS", oracle_digits(t.cases, cases), (long long)t.differ);
    assert_true(t.differ == 0);
}

static void test_overflow(void **unused)
{
    (void)unused;
    struct tally t = {0};
    for (int bits = 1; bits <= 20; bits++) {
        oracle_int lo = oracle_low(bits), hi = oracle_high(bits);
        t.differ +=
            fx_min(bits) != lo || fx_max(bits) != hi || fx_umax(bits) != oracle_power(bits) - 1;
        for (int x = -WORD16 / 2; x < WORD16 / 2; x += ORACLE_SHARE, t.cases++)
            t.differ += fx_wrap(x, bits) != oracle_wrap(x, bits) ||
                        fx_sat(x, (int64_t)lo, (int64_t)hi) != oracle_saturate(x, lo, hi);
    }
    pass("overflow: 16 bits to 1..20, wrapped and saturated", t);
}

// Factors of a leak: none, the smallest, all, half, and some between.
static int factors(const struct law *a, enum law_leak kind, int32_t factor[32])
{
    int n = 0;
    if (kind == LAW_LEAK_TWO_SHIFTS) {
        static const int pairs[] = {0,          1,          32,           33,         2 + 32 * 3,
                                    3 + 32 * 2, 7 + 32 * 9, 15 + 32 * 15, 16 + 32,    17 + 32 * 4,
                                    31,         31 * 32,    31 * 33,      4 + 32 * 31};
        for (; n < (int)(sizeof pairs / sizeof *pairs); n++)
            factor[n] = pairs[n];
        return n;
    }
    if (kind == LAW_LEAK_SHIFT || kind == LAW_LEAK_SHIFT_MOVES) {
        while (n <= 18)
            factor[n] = n, n++;
        factor[n++] = 31;
        return n;
    }
    int32_t lo = (int32_t)oracle_factor_min(a), hi = (int32_t)oracle_factor_max(a);
    int32_t list[] = {lo, 0, 1, hi, hi / 2 + 1, 20011 % hi, 4099 % hi, hi - 255};
    for (; n < 8; n++)
        factor[n] = list[n];
    return kind == LAW_LEAK_NONE ? 1 : n;
}

static void test_leak(void **unused)
{
    (void)unused;
    struct tally t = {0};
    struct oracle_case k = {.layer = {8, 1}, .n = {.theta = 32767}};
    for (int kind = 0; kind < LAW_LEAKS; kind++)
        for (int round = 0; round < (kind == LAW_LEAK_LINEAR ? 1 : FX_ROUNDS); round++)
            for (int is_signed = 0; is_signed <= (kind == LAW_LEAK_EXPONENTIAL); is_signed++) {
                k.law = (struct law){.input = {4, 0},
                                     .weight = {4, 8},
                                     .membrane = {8, 8},
                                     .leak = {is_signed, 16 - is_signed},
                                     .round_leak = (enum fx_round)round,
                                     .leak_kind = (enum law_leak)kind,
                                     .leak_signed = is_signed,
                                     .reset_subtract = true};
                assert_lawful(&k.law);
                int32_t factor[32];
                int n = factors(&k.law, k.law.leak_kind, factor);
                for (int i = 0; i < n; i++) {
                    k.n.lambda = factor[i];
                    for (int v = -WORD16 / 2; v < WORD16 / 2; v += ORACLE_SHARE) {
                        k.before.v = v;
                        compare(&t, &k, "leak");
                    }
                }
            }
    pass("leak: membranes of 16 bits, 6 kinds, 5 roundings", t);
}

static void test_current(void **unused)
{
    (void)unused;
    struct tally t = {0};
    struct oracle_case k = {.n = {.theta = 8388607}};
    for (int round = 0; round < FX_ROUNDS; round++)
        for (int align = -6; align <= 20; align++)
            for (int gain = 0; gain < 3; gain++) {
                k.law = (struct law){.input = {4, 0},
                                     .weight = {8, 8},
                                     .membrane = {12, 12},
                                     .gain = {8, 8},
                                     .leak = {0, 16},
                                     .has_gain = gain > 0,
                                     .round_current = (enum fx_round)round};
                assert_lawful(&k.law);
                k.layer = (struct law_layer){align, 1};
                k.n.gain = gain == 1 ? 181 : -32768;
                for (int x = -WORD16 / 2; x < WORD16 / 2; x += ORACLE_SHARE) {
                    k.acc.acc = x;
                    compare(&t, &k, "current");
                }
            }
    pass("current: sums of 16 bits aligned by -6..20, 5 roundings, 3 gains", t);
}

static void test_decay(void **unused)
{
    (void)unused;
    struct tally t = {0};
    struct oracle_case k = {.layer = {4, 1}, .n = {.theta = 32767}, .acc = {-37000}};
    for (int kind = 0; kind < LAW_LEAKS; kind++)
        for (int round = 0; round < (kind == LAW_LEAK_LINEAR ? 1 : FX_ROUNDS); round++)
            for (int last = 0; last < 2; last++) {
                k.law = (struct law){.input = {4, 4},
                                     .weight = {4, 8},
                                     .membrane = {8, 8},
                                     .current = {8, 8},
                                     .leak = {0, 16},
                                     .round_decay = (enum fx_round)round,
                                     .decay_kind = (enum law_leak)kind,
                                     .currents = 1,
                                     .decay_last = last};
                assert_lawful(&k.law);
                int32_t factor[32];
                int n = factors(&k.law, k.law.decay_kind, factor);
                for (int i = 0; i < n; i++) {
                    k.n.mu = factor[i];
                    for (int u = -WORD16 / 2; u < WORD16 / 2; u += ORACLE_SHARE) {
                        k.before.u = u;
                        compare(&t, &k, "decay");
                    }
                }
            }
    pass("decay: synaptic currents of 16 bits, 6 kinds, 5 roundings, first and last", t);
}

// `w`: fraction bits of the weight; `k`: whole bits of the leak's 12.
#define LAW12(w, k, ...)                                                                           \
    {                                                                                              \
        .input = {4, 0}, .weight = {8, w}, .membrane = {8, 4}, .current = {8, 4},                  \
        .leak = {k, 12 - k}, __VA_ARGS__                                                           \
    }

// Neurons of 12 bits that make every choice of the law between them.
static const struct oracle_case neurons[] = {
    {LAW12(5, 0, .round_current = FX_NEAREST_EVEN, .leak_kind = LAW_LEAK_EXPONENTIAL,
           .round_leak = FX_NEAREST_EVEN, .reset_subtract = true),
     {1, 1},
     {.lambda = 1365, .lambda_slope = 2731, .theta = 400},
     .jitter = -321},
    {LAW12(3, 2, .leak_kind = LAW_LEAK_EXPONENTIAL, .round_leak = FX_FLOOR, .leak_signed = true,
           .has_rest = true, .wrap = true, .fire_gt = true),
     {-1, 1},
     {.lambda = -301, .lambda_slope = 900, .theta = 700, .bias = 5, .rest = -200, .reset = 90},
     .jitter = 20000},
    {LAW12(6, 0, .round_current = FX_FLOOR, .leak_kind = LAW_LEAK_SHIFT,
           .round_leak = FX_TOWARD_ZERO, .floor_zero = true, .reset_subtract = true),
     {2, 7},
     {.lambda = 3, .theta = 100, .bias = 31}},
    {LAW12(4, 0, .leak_kind = LAW_LEAK_SHIFT_MOVES, .round_leak = FX_CEILING,
           .integrate_first = true, .wrap = true, .fire_gt = true, .reset_subtract = true),
     {0, 63},
     {.lambda = 5, .theta = 29}},
    {LAW12(4, 0, .leak_kind = LAW_LEAK_LINEAR, .has_rest = true, .refractory_hold = true,
           .refractory_ticks = 4, .fire_gt = true),
     {0, 1},
     {.lambda = 50, .lambda_slope = 3000, .theta = 333, .rest = 77, .reset = -77},
     .jitter = 9000},
    {LAW12(4, 0, .leak_kind = LAW_LEAK_LINEAR, .has_rest = true, .refractory_hold = true,
           .refractory_ticks = 4, .fire_gt = true),
     {0, 1},
     {.lambda = 50, .theta = 333, .bias = 9, .rest = 77, .reset = -77},
     .before = {.r = 1}},
    {LAW12(3, 0, .gain = {4, 4}, .has_gain = true, .round_current = FX_AWAY,
           .decay_kind = LAW_LEAK_EXPONENTIAL, .round_decay = FX_NEAREST_EVEN, .currents = 1,
           .reset_subtract = true),
     {3, 3},
     {.mu = 2000, .mu_slope = 40000, .theta = 250, .gain = 29},
     .jitter = 555},
    {LAW12(4, 0, .leak_kind = LAW_LEAK_EXPONENTIAL, .round_leak = FX_AWAY, .currents = 2,
           .decay_kind = LAW_LEAK_SHIFT, .round_decay = FX_CEILING, .decay_last = true),
     {0, 1},
     {.lambda = 777, .mu = 2, .mu2 = 4, .theta = 512}},
    {LAW12(4, 0, .leak_kind = LAW_LEAK_EXPONENTIAL, .round_leak = FX_TOWARD_ZERO, .currents = 1,
           .decay_kind = LAW_LEAK_LINEAR, .decay_last = true, .saturate_each = true,
           .reset_subtract = true),
     {0, 1},
     {.lambda = 100, .mu = 300, .theta = 1000}},
    {LAW12(7, 0, .round_current = FX_TOWARD_ZERO, .leak_kind = LAW_LEAK_EXPONENTIAL,
           .round_leak = FX_NEAREST_EVEN, .wrap = true, .integrate_first = true,
           .refractory_ticks = 3),
     {3, 1},
     {.lambda = 2048, .theta = 90, .bias = -7},
     .before = {.r = 2}},
    {LAW12(4, 0, .leak_kind = LAW_LEAK_SHIFT, .round_leak = FX_NEAREST_EVEN, .currents = 2,
           .decay_kind = LAW_LEAK_EXPONENTIAL, .round_decay = FX_AWAY, .reset_subtract = true),
     {0, 3},
     {.lambda = 2, .mu = 1000, .mu2 = 3000, .mu2_slope = 60000, .theta = -150},
     .jitter = -30000},
    {LAW12(7, 0, .round_current = FX_CEILING, .leak_kind = LAW_LEAK_LINEAR, .floor_zero = true,
           .integrate_first = true, .fire_gt = true, .refractory_ticks = 2),
     {3, 1},
     {.lambda = 20, .theta = 0, .bias = -3}},
    {LAW12(4, 0, .leak_kind = LAW_LEAK_SHIFT_MOVES, .round_leak = FX_FLOOR, .currents = 1,
           .decay_kind = LAW_LEAK_SHIFT_MOVES, .round_decay = FX_FLOOR, .has_rest = true),
     {0, 1},
     {.lambda = 4, .mu = 6, .theta = 600, .rest = 300, .reset = 280}},
    {LAW12(4, 0, .leak_kind = LAW_LEAK_EXPONENTIAL, .round_leak = FX_CEILING, .currents = 1,
           .decay_kind = LAW_LEAK_EXPONENTIAL, .round_decay = FX_TOWARD_ZERO, .wrap = true,
           .reset_subtract = true),
     {0, 1},
     {.lambda = 333, .mu = 444, .theta = 555}},
};
enum { NEURONS = sizeof neurons / sizeof *neurons };

static void test_neurons(void **unused)
{
    (void)unused;
    struct tally t = {0};
    for (int i = 0; i < NEURONS; i++) {
        struct oracle_case k = neurons[i];
        char what[32];
        snprintf(what, sizeof what, "neuron %d", i);
        assert_lawful(&k.law);
        assert_int_equal(k.layer.align, law_align(&k.law, k.law.input.frac_bits));
        for (int v = -WORD12 / 2; v < WORD12 / 2; v++)
            for (int x = -WORD12 / 2 + (v + WORD12) % ORACLE_SHARE; x < WORD12 / 2;
                 x += ORACLE_SHARE) {
                k.before.v = v;
                k.acc.acc = x;
                // Not all pairs of v, x with all u, but with each u many of them.
                if (k.law.currents)
                    k.before.u = (v * 5 + x * 3 + 20 * WORD12) % WORD12 - WORD12 / 2;
                if (k.law.currents == 2) {
                    k.before.u2 = (v * 3 + x + 20 * WORD12) % WORD12 - WORD12 / 2;
                    k.acc.acc2 = -(x * 7 + v) % (WORD12 / 2);
                }
                compare(&t, &k, what);
            }
    }
    char what[48];
    snprintf(what, sizeof what, "neuron: %d laws of 12 bits", NEURONS);
    pass(what, t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rounding), cmocka_unit_test(test_overflow),
        cmocka_unit_test(test_leak),     cmocka_unit_test(test_current),
        cmocka_unit_test(test_decay),    cmocka_unit_test(test_neurons),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
