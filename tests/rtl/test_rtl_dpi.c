// rtl/stw_dpi_net.sv against dpi_run, every stage and state word of every tick: laws of all choices
// and ends of formats, chips that live and words at random; and that the comparison can fail.
#include "cosim/dut/dut_build.h"
#include "cosim/lockstep/lockstep.h"
#include "tests/lib/dpi_random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { TICKS = 400, MAX_IN = 12, MAX_OUT = 4 };

// Formats: those of training; the widest; the narrowest.
static const struct case_of {
    const char *name;
    struct dpi_law law;
    int n_in, n_out;
    bool recurrent;
} cases[] = {
    {"silicon",
     {.gaba = true,
      .leak_once = true,
      .fresh_vmem = true,
      .current = {22, 10},
      .weight = {22, 10},
      .factor_frac = 24,
      .log_frac = 20,
      .table_bits = 8,
      .gain = {4, 26},
      .rate = {14, 16},
      .max_spikes = 15},
     12,
     3,
     true},
    {"compat, the widest",
     {.current = {28, 20},
      .weight = {18, 14},
      .factor_frac = 31,
      .log_frac = 24,
      .table_bits = 12,
      .gain = {4, 36},
      .rate = {26, 30},
      .max_spikes = 63},
     3,
     2,
     true},
    {"narrow, inhibition and leak mended, vmem stale",
     {.gaba = true,
      .leak_once = true,
      .current = {20, 4},
      .weight = {20, 4},
      .factor_frac = 12,
      .log_frac = 9,
      .table_bits = 2,
      .gain = {1, 20},
      .rate = {13, 8},
      .max_spikes = 1},
     1,
     1,
     false},
};
enum { CASES = sizeof cases / sizeof *cases };

struct fixture {
    struct dut_handle dut[CASES];
};

static void must(int rc, const char *message)
{
    if (rc) fail_msg("%s", message);
}

static void build(struct dut_handle *h, const struct case_of *c, const char *root)
{
    struct image_shape shape = {
        1, {{c->n_in, c->n_out, IMAGE_DENSE, c->recurrent, false, c->law.max_spikes}}};
    struct dut_build_options o = {root, "build/dut", false};
    char path[DUT_PATH], message[1024];
    must(dut_build(&dpi_kind, &c->law, &shape, &o, path, message, sizeof message), message);
    must(dut_open(h, path, message, sizeof message), message);
}

static struct dpi_image sizes_of(const struct case_of *c)
{
    return (struct dpi_image){
        .n_layers = 1, .layer = {{.n_in = c->n_in, .n_out = c->n_out, .recurrent = c->recurrent}}};
}

static void random_events(struct random *r, int n, uint8_t *x)
{
    for (int i = 0; i < n; i++)
        x[i] = (uint8_t)(draw(r, 0, 9) ? 0 : draw(r, 0, 9) ? draw(r, 1, 3) : draw(r, 0, 255));
}

// One run on random events, all stages, to its end.
static int run(struct lockstep *k, const struct dpi_image *im, struct random *r,
               const struct dpi_state *start, struct lockstep_result *result)
{
    static uint8_t x[TICKS * MAX_IN];
    char message[1024];
    random_events(r, TICKS * im->layer[0].n_in, x);
    struct stimulus s = {.n_ticks = TICKS, .x = x};
    struct lockstep_options o = {.stages = true, .keep_going = true, .start = start};
    int rc = lockstep_run(k, &s, &o, result, message, sizeof message);
    must(rc < 0, message);
    return rc;
}

static struct lockstep *load(struct dut_handle *h, const struct dpi_image *im)
{
    char message[1024];
    const struct law_image view = law_image_dpi(im, 0);
    struct lockstep *k = lockstep_new(h, &view, TICKS, message, sizeof message);
    must(!k, message);
    return k;
}

static void explain(FILE *f, const struct dpi_image *im, const struct lockstep_result *r)
{
    const struct law_image view = law_image_dpi(im, 0);
    lockstep_explain(f, &view, &r->first);
}

