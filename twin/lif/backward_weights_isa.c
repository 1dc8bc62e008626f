// The gradient of the weights from dL/ds and the spikes, compiled once for each instruction set.
//
// Only the ticks in which a source was active add anything, so each source's row is summed in
// registers over those; a layer of few neurons has its sources in the lanes instead.
#include "base/isa.h"
#include "twin/lif/backward.h"
#include "twin/lif/backward_lanes.h"

#define BACKWARD_WEIGHTS ISA_FUNCTION(backward_weights)

backward_kernel BACKWARD_WEIGHTS;

typedef uint64_t words8 __attribute__((vector_size(64)));
typedef uint8_t bytes8 __attribute__((vector_size(8)));

// Bits turned over: in (n_ticks, n_words) says which sources were active in a tick; out
// (64·n_words, tick_words) in which ticks a source was.
static void turn(uint64_t *out, int tick_words, const uint64_t *in, int n_ticks, int n_sources)
{
    const int n_words = trace_spike_words(n_sources);
    uint64_t rows[64 + 1]; // one more, so that whole words can be read from any byte on
    rows[64] = 0;
    for (int k = 0; k < n_words; k++)
        for (int from = 0; from < n_ticks; from += 64) {
            const int n = n_ticks - from < 64 ? n_ticks - from : 64;
            for (int i = 0; i < n; i++)
                rows[i] = in[(from + i) * n_words + k];
            for (int i = n; i < 64; i++)
                rows[i] = 0;
            for (int byte = 0; 8 * byte < n_sources - 64 * k && byte < 8; byte++) {
                bytes64 column;
                for (int i = 0; i < 8; i++) {
                    words8 eight;
                    __builtin_memcpy(&eight, (const char *)&rows[8 * i] + byte, sizeof eight);
                    bytes8 low = __builtin_convertvector(eight, bytes8);
                    __builtin_memcpy((char *)&column + 8 * i, &low, sizeof low);
                }
                uint64_t *to = out + (64 * k + 8 * byte) * tick_words + from / 64;
                for (int bit = 7; bit >= 0; bit--, column += column)
                    to[bit * tick_words] = top_bits(column);
            }
        }
}

// Which inputs of the first layer are not 0: (n_ticks, words) bits.
static void find_active(uint64_t *out, const uint8_t *x, int n_in, int n_ticks)
{
    const uint8_t *end = x + (size_t)n_ticks * (size_t)n_in;
    for (int tick = 0; tick < n_ticks; tick++, x += n_in)
        for (int i = 0; i < n_in; i += 64) {
            int n = n_in - i < 64 ? n_in - i : 64;
            bytes64 read = {0};
            if (end - (x + i) >= 64)
                __builtin_memcpy(&read, x + i, 64);
            else
                __builtin_memcpy(&read, x + i, (size_t)n);
            uint64_t bits = top_bits((bytes64)(read != 0));
            *out++ = n < 64 ? bits & (fx_one(n) - 1) : bits;
        }
}
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "byte i of a word is bits 8i..8i+7");

// Row of gw += Σ of rows of gs in the ticks whose bit is set. words: NULL, or the source's words of
// the ticks (stride apart), each in units of x_lsb.
LANES_INLINE void add_ticks(const int blocks, float *row, const float *gs, size_t n_pad,
                            const uint64_t *ticks, int tick_words, const uint8_t *x, int stride,
                            float x_lsb)
{
    lanes sum[4];
    for (int i = 0; i < blocks; i++)
        sum[i] = *(const lanes *)&row[16 * i];
    for (int k = 0; k < tick_words; k++)
        for (uint64_t rest = ticks[k]; rest; rest &= rest - 1) {
            size_t tick = 64 * (size_t)k + (size_t)__builtin_ctzll(rest);
            const float *g = gs + tick * n_pad;
            if (x) {
                const lanes word = each((float)x[tick * (size_t)stride] * x_lsb);
                for (int i = 0; i < blocks; i++)
                    sum[i] = fused(word, *(const lanes *)&g[16 * i], sum[i]);
            } else {
                for (int i = 0; i < blocks; i++)
                    sum[i] += *(const lanes *)&g[16 * i];
            }
        }
    for (int i = 0; i < blocks; i++)
        *(lanes *)&row[16 * i] = sum[i];
}

