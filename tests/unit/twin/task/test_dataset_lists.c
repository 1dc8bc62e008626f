// What the text files of a folder say: splits and speakers.
#include "tests/lib/word_folder.h"

static void refuse_list(const char *list, const char *why)
{
    put("testing_list.txt", list);
    assert_refused(NULL, 0, "%s/testing_list.txt:%s", dir, why);
}

static void test_lists_refused(void **state)
{
    (void)state;
    const char *shape = "names no clip, expected LABEL/FILE";
    const char *entries[] = {
        "cid_nohash_0.wav",      "/data/yes/cid_nohash_0.wav", "corpus/yes/cid_nohash_0.wav",
        "yes\\cid_nohash_0.wav", "yes//cid_nohash_0.wav",      "yes/",
        "/yes/cid_nohash_0.wav", "../yes/cid_nohash_0.wav"};
    char list[128], why[160];
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
        snprintf(list, sizeof list, "\n%s\n", entries[i]);
        snprintf(why, sizeof why, "2: `%s` %s", entries[i], shape);
        refuse_list(list, why);
    }
    refuse_list("up/zed_nohash_0.wav\nyes/zed_nohash_0.wav\n",
                "2: `yes/zed_nohash_0.wav` is not there");
    refuse_list("\nyes/ann_nohash\n", "2: `yes/ann_nohash` is not there");
    refuse_list("yes/CID_nohash_0.wav\n", "1: `yes/CID_nohash_0.wav` is not there");
    refuse_list("Yes/cid_nohash_0.wav\n",
                "1: `Yes/cid_nohash_0.wav` has no folder here; there is `yes`");
    refuse_list("yes/bob_nohash_0.wav\n",
                "1: `yes/bob_nohash_0.wav` is in validation_list.txt as well");
    refuse_list("\n\nup/x.wav\ndown/y.wav\n",
                "3: folder `up` is not here, nor that of any of its 2 entries");
    refuse_list("yes/cid_nohash_0.wav\nup/ann_nohash_5.wav\n", // ann is in training
                "2: names speaker ann, whose clip ");
    refuse_list("\xFF\xFEy\n", " not UTF-8 text (UTF-16?): a 0 byte or a mark of UTF-16 in it");
    refuse_list("up/\x1B[2Jx\nyes/\x1B[2Jx\n", "2: `yes/\\x1B[2Jx` is not there");
    refuse_list("caf\xE9/x.wav\n",
                "1: `caf\\xE9/x.wav` has no folder here, nor a name that a folder can have");
}

// What an entry means where that is plain.
static void test_lists_honoured(void **state)
{
    (void)state;
    const char *lists[] = {
        "yes/cid_nohash_0.wav\nno/dee_nohash_0.wav\n",
        "yes/cid_nohash_0.wav\nno/dee_nohash_0.wav",
        "\xEF\xBB\xBFyes/cid_nohash_0.wav\nno/dee_nohash_0.wav\n",
        "yes/cid_nohash_0.wav\r\nno/dee_nohash_0.wav\r\n",
        "yes/cid_nohash_0.wav\rno/dee_nohash_0.wav\r",
        "./yes/cid_nohash_0.wav\n.//./no/dee_nohash_0.wav\n",
        "  yes/cid_nohash_0.wav\n\tno/dee_nohash_0.wav\n",
        "yes/cid_nohash_0.wav  \nno/dee_nohash_0.wav\t \n",
        "\n\nyes/cid_nohash_0.wav\n \t\nno/dee_nohash_0.wav\n\n",
        "yes/cid_nohash_0\nno/dee_nohash_0\n",
        "yes/cid_nohash_0.WAV\nno/dee_nohash_0.mp3\n",
        "yes/cid_nohash_0.wav\nno/dee_nohash_0.wav\nyes/cid_nohash_0.wav\n",
        "up/eve_nohash_0.wav\nyes/cid_nohash_0.wav\nno/dee_nohash_0.wav\nup/eve_nohash_1.wav\n",
    };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        put("testing_list.txt", lists[i]);
        open_or_fail(NULL, 0);
        assert_int_equal(d.n_split[SPLIT_TEST], 2);
        assert_int_equal(clip_of("yes/cid_nohash_0.wav")->split, SPLIT_TEST);
        assert_int_equal(clip_of("no/dee_nohash_0.wav")->split, SPLIT_TEST);
        bool elsewhere = i == sizeof lists / sizeof *lists - 1;
        assert_int_equal(d.notes.n_elsewhere[1], elsewhere ? 2 : 0);
        assert_int_equal(d.notes.n_elsewhere_folders[1], elsewhere ? 1 : 0);
        dataset_close(&d);
    }
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
    assert_int_equal(open_dir(NULL, 0, NULL), -1);
    assert_non_null(strstr(f.text, "speaker bob is in both validation and test: "));
    put("validation_list.txt", "yes/ann_nohash_0.wav\n"); // ann's others are training
    put("testing_list.txt", "");
    assert_int_equal(open_dir(NULL, 0, NULL), -1);
    assert_non_null(strstr(f.text, "speaker ann is in both train and validation: "));
}

