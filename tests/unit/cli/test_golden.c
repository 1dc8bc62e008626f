// The golden model as a library (cosim/golden/golden.h): what it gives equals the model's stages and
// words on random laws and shapes and on every chip of the tree, it finds a wrong word, and it
// tells misuse; words and state that are written between ticks are those of the next tick.
#define FOLDER TEST_BUILD "/golden"
#include "cosim/vectors/signature.h"
#include "tests/lib/golden_bench.h"
#include "tests/oracle/oracle.h"
#include "twin/chip/chip.h"

#include <glob.h>

enum { NETS = 160 };

// Every stage and state word of the tick; `wrong` is added to the very first one.
static void check_tick(void *h, const struct bench *b, int tick, int wrong)
{
    const struct law_stages *stages = b->stages + tick * b->neurons;
    for (int l = 0; l < b->im.n_layers; l++)
        for (int n = 0; n < b->im.layer[l].n_out; n++, stages++) {
            const struct trace_layer *y = &b->t.layer[l];
            size_t at = (size_t)(tick * y->stride + n);
            for (int i = 0; i < LAW_STAGES; i++)
                stw_check(h, l, n, lif_kind.stage[i].name,
                          law_get(&lif_kind.stage[i], stages) + (l || n || i ? 0 : wrong));
            assert_int_equal(trace_spiked(y, b->im.layer[l].n_out, tick, n),
                             stw_spike(h, l, n) > 0);
            stw_check(h, l, n, "v", y->v[at]);
            stw_check(h, l, n, "u", y->u ? y->u[at] : 0);
            stw_check(h, l, n, "u2", y->u2 ? y->u2[at] : 0);
            stw_check(h, l, n, "r", y->r ? y->r[at] : 0);
        }
}

// Of the words that the library gives one by one, after a tick of a clip.
static void check_signature(void *h, const struct bench *b, int tick)
{
    const struct law_image view = law_image_of(&b->im);
    const struct vectors_shape s = vectors_shape_of(&view);
    int64_t *words = calloc((size_t)vectors_tick_words(&s), sizeof *words);
    for (int l = 0; l < s.n_layers; l++)
        for (int n = 0; n < s.n_out[l]; n++) {
            words[vectors_place(&s, l, 0) + n] = stw_spike(h, l, n);
            for (int i = 0; i < s.n_states; i++)
                words[vectors_place(&s, l, 1 + i) + n] = stw_state(h, l, n, s.state[i].name);
        }
    if (stw_signature(h) != signature_of(&s, words)) fail_msg("tick %d", tick);
    free(words);
}

static void own_stimulus(void *h, const struct bench *b)
{
    int n_in = b->im.layer[0].n_in;
    for (int l = 0; l < b->im.n_layers; l++) // at rest before the first tick
        assert_int_equal(stw_state(h, l, 0, "v"),
                         b->im.law.has_rest ? b->im.layer[l].neuron[0].rest : 0);
    for (int tick = 0; tick < TICKS; tick++) {
        for (int i = 0; i < n_in; i++) {
            int32_t x = stimulus_x(&b->s, n_in, tick, i);
            if (x) assert_int_equal(stw_event(h, i, x), 0);
        }
        assert_int_equal(stw_tick(h, b->jitter[tick]), 0);
        check_tick(h, b, tick, 0);
        check_signature(h, b, tick);
    }
}

// The library, from the files alone, against the model in memory. False: no such net can be.
static bool equals(struct random *r, const struct law *law, const struct image_shape *shape)
{
    struct bench b;
    bench_init(&b, r, law, shape);
    bool can = !image_check(&b.im);
    void *h = can ? stw_open(FOLDER) : 0;
    if (can) {
        assert_string_equal(stw_error(h), "");
        assert_int_equal(stw_layers(h), b.im.n_layers);
        assert_int_equal(stw_sources(h), b.im.layer[0].n_in);
        assert_int_equal(stw_verdict(h), 2); // nothing was compared
        own_stimulus(h, &b);
        assert_int_equal(stw_rest(h), 0);
        own_stimulus(h, &b); // the same again from rest
        if (stw_differ(h) || *stw_error(h)) fail_msg("%s", stw_report(h));
        assert_int_equal(stw_words(h), 2 * (LAW_STAGES + 4) * TICKS * b.neurons);
        stw_close(h);
    }
    bench_fini(&b);
    return can;
}

