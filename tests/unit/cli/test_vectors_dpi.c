// Vectors, memories and the golden library of the DPI law: random laws at the ends of their formats through
// files and back, every word and every word's loss; what does not fit is refused by name.
#include "cosim/golden/golden.h"
#include "cosim/golden/golden_load.h"
#include "cosim/vectors/vectors.h"
#include "cosim/vectors/vectors_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/lib/dpi_random.h"

#define FOLDER TEST_BUILD "/vectors_dpi"

enum { TICKS = 12, N_IN = 5, N = 3, LAWS = 60, ROOM = 1 << 20 };

struct bench {
    struct dpi_image *im;
    struct law_image view;
    int32_t x[TICKS * N_IN];
    struct stimulus s;
    struct vectors_model m;
    int64_t *words; // (TICKS, row)
    char *text;     // ROOM: the vectors, with results
};

static void put_image(struct random *r, struct bench *b, const struct dpi_law *law)
{
    const struct dpi_image sizes = {
        .n_layers = 1, .layer = {{.n_in = N_IN, .n_out = N, .recurrent = draw(r, 0, 1)}}};
    b->im = dpi_image_new(law, &sizes);
    assert_non_null(b->im);
    struct dpi_layer *y = &b->im->layer[0];
    for (int n = 0; n < N; n++)
        random_dpi_neuron(r, law, &y->neuron[n]);
    for (int i = 0; i < dpi_sources(y) * N; i++) {
        int64_t most = dpi_word_max(law, DPI_WEIGHT);
        y->w[i] = (int32_t)draw(r, (int32_t)dpi_word_min(law, DPI_WEIGHT), (int32_t)most);
    }
    b->view = law_image_dpi(b->im, 0);
    assert_null(law_image_check(&b->view));
}

static void write_text(struct bench *b)
{
    struct vectors_writer w;
    char message[512] = "";
    const struct vectors_stimulus sent = vectors_stimulus_of(0, &b->s, N_IN);
    FILE *f = fmemopen(b->text, ROOM, "w");
    vectors_begin(&w, f, &b->view, vectors_version_of(&b->view));
    vectors_head_image(&w, &b->view);
    vectors_head_clip(&w, &sent);
    vectors_shape(&w);
    vectors_whole_clip(&w, 0, "one", &b->s, &(struct vectors_results){.words = b->words});
    if (vectors_end(&w, message, sizeof message)) fail_msg("%s", message);
    fclose(f);
}

static void setup(struct random *r, struct bench *b, const struct dpi_law *law)
{
    *b = (struct bench){.text = calloc(1, ROOM)};
    put_image(r, b, law);
    for (int i = 0; i < TICKS * N_IN; i++)
        b->x[i] = draw(r, 0, 1) ? 0 : (int32_t)draw(r, 1, draw(r, 0, 3) ? 3 : 255);
    b->s = (struct stimulus){.n_ticks = TICKS, .wide = b->x};
    assert_true(vectors_model_init(&b->m, &b->view));
    b->words = calloc(TICKS, (size_t)b->m.row * sizeof *b->words);
    vectors_model_run(&b->m, &b->s, b->words, 0);
    write_text(b);
}

static void teardown(struct bench *b)
{
    vectors_model_fini(&b->m);
    dpi_image_free(b->im);
    free(b->words);
    free(b->text);
}

static int check(const struct bench *b, struct vectors_check *c, char message[512])
{
    FILE *f = fmemopen(b->text, strlen(b->text), "r");
    int rc = vectors_check(f, "out", &b->view, c, 0, 0, message, 512);
    fclose(f);
    return rc;
}

// The kernel of training and cosim, which shares no code with the reference that vectors come from.
static void expect_kernel(const struct bench *b)
{
    uint8_t x[TICKS * N_IN], z[TICKS * N];
    struct dpi_state state[N], after[TICKS * N];
    int32_t count[N];
    struct dpi_trace t = {.layer = {{.z = z, .state = after}}, .count = count};
    for (int i = 0; i < TICKS * N_IN; i++)
        x[i] = (uint8_t)b->x[i];
    const struct dpi_stimulus s = {TICKS, x};
    dpi_image_rest(b->im, state);
    dpi_run(b->im, &s, state, &t);
    for (int tick = 0; tick < TICKS; tick++)
        for (int n = 0; n < N; n++) {
            const int64_t *row = b->words + (size_t)tick * (size_t)b->m.row + n;
            assert_int_equal(row[0], z[tick * N + n]);
            for (const struct law_word *w = law_states(&dpi_kind);
                 w < dpi_kind.word + dpi_kind.n_words; w++)
                if (w->range(&b->im->law).bits)
                    assert_int_equal(*(row += N), law_get(w, &after[tick * N + n]));
        }
}

