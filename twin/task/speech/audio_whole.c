#include "twin/task/speech/audio_whole.h"

#include <errno.h>
#include <inttypes.h>
#include <sndfile.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct file {
    const char *path;
    FILE *file;
    int64_t size;
    bool big; // numbers are big-endian
};

static const char *const no_length =
    "nothing shows that it is whole: made by a pipe, without its length";

static bool get(const struct file *a, int64_t at, void *bytes, size_t n)
{
    return at >= 0 && at + (int64_t)n <= a->size && !fseeko(a->file, at, SEEK_SET) &&
           fread(bytes, 1, n, a->file) == n;
}

static uint64_t number(const unsigned char *b, int n, bool big)
{
    uint64_t x = 0;
    for (int i = 0; i < n; i++)
        x = x * 256 + b[big ? i : n - 1 - i];
    return x;
}

static int cut(const struct file *a, const char *what, int64_t promised, int64_t there,
               struct fail *f)
{
    return fail(f, "%s: truncated: its header promises %" PRId64 " %s, %" PRId64 " are there",
                a->path, promised, what, there);
}

static int broken(const struct file *a, const char *why, struct fail *f)
{
    return fail(f, "%s: %s", a->path, why);
}

// Four letters of a chunk's name: what stands behind sound that is longer than it says has none.
static bool is_name(const unsigned char *b)
{
    for (int i = 0; i < 4; i++)
        if (b[i] < 0x20 || b[i] > 0x7E) return false;
    return true;
}

// Whether only chunks lie between `at` and the end; a few bytes are padding.
static bool only_chunks(const struct file *a, int64_t at)
{
    unsigned char b[8];
    while (a->size - at >= 8 && get(a, at, b, 8)) {
        if (!is_name(b)) return false;
        at += 8 + (int64_t)number(b + 4, 4, a->big);
        at += at & 1;
    }
    return true;
}

// RIFF, RIFX and RF64: chunks of a name, a 32-bit size and contents. The outermost size is wrong in
// many files that are whole; the data chunk speaks for itself.
static int whole_riff(struct file *a, struct audio_extent *e, struct fail *f)
{
    enum { UNKNOWN = 0x7FFFF000 }; // sox' pipes; arecord 0x80000000, ffmpeg 0xFFFFFFFF
    unsigned char b[28];
    int64_t wide = -1, wide_at = 0, at = 12;
    if (!get(a, 0, b, 12)) return broken(a, "truncated: half a header", f);
    a->big = !memcmp(b, "RIFX", 4);
    for (; get(a, at, b, 8); at += at & 1) {
        int64_t size = (int64_t)number(b + 4, 4, a->big), begin = at + 8, there = a->size - begin;
        if (!memcmp(b, "ds64", 4)) { // sizes of the file and of its data
            if (!get(a, begin, b, 16)) return broken(a, "truncated: half a header", f);
            wide = (int64_t)number(b + 8, 8, false);
            wide_at = begin + 8;
        }
        if (memcmp(b, "data", 4) != 0) {
            at = begin + size;
            continue;
        }
        if (wide >= 0 && size == UINT32_MAX) size = wide;
        bool unknown = (size < 0 || size >= UNKNOWN) && size > there && wide <= 0;
        if (size == 0 && there > 0 && !only_chunks(a, begin)) {
            unknown = true;
            e->patch_at = wide == 0 ? wide_at : begin - 4;
            e->patch_bytes = wide == 0 ? 8 : 4;
            int64_t left = there;
            for (int i = 0; i < e->patch_bytes; i++, left /= 256)
                e->patch[a->big ? e->patch_bytes - 1 - i : i] = (unsigned char)(left % 256);
        }
        if (unknown) size = there;
        if (size < 0 || size > there) return cut(a, "bytes", size, there, f);
        e->bytes = size;
        at = begin + size + (size & 1);
        if (!only_chunks(a, at) && !only_chunks(a, begin + size))
            return fail(f,
                        "%s: its header promises %" PRId64 " bytes of sound, %" PRId64
                        " follow that are no chunk",
                        a->path, size, a->size - begin - size);
        return 0;
    }
    return broken(a, "truncated: no data in it", f);
}

