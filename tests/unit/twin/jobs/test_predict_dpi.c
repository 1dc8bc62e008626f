// DYNAP-SE2 nets through predict: chips, words, spikes and decisions against the reference of
// model/dpi/dpi_network.h, one chip and tick at a time; and what a state file may hold of them.
#include "twin/dpi/dpi_words.h"
#include "twin/io/rng.h"
#include "twin/predict/campaign.h"
#include "twin/jobs/dpi_job.h"
#include "twin/jobs/dpi_sensitivity.h"
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

enum { N = 3, N_IN = 60, CHIPS = 37, ITEMS_MOST = 12 };

static struct dynapse_chip chip;
static struct dpi_task frozen, general;
static struct dpi_net net, quiet; // the second has no weights

static int setup(void **state)
{
    (void)state;
    struct fail f;
    double x[N_IN * N + N * N];
    assert_int_equal(dynapse_chip_load(&chip, SPIKETWIN_ROOT "/chips/dynapse2.yaml", &f), 0);
    assert_int_equal(dpi_task_frozen_noise(&frozen, 0, &f), 0);
    assert_int_equal(dpi_task_frozen_noise(&general, 0, &f), 0);
    general.general = true;
    general.jitter = 1;
    general.drop = 0.1;
    general.reject = 30;
    assert_int_equal(dpi_net_init(&net, N_IN, N, 0, &f), 0);
    rng_normals((struct rng_stream){7, 1, RNG_EVENTS, 0}, x, N_IN * N + N * N);
    for (int i = 0; i < N_IN * N; i++)
        net.w_in[i] = 4 * x[i];
    for (int i = 0; i < N * N; i++)
        net.w_rec[i] = 4 * x[N_IN * N + i];
    assert_int_equal(dpi_net_init(&quiet, N_IN, N, 0, &f), 0);
    net.Iscale = quiet.Iscale = chip.Iscale;
    net.dt = quiet.dt = chip.dt;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    dpi_task_free(&frozen);
    dpi_task_free(&general);
    dpi_net_fini(&net);
    dpi_net_fini(&quiet);
    return 0;
}

// Chip k's image, and whether it can exist.
static bool image_of(struct dpi_image *im, const struct dpi_variation *v, uint64_t seed, uint32_t k,
                     int64_t *clamped)
{
    struct fail f;
    struct dpi_chips c;
    struct dpi_clamped held = {0};
    const struct dpi_scale scale = {chip.nominal.Io, net.dt};
    assert_int_equal(dpi_chips_init(&c, N_IN, N, &f), 0);
    dpi_chips_draw(&c, 0, &net, &chip.nominal, v, seed, k);
    for (int i = 0; i < N; i++) {
        const struct dpi_circuit *circuit = &c.circuit[i * DPI_LANES];
        double charge = dpi_words_charge(circuit) * net.Iscale;
        dpi_words_neuron(&im->law, &scale, circuit, &im->layer[0].neuron[i], &held);
        for (int row = 0; row < N_IN + N; row++)
            im->layer[0].w[row * N + i] =
                dpi_words_weight(&im->law, &scale, charge, c.w[(row * N + i) * DPI_LANES], &held);
    }
    bool sound = c.sound[0];
    *clamped = held.words;
    dpi_chips_fini(&c);
    return sound;
}

// Spikes of each neuron when lane `lane` of the events is shown to an image.
static void counts_of(const struct dpi_image *im, const struct dpi_events *e, int lane,
                      int32_t count[N])
{
    static uint8_t x[500 * N_IN];
    struct dpi_state state[N];
    memset(x, 0, sizeof x);
    memset(count, 0, N * sizeof *count);
    for (int t = 0; t < e->n_ticks; t++)
        for (int i = e->start[t]; i < e->start[t + 1]; i++)
            x[t * N_IN + e->event[i].channel] += e->event[i].lanes >> lane & 1;
    dpi_image_rest(im, state);
    dpi_run(im, &(struct dpi_stimulus){e->n_ticks, x}, state, &(struct dpi_trace){.count = count});
}