// Rows of gw of n_sources sources from their active ticks; x as above, of source 0.
LANES_INLINE void add_sources(float *gw, const float *gs, int n_pad, const uint64_t *ticks,
                              int tick_words, int n_sources, const uint8_t *x, float x_lsb)
{
    for (int at = 0; at < n_pad;) {
        int blocks = n_pad - at >= 64 ? 4 : n_pad - at >= 32 ? 2 : 1;
        for (int s = 0; s < n_sources; s++) {
            float *row = gw + (size_t)s * (size_t)n_pad + at;
            const uint64_t *of = ticks + (size_t)s * (size_t)tick_words;
            const uint8_t *xs = x ? x + s : 0;
            if (blocks == 4)
                add_ticks(4, row, gs + at, (size_t)n_pad, of, tick_words, xs, n_sources, x_lsb);
            else if (blocks == 2)
                add_ticks(2, row, gs + at, (size_t)n_pad, of, tick_words, xs, n_sources, x_lsb);
            else
                add_ticks(1, row, gs + at, (size_t)n_pad, of, tick_words, xs, n_sources, x_lsb);
        }
        at += 16 * blocks;
    }
}

// A narrow layer has the sources in the lanes: gw[n][s] += gs[n] where source s spiked, for `rows`
// neurons and `blocks` vectors of sources.
LANES_INLINE void add_narrow_tile(const int rows, const int blocks, float *gw, size_t stride,
                                  const float *gs, size_t n_pad, const uint64_t *z, int n_words,
                                  int n_ticks)
{
    lanes sum[2][4];
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < blocks; i++)
            sum[r][i] = *(const lanes *)&gw[(size_t)r * stride + 16 * (size_t)i];
    for (int tick = 0; tick < n_ticks; tick++, gs += n_pad, z += n_words) {
        uint16_t bits[4];
        __builtin_memcpy(bits, z, sizeof bits);
        for (int r = 0; r < rows; r++)
            for (int i = 0; i < blocks; i++)
                sum[r][i] = add_where(bits[i], sum[r][i], each(gs[r]));
    }
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < blocks; i++)
            *(lanes *)&gw[(size_t)r * stride + 16 * (size_t)i] = sum[r][i];
}

static void add_narrow(float *gw, int stride, const float *gs, int n_pad, int n_out,
                       const uint64_t *z, int n_words, int n_ticks)
{
#define TILE(rows, blocks)                                                                         \
    add_narrow_tile(rows, blocks, gw + (size_t)n * (size_t)stride + at, (size_t)stride, gs + n,    \
                    (size_t)n_pad, z + at / 64, n_words, n_ticks)
    for (int n = 0; n < n_out; n += 2)
        for (int at = 0; at < stride; at += 64) {
            int blocks = (stride - at) / 16;
            if (n + 1 == n_out) {
                if (blocks >= 4)
                    TILE(1, 4);
                else if (blocks == 3)
                    TILE(1, 3);
                else if (blocks == 2)
                    TILE(1, 2);
                else
                    TILE(1, 1);
            } else {
                if (blocks >= 4)
                    TILE(2, 4);
                else if (blocks == 3)
                    TILE(2, 3);
                else if (blocks == 2)
                    TILE(2, 2);
                else
                    TILE(2, 1);
            }
        }
#undef TILE
}

// Words of 16 inputs from n on as real numbers; what is beyond the last input is 0.
LANES_INLINE lanes input_lanes(const uint8_t *x, int n, int n_in, float x_lsb)
{
    typedef uint8_t bytes16 __attribute__((vector_size(16)));
    bytes16 read = {0};
    if (n_in - n >= 16)
        __builtin_memcpy(&read, x + n, 16);
    else
        __builtin_memcpy(&read, x + n, (size_t)(n_in - n));
    return real(__builtin_convertvector(read, masks)) * each(x_lsb);
}

// A one-to-one layer: each source with its own neuron.
static void add_one_to_one(struct backward *b, struct backward_layer *y, const float *gs,
                           const uint8_t *x, float x_lsb, const uint64_t *z)
{
    int n_words = trace_spike_words(y->n_in);
    for (int n = 0; n < y->n_out; n += 16) {
        lanes sum = *(const lanes *)&y->gw_in[n];
        for (int tick = 0; tick < b->n_ticks; tick++) {
            const lanes g = *(const lanes *)&gs[(size_t)tick * (size_t)y->n_pad + (size_t)n];
            uint16_t bits;
            if (!x) {
                const char *row = (const char *)(z + (size_t)tick * (size_t)n_words);
                __builtin_memcpy(&bits, row + n / 8, sizeof bits);
                sum = add_where(bits, sum, g);
            } else {
                sum = fused(input_lanes(x + (size_t)tick * (size_t)y->n_in, n, y->n_in, x_lsb), g,
                            sum);
            }
        }
        *(lanes *)&y->gw_in[n] = sum;
    }
}

