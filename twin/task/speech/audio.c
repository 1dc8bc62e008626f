#include "twin/task/speech/audio.h"

#include "twin/task/speech/audio_whole.h"

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
    struct patched *patched; // or NULL
    SNDFILE *file;
    SF_INFO info;
    float *block; // (BLOCK_FRAMES, channels)
    float *mono;  // (n_mono) start of the file, full scale is 1
    int64_t n_mono;
    int64_t max_mono; // frames that the result can depend on
    int64_t n_read;   // frames of the whole file
    int64_t promised; // frames that it has to have; −1: not known
    float peak;       // of all channels
};

static int check_file(const char *path, struct fail *f)
{
    struct stat st;
    if (stat(path, &st)) return fail(f, "%s: %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode)) return fail(f, "%s: not a file", path);
    if (st.st_size == 0) return fail(f, "%s: empty file", path);
    return 0;
}

// Bytes of one sample of a coding of fixed size; 0: of another.
static int width_of(int format)
{
    switch (format & SF_FORMAT_SUBMASK) {
    case SF_FORMAT_PCM_S8:
    case SF_FORMAT_PCM_U8:
    case SF_FORMAT_ULAW:
    case SF_FORMAT_ALAW:
        return 1;
    case SF_FORMAT_PCM_16:
        return 2;
    case SF_FORMAT_PCM_24:
        return 3;
    case SF_FORMAT_PCM_32:
    case SF_FORMAT_FLOAT:
        return 4;
    case SF_FORMAT_DOUBLE:
        return 8;
    default:
        return 0;
    }
}

// A file whose length libsndfile is told otherwise.
struct patched {
    FILE *file;
    struct audio_extent extent;
};

static sf_count_t patched_size(void *user)
{
    struct patched *p = user;
    struct stat st;
    return fstat(fileno(p->file), &st) ? 0 : (sf_count_t)st.st_size;
}

static sf_count_t patched_tell(void *user)
{
    return ftello(((struct patched *)user)->file);
}

static sf_count_t patched_seek(sf_count_t offset, int whence, void *user)
{
    return fseeko(((struct patched *)user)->file, offset, whence) ? -1 : patched_tell(user);
}

static sf_count_t patched_read(void *bytes, sf_count_t n, void *user)
{
    struct patched *p = user;
    sf_count_t from = patched_tell(user), got = (sf_count_t)fread(bytes, 1, (size_t)n, p->file);
    for (int i = 0; i < p->extent.patch_bytes; i++) {
        sf_count_t at = p->extent.patch_at + i - from;
        if (at >= 0 && at < got) ((unsigned char *)bytes)[at] = p->extent.patch[i];
    }
    return got;
}

static int open_patched(struct source *s, const struct audio_extent *e, struct fail *f)
{
    SF_VIRTUAL_IO io = {patched_size, patched_seek, patched_read, NULL, patched_tell};
    sf_close(s->file);
    s->file = NULL;
    s->patched = malloc(sizeof *s->patched);
    if (!s->patched) return fail(f, "%s: no memory", s->path);
    *s->patched = (struct patched){fopen(s->path, "rb"), *e};
    if (!s->patched->file) return fail(f, "%s: %s", s->path, strerror(errno));
    s->info = (SF_INFO){0};
    s->file = sf_open_virtual(&io, SFM_READ, &s->info, s->patched);
    return s->file ? 0 : fail(f, "%s: not a sound file: %s", s->path, sf_strerror(NULL));
}

// How many frames have to come out of the file; −1: as many as libsndfile says.
static int find_extent(struct source *s, struct fail *f)
{
    struct audio_extent e;
    if (audio_whole(s->path, s->info.format, &e, f)) return -1;
    if (e.patch_bytes && open_patched(s, &e, f)) return -1;
    bool fixed = (s->info.format & SF_FORMAT_TYPEMASK) != SF_FORMAT_FLAC;
    int64_t frame = fixed ? (int64_t)width_of(s->info.format) * s->info.channels : 0;
    s->promised = -1;
    if (!frame || e.bytes < 0) {
        if ((s->info.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_FLAC) s->promised = e.frames;
        return 0;
    }
    if (e.bytes % frame)
        return fail(f, "%s: truncated: %lld bytes of sound are no whole frames of %lld", s->path,
                    (long long)e.bytes, (long long)frame);
    s->promised = e.bytes / frame;
    if (e.frames >= 0 && e.frames != s->promised)
        return fail(f, "%s: its header promises %lld frames, and bytes of %lld", s->path,
                    (long long)e.frames, (long long)s->promised);
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
        for (int c = 0; c < channels; c++) {
            sum += s->block[i * channels + c];
            s->peak = fmaxf(s->peak, fabsf(s->block[i * channels + c]));
        }
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
    int64_t promised = s->promised >= 0 ? s->promised : s->info.frames;
    if (promised != SF_COUNT_MAX && s->n_read < promised)
        return fail(f, "%s: truncated: its header promises %lld frames, %lld are there", s->path,
                    (long long)promised, (long long)s->n_read);
    if (sf_error(s->file)) return fail(f, "%s: %s", s->path, sf_strerror(s->file));
    if (s->n_read > promised)
        return fail(f, "%s: its header promises %lld frames, %lld are there", s->path,
                    (long long)promised, (long long)s->n_read);
    if (s->n_read == 0) return fail(f, "%s: no samples", s->path);
    if (s->peak > AUDIO_MAX_PEAK)
        return fail(f,
                    "%s: its peak is %g, full scale of floats is 1 (up to %d is heard, clipped): "
                    "integers stored as floats? divide by their full scale",
                    s->path, (double)s->peak, AUDIO_MAX_PEAK);
    return 0;
}

static int16_t word(float x, struct audio_heard *h) // full scale is 1
{
    h->clipped += x > 1 || x < -1;
    float y = rintf(x * 32768.0F);
    return (int16_t)(y < -32768.0F ? -32768.0F : y > 32767.0F ? 32767.0F : y);
}

static int convert(const struct source *s, int rate_hz, int n_samples, int16_t *samples,
                   struct audio_heard *h, struct fail *f)
{
    memset(samples, 0, (size_t)n_samples * sizeof *samples);
    if (s->info.samplerate == rate_hz) {
        for (int i = 0; i < n_samples && i < s->n_mono; i++)
            samples[i] = word(s->mono[i], h);
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
        samples[i] = word(out[i], h);
    free(out);
    return error ? fail(f, "%s: %d Hz to %d Hz: %s", s->path, s->info.samplerate, rate_hz,
                        src_strerror(error))
                 : 0;
}

static int load(struct source *s, int rate_hz, int n_samples, int16_t *samples,
                struct audio_heard *h, struct fail *f)
{
    if (check_file(s->path, f)) return -1;
    if (audio_is_ogg(s->path)) { // before the library opens it: it leaks memory on damaged ones
        struct audio_extent e;
        if (audio_whole(s->path, SF_FORMAT_OGG, &e, f)) return -1;
    }
    s->file = sf_open(s->path, SFM_READ, &s->info);
    if (!s->file) return fail(f, "%s: not a sound file: %s", s->path, sf_strerror(NULL));
    if (find_extent(s, f) || check_info(s, f)) return -1;
    // The resampler's filter spans input frames or, if the rate falls, output frames.
    double ratio = (double)s->info.samplerate / rate_hz;
    s->max_mono = (int64_t)((n_samples + MARGIN) * ratio) + MARGIN;
    s->mono = malloc((size_t)s->max_mono * sizeof *s->mono);
    s->block = malloc(sizeof *s->block * BLOCK_FRAMES * (size_t)s->info.channels);
    if (!s->mono || !s->block) return fail(f, "%s: no memory", s->path);
    if (read_all(s, f) || convert(s, rate_hz, n_samples, samples, h, f)) return -1;
    h->ms = 1e3 * (double)s->n_read / s->info.samplerate;
    h->resampled = s->info.samplerate != rate_hz;
    h->mixed = s->info.channels > 1;
    h->silent = true;
    for (int i = 0; i < n_samples && h->silent; i++)
        h->silent = samples[i] == 0;
    return 0;
}

int audio_load(const char *path, int rate_hz, int n_samples, int16_t *samples,
               struct audio_heard *heard, struct fail *f)
{
    struct audio_heard h = {0};
    if (rate_hz < AUDIO_MIN_HZ || rate_hz > AUDIO_MAX_HZ || n_samples < 1)
        return fail(f, "%s: asked for %d samples at %d Hz, allowed is 1 or more at %d to %d", path,
                    n_samples, rate_hz, AUDIO_MIN_HZ, AUDIO_MAX_HZ);
    struct source s = {.path = path};
    int result = load(&s, rate_hz, n_samples, samples, &h, f);
    free(s.block);
    free(s.mono);
    if (s.file) sf_close(s.file);
    if (s.patched && s.patched->file) fclose(s.patched->file);
    free(s.patched);
    if (heard) *heard = h;
    return result;
}

void audio_libraries(char text[AUDIO_LIBRARIES])
{
    snprintf(text, AUDIO_LIBRARIES, "%s %s", sf_version_string(), src_get_version());
}