// What README and docs/dynapse2-training.md call right, by hand.
static int said_of(const struct dpi_task *t, const int32_t count[N], bool sound)
{
    int most = 0, of = 0, at = 0;
    for (int i = 0; i < N; i++)
        most = count[i] > most ? count[i] : most;
    for (int i = 0; i < N; i++) {
        of += count[i] == most;
        at = count[i] == most ? i : at;
    }
    if (!sound) return 2 + DPI_SAID_IMPOSSIBLE;
    if (t->general && most <= t->reject) return 2 + DPI_SAID_NONE;
    if (!t->general && most == 0) return (2 + DPI_SAID_NONE) | DECISION_SILENT;
    if (of > 1) return (2 + DPI_SAID_NONE) | DECISION_TIED;
    return at < 2 ? at : 2 + DPI_SAID_ANOTHER;
}

struct fixture {
    struct dpi_job dpi;
    struct dpi_varied varied;
    struct task task;
    struct predict_job job;
};

static void open_job(struct fixture *x, const struct dpi_task *t, const struct dpi_law *law,
                     double mismatch)
{
    struct fail f;
    x->dpi = (struct dpi_job){
        .net = &net, .task = t, .law = law, .truncate = INFINITY, .draws = t->general ? 4 : 1};
    dpi_varied_init(&x->varied, &chip, mismatch);
    if (dpi_job_task(&x->task, &x->dpi, &f)) fail_msg("%s", f.text);
    x->job = (struct predict_job){.by = &dpi_predictor,
                                  .inputs = &x->dpi,
                                  .chip = &x->varied,
                                  .task = &x->task,
                                  .seed = 3,
                                  .first_chip = 1,
                                  .n_chips = CHIPS};
}

static void test_against_the_reference(void **state)
{
    (void)state;
    int seen[2 + DPI_SAID] = {0}, silent = 0, tied = 0, impossible = 0;
    const struct dpi_law *const laws[] = {&dpi_compat, &dpi_silicon};
    const struct dpi_net loud = net;
    for (int round = 0; round < 6; round++) {
        const struct dpi_task *t = round & 1 ? &general : &frozen;
        struct fixture x;
        struct fail f;
        struct predict_chip chips[CHIPS];
        static uint16_t said[CHIPS * ITEMS_MOST];
        if (round >= 4) net = quiet;
        open_job(&x, t, laws[round / 2 % 2], 4);
        int items = x.task.n_items;
        assert_int_equal(items, t->general ? 12 : 2);
        assert_int_equal(predict_run(&x.job, chips, said, 0, &f), 0);
        struct dpi_variation v = dpi_variation_of(&chip, 4, 4, INFINITY);
        struct dpi_image sizes = {.n_layers = 1, .layer = {{N_IN, N, true, 0, 0}}};
        struct dpi_image *im = dpi_image_new(laws[round / 2 % 2], &sizes);
        assert_non_null(im);
        for (int c = 0; c < CHIPS; c++) {
            int64_t clamped, spikes = 0;
            int correct = 0;
            uint32_t k[DPI_LANES];
            bool sound = image_of(im, &v, 3, chips[c].k, &clamped);
            for (int l = 0; l < DPI_LANES; l++)
                k[l] = chips[c].k + 5; // the others do not matter
            k[9] = chips[c].k;
            assert_int_equal(chips[c].k, c + 1);
            assert_int_equal(chips[c].hash, dpi_image_hash(im));
            assert_int_equal(chips[c].clamped, clamped);
            impossible += !sound;
            for (int i = 0; i < items; i++) {
                struct dpi_events room = {0};
                int32_t count[N];
                int draws = x.dpi.draws, shown = i / draws;
                const struct dpi_events *e = dpi_task_events(t, shown, 3, k, i % draws, &room, &f);
                assert_non_null(e);
                counts_of(im, e, 9, count);
                dpi_events_free(&room);
                uint16_t wanted = (uint16_t)said_of(t, count, sound);
                assert_int_equal(said[c * items + i], wanted);
                seen[decision_class(wanted)]++;
                silent += wanted >> 15;
                tied += wanted >> 14 & 1;
                int label = shown < 2 ? shown : 2 + DPI_SAID_NONE;
                assert_int_equal(x.task.label[i], label);
                correct += decision_class(wanted) == label;
                for (int n = 0; n < N; n++)
                    spikes += count[n];
            }
            assert_int_equal(chips[c].correct, correct);
            assert_int_equal(chips[c].spikes[0], spikes);
        }
        dpi_image_free(im);
        task_fini(&x.task);
    }
    net = loud;
    print_message(
        "said: %d %d, another %d, none %d (%d silent, %d tied), impossible %d; %d chips\n", seen[0],
        seen[1], seen[2], seen[3], silent, tied, seen[4], impossible);
    for (int i = 0; i < 2 + DPI_SAID; i++)
        assert_true(seen[i] > 0);
    assert_true(silent > 0 && impossible > 0);
}