static void test_equals_the_model(void **unused)
{
    (void)unused;
    struct random r = {7};
    int nets = 0, beyond = 0, signed_input = 0, two = 0, gain = 0, rest = 0, many = 0, late = 0,
        taps = 0;
    for (int i = 0; i < NETS; i++) {
        struct law law = random_law(&r);
        struct image_shape shape = random_shape(&r);
        random_taps(&r, &shape);
        if (law_check(&law) || !equals(&r, &law, &shape)) continue;
        nets++;
        beyond += law_beyond(&law) != 0;
        signed_input += law.input_signed;
        two += law.currents == 2;
        gain += law.has_gain;
        rest += law.has_rest;
        for (int l = 0; l < shape.n_layers; l++) {
            many += shape.layer[l].max_spikes > 1;
            late += shape.layer[l].delayed;
            taps += shape.layer[l].taps > 1;
        }
    }
    assert_true(nets > NETS / 2 && beyond > nets / 4);
    assert_true(signed_input && two && gain && rest && many && late && taps);
}

// Every chip file of the tree, each with nets at random.
static void test_equals_the_model_of_every_chip(void **unused)
{
    (void)unused;
    struct random r = {12};
    glob_t files;
    int chips = 0;
    assert_int_equal(glob(SPIKETWIN_ROOT "/chips/*.yaml", 0, 0, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        struct chip chip;
        struct fail f;
        if (chip_load(&chip, files.gl_pathv[i], &f)) {
            if (!strstr(f.text, "family, dpi")) fail_msg("%s", f.text); // another law
            continue;
        }
        int nets = 0;
        for (int net = 0; net < 8; net++) {
            struct image_shape shape = random_shape(&r);
            nets += equals(&r, &chip.law, &shape);
        }
        if (nets < 4) fail_msg("%s: %d nets", files.gl_pathv[i], nets);
        chips++;
    }
    globfree(&files);
    assert_true(chips >= 6);
}

static void test_vectors_and_a_wrong_word(void **unused)
{
    (void)unused;
    struct random r = {8};
    struct bench b;
    int what, tick = 0, clips = 0;
    bench_init(&b, &r, &law_of_demo, &shape_of_demo);
    write_vectors(&b);
    void *h = stw_open(FOLDER);
    assert_int_equal(stw_vectors(h, FOLDER "/in.vec"), 0);
    while ((what = stw_read(h)) > 0) {
        if (what == STW_CLIP) {
            clips++;
            tick = 0;
            continue;
        }
        for (int i = 0; i < b.im.layer[0].n_in; i++)
            assert_int_equal(stw_x(h, i), b.x[tick * b.im.layer[0].n_in + i]);
        assert_int_equal(stw_jitter(h), b.jitter[tick]);
        check_tick(h, &b, tick, clips == 2 && tick == 3 ? 1 : 0);
        tick++;
    }
    assert_string_equal(stw_error(h), "");
    assert_int_equal(what, STW_END);
    assert_int_equal(clips, 2);
    assert_int_equal(stw_differ(h), 1);
    assert_int_equal(stw_verdict(h), 1);
    assert_non_null(strstr(stw_report(h), "1 differ; first difference: clip 1, tick 3, layer 0, "
                                          "neuron 0, stage gather: expected "));
    stw_close(h);
    bench_fini(&b);
}

static void test_misuse_is_told(void **unused)
{
    (void)unused;
    static const struct {
        const char *what, *why;
        int layer, neuron;
    } bad[] = {{"leek", "leek: no such stage", 0, 0},
               {"v", "v: no layer 3, neuron 0", 3, 0},
               {"v", "v: no layer 1, neuron 64", 1, 64},
               {"v", "v: no layer -1, neuron 0", -1, 0}};
    struct random r = {10};
    struct bench b;
    bench_init(&b, &r, &law_of_demo, &shape_of_demo);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        void *h = stw_open(FOLDER);
        assert_int_equal(stw_tick(h, 0), 0);
        assert_int_equal(stw_check(h, bad[i].layer, bad[i].neuron, bad[i].what, 0), STW_ERROR);
        assert_non_null(strstr(stw_error(h), bad[i].why));
        assert_int_equal(stw_verdict(h), 2);
        stw_close(h);
    }
    void *h = stw_open(FOLDER);
    assert_int_equal(stw_check(h, 0, 0, "v", 0), STW_ERROR); // no tick yet
    stw_close(h);
    h = stw_open(FOLDER);
    assert_int_equal(stw_event(h, 16, 1), STW_ERROR);
    stw_close(h);
    h = stw_open(FOLDER);
    assert_int_equal(stw_event(h, 0, 256), STW_ERROR);
    assert_int_equal(stw_tick(h, 0), STW_ERROR); // what went wrong stays
    stw_close(h);
    h = stw_open(FOLDER);
    assert_int_equal(stw_tick(h, 32768), STW_ERROR);
    stw_close(h);
    assert_int_equal(stw_verdict(0), 2);
    assert_string_equal(stw_error(0), "no handle");
    stw_close(0);
    bench_fini(&b);
}