// Chunks of a GUID, a 64-bit size that counts both, and contents, on eights.
static int whole_w64(struct file *a, struct audio_extent *e, struct fail *f)
{
    unsigned char b[24];
    for (int64_t at = 40; get(a, at, b, 24);) {
        int64_t size = (int64_t)number(b + 16, 8, false), there = a->size - at;
        if (!memcmp(b, "data\xF3\xAC\xD3\x11", 8)) {
            if (size < 24 || (size == 24 && there > 24)) return broken(a, no_length, f);
            if (size > there) return cut(a, "bytes", size - 24, there - 24, f);
            e->bytes = size - 24;
            return 0;
        }
        if (size < 24 || size > there) break;
        at += (size + 7) / 8 * 8;
    }
    return broken(a, "truncated: no data in it", f);
}

static int whole_aiff(struct file *a, struct audio_extent *e, struct fail *f)
{
    unsigned char b[16];
    bool sound = false;
    a->big = true;
    for (int64_t at = 12; get(a, at, b, 8); at += at & 1) {
        int64_t size = (int64_t)number(b + 4, 4, true), begin = at + 8, there = a->size - begin;
        at = begin + size;
        if (!memcmp(b, "COMM", 4) && get(a, begin, b, 6))
            e->frames = (int64_t)number(b + 2, 4, true);
        if (memcmp(b, "SSND", 4) != 0) continue;
        if (size < 8 && there > 8) return broken(a, no_length, f);
        if (size > there) return cut(a, "bytes", size, there, f);
        if (!get(a, begin, b, 4)) return broken(a, "truncated: half a header", f);
        e->bytes = size - 8 - (int64_t)number(b, 4, true);
        sound = true;
    }
    return sound ? 0 : broken(a, "truncated: no data in it", f);
}

static int whole_au(struct file *a, struct audio_extent *e, struct fail *f)
{
    unsigned char b[24];
    if (!get(a, 0, b, 24)) return broken(a, "truncated: half a header", f);
    a->big = !memcmp(b, ".snd", 4);
    int64_t begin = (int64_t)number(b + 4, 4, a->big), size = (int64_t)number(b + 8, 4, a->big);
    int64_t there = a->size - begin;
    e->bytes = size == UINT32_MAX ? there : size;
    if (e->bytes > there) return cut(a, "bytes", e->bytes, there, f);
    if (e->bytes < there)
        return fail(f, "%s: its header promises %" PRId64 " bytes of sound, %" PRId64 " are there",
                    a->path, size, there);
    return 0;
}

// A header of text: its size in the second line, then "NAME -TYPE VALUE" up to end_head.
static int whole_nist(struct file *a, struct audio_extent *e, struct fail *f)
{
    char b[1025] = "";
    int64_t count = -1, channels = 1, width = 2;
    size_t n = a->size < 1024 ? (size_t)a->size : 1024;
    if (!get(a, 0, b, n)) return broken(a, strerror(errno), f);
    int64_t begin = n > 8 ? strtoll(b + 8, 0, 10) : 0;
    const char *field = strstr(b, "sample_count -i ");
    if (field) count = strtoll(field + 16, 0, 10);
    if ((field = strstr(b, "channel_count -i "))) channels = strtoll(field + 17, 0, 10);
    if ((field = strstr(b, "sample_n_bytes -i "))) width = strtoll(field + 18, 0, 10);
    if (count < 0 || channels < 1 || channels > 1000 || width < 1 || width > 8 || begin < 16 ||
        count > INT64_MAX / 8000)
        return broken(a, "nothing shows that it is whole: no sample_count in its header", f);
    e->frames = count;
    e->bytes = count * channels * width;
    int64_t there = a->size - begin;
    if (there < 0) there = 0;
    if (e->bytes > there) return cut(a, "bytes", e->bytes, there, f);
    if (there - e->bytes >= channels * width)
        return fail(f, "%s: its header promises %" PRId64 " bytes of sound, %" PRId64 " are there",
                    a->path, e->bytes, there);
    return 0;
}

static int whole_caf(struct file *a, struct audio_extent *e, struct fail *f)
{
    unsigned char b[12];
    for (int64_t at = 8; get(a, at, b, 12);) {
        int64_t size = (int64_t)number(b + 4, 8, true), there = a->size - at - 12;
        if (!memcmp(b, "data", 4)) {
            if (size == -1) size = there; // the last chunk, up to the end
            if (size < 4 || size > there) return cut(a, "bytes", size, there, f);
            e->bytes = size - 4; // behind a count of edits
            return 0;
        }
        if (size < 0 || size > there) break;
        at += 12 + size;
    }
    return broken(a, "truncated: no data in it", f);
}

