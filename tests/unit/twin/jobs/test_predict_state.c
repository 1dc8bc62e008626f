// The state file: what was added is found, a torn tail is cut, another identity is refused, and so
// is each field that no chip can have left there, whatever its crc says.
#include "twin/jobs/lif_job.h"
#include "twin/predict/predict_state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

enum { CLIPS = 5, CHIPS = 7, TICKS = 10 };

static char folder[] = "/tmp/spiketwin-state-XXXXXX", path[64];

// Three classes on six output neurons behind four others; labels 0 1 2 0 1.
static struct dataset_clip clips[CLIPS];
static int clip[CLIPS];
static struct net net = {.words.kind = &lif_kind,
                         .shape = {.n_layers = 2, .layer = {{.n_in = 2, .n_out = 4}, {4, 6}}},
                         .labels.n = 3};
static struct corpus corpus = {.n_ticks = TICKS};
static const struct lif_job lif = {.net = &net, .corpus = &corpus, .clip = clip, .n_clips = CLIPS};
static struct task task;
static struct predict_job job;

static void decide(uint32_t k, uint16_t *decision)
{
    for (int i = 0; i < CLIPS; i++) {
        int class = (int)((k + (uint32_t)i * i) % 3);
        bool silent = class == 0 && i == (int)k % CLIPS, tied = class == 1 && k % 2;
        decision[i] = (uint16_t)(class | (silent ? DECISION_SILENT : tied ? DECISION_TIED : 0));
    }
}

static struct predict_chip chip_of(uint32_t k)
{
    struct predict_chip c = {.k = k, .clamped = k * 3, .hash = k * 0x9e37u};
    uint16_t decision[CLIPS];
    decide(k, decision);
    for (int i = 0; i < CLIPS; i++) {
        c.correct += decision_class(decision[i]) == clips[i].label;
        c.tied += (decision[i] & DECISION_TIED) != 0;
        c.silent += (decision[i] & DECISION_SILENT) != 0;
    }
    c.spikes[0] = k;
    c.spikes[1] = 2 * CLIPS + k;
    return c;
}

static struct predict_state *open_state(const char *identity)
{
    struct fail f = {""};
    struct predict_state *s = predict_state_open(path, identity, &job, &f);
    if (!s) fail_msg("%s", f.text);
    return s;
}

static void add(struct predict_state *s, uint64_t part, uint32_t k, int n)
{
    struct predict_chip chips[CHIPS];
    uint16_t decision[CHIPS][CLIPS];
    struct fail f;
    for (int i = 0; i < n; i++) {
        chips[i] = chip_of(k + (uint32_t)i);
        decide(k + (uint32_t)i, decision[i]);
    }
    assert_int_equal(predict_state_add(s, part, chips, decision[0], n, &f), 0);
}

static bool has(struct predict_state *s, uint64_t part, uint32_t k)
{
    struct predict_chip got, wanted = chip_of(k);
    uint16_t decision[CLIPS], expected[CLIPS];
    struct fail f;
    int found = predict_state_find(s, part, k, &got, decision, &f);
    assert_true(found >= 0);
    if (!found) return false;
    decide(k, expected);
    assert_memory_equal(decision, expected, sizeof decision);
    assert_int_equal(got.k, k);
    assert_int_equal(got.correct, wanted.correct);
    assert_int_equal(got.tied, wanted.tied);
    assert_int_equal(got.silent, wanted.silent);
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
    assert_null(predict_state_open(path, identity, &job, &f));
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

// Offsets of a record's fields, as twin/predict/predict_state.h says.
enum { CLAMPED = 16, SPIKES = 24, K = 88, CORRECT = 92, DECISION = 96, RECORD = 96 + CLIPS + 4 };

// A state of chips 4 and 5, the second with `size` bytes at `at` changed and its crc made right
// again: refused with that.
static void forged(int at, const void *value, size_t size, const char *why)
{
    unlink(path);
    struct predict_state *s = open_state("net=1");
    add(s, 1, 4, 2);
    predict_state_close(s);
    unsigned char bytes[RECORD];
    FILE *f = fopen(path, "r+b");
    assert_int_equal(fseek(f, -RECORD, SEEK_END), 0);
    assert_int_equal(fread(bytes, 1, RECORD, f), RECORD);
    memcpy(bytes + at, value, size);
    uint32_t crc = (uint32_t)crc32(0, bytes, RECORD - 4);
    memcpy(bytes + RECORD - 4, &crc, sizeof crc);
    assert_int_equal(fseek(f, -RECORD, SEEK_END), 0);
    assert_int_equal(fwrite(bytes, 1, RECORD, f), RECORD);
    fclose(f);
    if (why)
        refused("net=1", why);
    else
        predict_state_close(open_state("net=1"));
}

#define NOT ": not what spiketwin predict left there"

static void test_what_no_chip_can_say_is_refused(void **unused)
{
    (void)unused;
    unsigned char same = (unsigned char)chip_of(5).k;
    forged(K, &same, 1, 0); // nothing changed
    // Chip 5 says 2 0 0 2 0 (of silence and ties none); decisions 0..2, labels 0 1 2 0 1.
    static const struct {
        int64_t value;
        int at, size;
        const char *why;
    } of[] = {
        {INT64_MIN, CLAMPED, 8, "clamped, -9223372036854775808, allowed 0..328" NOT},
        {-1, CLAMPED, 8, "clamped, -1, allowed 0..328" NOT},
        {329, CLAMPED, 8, "clamped, 329, allowed 0..328" NOT},
        {-1, SPIKES, 8, "spikes of layer 0, -1, allowed 0..200" NOT},
        {INT64_MAX, SPIKES, 8, "spikes of layer 0, 9223372036854775807, allowed 0..200" NOT},
        {201, SPIKES, 8, "spikes of layer 0, 201, allowed 0..200" NOT},
        {301, SPIKES + 8, 8, "spikes of layer 1, 301, allowed 5..300" NOT},
        {4, SPIKES + 8, 8, "spikes of layer 1, 4, allowed 5..300" NOT},
        {1, SPIKES + 16, 8, "spikes of layer 2, 1, allowed 0..0" NOT},
        {-1, SPIKES + 56, 8, "spikes of layer 7, -1, allowed 0..0" NOT},
        {INT32_MIN, CORRECT, 4, "correct, -2147483648, allowed 0..0" NOT},
        {INT32_MAX, CORRECT, 4, "correct, 2147483647, allowed 0..0" NOT},
        {1, CORRECT, 4, "correct, 1, allowed 0..0" NOT},
        {3, DECISION, 1, "a decision's class, 3, allowed 0..2" NOT},
        {255, DECISION + 4, 1, "a decision's class, 63, allowed 0..2" NOT},
        {64 + 128, DECISION + 1, 1,
         "decision of item 1, 0xc000, is no decision: silence says class 0, a tie one before "
         "another, and neither is both"},
        {128 + 1, DECISION, 1,
         "decision of item 0, 0x8001, is no decision: silence says class 0, a tie one before "
         "another, and neither is both"},
        {64 + 2, DECISION, 1,
         "decision of item 0, 0x4002, is no decision: silence says class 0, a tie one before "
         "another, and neither is both"},
        {0, DECISION, 1, "correct, 0, allowed 1..1" NOT},
    };
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        char why[256];
        snprintf(why, sizeof why, "chip 5: %s", of[i].why);
        forged(of[i].at, &of[i].value, (size_t)of[i].size, why);
    }
    uint32_t four = 4;
    forged(K, &four, sizeof four, "chip 4: there twice" NOT);
}

