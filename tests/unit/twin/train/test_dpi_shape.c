// Layers in a DPI population: who hears whom, the way back through them against the layered one of
// twin/dpi/dpi_backward.h, and training on a corpus: same bits for any threads and after a resume.
#include "twin/dpi/dpi_engine.h"
#include "twin/io/rng.h"
#include "twin/task/patterns/dpi_corpus.h"
#include "twin/train/dpi_train.h"

#include <math.h>
#include <omp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { IN = 6, OUT = 2, HIDDEN = 5, N = OUT + HIDDEN, TICKS = 120, CLIPS = 40 };

static struct dynapse_chip chip;

// A kind of data: label 0 has its events in the first inputs, label 1 in the last.
static uint8_t word[CLIPS][TICKS * IN];
static char *label_text[OUT] = {"low", "high"};
static struct dataset_clip clips[CLIPS];
static int all_clips[CLIPS];

static void words_of(const struct corpus *c, int item, int shift, const int16_t *jitter,
                     uint8_t *words)
{
    (void)c, (void)shift, (void)jitter;
    memcpy(words, word[item], sizeof word[item]);
}

static const struct corpus_kind kind = {words_of, 0, 0};
static struct corpus corpus = {
    .set = {.labels = {OUT, label_text}, .clip = clips, .n_clips = CLIPS},
    .kind = &kind,
    .n_in = IN,
    .n_ticks = TICKS};

static int setup(void **state)
{
    (void)state;
    struct fail f;
    double u[TICKS * IN];
    static char path[] = "DIR/LABEL/FILE";
    assert_int_equal(dynapse_chip_load(&chip, SPIKETWIN_ROOT "/chips/dynapse2.yaml", &f), 0);
    for (int i = 0; i < CLIPS; i++) {
        all_clips[i] = i;
        clips[i] = (struct dataset_clip){.path = path, .who = path, .label = i % 2};
        rng_uniforms((struct rng_stream){3, (uint64_t)i, RNG_EVENTS, 0}, u, TICKS * IN);
        for (int j = 0; j < TICKS * IN; j++)
            word[i][j] = u[j] < (j % IN / 3 == i % 2 ? 0.15 : 0.03);
    }
    return 0;
}

static struct dpi_task task_of(void)
{
    struct fail f;
    struct dpi_task t;
    if (dpi_task_of_corpus(&t, &corpus, all_clips, CLIPS, chip.dt, 0, &f)) fail_msg("%s", f.text);
    return t;
}

static bool has(const uint8_t *absent, int n, int row, int neuron)
{
    return !absent[row * n + neuron];
}

static void layers_hear_the_one_before(void **state)
{
    (void)state;
    struct fail f;
    // Outputs 0 1, second hidden layer 2 3 4, first 5 6 7 8.
    const struct dpi_shape s = {3, 2, {4, 3}, true, 64};
    const int layer[9] = {2, 2, 1, 1, 1, 0, 0, 0, 0};
    uint8_t absent[12 * 9];
    struct dpi_backward_span span[9];
    assert_int_equal(dpi_shape_neurons(&s), 9);
    assert_int_equal(dpi_shape_first(&s, 0), 5);
    assert_int_equal(dpi_shape_first(&s, 1), 2);
    assert_int_equal(dpi_shape_first(&s, 2), 0);
    assert_int_equal(dpi_shape_absent(&s, 1, absent, &f), 0);
    dpi_shape_spans(&s, span);
    for (int i = 0; i < 9; i++) {
        for (int c = 0; c < 3; c++)
            assert_int_equal(has(absent, 9, c, i), layer[i] == 0);
        for (int j = 0; j < 9; j++) {
            bool ahead = layer[i] == layer[j] + 1, own = layer[i] == layer[j] && layer[i] < 2;
            assert_int_equal(has(absent, 9, 3 + j, i), ahead || own);
            assert_int_equal(i >= span[j].from && i < span[j].ahead, ahead);
            assert_int_equal(i >= span[j].ahead && i < span[j].to, own);
        }
    }
    // Without hidden layers the outputs hear inputs and, if they are to, each other.
    for (int recurrent = 0; recurrent < 2; recurrent++) {
        const struct dpi_shape flat = {3, 2, {0}, recurrent, 64};
        assert_int_equal(dpi_shape_neurons(&flat), 2);
        assert_int_equal(dpi_shape_absent(&flat, 1, absent, &f), 0);
        for (int row = 0; row < 5; row++)
            for (int i = 0; i < 2; i++)
                assert_int_equal(has(absent, 2, row, i), row < 3 || recurrent);
    }
}