// STREAMINFO counts the samples; that they are there shows when they are read, as every frame of
// FLAC has a check sum. A stream without a count may end anywhere.
static int whole_flac(struct file *a, struct audio_extent *e, struct fail *f)
{
    unsigned char b[26];
    if (!get(a, 0, b, 26) || memcmp(b, "fLaC", 4) != 0 || b[4] % 128 != 0)
        return broken(a, "nothing shows that it is whole: it does not begin with fLaC", f);
    e->frames = (int64_t)(number(b + 21, 5, true) % (UINT64_C(1) << 36));
    return e->frames ? 0 : broken(a, no_length, f);
}

static uint32_t ogg_crc(uint32_t crc, const unsigned char *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        crc ^= (uint32_t)b[i] * 0x1000000;
        for (int bit = 0; bit < 8; bit++)
            crc = crc * 2 ^ (crc & 0x80000000 ? 0x04C11DB7 : 0);
    }
    return crc;
}

// Pages (RFC 3533), each with a number and a check sum; the last one of a stream is marked.
static int whole_ogg(struct file *a, struct audio_extent *e, struct fail *f)
{
    enum { HEAD = 27, LAST = 4 };
    static const unsigned char no_sum[4] = {0};
    unsigned char b[HEAD + 255 + 255 * 255];
    uint64_t serial = 0, page = 0;
    bool ended = false;
    for (int64_t at = 0; at < a->size; page++) {
        size_t n = HEAD;
        if (!get(a, at, b, HEAD)) return broken(a, "truncated: half a page at its end", f);
        if (memcmp(b, "OggS", 4) != 0)
            return fail(f, "%s: damaged: no page of Ogg at byte %" PRId64, a->path, at);
        if (ended) return broken(a, "more than one stream of sound in it", f);
        if (!get(a, at, b, n += b[26])) return broken(a, "truncated: half a page at its end", f);
        size_t body = 0;
        for (size_t i = HEAD; i < n; i++)
            body += b[i];
        if (!get(a, at, b, n + body)) return broken(a, "truncated: half a page at its end", f);
        n += body;
        uint64_t sum = number(b + 22, 4, false), here = number(b + 14, 4, false);
        memcpy(b + 22, no_sum, 4);
        if (page && here != serial) return broken(a, "more than one stream of sound in it", f);
        if (ogg_crc(0, b, n) != sum || number(b + 18, 4, false) != page)
            return fail(f, "%s: damaged: page %" PRIu64 " of Ogg", a->path, page);
        serial = here;
        ended = b[5] & LAST;
        at += (int64_t)n;
    }
    (void)e;
    return ended ? 0 : broken(a, "truncated: the last page of its stream is not there", f);
}

static const struct container {
    int format;
    int (*whole)(struct file *a, struct audio_extent *e, struct fail *f);
} containers[] = {
    {SF_FORMAT_WAV, whole_riff},  {SF_FORMAT_WAVEX, whole_riff}, {SF_FORMAT_RF64, whole_riff},
    {SF_FORMAT_W64, whole_w64},   {SF_FORMAT_FLAC, whole_flac},  {SF_FORMAT_OGG, whole_ogg},
    {SF_FORMAT_AIFF, whole_aiff}, {SF_FORMAT_AU, whole_au},      {SF_FORMAT_NIST, whole_nist},
    {SF_FORMAT_CAF, whole_caf},
};

int audio_whole(const char *path, int format, struct audio_extent *e, struct fail *f)
{
    *e = (struct audio_extent){.bytes = -1, .frames = -1};
    for (size_t i = 0; i < sizeof containers / sizeof *containers; i++) {
        if (containers[i].format != (format & SF_FORMAT_TYPEMASK)) continue;
        struct file a = {.path = path, .file = fopen(path, "rb")};
        if (!a.file) return fail(f, "%s: %s", path, strerror(errno));
        int bad = fseeko(a.file, 0, SEEK_END) || (a.size = ftello(a.file)) < 0
                      ? fail(f, "%s: %s", path, strerror(errno))
                      : containers[i].whole(&a, e, f);
        fclose(a.file);
        return bad;
    }
    SF_FORMAT_INFO info = {.format = format & SF_FORMAT_TYPEMASK};
    sf_command(NULL, SFC_GET_FORMAT_INFO, &info, sizeof info);
    return fail(f, "%s: %s: nothing shows that such a file is whole; convert it to WAV or FLAC",
                path, info.name ? info.name : "unknown container");
}

bool audio_is_ogg(const char *path)
{
    char b[4];
    FILE *file = fopen(path, "rb");
    bool is = file && fread(b, 1, sizeof b, file) == sizeof b && !memcmp(b, "OggS", sizeof b);
    if (file) fclose(file);
    return is;
}
