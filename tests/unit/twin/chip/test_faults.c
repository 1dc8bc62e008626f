// Faults: lists are read whole or refused by line, what is stuck or dead is in the image, what
// flips is the same in the kernel as in the reference, and rates make the same faults for the same
// chip.
#include "tests/rtl/rtl_random.h"
#include "twin/chip/faults.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#define LIST TEST_BUILD "/faults.txt"
enum { TICKS = 30 };

static int read_list(struct faults *a, const char *text, struct fail *f)
{
    FILE *out = fopen(LIST, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
    struct law law = law_of_demo;
    law.refractory_ticks = 3;
    return faults_read(a, LIST, &lif_kind, &law, &shape_of_demo, f);
}

static void test_lists_are_read(void **unused)
{
    (void)unused;
    struct faults a;
    struct fail f = {""};
    const char *text = "# a comment\n\nflip 9 1 63 v 15 # late\nstuck 1 5 79 15 1\ndead 2 1\n"
                       "flip 3 0 2 r 1\nflip 3 1 4 weight 7 20\n";
    if (read_list(&a, text, &f)) fail_msg("%s", f.text);
    assert_int_equal(a.n_fixed, 2);
    assert_int_equal(a.n_flips, 3);
    assert_int_equal(a.flip[0].tick, 3);
    assert_int_equal(a.flip[0].word, WORD_R);
    assert_int_equal(a.flip[1].word, WORD_WEIGHT);
    assert_int_equal(a.flip[1].row, 20);
    assert_int_equal(a.flip[2].value, 1 << 15);
    faults_free(&a);
}

static void test_bad_lists_are_refused_whole(void **unused)
{
    (void)unused;
    static const struct {
        const char *text, *expected;
    } bads[] = {
        {"stuck 3 0 0 0 1\n", LIST ":1: layer, 3, allowed whole numbers 0..2"},
        {"dead 1 5\ndead 1 64\n", LIST ":2: neuron, 64, allowed whole numbers 0..63"},
        {"stuck 1 0 80 0 1\n", LIST ":1: row, 80, allowed whole numbers 0..79"},
        {"stuck 1 0 0 16 1\n", LIST ":1: bit, 16, allowed whole numbers 0..15"},
        {"stuck 1 0 0 1 2\n", LIST ":1: value, 2, allowed whole numbers 0..1"},
        {"stuck 0 0 1 0 1\n", LIST ":1: row, 1, allowed whole numbers 0..0"},
        {"flip -1 0 0 v 0\n", LIST ":1: tick, -1, allowed whole numbers 0..2147483647"},
        {"flip 1 0 0 u 0\n", LIST ":1: word, u, allowed weight, v, r"},
        {"flip 1 0 0 r 2\n", LIST ":1: bit, 2, allowed whole numbers 0..1"},
        {"flip 1 0 0 theta 2\n", LIST ":1: word, theta, allowed weight, v, r"},
        {"flip 1 0 0 v\n", LIST ":1: bit, missing, allowed whole numbers 0..15"},
        {"dead 1 5 7\n", LIST ":1: after the fault, 7, allowed nothing"},
        {"melt 1\n", LIST ":1: fault, melt, allowed stuck, dead or flip"},
        {"# nothing\n", LIST ": no fault in it"},
    };
    for (size_t i = 0; i < sizeof bads / sizeof *bads; i++) {
        struct faults a;
        struct fail f = {""};
        assert_int_equal(read_list(&a, bads[i].text, &f), -1);
        assert_string_equal(f.text, bads[i].expected);
        assert_int_equal(a.n_fixed + a.n_flips, 0);
    }
}

static void test_what_is_stuck_is_in_the_image(void **unused)
{
    (void)unused;
    struct random r = {3};
    struct image im;
    struct faults a;
    struct fail f = {""};
    void *memory = random_image(&r, &law_of_demo, &shape_of_demo, &im);
    im.layer[1].w[79 * 64 + 5] = 0x1234;
    im.layer[1].w[3 * 64 + 5] = 0x1234;
    assert_int_equal(read_list(&a, "stuck 1 5 79 15 1\nstuck 1 5 3 2 0\ndead 2 1\n", &f), 0);
    faults_fix_image(&a, &im);
    assert_int_equal(im.layer[1].w[79 * 64 + 5], 0x1234 - 0x8000);
    assert_int_equal(im.layer[1].w[3 * 64 + 5], 0x1230);
    assert_int_equal(im.layer[2].neuron[1].theta, 32767);
    assert_int_equal(im.layer[2].w[17 * 2 + 1], 0);
    assert_null(image_check(&im));
    faults_free(&a);
    free(memory);
}

// Spikes of each neuron and tick, and membranes, of one run.
static void record(const struct image *im, const struct stimulus *s, bool ref, int32_t *v)
{
    struct image_shape shape = image_shape_of(im);
    void *memory = aligned_alloc(64, network_size(&im->law, &shape));
    struct network net;
    int32_t count[2];
    struct trace t = {.count = count};
    t.layer[1] = (struct trace_layer){.v = v, .stride = 64};
    network_init(&net, im, memory);
    assert_true(net.fast);
    (ref ? network_run_ref : network_run)(&net, s, &t);
    int32_t again[2] = {count[0], count[1]};
    (ref ? network_run_ref : network_run)(&net, s, &t); // what a run wrote does not outlive it
    assert_memory_equal(again, count, sizeof again);
    free(memory);
}

static void test_flips_are_the_same_in_kernel_and_reference(void **unused)
{
    (void)unused;
    struct random r = {4};
    struct chip chip = {.kind = &lif_kind, .law = law_of_demo, .faults.bit_flips = 0.01};
    static _Alignas(64) int32_t v[4][TICKS * 64];
    uint8_t x[TICKS * 16];
    int16_t jitter[TICKS];
    struct image im;
    void *memory = random_image(&r, &law_of_demo, &shape_of_demo, &im);
    for (int i = 0; i < im.layer[1].n_rows * 64; i++)
        im.layer[1].w[i] /= 512; // so that membranes are not at their ends all the time
    for (int n = 0; n < 64; n++)
        im.layer[1].neuron[n] = (struct law_neuron){.lambda = 6000, .theta = 2000};
    random_stimulus(&r, &im, TICKS, x, jitter);
    int room = faults_room(0, &chip, &shape_of_demo, TICKS);
    assert_int_equal(room, TICKS * (16 + 64 + 2));
    struct stimulus_write *write = malloc((size_t)room * sizeof *write);
    struct stimulus s = {.n_ticks = TICKS, .x = x, .jitter = jitter};
    record(&im, &s, false, v[0]);
    faults_flip(0, &chip, &im, 1, 7, 99, &s, write);
    print_message("%d flips in %d neuron ticks\n", s.n_writes, room);
    assert_in_range(s.n_writes, 5, 60); // about 1 % of 2460
    record(&im, &s, false, v[1]);
    record(&im, &s, true, v[2]);
    assert_memory_equal(v[1], v[2], sizeof v[1]);
    assert_memory_not_equal(v[0], v[1], sizeof v[0]);
    struct stimulus_write *other = malloc((size_t)room * sizeof *other);
    struct stimulus same = s;
    faults_flip(0, &chip, &im, 1, 7, 99, &same, other);
    assert_int_equal(same.n_writes, s.n_writes);
    assert_memory_equal(other, write, (size_t)s.n_writes * sizeof *write);
    faults_flip(0, &chip, &im, 1, 0, 99, &same, other);
    assert_int_equal(same.n_writes, 0); // the nominal chip has none
    free(write);
    free(other);
    free(memory);
}

static void test_rates_make_the_same_chip(void **unused)
{
    (void)unused;
    struct chip chip = {
        .kind = &lif_kind, .law = law_of_demo, .faults = {.stuck_bits = 0.01, .dead_neurons = 0.1}};
    uint64_t hash[3];
    for (int i = 0; i < 3; i++) {
        struct random r = {5};
        struct image im, sound;
        void *memory = random_image(&r, &law_of_demo, &shape_of_demo, &im);
        r.state = 5;
        void *sound_memory = random_image(&r, &law_of_demo, &shape_of_demo, &sound);
        faults_draw_fixed(&chip, 1, i < 2 ? 7 : 8, &im);
        hash[i] = image_hash(&im);
        int changed = 0, dead = 0, rows = im.layer[1].n_rows;
        for (int w = 0; w < rows * 64; w++)
            changed += im.layer[1].w[w] != sound.layer[1].w[w];
        for (int n = 0; n < 64; n++)
            dead += im.layer[1].neuron[n].theta == 32767;
        print_message("%d of %d weights changed, %d of 64 neurons dead\n", changed, rows * 64,
                      dead);
        assert_in_range(dead, 1, 16);
        assert_in_range(changed, 400, 2000); // 16 bits of 1 %, half of them right; and the dead
        faults_draw_fixed(&chip, 1, 0, &sound);
        assert_int_equal(sound.layer[1].neuron[0].theta == 32767, false);
        free(memory);
        free(sound_memory);
    }
    assert_true(hash[0] == hash[1] && hash[0] != hash[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists_are_read),
        cmocka_unit_test(test_bad_lists_are_refused_whole),
        cmocka_unit_test(test_what_is_stuck_is_in_the_image),
        cmocka_unit_test(test_flips_are_the_same_in_kernel_and_reference),
        cmocka_unit_test(test_rates_make_the_same_chip),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