// A chip is what it is, whichever chips it is run with and by how many threads; another size of a
// knob is another chip.
static void test_chips_are_pure(void **state)
{
    (void)state;
    struct fixture x;
    struct fail f;
    static struct predict_chip all[CHIPS], some[CHIPS];
    static uint16_t said[CHIPS * 2], again[CHIPS * 2];
    open_job(&x, &frozen, &dpi_silicon, 3);
    omp_set_num_threads(1);
    assert_int_equal(predict_run(&x.job, all, said, 0, &f), 0);
    omp_set_num_threads(3);
    assert_int_equal(predict_run(&x.job, some, again, 0, &f), 0);
    assert_memory_equal(all, some, sizeof all);
    assert_memory_equal(said, again, sizeof said);
    x.job.first_chip = 12;
    x.job.n_chips = 19;
    assert_int_equal(predict_run(&x.job, some, again, 0, &f), 0);
    assert_memory_equal(&all[11], some, 19 * sizeof *some);
    assert_memory_equal(&said[22], again, 38 * sizeof *again);

    // In double, where a chip is its circuits: words are the same where a circuit is off.
    const struct knobs *knobs = dpi_predictor.knobs(&x.varied);
    uint64_t hash = dpi_predictor.chip_hash(&x.varied), nominal = 0;
    x.dpi.law = 0;
    x.job.n_chips = 1;
    assert_int_equal(predict_run(&x.job, some, 0, 0, &f), 0);
    uint64_t as_it_is = some->hash;
    assert_int_equal(knobs_active(knobs, &x.varied), (1u << (DPI_CIRCUIT_VALUES + 1)) - 1);
    for (int i = 0; i < knobs->n; i++) {
        struct dpi_varied other;
        assert_true(i >= DPI_CIRCUIT_VALUES || !strcmp(knobs->knob[i].name, dpi_circuit_names[i]));
        assert_true(knob_size(knobs, &x.varied, i) != 0.25);
        knob_set(knobs, &other, &x.varied, i, 0.25);
        assert_true(dpi_predictor.chip_hash(&other) != hash);
        x.job.chip = &other;
        assert_int_equal(predict_run(&x.job, some, 0, 0, &f), 0);
        assert_true(some->hash != as_it_is);
        knobs_only(knobs, &other, &x.varied, 0);
        assert_int_equal(predict_run(&x.job, some, 0, 0, &f), 0);
        assert_true(!nominal || some->hash == nominal); // nothing varies
        nominal = some->hash;
    }
    task_fini(&x.task);
}

