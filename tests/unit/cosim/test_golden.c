// The golden model as a library (cosim/golden_dpi.h): what it gives equals the fast kernel's trace
// on random laws and shapes, it finds a wrong word, and it refuses files that do not fit together.
#include "cosim/golden_dpi.h"
#include "cosim/vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/rtl/rtl_random.h"

enum { TICKS = 9, NETS = 40 };
#define FOLDER "build/golden"

static void write_json(const struct image *im, uint64_t hash)
{
    const struct law *a = &im->law;
    FILE *f = fopen(FOLDER "/chip.json", "w");
    assert_non_null(f);
    fprintf(f, "{\"law\": {\"input\": \"UQ%d.%d\", \"weight\": \"Q%d.%d\", ", a->input.int_bits,
            a->input.frac_bits, a->weight.int_bits, a->weight.frac_bits);
    fprintf(f, "\"membrane\": \"Q%d.%d\", \"leak\": \"UQ%d.%d\", ", a->membrane.int_bits,
            a->membrane.frac_bits, a->leak.int_bits, a->leak.frac_bits);
    if (a->currents)
        fprintf(f, "\"current\": \"Q%d.%d\", \"decay_kind\": \"%s\", \"round_decay\": \"%s\", ",
                a->current.int_bits, a->current.frac_bits, law_leak_names[a->decay_kind],
                law_round_names[a->round_decay]);
    fprintf(f, "\"leak_kind\": \"%s\", \"round_current\": \"%s\", \"round_leak\": \"%s\", ",
            law_leak_names[a->leak_kind], law_round_names[a->round_current],
            law_round_names[a->round_leak]);
    fprintf(f, "\"clamp\": \"%s\", \"floor\": \"%s\", \"fire\": \"%s\", \"reset\": \"%s\", ",
            a->wrap ? "wrap" : "saturate", a->floor_zero ? "zero" : "none",
            a->fire_gt ? "gt" : "ge", a->reset_subtract ? "subtract" : "zero");
    fprintf(f, "\"order\": \"%s\", \"refractory_ticks\": %d, \"of_tomorrow\": 0}, \"shape\": \"",
            a->integrate_first ? "integrate_first" : "leak_first", a->refractory_ticks);
    for (int l = 0; l < im->n_layers; l++)
        fprintf(f, "%s%d%s", l ? " -> " : "", im->layer[l].n_out,
                im->layer[l].topology == IMAGE_ONE_TO_ONE ? " (one to one)"
                : im->layer[l].recurrent                  ? " (recurrent)"
                                                          : "");
    fprintf(f, "\", \"image_hash\": \"%016llx\", \"layers\": [", (unsigned long long)hash);
    for (int l = 0; l < im->n_layers; l++)
        fprintf(f, "%s{\"sources\": %d}", l ? ", " : "", im->layer[l].n_source);
    fprintf(f, "]}\n");
    fclose(f);
}

// A net, a clip, and what the fast kernel makes of it.
struct bench {
    struct image im;
    void *memory, *net_memory;
    struct stimulus s;
    uint8_t *x;
    int16_t jitter[TICKS];
    struct trace t;
};

static void bench_init(struct bench *b, struct random *r, const struct law *law,
                       const struct image_shape *shape)
{
    char message[512] = "";
    struct network net;
    *b = (struct bench){0};
    b->memory = random_image(r, law, shape, &b->im);
    b->x = malloc((size_t)(TICKS * shape->layer[0].n_in));
    random_stimulus(r, &b->im, TICKS, b->x, b->jitter);
    b->s = (struct stimulus){.n_ticks = TICKS, .x = b->x, .jitter = b->jitter};
    for (int l = 0; l < shape->n_layers; l++) {
        struct trace_layer *y = &b->t.layer[l];
        y->stride = network_padded(shape->layer[l].n_out);
        size_t words = (size_t)(TICKS * y->stride) * sizeof(int32_t);
        y->z = calloc((size_t)(TICKS * trace_spike_words(shape->layer[l].n_out)), sizeof *y->z);
        y->c = aligned_alloc(64, words);
        y->v = aligned_alloc(64, words);
        y->u = law->currents ? aligned_alloc(64, words) : 0;
        y->r = law->refractory_ticks ? aligned_alloc(64, words) : 0;
    }
    b->t.count = calloc((size_t)shape->layer[shape->n_layers - 1].n_out, sizeof *b->t.count);
    b->net_memory = aligned_alloc(64, network_size(law, shape));
    network_init(&net, &b->im, b->net_memory);
    network_run(&net, &b->s, &b->t);
    write_json(&b->im, image_hash(&b->im));
    assert_int_equal(vectors_memories(&b->im, FOLDER, message, sizeof message), 0);
}

