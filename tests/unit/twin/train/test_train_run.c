// What a run does beside its steps: the average of the weights, against its coefficients in closed form;
// what is judged and kept; first weights drawn anew.
#include "twin/task/speech/speech.h"
#include "twin/jobs/lif_job.h"
#include "twin/train/train.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    FILTERS = 4,
    CLIPS = 24, // the last third of them of held-back speakers
    TICKS = 125,
    HOPS = TICKS * 32,
    EPOCHS = 10,
    HELD_CHIPS = 3,
    MOST = 32768
};

static struct fixture {
    struct chip chip;
    struct speech speech;
    struct dataset_clip clip[CLIPS];
    char *word[2];
    struct train_options o;
    // What the last run went through: after each epoch.
    size_t n_values;
    float net[EPOCHS][MOST], average[EPOCHS][MOST], best[MOST];
    double held[EPOCHS];
    long steps[EPOCHS];
    int best_epoch;
} fx;

static int setup(void **state)
{
    (void)state;
    static char a[] = "a", b[] = "b", paths[CLIPS][24];
    struct fail f;
    if (chip_load(&fx.chip, SPIKETWIN_ROOT "/chips/h1v2.yaml", &f)) return -1;
    fx.chip.frontend.n_filters = FILTERS;
    struct speech *s = &fx.speech;
    if (frontend_init(&s->front, &fx.chip.frontend, &f)) return -1;
    fx.word[0] = a;
    fx.word[1] = b;
    *s = (struct speech){.front = s->front,
                         .n_hops = HOPS,
                         .corpus = {.kind = &speech_kind,
                                    .front = true,
                                    .n_in = FILTERS,
                                    .n_ticks = TICKS,
                                    .grain_ms = 0.25}};
    s->corpus.set = (struct dataset){.labels = {2, fx.word}, .clip = fx.clip, .n_clips = CLIPS};
    s->envelope = malloc((size_t)CLIPS * HOPS * FILTERS * sizeof *s->envelope);
    if (!s->envelope) return -1;
    uint32_t x = 7;
    for (int i = 0; i < CLIPS; i++) {
        bool held = i >= CLIPS - CLIPS / 3;
        snprintf(paths[i], sizeof paths[i], "%s/%d.wav", fx.word[i % 2], i);
        fx.clip[i] = (struct dataset_clip){.path = paths[i],
                                           .label = i % 2,
                                           .id = (uint64_t)i,
                                           .split = held ? SPLIT_HELD : SPLIT_TRAIN};
        s->corpus.set.n_split[fx.clip[i].split]++;
        for (int h = 0; h < HOPS; h++)
            for (int k = 0; k < FILTERS; k++) { // a: first filters louder; b: last ones
                x = x * 1664525u + 1013904223u;
                uint32_t loud = 1 + (uint32_t)(i % 2 ? k : FILTERS - k) * (uint32_t)(1 + i % 5);
                s->envelope[((size_t)i * HOPS + (size_t)h) * FILTERS + (size_t)k] =
                    (uint16_t)(x / 65536 % 1000 * loud);
            }
    }
    train_defaults(&fx.o);
    fx.o.n_hidden[0] = 16;
    fx.o.epochs = EPOCHS;
    fx.o.batch = 8; // two steps an epoch
    fx.o.clips_per_chip = 2;
    fx.o.lr = 0.05;
    fx.o.held_chips = HELD_CHIPS;
    fx.o.choose_from = 0;
    fx.o.surrogate = 10;
    fx.o.reset_grad = 0;
    fx.o.initial.least = 0;
    fx.o.plan.mask_ticks = fx.o.plan.mask_inputs = 0; // they begin by what is judged
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(fx.speech.envelope);
    return 0;
}

static int note(void *context, const struct train *t, const struct train_epoch *row, struct fail *f)
{
    (void)context;
    (void)f;
    assert_true(t->net.n_values <= MOST);
    memcpy(fx.net[row->epoch - 1], t->net.values, t->net.n_values * sizeof(float));
    memcpy(fx.average[row->epoch - 1], t->average.values, t->net.n_values * sizeof(float));
    fx.held[row->epoch - 1] = row->held;
    fx.steps[row->epoch - 1] = t->step;
    fx.n_values = t->net.n_values;
    return 0;
}