// Ranges of chips through a campaign, its file closed and opened in between and its tail torn: the
// same as in one.
static void test_a_campaign_goes_on(void **state)
{
    (void)state;
    char path[] = "/tmp/spiketwin-predict-dpi-XXXXXX", identity[900];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    for (int g = 0; g < 2; g++) {
        struct fixture x;
        struct fail f = {""};
        struct ranks ranks = {0, 1, 0};
        static struct predict_chip all[CHIPS], some[CHIPS];
        static uint16_t said[CHIPS * ITEMS_MOST], again[CHIPS * ITEMS_MOST];
        open_job(&x, g ? &general : &frozen, &dpi_compat, 4);
        size_t bytes = (size_t)(CHIPS * x.task.n_items) * sizeof *said;
        assert_int_equal(predict_run(&x.job, all, said, 0, &f), 0);
        dpi_predictor.identity(&x.job, "1", identity, sizeof identity);
        unlink(path);
        for (int round = 0; round < 4; round++) {
            struct campaign c = {.job = x.job, .ranks = &ranks};
            c.state = predict_state_open(path, identity, &x.job, &f);
            if (!c.state) fail_msg("%s", f.text);
            int n = round < 2 ? 20 : CHIPS;
            if (campaign_run(&c, &x.varied, 1, n, some, again, &f)) fail_msg("%s", f.text);
            const int found[] = {0, 20, 20, CHIPS - 1};
            assert_int_equal(c.found, found[round]);
            assert_memory_equal(some, all, (size_t)n * sizeof *some);
            assert_memory_equal(again, said, bytes / CHIPS * (size_t)n);
            predict_state_close(c.state);
            FILE *file = fopen(path, "r+b");
            assert_true(round != 2 || (fseek(file, -3, SEEK_END) == 0 &&
                                       ftruncate(fileno(file), ftell(file)) == 0));
            fclose(file);
        }
        // Another law, task or truncation is another prediction; another knob another part.
        x.dpi.truncate = 3;
        char other[900];
        dpi_predictor.identity(&x.job, "1", other, sizeof other);
        assert_null(predict_state_open(path, other, &x.job, &f));
        assert_non_null(strstr(f.text, "it has truncate=inf, asked for is truncate=3"));
        task_fini(&x.task);
    }
    unlink(path);
}

// What no chip can have said of event patterns.
static void test_decisions_that_are_none(void **state)
{
    (void)state;
    struct fixture x;
    const struct {
        uint16_t said;
        int frozen, general; // least spikes, or -1
    } of[] = {{0, 1, 1},
              {1, 1, 1},
              {2 + DPI_SAID_ANOTHER, 1, 1},
              {2 + DPI_SAID_NONE, -1, 0},
              {2 + DPI_SAID_IMPOSSIBLE, 0, 0},
              {0 | DECISION_TIED, -1, -1},
              {1 | DECISION_SILENT, -1, -1},
              {(2 + DPI_SAID_NONE) | DECISION_TIED, 2, 2},
              {(2 + DPI_SAID_NONE) | DECISION_SILENT, 0, -1},
              {(2 + DPI_SAID_NONE) | DECISION_SILENT | DECISION_TIED, -1, -1},
              {(2 + DPI_SAID_IMPOSSIBLE) | DECISION_SILENT, -1, -1}};
    for (int g = 0; g < 2; g++) {
        open_job(&x, g ? &general : &frozen, &dpi_compat, 1);
        for (size_t i = 0; i < sizeof of / sizeof *of; i++)
            assert_int_equal(x.task.takes(&x.task, of[i].said), g ? of[i].general : of[i].frozen);
        task_fini(&x.task);
    }
}

// One chip again: its words, and every spike of an item, on the reference; in double its counts.
static void test_a_chip_is_replayed(void **state)
{
    (void)state;
    int64_t spikes = 0;
    for (int g = 0; g < 2; g++) {
        struct fixture x;
        struct fail f;
        struct predict_chip chip_3;
        static uint8_t z[500 * N], wanted[500 * N], input[500 * N_IN];
        open_job(&x, g ? &general : &frozen, g ? &dpi_silicon : &dpi_compat, 2);
        x.job.first_chip = 3;
        x.job.n_chips = 1;
        assert_int_equal(predict_run(&x.job, &chip_3, 0, 0, &f), 0);
        struct dpi_image *im = dpi_job_image(&x.job, 3, &f);
        assert_non_null(im);
        assert_int_equal(dpi_image_hash(im), chip_3.hash);
        int64_t sum = 0;
        for (int item = 0; item < x.task.n_items; item++) {
            struct dpi_events room = {0};
            struct dpi_state at[N];
            int32_t count[N] = {0};
            uint32_t k[DPI_LANES] = {3};
            const struct dpi_events *e = dpi_task_events(x.dpi.task, item / x.dpi.draws, 3, k,
                                                         item % x.dpi.draws, &room, &f);
            assert_non_null(e);
            memset(input, 0, sizeof input);
            for (int t = 0; t < e->n_ticks; t++)
                for (int i = e->start[t]; i < e->start[t + 1]; i++)
                    input[t * N_IN + e->event[i].channel] += e->event[i].lanes & 1;
            dpi_events_free(&room);
            dpi_image_rest(im, at);
            dpi_run(im, &(struct dpi_stimulus){500, input}, at,
                    &(struct dpi_trace){.layer[0].z = wanted, .count = count});
            assert_int_equal(dpi_job_spikes(&x.job, 3, item, z, &f), 0);
            assert_memory_equal(z, wanted, sizeof z);
            for (int i = 0; i < 500 * N; i++)
                sum += z[i];
        }
        assert_int_equal(sum, chip_3.spikes[0]);
        spikes += sum;
        dpi_image_free(im);
        x.dpi.law = 0;
        assert_int_equal(predict_run(&x.job, &chip_3, 0, 0, &f), 0);
        for (int item = 0; item < x.task.n_items; item++) {
            assert_int_equal(dpi_job_spikes(&x.job, 3, item, z, &f), 0);
            for (int i = 0; i < 500 * N; i++)
                chip_3.spikes[0] -= z[i];
        }
        assert_int_equal(chip_3.spikes[0], 0);
        task_fini(&x.task);
    }
    assert_true(spikes > 100);
}

