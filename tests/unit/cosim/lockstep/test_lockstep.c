// Lockstep finds each kind of fault where it is, tells roots from what follows from them, and
// compares as many words as there are. Without RTL: the DUT is the reference law with one fault.
#include "cosim/lockstep/lockstep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/lib/fake_dut.h"
#include "tests/rtl/rtl_random.h"

enum { TICKS = 20 };

struct bench {
    struct image im;
    void *memory;
    struct image_shape shape;
    struct dut dut;
    struct dut_ops ops;
    struct dut_handle h;
    struct lockstep *k;
    uint8_t x[TICKS * 16];
    int16_t jitter[TICKS];
    struct stimulus s;
    struct lockstep_result r;
    char message[512];
};

static void setup(struct bench *b, enum fake_fault fault, int tick, int layer, int neuron)
{
    struct random r = {99};
    *b = (struct bench){0};
    struct law law = law_of_demo;
    law.refractory_ticks = 2;
    b->memory = random_image(&r, &law, &shape_of_demo, &b->im);
    random_stimulus(&r, &b->im, TICKS, b->x, b->jitter);
    b->s = (struct stimulus){TICKS, b->x, b->jitter};
    b->dut = (struct dut){
        .fault = fault, .fault_tick = tick, .fault_layer = layer, .fault_neuron = neuron};
    b->h = fake_open(&b->dut, &b->ops, &b->im, &b->shape);
    const struct law_image view = law_image_of(&b->im);
    b->k = lockstep_new(&b->h, &view, TICKS, b->message, sizeof b->message);
    assert_non_null(b->k);
}

static int run(struct bench *b, bool stages, bool keep_going)
{
    struct lockstep_options o = {stages, keep_going};
    b->r = (struct lockstep_result){0};
    return lockstep_run(b->k, &b->s, &o, &b->r, b->message, sizeof b->message);
}

static void teardown(struct bench *b)
{
    lockstep_free(b->k);
    fake_close(&b->dut);
    free(b->memory);
}

static void test_all_words_are_compared(void **unused)
{
    (void)unused;
    struct bench b;
    setup(&b, FAKE_NONE, 0, 0, 0);
    assert_int_equal(run(&b, true, false), 0);
    assert_int_equal(b.r.ticks, TICKS);
    assert_int_equal(b.r.cycles, 100 * TICKS);
    assert_int_equal(b.r.words, TICKS * 82 * 2);
    assert_int_equal(b.r.spikes, TICKS * 82);
    assert_int_equal(b.r.stages, TICKS * 82 * 8);
    assert_true(b.r.fired > 0);
    assert_int_equal(run(&b, false, false), 0);
    assert_int_equal(b.r.words, TICKS * 82 * 2);
    assert_int_equal(b.r.stages, 0);
    b.s.n_ticks = TICKS + 1;
    assert_int_equal(run(&b, false, false), -1);
    assert_string_equal(b.message, "lockstep: 21 ticks; 1..20");
    teardown(&b);
}

static void test_a_wrong_spike_is_a_root_and_has_heirs(void **unused)
{
    (void)unused;
    struct bench b;
    char text[16384] = "";
    setup(&b, FAKE_THRESHOLD, 0, 0, 3);
    int tick = 0;
    for (;; tick++) { // the first tick in which the neuron could fire and does not
        assert_true(tick < TICKS);
        b.dut.fault_tick = tick;
        if (run(&b, false, false) == 1) break;
    }
    const struct lockstep_divergence *d = &b.r.first;
    assert_int_equal(d->tick, tick);
    assert_int_equal(d->layer, 0);
    assert_int_equal(d->neuron, 3);
    assert_string_equal(d->what, "fire");
    assert_int_equal(d->expected, 0);
    assert_int_equal(d->got, 1);
    assert_true(d->root);
    assert_true(d->n_events <= 1);
    assert_int_equal(d->n_history, tick < 3 ? tick : 3);
    assert_memory_equal(d->at.before[0], d->at.before[1], sizeof d->at.before[1]);
    FILE *f = fmemopen(text, sizeof text, "w");
    const struct law_image view = law_image_of(&b.im);
    lockstep_explain(f, &view, d);
    fclose(f);
    assert_non_null(strstr(text, "layer 0, neuron 3, stage fire (root)"));
    assert_non_null(strstr(text, "XOR       0x1"));

    assert_int_equal(run(&b, false, true), 1);
    assert_int_equal(b.r.roots, 1);
    assert_true(b.r.inherited > 0);
    assert_int_equal(b.r.ticks, TICKS);
    assert_true(b.r.words_differ > 0 && b.r.spikes_differ > 0);
    teardown(&b);
}

static void test_a_stage_without_consequence_needs_stages(void **unused)
{
    (void)unused;
    struct bench b;
    setup(&b, FAKE_STAGE, 7, 1, 60);
    assert_int_equal(run(&b, false, false), 0);
    assert_int_equal(run(&b, true, true), 1);
    assert_string_equal(b.r.first.what, "leak");
    assert_int_equal(b.r.first.tick, 7);
    assert_int_equal(b.r.first.layer, 1);
    assert_int_equal(b.r.first.neuron, 60);
    assert_int_equal(b.r.first.got, b.r.first.expected + 1);
    assert_int_equal(b.r.roots, 1);
    assert_int_equal(b.r.inherited, 0);
    assert_int_equal(b.r.words_differ, 0);
    assert_int_equal(b.r.stages_differ, 1);
    teardown(&b);
}

static void test_lost_state_is_seen_before_the_step(void **unused)
{
    (void)unused;
    struct bench b;
    setup(&b, FAKE_MEMORY, 4, 2, 1);
    assert_int_equal(run(&b, false, false), 1);
    assert_string_equal(b.r.first.what, "v before");
    assert_int_equal(b.r.first.tick, 4);
    assert_int_equal(b.r.first.layer, 2);
    assert_int_equal(b.r.first.neuron, 1);
    assert_true(b.r.first.root); // the DUT itself had told the right word
    assert_int_equal(b.r.first.n_history, 3);
    assert_int_equal(b.r.first.history[0].tick, 3);
    assert_memory_equal(b.r.first.history[0].after[0], b.r.first.history[0].after[1],
                        sizeof b.r.first.history[0].after[0]);
    teardown(&b);
}

static void test_a_broken_dut_cannot_pass(void **unused)
{
    (void)unused;
    struct bench b;
    setup(&b, FAKE_ORDER, 2, 0, 0);
    assert_int_equal(run(&b, false, true), -1);
    assert_string_equal(b.message, "DUT: tick 2: commit of layer 0 neuron 1 where layer 0 neuron 0 "
                                   "is due");
    teardown(&b);
    setup(&b, FAKE_STUCK, 2, 0, 0);
    assert_int_equal(run(&b, false, true), -1);
    assert_string_equal(b.message, "DUT: tick never done");
    teardown(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_words_are_compared),
        cmocka_unit_test(test_a_wrong_spike_is_a_root_and_has_heirs),
        cmocka_unit_test(test_a_stage_without_consequence_needs_stages),
        cmocka_unit_test(test_lost_state_is_seen_before_the_step),
        cmocka_unit_test(test_a_broken_dut_cannot_pass),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
