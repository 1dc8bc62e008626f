// Training and yield of DYNAP-SE2 nets: identity of chips, same bits for any threads and any
// interruption, what counts as right, and that training helps on chips it never saw.
#include "twin/train/dpi_train.h"
#include "twin/jobs/dpi_job.h"
#include "twin/task/patterns/dpi_patterns.h"

#include <math.h>
#include <omp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct dynapse_chip chip;
static struct dpi_task frozen;

static int setup(void **state)
{
    (void)state;
    struct fail f;
    assert_int_equal(dynapse_chip_load(&chip, SPIKETWIN_ROOT "/chips/dynapse2.yaml", &f), 0);
    assert_int_equal(dpi_task_frozen_noise(&frozen, 0, &f), 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    dpi_task_free(&frozen);
    return 0;
}

static struct dpi_train_options options(int steps)
{
    struct dpi_train_options o;
    dpi_train_defaults(&o);
    o.steps = steps;
    o.groups = 3;
    o.variation = dpi_variation_of(&chip, 2, 2, 3);
    return o;
}

static bool same_weights(const struct dpi_train *a, const struct dpi_train *b)
{
    size_t n = dpi_train_weights(&a->net);
    for (size_t i = 0; i < n; i++)
        if (*dpi_train_weight(&a->net, i) != *dpi_train_weight(&b->net, i)) return false;
    return memcmp(a->m, b->m, n * sizeof *a->m) == 0 && memcmp(a->v, b->v, n * sizeof *a->v) == 0 &&
           a->step == b->step;
}

static void train(struct dpi_train *t, const struct dpi_train_options *o, int threads)
{
    struct fail f;
    omp_set_num_threads(threads);
    assert_int_equal(dpi_train_init(t, &chip, &frozen, 2, o, &f), 0);
    assert_int_equal(dpi_train_run(t, &chip, &frozen, o, 1000, 0, 0, 0, &f), 0);
}

static void threads_do_not_change_a_bit(void **state)
{
    (void)state;
    const struct dpi_law *laws[] = {&dpi_compat, &dpi_silicon, 0};
    for (int i = 0; i < 3; i++) {
        struct dpi_train one, four, other;
        struct dpi_train_options o = options(4);
        o.law = laws[i];
        train(&one, &o, 1);
        train(&four, &o, 4);
        assert_true(same_weights(&one, &four));
        o.seed = 2;
        train(&other, &o, 2);
        assert_false(same_weights(&one, &other)); // the comparison can fail
        dpi_train_fini(&one);
        dpi_train_fini(&four);
        dpi_train_fini(&other);
    }
}

struct stopper {
    const struct dpi_train_options *o;
    const char *path;
    long at;
};

static int stop_at(void *context, const struct dpi_train *t, const struct dpi_train_row *row,
                   struct fail *f)
{
    const struct stopper *s = context;
    assert_int_equal(dpi_train_save(t, &chip, &frozen, s->o, s->path, f), 0);
    if (row->step != s->at) return 0;
    snprintf(f->text, sizeof f->text, "stopped");
    return -1;
}

static void resumed_is_uninterrupted(void **state)
{
    (void)state;
    char path[] = "/tmp/spiketwin-dpi-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    struct fail f;
    struct dpi_train whole, part;
    struct dpi_train_options o = options(6);
    struct stopper s = {&o, path, 4};
    train(&whole, &o, 2);
    assert_int_equal(dpi_train_init(&part, &chip, &frozen, 2, &o, &f), 0);
    assert_int_equal(dpi_train_run(&part, &chip, &frozen, &o, 2, 0, stop_at, &s, &f), -1);
    assert_string_equal(f.text, "stopped");
    dpi_train_fini(&part);
    assert_int_equal(dpi_train_init(&part, &chip, &frozen, 2, &o, &f), 0);
    assert_int_equal(dpi_train_load(&part, &chip, &frozen, &o, path, &f), 0);
    assert_int_equal(part.step, 4);
    assert_false(same_weights(&whole, &part));
    assert_int_equal(dpi_train_run(&part, &chip, &frozen, &o, 2, 0, 0, 0, &f), 0);
    assert_true(same_weights(&whole, &part));

    o.margin = 1.5;
    assert_int_equal(dpi_train_load(&part, &chip, &frozen, &o, path, &f), -1);
    assert_non_null(strstr(f.text, "of another run: it has margin=1, asked for is margin=1.5"));
    o.margin = 1;
    o.law = &dpi_silicon;
    assert_int_equal(dpi_train_load(&part, &chip, &frozen, &o, path, &f), -1);
    assert_non_null(strstr(f.text, "of another run: it has law="));
    unlink(path);
    assert_int_equal(dpi_train_load(&part, &chip, &frozen, &o, path, &f), -1);
    dpi_train_fini(&whole);
    dpi_train_fini(&part);
}

// Chips first.. of a net on the frozen task, circuits and weights varied by x times the chip file's;
// returns how many are right on both patterns.
static int judge(const struct dpi_net *net, const struct dpi_law *law, double x, uint32_t first,
                 int n, struct predict_chip *chips)
{
    struct fail f;
    struct task task;
    struct dpi_varied varied;
    struct dpi_job dpi = {
        .net = net, .task = &frozen, .law = law, .truncate = INFINITY, .draws = 1};
    dpi_varied_init(&varied, &chip, x);
    if (dpi_job_task(&task, &dpi, &f)) fail_msg("%s", f.text);
    struct predict_job job = {.by = &dpi_predictor,
                              .inputs = &dpi,
                              .chip = &varied,
                              .task = &task,
                              .seed = 1,
                              .first_chip = first,
                              .n_chips = n};
    int right = 0;
    if (predict_run(&job, chips, 0, 0, &f)) fail_msg("%s", f.text);
    for (int i = 0; i < n; i++)
        right += chips[i].correct == task.n_items;
    task_fini(&task);
    return right;
}

// Trained through mismatch against trained without, on chips that neither saw.
static void training_through_mismatch_helps(void **state)
{
    (void)state;
    enum { CHIPS = 330 }; // not a multiple of the lanes
    struct fail f;
    struct dpi_train before, with, without;
    static struct predict_chip one[CHIPS], four[CHIPS];
    struct dpi_train_options o = options(250);
    train(&with, &o, 2);
    o.variation = dpi_variation_of(&chip, 0, 0, 3);
    train(&without, &o, 2);
    assert_int_equal(dpi_train_init(&before, &chip, &frozen, 2, &o, &f), 0);

    double first = (double)judge(&before.net, &dpi_compat, 2, 1, CHIPS, one) / CHIPS;
    double ideal = (double)judge(&without.net, &dpi_compat, 2, 1, CHIPS, one) / CHIPS;
    omp_set_num_threads(1);
    int right = judge(&with.net, &dpi_compat, 2, 1, CHIPS, one);
    omp_set_num_threads(4);
    assert_int_equal(judge(&with.net, &dpi_compat, 2, 1, CHIPS, four), right);
    double robust = (double)right / CHIPS;
    print_message(
        "yield at 20 %%: first weights %.3f, trained without %.3f, through mismatch %.3f\n", first,
        ideal, robust);
    assert_true(first < ideal && ideal + 0.05 < robust && robust > 0.95);
    assert_memory_equal(one, four, sizeof one); // any threads

    // A chip is what it is, whichever chips it is run with.
    judge(&with.net, &dpi_compat, 2, 100, 3, four);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(four[i].k, 100 + i);
        assert_memory_equal(&four[i], &one[99 + i], sizeof *one);
    }

    // Integers and double decide alike on nearly all chips, and on the nominal one.
    judge(&with.net, 0, 2, 1, CHIPS, four);
    int differ = 0;
    for (int i = 0; i < CHIPS; i++)
        differ += one[i].correct != four[i].correct;
    print_message("%d of %d chips are decided otherwise in double\n", differ, CHIPS);
    assert_true(differ <= 3);
    for (int law = 0; law < 2; law++)
        assert_int_equal(judge(&with.net, law ? &dpi_compat : 0, 3, 0, 1, four), 1);
    dpi_train_fini(&before);
    dpi_train_fini(&with);
    dpi_train_fini(&without);
}