// Margins of a net with one parameter moved, on the nominal chip, by the reference; right (n_items).
static void margins_of(const struct fixture *x, struct dpi_image *im, int32_t *margin, bool *right)
{
    struct fail f;
    const uint32_t k[DPI_LANES] = {0};
    const struct dpi_task *t = x->dpi.task;
    for (int i = 0; i < x->task.n_items; i++) {
        struct dpi_events room = {0};
        int32_t count[N], other = 0;
        int shown = i / x->dpi.draws;
        const struct dpi_events *e = dpi_task_events(t, shown, 3, k, i % x->dpi.draws, &room, &f);
        assert_non_null(e);
        counts_of(im, e, 4, count);
        dpi_events_free(&room);
        for (int n = 0; n < N; n++)
            if (n != shown || shown == 2) other = count[n] > other ? count[n] : other;
        margin[i] = (shown == 2 ? t->reject : count[shown]) - other;
        int wanted = shown == 2 ? 2 + DPI_SAID_NONE : shown;
        right[i] = decision_class((uint16_t)said_of(t, count, true)) == wanted;
    }
}

// Each probe against the image of a net or circuit in which just that is moved.
static void same_probe(const struct sensitivity_probe *a, const struct sensitivity_probe *b)
{
    assert_true(a->kind == b->kind && a->layer == b->layer && a->neuron == b->neuron &&
                a->row == b->row && a->n_runs == b->n_runs);
    assert_true(a->moved == b->moved && a->lost == b->lost && a->won == b->won &&
                a->wrong == b->wrong);
}

