// Sound files: what was written comes back, and every damaged file is named with its reason.
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

enum {
    RATE = 16000,
    WAV = SF_FORMAT_WAV | SF_FORMAT_PCM_16,
    FLAC = SF_FORMAT_FLAC | SF_FORMAT_PCM_16
};

static char path[64];
static struct fail f;

static int setup(void **state)
{
    (void)state;
    strcpy(path, "/tmp/test_audio.XXXXXX");
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
    (void)state;
    return unlink(path);
}

static SNDFILE *create(int format, int rate, int channels)
{
    SF_INFO info = {.samplerate = rate, .channels = channels, .format = format};
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    if (!file) fail_msg("%s", sf_strerror(NULL));
    return file;
}

static void write_words(int format, int rate, int channels, const int16_t *x, int frames)
{
    SNDFILE *file = create(format, rate, channels);
    assert_int_equal(sf_writef_short(file, x, frames), frames);
    sf_close(file);
}

static void write_floats(const float *x, int frames)
{
    SNDFILE *file = create(SF_FORMAT_WAV | SF_FORMAT_FLOAT, RATE, 1);
    assert_int_equal(sf_writef_float(file, x, frames), frames);
    sf_close(file);
}

static void write_bytes(const void *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    fclose(file);
}

static void random_words(int16_t *x, int n)
{
    uint32_t r = 1;
    for (int i = 0; i < n; i++)
        x[i] = (int16_t)((r = r * 1664525 + 1013904223) >> 16);
}

// The file must be refused with exactly `PATH: reason`.
static void assert_refused(const char *reason)
{
    char expected[256];
    int16_t x[100];
    snprintf(expected, sizeof expected, "%s: %s", path, reason);
    f.text[0] = 0;
    assert_int_equal(audio_load(path, RATE, 100, x, NULL, &f), -1);
    assert_string_equal(f.text, expected);
}

static void test_same_rate_is_exact(void **state)
{
    (void)state;
    const int formats[] = {WAV, FLAC, SF_FORMAT_WAV | SF_FORMAT_PCM_24,
                           SF_FORMAT_AIFF | SF_FORMAT_PCM_16};
    static int16_t in[10000], out[12000];
    random_words(in, 10000);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        write_words(formats[i], RATE, 1, in, 10000);
        memset(out, 0x55, sizeof out);
        assert_int_equal(audio_load(path, RATE, 12000, out, NULL, &f), 0);
        assert_memory_equal(out, in, sizeof in);
        for (int k = 10000; k < 12000; k++)
            assert_int_equal(out[k], 0);
        assert_int_equal(audio_load(path, RATE, 777, out, NULL, &f), 0);
        assert_memory_equal(out, in, 777 * sizeof *in);
    }
}

static void test_stereo_is_averaged(void **state)
{
    (void)state;
    const int16_t in[] = {100, 200, -32768, -32768, 32767, -32767, 1, 2, 3, 4, -1, -2};
    const int16_t expected[] = {150, -32768, 0, 2, 4, -2}; // 1.5, 3.5, -1.5: ties to even
    int16_t out[6];
    for (int format = 0; format < 2; format++) {
        write_words(format ? FLAC : WAV, RATE, 2, in, 6);
        assert_int_equal(audio_load(path, RATE, 6, out, NULL, &f), 0);
        assert_memory_equal(out, expected, sizeof expected);
    }
}

static void test_float_is_rounded_and_saturated(void **state)
{
    (void)state;
    const float lsb = 1.0F / 32768;
    const float in[] = {1.5F,       1,           -1,          -7,         0.5F * lsb,
                        1.5F * lsb, -0.5F * lsb, -2.5F * lsb, 0.51F * lsb};
    const int16_t expected[] = {32767, 32767, -32768, -32768, 0, 2, 0, -2, 1};
    int16_t out[9];
    write_floats(in, 9);
    assert_int_equal(audio_load(path, RATE, 9, out, NULL, &f), 0);
    assert_memory_equal(out, expected, sizeof expected);
}

static double tone(int i, int rate)
{
    return 10000 * sin(2 * M_PI * 440 * i / rate);
}

