// Folders of words: what goes where, and which folders are refused.
#include "twin/task/dataset.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char dir[64];
static struct dataset d;
static struct fail f;

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

static int teardown(void **state)
{
    (void)state;
    dataset_close(&d);
    return nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

// Writes DIR/name; folders on the way are made. Clips are never opened, so any content will do.
static void put(const char *name, const char *content)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    char *slash = strrchr(path, '/');
    *slash = 0;
    mkdir(path, 0755);
    *slash = '/';
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static int setup(void **state)
{
    (void)state;
    strcpy(dir, "/tmp/test_dataset.XXXXXX");
    if (!mkdtemp(dir)) return -1;
    put("yes/ann_nohash_0.wav", "");
    put("yes/ann_nohash_1.FLAC", "");
    put("yes/bob_nohash_0.wav", "");
    put("yes/cid_nohash_0.wav", "");
    put("yes/notes.txt", "");
    put("no/bob_nohash_0.wav", "");
    put("no/ann_nohash_0.wav", "");
    put("no/dee_nohash_0.wav", "");
    put("_background_noise_/hum.wav", "");
    put("papers/readme.txt", "");
    put("validation_list.txt", "yes/bob_nohash_0.wav\r\nno/bob_nohash_0.flac\n");
    put("testing_list.txt", "yes/cid_nohash_0\r\nno/dee_nohash_0.wav");
    return 0;
}

static void assert_refused(const char *words, int held_percent, const char *format, ...)
{
    char expected[512];
    va_list args;
    va_start(args, format);
    vsnprintf(expected, sizeof expected, format, args);
    va_end(args);
    f.text[0] = 0;
    assert_int_equal(dataset_open(&d, dir, words, held_percent, &f), -1);
    assert_string_equal(f.text, expected);
    assert_null(d.clip);
    assert_null(d.word);
}

static void open_or_fail(const char *words, int held_percent)
{
    if (dataset_open(&d, dir, words, held_percent, &f)) fail_msg("%s", f.text);
}

static void test_splits(void **state)
{
    (void)state;
    const struct {
        const char *name;
        int label;
        enum dataset_split split;
    } expected[] = {
        {"no/ann_nohash_0.wav", 0, SPLIT_TRAIN},   {"no/bob_nohash_0.wav", 0, SPLIT_VALIDATION},
        {"no/dee_nohash_0.wav", 0, SPLIT_TEST},    {"yes/ann_nohash_0.wav", 1, SPLIT_TRAIN},
        {"yes/ann_nohash_1.FLAC", 1, SPLIT_TRAIN}, {"yes/bob_nohash_0.wav", 1, SPLIT_VALIDATION},
        {"yes/cid_nohash_0.wav", 1, SPLIT_TEST},
    };
    open_or_fail(NULL, 0);
    assert_int_equal(d.n_words, 2);
    assert_string_equal(d.word[0], "no");
    assert_string_equal(d.word[1], "yes");
    assert_int_equal(d.n_clips, 7);
    for (int i = 0; i < 7; i++) {
        assert_string_equal(d.clip[i].path + strlen(dir) + 1, expected[i].name);
        assert_int_equal(d.clip[i].label, expected[i].label);
        assert_int_equal(d.clip[i].split, expected[i].split);
    }
    assert_int_equal(d.n_split[SPLIT_TRAIN], 3);
    assert_int_equal(d.n_split[SPLIT_HELD], 0);
    assert_int_equal(d.n_split[SPLIT_VALIDATION], 2);
    assert_int_equal(d.n_split[SPLIT_TEST], 2);
    assert_true(d.clip[0].speaker == d.clip[3].speaker && d.clip[3].speaker == d.clip[4].speaker);
    assert_true(d.clip[0].speaker != d.clip[1].speaker);
}

static void test_words_keep_their_order(void **state)
{
    (void)state;
    open_or_fail("yes,no", 0);
    assert_string_equal(d.word[0], "yes");
    assert_string_equal(d.word[1], "no");
    assert_int_equal(d.clip[0].label, 1); // clips are sorted by path all the same
}

// Published FNV-1a values (Fowler, Noll, Vo: test vectors of 64 bit).
static void test_speaker_hash(void **state)
{
    (void)state;
    assert_true(dataset_speaker("") == 0xcbf29ce484222325);
    assert_true(dataset_speaker("a_nohash_3.wav") == 0xaf63dc4c8601ec8c);
    assert_true(dataset_speaker("foobar_nohash_0.flac") == 0x85944171f73967e8);
    assert_true(dataset_speaker("foobar.wav") == 0x85944171f73967e8);
}

static void test_speakers_held_back(void **state)
{
    (void)state;
    char name[64];
    int held[2] = {0, 0};
    for (int s = 0; s < 200; s++)
        for (int w = 0; w < 2; w++) {
            snprintf(name, sizeof name, "%s/speaker%d_nohash_0.wav", w ? "yes" : "no", s);
            put(name, "");
        }
    open_or_fail(NULL, 25);
    for (int i = 0; i < d.n_clips; i++) {
        const struct dataset_clip *c = &d.clip[i];
        if (c->split == SPLIT_VALIDATION || c->split == SPLIT_TEST) continue;
        assert_int_equal(c->split, c->speaker % 100 < 25 ? SPLIT_HELD : SPLIT_TRAIN);
        held[c->label] += c->split == SPLIT_HELD;
    }
    assert_int_equal(held[0] + held[1], d.n_split[SPLIT_HELD]);
    assert_in_range(held[0], 30, 70); // 50 of 200 expected, 3 standard deviations and some
}

static void test_no_lists(void **state)
{
    (void)state;
    char path[128];
    snprintf(path, sizeof path, "%s/validation_list.txt", dir);
    unlink(path);
    snprintf(path, sizeof path, "%s/testing_list.txt", dir);
    unlink(path);
    open_or_fail(NULL, 0);
    assert_int_equal(d.n_split[SPLIT_TRAIN], 7);
}

static void test_words_refused(void **state)
{
    (void)state;
    assert_refused("yes,maybe", 0, "%s: no folder for the word `maybe`", dir);
    assert_refused("yes,../x", 0, "%s: no folder for the word `../x`", dir);
    assert_refused("yes,papers", 0, "%s/papers: no audio files", dir);
    assert_refused("yes", 0, "%s: one word (`yes`), allowed is 2 or more", dir);
    assert_refused("yes,no,yes", 0, "words: `yes` is twice in `yes,no,yes`");
    assert_refused("yes,,no", 0, "words: `yes,,no` has an empty word");
    assert_refused("", 0, "words: `` has an empty word");
    assert_refused(NULL, 100, "held_percent is 100, allowed is 0 to 99");
    assert_refused(NULL, -1, "held_percent is -1, allowed is 0 to 99");
}

static void test_folder_refused(void **state)
{
    (void)state;
    strcat(dir, "/papers");
    assert_refused(NULL, 0, "%s: no folder in it holds audio", dir);
    strcat(dir, "/none");
    assert_refused(NULL, 0, "%s: No such file or directory", dir);
    *strstr(dir, "/papers") = 0;
}

static void test_clip_twice(void **state)
{
    (void)state;
    put("no/ann_nohash_0.flac", "");
    char other[128], message[256];
    assert_int_equal(dataset_open(&d, dir, NULL, 0, &f), -1);
    snprintf(other, sizeof other, "%s/no/ann_nohash_0", dir);
    snprintf(message, sizeof message, ": the same clip as %s", other);
    assert_non_null(strstr(f.text, message)); // which of the two comes first is open
}

static void test_lists_refused(void **state)
{
    (void)state;
    put("testing_list.txt", "up/zed_nohash_0.wav\nyes/zed_nohash_0.wav\n");
    assert_refused(NULL, 0, "%s/testing_list.txt:2: `yes/zed_nohash_0.wav` is not there", dir);
    put("testing_list.txt", "\nyes/ann_nohash\n");
    assert_refused(NULL, 0, "%s/testing_list.txt:2: `yes/ann_nohash` is not there", dir);
    put("testing_list.txt", "cid_nohash_0.wav\n");
    assert_refused(NULL, 0, "%s/testing_list.txt:1: `cid_nohash_0.wav`, expected WORD/FILE", dir);
    put("testing_list.txt", "yes/bob_nohash_0.wav\n");
    assert_refused(
        NULL, 0, "%s/testing_list.txt:1: `yes/bob_nohash_0.wav` is in validation_list.txt as well",
        dir);
}

static void test_leaks_refused(void **state)
{
    (void)state;
    put("yes/bob_nohash_7.wav", ""); // bob is in validation
    assert_refused(NULL, 0,
                   "speaker bob is in both train and validation: %s/yes/bob_nohash_7.wav, "
                   "%s/no/bob_nohash_0.wav",
                   dir, dir);
    put("testing_list.txt", "yes/bob_nohash_7.wav\n");
    assert_int_equal(dataset_open(&d, dir, NULL, 0, &f), -1);
    assert_non_null(strstr(f.text, "speaker bob is in both validation and test: "));
    put("validation_list.txt", "yes/ann_nohash_0.wav\n"); // ann's others are training
    put("testing_list.txt", "");
    assert_int_equal(dataset_open(&d, dir, NULL, 0, &f), -1);
    assert_non_null(strstr(f.text, "speaker ann is in both train and validation: "));
}

static void test_word_without_training(void **state)
{
    (void)state;
    put("up/bob_nohash_0.wav", "");
    put("validation_list.txt", "yes/bob_nohash_0.wav\nno/bob_nohash_0.wav\nup/bob_nohash_0.wav\n");
    assert_refused(NULL, 0, "word `up` has no training clips (0 %% of speakers held back)");
    open_or_fail("yes,no", 0); // its entries in the list do not matter then
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_splits),
        TEST(test_words_keep_their_order),
        TEST(test_speaker_hash),
        TEST(test_speakers_held_back),
        TEST(test_no_lists),
        TEST(test_words_refused),
        TEST(test_folder_refused),
        TEST(test_clip_twice),
        TEST(test_lists_refused),
        TEST(test_leaks_refused),
        TEST(test_word_without_training),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
