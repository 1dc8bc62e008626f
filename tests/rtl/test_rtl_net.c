// rtl/stw_net.sv against the golden model, in lockstep: random laws and shapes with layers of 1 to
// 70 neurons, every stage of every neuron and tick. And: one wrong word in the RTL's memory is
// found where it is.
#include "cosim/dut/dut_build.h"
#include "cosim/lockstep/lockstep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/rtl/rtl_random.h"

enum { NETS = 12, IMAGES = 6, TICKS = 40, WRITES = 60 };

static void open_dut(struct dut_handle *h, const struct law *law, const struct image_shape *s,
                     bool waves, bool staged)
{
    char path[DUT_PATH], message[1024] = "";
    struct dut_build_options o = {SPIKETWIN_ROOT, "build/dut", waves, staged};
    if (dut_build(&lif_kind, law, s, &o, path, message, sizeof message)) fail_msg("%s", message);
    if (dut_open(h, path, message, sizeof message)) fail_msg("%s", message);
}

static void expect_same(struct lockstep *k, const struct law_image *im, const struct stimulus *s,
                        bool stages, struct lockstep_result *r)
{
    char message[1024] = "";
    struct lockstep_options o = {.stages = stages};
    int rc = lockstep_run(k, s, &o, r, message, sizeof message);
    if (rc < 0) fail_msg("%s", message);
    if (rc > 0) lockstep_explain(stderr, im, &r->first);
    assert_int_equal(rc, 0);
}

// Images of one law and shape, each with clips, on one DUT.
static void run_net(struct random *r, const struct law *law, const struct image_shape *shape,
                    bool staged, struct lockstep_result *sum)
{
    struct dut_handle h;
    char message[1024] = "";
    uint8_t *x = malloc((size_t)(TICKS * shape->layer[0].n_in));
    int32_t *wide = malloc((size_t)(TICKS * shape->layer[0].n_in) * sizeof *wide);
    int16_t jitter[TICKS];
    struct stimulus_write writes[WRITES];
    open_dut(&h, law, shape, false, staged);
    int64_t ticks = sum->ticks, words = sum->words;
    for (int i = 0; i < IMAGES; i++) {
        struct image im;
        void *memory = random_image(r, law, shape, &im);
        const struct law_image view = law_image_of(&im);
        struct lockstep *k = lockstep_new(&h, &view, TICKS, message, sizeof message);
        if (!k) fail_msg("%s", message);
        for (int clip = 0; clip < 3; clip++) {
            random_stimulus(r, &im, TICKS, x, jitter);
            random_wide(r, &im, TICKS, wide);
            random_writes(r, &im, TICKS, writes, WRITES);
            struct stimulus s = {.n_ticks = TICKS,
                                 .x = law->input_signed ? 0 : x,
                                 .wide = law->input_signed ? wide : 0,
                                 .jitter = clip == 1 ? 0 : jitter,
                                 .write = writes,
                                 .n_writes = clip == 0 ? WRITES : 0};
            expect_same(k, &view, &s, clip != 2, sum);
        }
        ticks += 3 * TICKS;
        words += (int64_t)3 * TICKS * image_neurons(&im) * law_state_words(&lif_kind, law);
        lockstep_free(k);
        free(memory);
    }
    assert_int_equal(sum->ticks, ticks);
    assert_int_equal(sum->words, words);
    dut_close(&h);
    free(x);
    free(wide);
}

// Own spikes and those that come late share a list.
static bool late_and_recurrent(const struct image_shape *s)
{
    bool any = false;
    for (int l = 0; l < s->n_layers; l++)
        any |= s->layer[l].delayed && s->layer[l].recurrent;
    return any;
}

static bool has_taps(const struct image_shape *s)
{
    bool any = false;
    for (int l = 0; l < s->n_layers; l++)
        any |= s->layer[l].taps > 1;
    return any;
}

static void nets_equal_the_model(bool staged)
{
    struct random r = {7};
    struct lockstep_result sum = {0};
    int one = 0, recurrent = 0, single = 0, current[3] = {0}, refractory = 0, delayed = 0, many = 0;
    int taps = 0;
    int beyond = 0, each = 0, wide = 0;
    run_net(&r, &law_of_demo, &shape_of_demo, staged, &sum);
    for (int i = 1; i < NETS; i++) {
        struct law law;
        struct image_shape shape;
        do { // each choice at least once among the nets
            law = random_law(&r);
            shape = random_shape(&r);
            if (i > 3) random_taps(&r, &shape);
            if (i == 1) shape = (struct image_shape){2, {{1, 1, IMAGE_DENSE, true}, {1, 1, 0, 0}}};
            if (i == 2) shape = (struct image_shape){1, {{70, 70, IMAGE_ONE_TO_ONE, false}}};
            if (i == 3) shape = (struct image_shape){1, {{70, 33, IMAGE_DENSE, true}}};
        } while (dut_check(&lif_kind, &law, &shape) || law.currents != i % 3 ||
                 (law.refractory_ticks > 0) != (i % 4 != 0) || (i < 2 && law_beyond(&law)) ||
                 (i > 6 && !law.saturate_each != !(i % 3)) ||
                 (i == 7 && !late_and_recurrent(&shape)) ||
                 (i > 7 && i < 11 && !has_taps(&shape)) || (i == 4 && !law.input_signed));
        for (int l = 0; l < shape.n_layers; l++) {
            one += shape.layer[l].topology == IMAGE_ONE_TO_ONE;
            recurrent += shape.layer[l].recurrent;
            single += shape.layer[l].n_out == 1;
            delayed += shape.layer[l].delayed;
            taps += shape.layer[l].taps > 1;
            many += shape.layer[l].max_spikes > 1;
        }
        current[law.currents]++;
        beyond += law_beyond(&law) != 0;
        each += law.saturate_each;
        wide += law.input_signed;
        refractory += law.refractory_ticks > 0;
        run_net(&r, &law, &shape, staged, &sum);
    }
    assert_true(one && recurrent && single && refractory && delayed && many && beyond && taps);
    assert_true(current[0] && current[1] && current[2] && each && wide);
    assert_true(sum.fired > 0 && sum.fired < sum.spikes && sum.stages > 0);
    print_message("PASS stw_net: %d nets, %lld state words, %lld spikes, %lld stages, 0 differ\n",
                  NETS, (long long)sum.words, (long long)sum.spikes, (long long)sum.stages);
}

