// rtl/stw_any_net.sv with rtl/stw_izhikevich_neuron.sv against the plain reference, in lockstep: random
// formats, roundings and shapes, corner words and writes, every stage of every neuron and tick. And: a
// wrong word and a wrong operator in the RTL alone are found where they are.
#include "cosim/dut/dut_build.h"
#include "cosim/lockstep/lockstep.h"
#include "model/laws/reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lib/izhikevich_random.h"

enum { NETS = 12, IMAGES = 8, TICKS = 60, WRITES = 80 };

// What the runs have to have met.
struct corners {
    int64_t fired, at_peak, below_peak, held_high, held_low, recover_high, recover_low, adapt_held;
};

static void must(int rc, const char *message)
{
    if (rc) fail_msg("%s", message);
}

static void open_from(struct dut_handle *h, const struct izhikevich_law *law,
                      const struct image_shape *s, const char *root, bool waves)
{
    char path[DUT_PATH], message[1024] = "";
    struct dut_build_options o = {root, "build/dut", waves};
    must(dut_build(&izhikevich_kind, law, s, &o, path, message, sizeof message), message);
    must(dut_open(h, path, message, sizeof message), message);
}

struct meeting { // of the reference's run
    const struct reference *reference;
    struct corners *met;
};

static void meet(void *context, int tick, int layer, int neuron, const void *before,
                 const void *stages, const void *after)
{
    const struct meeting *m = context;
    const struct izhikevich_stages *t = stages;
    const struct law_image *im = &m->reference->im;
    const struct izhikevich_law *law = im->law;
    const struct izhikevich_neuron *n =
        (const struct izhikevich_neuron *)im->layer[layer].neuron + neuron;
    int bits = law_bits(law->membrane);
    (void)tick, (void)before, (void)after;
    m->met->fired += t->fire;
    m->met->at_peak += t->clamp == n->peak;
    m->met->below_peak += t->clamp == n->peak - 1;
    m->met->held_high += t->integrate > fx_max(bits);
    m->met->held_low += t->integrate < fx_min(bits);
    m->met->recover_high += t->recover == fx_max(bits);
    m->met->recover_low += t->recover == fx_min(bits);
    m->met->adapt_held += t->fire && t->adapt - t->recover != n->d;
}

static void meet_corners(const struct law_image *im, const struct stimulus *s, struct corners *met)
{
    struct reference r;
    struct meeting m = {&r, met};
    void *memory = aligned_alloc(64, reference_size(im));
    reference_init(&r, im, memory);
    reference_rest(&r);
    for (int tick = 0; tick < s->n_ticks; tick++)
        reference_tick(&r, s, tick, meet, &m);
    free(memory);
}

// Images of one law and shape, each with clips, on one DUT.
static void run_net(struct random *r, const struct izhikevich_law *law,
                    const struct image_shape *shape, struct lockstep_result *sum,
                    struct corners *met)
{
    struct dut_handle h;
    char message[1024] = "";
    uint8_t *x = malloc((size_t)(TICKS * shape->layer[0].n_in));
    int16_t jitter[TICKS];
    struct stimulus_write writes[WRITES];
    open_from(&h, law, shape, SPIKETWIN_ROOT, false);
    int64_t words = sum->words;
    for (int i = 0; i < IMAGES; i++) {
        struct image im;
        void *memory = random_izhikevich_image(r, law, shape, &im);
        const struct law_image view = law_image_of(&im);
        struct lockstep *k = lockstep_new(&h, &view, TICKS, message, sizeof message);
        must(!k, message);
        for (int clip = 0; clip < 3; clip++) {
            random_stimulus(r, &im, TICKS, x, jitter);
            random_izhikevich_writes(r, &im, TICKS, writes, WRITES);
            struct stimulus s = {.n_ticks = TICKS,
                                 .x = x,
                                 .jitter = clip == 1 ? 0 : jitter,
                                 .write = writes,
                                 .n_writes = clip == 0 ? WRITES : 0};
            struct lockstep_options o = {.stages = true};
            int rc = lockstep_run(k, &s, &o, sum, message, sizeof message);
            must(rc < 0, message);
            if (rc) lockstep_explain(stderr, &view, &sum->first);
            assert_int_equal(rc, 0);
            meet_corners(&view, &s, met);
        }
        words += (int64_t)3 * TICKS * image_neurons(&im) * 2;
        lockstep_free(k);
        free(memory);
    }
    assert_int_equal(sum->words, words);
    dut_close(&h);
    free(x);
}