// --- words and state that are written between ticks ----------------------------------------------

// Every membrane under every leak and three sums, a step each, by the oracle.
static void test_each_step(void **unused)
{
    (void)unused;
    static const struct law law = {.input = {1, 0},
                                   .weight = {4, 4},
                                   .membrane = {4, 4},
                                   .leak = {0, 4},
                                   .round_current = FX_FLOOR,
                                   .round_leak = FX_NEAREST_EVEN,
                                   .leak_kind = LAW_LEAK_EXPONENTIAL,
                                   .reset_subtract = true};
    static const struct image_shape one = {1, {{1, 1, IMAGE_DENSE, false, false, 1}}};
    static const int weights[] = {-128, 1, 127};
    struct random r = {21};
    struct bench b;
    bench_init(&b, &r, &law, &one);
    void *h = stw_open(FOLDER);
    int64_t steps = 0, spikes = 0, saturated = 0;
    assert_int_equal(stw_least(h, 0, "v"), -128);
    assert_int_equal(stw_most(h, 0, "v"), 127);
    assert_int_equal(stw_most(h, 0, "lambda"), 15);
    assert_int_equal(stw_most(h, 0, "u"), 0); // the law has no such word
    stw_write(h, 0, 0, "theta", 50);
    stw_write(h, 0, 0, "bias", 3);
    for (int w = 0; w < 3; w++)
        for (int64_t lambda = 0; lambda <= stw_most(h, 0, "lambda"); lambda++)
            for (int64_t v = stw_least(h, 0, "v"); v <= stw_most(h, 0, "v"); v++, steps++) {
                const struct oracle_case k = {
                    .law = law,
                    .layer = {4 - 4, 1},
                    .n = {.lambda = (int32_t)lambda,
                          .lambda_slope = b.im.layer[0].neuron[0].lambda_slope,
                          .theta = 50,
                          .bias = 3},
                    .before = {.v = (int32_t)v},
                    .acc = {.acc = weights[w]}};
                const struct oracle_step o = oracle_run(&k);
                stw_rest(h); // brings back the state, not the words
                if (v == stw_least(h, 0, "v")) {
                    stw_write(h, 0, 0, "lambda", lambda);
                    stw_write_weight(h, 0, 0, 0, weights[w]);
                }
                stw_write(h, 0, 0, "v", v);
                stw_event(h, 0, 1);
                assert_int_equal(stw_tick(h, 0), 0);
                stw_check(h, 0, 0, "leak", o.s.leak);
                stw_check(h, 0, 0, "clamp", o.s.clamp);
                stw_check(h, 0, 0, "fire", o.s.fire);
                stw_check(h, 0, 0, "v", o.next.v);
                spikes += o.s.fire;
                saturated += o.s.clamp != o.s.integrate;
            }
    assert_string_equal(stw_error(h), "");
    assert_int_equal(stw_differ(h), 0);
    assert_int_equal(stw_words(h), 4 * steps);
    assert_int_equal(steps, 3 * 16 * 256);
    assert_true(spikes > 1000 && saturated > 1000);
    // Ends and bits of the membrane that no stimulus reaches count where a write reached them.
    for (int i = 0; i < stw_corners(h); i++)
        if (!strcmp(stw_corner(h, i), "membrane: beyond its lower end"))
            assert_true(stw_corner_count(h, i) > 100);
    stw_close(h);
    bench_fini(&b);
}