// Chips that live, circuits spread by 30 %.
static void chips_are_equal(void **state)
{
    struct fixture *f = *state;
    struct random r = {3};
    for (int i = 0; i < CASES; i++) {
        struct lockstep_result sum = {0};
        struct dpi_image sizes = sizes_of(&cases[i]);
        for (int k = 0; k < 30; k++) {
            struct dpi_image *im = random_dpi_chip(&r, &cases[i].law, &sizes, 0.3);
            struct lockstep *both = load(&f->dut[i], im);
            if (run(both, im, &r, 0, &sum)) {
                explain(stderr, im, &sum);
                fail_msg("%s: chip %d differs", cases[i].name, k);
            }
            lockstep_free(both);
            dpi_image_free(im);
        }
        print_message("%s: %lld words, %lld stages, 0 differ; %lld spikes, %.1f cycles a neuron\n",
                      cases[i].name, (long long)sum.words, (long long)sum.stages,
                      (long long)sum.fired,
                      (double)sum.cycles / (double)(sum.ticks * cases[i].n_out));
        assert_true(sum.words > 30 * TICKS * 6 - 1);
        assert_true(sum.fired > 30);
    }
}

// Any words that fit their formats, any state to begin with.
static void random_words_are_equal(void **state)
{
    struct fixture *f = *state;
    struct random r = {4};
    for (int i = 0; i < CASES; i++) {
        const struct dpi_law *law = &cases[i].law;
        struct lockstep_result sum = {0};
        struct dpi_image sizes = sizes_of(&cases[i]);
        for (int k = 0; k < 60; k++) {
            struct dpi_image *im = random_dpi_chip(&r, law, &sizes, 0.3);
            struct dpi_layer *y = &im->layer[0];
            struct dpi_state start[MAX_OUT];
            for (int n = 0; n < y->n_out; n++) {
                random_dpi_neuron(&r, law, &y->neuron[n]);
                start[n] = random_dpi_state(&r, law);
            }
            for (int n = 0; n < dpi_sources(y) * y->n_out; n++) {
                int64_t w = random_word(&r, 0, dpi_word_max(law, DPI_WEIGHT));
                y->w[n] = (int32_t)(draw(&r, 0, 2) ? w : -w);
            }
            struct lockstep *both = load(&f->dut[i], im);
            if (run(both, im, &r, start, &sum)) {
                explain(stderr, im, &sum);
                fail_msg("%s: words %d differ", cases[i].name, k);
            }
            lockstep_free(both);
            dpi_image_free(im);
        }
        print_message("%s: %lld words, %lld stages, 0 differ; %lld spikes\n", cases[i].name,
                      (long long)sum.words, (long long)sum.stages, (long long)sum.fired);
        assert_true(sum.fired > 100);
    }
}

// One bit of one word in the RTL alone: found, and called by the first stage that it reaches.
static void a_planted_word_is_found(void **state)
{
    struct fixture *f = *state;
    static const struct {
        enum dpi_word word;
        int bit;
        const char *stage;
    } plants[] = {
        {DPI_WEIGHT, 3, "gather"},    {DPI_IO, 8, "adapt"},         {DPI_IDC, 6, "input"},
        {DPI_ITAU, 3, "leak"},        {DPI_IGAIN, 6, "divide"},     {DPI_FLOOR0, 4, "synapse"},
        {DPI_FLOOR1, 4, "inhibit"},   {DPI_JUMP, 8, "adapt"},       {DPI_DECAY0, 12, "synapse"},
        {DPI_DECAY1, 12, "inhibit"},  {DPI_DECAY_AHP, 20, "adapt"}, {DPI_ALPHA, 10, "feedback"},
        {DPI_GAIN, 6, "relax"},       {DPI_GAIN_TAU, 8, "slope"},   {DPI_LOG_IO, 12, "feedback"},
        {DPI_LOG_GAIN, 12, "divide"}, {DPI_THETA, 20, "fire"},      {DPI_PERIOD, 2, "refract"},
        {DPI_LOG2, 15, "voltage"},    {DPI_EXP2, 15, "feedback"},   {DPI_EFOLD, 20, "fire"}};
    struct random r = {5};
    const struct case_of *c = &cases[0];
    struct dpi_image sizes = sizes_of(c);
    struct dpi_image *im = random_dpi_chip(&r, &c->law, &sizes, 0.1);
    struct dpi_layer *y = &im->layer[0];
    y->neuron[1].jump = 20000; // nominal chips hardly adapt
    for (size_t i = 0; i < sizeof plants / sizeof *plants; i++) {
        struct lockstep_result result = {0};
        enum dpi_word word = plants[i].word;
        struct lockstep *both = load(&f->dut[0], im);
        char message[256];
        int64_t right = word == DPI_WEIGHT  ? y->w[1]
                        : word == DPI_LOG2  ? im->tables->log2[70]
                        : word == DPI_EXP2  ? im->tables->exp2[70]
                        : word == DPI_EFOLD ? im->tables->efold
                                            : law_get(&dpi_kind.word[word], &y->neuron[1]);
        int address = word == DPI_WEIGHT                     ? dpi_sources(y)
                      : word == DPI_LOG2 || word == DPI_EXP2 ? 70
                      : word == DPI_EFOLD                    ? 0
                                                             : 1;
        must(f->dut[0].ops->write(f->dut[0].dut, 0, (int)word, address,
                                  right ^ (int64_t)fx_one(plants[i].bit), message, sizeof message),
             message);
        for (int k = 0; k < 20 && result.words_differ + result.stages_differ == 0; k++)
            run(both, im, &r, 0, &result);
        lockstep_free(both);
        if (result.words_differ + result.stages_differ == 0)
            fail_msg("bit %d of %s was not found", plants[i].bit, dpi_kind.word[word].name);
        if (strcmp(result.first.what, plants[i].stage))
            fail_msg("bit %d of %s was called %s", plants[i].bit, dpi_kind.word[word].name,
                     result.first.what);
        assert_true(result.first.root);
        bool shared = word == DPI_LOG2 || word == DPI_EXP2 || word == DPI_EFOLD;
        assert_true(shared || result.first.neuron == 1);
    }
    dpi_image_free(im);
}