// k = 0 is nominal; each knob alone changes what it names and nothing else; the limit holds.
static void chips_are_drawn_as_told(void **state)
{
    (void)state;
    enum { N = 2, CELLS = 62 * N };
    struct fail f;
    struct dpi_chips a, b;
    struct dpi_train t;
    struct dpi_train_options o = options(1);
    assert_int_equal(dpi_train_init(&t, &chip, &frozen, N, &o, &f), 0);
    assert_int_equal(dpi_chips_init(&a, 60, N, &f), 0);
    assert_int_equal(dpi_chips_init(&b, 60, N, &f), 0);
    struct dpi_variation v = dpi_variation_of(&chip, 3, 3, 3);
    dpi_chips_draw(&a, 0, &t.net, &chip.nominal, &v, 1, 0);
    assert_memory_equal(&a.circuit[0], &chip.nominal, sizeof chip.nominal);
    for (size_t i = 0; i < CELLS; i++) {
        assert_true(a.w[i * DPI_LANES] == *dpi_train_weight(&t.net, i));
        assert_true(a.gain[i * DPI_LANES] == 1);
    }
    for (int knob = 0; knob <= DPI_CIRCUIT_VALUES; knob++) {
        struct dpi_variation one = {.limit = 3};
        if (knob < DPI_CIRCUIT_VALUES)
            ((double *)&one.cv)[knob] = 0.3;
        else
            one.weight_cv = 0.3;
        dpi_chips_draw(&b, 7, &t.net, &chip.nominal, &one, 1, 17);
        for (int i = 0; i < DPI_CIRCUIT_VALUES; i++)
            assert_int_equal(((double *)&b.circuit[7])[i] != ((double *)&chip.nominal)[i],
                             i == knob);
        assert_int_equal(b.w[7] != a.w[0], knob == DPI_CIRCUIT_VALUES);
    }
    // Mean, spread and limit over many chips; no two alike.
    double sum = 0, squares = 0, most = 0;
    enum { MANY = 4000 };
    double last = 0;
    for (uint32_t k = 1; k <= MANY; k++) {
        dpi_chips_draw(&b, 3, &t.net, &chip.nominal, &v, 1, k);
        double x = b.circuit[3].C_mem / chip.nominal.C_mem - 1;
        assert_true(x != last && b.sound[3]);
        last = x;
        sum += x;
        squares += x * x;
        most = fmax(most, fabs(x));
    }
    assert_true(fabs(sum / MANY) < 0.02 && fabs(sqrt(squares / MANY) - 0.3) < 0.02);
    assert_true(most > 0.8 && most <= 0.9 + 1e-12);
    dpi_chips_draw(&a, 5, &t.net, &chip.nominal, &v, 1, 17);
    dpi_chips_draw(&b, 2, &t.net, &chip.nominal, &v, 1, 17);
    assert_memory_equal(&a.circuit[5], &b.circuit[2], sizeof chip.nominal); // in any lane
    dpi_chips_draw(&b, 2, &t.net, &chip.nominal, &v, 1, DPI_TRAINING + 17);
    assert_memory_not_equal(&a.circuit[5], &b.circuit[2], sizeof chip.nominal);
    dpi_chips_fini(&a);
    dpi_chips_fini(&b);
    dpi_train_fini(&t);
}

