// Sound files that are whole, cut off, of unknown length or at odds with their header: heard to the
// last sample, or refused. Most are made byte by byte here, as libsndfile writes only good ones.
#include "twin/task/speech/audio.h"

#include <math.h>
#include <setjmp.h>
#include <sndfile.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { RATE = 16000, N = 4000, ALL = 2 * N, BIG = 1, UNKNOWN = 0xFFFFFFFF };

static char path[64];
static struct fail f;
static int16_t in[N], out[RATE];
static unsigned char bytes[1 << 18];
static size_t size;

static int setup(void **state)
{
    (void)state;
    uint32_t r = 1;
    for (int i = 0; i < N; i++)
        in[i] = (int16_t)((r = r * 1664525 + 1013904223) / 65536);
    in[N - 1] = 77; // not 0: a clip that ends early differs
    size = 0;
    strcpy(path, "/tmp/test_whole.XXXXXX");
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
    (void)state;
    return unlink(path);
}

static void text(const char *four)
{
    memcpy(bytes + size, four, 4);
    size += 4;
}

static void put(uint64_t x, int n, int big)
{
    for (int i = 0; i < n; i++)
        bytes[size + (size_t)(big ? n - 1 - i : i)] = (unsigned char)(x >> (8 * i));
    size += (size_t)n;
}

// The first n_bytes of the samples.
static void sound(size_t n_bytes, int big)
{
    size_t end = size + n_bytes;
    for (int i = 0; i < N; i++)
        put((uint16_t)in[i], 2, big);
    size = end;
}

static void save(void)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

static void is_heard(const char *what)
{
    memset(out, 0x55, sizeof out);
    if (audio_load(path, RATE, RATE, out, NULL, &f)) fail_msg("%s: %s", what, f.text);
    if (memcmp(out, in, sizeof in) != 0 || out[N]) fail_msg("%s: heard as something else", what);
}

static void is_refused(const char *what, const char *why)
{
    if (!audio_load(path, RATE, RATE, out, NULL, &f)) fail_msg("%s: heard", what);
    if (strncmp(f.text, path, strlen(path)) != 0 || !strstr(f.text, why))
        fail_msg("%s: %s\nwanted: %s", what, f.text, why);
}

// RIFF or RIFX: what its header says of its size, and how many bytes are there.
static void riff(uint64_t says, size_t there, int big)
{
    size = 0;
    text(big ? "RIFX" : "RIFF");
    put(says == UNKNOWN || !says ? says : 36 + says, 4, big);
    text("WAVE");
    text("fmt ");
    put(16, 4, big);
    put(1, 2, big), put(1, 2, big), put(RATE, 4, big), put(2 * RATE, 4, big);
    put(2, 2, big), put(16, 2, big);
    text("data");
    put(says, 4, big);
    sound(there, big);
    save();
}

static void test_wav(void **state)
{
    (void)state;
    const uint64_t unknown[] = {UNKNOWN, 0, 0x7FFFF000, 0x7FFFFFFF, 0x80000000};
    for (int big = 0; big < 2; big++) {
        riff(ALL, ALL, big);
        is_heard("whole");
        for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
            riff(unknown[i], ALL, big);
            is_heard("length unknown");
            riff(unknown[i], ALL - 1, big);
            is_refused("length unknown, half a sample", "no whole frames");
        }
        riff(ALL, ALL / 2, big);
        is_refused("cut", "truncated: its header promises 8000 bytes, 4000 are there");
        riff(ALL, 0, big);
        is_refused("header only", "truncated: its header promises 8000 bytes, 0 are there");
        riff(ALL / 2, ALL, big);
        is_refused("more than it says",
                   "promises 4000 bytes of sound, 4000 follow that are no chunk");
        riff(0, 0, big);
        is_refused("empty", "no samples");
    }
    riff(ALL, ALL, 0);
    text("LIST"), put(4, 4, 0), text("INFO");
    save();
    is_heard("a chunk behind the sound");
    size -= 12;
    memset(bytes + size, 0, 5);
    size += 5;
    save();
    is_heard("padding behind the sound");
    riff(0, 0, 0);
    text("LIST"), put(4, 4, 0), text("INFO");
    save();
    is_refused("empty, and a chunk", "no samples");
}

static void rf64(uint64_t says, size_t there)
{
    size = 0;
    text("RF64"), put(UNKNOWN, 4, 0), text("WAVE");
    text("ds64"), put(28, 4, 0), put(says ? says + 72 : 0, 8, 0), put(says, 8, 0);
    put(says / 2, 8, 0), put(0, 4, 0);
    text("fmt "), put(16, 4, 0), put(1, 2, 0), put(1, 2, 0), put(RATE, 4, 0);
    put(2 * RATE, 4, 0), put(2, 2, 0), put(16, 2, 0);
    text("data"), put(UNKNOWN, 4, 0);
    sound(there, 0);
    save();
}