static void test_speakers_by_regex(void **state)
{
    (void)state;
    assert_int_equal(open_dir(NULL, 0, "/([a-z]+)_"), 0);
    assert_int_equal(d.speakers, SPEAKERS_BY_REGEX);
    assert_string_equal(clip_of("yes/bob_nohash_0.wav")->who, "bob");
    assert_int_equal(d.n_speakers[SPLIT_TRAIN], 1);
    uint64_t by_regex = dataset_hash(&d);
    dataset_close(&d);
    open_or_fail(NULL, 0);
    assert_true(dataset_hash(&d) != by_regex);
    dataset_close(&d);
    assert_int_equal(open_dir(NULL, 0, "/([ab][a-z]+)_"), -1); // cid and dee are none
    assert_non_null(strstr(f.text,
                           "/no/dee_nohash_0.wav: --speaker `/([ab][a-z]+)_` matches nothing in "
                           "`no/dee_nohash_0.wav`"));
    assert_int_equal(open_dir(NULL, 0, "(x*)"), -1); // nobody
    assert_int_equal(open_dir(NULL, 0, "(["), -1);
    assert_non_null(strstr(f.text, "--speaker: `([`: "));
    assert_int_equal(open_dir(NULL, 0, "wav|FLAC"), -1); // all but one: one speaker everywhere
    assert_non_null(strstr(f.text, "speaker wav is in both train and validation: "));
}

static void test_speakers_by_list(void **state)
{
    (void)state;
    put("yes/two words.wav", "");
    put("speakers.txt", "\xEF\xBB\xBF./yes/ann_nohash_0.wav 7\r\nyes/ann_nohash_1\t8\r\n"
                        "yes/bob_nohash_0.wav   Bob\nyes/cid_nohash_0.wav\t a b\n"
                        "no/bob_nohash_0.wav Bob\nno/ann_nohash_0.flac 7\n"
                        "no/dee_nohash_0.wav d\nyes/two words.wav 8\nup/x.wav 9\n");
    open_or_fail(NULL, 0);
    assert_int_equal(d.speakers, SPEAKERS_BY_LIST);
    assert_int_equal(d.n_speakers[SPLIT_TRAIN], 2);
    assert_int_equal(d.n_speakers[SPLIT_VALIDATION], 1);
    assert_string_equal(clip_of("yes/cid_nohash_0.wav")->who, "a b");
    assert_string_equal(clip_of("yes/two words.wav")->who, "8");
    assert_int_equal(d.notes.n_speakers_elsewhere, 1);
    dataset_close(&d);
    put("speakers.txt", "yes/ann_nohash_0.wav 7\n");
    assert_refused(NULL, 0, "%s/speakers.txt: no entry for `no/ann_nohash_0.wav`", dir);
    put("speakers.txt", "yes/ann_nohash_0.wav 7\nyes/ann_nohash_0.flac 8\n");
    assert_refused(NULL, 0,
                   "%s/speakers.txt:2: `yes/ann_nohash_0.flac` has another speaker in line 1", dir);
    put("speakers.txt", "path speaker\n");
    assert_refused(
        NULL, 0, "%s/speakers.txt:1: `path speaker`, expected LABEL/FILE, a blank or tab, SPEAKER",
        dir);
    put("speakers.txt", "\n");
    assert_refused(NULL, 0, "%s/speakers.txt: no entry in it", dir);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_lists_refused),     TEST(test_lists_honoured),   TEST(test_leaks_refused),
        TEST(test_speakers_by_regex), TEST(test_speakers_by_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
