// A sound file of any container that libsndfile knows.
#include "tests/fuzz/harness.h"
#include "twin/task/speech/audio.h"

#include <sndfile.h>
#include <stdio.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    enum { SAMPLES = 4000 };
    static int16_t samples[SAMPLES];
    struct fail f = {""};
    if (audio_load(fuzz_file(bytes, n), 16000, SAMPLES, samples, 0, &f)) {
        fuzz_refused(f.text);
    } else {
        fuzz_touch(samples, sizeof samples);
        fuzz_taken();
    }
    return 0;
}

void fuzz_seeds(const char *folder)
{
    static const struct {
        const char *name;
        int format, rate, channels;
    } kind[] = {{"wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 16000, 1},
                {"wavex", SF_FORMAT_WAVEX | SF_FORMAT_PCM_24, 16000, 2},
                {"float", SF_FORMAT_WAV | SF_FORMAT_FLOAT, 8000, 1},
                {"adpcm", SF_FORMAT_WAV | SF_FORMAT_IMA_ADPCM, 16000, 1},
                {"rf64", SF_FORMAT_RF64 | SF_FORMAT_PCM_16, 16000, 1},
                {"w64", SF_FORMAT_W64 | SF_FORMAT_PCM_16, 16000, 1},
                {"aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16, 16000, 1},
                {"au", SF_FORMAT_AU | SF_FORMAT_ULAW, 8000, 1},
                {"caf", SF_FORMAT_CAF | SF_FORMAT_PCM_16, 16000, 1},
                {"nist", SF_FORMAT_NIST | SF_FORMAT_PCM_16, 16000, 1},
                {"flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 16000, 1},
                {"vorbis", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 16000, 1}};
    for (size_t i = 0; i < sizeof kind / sizeof *kind; i++) {
        enum { FRAMES = 64 };
        SF_INFO info = {
            .samplerate = kind[i].rate, .channels = kind[i].channels, .format = kind[i].format};
        short x[2 * FRAMES];
        char path[4096];
        for (int k = 0; k < 2 * FRAMES; k++)
            x[k] = (short)(k * 217 % 9001 - 4500);
        snprintf(path, sizeof path, "%s/%s", folder, kind[i].name);
        unlink(path);
        SNDFILE *file = sf_open(path, SFM_WRITE, &info);
        sf_command(file, SFC_SET_SCALE_INT_FLOAT_WRITE, 0, SF_TRUE); // full scale of floats: 1
        fuzz_need(file && sf_writef_short(file, x, FRAMES) == FRAMES && !sf_close(file), path);
    }
}