static void a_neuron_has_so_many_sources(void **state)
{
    (void)state;
    enum { BIG = 700, MANY = 90 };
    struct fail f;
    const struct dpi_shape s = {BIG, 10, {80}, true, 64};
    uint8_t *absent = malloc((BIG + MANY) * MANY), *again = malloc((BIG + MANY) * MANY);
    assert_int_equal(dpi_shape_absent(&s, 5, absent, &f), 0);
    assert_int_equal(dpi_shape_absent(&s, 5, again, &f), 0);
    assert_memory_equal(absent, again, (BIG + MANY) * MANY);
    int inputs = 0, heard = 0;
    for (int i = 0; i < MANY; i++) {
        int n = 0;
        for (int row = 0; row < BIG + MANY; row++) {
            n += has(absent, MANY, row, i);
            inputs += row < BIG && has(absent, MANY, row, i);
        }
        assert_int_equal(n, 64);
    }
    for (int row = 0; row < BIG; row++) {
        int any = 0;
        for (int i = 0; i < MANY; i++)
            any |= has(absent, MANY, row, i);
        heard += any;
    }
    // 700 of 780 possible sources are inputs: 80 neurons take about 4595 of 5120 from them, and reach all but one or
    // two of them.
    assert_in_range(inputs, 4500, 4690);
    assert_in_range(heard, BIG - 12, BIG);
    assert_int_equal(dpi_shape_absent(&s, 6, again, &f), 0);
    assert_memory_not_equal(absent, again, (BIG + MANY) * MANY);
    free(absent);
    free(again);
}

// --- the way back ---------------------------------------------------------------------------------

static struct dpi_train trained(int steps, int threads, const struct dpi_train_options *o)
{
    struct fail f;
    struct dpi_train t;
    struct dpi_train_options run = *o;
    const struct dpi_task task = task_of();
    run.steps = steps;
    omp_set_num_threads(threads);
    if (dpi_train_init(&t, &chip, &task, N, &run, &f) ||
        dpi_train_run(&t, &chip, &task, &run, 1000, 0, 0, 0, &f))
        fail_msg("%s", f.text);
    return t;
}

static struct dpi_train_options options_of(const struct dpi_law *law)
{
    struct dpi_train_options o;
    dpi_train_defaults(&o);
    o.groups = 2;
    o.law = law;
    o.variation = dpi_variation_of(&chip, 1, 1, 3);
    o.shape = (struct dpi_shape){.n_hidden = {HIDDEN}, .fan_in = 5};
    return o;
}

// Part of a population as a layer of its own, of what one run of it left behind.
static void layer_back(struct dpi_backward *b, const struct dpi_engine *e, int first,
                       const struct dpi_events *events, const struct dpi_lanes_spikes *before,
                       const float *gspike, bool each_tick, float *gbefore)
{
    const int n = b->n;
    struct dpi_lanes_spikes *own = malloc((size_t)(TICKS * n) * sizeof *own);
    for (int t = 0; t < TICKS; t++)
        memcpy(own + t * n, e->spikes + t * e->n + first, (size_t)n * sizeof *own);
    const struct dpi_backward_seen seen = {
        .events = events, .record = e->record + first * TICKS, .spikes = own, .before = before};
    dpi_backward_run(b, &seen, gspike, each_tick, gbefore);
    free(own);
}

// Chips of a layer alone: neurons first.. of c, which hear rows from.. of it.
static void layer_load(struct dpi_backward *b, const struct dpi_engine *e, int first, int from)
{
    struct fail f;
    struct dpi_chips part;
    const struct dpi_chips *c = &e->chips;
    assert_int_equal(dpi_chips_init(&part, b->n_in, b->n, &f), 0);
    memcpy(part.circuit, c->circuit + first * DPI_LANES,
           (size_t)(b->n * DPI_LANES) * sizeof *part.circuit);
    for (int row = 0; row < b->n_in; row++)
        memcpy(part.w + row * b->n * DPI_LANES, c->w + ((from + row) * c->n + first) * DPI_LANES,
               (size_t)(b->n * DPI_LANES) * sizeof *part.w);
    dpi_backward_load(b, &part, e->law, e->dt, e->iscale, chip.nominal.Io);
    dpi_chips_fini(&part);
}

static double largest(const float *g, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs((double)g[i]));
    return most;
}