// A tone keeps its pitch, phase and loudness at any rate and channel count.
static void test_resampled_tone(void **state)
{
    (void)state;
    const int rates[] = {8000, 22050, 44100, 48000};
    static int16_t in[2 * 48000], out[RATE];
    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++)
        for (int channels = 1; channels <= 2; channels++)
            for (int format = 0; format < 2; format++) {
                for (int i = 0; i < rates[r] * channels; i++)
                    in[i] = (int16_t)lrint(tone(i / channels, rates[r]));
                write_words(format ? FLAC : WAV, rates[r], channels, in, rates[r]);
                assert_int_equal(audio_load(path, RATE, RATE, out, NULL, &f), 0);
                double worst = 0;
                for (int i = 200; i < RATE - 200; i++)
                    worst = fmax(worst, fabs(out[i] - tone(i, RATE)));
                if (worst > 4)
                    fail_msg("%d Hz, %d channels: off by %g LSB", rates[r], channels, worst);
            }
}

// Only the start of a long file is kept; it must not be heard where it was cut.
static void test_resampled_start_does_not_depend_on_length(void **state)
{
    (void)state;
    static int16_t in[3 * 44100], some[RATE], more[2 * RATE];
    random_words(in, 3 * 44100);
    write_words(WAV, 44100, 1, in, 3 * 44100);
    assert_int_equal(audio_load(path, RATE, RATE, some, NULL, &f), 0);
    assert_int_equal(audio_load(path, RATE, 2 * RATE, more, NULL, &f), 0);
    assert_memory_equal(some, more, sizeof some);
}

static void test_not_a_file(void **state)
{
    (void)state;
    int16_t x[10];
    assert_int_equal(audio_load("/nowhere/a.wav", RATE, 10, x, NULL, &f), -1);
    assert_string_equal(f.text, "/nowhere/a.wav: No such file or directory");
    assert_int_equal(audio_load("/tmp", RATE, 10, x, NULL, &f), -1);
    assert_string_equal(f.text, "/tmp: not a file");
    assert_refused("empty file");
    write_bytes("hello, world\n", 13);
    assert_refused("not a sound file: Format not recognised.");
}

static void test_truncated(void **state)
{
    (void)state;
    static int16_t in[16000];
    static uint8_t bytes[40000];
    random_words(in, 16000);

    write_words(WAV, RATE, 1, in, 16000);
    assert_int_equal(truncate(path, 20044), 0);
    assert_refused("truncated: its header promises 32000 bytes, 20000 are there");

    write_words(WAV, RATE, 1, in, 16000); // a data chunk longer than the file around it
    FILE *file = fopen(path, "rb+");
    assert_int_equal(fread(bytes, 1, sizeof bytes, file), 32044);
    assert_memory_equal(bytes + 36, "data", 4);
    fseek(file, 40, SEEK_SET);
    assert_int_equal(fwrite("\0\0\1\0", 1, 4, file), 4);
    fclose(file);
    assert_refused("truncated: its header promises 65536 bytes, 32000 are there");

    write_words(FLAC, RATE, 1, in, 16000);
    assert_int_equal(truncate(path, 20000), 0);
    int16_t x[100];
    assert_int_equal(audio_load(path, RATE, 100, x, NULL, &f),
                     -1); // frames there depend on the coder
    assert_non_null(strstr(f.text, ": truncated: its header promises 16000 frames, "));
}

static void test_bad_content(void **state)
{
    (void)state;
    static float in[9000];
    in[0] = NAN;
    write_floats(in, 9000);
    assert_refused("sample 0 is not a finite number");
    in[0] = 0;
    in[8999] = -INFINITY; // behind all that was asked for
    write_floats(in, 9000);
    assert_refused("sample 8999 is not a finite number");

    int16_t x[65 * 4] = {0};
    write_words(WAV, RATE, 1, x, 0);
    assert_refused("no samples");
    write_words(WAV, 999, 1, x, 4);
    assert_refused("rate is 999 Hz, allowed is 1000 to 768000");
    write_words(WAV, 768001, 1, x, 4);
    assert_refused("rate is 768001 Hz, allowed is 1000 to 768000");
    write_words(WAV, RATE, 65, x, 4);
    assert_refused("65 channels, allowed is 1 to 64");
    write_words(WAV, RATE, 64, x, 4);
    assert_int_equal(audio_load(path, RATE, 4, x, NULL, &f), 0);
    assert_int_equal(audio_load(path, 999, 4, x, NULL, &f), -1);
    assert_non_null(strstr(f.text, ": asked for 4 samples at 999 Hz, allowed is"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_same_rate_is_exact, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stereo_is_averaged, setup, teardown),
        cmocka_unit_test_setup_teardown(test_float_is_rounded_and_saturated, setup, teardown),
        cmocka_unit_test_setup_teardown(test_resampled_tone, setup, teardown),
        cmocka_unit_test_setup_teardown(test_resampled_start_does_not_depend_on_length, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_not_a_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_truncated, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_content, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
