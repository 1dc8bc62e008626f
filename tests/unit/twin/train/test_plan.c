// The clips of an epoch as they are shown: each once, moved within bounds, and with masks of each length and
// place alike; what is hidden, hidden.
#include "twin/train/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CLIPS = 4000, TICKS = 100, INPUTS = 16 };

static struct dataset_clip clip[CLIPS];
static int index_of[CLIPS];
static struct batch_clip plan[CLIPS], again[CLIPS];
static struct corpus corpus = {
    .set = {.clip = clip, .n_clips = CLIPS}, .n_in = INPUTS, .n_ticks = TICKS, .grain_ms = 0.25};
static const struct plan_options options = {
    .shift_ms = 10, .mask_ticks = 0.04, .mask_inputs = 0.125};

static int setup(void **state)
{
    (void)state;
    for (int i = 0; i < CLIPS; i++) {
        index_of[i] = i;
        clip[i].label = i % 7;
    }
    return 0;
}

static void test_each_clip_once_and_moved(void **state)
{
    (void)state;
    int seen[CLIPS] = {0}, far[2] = {0}, moved = 0;
    assert_int_equal(plan_epoch(plan, index_of, CLIPS, &corpus, &options, 5, 3, false), 0);
    for (int i = 0; i < CLIPS; i++) {
        const struct batch_clip *c = &plan[i];
        seen[c->clip]++;
        moved += c->clip != i;
        assert_int_equal(c->label, c->clip % 7);
        assert_in_range(c->shift + 40, 0, 80); // 10 ms of 0.25
        far[0] += c->shift <= -39;
        far[1] += c->shift >= 39;
        assert_int_equal(c->mask.n_ticks | c->mask.n_inputs, 0);
    }
    for (int i = 0; i < CLIPS; i++)
        assert_int_equal(seen[i], 1);
    assert_true(far[0] && far[1] && moved > CLIPS * 9 / 10);
}

static void test_masks_have_each_length_and_place_alike(void **state)
{
    (void)state;
    int ticks[5] = {0}, inputs[3] = {0}, first[INPUTS] = {0}, pairs = 0;
    assert_int_equal(plan_epoch(plan, index_of, CLIPS, &corpus, &options, 5, 3, true), 0);
    assert_int_equal(plan_epoch(again, index_of, CLIPS, &corpus, &options, 5, 3, true), 0);
    assert_memory_equal(plan, again, sizeof plan);
    for (int i = 0; i < CLIPS; i++) {
        const struct batch_mask *m = &plan[i].mask;
        assert_in_range(m->n_ticks, 0, 4);
        assert_in_range(m->tick, 0, TICKS - m->n_ticks);
        assert_in_range(m->n_inputs, 0, 2);
        assert_in_range(m->input, 0, INPUTS - m->n_inputs);
        ticks[m->n_ticks]++;
        inputs[m->n_inputs]++;
        if (m->n_inputs == 2) {
            first[m->input]++;
            pairs++;
        }
    }
    for (int i = 0; i < 5; i++) // 800 each, sd 25
        assert_in_range(ticks[i], 800 - 125, 800 + 125);
    for (int i = 0; i < 3; i++) // 1333 each, sd 30
        assert_in_range(inputs[i], 1333 - 150, 1333 + 150);
    for (int i = 0; i < INPUTS - 1; i++)
        assert_in_range(first[i], pairs / 15 / 2, pairs / 15 * 2);
    assert_int_equal(first[INPUTS - 1], 0);
    assert_int_equal(plan_epoch(again, index_of, CLIPS, &corpus, &options, 5, 4, true), 0);
    assert_memory_not_equal(plan, again, sizeof plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_clip_once_and_moved),
        cmocka_unit_test(test_masks_have_each_length_and_place_alike),
    };
    return cmocka_run_group_tests(tests, setup, 0);
}
