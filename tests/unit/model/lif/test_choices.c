// Choices of the law that cores elsewhere make, a tick each with its right values worked out by hand.
#include "model/lif/law.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

struct hand {
    const char *what;
    struct law law;
    struct law_neuron n;
    int32_t v;
    struct law_gathered acc;
    int64_t leak, integrate;
    int32_t clamp, fire, reset;
};

#define Q8 .input = {1, 0}, .weight = {4, 0}, .membrane = {8, 0}, .leak = {7, 0}
#define Q9 .input = {1, 0}, .weight = {4, 0}, .membrane = {9, 0}, .leak = {7, 0}
#define ODIN                                                                                       \
    {                                                                                              \
        Q9, .leak_kind = LAW_LEAK_LINEAR, .leak_when = LAW_WHEN_NO_INPUT, .floor_zero = true       \
    }
#define TINY                                                                                       \
    {                                                                                              \
        .input = {1, 0}, .weight = {4, 0}, .membrane = {12, 0}, .leak = {7, 0},                    \
        .leak_kind = LAW_LEAK_LINEAR, .leak_when = LAW_WHEN_NO_INPUT                               \
    }
#define QUANTISENC                                                                                 \
    {                                                                                              \
        .input = {1, 0}, .weight = {1, 4}, .membrane = {4, 4}, .leak = {3, 4},                     \
        .round_leak = FX_TOWARD_ZERO, .leak_kind = LAW_LEAK_EXPONENTIAL, .symmetric = true,        \
        .fire_gt = true, .fire_before = true                                                       \
    }