static void test_sensitivity_against_the_reference(void **state)
{
    (void)state;
    int kinds[SENSITIVITY_KINDS] = {0};
    int64_t moved[SENSITIVITY_KINDS] = {0}, won = 0, wrong = 0;
    for (int g = 0; g < 2; g++) {
        struct fixture x;
        struct fail f;
        struct sensitivity s, again;
        int64_t clamped;
        int32_t was[ITEMS_MOST], margin[ITEMS_MOST], sum = 0;
        bool was_right[ITEMS_MOST], right[ITEMS_MOST];
        open_job(&x, g ? &general : &frozen, g ? &dpi_silicon : &dpi_compat, 2);
        omp_set_num_threads(1);
        assert_int_equal(dpi_sensitivity_run(&again, &x.job, 0, &f), 0);
        omp_set_num_threads(3);
        assert_int_equal(dpi_sensitivity_run(&s, &x.job, 0, &f), 0);
        assert_int_equal(s.n, (2 * (N_IN + N) + 3) * N);
        assert_int_equal(s.n, again.n);
        assert_string_equal(s.name[SENSITIVITY_VALUE], "threshold");
        assert_string_equal(s.name[SENSITIVITY_VALUE + 1], "leak");
        for (int p = 0; p < s.n; p++)
            same_probe(&s.probe[p], &again.probe[p]);
        struct dpi_variation none = {.limit = 3};
        struct dpi_image sizes = {.n_layers = 1, .layer = {{N_IN, N, true, 0, 0}}};
        struct dpi_image *im = dpi_image_new(x.dpi.law, &sizes);
        assert_non_null(im);
        image_of(im, &none, 3, 0, &clamped);
        margins_of(&x, im, was, was_right);
        int correct = 0;
        for (int i = 0; i < x.task.n_items; i++) {
            sum += was[i];
            correct += was_right[i];
        }
        assert_int_equal(s.margin, sum);
        assert_int_equal(s.correct, correct);
        for (int p = 0; p < s.n; p += p < s.n - 9 ? 4 : 1) { // all of the neurons
            const struct sensitivity_probe *y = &s.probe[p];
            bool weight = y->kind == SENSITIVITY_WEIGHT || y->kind == SENSITIVITY_CUT;
            double *w = y->row < N_IN ? &net.w_in[y->row * N + y->neuron]
                                      : &net.w_rec[(y->row - N_IN) * N + y->neuron];
            struct sensitivity_probe wanted = {
                .kind = y->kind, .neuron = y->neuron, .row = y->row, .n_runs = y->n_runs};
            for (int run = 0; run < y->n_runs; run++) {
                double off = run ? 0.8 : 1.2, before = weight ? *w : 0; // CV 10 %, twice
                struct dpi_circuit circuit[N] = {chip.nominal, chip.nominal, chip.nominal};
                if (weight) *w *= y->kind == SENSITIVITY_CUT ? 0 : off;
                if (y->kind == SENSITIVITY_VALUE) circuit[y->neuron].Ispkthr *= off;
                if (y->kind == SENSITIVITY_VALUE + 1) circuit[y->neuron].Itau_mem *= off;
                net.circuit = circuit;
                image_of(im, &none, 3, 0, &clamped);
                net.circuit = 0;
                if (weight) *w = before;
                if (y->kind == SENSITIVITY_DEAD)
                    for (int row = 0; row < N_IN + N; row++) // hears nothing: does not fire
                        im->layer[0].w[row * N + y->neuron] = 0;
                margins_of(&x, im, margin, right);
                for (int i = 0; i < x.task.n_items; i++) {
                    wanted.lost += was[i] - margin[i];
                    wanted.moved += abs(was[i] - margin[i]);
                    wanted.won += right[i] && !was_right[i];
                    wanted.wrong += was_right[i] && !right[i];
                }
            }
            same_probe(y, &wanted);
            kinds[y->kind]++;
            moved[y->kind] += y->moved;
            won += y->won;
            wrong += y->wrong;
        }
        dpi_image_free(im);
        sensitivity_free(&s);
        sensitivity_free(&again);
        task_fini(&x.task);
    }
    static const char *const names[] = {"weight", "cut", "dead", "threshold", "leak"};
    print_message("moved:");
    for (int kind = 0; kind < SENSITIVITY_VALUE + 2; kind++) {
        print_message(" %s %ld of %d", names[kind], (long)moved[kind], kinds[kind]);
        assert_true(kinds[kind] > 0 && moved[kind] > 0);
    }
    print_message("; won %ld, wrong %ld\n", (long)won, (long)wrong);
    assert_true(won > 0 && wrong > 0);
}

static void test_double_has_no_words(void **state)
{
    (void)state;
    struct fixture x;
    struct fail f;
    struct sensitivity s;
    open_job(&x, &frozen, 0, 1);
    assert_int_equal(dpi_sensitivity_run(&s, &x.job, 0, &f), -1);
    assert_string_equal(f.text, "words are of integers, law double has none");
    task_fini(&x.task);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_the_reference),
        cmocka_unit_test(test_chips_are_pure),
        cmocka_unit_test(test_a_campaign_goes_on),
        cmocka_unit_test(test_decisions_that_are_none),
        cmocka_unit_test(test_a_chip_is_replayed),
        cmocka_unit_test(test_sensitivity_against_the_reference),
        cmocka_unit_test(test_double_has_no_words),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