static void test_any_law_through_files(void **unused)
{
    (void)unused;
    struct random r = {31};
    int laws = 0, gaba = 0, many = 0, fired = 0;
    for (int i = 0; i < LAWS; i++) {
        struct dpi_law law = random_dpi_law(&r);
        struct vectors_check c;
        struct golden_chip read;
        struct bench b;
        struct fail f;
        char message[512] = "";
        if (dpi_law_check(&law)) continue;
        setup(&r, &b, &law);
        expect_kernel(&b);
        if (check(&b, &c, message)) fail_msg("%s (%s)", message, c.word);
        const int states = law_state_words(&dpi_kind, &law);
        assert_int_equal(states, law.gaba ? 7 : 6);
        assert_int_equal(c.words, TICKS * N * states);
        assert_int_equal(c.spikes, TICKS * N);

        // One LSB of any word of the file is found, where it is.
        const int at = (int)draw(&r, 0, b.m.row - 1), tick = (int)draw(&r, 0, TICKS - 1);
        int64_t *word = b.words + (size_t)tick * (size_t)b.m.row + at;
        const int kind = at / N;
        *word += kind && *word > 0 ? -1 : 1;
        const bool fits = kind || *word <= law.max_spikes;
        if (fits) {
            write_text(&b);
            assert_int_equal(check(&b, &c, message), 1);
            assert_int_equal(c.words_differ + c.spikes_differ, 1);
            assert_int_equal(c.tick, tick);
            assert_int_equal(c.neuron, at % N);
            assert_string_equal(c.word, vectors_kind_name(&b.m.shape, kind));
        }

        // Memories: read back they are the same chip.
        if (vectors_memories(&b.view, FOLDER, &f)) fail_msg("%s", f.text);
        if (golden_load(&read, FOLDER, &f)) fail_msg("%s", f.text);
        assert_int_equal(law_image_hash(&read.view), law_image_hash(&b.view));
        golden_free(&read);
        laws++;
        gaba += law.gaba;
        many += law.max_spikes > 1;
        fired += c.fired > 0;
        teardown(&b);
    }
    assert_true(laws > LAWS / 2 && gaba && many && fired);
}

// The library on a chip that lives: its states and stages are the kernel's, a wrong one is found.
static void test_golden(void **unused)
{
    (void)unused;
    struct random r = {32};
    struct bench b;
    struct fail f;
    const struct dpi_image sizes = {.n_layers = 1,
                                    .layer = {{.n_in = N_IN, .n_out = N, .recurrent = true}}};
    setup(&r, &b, &dpi_silicon);
    vectors_model_fini(&b.m);
    dpi_image_free(b.im);
    b.im = random_dpi_chip(&r, &dpi_silicon, &sizes, 0.2);
    b.view = law_image_dpi(b.im, 0);
    assert_true(vectors_model_init(&b.m, &b.view));
    vectors_model_run(&b.m, &b.s, b.words, 0);
    write_text(&b);
    if (vectors_memories(&b.view, FOLDER, &f)) fail_msg("%s", f.text);
    FILE *file = fopen(FOLDER "/in.vec", "w");
    fputs(b.text, file);
    fclose(file);
    void *h = stw_open(FOLDER);
    assert_string_equal(stw_error(h), "");
    assert_int_equal(stw_words_of(h), 7);
    assert_string_equal(stw_word_name(h, 1), "gaba");
    stw_vectors(h, FOLDER "/in.vec");
    struct dpi_state state[N];
    dpi_image_rest(b.im, state);
    int tick = 0, what;
    while ((what = stw_read(h)) > 0) {
        if (what == STW_CLIP) continue;
        uint8_t x[N_IN];
        struct dpi_stages stages[N];
        int32_t count[N];
        const struct dpi_stimulus one = {1, x};
        struct dpi_trace t = {.layer = {{.stages = stages}}, .count = count};
        for (int i = 0; i < N_IN; i++)
            assert_int_equal(stw_x(h, i), x[i] = (uint8_t)b.x[tick * N_IN + i]);
        dpi_run(b.im, &one, state, &t);
        for (int n = 0; n < N; n++) {
            for (int i = 0; i < DPI_STAGES; i++)
                stw_check(h, 0, n, dpi_kind.stage[i].name, law_get(&dpi_kind.stage[i], &stages[n]));
            for (const struct law_word *w = law_states(&dpi_kind);
                 w < dpi_kind.word + dpi_kind.n_words; w++)
                stw_check(h, 0, n, w->name, law_get(w, &state[n]));
        }
        tick++;
    }
    assert_int_equal(tick, TICKS);
    if (stw_verdict(h)) fail_msg("%s", stw_report(h));
    assert_int_equal(stw_words(h), TICKS * N * (DPI_STAGES + 7));
    stw_check(h, 0, 1, "imem", state[1].imem + 1);
    assert_int_equal(stw_verdict(h), 1);
    assert_int_equal(stw_event(h, 0, 255), 0);
    assert_int_equal(stw_event(h, 0, 256), STW_ERROR);
    assert_non_null(strstr(stw_error(h), "x is out of the input format"));
    stw_close(h);
    teardown(&b);
}