static void nets_equal_the_reference(void **unused)
{
    (void)unused;
    struct random r = {17};
    struct lockstep_result sum = {0};
    struct corners met = {0};
    int one = 0, recurrent = 0, single = 0, delayed = 0, late_and_recurrent = 0, taps = 0;
    unsigned rounds = 0, halvings = 0;
    for (int i = 0; i < NETS; i++) {
        struct izhikevich_law law = izhikevich_of_paper;
        struct image_shape shape = shape_of_demo;
        while (i > 0) {
            law = random_izhikevich_law(&r);
            law.halvings = (uint8_t)(i * 2 % 5);
            shape = random_plain_shape(&r);
            if (!dut_check(&izhikevich_kind, &law, &shape) && (int)law.round == i % FX_ROUNDS)
                break;
        }
        for (int l = 1; i % 2 && l < shape.n_layers; l++)
            shape.layer[l].delayed = shape.layer[l].topology == IMAGE_DENSE;
        if (i == 1)
            shape = (struct image_shape){
                2, {{3, 5, IMAGE_DENSE, false, false, 1}, {5, 4, IMAGE_DENSE, true, true, 1}}};
        if (i == 2)
            shape = (struct image_shape){3,
                                         {{3, 5, IMAGE_DENSE, false, false, 1},
                                          {5, 4, IMAGE_DENSE, true, false, 1, 3, 2},
                                          {4, 1, IMAGE_DENSE, false, false, 1}}};
        for (int l = 0; l < shape.n_layers; l++) {
            one += shape.layer[l].topology == IMAGE_ONE_TO_ONE;
            recurrent += shape.layer[l].recurrent;
            single += shape.layer[l].n_out == 1;
            delayed += shape.layer[l].delayed;
            taps += shape.layer[l].taps > 1;
            late_and_recurrent += shape.layer[l].delayed && shape.layer[l].recurrent;
        }
        rounds |= 1u << law.round;
        halvings |= 1u << law.halvings;
        run_net(&r, &law, &shape, &sum, &met);
    }
    assert_true(one && recurrent && single && delayed && late_and_recurrent && taps);
    assert_int_equal(rounds, (1u << FX_ROUNDS) - 1);
    assert_int_equal(halvings, 31);
    assert_true(met.fired && met.at_peak && met.below_peak && met.held_high && met.held_low);
    assert_true(met.recover_high && met.recover_low && met.adapt_held);
    assert_true(sum.fired > 0 && sum.fired < sum.spikes);
    print_message("PASS izhikevich: %d nets, %lld state words, %lld spikes, %lld stages, 0 differ; "
                  "%lld fired, %lld at the peak, %lld just below\n",
                  NETS, (long long)sum.words, (long long)sum.spikes, (long long)sum.stages,
                  (long long)met.fired, (long long)met.at_peak, (long long)met.below_peak);
}

// Both ends of what the formats may be.
static void ends_of_formats_are_equal(void **unused)
{
    (void)unused;
    static const struct izhikevich_law ends[] = {
        {{8, 0}, {16, 0}, {20, 0}, {18, 0}, FX_CEILING, 0},
        {{1, 0}, {2, 0}, {4, 0}, {4, 0}, FX_FLOOR, 4},
        {{0, 8}, {-8, 24}, {-16, 20}, {-20, 24}, FX_AWAY, 4},
        {{-7, 8}, {1, 1}, {0, 16}, {-6, 24}, FX_TOWARD_ZERO, 1}};
    static const struct image_shape shape = {1, {{2, 3, IMAGE_DENSE, true, false, 1}}};
    struct random r = {19};
    struct lockstep_result sum = {0};
    struct corners met = {0};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        const char *what = dut_check(&izhikevich_kind, &ends[i], &shape);
        if (what) fail_msg("law %zu: %s", i, what);
        run_net(&r, &ends[i], &shape, &sum, &met);
    }
    print_message("PASS ends of formats: %lld stages, 0 differ\n", (long long)sum.stages);
}