static void bench_fini(struct bench *b)
{
    for (int l = 0; l < b->im.n_layers; l++) {
        free(b->t.layer[l].z);
        free(b->t.layer[l].c);
        free(b->t.layer[l].v);
        free(b->t.layer[l].u);
        free(b->t.layer[l].r);
    }
    free(b->t.count);
    free(b->x);
    free(b->memory);
    free(b->net_memory);
}

// Every word of the tick that the trace has; `wrong` is added to the very first one.
static void check_tick(void *h, const struct bench *b, int tick, int wrong)
{
    for (int l = 0; l < b->im.n_layers; l++)
        for (int n = 0; n < b->im.layer[l].n_out; n++) {
            const struct trace_layer *y = &b->t.layer[l];
            size_t at = (size_t)(tick * y->stride + n);
            stw_check(h, l, n, "clamp", y->c[at] + (l || n ? 0 : wrong));
            stw_check(h, l, n, "fire", trace_spiked(y, b->im.layer[l].n_out, tick, n));
            stw_check(h, l, n, "v", y->v[at]);
            stw_check(h, l, n, "reset", y->v[at]);
            if (y->u) stw_check(h, l, n, "u", y->u[at]);
            if (y->r) stw_check(h, l, n, "r", y->r[at]);
        }
}

static void own_stimulus(void *h, const struct bench *b)
{
    int n_in = b->im.layer[0].n_in;
    for (int tick = 0; tick < TICKS; tick++) {
        for (int i = 0; i < n_in; i++)
            if (b->x[tick * n_in + i]) assert_int_equal(stw_event(h, i, b->x[tick * n_in + i]), 0);
        assert_int_equal(stw_tick(h, b->jitter[tick]), 0);
        check_tick(h, b, tick, 0);
    }
}

static void test_equals_the_kernel(void **unused)
{
    (void)unused;
    struct random r = {7};
    int nets = 0;
    for (int i = 0; i < NETS; i++) {
        struct bench b;
        struct law law = random_plain_law(&r);
        struct image_shape shape = random_plain_shape(&r);
        if (!law.currents) {
            law.current = (struct law_format){0, 0};
            law.round_decay = FX_FLOOR;
            law.decay_kind = LAW_LEAK_NONE;
        }
        if (law_check(&law)) continue;
        bench_init(&b, &r, &law, &shape);
        void *h = stw_open(FOLDER);
        assert_string_equal(stw_error(h), "");
        assert_int_equal(stw_layers(h), b.im.n_layers);
        assert_int_equal(stw_sources(h), b.im.layer[0].n_in);
        assert_int_equal(stw_verdict(h), 2); // nothing was compared
        own_stimulus(h, &b);
        assert_int_equal(stw_rest(h), 0);
        own_stimulus(h, &b); // the same again from rest
        if (stw_verdict(h)) print_message("%s\n", stw_report(h));
        assert_int_equal(stw_verdict(h), 0);
        assert_true(stw_words(h) >= 2 * 4 * TICKS * image_neurons(&b.im));
        stw_close(h);
        bench_fini(&b);
        nets++;
    }
    assert_true(nets > NETS / 2);
}

