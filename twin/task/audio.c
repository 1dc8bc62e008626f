#include "twin/task/audio.h"

#include <errno.h>
#include <math.h>
#include <samplerate.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    BLOCK_FRAMES = 4096,
    MARGIN = 256 // frames kept behind the last needed: more than half the resampler's filter
};

// An open file, averaged to mono as it is read.
struct source {
    const char *path;
    SNDFILE *file;
    SF_INFO info;
    float *block; // (BLOCK_FRAMES, channels)
    float *mono;  // (n_mono) start of the file, full scale is 1
    int64_t n_mono;
    int64_t max_mono; // frames that the result can depend on
    int64_t n_read;   // frames of the whole file
};

static int check_file(const char *path, struct fail *f)
{
    struct stat st;
    if (stat(path, &st)) return fail(f, "%s: %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode)) return fail(f, "%s: not a file", path);
    if (st.st_size == 0) return fail(f, "%s: empty file", path);
    return 0;
}

// libsndfile shortens a WAV, AIFF or W64 file that is cut off and says so only in its log, in a
// line like ` data : 32000 (should be 16000)`. The outermost size of a WAV is often wrong in files
// that are whole; its data chunk speaks for it.
static int check_log(struct source *s, struct fail *f)
{
    char log[8192] = "";
    sf_command(s->file, SFC_GET_LOG_INFO, log, sizeof log);
    char *rest = log;
    for (char *line; (line = strsep(&rest, "\n"));) {
        char chunk[8];
        long long promised, there;
        if (sscanf(line, " %7[^ :] : %lld (should be %lld)", chunk, &promised, &there) == 3 &&
            strcmp(chunk, "RIFF") != 0 && promised > there)
            return fail(f, "%s: truncated: its header promises %lld bytes, %lld are there", s->path,
                        promised, there);
    }
    return 0;
}

static int check_info(const struct source *s, struct fail *f)
{
    if (s->info.samplerate < AUDIO_MIN_HZ || s->info.samplerate > AUDIO_MAX_HZ)
        return fail(f, "%s: rate is %d Hz, allowed is %d to %d", s->path, s->info.samplerate,
                    AUDIO_MIN_HZ, AUDIO_MAX_HZ);
    if (s->info.channels < 1 || s->info.channels > AUDIO_MAX_CHANNELS)
        return fail(f, "%s: %d channels, allowed is 1 to %d", s->path, s->info.channels,
                    AUDIO_MAX_CHANNELS);
    return 0;
}

static int mix(struct source *s, int64_t n, struct fail *f)
{
    int channels = s->info.channels;
    for (int64_t i = 0; i < n; i++) {
        float sum = 0;
        for (int c = 0; c < channels; c++)
            sum += s->block[i * channels + c];
        if (!isfinite(sum))
            return fail(f, "%s: sample %lld is not a finite number", s->path,
                        (long long)(s->n_read + i));
        if (s->n_mono < s->max_mono) s->mono[s->n_mono++] = sum / (float)channels;
    }
    s->n_read += n;
    return 0;
}

static int read_all(struct source *s, struct fail *f)
{
    sf_count_t n;
    while ((n = sf_readf_float(s->file, s->block, BLOCK_FRAMES)) > 0)
        if (mix(s, n, f)) return -1;
    if (s->info.frames != SF_COUNT_MAX && s->n_read < s->info.frames)
        return fail(f, "%s: truncated: its header promises %lld frames, %lld are there", s->path,
                    (long long)s->info.frames, (long long)s->n_read);
    if (sf_error(s->file)) return fail(f, "%s: %s", s->path, sf_strerror(s->file));
    if (s->n_read == 0) return fail(f, "%s: no samples", s->path);
    return 0;
}

static int16_t word(float x) // full scale is 1
{
    float y = rintf(x * 32768.0F);
    return (int16_t)(y < -32768.0F ? -32768.0F : y > 32767.0F ? 32767.0F : y);
}

static int convert(const struct source *s, int rate_hz, int n_samples, int16_t *samples,
                   struct fail *f)
{
    memset(samples, 0, (size_t)n_samples * sizeof *samples);
    if (s->info.samplerate == rate_hz) {
        for (int i = 0; i < n_samples && i < s->n_mono; i++)
            samples[i] = word(s->mono[i]);
        return 0;
    }
    float *out = malloc((size_t)n_samples * sizeof *out);
    if (!out) return fail(f, "%s: no memory for %d samples", s->path, n_samples);
    SRC_DATA d = {.data_in = s->mono,
                  .data_out = out,
                  .input_frames = (long)s->n_mono,
                  .output_frames = n_samples,
                  .src_ratio = (double)rate_hz / s->info.samplerate};
    int error = src_simple(&d, SRC_SINC_MEDIUM_QUALITY, 1);
    for (long i = 0; !error && i < d.output_frames_gen; i++)
        samples[i] = word(out[i]);
    free(out);
    return error ? fail(f, "%s: %d Hz to %d Hz: %s", s->path, s->info.samplerate, rate_hz,
                        src_strerror(error))
                 : 0;
}

static int load(struct source *s, int rate_hz, int n_samples, int16_t *samples, struct fail *f)
{
    if (check_file(s->path, f)) return -1;
    s->file = sf_open(s->path, SFM_READ, &s->info);
    if (!s->file) return fail(f, "%s: not a sound file: %s", s->path, sf_strerror(NULL));
    if (check_log(s, f) || check_info(s, f)) return -1;
    // The resampler's filter spans input frames or, if the rate falls, output frames.
    double ratio = (double)s->info.samplerate / rate_hz;
    s->max_mono = (int64_t)((n_samples + MARGIN) * ratio) + MARGIN;
    s->mono = malloc((size_t)s->max_mono * sizeof *s->mono);
    s->block = malloc(sizeof *s->block * BLOCK_FRAMES * (size_t)s->info.channels);
    if (!s->mono || !s->block) return fail(f, "%s: no memory", s->path);
    if (read_all(s, f)) return -1;
    return convert(s, rate_hz, n_samples, samples, f);
}

int audio_load(const char *path, int rate_hz, int n_samples, int16_t *samples, struct fail *f)
{
    if (rate_hz < AUDIO_MIN_HZ || rate_hz > AUDIO_MAX_HZ || n_samples < 1)
        return fail(f, "%s: asked for %d samples at %d Hz, allowed is 1 or more at %d to %d", path,
                    n_samples, rate_hz, AUDIO_MIN_HZ, AUDIO_MAX_HZ);
    struct source s = {.path = path};
    int result = load(&s, rate_hz, n_samples, samples, f);
    free(s.block);
    free(s.mono);
    if (s.file) sf_close(s.file);
    return result;
}