static void write_one(void *h, const struct stimulus_write *e)
{
    if (e->word == WORD_WEIGHT)
        assert_int_equal(stw_write_weight(h, e->layer, e->neuron, e->row, e->value), 0);
    else
        assert_int_equal(stw_write(h, e->layer, e->neuron, lif_kind.word[e->word].name, e->value),
                         0);
}

// Random writes of random nets against those of a stimulus, which the model's own run carries out.
static void test_writes_equal_a_stimulus(void **unused)
{
    (void)unused;
    enum { WRITES = 24 };
    struct random r = {22};
    int nets = 0, of[WORDS] = {0};
    for (int i = 0; i < NETS; i++) {
        struct law law = random_law(&r);
        struct image_shape shape = random_shape(&r);
        struct bench b;
        struct stimulus_write write[WRITES];
        if (law_check(&law)) continue;
        bench_init(&b, &r, &law, &shape);
        random_writes(&r, &b.im, TICKS, write, WRITES);
        for (int at = 0; at < WRITES; at++) {
            const struct law_range range = lif_kind.word[write[at].word].range(&law);
            if (write[at].flip) write[at].value = corner_word(&r, range.lo, range.hi);
            write[at].flip = false;
        }
        void *h = image_check(&b.im) ? 0 : stw_open(FOLDER);
        b.s.write = write;
        b.s.n_writes = WRITES;
        if (h) network_run_watched(&b.net, &b.s, &b.t, keep, &b);
        for (int tick = 0, at = 0; h && tick < TICKS; tick++) {
            for (; at < WRITES && write[at].tick == tick; at++, of[write[at - 1].word]++)
                write_one(h, &write[at]);
            for (int n = 0; n < b.im.layer[0].n_in; n++)
                stw_event(h, n, stimulus_x(&b.s, b.im.layer[0].n_in, tick, n));
            if (stw_tick(h, b.jitter[tick])) { // the model cannot compute in such a sum
                assert_non_null(strstr(stw_error(h), "words that were written"));
                break;
            }
            check_tick(h, &b, tick, 0);
        }
        if (h && stw_differ(h)) fail_msg("net %d: %s", i, stw_report(h));
        nets += h && !*stw_error(h);
        stw_close(h);
        bench_fini(&b);
    }
    assert_true(nets > NETS / 2);
    for (int word = 0; word < WORDS; word++)
        if (!of[word]) fail_msg("%s was never written", lif_kind.word[word].name);
}

static void refuse_write(int layer, int neuron, const char *word, int64_t value, const char *why)
{
    void *h = stw_open(FOLDER);
    assert_int_equal(stw_write(h, layer, neuron, word, value), STW_ERROR);
    if (strcmp(stw_error(h), why)) fail_msg("%s, not %s", stw_error(h), why);
    assert_int_equal(stw_tick(h, 0), STW_ERROR);
    assert_int_equal(stw_verdict(h), 2);
    stw_close(h);
}