static void what_is_right(void **state)
{
    (void)state;
    struct dpi_task t = {.n_classes = 2};
    const float counts[][2] = {{5, 3}, {3, 5}, {4, 4}, {0, 0}, {12, 3}, {NAN, 3}};
    // frozen: the most spikes, of equals none
    const bool frozen_0[] = {true, false, false, false, true, false};
    // general: and more than 10
    const bool general_0[] = {false, false, false, false, true, false};
    const bool noise[] = {true, true, true, true, false, false};
    t.reject = 10;
    for (int i = 0; i < 6; i++) {
        t.general = false;
        assert_int_equal(dpi_task_right(&t, 0, counts[i], 2, 1), frozen_0[i]);
        t.general = true;
        assert_int_equal(dpi_task_right(&t, 0, counts[i], 2, 1), general_0[i]);
        assert_int_equal(dpi_task_right(&t, DPI_NOISE, counts[i], 2, 1), noise[i]);
        assert_false(dpi_task_right(&t, 1, counts[i], 2, 1) && i != 1);
    }
}

// What a lane is shown is a function of its chip and draw; noise has its rate, variations theirs.
static void a_general_task_shows_what_it_says(void **state)
{
    (void)state;
    struct fail f;
    struct dpi_task t;
    struct dpi_events a = {0}, b = {0};
    assert_int_equal(dpi_task_frozen_noise(&t, 0, &f), 0);
    t.general = true;
    t.drop = 0.2;
    assert_int_equal(dpi_task_shown(&t), 3);
    assert_int_equal(dpi_task_class(&t, 2), DPI_NOISE);
    uint32_t k[DPI_LANES];
    for (int l = 0; l < DPI_LANES; l++)
        k[l] = (uint32_t)(40 + l);
    for (int shown = 0; shown < 3; shown++) {
        long events = 0, lanes[DPI_LANES] = {0};
        assert_non_null(dpi_task_events(&t, shown, 1, k, 0, &a, &f));
        for (int i = 0; i < a.start[a.n_ticks]; i++)
            for (int l = 0; l < DPI_LANES; l++)
                if (fx_bit(a.event[i].lanes, l)) {
                    events++;
                    lanes[l]++;
                }
        double wanted = shown == 2 ? 1500 : 0.8 * t.pattern[shown].n_events;
        assert_true(fabs((double)events / DPI_LANES - wanted) < 60);
        assert_true(lanes[0] != lanes[1] || lanes[1] != lanes[2]);
        // Chip 40 in another lane.
        uint32_t other[DPI_LANES] = {[9] = 40};
        assert_non_null(dpi_task_events(&t, shown, 1, other, 0, &b, &f));
        for (int tick = 0; tick < t.n_ticks; tick++)
            for (int c = 0; c < t.n_in; c++) {
                int n = 0;
                for (int i = a.start[tick]; i < a.start[tick + 1]; i++)
                    n += a.event[i].channel == c && fx_bit(a.event[i].lanes, 0);
                for (int i = b.start[tick]; i < b.start[tick + 1]; i++)
                    n -= b.event[i].channel == c && fx_bit(b.event[i].lanes, 9);
                assert_int_equal(n, 0);
            }
        dpi_events_free(&a);
        dpi_events_free(&b);
    }
    dpi_task_free(&t);
}

static void bad_events_are_refused(void **state)
{
    (void)state;
    const struct {
        const char *text, *message;
    } cases[] = {{"tick,channel,count\n3,60,1\n", ":2: channel, 60, allowed 0..59"},
                 {"#x\n500,1,1\n", ":2: tick, 500, allowed 0..499"},
                 {"1,2\n", ":1: tick, channel and count are due"},
                 {"1,2,-1\n", ":1: count, -1, allowed 0..1000"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[] = "/tmp/spiketwin-events-XXXXXX";
        struct dpi_sample s;
        struct fail f;
        FILE *file = fdopen(mkstemp(path), "w");
        fputs(cases[i].text, file);
        fclose(file);
        assert_int_equal(dpi_sample_load(&s, path, 500, 60, &f), -1);
        assert_non_null(strstr(f.text, cases[i].message));
        unlink(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_do_not_change_a_bit),
        cmocka_unit_test(resumed_is_uninterrupted),
        cmocka_unit_test(training_through_mismatch_helps),
        cmocka_unit_test(chips_are_drawn_as_told),
        cmocka_unit_test(what_is_right),
        cmocka_unit_test(a_general_task_shows_what_it_says),
        cmocka_unit_test(bad_events_are_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