static void test_nets_equal_the_model(void **unused)
{
    (void)unused;
    nets_equal_the_model(false);
}

// The same nets with registers between the stages of their neurons.
static void test_staged_nets_equal_the_model(void **unused)
{
    (void)unused;
    nets_equal_the_model(true);
}

static void test_a_wrong_word_is_found_where_it_is(void **unused)
{
    (void)unused;
    struct random r = {11};
    struct dut_handle h;
    struct image im;
    char message[1024] = "", text[8192] = "";
    uint8_t x[TICKS * 16];
    int16_t jitter[TICKS];
    void *memory = random_image(&r, &law_of_demo, &shape_of_demo, &im);
    open_dut(&h, &law_of_demo, &shape_of_demo, false, false);
    const struct law_image view = law_image_of(&im);
    struct lockstep *k = lockstep_new(&h, &view, TICKS, message, sizeof message);
    assert_non_null(k);
    random_stimulus(&r, &im, TICKS, x, jitter);
    struct stimulus s = {.n_ticks = TICKS, .x = x, .jitter = jitter};
    im.layer[1].neuron[37].bias += 1;
    assert_int_equal(dut_load(&h, &view, message, sizeof message), 0);
    im.layer[1].neuron[37].bias -= 1;

    struct lockstep_result result = {0};
    struct lockstep_options o = {0};
    assert_int_equal(lockstep_run(k, &s, &o, &result, message, sizeof message), 1);
    const struct lockstep_divergence *d = &result.first;
    assert_int_equal(d->tick, 0);
    assert_int_equal(d->layer, 1);
    assert_int_equal(d->neuron, 37);
    assert_string_equal(d->what, "integrate");
    assert_int_equal(d->got, d->expected + 1);
    assert_true(d->root);
    assert_int_equal(result.roots, 1);
    FILE *f = fmemopen(text, sizeof text, "w");
    lockstep_explain(f, &view, d);
    fclose(f);
    assert_non_null(strstr(text, "tick 0, layer 1, neuron 37, stage integrate (root)"));
    lockstep_free(k);
    dut_close(&h);
    free(memory);
}

static void test_another_image_is_refused(void **unused)
{
    (void)unused;
    struct random r = {12};
    struct dut_handle h;
    struct image im;
    char message[1024] = "";
    open_dut(&h, &law_of_demo, &shape_of_demo, false, false);
    struct law law = law_of_demo;
    law.fire_gt = true;
    void *memory = random_image(&r, &law, &shape_of_demo, &im);
    const struct law_image view = law_image_of(&im);
    assert_int_equal(dut_load(&h, &view, message, sizeof message), -1);
    assert_non_null(strstr(message, "law: fire differs"));
    im.law.fire_gt = false;
    im.layer[2].neuron[0].theta = 40000;
    assert_int_equal(dut_load(&h, &view, message, sizeof message), -1);
    assert_non_null(strstr(message, "theta"));
    free(memory);
    dut_close(&h);
}

static void test_waves_are_written(void **unused)
{
    (void)unused;
    struct random r = {13};
    struct dut_handle h;
    struct image im;
    struct stat st;
    char message[1024] = "";
    struct image_shape shape = {1, {{3, 4, IMAGE_DENSE, true}}};
    uint8_t x[8 * 3];
    int16_t jitter[8];
    void *memory = random_image(&r, &law_of_demo, &shape, &im);
    random_stimulus(&r, &im, 8, x, jitter);
    struct stimulus s = {.n_ticks = 8, .x = x, .jitter = jitter};
    open_dut(&h, &law_of_demo, &shape, true, false);
    unlink(TEST_BUILD "/test.fst");
    const struct law_image view = law_image_of(&im);
    if (lockstep_wave(&h, &view, &s, 2, 5, TEST_BUILD "/test.fst", message, sizeof message))
        fail_msg("%s", message);
    assert_int_equal(stat(TEST_BUILD "/test.fst", &st), 0);
    assert_true(st.st_size > 100);
    assert_int_equal(lockstep_wave(&h, &view, &s, 2, 8, "x", message, sizeof message), -1);
    assert_string_equal(message, "waves of ticks 2..8; there are 0..7");
    dut_close(&h);
    free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nets_equal_the_model),
        cmocka_unit_test(test_staged_nets_equal_the_model),
        cmocka_unit_test(test_a_wrong_word_is_found_where_it_is),
        cmocka_unit_test(test_another_image_is_refused),
        cmocka_unit_test(test_waves_are_written),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