static void test_rf64(void **state)
{
    (void)state;
    rf64(ALL, ALL), is_heard("whole");
    rf64(0, ALL), is_heard("length unknown");
    rf64(ALL, 4004), is_refused("cut", "truncated: its header promises 8000 bytes, 4004 are there");
    rf64(ALL / 2, ALL), is_refused("more than it says", "4000 follow that are no chunk");
}

static void au(uint64_t says, size_t there)
{
    size = 0;
    text(".snd"), put(24, 4, BIG), put(says, 4, BIG), put(3, 4, BIG), put(RATE, 4, BIG);
    put(1, 4, BIG);
    sound(there, BIG);
    save();
}

static void test_au(void **state)
{
    (void)state;
    au(ALL, ALL), is_heard("whole");
    au(UNKNOWN, ALL), is_heard("length unknown");
    au(ALL, 4000), is_refused("cut", "truncated: its header promises 8000 bytes, 4000 are there");
    au(4000, ALL), is_refused("more than it says", "promises 4000 bytes of sound, 8000 are there");
}

static void aiff(uint64_t frames, uint64_t says, size_t there)
{
    size = 0;
    text("FORM"), put(46 + there, 4, BIG), text("AIFF");
    text("COMM"), put(18, 4, BIG), put(1, 2, BIG), put(frames, 4, BIG), put(16, 2, BIG);
    put(0x400C, 2, BIG), put(0xFA00000000000000, 8, BIG); // 16000, 80-bit
    text("SSND"), put(says, 4, BIG), put(0, 8, BIG);
    sound(there, BIG);
    save();
}

static void test_aiff(void **state)
{
    (void)state;
    aiff(N, ALL + 8, ALL), is_heard("whole");
    aiff(N, ALL + 8, 4000), is_refused("cut", "truncated: its header promises 8008 bytes");
    aiff(N / 2, ALL + 8, ALL), is_refused("fewer", "promises 2000 frames, and bytes of 4000");
    aiff(0, 0, ALL), is_refused("of a pipe", "nothing shows that it is whole");
}

static void nist(int frames, size_t there)
{
    memset(bytes, 0, 1024);
    snprintf((char *)bytes, 1024,
             "NIST_1A\n   1024\nsample_count -i %d\nsample_rate -i 16000\nchannel_count -i 1\n"
             "sample_byte_format -s2 01\nsample_n_bytes -i 2\nsample_sig_bits -i 16\n"
             "sample_coding -s3 pcm\nend_head\n",
             frames);
    size = 1024;
    sound(there, 0);
    save();
}

static void test_nist(void **state)
{
    (void)state;
    nist(N, ALL), is_heard("whole");
    nist(N, 3488), is_refused("cut", "truncated: its header promises 8000 bytes, 3488 are there");
    nist(N / 2, ALL),
        is_refused("more than it says", "promises 4000 bytes of sound, 8000 are there");
}

static void caf(uint64_t says, size_t there)
{
    size = 0;
    text("caff"), put(1, 2, BIG), put(0, 2, BIG);
    text("desc"), put(32, 8, BIG), put(0x40CF400000000000, 8, BIG), text("lpcm"); // 16000, double
    put(0, 4, BIG), put(2, 4, BIG), put(1, 4, BIG), put(1, 4, BIG), put(16, 4, BIG);
    text("data"), put(says, 8, BIG), put(0, 4, BIG);
    sound(there, BIG);
    save();
}

static void test_caf(void **state)
{
    (void)state;
    caf(ALL + 4, ALL), is_heard("whole");
    caf(ALL + 4, 4000), is_refused("cut", ": ");
}

// A file of libsndfile, whose bytes are taken to be changed.
static void of_library(int format)
{
    SF_INFO info = {.samplerate = RATE, .channels = 1, .format = format};
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    if (!file) fail_msg("%s", sf_strerror(NULL));
    assert_int_equal(sf_writef_short(file, in, N), N);
    sf_close(file);
    FILE *again = fopen(path, "rb");
    assert_non_null(again);
    size = fread(bytes, 1, sizeof bytes, again);
    fclose(again);
}

static void test_w64_and_flac(void **state)
{
    (void)state;
    of_library(SF_FORMAT_W64 | SF_FORMAT_PCM_16), is_heard("W64");
    size -= 3000, save(), is_refused("W64, cut", "truncated: its header promises 8000 bytes, 5000");
    of_library(SF_FORMAT_FLAC | SF_FORMAT_PCM_16), is_heard("FLAC");
    size /= 2, save(), is_refused("FLAC, cut", "truncated: its header promises 4000 frames, ");
    of_library(SF_FORMAT_FLAC | SF_FORMAT_PCM_16);
    bytes[size / 2] ^= 16, save(), is_refused("FLAC, one bit", "truncated: ");
    of_library(SF_FORMAT_FLAC | SF_FORMAT_PCM_16);
    memset(bytes + 22, 0, 4), bytes[21] &= 0xF0; // the count of samples
    save(), is_refused("FLAC of a pipe", "nothing shows that it is whole: made by a pipe");
}

