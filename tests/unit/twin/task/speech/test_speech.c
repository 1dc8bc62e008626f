// Recordings in memory: packed or open they are the same bits, and what became of them is said.
#include "twin/task/speech/sound_pack.h"
#include "twin/task/speech/speech.h"

#include "tests/lib/word_folder.h"

#include <omp.h>
#include <sndfile.h>

enum { RATE = 16000, CLIPS = 10, FILTERS = 16, TICKS = 125 };

static struct chip chip;
static uint32_t random_state = 1;

static int16_t draw(void)
{
    random_state = random_state * 1664525 + 1013904223;
    return (int16_t)(random_state / 65536);
}

static void record(const char *name, int frames, int channels, int rate, double gain)
{
    static float x[2 * 48000];
    char file[128];
    put(name, "");
    snprintf(file, sizeof file, "%s/%s", dir, name);
    for (int i = 0; i < frames * channels; i++)
        x[i] = (float)(gain * draw() / 32768);
    SF_INFO info = {
        .samplerate = rate, .channels = channels, .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT};
    SNDFILE *sound = sf_open(file, SFM_WRITE, &info);
    assert_non_null(sound);
    assert_int_equal(sf_writef_float(sound, x, frames), frames);
    sf_close(sound);
}

static int sounds(void **state)
{
    (void)state;
    strcpy(dir, "/tmp/test_speech.XXXXXX");
    if (!mkdtemp(dir)) return -1;
    for (int i = 0; i < CLIPS; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s/%c_nohash_0.wav", i % 2 ? "no" : "yes", 'a' + i);
        record(name, i == 8 ? RATE / 2 : RATE, 1, RATE, 0.05 * (i + 1));
    }
    put("testing_list.txt", "yes/a_nohash_0.wav\nno/b_nohash_0.wav\n");
    return chip_load(&chip, SPIKETWIN_ROOT "/chips/fpga-q8.8.yaml", &f);
}

static void test_samples_are_kept(void **state)
{
    (void)state;
    static int16_t in[RATE], out[RATE];
    size_t bytes;
    struct sound_room *r = sound_room_new(RATE);
    assert_non_null(r);
    for (int kind = 0; kind < 6; kind++) {
        for (int i = 0; i < RATE; i++)
            in[i] = (int16_t)(kind == 0   ? 0
                              : kind == 1 ? draw()
                              : kind == 2 ? (i % 2 ? 32767 : -32768)
                              : kind == 3 ? (draw() < 0 ? -32768 : 32767)
                              : kind == 4 ? i - 8000
                                          : draw() / 1000);
        memset(out, 0x55, sizeof out);
        uint8_t *packed = sound_pack(r, in, &bytes);
        assert_non_null(packed);
        sound_unpack(r, packed, bytes, out);
        assert_memory_equal(in, out, sizeof in);
        assert_in_range(bytes, 1, 2 * RATE + 100);
        if (kind == 5) assert_in_range(bytes, RATE / 2, RATE * 5 / 4); // 7 bits of 16, and more
        free(packed);
    }
    sound_room_free(r);
}

// The words of every clip, as a chip's clock and a time shift make them.
static void hear(struct speech *s, uint8_t *words)
{
    static int16_t jitter[TICKS];
    for (int t = 0; t < TICKS; t++)
        jitter[t] = (int16_t)(t * 37 % 1000 - 500);
#pragma omp parallel for
    for (int i = 0; i < CLIPS * 3; i++)
        corpus_words(&s->corpus, i / 3, i % 3 * 53 - 53, i % 2 ? jitter : NULL,
                     words + (size_t)i * TICKS * FILTERS);
}

