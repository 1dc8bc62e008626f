// The state file: what was added is found, a torn tail is cut, another identity is refused.
#include "twin/predict/predict_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { CLIPS = 5, CHIPS = 7 };

static char folder[] = "/tmp/spiketwin-state-XXXXXX", path[64];

static struct predict_chip chip_of(uint32_t k)
{
    struct predict_chip c = {.k = k, .correct = (int)k % 6, .clamped = k * 3, .hash = k * 0x9e37u};
    for (int l = 0; l < IMAGE_MAX_LAYERS; l++)
        c.spikes[l] = (int64_t)k * 100 + l;
    return c;
}

static void decision_of(uint32_t k, uint8_t *decision)
{
    for (int i = 0; i < CLIPS; i++)
        decision[i] = (uint8_t)(k + (uint32_t)i);
}

static struct predict_state *open_state(const char *identity)
{
    struct fail f = {""};
    struct predict_state *s = predict_state_open(path, identity, CLIPS, &f);
    if (!s) fail_msg("%s", f.text);
    return s;
}

static void add(struct predict_state *s, uint64_t part, uint32_t k, int n)
{
    struct predict_chip chips[CHIPS];
    uint8_t decision[CHIPS][CLIPS];
    struct fail f;
    for (int i = 0; i < n; i++) {
        chips[i] = chip_of(k + (uint32_t)i);
        decision_of(k + (uint32_t)i, decision[i]);
    }
    assert_int_equal(predict_state_add(s, part, chips, decision[0], n, &f), 0);
}

static bool has(struct predict_state *s, uint64_t part, uint32_t k)
{
    struct predict_chip got, wanted = chip_of(k);
    uint8_t decision[CLIPS], expected[CLIPS];
    struct fail f;
    int found = predict_state_find(s, part, k, &got, decision, &f);
    assert_true(found >= 0);
    if (!found) return false;
    decision_of(k, expected);
    assert_memory_equal(decision, expected, CLIPS);
    assert_int_equal(got.k, k);
    assert_int_equal(got.correct, wanted.correct);
    assert_int_equal(got.clamped, wanted.clamped);
    assert_int_equal(got.hash, wanted.hash);
    assert_memory_equal(got.spikes, wanted.spikes, sizeof got.spikes);
    return true;
}

static void test_what_was_added_is_found(void **unused)
{
    (void)unused;
    unlink(path);
    struct predict_state *s = open_state("net=1");
    assert_int_equal(predict_state_chips(s), 0);
    assert_false(has(s, 1, 4));
    add(s, 1, 4, 3);
    add(s, 2, 1, 1);
    assert_true(has(s, 1, 4) && has(s, 1, 6) && has(s, 2, 1));
    assert_false(has(s, 1, 7) || has(s, 2, 4) || has(s, 3, 1));
    predict_state_close(s);
    s = open_state("net=1");
    assert_int_equal(predict_state_chips(s), 4);
    assert_true(has(s, 1, 5) && has(s, 2, 1));
    add(s, 2, 2, 2);
    assert_true(has(s, 2, 3) && has(s, 1, 4));
    predict_state_close(s);
}

// Killed at any byte: what is whole is there, what is not is run again and added behind it.
static void test_every_torn_tail_is_cut(void **unused)
{
    (void)unused;
    unlink(path);
    struct predict_state *s = open_state("net=1");
    add(s, 1, 1, 1);
    predict_state_close(s);
    FILE *f = fopen(path, "rb");
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    long one = ftell(f);
    fclose(f);
    s = open_state("net=1");
    add(s, 1, 2, 1);
    predict_state_close(s);
    f = fopen(path, "rb");
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    long two = ftell(f);
    char *bytes = malloc((size_t)two);
    rewind(f);
    assert_int_equal(fread(bytes, 1, (size_t)two, f), two);
    fclose(f);
    for (long cut = one; cut <= two; cut++)
        for (int damaged = 0; damaged < 2; damaged++) {
            f = fopen(path, "wb");
            fwrite(bytes, 1, (size_t)cut, f);
            // A tail that has its length but not its bytes, as after a loss of power.
            for (long i = cut; damaged && i < two; i++)
                fputc(0xa5, f);
            fclose(f);
            s = open_state("net=1");
            bool whole = cut == two;
            assert_int_equal(predict_state_chips(s), 1 + whole);
            assert_true(has(s, 1, 1));
            assert_int_equal(has(s, 1, 2), whole);
            add(s, 1, 3, 2);
            predict_state_close(s);
            s = open_state("net=1");
            assert_int_equal(predict_state_chips(s), 3 + whole);
            assert_true(has(s, 1, 1) && has(s, 1, 3) && has(s, 1, 4));
            predict_state_close(s);
        }
    free(bytes);
}

static void refused(const char *identity, const char *why)
{
    struct fail f = {""};
    char message[256];
    snprintf(message, sizeof message, "%s: %s", path, why);
    assert_null(predict_state_open(path, identity, CLIPS, &f));
    assert_string_equal(f.text, message);
}

static void test_others_are_refused(void **unused)
{
    (void)unused;
    unlink(path);
    struct predict_state *s = open_state("net=1 seed=2");
    refused("net=1 seed=2", "in use by another process");
    predict_state_close(s);
    refused("net=1 seed=3", "of another prediction: it has seed=2, "
                            "asked for is seed=3");
    FILE *f = fopen(path, "r+b");
    fseek(f, 14, SEEK_SET);
    fputc('x', f);
    fclose(f);
    refused("net=1 seed=2", "damaged: its head");
    f = fopen(path, "wb");
    fputs("no such file", f);
    fclose(f);
    refused("net=1 seed=2", "not a state file of spiketwin predict");
    unlink(path);
    struct predict_chip chip;
    struct fail why;
    assert_int_equal(predict_state_find(0, 1, 1, &chip, 0, &why), 0);
    assert_int_equal(predict_state_add(0, 1, &chip, 0, 1, &why), 0);
    assert_int_equal(predict_state_sync(0, &why), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_added_is_found),
        cmocka_unit_test(test_every_torn_tail_is_cut),
        cmocka_unit_test(test_others_are_refused),
    };
    if (!mkdtemp(folder)) return 1;
    snprintf(path, sizeof path, "%s/state", folder);
    int failed = cmocka_run_group_tests(tests, 0, 0);
    rmdir(folder);
    return failed;
}