static void test_ogg(void **state)
{
    (void)state;
    const int format = SF_FORMAT_OGG | SF_FORMAT_VORBIS;
    of_library(format);
    assert_int_equal(audio_load(path, RATE, RATE, out, NULL, &f), 0); // Vorbis loses bits
    size_t whole = size, last = 0;
    for (size_t i = 1; i + 4 < size; i++)
        if (!memcmp(bytes + i, "OggS", 4)) last = i;
    assert_true(last > 0);
    size = last, save(),
    is_refused("cut between pages", "truncated: the last page of its stream is not there");
    of_library(format);
    size = whole - 10, save(), is_refused("cut in a page", "truncated: half a page at its end");
    of_library(format);
    bytes[last + 100] ^= 1, save(), is_refused("one bit", "damaged: page ");
    of_library(format);
    memcpy(bytes + size, bytes, size), size *= 2;
    save(), is_refused("two streams", "more than one stream of sound in it");
    of_library(format);
    memset(bytes + size, 0, 100), size += 100;
    save(), is_refused("more behind it", "damaged: no page of Ogg at byte ");
}

// Containers of which nothing shows that they are whole.
static void test_others(void **state)
{
    (void)state;
    const int others[] = {SF_FORMAT_VOC,  SF_FORMAT_AVR, SF_FORMAT_IRCAM, SF_FORMAT_MAT4,
                          SF_FORMAT_MAT5, SF_FORMAT_PVF, SF_FORMAT_SVX,   SF_FORMAT_PAF,
                          SF_FORMAT_HTK,  SF_FORMAT_SDS};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        of_library(others[i] | SF_FORMAT_PCM_16);
        is_refused("other", "nothing shows that such a file is whole; convert it to WAV or FLAC");
    }
}

static void floats(float peak, int format)
{
    float x[N];
    for (int i = 0; i < N; i++)
        x[i] = 0.1F;
    x[7] = peak;
    SF_INFO info = {.samplerate = RATE, .channels = 1, .format = SF_FORMAT_WAV | format};
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    assert_non_null(file);
    assert_int_equal(sf_writef_float(file, x, N), N);
    sf_close(file);
}

static void test_scale_of_floats(void **state)
{
    (void)state;
    struct audio_heard h;
    const int format[] = {SF_FORMAT_FLOAT, SF_FORMAT_DOUBLE};
    for (int i = 0; i < 2; i++) {
        floats(1, format[i]);
        assert_int_equal(audio_load(path, RATE, RATE, out, &h, &f), 0);
        assert_true(h.clipped == 0 && !h.silent && h.ms == 250);
        floats(-1.5F, format[i]);
        assert_int_equal(audio_load(path, RATE, RATE, out, &h, &f), 0);
        assert_int_equal(h.clipped, 1);
        floats(AUDIO_MAX_PEAK + 0.5F, format[i]), is_refused("loud", "its peak is 8.5, ");
        floats(-20559, format[i]), is_refused("integers", "its peak is 20559, ");
        floats(127, format[i]), is_refused("integers of 8 bits", "its peak is 127, ");
        floats(NAN, format[i]), is_refused("NaN", "sample 7 is not a finite number");
    }
}

static void test_what_is_said(void **state)
{
    (void)state;
    struct audio_heard h;
    riff(ALL, ALL, 0);
    assert_int_equal(audio_load(path, RATE, N, out, &h, &f), 0);
    assert_true(h.ms == 250 && !h.silent && !h.resampled && !h.mixed);
    assert_int_equal(audio_load(path, RATE / 2, N / 2, out, &h, &f), 0);
    assert_true(h.ms == 250 && h.resampled);
    for (int i = 0; i < N / 2; i++)
        in[i] = 0;
    riff(ALL, ALL, 0);
    assert_int_equal(audio_load(path, RATE, N / 2, out, &h, &f), 0); // sound begins behind it
    assert_true(h.silent);
    assert_int_equal(audio_load(path, RATE, N / 2 + 1, out, &h, &f), 0);
    assert_false(h.silent);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_wav),          TEST(test_rf64),
        TEST(test_au),           TEST(test_aiff),
        TEST(test_nist),         TEST(test_caf),
        TEST(test_ogg),          TEST(test_w64_and_flac),
        TEST(test_others),       TEST(test_scale_of_floats),
        TEST(test_what_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