static void run(struct train *t, const struct train_options *o)
{
    struct fail f;
    if (train_init(t, &fx.chip, &fx.speech.corpus, o, 0, &f)) fail_msg("%s", f.text);
    if (train_run(t, &fx.chip, &fx.speech.corpus, o, 0, note, 0, &f)) fail_msg("%s", f.text);
    memcpy(fx.best, t->best.values, t->best.n_values * sizeof(float));
    fx.best_epoch = t->best_epoch;
}

// The weight of step k (from 1) in the average after n steps with a window of h: as long as all
// steps fit in it 1/n each; then each step takes 1/h and leaves the others the rest.
static double part_of(int k, int n, double h)
{
    int mean = (int)ceil(h) - 1; // steps below h
    if (mean < 1) mean = 1;
    if (n <= mean) return 1.0 / n;
    double window = fmax(h, 1), rest = k > mean ? pow(1 - 1 / window, n - k) : 0;
    return k > mean ? rest / window : pow(1 - 1 / window, n - mean) / mean;
}

static void test_average_has_the_coefficients_it_says(void **state)
{
    (void)state;
    const double horizons[] = {0.3, 1, 3, 7.25, 1000};
    enum { STEPS = 40 };
    for (size_t i = 0; i < sizeof horizons / sizeof *horizons; i++) {
        struct fail f;
        struct train t;
        static float history[STEPS][MOST];
        if (train_init(&t, &fx.chip, &fx.speech.corpus, &fx.o, 0, &f)) fail_msg("%s", f.text);
        uint32_t x = 99;
        for (int n = 1; n <= STEPS; n++) {
            for (size_t j = 0; j < t.net.n_values; j++) {
                x = x * 1664525u + 1013904223u;
                t.net.values[j] = history[n - 1][j] = (float)(x / 65536) / 32768 - 1;
            }
            t.step = n;
            train_average(&t, horizons[i]);
        }
        double sum = 0;
        for (int k = 1; k <= STEPS; k++)
            sum += part_of(k, STEPS, horizons[i]);
        assert_true(fabs(sum - 1) < 1e-12); // the test's own coefficients
        for (size_t j = 0; j < t.net.n_values; j++) {
            double wanted = 0;
            for (int k = 1; k <= STEPS; k++)
                wanted += part_of(k, STEPS, horizons[i]) * history[k - 1][j];
            if (fabs(t.average.values[j] - wanted) > 1e-6)
                fail_msg("horizon %g, value %zu: %g, wanted %g", horizons[i], j,
                         (double)t.average.values[j], wanted);
        }
        train_fini(&t);
    }
}

// Accuracy of values on the held-back clips, over the chips that judge an epoch.
static double judged(const float *values, struct train *t, const struct train_options *o)
{
    int held[CLIPS], n = corpus_split(&fx.speech.corpus, SPLIT_HELD, held), correct = 0;
    struct fail f;
    struct predict_chip chips[HELD_CHIPS];
    memcpy(t->annealed.values, values, t->annealed.n_values * sizeof(float));
    struct lif_job lif = {.chip = &fx.chip,
                          .net = &t->annealed,
                          .corpus = &fx.speech.corpus,
                          .clip = held,
                          .n_clips = n,
                          .seed = o->seed,
                          .first_chip = UINT32_MAX - 63,
                          .n_chips = HELD_CHIPS};
    struct task task;
    if (lif_task(&task, &lif, &f)) fail_msg("%s", f.text);
    struct predict_job job = lif_predict_job(&lif, &task);
    if (predict_run(&job, chips, 0, 0, &f)) fail_msg("%s", f.text);
    task_fini(&task);
    for (int i = 0; i < HELD_CHIPS; i++)
        correct += chips[i].correct;
    return (double)correct / n / HELD_CHIPS;
}