static void test_packed_is_the_same(void **state)
{
    (void)state;
    static uint8_t words[2][CLIPS * 3 * TICKS * FILTERS];
    const struct dataset_ask ask = {.dir = dir};
    struct speech open, s;
    omp_set_num_threads(3);
    if (speech_open(&open, &chip, &ask, NULL, NULL, &f)) fail_msg("%s", f.text);
    assert_int_equal(open.n_open, CLIPS);
    assert_int_equal(open.n_packed, 0);
    assert_int_equal(open.notes.n_heard, CLIPS);
    hear(&open, words[0]);
    const size_t rooms[] = {0, 165000, 800000, 1500000};
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        if (speech_open_within(&s, &chip, &ask, NULL, rooms[i], NULL, &f)) fail_msg("%s", f.text);
        assert_int_equal(s.n_open, rooms[i] / 160064);
        assert_int_equal(s.n_open + s.n_packed, CLIPS);
        if (s.n_open == 1) assert_int_equal(s.row[0], 0); // no/b is for test
        hear(&s, words[1]);
        assert_memory_equal(words[0], words[1], sizeof words[0]);
        for (int c = 0; c < CLIPS; c++)
            assert_int_equal(corpus_crc(&s.corpus, 7, c), corpus_crc(&open.corpus, 7, c));
        assert_in_range(s.packed_bytes / s.n_packed, 10000, 32100);
        speech_close(&s);
    }
    const bool wanted[DATASET_SPLITS] = {[SPLIT_TEST] = true};
    if (speech_open_within(&s, &chip, &ask, wanted, 0, NULL, &f)) fail_msg("%s", f.text);
    assert_int_equal(s.n_packed, 2);
    speech_close(&s);
    speech_close(&open);
}

// Of a file of features come the envelopes that are kept; other clips are kept as samples, with it as without.
static void test_features_and_packed(void **state)
{
    (void)state;
    static uint8_t words[2][CLIPS * 3 * TICKS * FILTERS];
    char path[300];
    snprintf(path, sizeof path, "%s/features.bin", dir);
    struct dataset_ask ask = {.dir = dir};
    struct speech s;
    if (speech_open(&s, &chip, &ask, NULL, NULL, &f)) fail_msg("%s", f.text);
    hear(&s, words[0]);
    speech_close(&s);
    ask.features = path;
    for (int again = 0; again < 3; again++) {
        const size_t room = again < 2 ? 800000 : SPEECH_OPEN_BYTES;
        if (speech_open_within(&s, &chip, &ask, NULL, room, NULL, &f)) fail_msg("%s", f.text);
        assert_int_equal(s.n_open, again < 2 ? 4 : CLIPS);
        assert_int_equal(s.n_saved, again ? 4 : 0);
        hear(&s, words[1]);
        assert_memory_equal(words[0], words[1], sizeof words[0]);
        speech_close(&s);
    }
    assert_int_equal(remove(path), 0);
}

static void test_what_is_said(void **state)
{
    (void)state;
    record("yes/k_nohash_0.wav", 2 * RATE, 1, RATE, 0.5);     // 2 s
    record("yes/l_nohash_0.wav", RATE * 3 / 2, 1, RATE, 0.5); // 1.5 s
    record("yes/m_nohash_0.wav", 8000, 1, 8000, 0.5);
    record("yes/n_nohash_0.wav", RATE, 2, RATE, 0.5);
    record("yes/o_nohash_0.wav", RATE, 1, RATE, 0);
    record("yes/p_nohash_0.wav", RATE, 1, RATE, 1.5);
    const struct dataset_ask ask = {.dir = dir};
    struct speech s;
    if (speech_open(&s, &chip, &ask, NULL, NULL, &f)) fail_msg("%s", f.text);
    const struct speech_notes *n = &s.notes;
    assert_int_equal(n->n_heard, CLIPS + 6);
    assert_int_equal(n->n_longer, 2);
    assert_true(n->longest_ms == 2000);
    assert_non_null(strstr(s.corpus.set.clip[n->longest].path, "/k_nohash"));
    assert_int_equal(n->n_resampled, 1);
    assert_int_equal(n->n_mixed, 1);
    assert_int_equal(n->n_silent, 1);
    assert_non_null(strstr(s.corpus.set.clip[n->silent].path, "/o_nohash"));
    assert_int_equal(n->n_clipped, 1);
    assert_non_null(strstr(s.corpus.set.clip[n->clipped].path, "/p_nohash"));
    assert_in_range(n->clipped_samples, RATE / 4, RATE / 2); // a third of them
    speech_close(&s);
    record("yes/q_nohash_0.wav", 0, 1, RATE, 0);
    assert_int_equal(speech_open(&s, &chip, &ask, NULL, NULL, &f), -1);
    assert_non_null(strstr(f.text, "/q_nohash_0.wav: no samples"));
}