// A narrow dense layer whose sources have words or counts: those in the lanes. gw (n_out, stride).
static void add_narrow_words(const struct backward *b, const struct backward_layer *y, float *gw,
                             int stride, const float *gs, const uint8_t *x, int n_in, float x_lsb)
{
    for (int n = 0; n < y->n_out; n++)
        for (int i = 0; i < n_in; i += 16) {
            float *at = &gw[(size_t)n * (size_t)stride + (size_t)i];
            lanes sum = *(const lanes *)at;
            for (int tick = 0; tick < b->n_ticks; tick++)
                sum = fused(input_lanes(x + (size_t)tick * (size_t)n_in, i, n_in, x_lsb),
                            each(gs[(size_t)tick * (size_t)y->n_pad + (size_t)n]), sum);
            *(lanes *)at = sum;
        }
}

// Spikes of a layer as counts, (n_ticks, n_out) bytes.
static const uint8_t *counts_of(struct backward *b, const struct trace_layer *t, int n_out)
{
    for (int tick = 0; tick < b->n_ticks; tick++)
        for (int n = 0; n < n_out; n++)
            b->counts[tick * n_out + n] = (uint8_t)t->n[tick * t->stride + n];
    return b->counts;
}

// Gradient of the weights of n_in sources of one layer in one clip: bits z, or x where it is not
// NULL: words or counts, in units of x_lsb. gw as in struct backward_layer, `stride` where narrow.
// The first of `taps`, each so many ticks later than the one before it.
static void add_rows(struct backward *b, const struct backward_layer *y, float *gw, int stride,
                     const float *gs, const uint64_t *z, const uint8_t *x, float x_lsb, int n_in,
                     int taps)
{
    const int tick_words = trace_spike_words(b->n_ticks), n_words = trace_spike_words(n_in);
    const size_t later = (size_t)(y->spacing * y->n_pad);
    if (y->narrow && x) {
        add_narrow_words(b, y, gw, stride, gs, x, n_in, x_lsb);
    } else if (y->narrow) {
        for (int k = 0; k < taps; k++)
            add_narrow(gw + (size_t)(k * y->n_out) * (size_t)stride, stride, gs + (size_t)k * later,
                       y->n_pad, y->n_out, z, n_words, b->n_ticks);
    } else {
        if (!z) find_active(b->active, x, n_in, b->n_ticks);
        turn(b->ticks, tick_words, z ? z : b->active, b->n_ticks, n_in);
        for (int k = 0; k < taps; k++)
            add_sources(gw + (size_t)(k * n_in) * (size_t)y->n_pad, gs + (size_t)k * later,
                        y->n_pad, b->ticks, tick_words, n_in, x, x_lsb);
    }
}

// Gradient of the weights of one clip. The spikes of a tick reach their own layer, and a delayed one,
// in the next.
static void add_weights(struct backward *b, int l, const struct backward_clip *clip,
                        const float *gs)
{
    struct backward_layer *y = &b->layer[l];
    const struct trace_layer *own = &clip->trace->layer[l], *in = l ? own - 1 : own;
    const uint64_t *z = l ? in->z : 0;
    const uint8_t *x = !l ? clip->stimulus.x : y->in_spikes > 1 ? counts_of(b, in, y->n_in) : 0;
    const float x_lsb = l ? 1 : b->x_lsb, *gs_in = y->delayed ? gs + y->n_pad : gs;
    if (y->one_to_one) {
        add_one_to_one(b, y, gs_in, x, x_lsb, z);
        return;
    }
    if (!l && b->binary_input && !y->narrow) {
        find_active(b->active, x, y->n_in, b->n_ticks);
        add_rows(b, y, y->gw_in, y->in_pad, gs_in, b->active, 0, 0, y->n_in, 1);
    } else {
        add_rows(b, y, y->gw_in, y->in_pad, gs_in, z, x, x_lsb, y->n_in, y->taps);
    }
    if (!y->recurrent) return;
    const uint8_t *counts = y->max_spikes > 1 ? counts_of(b, own, y->n_out) : 0;
    add_rows(b, y, y->gw_own, y->n_pad, gs + y->n_pad, own->z, counts, 1, y->n_out, 1);
}

void BACKWARD_WEIGHTS(struct backward *b, const struct backward_clip *clips, int n_clips)
{
    for (int clip = 0; clip < n_clips; clip++)
        for (int l = 0; l < b->n_layers; l++)
            add_weights(b, l, &clips[clip],
                        b->layer[l].gs + (size_t)clip * backward_gs_size(b, &b->layer[l]));
}