// One neuron of the paper that a spike at tick 5 and a constant current drive.
static void *driven(const struct image_shape *shape, struct image *im, uint8_t *x)
{
    struct random r = {23};
    void *memory = random_izhikevich_image(&r, &izhikevich_of_paper, shape, im);
    for (int n = 0; n < im->layer[0].n_out; n++) {
        struct izhikevich_neuron *words = image_words(im, 0, n);
        *words = izhikevich_of(&izhikevich_of_paper, 0.1, 0.2, -65, 8);
        words->bias = word_of(150, izhikevich_of_paper.membrane);
    }
    for (int i = 0; i < im->layer[0].n_rows * im->layer[0].n_out; i++)
        im->layer[0].w[i] = 256;
    memset(x, 0, (size_t)(TICKS * im->layer[0].n_in));
    x[5 * im->layer[0].n_in + 1] = 16;
    return memory;
}

// One bit of one word in the RTL alone: found, and called by the first that it reaches.
static void a_planted_word_is_found(void **unused)
{
    (void)unused;
    static const struct {
        int bit;
        const char *what;
    } plants[] = {{3, "gather"}, {6, "recover"}, {9, "u before"}, {12, "v before"}, {14, "adapt"},
                  {4, "square"}, {9, "linear"},  {17, "fire"},    {12, "integrate"}};
    static const struct image_shape shape = {1, {{2, 3, IMAGE_DENSE, true, false, 1}}};
    struct dut_handle h;
    struct image im;
    uint8_t x[TICKS * 2];
    char message[1024] = "";
    void *memory = driven(&shape, &im, x);
    const struct law_image view = law_image_of(&im);
    struct stimulus s = {.n_ticks = TICKS, .x = x};
    open_from(&h, &izhikevich_of_paper, &shape, SPIKETWIN_ROOT, false);
    for (int word = 0; word < izhikevich_kind.first_state; word++) {
        struct lockstep_result result = {0};
        struct lockstep_options o = {0};
        struct lockstep *k = lockstep_new(&h, &view, TICKS, message, sizeof message);
        must(!k, message);
        int64_t right = law_image_word(&view, 0, word, 1, 1);
        must(dut_write(&h, &view, 0, word, 1, 1, right ^ (int64_t)fx_one(plants[word].bit), message,
                       sizeof message),
             message);
        int rc = lockstep_run(k, &s, &o, &result, message, sizeof message);
        must(rc < 0, message);
        if (!rc) fail_msg("bit %d of %s", plants[word].bit, izhikevich_kind.word[word].name);
        assert_string_equal(result.first.what, plants[word].what);
        assert_int_equal(result.first.neuron, 1);
        assert_true(result.first.root);
        lockstep_free(k);
    }
    dut_close(&h);
    free(memory);
}

// v alone where v·v is meant, in a copy of the RTL.
static void a_planted_operator_is_found(void **unused)
{
    (void)unused;
    static const struct image_shape shape = {1, {{2, 3, IMAGE_DENSE, true, false, 1}}};
    struct dut_handle h;
    struct image im;
    uint8_t x[TICKS * 2];
    char message[1024] = "", text[4096] = "";
    assert_int_equal(
        system("rm -rf " TEST_BUILD "/rtl_izhikevich && mkdir -p " TEST_BUILD "/rtl_izhikevich && "
               "cp -r " SPIKETWIN_ROOT "/rtl " TEST_BUILD "/rtl_izhikevich/ && "
               "ln -s " SPIKETWIN_ROOT "/cosim " SPIKETWIN_ROOT "/model " SPIKETWIN_ROOT
               "/base " TEST_BUILD "/rtl_izhikevich/ && "
               "sed -i \"s/= SquaredW'(v) \\* SquaredW'(v);/= SquaredW'(v);/\" " TEST_BUILD
               "/rtl_izhikevich/rtl/stw_izhikevich_neuron.sv && "
               "! cmp -s " SPIKETWIN_ROOT "/rtl/stw_izhikevich_neuron.sv " TEST_BUILD
               "/rtl_izhikevich/rtl/stw_izhikevich_neuron.sv"),
        0);
    char *root = realpath(TEST_BUILD "/rtl_izhikevich", 0);
    void *memory = driven(&shape, &im, x);
    const struct law_image view = law_image_of(&im);
    struct stimulus s = {.n_ticks = TICKS, .x = x};
    struct lockstep_result result = {0};
    struct lockstep_options o = {0};
    open_from(&h, &izhikevich_of_paper, &shape, root, false);
    struct lockstep *k = lockstep_new(&h, &view, TICKS, message, sizeof message);
    must(!k, message);
    assert_int_equal(lockstep_run(k, &s, &o, &result, message, sizeof message), 1);
    FILE *f = fmemopen(text, sizeof text, "w");
    lockstep_explain(f, &view, &result.first);
    fclose(f);
    assert_non_null(
        strstr(text, "first divergence: tick 0, layer 0, neuron 0, stage square (root)"));
    assert_non_null(strstr(text, "words: a 1638 b 3277 c -133120 d 16384 k 655 p 81920 "));
    lockstep_free(k);
    dut_close(&h);
    free(memory);
    free(root);
}

