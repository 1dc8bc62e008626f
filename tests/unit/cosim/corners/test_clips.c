// Clips that are searched for reach what chance does not, and the parts that are picked of them reach all that
// the whole does, the same each time.
#include "cosim/corners/clips.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/rtl/rtl_random.h"

enum { LAWS = 12, N_CLIPS = 6, TICKS = 30 };

// The corners, and bits of them, that clips reach.
static int reached(const struct law_image *view, const struct corners_clips *clips, int *ticks)
{
    struct corners c;
    struct reference r;
    int n = 0;
    void *memory = aligned_alloc(64, reference_size(view));
    reference_init(&r, view, memory);
    assert_true(corners_init(&c, view));
    *ticks = 0;
    for (int i = 0; i < clips->n; i++) {
        const struct stimulus s = corners_stimulus(&clips->clip[i]);
        corners_run(&c, &r, &s);
        *ticks += s.n_ticks;
    }
    for (int i = 0; i < c.n; i++) {
        uint64_t seen = 0;
        for (int l = 0; l < view->shape.n_layers; l++)
            seen |= c.corner[i].seen[l];
        for (seen &= c.corner[i].bits; seen; seen &= seen - 1)
            n++;
    }
    corners_fini(&c);
    free(memory);
    return n;
}

static void same(const struct corners_clips *a, const struct corners_clips *b, int n_in)
{
    assert_int_equal(a->n, b->n);
    for (int i = 0; i < a->n; i++) {
        assert_int_equal(a->clip[i].n_ticks, b->clip[i].n_ticks);
        size_t n = (size_t)a->clip[i].n_ticks;
        assert_memory_equal(a->clip[i].x, b->clip[i].x, n * (size_t)n_in * sizeof(int32_t));
        assert_memory_equal(a->clip[i].jitter, b->clip[i].jitter, n * sizeof(int16_t));
    }
}

static void test_search_and_distil(void **unused)
{
    (void)unused;
    struct random r = {77};
    int better = 0;
    for (int i = 0; i < LAWS; i++) {
        const struct law law = random_law(&r);
        struct image_shape shape = random_shape(&r);
        random_taps(&r, &shape);
        struct image im;
        struct corners_clips chance = {0}, found = {0}, again = {0}, few = {0};
        int16_t jitter[TICKS];
        int n_in = shape.layer[0].n_in, ticks, all_ticks;
        uint8_t *x = calloc(TICKS, (size_t)n_in);
        int32_t *wide = calloc(TICKS * (size_t)n_in, sizeof *wide);
        void *memory = random_image(&r, &law, &shape, &im);
        const struct law_image view = law_image_of(&im);
        for (int clip = 0; clip < N_CLIPS; clip++) {
            random_stimulus(&r, &im, TICKS, x, jitter);
            struct stimulus s = {.n_ticks = TICKS, .x = x, .jitter = jitter};
            if (law.input_signed) {
                random_wide(&r, &im, TICKS, wide);
                s.wide = wide;
            }
            assert_true(corners_clips_add(&chance, &s, n_in));
        }
        const struct corners_plan plan = {3, N_CLIPS * TICKS, 3, true};
        assert_true(corners_search(&view, &plan, 0, &found));
        assert_true(corners_search(&view, &plan, 0, &again));
        same(&found, &again, n_in);
        better += reached(&view, &found, &ticks) >= reached(&view, &chance, &all_ticks);
        assert_in_range(ticks, 1, N_CLIPS * TICKS);

        int all = reached(&view, &chance, &all_ticks);
        assert_true(corners_distil(&view, &chance, &few));
        assert_int_equal(reached(&view, &few, &ticks), all);
        assert_true(ticks < all_ticks);
        for (int clip = 0; clip < few.n; clip++) { // the beginning of the clip that it names
            const struct corners_clip *part = &few.clip[clip], *whole = &chance.clip[part->number];
            size_t n = (size_t)part->n_ticks;
            assert_memory_equal(part->x, whole->x, n * (size_t)n_in * sizeof(int32_t));
        }
        corners_clips_free(&chance);
        corners_clips_free(&found);
        corners_clips_free(&again);
        corners_clips_free(&few);
        free(memory);
        free(wide);
        free(x);
    }
    assert_true(better >= LAWS - 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_search_and_distil)};
    return cmocka_run_group_tests(tests, 0, 0);
}