static void test_bad_writes_are_refused(void **unused)
{
    (void)unused;
    struct random r = {23};
    struct bench b;
    bench_init(&b, &r, &law_of_demo, &shape_of_demo);
    refuse_write(1, 63, "v", 32768, "v: layer 1, neuron 63: 32768, allowed -32768..32767");
    refuse_write(1, 0, "v", INT64_MIN,
                 "v: layer 1, neuron 0: -9223372036854775808, allowed -32768..32767");
    refuse_write(0, 3, "lambda", -1, "lambda: layer 0, neuron 3: -1, allowed 0..65535");
    refuse_write(1, 3, "fire", 2, "fire: layer 1, neuron 3: 2, allowed 0..1");
    refuse_write(0, 0, "u", 0, "u: no such word of a neuron or its state"); // not of this law
    refuse_write(0, 0, "gain", 0, "gain: no such word of a neuron or its state");
    refuse_write(0, 0, "integrate", 0, "integrate: no such word of a neuron or its state");
    refuse_write(0, 0, "", 0, ": no such word of a neuron or its state");
    refuse_write(3, 0, "v", 0, "v: no layer 3, neuron 0");
    refuse_write(-1, 0, "v", 0, "v: no layer -1, neuron 0");
    refuse_write(2, 2, "v", 0, "v: no layer 2, neuron 2");
    refuse_write(0, 0, "weight", 0, "weight: stw_write_weight writes it, which is told the source");
    static const int sources[] = {-1, 80};
    for (int i = 0; i < 2; i++) {
        void *h = stw_open(FOLDER);
        assert_int_equal(stw_write_weight(h, 1, 0, 79, 1), 0); // the last of its own neurons
        assert_int_equal(stw_write_weight(h, 1, 0, sources[i], 1), STW_ERROR);
        assert_non_null(strstr(stw_error(h), ", allowed 0..79"));
        stw_close(h);
    }
    assert_int_equal(stw_write(0, 0, 0, "v", 0), STW_ERROR);
    assert_int_equal(stw_write_weight(0, 0, 0, 0, 0), STW_ERROR);
    assert_int_equal(stw_least(0, 0, "v"), 0);
    bench_fini(&b);
}

// Spikes of the tick before are state too: own neurons hear them.
static void test_spikes_are_written(void **unused)
{
    (void)unused;
    struct random r = {24};
    struct bench b;
    int64_t heard = 0;
    bench_init(&b, &r, &law_of_demo, &shape_of_demo);
    void *h = stw_open(FOLDER);
    for (int from = 0; from < 64; from++) {
        stw_rest(h);
        assert_int_equal(stw_write(h, 1, from, "fire", 1), 0);
        assert_int_equal(stw_tick(h, 0), 0);
        for (int n = 0; n < 64; n++) {
            const int64_t w = b.im.layer[1].w[(16 + from) * 64 + n];
            int64_t front = 0; // layer 0 may fire by its bias alone
            for (int i = 0; i < 16; i++)
                front += stw_spike(h, 0, i) * b.im.layer[1].w[i * 64 + n];
            assert_int_equal(stw_stage(h, 1, n, "gather"), front + w);
            heard += w != 0;
        }
    }
    assert_true(heard > 1000);
    stw_close(h);
    bench_fini(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_the_model),
        cmocka_unit_test(test_equals_the_model_of_every_chip),
        cmocka_unit_test(test_vectors_and_a_wrong_word),
        cmocka_unit_test(test_misuse_is_told),
        cmocka_unit_test(test_each_step),
        cmocka_unit_test(test_writes_equal_a_stimulus),
        cmocka_unit_test(test_bad_writes_are_refused),
        cmocka_unit_test(test_spikes_are_written),
    };
    mkdir("build", 0777);
    mkdir(FOLDER, 0777);
    return cmocka_run_group_tests(tests, 0, 0);
}