static void another_chip_is_refused(void **unused)
{
    (void)unused;
    static const struct image_shape shape = {1, {{2, 3, IMAGE_DENSE, true, false, 1}}};
    struct dut_handle h;
    struct image im;
    uint8_t x[TICKS * 2];
    char message[1024] = "";
    void *memory = driven(&shape, &im, x);
    const struct law_image view = law_image_of(&im);
    struct izhikevich_law *law = (struct izhikevich_law *)im.params;
    open_from(&h, &izhikevich_of_paper, &shape, SPIKETWIN_ROOT, false);
    law->halvings = 1;
    assert_int_equal(dut_load(&h, &view, message, sizeof message), -1);
    assert_string_equal(message, "the DUT was built for another chip: law: halvings differs");
    law->halvings = izhikevich_of_paper.halvings;
    ((struct izhikevich_neuron *)image_words(&im, 0, 2))->peak = 1 << 19;
    assert_int_equal(dut_load(&h, &view, message, sizeof message), -1);
    assert_string_equal(message, "image: a peak word is outside its format");
    dut_close(&h);
    free(memory);
}

static void what_cannot_be_built_is_refused(void **unused)
{
    (void)unused;
    char path[DUT_PATH], message[1024] = "";
    struct dut_build_options o = {SPIKETWIN_ROOT, "build/dut", false};
    struct image_shape shape = {1, {{2, 3, IMAGE_DENSE, true, false, 3}}};
    assert_int_equal(dut_build(&izhikevich_kind, &izhikevich_of_paper, &shape, &o, path, message,
                               sizeof message),
                     -1);
    assert_string_equal(message, "no RTL for this chip: spikes of a neuron in a tick: 1");
    shape.layer[0].max_spikes = 1;
    struct izhikevich_law law = izhikevich_of_paper;
    law.halvings = 5;
    assert_string_equal(dut_check(&izhikevich_kind, &law, &shape), "halvings: 0..4");
    shape.layer[0].n_out = 0;
    assert_non_null(dut_check(&izhikevich_kind, &izhikevich_of_paper, &shape));
}

static void waves_are_written(void **unused)
{
    (void)unused;
    static const struct image_shape shape = {1, {{2, 3, IMAGE_DENSE, true, false, 1}}};
    struct dut_handle h;
    struct image im;
    struct stat st;
    uint8_t x[TICKS * 2];
    char message[1024] = "";
    void *memory = driven(&shape, &im, x);
    const struct law_image view = law_image_of(&im);
    struct stimulus s = {.n_ticks = TICKS, .x = x};
    open_from(&h, &izhikevich_of_paper, &shape, SPIKETWIN_ROOT, true);
    unlink(TEST_BUILD "/izhikevich.fst");
    must(lockstep_wave(&h, &view, &s, 2, 5, TEST_BUILD "/izhikevich.fst", message, sizeof message),
         message);
    assert_int_equal(stat(TEST_BUILD "/izhikevich.fst", &st), 0);
    assert_true(st.st_size > 100);
    dut_close(&h);
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nets_equal_the_reference),
        cmocka_unit_test(ends_of_formats_are_equal),
        cmocka_unit_test(a_planted_word_is_found),
        cmocka_unit_test(a_planted_operator_is_found),
        cmocka_unit_test(another_chip_is_refused),
        cmocka_unit_test(what_cannot_be_built_is_refused),
        cmocka_unit_test(waves_are_written),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
