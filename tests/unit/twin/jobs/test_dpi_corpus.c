// DYNAP-SE2 nets on a corpus: the events of its words, lane by lane, and decisions of chips against the reference of
// model/dpi/dpi_network.h, one chip, clip and tick at a time.
#include "twin/dpi/dpi_words.h"
#include "twin/io/rng.h"
#include "twin/jobs/dpi_job.h"
#include "twin/jobs/dpi_sensitivity.h"
#include "twin/task/patterns/dpi_corpus.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N = 5, LABELS = 3, N_IN = 4, BINS = 40, CLIPS = 7, USED = 5, CHIPS = 19, HOLD = 8 };

static struct dynapse_chip chip;
static struct dpi_net net;

// A kind of data: words at random.
static uint8_t word[CLIPS][BINS * N_IN];
static char *label_text[LABELS] = {"null", "eins", "zwei"};
static char path[CLIPS][32];
static struct dataset_clip clips[CLIPS];
static const int used[USED] = {6, 0, 3, 4, 1};

static void words_of(const struct corpus *c, int item, int shift, const int16_t *jitter,
                     uint8_t *words)
{
    (void)c;
    assert_int_equal(shift, 0);
    assert_null(jitter);
    memcpy(words, word[item], sizeof word[item]);
}

static uint32_t crc_of(const struct corpus *c, uint32_t crc, int item)
{
    (void)c;
    for (size_t i = 0; i < sizeof word[item]; i++)
        crc = crc * 31 + word[item][i];
    return crc;
}

static void close_kind(struct corpus *c)
{
    (void)c;
}

static const struct corpus_kind kind = {words_of, crc_of, close_kind};
static struct corpus corpus = {
    .set = {.labels = {LABELS, label_text}, .clip = clips, .n_clips = CLIPS},
    .kind = &kind,
    .n_in = N_IN,
    .n_ticks = BINS};