static void the_way_back_is_that_of_layers(void **state)
{
    (void)state;
    const struct dpi_law *law[] = {&dpi_compat, &dpi_silicon};
    struct fail f;
    const struct dpi_task task = task_of();
    for (int which = 0; which < 2; which++) {
        struct dpi_train_options o = options_of(law[which]);
        struct dpi_train t = trained(60, 1, &o); // its neurons fire
        struct dpi_engine e;
        struct dpi_backward all, out, hidden;
        struct dpi_events room = {0};
        uint32_t k[DPI_LANES] = {0};
        int shown[DPI_LANES];
        static float g[N * DPI_LANES], gcount[HIDDEN * TICKS * DPI_LANES];
        float *gbefore = aligned_alloc(64, sizeof gcount);
        static struct dpi_lanes_spikes before[TICKS * HIDDEN];
        static float shifted[HIDDEN * TICKS * DPI_LANES];
        assert_int_equal(dpi_engine_init(&e, &chip, o.law, IN, N, TICKS, &f), 0);
        for (int l = 0; l < DPI_LANES; l++) {
            shown[l] = l;
            dpi_engine_load(&e, l, &t.net, &o.variation, 1, (uint32_t)l + 1, 0);
            g[0 * DPI_LANES + l] = 1 + (float)l;
            g[1 * DPI_LANES + l] = -0.5f;
        }
        const struct dpi_events *events = dpi_task_lanes(&task, shown, 1, k, 0, &room, &f);
        dpi_engine_run(&e, events, true);
        assert_int_equal(dpi_backward_init(&all, IN, N, true, &f), 0);
        assert_int_equal(dpi_backward_init(&out, HIDDEN, OUT, false, &f), 0);
        assert_int_equal(dpi_backward_init(&hidden, IN, HIDDEN, false, &f), 0);
        all.options = out.options = hidden.options = (struct dpi_backward_options){.slope = 3};
        all.span = t.span;
        all.hears = OUT;
        dpi_backward_load(&all, &e.chips, o.law, e.dt, e.iscale, chip.nominal.Io);
        const struct dpi_backward_seen seen = dpi_engine_seen(&e, events);
        dpi_backward_run(&all, &seen, g, false, 0);

        // The outputs hear the hidden layer's spikes of the tick before.
        for (int at = 0; at < TICKS * HIDDEN; at++)
            before[at] = at < HIDDEN ? (struct dpi_lanes_spikes){{0}, 0, 0}
                                     : e.spikes[(at / HIDDEN - 1) * N + OUT + at % HIDDEN];
        layer_load(&out, &e, 0, IN + OUT);
        layer_back(&out, &e, 0, events, before, g, false, gbefore);
        memset(shifted, 0, sizeof shifted);
        for (int j = 0; j < HIDDEN; j++)
            memcpy(shifted + j * TICKS * DPI_LANES, gbefore + (j * TICKS + 1) * DPI_LANES,
                   (TICKS - 1) * DPI_LANES * sizeof *shifted);
        layer_load(&hidden, &e, OUT, 0);
        layer_back(&hidden, &e, OUT, events, 0, shifted, true, 0);

        const double most_out = largest(out.gw, HIDDEN * OUT * DPI_LANES),
                     most_hidden = largest(hidden.gw, IN * HIDDEN * DPI_LANES);
        assert_true(most_out > 1e-3 && most_hidden > 1e-3);
        for (int row = 0; row < HIDDEN; row++)
            for (int i = 0; i < OUT * DPI_LANES; i++)
                assert_true(fabs((double)all.gw[(IN + OUT + row) * N * DPI_LANES + i] -
                                 out.gw[row * OUT * DPI_LANES + i]) <= 1e-5 * most_out);
        for (int row = 0; row < IN; row++)
            for (int i = 0; i < HIDDEN * DPI_LANES; i++)
                assert_true(fabs((double)all.gw[(row * N + OUT) * DPI_LANES + i] -
                                 hidden.gw[row * HIDDEN * DPI_LANES + i]) <= 1e-5 * most_hidden);
        dpi_backward_fini(&all);
        dpi_backward_fini(&out);
        dpi_backward_fini(&hidden);
        dpi_events_free(&room);
        dpi_engine_fini(&e);
        dpi_train_fini(&t);
        free(gbefore);
    }
}

// --- training ---------------------------------------------------------------------------------------

static void same(const struct dpi_train *a, const struct dpi_train *b)
{
    for (size_t i = 0; i < dpi_train_weights(&a->net); i++)
        assert_true(*dpi_train_weight(&a->net, i) == *dpi_train_weight(&b->net, i));
}

enum { STOP = 11, STEPS = 24 };

static int stop_there(void *path, const struct dpi_train *t, const struct dpi_train_row *row,
                      struct fail *f)
{
    (void)row;
    const struct dpi_task task = task_of();
    struct dpi_train_options o = options_of(&dpi_silicon);
    o.clips = 3;
    o.steps = STEPS;
    if (t->step != STOP) return 0;
    assert_int_equal(dpi_train_save(t, &chip, &task, &o, path, f), 0);
    strcpy(f->text, "stopped");
    return -1;
}