static void write_vectors(const struct bench *b)
{
    struct vectors_writer w;
    char message[512] = "";
    FILE *f = fopen(FOLDER "/in.vec", "w");
    assert_non_null(f);
    vectors_begin(&w, f, &b->im);
    vectors_head_image(&w, &b->im);
    vectors_shape(&w);
    vectors_whole_clip(&w, 0, "one", &b->s, 0);
    vectors_whole_clip(&w, 1, "two", &b->s, 0);
    assert_int_equal(vectors_end(&w, message, sizeof message), 0);
    fclose(f);
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
                                          "neuron 0, stage clamp: expected "));
    stw_close(h);
    bench_fini(&b);
}

// `sh` spoils the files; the library says `why` and never "same".
static void refuse(const char *sh, const char *why)
{
    char command[512];
    snprintf(command, sizeof command,
             "rm -rf " FOLDER "/bad && mkdir " FOLDER "/bad && cp " FOLDER "/*.* " FOLDER
             "/bad && cd " FOLDER "/bad && %s",
             sh);
    assert_int_equal(system(command), 0);
    void *h = stw_open(FOLDER "/bad");
    stw_vectors(h, FOLDER "/bad/in.vec");
    while (stw_read(h) > 0)
        ;
    if (!strstr(stw_error(h), why)) fail_msg("%s: \"%s\" is not in: %s", sh, why, stw_error(h));
    assert_int_equal(stw_check(h, 0, 0, "v", 0), STW_ERROR);
    assert_int_equal(stw_verdict(h), 2);
    stw_close(h);
}

static void test_bad_files_are_refused(void **unused)
{
    (void)unused;
    struct random r = {9};
    struct bench b;
    bench_init(&b, &r, &law_of_demo, &shape_of_demo);
    write_vectors(&b);
    refuse("rm chip.json", "chip.json: No such file");
    refuse("echo '{' > chip.json", "not JSON");
    refuse(": > chip.json", "chip.json: empty");
    refuse("sed -i 's/exponential/logarithmic/' chip.json", "law, leak_kind: a value");
    refuse("sed -i 's/UQ4.4/UQ9.4/' chip.json", "law, input: 1..8 bits");
    refuse("sed -i 's/Q8.8/eight/' chip.json", "law, weight: a value");
    refuse("sed -i 's/\"shape\"/\"form\"/' chip.json", "no shape");
    refuse("sed -i 's/16 (one/17 (one/' chip.json", "shape: a layer must fit");
    refuse("sed -i 's/\"ge\"/\"gt\"/' chip.json", "law, shape and words are those of image");
    refuse("rm layer1_theta.hex", "layer1_theta.hex: No such file");
    refuse("echo 0 >> layer1_theta.hex", "layer1_theta.hex: not 64 words of 16 bits");
    refuse("sed -i 1d layer1_theta.hex", "layer1_theta.hex: not 64 words");
    refuse("sed -i 1s/.*/12345/ layer1_theta.hex", "not 64 words of 16 bits");
    refuse("sed -i 1s/.*/-1/ layer1_theta.hex", "not 64 words of 16 bits");
    refuse("sed -i 1s/.*/xyz/ layer0_weight.hex", "not 16 words of 16 bits");
    refuse("sed -i 1s/.*/0123/ layer1_theta.hex", "another chip's memories, or a law");
    refuse("rm in.vec", "in.vec: No such file");
    refuse("sed -i 's/image=./image=x/' in.vec", "made for another image");
    refuse("sed -i '/^E/d' in.vec", "without an E record");
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
        cmocka_unit_test(test_equals_the_kernel),
        cmocka_unit_test(test_vectors_and_a_wrong_word),
        cmocka_unit_test(test_bad_files_are_refused),
        cmocka_unit_test(test_misuse_is_told),
    };
    mkdir("build", 0777);
    mkdir(FOLDER, 0777);
    return cmocka_run_group_tests(tests, 0, 0);
}