static int setup(void **state)
{
    (void)state;
    struct fail f;
    double x[(N_IN + N) * N], u[BINS * N_IN];
    assert_int_equal(dynapse_chip_load(&chip, SPIKETWIN_ROOT "/chips/dynapse2.yaml", &f), 0);
    assert_int_equal(dpi_net_init(&net, N_IN, N, 0, &f), 0);
    net.Iscale = chip.Iscale;
    net.dt = chip.dt;
    rng_normals((struct rng_stream){7, 1, RNG_EVENTS, 0}, x, (N_IN + N) * N);
    for (int i = 0; i < N_IN * N; i++)
        net.w_in[i] = 4 + 8 * x[i];
    for (int i = 0; i < N * N; i++)
        net.w_rec[i] = 4 * x[N_IN * N + i];
    for (int i = 0; i < CLIPS; i++) {
        rng_uniforms((struct rng_stream){3, (uint64_t)i, RNG_EVENTS, 0}, u, BINS * N_IN);
        for (int j = 0; j < BINS * N_IN; j++)
            word[i][j] = (uint8_t)(u[j] < 0.3 ? u[j] * 10 : 0);
        snprintf(path[i], sizeof path[i], "DIR/%s/%d", label_text[i % LABELS], i);
        clips[i] =
            (struct dataset_clip){.path = path[i], .label = i % LABELS, .speaker = (uint64_t)i / 2};
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    dpi_net_fini(&net);
    return 0;
}

static struct dpi_task task_of(bool front)
{
    struct fail f;
    struct dpi_task t;
    corpus.front = front;
    const struct dpi_encoder encoder = {.bin_ms = HOLD, .one = 2, .rate = 300};
    if (dpi_task_of_corpus(&t, &corpus, used, USED, chip.dt, &encoder, &f)) fail_msg("%s", f.text);
    return t;
}

// Events of a lane, channel and tick.
static int events_of(const struct dpi_events *e, int lane, int tick, int channel)
{
    int n = 0;
    for (int i = e->start[tick]; i < e->start[tick + 1]; i++)
        n += e->event[i].channel == channel && (e->event[i].lanes >> lane & 1);
    return n;
}

static void words_of_events_are_events(void **state)
{
    (void)state;
    struct fail f;
    struct dpi_events room = {0};
    struct dpi_task t = task_of(false);
    int shown[DPI_LANES];
    uint32_t k[DPI_LANES] = {0};
    for (int l = 0; l < DPI_LANES; l++)
        shown[l] = l * 3 % USED;
    assert_int_equal(t.n_ticks, BINS);
    assert_int_equal(dpi_task_shown(&t), USED);
    assert_non_null(dpi_task_lanes(&t, shown, 1, k, 0, &room, &f));
    int several = 0;
    for (int l = 0; l < DPI_LANES; l++)
        for (int i = 0; i < BINS * N_IN; i++) {
            int wanted = word[used[shown[l]]][i];
            several += wanted > 1;
            assert_int_equal(events_of(&room, l, i / N_IN, i % N_IN), wanted);
        }
    assert_true(several > 100);
    dpi_events_free(&room);
    dpi_task_free(&t);
}

// By its closed form: as many events until a tick as the sum until then holds steps.
static void sound_is_encoded(void **state)
{
    (void)state;
    struct fail f;
    struct dpi_events room = {0};
    struct dpi_task t = task_of(true);
    uint32_t k[DPI_LANES] = {0};
    const int step = 7; // 2 / (300 Hz · 1 ms), to nearest
    int most = 0;
    assert_int_equal(t.n_ticks, BINS * HOLD);
    for (int shown = 0; shown < USED; shown++) {
        assert_non_null(dpi_task_events(&t, shown, 1, k, 0, &room, &f));
        for (int c = 0; c < N_IN; c++) {
            int64_t sum = 0, events = 0;
            for (int tick = 0; tick < t.n_ticks; tick++) {
                sum += word[used[shown]][tick / HOLD * N_IN + c];
                int here = events_of(&room, shown, tick, c);
                most = here > most ? here : most;
                events += here;
                assert_int_equal(events, sum / step);
            }
        }
        dpi_events_free(&room);
    }
    assert_true(most >= 1);
    dpi_task_free(&t);
}

static void an_encoder_that_cannot_be_is_refused(void **state)
{
    (void)state;
    struct fail f;
    struct dpi_task t;
    corpus.front = true;
    const struct dpi_encoder uneven = {8.5, 16, 100}, slow = {8, 16, 1e-9}, fast = {8, 16, 1e6};
    assert_int_equal(dpi_task_of_corpus(&t, &corpus, used, USED, 1e-3, &uneven, &f), -1);
    assert_string_equal(f.text,
                        "a bin of the front end, 8.5 ms, is no whole number of ticks of 1 ms");
    assert_int_equal(dpi_task_of_corpus(&t, &corpus, used, USED, 1e-3, &slow, &f), -1);
    assert_int_equal(dpi_task_of_corpus(&t, &corpus, used, USED, 1e-3, &fast, &f), -1);
    assert_string_equal(f.text,
                        "1e+06 events a second for an input word of 1.0, allowed 1.6e-05..16000");
    corpus.front = false;
}

// Chip k's image, and whether it can exist.
static bool image_of(struct dpi_image *im, const struct dpi_variation *v, uint64_t seed, uint32_t k)
{
    struct fail f;
    struct dpi_chips c;
    const struct dpi_scale scale = {chip.nominal.Io, net.dt};
    assert_int_equal(dpi_chips_init(&c, N_IN, N, &f), 0);
    dpi_chips_draw(&c, 0, &net, &chip.nominal, v, seed, k);
    for (int i = 0; i < N; i++) {
        const struct dpi_circuit *circuit = &c.circuit[i * DPI_LANES];
        double charge = dpi_words_charge(circuit) * net.Iscale;
        struct dpi_clamped held = {0};
        dpi_words_neuron(&im->law, &scale, circuit, &im->layer[0].neuron[i], &held);
        for (int row = 0; row < N_IN + N; row++)
            im->layer[0].w[row * N + i] =
                dpi_words_weight(&im->law, &scale, charge, c.w[(row * N + i) * DPI_LANES], &held);
    }
    bool sound = c.sound[0];
    dpi_chips_fini(&c);
    return sound;
}

// What docs/dynapse2-training.md calls right: hidden neurons have no say.
static int said_of(const int32_t count[N], bool sound)
{
    int most = 0, of = 0, at = 0;
    for (int i = 0; i < LABELS; i++)
        most = count[i] > most ? count[i] : most;
    for (int i = 0; i < LABELS; i++) {
        of += count[i] == most;
        at = count[i] == most ? i : at;
    }
    if (!sound) return LABELS + 1;
    if (most == 0) return LABELS | DECISION_SILENT;
    return of > 1 ? LABELS | DECISION_TIED : at;
}

static void decisions_are_those_of_the_reference(void **state)
{
    (void)state;
    struct fail f;
    static struct dpi_varied varied;
    struct dpi_task t = task_of(false);
    struct task task;
    struct dpi_job dpi = {
        .net = &net, .task = &t, .law = &dpi_silicon, .truncate = INFINITY, .draws = 1};
    dpi_varied_init(&varied, &chip, 4);
    if (dpi_job_task(&task, &dpi, &f)) fail_msg("%s", f.text);
    const struct predict_job job = {.by = &dpi_predictor,
                                    .inputs = &dpi,
                                    .chip = &varied,
                                    .task = &task,
                                    .seed = 3,
                                    .n_chips = CHIPS};
    assert_int_equal(task.n_items, USED);
    assert_int_equal(task.n_classes, LABELS + 2);
    assert_string_equal(task.item_name[0], "null/6");
    assert_int_equal(task.n_sources, 4); // of speakers 3, 0, 1, 2, 0
    struct predict_chip out[CHIPS];
    uint16_t said[CHIPS * USED];
    if (predict_run(&job, out, said, 0, &f)) fail_msg("%s", f.text);
    struct dpi_image sizes = {.n_layers = 1,
                              .layer = {{.n_in = N_IN, .n_out = N, .recurrent = true}}};
    struct dpi_image *im = dpi_image_new(&dpi_silicon, &sizes);
    const struct dpi_variation v = dpi_variation_of(&chip, 4, 4, INFINITY);
    int seen[LABELS + 2] = {0}, ties = 0, correct = 0;
    for (int c = 0; c < CHIPS; c++) {
        bool sound = image_of(im, &v, 3, (uint32_t)c);
        int right = 0;
        for (int i = 0; i < USED; i++) {
            struct dpi_state rest[N];
            int32_t count[N] = {0};
            dpi_image_rest(im, rest);
            dpi_run(im, &(struct dpi_stimulus){BINS, word[used[i]]}, rest,
                    &(struct dpi_trace){.count = count});
            int wanted = said_of(count, sound);
            assert_int_equal(said[c * USED + i], wanted);
            seen[decision_class((uint16_t)wanted)]++;
            ties += (wanted & DECISION_TIED) != 0;
            right += decision_class((uint16_t)wanted) == used[i] % LABELS;
        }
        assert_int_equal(out[c].correct, right);
        correct += right;
    }
    for (int s = 0; s < LABELS + 2; s++)
        assert_true(seen[s] > 0);
    assert_true(ties > 0 && correct > 0);

    // Another word of a clip, or another label, is another prediction.
    char one[900], two[900];
    job.by->identity(&job, "v", one, sizeof one);
    word[used[2]][5] ^= 1;
    job.by->identity(&job, "v", two, sizeof two);
    assert_string_not_equal(one, two);
    word[used[2]][5] ^= 1;
    clips[used[2]].label = (clips[used[2]].label + 1) % LABELS;
    job.by->identity(&job, "v", two, sizeof two);
    assert_string_not_equal(one, two);
    clips[used[2]].label = used[2] % LABELS;
    job.by->identity(&job, "v", two, sizeof two);
    assert_string_equal(one, two);
    dpi_image_free(im);
    task_fini(&task);
    dpi_task_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(words_of_events_are_events),
                                       cmocka_unit_test(sound_is_encoded),
                                       cmocka_unit_test(an_encoder_that_cannot_be_is_refused),
                                       cmocka_unit_test(decisions_are_those_of_the_reference)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