// All clips silent, and no output spike: one without the other is refused.
static void test_silence_and_spikes_agree(void **unused)
{
    (void)unused;
    uint16_t silent[CLIPS];
    struct predict_chip chip = {.k = 9, .silent = CLIPS, .correct = 2, .spikes = {7, 0}};
    for (int i = 0; i < CLIPS; i++)
        silent[i] = DECISION_SILENT;
    for (int spikes = 0; spikes < 2; spikes++) {
        struct fail f;
        unlink(path);
        struct predict_state *s = open_state("net=1");
        chip.spikes[1] = spikes;
        assert_int_equal(predict_state_add(s, 1, &chip, silent, 1, &f), 0);
        predict_state_close(s);
        if (spikes)
            refused("net=1", "chip 9: spikes of layer 1, 1, allowed 0..0" NOT);
        else
            predict_state_close(open_state("net=1"));
    }
}

// More classes than a byte holds with its marks: two bytes a decision.
static void test_many_classes(void **unused)
{
    (void)unused;
    struct net few = net;
    int few_classes = task.n_classes;
    net.shape.layer[1].n_out = net.labels.n = task.n_classes = 300;
    uint16_t decision[CLIPS] = {299, 64 | DECISION_TIED, DECISION_SILENT, 0, 255}, got[CLIPS];
    struct predict_chip found, chip = {.k = 1, .correct = 1, .tied = 1, .silent = 1};
    struct fail f;
    chip.spikes[1] = 40;
    unlink(path);
    struct predict_state *s = open_state("net=1");
    assert_int_equal(predict_state_add(s, 1, &chip, decision, 1, &f), 0);
    predict_state_close(s);
    s = open_state("net=1");
    assert_int_equal(predict_state_find(s, 1, 1, &found, got, &f), 1);
    predict_state_close(s);
    assert_memory_equal(got, decision, sizeof got);
    assert_memory_equal(&found, &chip, sizeof found);
    net = few;
    task.n_classes = few_classes;
}

int main(void)
{
    for (int i = 0; i < CLIPS; i++) {
        clip[i] = i;
        clips[i].label = i % 3;
    }
    corpus.set.clip = clips;
    corpus.set.n_clips = CLIPS;
    struct fail f;
    if (lif_task(&task, &lif, &f)) return 1;
    job = lif_predict_job(&lif, &task);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_added_is_found),
        cmocka_unit_test(test_every_torn_tail_is_cut),
        cmocka_unit_test(test_others_are_refused),
        cmocka_unit_test(test_what_no_chip_can_say_is_refused),
        cmocka_unit_test(test_silence_and_spikes_agree),
        cmocka_unit_test(test_many_classes),
    };
    if (!mkdtemp(folder)) return 1;
    snprintf(path, sizeof path, "%s/state", folder);
    int failed = cmocka_run_group_tests(tests, 0, 0);
    rmdir(folder);
    task_fini(&task);
    return failed;
}