// 3.6 s in windows of a second are the clips that its seconds are as files; 400 ms at an end are not
// heard, 600 ms are.
static void test_windows(void **state)
{
    (void)state;
    static float x[RATE * 36 / 10];
    static uint8_t a[TICKS * FILTERS], b[TICKS * FILTERS];
    const int frames[] = {RATE * 36 / 10, RATE * 24 / 10, RATE, RATE / 2};
    const char *const name[] = {"k", "l", "m", "n"};
    struct speech s, parts;
    char file[128], entry[64];
    for (int i = 0; i < 4; i++) {
        for (int k = 0; k < frames[i]; k++)
            x[k] = (float)draw() / 40000;
        for (int part = -1; part < (frames[i] + RATE / 2) / RATE; part++) {
            SF_INFO info = {
                .samplerate = RATE, .channels = 1, .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT};
            snprintf(entry, sizeof entry, part < 0 ? "yes/%s_nohash_0.wav" : "no/%s%d_nohash_0.wav",
                     name[i], part);
            put(entry, "");
            snprintf(file, sizeof file, "%s/%s", dir, entry);
            SNDFILE *sound = sf_open(file, SFM_WRITE, &info);
            assert_non_null(sound);
            int from = part < 0 ? 0 : part * RATE, n = part < 0 ? frames[i] : RATE;
            if (n > frames[i] - from) n = frames[i] - from;
            assert_int_equal(sf_writef_float(sound, x + from, n), n);
            sf_close(sound);
        }
    }
    struct dataset_ask ask = {.dir = dir};
    if (speech_open(&parts, &chip, &ask, NULL, NULL, &f)) fail_msg("%s", f.text);
    ask.windows = true;
    if (speech_open_within(&s, &chip, &ask, NULL, 800000, NULL, &f)) fail_msg("%s", f.text);
    assert_int_equal(s.corpus.set.n_clips, parts.corpus.set.n_clips + 3 + 1);
    assert_int_equal(s.notes.n_cut, 2);
    assert_int_equal(s.notes.n_tails, 1);
    assert_in_range(s.notes.tails_ms, 399, 401);
    assert_int_equal(s.notes.n_longer, 0);
    int compared = 0;
    for (int i = 0; i < s.corpus.set.n_clips; i++) {
        const struct dataset_clip *c = &s.corpus.set.clip[i];
        const char *at = strstr(c->path, "/yes/");
        if (!at || at[5] < 'k' || at[5] > 'n') continue;
        snprintf(entry, sizeof entry, "/no/%c%d_nohash_0.wav", at[5],
                 c->window ? c->window - 1 : 0);
        if (c->window) assert_int_equal(c->path[strlen(c->path) - 1], '0' + c->window - 1);
        for (int k = 0; k < parts.corpus.set.n_clips; k++)
            if (strstr(parts.corpus.set.clip[k].path, entry)) {
                corpus_words(&s.corpus, i, 0, NULL, a);
                corpus_words(&parts.corpus, k, 0, NULL, b);
                assert_memory_equal(a, b, sizeof a);
                compared++;
            }
    }
    assert_int_equal(compared, 4 + 2 + 1 + 1);
    assert_int_not_equal(dataset_hash(&s.corpus.set), dataset_hash(&parts.corpus.set));
    speech_close(&s);
    ask = (struct dataset_ask){.dir = dir, .clip_ms = -1}; // all of the longest
    if (speech_open(&s, &chip, &ask, NULL, NULL, &f)) fail_msg("%s", f.text);
    assert_int_equal(s.clip_ms, 3600);
    assert_int_equal(s.corpus.n_ticks, 450);
    assert_int_equal(s.notes.n_longer, 0);
    assert_int_equal(s.corpus.set.n_clips, parts.corpus.set.n_clips);
    speech_close(&s);
    ask.clip_ms = 248;
    if (speech_open(&s, &chip, &ask, NULL, NULL, &f)) fail_msg("%s", f.text);
    assert_int_equal(s.corpus.n_ticks, 31);
    assert_true(s.notes.n_longer > 4 && s.notes.longest_ms == 3600);
    speech_close(&s);
    ask.clip_ms = 9;
    assert_int_equal(speech_open(&s, &chip, &ask, NULL, NULL, &f), -1);
    assert_string_equal(f.text, "clips of 9 ms, allowed 10..600000");
    speech_close(&parts);
}

int main(void)
{
#define SOUNDS(name) cmocka_unit_test_setup_teardown(name, sounds, teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples_are_kept),
        SOUNDS(test_packed_is_the_same),
        SOUNDS(test_features_and_packed),
        SOUNDS(test_what_is_said),
        SOUNDS(test_windows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
