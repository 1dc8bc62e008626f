#include "twin/task/speech/sound_pack.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { NO_HEADER = -15, MEMORY = 8 };

struct sound_room {
    size_t n;        // samples
    uint8_t *planes; // (2, n) low and high bytes
    uint8_t *packed; // (size)
    size_t size;     // the most that n samples take
    z_stream in, out;
};

struct sound_room *sound_room_new(int n_samples)
{
    struct sound_room *r = calloc(1, sizeof *r);
    if (!r) return 0;
    r->n = (size_t)n_samples;
    if (deflateInit2(&r->out, Z_DEFAULT_COMPRESSION, Z_DEFLATED, NO_HEADER, MEMORY,
                     Z_HUFFMAN_ONLY) == Z_OK)
        r->size = deflateBound(&r->out, 2 * r->n);
    r->planes = malloc(2 * r->n);
    r->packed = malloc(r->size + 1);
    if (r->size && r->planes && r->packed && inflateInit2(&r->in, NO_HEADER) == Z_OK) return r;
    sound_room_free(r);
    return 0;
}

void sound_room_free(struct sound_room *r)
{
    if (!r) return;
    deflateEnd(&r->out);
    inflateEnd(&r->in);
    free(r->planes);
    free(r->packed);
    free(r);
}

// 0, −1, 1, −2, ... to 0, 1, 2, 3, ...; all modulo 2^16.
static uint16_t fold(uint16_t x)
{
    return (uint16_t)(x < 0x8000 ? 2 * x : 2 * (0xFFFF - x) + 1);
}

static uint16_t unfold(uint16_t x)
{
    return (uint16_t)(x % 2 ? 0xFFFF - x / 2 : x / 2);
}

uint8_t *sound_pack(struct sound_room *r, const int16_t *samples, size_t *n_bytes)
{
    uint16_t before = 0, step = 0;
    for (size_t i = 0; i < r->n; i++) {
        uint16_t x = (uint16_t)samples[i], d = (uint16_t)(x - before);
        uint16_t folded = fold((uint16_t)(d - step));
        r->planes[i] = (uint8_t)(folded % 256);
        r->planes[r->n + i] = (uint8_t)(folded / 256);
        before = x;
        step = d;
    }
    deflateReset(&r->out);
    r->out.next_in = r->planes;
    r->out.avail_in = (uInt)(2 * r->n);
    r->out.next_out = r->packed;
    r->out.avail_out = (uInt)r->size;
    if (deflate(&r->out, Z_FINISH) != Z_STREAM_END) return 0;
    *n_bytes = r->size - r->out.avail_out;
    uint8_t *bytes = malloc(*n_bytes);
    if (bytes) memcpy(bytes, r->packed, *n_bytes);
    return bytes;
}

void sound_unpack(struct sound_room *r, const uint8_t *bytes, size_t n_bytes, int16_t *samples)
{
    inflateReset(&r->in);
    memcpy(r->packed, bytes, n_bytes);
    r->in.next_in = r->packed;
    r->in.avail_in = (uInt)n_bytes;
    r->in.next_out = r->planes;
    r->in.avail_out = (uInt)(2 * r->n);
    int end = inflate(&r->in, Z_FINISH);
    assert(end == Z_STREAM_END && r->in.avail_out == 0);
    (void)end;
    uint16_t x = 0, step = 0;
    for (size_t i = 0; i < r->n; i++) {
        step = (uint16_t)(step + unfold((uint16_t)(r->planes[i] + 256 * r->planes[r->n + i])));
        x = (uint16_t)(x + step);
        samples[i] = (int16_t)x;
    }
}