static void test_the_average_is_judged_and_kept(void **state)
{
    (void)state;
    struct train plain, t;
    static float last[EPOCHS][MOST];
    struct train_options o = fx.o;
    run(&plain, &o);
    memcpy(last, fx.net, sizeof last);
    assert_memory_equal(fx.best, last[fx.best_epoch - 1], fx.n_values * sizeof(float));

    o.average = 2.5; // five steps
    run(&t, &o);
    int others = 0;
    for (int e = 0; e < EPOCHS; e++) {
        // Averaging looks on: the steps are those of a run without.
        assert_memory_equal(fx.net[e], last[e], fx.n_values * sizeof(float));
        assert_true(fabs(fx.held[e] - judged(fx.average[e], &t, &o)) < 1e-12);
        others += fabs(fx.held[e] - judged(fx.net[e], &t, &o)) > 1e-12;
        assert_int_equal(fx.steps[e], 2 * (e + 1));
    }
    assert_true(others > 0); // else the check above could not tell which was judged
    assert_memory_equal(fx.best, fx.average[fx.best_epoch - 1], fx.n_values * sizeof(float));
    assert_memory_not_equal(fx.best, fx.net[fx.best_epoch - 1], fx.n_values * sizeof(float));
    train_fini(&plain);
    train_fini(&t);
}

// A window of one step is the last step: the bits of a run without.
static void test_one_step_is_no_average(void **state)
{
    (void)state;
    struct train plain, t;
    static double held[EPOCHS];
    struct train_options o = fx.o;
    run(&plain, &o);
    memcpy(held, fx.held, sizeof held);
    o.average = 0.5;
    run(&t, &o);
    assert_memory_equal(t.best.values, plain.best.values, fx.n_values * sizeof(float));
    assert_memory_equal(fx.held, held, sizeof held);
    train_fini(&plain);
    train_fini(&t);
}

// A chip on which no spike brings a neuron to its threshold: first weights are drawn anew thrice, then stay.
static void test_where_nothing_is_learned_weights_are_drawn_anew(void **state)
{
    (void)state;
    struct chip mute = fx.chip;
    struct train t, lively;
    struct fail f;
    struct train_options o = fx.o;
    o.n_hidden[0] = 4;
    o.epochs = 520; // of two steps; 100 of them make 200 steps
    o.held_chips = 1;
    mute.threshold = 31;
    mute.weight.max = mute.weight.max / 1000;
    mute.weight.min = mute.weight.min / 1000;
    o.lr = 1e-6;
    if (train_init(&t, &mute, &fx.speech.corpus, &o, 0, &f)) fail_msg("%s", f.text);
    size_t n = t.net.n_values;
    float *first = malloc(n * sizeof *first);
    assert_non_null(first);
    memcpy(first, t.net.values, n * sizeof *first);
    if (train_run(&t, &mute, &fx.speech.corpus, &o, 0, 0, 0, &f)) fail_msg("%s", f.text);
    assert_int_equal(t.redrawn, 3);
    assert_int_equal(t.step, 2 * (520 - 300));
    assert_int_equal(t.stuck, 220);
    assert_memory_not_equal(first, t.net.values, n * sizeof *first);
    free(first);
    train_fini(&t);

    train_defaults(&o); // where something is learned they never are
    o.epochs = 250;
    o.batch = 8;
    o.front_start = 0.2;
    if (train_init(&lively, &fx.chip, &fx.speech.corpus, &o, 0, &f)) fail_msg("%s", f.text);
    if (train_run(&lively, &fx.chip, &fx.speech.corpus, &o, 0, 0, 0, &f)) fail_msg("%s", f.text);
    assert_int_equal(lively.redrawn, 0);
    assert_int_equal(lively.step, 2 * 250);
    train_fini(&lively);
}

static void test_steps_are_epochs_within_bounds(void **state)
{
    (void)state;
    assert_int_equal(train_epochs(16000, 32, 5508), 93);  // 173 steps each
    assert_int_equal(train_epochs(16000, 32, 85000), 20); // 6.02 would do
    assert_int_equal(train_epochs(16000, 32, 33), 500);   // 8,000 would
    assert_int_equal(train_epochs(100, 32, 640), 20);
    assert_int_equal(train_epochs(16000, 32, 0), 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_average_has_the_coefficients_it_says),
        cmocka_unit_test(test_the_average_is_judged_and_kept),
        cmocka_unit_test(test_one_step_is_no_average),
        cmocka_unit_test(test_where_nothing_is_learned_weights_are_drawn_anew),
        cmocka_unit_test(test_steps_are_epochs_within_bounds),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
