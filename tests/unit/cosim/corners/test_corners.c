// Corners: the observer sees what the stages did, counts what a law in words says, and what it proves out of
// reach is never reached, by random laws on random nets.
#include "cosim/corners/corners_law.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/rtl/rtl_random.h"

enum { TICKS = 40, LAWS = 1500 };

struct seen {
    const struct reference *r;
    const struct stimulus *s;
    int64_t leaks, currents, clamps;
};

// The products that the observer sees, rounded as the law says, are the stages that the law gave.
static void holds(void *context, int tick, int layer, int neuron, const void *before,
                  const void *of_stages, const void *after)
{
    struct seen *seen = context;
    const struct law_tick in = reference_inputs(seen->r, seen->s, tick, layer, neuron);
    const struct law *law = in.law;
    const struct law_stages *s = of_stages;
    struct corners_tick t;
    memset(&t, 0, sizeof t);
    corners_lif.tick(&in, before, of_stages, after, &t);
    const int leak = 4, membrane = 0;
    if (law->leak_kind == LAW_LEAK_EXPONENTIAL && t.rounding[leak].shift > 0) {
        assert_int_equal(fx_shr(t.rounding[leak].value, t.rounding[leak].shift, law->round_leak),
                         s->leak);
        seen->leaks++;
    }
    if (!law->currents && t.rounding[0].shift > 0) {
        assert_int_equal(fx_shr(t.rounding[0].value, t.rounding[0].shift, law->round_current),
                         s->current);
        seen->currents++;
    }
    if (!law->wrap) {
        assert_int_equal(
            fx_sat(t.clamp[membrane].value, t.clamp[membrane].lo, t.clamp[membrane].hi), s->clamp);
        seen->clamps++;
    }
}

static void test_observer_and_proofs(void **unused)
{
    (void)unused;
    struct random r = {16};
    int64_t proven = 0, reached = 0;
    struct seen seen = {0};
    for (int i = 0; i < LAWS; i++) {
        const struct law law = random_law(&r);
        struct image_shape shape = random_shape(&r);
        random_taps(&r, &shape);
        struct image im;
        struct corners c;
        struct reference reference;
        int16_t jitter[TICKS];
        uint8_t *x = calloc(TICKS, (size_t)shape.layer[0].n_in);
        int32_t *wide = calloc(TICKS * (size_t)shape.layer[0].n_in, sizeof *wide);
        void *memory = random_image(&r, &law, &shape, &im);
        const struct law_image view = law_image_of(&im);
        void *room = aligned_alloc(64, reference_size(&view));
        reference_init(&reference, &view, room);
        assert_true(corners_init(&c, &view));
        for (int clip = 0; clip < 3; clip++) {
            random_stimulus(&r, &im, TICKS, x, jitter);
            struct stimulus s = {.n_ticks = TICKS, .x = x, .jitter = jitter};
            if (law.input_signed) {
                random_wide(&r, &im, TICKS, wide);
                s.wide = wide;
            }
            corners_run(&c, &reference, &s);
            seen.r = &reference;
            seen.s = &s;
            reference_rest(&reference);
            for (int tick = 0; tick < TICKS; tick++)
                reference_tick(&reference, &s, tick, holds, &seen);
        }
        for (int k = 0; k < c.n; k++)
            for (int l = 0; l < shape.n_layers; l++) {
                const struct corner *it = &c.corner[k];
                if (it->seen[l] & it->never[l])
                    fail_msg("law %d, layer %d: \"%s\" was proven out of reach (%s): bits %llx", i,
                             l, it->name, it->why,
                             (unsigned long long)(it->seen[l] & it->never[l]));
                proven += it->never[l] != 0;
                reached += it->seen[l] != 0;
            }
        corners_fini(&c);
        free(room);
        free(memory);
        free(wide);
        free(x);
    }
    assert_true(proven > 10000 && reached > 50000);
    assert_true(seen.leaks > 10000 && seen.currents > 10000 && seen.clamps > 100000);
}

// One neuron whose every word is known: what it reaches is counted by hand.
static void test_by_hand(void **unused)
{
    (void)unused;
    static const struct image_shape shape = {1, {{1, 1, IMAGE_DENSE, false, false, 1}}};
    struct law law = law_of_demo; // Q8.8, UQ0.16, nearest even
    struct image im;
    struct corners c;
    struct reference reference;
    void *memory = calloc(1, image_size(&law, &shape));
    law.reset_subtract = false;
    image_init(&im, &law, &shape, memory);
    im.layer[0].w[0] = 16; // a word of x is one LSB of the membrane
    im.layer[0].neuron[0] = (struct law_neuron){.lambda = 0x8000, .theta = 6};
    const struct law_image view = law_image_of(&im);
    void *room = aligned_alloc(64, reference_size(&view));
    reference_init(&reference, &view, room);
    assert_true(corners_init(&c, &view));
    static const uint8_t x[] = {3, 3, 0, 255, 5, 0};
    // v: 3, 3 - 2 + 3 = 4 (1.5 rounds to 2: a tie over 1, odd), 2 (no tie), 2 - 1 + 255 = 256: fires, 0; 5;
    // 5 - 2 = 3 (2.5 rounds to 2: a tie over 2, even)
    struct stimulus s = {.n_ticks = 6, .x = x};
    corners_run(&c, &reference, &s);
    static const struct {
        const char *name;
        int64_t count;
    } due[] = {{"leak: tie over an odd word, above 0", 1},
               {"leak: tie over an even word, above 0", 1},
               {"leak: a fraction, above 0", 2},
               {"leak: tie over an even word, below 0", 0},
               {"fire: one below the threshold", 1},
               {"fire: the threshold", 0},
               {"v: to 0 without a spike", 0},
               {"events: none in a tick", 2},
               {"events: of all sources in a tick", 4},
               {"events: the largest word", 1},
               {"gather: the largest sum of a neuron", 1},
               {"fire: all neurons of a layer in a tick", 1},
               {"jitter: 0", 6}};
    int found = 0;
    for (int k = 0; k < c.n; k++)
        for (size_t i = 0; i < sizeof due / sizeof *due; i++)
            if (!strcmp(c.corner[k].name, due[i].name)) {
                found++;
                if (corner_count(&c.corner[k]) != due[i].count)
                    fail_msg("%s: %lld, due %lld", due[i].name,
                             (long long)corner_count(&c.corner[k]), (long long)due[i].count);
            }
    assert_int_equal(found, sizeof due / sizeof *due);
    // Below 0 nothing is: no weight and no bias leads there. And jitter moves nothing.
    for (int k = 0; k < c.n; k++) {
        const char *name = c.corner[k].name;
        if (strstr(name, "below 0") || strstr(name, "lower end") || !strcmp(name, "jitter: 32767"))
            if (strncmp(name, "v: one above", 12) && strncmp(name, "membrane: one above", 19) &&
                corner_there(&c.corner[k]) && corner_open(&c, &c.corner[k]))
                fail_msg("%s is held for possible", name);
    }
    corners_clear(&c);
    for (int k = 0; k < c.n; k++)
        if (!c.corner[k].of_bits) assert_int_equal(corner_count(&c.corner[k]), 0);
    corners_fini(&c);
    free(room);
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_observer_and_proofs),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