static void a_run_is_the_same_by_threads_and_resume(void **state)
{
    (void)state;
    struct fail f;
    char path[] = "/tmp/dpi-shape-XXXXXX";
    const struct dpi_task task = task_of();
    struct dpi_train_options o = options_of(&dpi_silicon);
    o.clips = 3; // 96 a step: every step ends within a pass over 40
    o.steps = STEPS;
    struct dpi_train one = trained(STEPS, 1, &o), two = trained(STEPS, 2, &o), part;
    same(&one, &two);
    close(mkstemp(path));
    assert_int_equal(dpi_train_init(&part, &chip, &task, N, &o, &f), 0);
    assert_int_equal(dpi_train_run(&part, &chip, &task, &o, 1, 0, stop_there, path, &f), -1);
    assert_string_equal(f.text, "stopped");
    dpi_train_fini(&part);
    assert_int_equal(dpi_train_init(&part, &chip, &task, N, &o, &f), 0);
    if (dpi_train_load(&part, &chip, &task, &o, path, &f)) fail_msg("%s", f.text);
    assert_int_equal(part.step, STOP);
    assert_int_equal(dpi_train_run(&part, &chip, &task, &o, 1000, 0, 0, 0, &f), 0);
    same(&one, &part);
    // Another order of clips, another shape, other clips: another run.
    struct dpi_train_options other = o;
    other.clips = 4;
    assert_int_equal(dpi_train_load(&part, &chip, &task, &other, path, &f), -1);
    other = o;
    other.shape.fan_in = 4;
    assert_int_equal(dpi_train_load(&part, &chip, &task, &other, path, &f), -1);
    struct dpi_task fewer = task;
    fewer.n_clips--;
    assert_int_equal(dpi_train_load(&part, &chip, &fewer, &o, path, &f), -1);
    unlink(path);
    dpi_train_fini(&part);
    dpi_train_fini(&one);
    dpi_train_fini(&two);
}

static int last_row(void *row, const struct dpi_train *t, const struct dpi_train_row *of,
                    struct fail *f)
{
    (void)t, (void)f;
    *(struct dpi_train_row *)row = *of;
    return 0;
}

static void it_learns_and_keeps_its_synapses(void **state)
{
    (void)state;
    struct fail f;
    const struct dpi_task task = task_of();
    struct dpi_train_options o = options_of(&dpi_silicon);
    struct dpi_train t, from;
    struct dpi_train_row row;
    o.steps = 200;
    assert_int_equal(dpi_train_init(&t, &chip, &task, N, &o, &f), 0);
    assert_int_equal(t.net.labels.n, OUT);
    if (dpi_train_run(&t, &chip, &task, &o, 50, 0, last_row, &row, &f)) fail_msg("%s", f.text);
    assert_true(row.right > 0.85);
    assert_true(row.loss < 0.7 * dpi_train_silent_loss(&o, &task, N));
    int synapses = 0;
    for (size_t i = 0; i < dpi_train_weights(&t.net); i++) {
        synapses += *dpi_train_weight(&t.net, i) != 0;
        assert_int_equal(*dpi_train_weight(&t.net, i) == 0, t.absent[i]);
    }
    assert_int_equal(synapses, 5 * (OUT + HIDDEN)); // fan_in of each
    // Going on from it, without one of its weights, trains no other.
    for (size_t i = 0; i < dpi_train_weights(&t.net); i++)
        if (!t.absent[i]) {
            *dpi_train_weight(&t.net, i) = 0;
            break;
        }
    o.steps = 5;
    if (dpi_train_from(&from, &task, &t.net, &o, &f)) fail_msg("%s", f.text);
    assert_int_equal(dpi_train_run(&from, &chip, &task, &o, 50, 0, 0, 0, &f), 0);
    for (size_t i = 0; i < dpi_train_weights(&t.net); i++)
        assert_int_equal(*dpi_train_weight(&from.net, i) == 0, *dpi_train_weight(&t.net, i) == 0);
    // Other layers than it has.
    dpi_train_fini(&from);
    o.shape.n_hidden[0]--;
    assert_int_equal(dpi_train_from(&from, &task, &t.net, &o, &f), -1);
    assert_string_equal(f.text, "7 neurons, the hidden layers and 2 labels are 6");
    dpi_train_fini(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(layers_hear_the_one_before),
                                       cmocka_unit_test(a_neuron_has_so_many_sources),
                                       cmocka_unit_test(the_way_back_is_that_of_layers),
                                       cmocka_unit_test(a_run_is_the_same_by_threads_and_resume),
                                       cmocka_unit_test(it_learns_and_keeps_its_synapses)};
    return cmocka_run_group_tests(tests, setup, 0);
}