static const struct hand hands[] = {
    // ODIN: an event adds its weight and leaks nothing; a time reference leaks, and stops at 0.
    {"odin: excitation",
     ODIN,
     {.lambda = 10, .theta = 200},
     100,
     {5, 0, true},
     0,
     105,
     105,
     0,
     105},
    {"odin: a weight of 0", ODIN, {.lambda = 10, .theta = 200}, 9, {0, 0, true}, 0, 9, 9, 0, 9},
    {"odin: time reference", ODIN, {.lambda = 10, .theta = 200}, 100, {0}, 10, 90, 90, 0, 90},
    {"odin: leaks to 0", ODIN, {.lambda = 10, .theta = 200}, 7, {0}, 7, 0, 0, 0, 0},
    {"odin: inhibition below 0", ODIN, {.lambda = 1, .theta = 9}, 3, {-7, 0, true}, 0, -4, 0, 0, 0},
    {"odin: saturates", ODIN, {.lambda = 1, .theta = 256}, 252, {7, 0, true}, 0, 259, 255, 0, 255},
    {"odin: at the threshold", ODIN, {.theta = 20}, 15, {5, 0, true}, 0, 20, 20, 1, 0},
    {"odin: fires as it leaks", ODIN, {.lambda = 1, .theta = 20}, 30, {0}, 1, 29, 29, 1, 0},
    {"tinyodin: leaks upwards", TINY, {.lambda = 10, .theta = 99}, -25, {0}, -10, -15, -15, 0, -15},
    {"tinyodin: low end",
     TINY,
     {.lambda = 10, .theta = 99},
     -2045,
     {-8, 0, true},
     0,
     -2053,
     -2048,
     0,
     -2048},
    // The other way about: nothing leaks where nothing comes.
    {"event: leaks",
     {Q8, .leak_kind = LAW_LEAK_SHIFT, .leak_when = LAW_WHEN_EVENT},
     {.lambda = 2, .theta = 127},
     40,
     {3, 0, true},
     10,
     33,
     33,
     0,
     33},
    {"event: keeps",
     {Q8, .leak_kind = LAW_LEAK_SHIFT, .leak_when = LAW_WHEN_EVENT},
     {.lambda = 2, .theta = 127},
     40,
     {0},
     0,
     40,
     40,
     0,
     40},
    // Symmetric ends of 8 bits: -127, where all of the format goes to -128.
    {"symmetric", {Q8, .symmetric = true}, {.theta = 127}, -100, {-28}, 0, -128, -127, 0, -127},
    {"symmetric: within",
     {Q8, .symmetric = true},
     {.theta = 127},
     -100,
     {-27},
     0,
     -127,
     -127,
     0,
     -127},
    {"symmetric: above", {Q8, .symmetric = true}, {.theta = 127}, 100, {40}, 0, 140, 127, 1, 0},
    {"format", {Q8}, {.theta = 127}, -100, {-40}, 0, -140, -128, 0, -128},
    // 7/2 + 7/4 is 3 + 1, not 5; to zero it is the same below; to floor -4 - 2.
    {"two shifts",
     {Q8, .leak_kind = LAW_LEAK_TWO_SHIFTS},
     {.lambda = 1 + 32 * 2, .theta = 127},
     7,
     {0},
     4,
     3,
     3,
     0,
     3},
    {"two shifts, floor",
     {Q8, .leak_kind = LAW_LEAK_TWO_SHIFTS},
     {.lambda = 1 + 32 * 2, .theta = 127},
     -7,
     {0},
     -6,
     -1,
     -1,
     0,
     -1},
    {"two shifts, toward zero",
     {Q8, .leak_kind = LAW_LEAK_TWO_SHIFTS, .round_leak = FX_TOWARD_ZERO},
     {.lambda = 1 + 32 * 2, .theta = 127},
     -7,
     {0},
     -4,
     -3,
     -3,
     0,
     -3},
    {"two shifts by 0: twice all",
     {Q8, .leak_kind = LAW_LEAK_TWO_SHIFTS},
     {.theta = 127},
     50,
     {0},
     100,
     -50,
     -50,
     0,
     -50},
    // Fires by v; what is reset, or taken from, is c.
    {"before: c is below",
     {Q8, .fire_before = true, .reset_subtract = true},
     {.theta = 50},
     60,
     {-20},
     0,
     40,
     40,
     1,
     -10},
    {"before: not yet",
     {Q8, .fire_before = true, .reset_subtract = true},
     {.theta = 50},
     40,
     {30},
     0,
     70,
     70,
     0,
     70},
    {"quantisenc: at theta", QUANTISENC, {.lambda = 4, .theta = 32}, 32, {16}, 8, 40, 40, 0, 40},
    {"quantisenc: above", QUANTISENC, {.lambda = 4, .theta = 32}, 33, {16}, 8, 41, 41, 1, 0},
    {"quantisenc: below 0",
     QUANTISENC,
     {.lambda = 4, .theta = 32},
     -33,
     {-8},
     -8,
     -33,
     -33,
     0,
     -33},
    // A membrane of 8 bits without a sign: 260 is 4, -2 is 254.
    {"unsigned wrap up",
     {Q9, .wrap = true, .floor_zero = true},
     {.theta = 255},
     250,
     {10},
     0,
     260,
     4,
     0,
     4},
    {"unsigned wrap down",
     {Q9, .wrap = true, .floor_zero = true},
     {.theta = 255},
     3,
     {-5},
     0,
     -2,
     254,
     0,
     254},
    {"unsigned wrap of a reset",
     {Q9, .wrap = true, .floor_zero = true, .reset_subtract = true},
     {.theta = -3},
     250,
     {4},
     0,
     254,
     254,
     1,
     1},
};

static void test_hands(void **unused)
{
    (void)unused;
    const struct law_layer layer = {0, 1};
    for (size_t i = 0; i < sizeof hands / sizeof *hands; i++) {
        const struct hand *h = &hands[i];
        struct law_state state = {.v = h->v};
        if (law_check(&h->law)) fail_msg("%s: %s", h->what, law_check(&h->law));
        const struct law_stages t = law_step_ref(&h->law, &layer, &h->n, &state, h->acc, 0);
        if (t.leak != h->leak || t.integrate != h->integrate || t.clamp != h->clamp ||
            t.fire != h->fire || t.reset != h->reset || state.v != h->reset)
            fail_msg("%s: leak %lld, s %lld, c %d, z %d, v %d", h->what, (long long)t.leak,
                     (long long)t.integrate, t.clamp, t.fire, t.reset);
    }
}

static void test_refused(void **unused)
{
    (void)unused;
    const struct law law = {Q8, .symmetric = true, .wrap = true};
    assert_string_equal(law_check(&law), "symmetric ends need saturation, and of whole sums");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_hands),
                                       cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests(tests, 0, 0);
}
