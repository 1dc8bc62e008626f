// The golden model as a library (cosim/golden/golden.h): what it gives equals the model's stages and
// words on random laws and shapes and on every chip of the tree, it finds a wrong word, and it
// tells misuse.
#define FOLDER TEST_BUILD "/golden"
#include "tests/lib/golden_bench.h"
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equals_the_model),
        cmocka_unit_test(test_equals_the_model_of_every_chip),
        cmocka_unit_test(test_vectors_and_a_wrong_word),
        cmocka_unit_test(test_misuse_is_told),
    };
    mkdir("build", 0777);
    mkdir(FOLDER, 0777);
    return cmocka_run_group_tests(tests, 0, 0);
}