// `sh` spoils the files of a chip; the loader says `why`.
static void refuse(const char *sh, const char *why)
{
    char command[512];
    struct golden_chip c;
    struct fail f = {""};
    snprintf(command, sizeof command,
             "rm -rf " FOLDER "/bad && mkdir " FOLDER "/bad && cp " FOLDER "/*.* " FOLDER
             "/bad && cd " FOLDER "/bad && %s",
             sh);
    assert_int_equal(system(command), 0);
    assert_int_equal(golden_load(&c, FOLDER "/bad", &f), -1);
    if (!strstr(f.text, why)) fail_msg("%s: \"%s\" is not in: %s", sh, why, f.text);
    golden_free(&c);
}

static void test_bad_files_are_refused(void **unused)
{
    (void)unused;
    struct random r = {33};
    struct bench b;
    struct fail f;
    setup(&r, &b, &dpi_silicon);
    if (vectors_memories(&b.view, FOLDER, &f)) fail_msg("%s", f.text);
    refuse("rm chip_log2.hex", "chip_log2.hex: No such file");
    refuse("sed -i 1d chip_exp2.hex", "chip_exp2.hex: 256 words, allowed 257");
    refuse("echo 000000 >>chip_efold.hex", "chip_efold.hex: more than 1 words, allowed 1");
    refuse("sed -i 1s/.*/000001/ chip_log2.hex", "those of image"); // another table
    refuse("sed -i 9s/.*/000000/ chip_log2.hex", "a log2 word is out of its format");
    refuse("sed -i 1s/.*/x/ layer0_decay_of_GABA.hex", "decay_of_GABA.hex: word 0 of 3: \"x\"");
    refuse("sed -i 's/\"dpi\"/\"dpx\"/' chip.json", "law, family: \"\"dpx\"\", allowed is a law");
    refuse("sed -i 's/\"table_bits\":[^,]*/\"table_bits\": 13/' chip.json",
           "law, table_bits: \"13\", allowed whole numbers 2..12");
    refuse("sed -i 's/\"table_bits\":[^,]*/\"table_bits\": 9/' chip.json",
           "chip_log2.hex: 257 words, allowed 513");
    refuse("sed -i 's/\"gaba\":[^,]*/\"gaba\": 2/' chip.json", "law, gaba: \"2\"");
    refuse("sed -i '0,/\"max_spikes\":/! s/\"max_spikes\":.*/\"max_spikes\": 7/' chip.json",
           "layers, 0, max_spikes: 7, the law has 15");
    refuse("sed -i 's/\"dense\"/\"one_to_one\"/; s/\"inputs\":[^,]*/\"inputs\": 3/; "
           "s/\"recurrent\":[^,]*/\"recurrent\": false/' chip.json",
           "layers: of the law dpi one, dense");
    refuse("sed -i 's/\"neurons\":[^,]*/\"neurons\": 4096/' chip.json", "layer0_weight.hex: ");
    refuse("sed -i 's/\"leak_once\":[^,]*/\"leak_once\": false/' chip.json", "those of image");
    teardown(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_law_through_files),
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_bad_files_are_refused),
    };
    mkdir("build", 0777);
    mkdir(FOLDER, 0777);
    return cmocka_run_group_tests(tests, 0, 0);
}
