// Folders of words: what goes where, and which folders are refused.
#include "tests/lib/word_folder.h"

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
    assert_int_equal(d.labels.n, 2);
    assert_string_equal(d.labels.text[0], "no");
    assert_string_equal(d.labels.text[1], "yes");
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
    assert_string_equal(d.labels.text[0], "yes");
    assert_string_equal(d.labels.text[1], "no");
    assert_int_equal(d.clip[0].label, 1); // clips are sorted by path all the same
}

// Published FNV-1a values (Fowler, Noll, Vo: test vectors of 64 bit).
static void test_speaker_of_a_name(void **state)
{
    (void)state;
    put("yes/a_nohash_3.wav", "");
    put("yes/foobar_nohash_0.flac", "");
    put("no/foobar.wav", "");
    open_or_fail(NULL, 0);
    assert_true(clip_of("yes/a_nohash_3.wav")->speaker == 0xaf63dc4c8601ec8c);
    assert_true(clip_of("yes/foobar_nohash_0.flac")->speaker == 0x85944171f73967e8);
    assert_true(clip_of("no/foobar.wav")->speaker == 0x85944171f73967e8);
    assert_int_equal(d.speakers, SPEAKERS_BY_NAME);
    assert_int_equal(d.notes.n_nameless, 1);
    assert_int_equal(d.n_speakers[SPLIT_TRAIN], 3); // ann, a, foobar
    assert_int_equal(d.n_speakers[SPLIT_VALIDATION], 1);
    assert_int_equal(d.n_speakers[SPLIT_TEST], 2);
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
    assert_refused("yes,.", 0, "%s: no folder for the word `.`", dir);
    assert_refused("yes,papers", 0, "%s/papers: no audio files", dir);
    assert_refused("yes", 0, "%s: one word (`yes`), allowed is 2 or more", dir);
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
    assert_int_equal(open_dir(NULL, 0, NULL), -1);
    snprintf(other, sizeof other, "%s/no/ann_nohash_0", dir);
    snprintf(message, sizeof message, ": the same clip as %s", other);
    assert_non_null(strstr(f.text, message)); // which of the two comes first is open
}

// Labels are names of folders: blanks, commas, any letter, 255 bytes, hundreds of them.
static void test_any_label(void **state)
{
    (void)state;
    char name[300], longest[256];
    memset(longest, 'w', 255);
    longest[255] = 0;
    put("a b, c/ann_nohash_9.wav", "");
    put("\xE6\x98\xAF/ann_nohash_9.wav", "");
    put(" x /take.1.wav", "");
    snprintf(name, sizeof name, "%s/ann_nohash_9.wav", longest);
    put(name, "");
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "w%03d/ann_nohash_9.wav", i);
        put(name, "");
    }
    put("testing_list.txt", " x /take.1\n"); // exactly, and 1 is no extension
    open_or_fail(NULL, 0);
    assert_int_equal(d.labels.n, 306);
    assert_int_equal(labels_find(&d.labels, longest), 303);
    assert_int_equal(clip_of("\xE6\x98\xAF/ann_nohash_9.wav")->label, 305);
    assert_int_equal(clip_of("a b, c/ann_nohash_9.wav")->label, 1);
    assert_int_equal(clip_of(" x /take.1.wav")->split, SPLIT_TEST);
    uint64_t all = dataset_hash(&d);
    d.clip[d.n_clips - 1].label -= 256; // the hash knows labels beyond a byte
    assert_true(dataset_hash(&d) != all);
    dataset_close(&d);
    open_or_fail("a b\\, c,yes,\xE6\x98\xAF", 0);
    assert_string_equal(d.labels.text[0], "a b, c");
    dataset_close(&d);
    put("caf\xE9/ann_nohash_9.wav", "");
    assert_refused(NULL, 0, "%s/caf\\xE9: the folder's name is not UTF-8, so it is no label", dir);
    open_or_fail("yes,no", 0);
    dataset_close(&d);
    put("yes/caf\xE9.wav", "");
    assert_refused("yes,no", 0, "%s/yes/caf\\xE9.wav: the file's name is not UTF-8", dir);
}

static void test_what_is_not_read(void **state)
{
    (void)state;
    put("yes/a.mp3", "");
    put("yes/.hidden", "");
    open_or_fail(NULL, 0);
    assert_int_equal(d.notes.n_unread, 2); // and notes.txt
    assert_non_null(strstr(d.notes.unread, "yes/"));
    assert_int_equal(d.notes.n_unread_folders, 1);
    assert_string_equal(d.notes.unread_folder, "papers");
}

// A folder may hold only what is tested; to train, each label needs clips.
static void test_label_without_training(void **state)
{
    (void)state;
    put("up/bob_nohash_0.wav", "");
    put("validation_list.txt", "yes/bob_nohash_0.wav\nno/bob_nohash_0.wav\nup/bob_nohash_0.wav\n");
    open_or_fail(NULL, 0);
    const struct dataset_ask ask = {.dir = dir};
    assert_int_equal(dataset_trainable(&d, &ask, &f), -1);
    assert_string_equal(f.text, "word `up` has no training clips (0 % of speakers held back)");
    dataset_close(&d);
    open_or_fail("yes,no", 0); // its entries in the list do not matter then
    assert_int_equal(dataset_trainable(&d, &ask, &f), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_splits),
        TEST(test_words_keep_their_order),
        TEST(test_speaker_of_a_name),
        TEST(test_speakers_held_back),
        TEST(test_no_lists),
        TEST(test_words_refused),
        TEST(test_folder_refused),
        TEST(test_clip_twice),
        TEST(test_any_label),
        TEST(test_what_is_not_read),
        TEST(test_label_without_training),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