// Ties that go down in the RTL alone.
static void a_planted_rounding_is_found(void **state)
{
    (void)state;
    struct random r = {6};
    struct dut_handle h;
    struct lockstep_result result = {0};
    assert_int_equal(
        system("rm -rf " TEST_BUILD "/rtl_dpi && mkdir -p " TEST_BUILD "/rtl_dpi && "
               "cp -r " SPIKETWIN_ROOT "/rtl " TEST_BUILD "/rtl_dpi/ && "
               "ln -s " SPIKETWIN_ROOT "/cosim " SPIKETWIN_ROOT "/model " TEST_BUILD "/rtl_dpi/ && "
               "sed -i 's/half \\&\\& (rest || floored\\[0\\])/half \\&\\& rest/' " TEST_BUILD
               "/rtl_dpi/rtl/stw_dpi_round.sv && "
               "! cmp -s " SPIKETWIN_ROOT "/rtl/stw_dpi_round.sv " TEST_BUILD
               "/rtl_dpi/rtl/stw_dpi_round.sv"),
        0);
    char *root = realpath(TEST_BUILD "/rtl_dpi", 0);
    build(&h, &cases[2], root);
    struct dpi_image sizes = sizes_of(&cases[2]);
    struct dpi_image *im = random_dpi_chip(&r, &cases[2].law, &sizes, 0.1);
    struct lockstep *both = load(&h, im);
    for (int k = 0; k < 20 && result.words_differ == 0; k++)
        run(both, im, &r, 0, &result);
    lockstep_free(both);
    assert_true(result.words_differ > 0);
    char text[4096] = "";
    FILE *out = fmemopen(text, sizeof text, "w");
    explain(out, im, &result);
    fclose(out);
    print_message("%s", text);
    assert_non_null(strstr(text, "first divergence: tick "));
    assert_non_null(strstr(text, result.first.what));
    assert_int_equal(llabs(result.first.expected - result.first.got), 1);
    dut_close(&h);
    dpi_image_free(im);
    free(root);
}

static void another_chip_is_refused(void **state)
{
    struct fixture *f = *state;
    struct random r = {7};
    struct dpi_image sizes = sizes_of(&cases[0]);
    struct dpi_image *im = random_dpi_chip(&r, &cases[0].law, &sizes, 0.1);
    char message[256];
    const struct law_image view = law_image_dpi(im, 0);
    assert_int_equal(dut_load(&f->dut[1], &view, message, sizeof message), -1);
    assert_string_equal(message, "the DUT was built for another chip: law: gaba differs");
    im->layer[0].neuron[0].io = 0;
    assert_int_equal(dut_load(&f->dut[0], &view, message, sizeof message), -1);
    assert_string_equal(message, "image: a io word is outside its format");
    dpi_image_free(im);
}

static int set_up(void **state)
{
    static struct fixture f;
    *state = &f;
    for (int i = 0; i < CASES; i++)
        build(&f.dut[i], &cases[i], SPIKETWIN_ROOT);
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < CASES; i++)
        dut_close(&f->dut[i]);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chips_are_equal), cmocka_unit_test(random_words_are_equal),
        cmocka_unit_test(a_planted_word_is_found), cmocka_unit_test(a_planted_rounding_is_found),
        cmocka_unit_test(another_chip_is_refused)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
