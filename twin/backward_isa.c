// The hot part of the backward pass, compiled once for each instruction set (ISA_NAME).
//
// Mirrors model/kernel.c, layers and ticks in reverse. For each layer, the last one first: dL/dz of
// all ticks from the layer after it (no tick waits for another); then the stages of a tick in
// reverse, tick by tick, several vectors of neurons side by side; at last the gradient of the
// weights, where only the ticks in which a source was active add anything. fused() is the same bits
// in hardware or in libm.
#include "twin/backward.h"
#include "twin/backward_lanes.h"

#include <string.h>

#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)
#ifndef ISA_NAME
#define ISA_NAME generic
#endif
#define BACKWARD_RUN JOIN(backward_run_, ISA_NAME)

void BACKWARD_RUN(struct backward *b, const struct backward_clip *clips, int n_clips);

static size_t gs_size(const struct backward *b, const struct backward_layer *y) // of a clip
{
    return (size_t)(b->n_ticks + 1) * (size_t)y->n_pad;
}

// --- dL/dz
// ----------------------------------------------------------------------------------------

// out[r] = init[r] + Σ_k a[r][k]·w[k] for `rows` rows of `blocks` vectors. Few sums at once wait
// for each other, so they are cut in two, even and odd k.
LANES_INLINE void multiply_tile(const int rows, const int blocks, float *out, size_t out_stride,
                                const float *init, size_t init_stride, const float *a,
                                size_t a_stride, const float *w, size_t w_stride, int n_k)
{
    const bool two = rows * blocks <= 8;
    lanes sum[8][4], odd[8][4];
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < blocks; i++) {
            sum[r][i] = *(const lanes *)&init[(size_t)r * init_stride + 16 * (size_t)i];
            odd[r][i] = (lanes){0};
        }
    int k = 0;
    for (; k + 2 <= n_k; k += 2, w += 2 * w_stride)
        for (int r = 0; r < rows; r++) {
            const lanes a0 = each(a[(size_t)r * a_stride + (size_t)k]);
            const lanes a1 = each(a[(size_t)r * a_stride + (size_t)k + 1]);
            for (int i = 0; i < blocks; i++) {
                const lanes w0 = *(const lanes *)&w[16 * i];
                const lanes w1 = *(const lanes *)&w[w_stride + 16 * (size_t)i];
                sum[r][i] = fused(a0, w0, sum[r][i]);
                if (two)
                    odd[r][i] = fused(a1, w1, odd[r][i]);
                else
                    sum[r][i] = fused(a1, w1, sum[r][i]);
            }
        }
    for (; k < n_k; k++)
        for (int r = 0; r < rows; r++)
            for (int i = 0; i < blocks; i++)
                sum[r][i] = fused(each(a[(size_t)r * a_stride + (size_t)k]),
                                  *(const lanes *)&w[16 * i], sum[r][i]);
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < blocks; i++)
            *(lanes *)&out[(size_t)r * out_stride + 16 * (size_t)i] =
                two ? sum[r][i] + odd[r][i] : sum[r][i];
}

// The same for any number of rows and n_lanes neurons; w has n_lanes columns.
LANES_INLINE void multiply(float *out, size_t out_stride, const float *init, size_t init_stride,
                           const float *a, size_t a_stride, const float *w, int n_lanes, int n_k,
                           int n_rows)
{
#define TILE(rows, blocks)                                                                         \
    multiply_tile(rows, blocks, out + at, out_stride, init + at, init_stride, a, a_stride, w + at, \
                  (size_t)n_lanes, n_k)
#define TILES(rows)                                                                                \
    for (; n_rows >= (rows); n_rows -= (rows), out += (rows)*out_stride,                           \
                             init += (rows)*init_stride, a += (rows)*a_stride) {                   \
        int at = 0;                                                                                \
        for (; at + 64 <= n_lanes; at += 64)                                                       \
            TILE(rows, 4);                                                                         \
        for (; at + 32 <= n_lanes; at += 32)                                                       \
            TILE(rows, 2);                                                                         \
        for (; at + 16 <= n_lanes; at += 16)                                                       \
            TILE(rows, 1);                                                                         \
    }
    TILES(4)
    TILES(1)
#undef TILES
#undef TILE
}

// dL/dz of layer l in all ticks of one clip, into gs: what is the same in each tick, and what comes
// from the layer after it.
static void spread_gz(struct backward *b, int l, int clip)
{
    struct backward_layer *y = &b->layer[l];
    const struct backward_layer *up = l + 1 < b->n_layers ? &b->layer[l + 1] : 0;
    const float *gz = y->gz + (size_t)clip * (size_t)y->n_pad;
    float *gs = y->gs + (size_t)clip * gs_size(b, y);
    const float *gs_up = up ? up->gs + (size_t)clip * gs_size(b, up) : 0;
    if (up && !up->one_to_one) {
        multiply(gs, (size_t)y->n_pad, gz, 0, gs_up, (size_t)up->n_pad, up->w_in, y->n_pad,
                 up->n_out, b->n_ticks);
        return;
    }
    for (int tick = 0; tick < b->n_ticks; tick++, gs += y->n_pad) {
        if (!up)
            memcpy(gs, gz, (size_t)y->n_pad * sizeof *gs);
        else
            for (int n = 0; n < y->n_pad; n++)
                gs[n] = gz[n] + up->w_in[n] * gs_up[tick * up->n_pad + n];
    }
}

// --- the stages of a tick
// -------------------------------------------------------------------------

// 16 neurons of one clip.
struct stream {
    const int16_t *c16; // from tick 0; NULL: c, of membranes over 16 bits
    const int32_t *c;
    size_t c_stride;     // to the next tick
    float *g;            // from tick 0, n_pad to the next: dL/dz, then dL/ds
    float *gv;           // dL/dv of the tick after the next step, then of the tick before the last
    float *sum[3];       // of the clip: of the gradients of bias, θ and λ
    const float *jitter; // (n_ticks)
    int n;               // first neuron
};

LANES_INLINE masks membrane_words(const struct stream *s, int tick, const bool may_be_wide)
{
    typedef int16_t halves __attribute__((vector_size(32)));
    size_t at = (size_t)tick * s->c_stride;
    if (may_be_wide && !s->c16) return *(const masks *)(s->c + at);
    return __builtin_convertvector(*(const halves *)(s->c16 + at), masks);
}

// Stages reset to leak of `count` streams, ticks from `last` down to `first`. What is const is
// known where this is inlined: no choice is left inside the loop, but for `more`: a reset that is
// differentiated, and the neurons' own gradients.
LANES_INLINE void step(const struct backward *b, const struct backward_layer *y,
                       const struct stream *s, const int count, int first, int last,
                       const bool subtract, const bool linear, const bool jitter, const bool more)
{
    const struct law *law = &b->law;
    const masks top = (masks){0} + (int32_t)fx_max(law_bits(law->membrane));
    const masks bottom =
        (masks){0} + (law->floor_zero ? 0 : (int32_t)fx_min(law_bits(law->membrane)));
    const lanes zero = {0}, one = each(1), lsb = each(b->lsb), attach = each(b->options.reset_grad);
    const int32_t gt = law->fire_gt;
    const bool own = more && b->options.neuron_gradients;
    const size_t n_pad = (size_t)y->n_pad;
    masks theta[4];
    lanes beta[4], inv_theta[4], lambda[4], slope[4], gv[4], gbias[4], gtheta[4], glambda[4];
    for (int i = 0; i < count; i++) {
        int n = s[i].n;
        theta[i] = *(const masks *)&y->theta[n];
        beta[i] = *(const lanes *)&y->beta[n];
        inv_theta[i] = *(const lanes *)&y->inv_theta[n];
        lambda[i] = *(const lanes *)&y->lambda[n];
        slope[i] = *(const lanes *)&y->slope[n];
        gv[i] = *(const lanes *)s[i].gv;
        gbias[i] = *(const lanes *)s[i].sum[0];
        gtheta[i] = *(const lanes *)s[i].sum[1];
        glambda[i] = *(const lanes *)s[i].sum[2];
    }
    for (int tick = last; tick >= first; tick--)
        for (int i = 0; i < count; i++) {
            float *at = s[i].g + (size_t)tick * n_pad;
            const masks word = membrane_words(&s[i], tick, more), over = word - theta[i];
            const masks fired = over >= gt;
            lanes q = one + beta[i] * magnitude(real(over));
            lanes surrogate = inv_theta[i] / (q * q), gz = *(const lanes *)at;
            if (more) gz -= attach * (subtract ? real(theta[i]) * lsb : real(word) * lsb) * gv[i];
            lanes dz = gz * surrogate, through = subtract ? gv[i] : where(fired, zero, gv[i]);
            lanes g = where((word >= top) | (word <= bottom), zero, through + dz);
            *(lanes *)at = g;
            if (own) {
                gbias[i] += g;
                gtheta[i] -= dz + (subtract ? where(fired, gv[i], zero) : zero);
            }

            lanes lambda_t = lambda[i], v = zero;
            if (jitter) {
                lambda_t += slope[i] * each(s[i].jitter[tick]);
                lambda_t = where(lambda_t > zero, lambda_t, zero);
            }
            if ((linear || own) && tick > 0) { // v of the tick before, from its c
                const masks w = membrane_words(&s[i], tick - 1, more), above = w - theta[i];
                const masks spiked = above >= gt;
                v = real((spiked & (subtract ? above : (masks){0})) | (~spiked & w)) * lsb;
            }
            lanes keep = linear ? where(magnitude(v) >= lambda_t, one, zero) : one - lambda_t;
            gv[i] = g * keep;
            if (own)
                glambda[i] -=
                    g * (linear ? where(v >= lambda_t, one, where(v <= -lambda_t, -one, zero)) : v);
        }
    for (int i = 0; i < count; i++) {
        *(lanes *)s[i].gv = gv[i];
        if (!own) continue;
        *(lanes *)s[i].sum[0] = gbias[i];
        *(lanes *)s[i].sum[1] = gtheta[i];
        *(lanes *)s[i].sum[2] = glambda[i];
    }
}

// How the law and the options have it, as a number: for a switch.
enum { SUBTRACT = 1, LINEAR = 2, JITTER = 4, MORE = 8 };

LANES_INLINE void step_streams(const struct backward *b, const struct backward_layer *y,
                               const struct stream *s, int n_streams, int first, int last, int kind,
                               const bool subtract, const bool linear, const bool jitter,
                               const bool more)
{
    (void)kind;
    for (; n_streams >= 4; n_streams -= 4, s += 4)
        step(b, y, s, 4, first, last, subtract, linear, jitter, more);
    for (; n_streams > 0; n_streams--, s++)
        step(b, y, s, 1, first, last, subtract, linear, jitter, more);
}

static void step_all(const struct backward *b, const struct backward_layer *y,
                     const struct stream *s, int n_streams, int first, int last, int kind)
{
#define KIND(k)                                                                                    \
    case (k):                                                                                      \
        step_streams(b, y, s, n_streams, first, last, kind, ((k)&SUBTRACT) != 0,                   \
                     ((k)&LINEAR) != 0, ((k)&JITTER) != 0, false);                                 \
        break
    switch (kind) {
        KIND(0);
        KIND(1);
        KIND(2);
        KIND(3);
        KIND(4);
        KIND(5);
        KIND(6);
        KIND(7);
    default:
        step_streams(b, y, s, n_streams, first, last, kind, kind & SUBTRACT, kind & LINEAR, true,
                     true);
    }
#undef KIND
}

// dL/ds of a layer in all ticks of the group.
static void step_layer(struct backward *b, int l, const struct backward_clip *clips, int n_clips,
                       int kind)
{
    struct backward_layer *y = &b->layer[l];
    const size_t size = gs_size(b, y), n_pad = (size_t)y->n_pad;
    struct stream s[BACKWARD_GROUP * IMAGE_MAX_NEURONS / BACKWARD_LANES];
    int n_streams = 0;
    for (int clip = 0; clip < n_clips; clip++)
        for (int n = 0; n < y->n_out; n += 16, n_streams++) {
            const struct trace_layer *t = &clips[clip].trace->layer[l];
            size_t at = (size_t)clip * n_pad + (size_t)n;
            s[n_streams] = (struct stream){.c16 = t->c16 ? t->c16 + n : 0,
                                           .c = t->c ? t->c + n : 0,
                                           .c_stride = (size_t)t->stride,
                                           .g = y->gs + (size_t)clip * size + n,
                                           .gv = y->gv + at,
                                           .sum = {y->sum[0] + at, y->sum[1] + at, y->sum[2] + at},
                                           .jitter = b->jitter + (size_t)clip * (size_t)b->n_ticks,
                                           .n = n};
        }
    if (!y->recurrent) {
        step_all(b, y, s, n_streams, 0, b->n_ticks - 1, kind);
        return;
    }
    for (int tick = b->n_ticks - 1; tick >= 0; tick--) {
        float *gs = y->gs + (size_t)tick * n_pad;
        multiply(gs, size, gs, size, gs + n_pad, size, y->w_own, y->n_pad, y->n_out, n_clips);
        step_all(b, y, s, n_streams, tick, tick, kind);
    }
}

// --- gradients of weights
// -------------------------------------------------------------------------

typedef uint64_t words8 __attribute__((vector_size(64)));
typedef uint8_t bytes8 __attribute__((vector_size(8)));

// Bits turned over: in (n_ticks, n_words) says which sources were active in a tick; out
// (64·n_words, tick_words) in which ticks a source was.
static void turn(uint64_t *out, int tick_words, const uint64_t *in, int n_ticks, int n_words)
{
    uint64_t rows[64 + 1]; // one more, so that whole words can be read from any byte on
    rows[64] = 0;
    for (int k = 0; k < n_words; k++)
        for (int from = 0; from < n_ticks; from += 64) {
            for (int i = 0; i < 64; i++)
                rows[i] = from + i < n_ticks ? in[(from + i) * n_words + k] : 0;
            for (int byte = 0; byte < 8; byte++) {
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
            bytes64 some = {0};
            if (end - (x + i) >= 64)
                __builtin_memcpy(&some, x + i, 64);
            else
                __builtin_memcpy(&some, x + i, (size_t)n);
            uint64_t bits = top_bits((bytes64)(some != 0));
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
LANES_INLINE lanes input_lanes(const struct backward *b, const uint8_t *x, int n, int n_in)
{
    typedef uint8_t bytes16 __attribute__((vector_size(16)));
    bytes16 some = {0};
    if (n_in - n >= 16)
        __builtin_memcpy(&some, x + n, 16);
    else
        __builtin_memcpy(&some, x + n, (size_t)(n_in - n));
    return real(__builtin_convertvector(some, masks)) * each(b->x_lsb);
}

// A one-to-one layer: each source with its own neuron.
static void add_one_to_one(struct backward *b, struct backward_layer *y, const float *gs,
                           const uint8_t *x, const uint64_t *z)
{
    int n_words = trace_spike_words(y->n_in);
    for (int n = 0; n < y->n_out; n += 16) {
        lanes sum = *(const lanes *)&y->gw_in[n];
        for (int tick = 0; tick < b->n_ticks; tick++) {
            const lanes g = *(const lanes *)&gs[(size_t)tick * (size_t)y->n_pad + (size_t)n];
            uint16_t bits;
            if (z) {
                const char *row = (const char *)(z + (size_t)tick * (size_t)n_words);
                __builtin_memcpy(&bits, row + n / 8, sizeof bits);
                sum = add_where(bits, sum, g);
            } else {
                sum = fused(input_lanes(b, x + (size_t)tick * (size_t)y->n_in, n, y->n_in), g, sum);
            }
        }
        *(lanes *)&y->gw_in[n] = sum;
    }
}

// A narrow dense first layer: words in the lanes.
static void add_narrow_words(struct backward *b, struct backward_layer *y, const float *gs,
                             const uint8_t *x)
{
    for (int n = 0; n < y->n_out; n++)
        for (int i = 0; i < y->n_in; i += 16) {
            float *at = &y->gw_in[(size_t)n * (size_t)y->in_pad + (size_t)i];
            lanes sum = *(const lanes *)at;
            for (int tick = 0; tick < b->n_ticks; tick++)
                sum = fused(input_lanes(b, x + (size_t)tick * (size_t)y->n_in, i, y->n_in),
                            each(gs[(size_t)tick * (size_t)y->n_pad + (size_t)n]), sum);
            *(lanes *)at = sum;
        }
}

// Gradient of the weights of one clip. The spikes of a tick reach their own layer in the next.
static void add_weights(struct backward *b, int l, const struct backward_clip *clip,
                        const float *gs)
{
    struct backward_layer *y = &b->layer[l];
    const uint64_t *z = clip->trace->layer[l].z, *z_in = l ? clip->trace->layer[l - 1].z : 0;
    const uint8_t *x = l ? 0 : clip->stimulus.x;
    const int in_words = trace_spike_words(y->n_in), own_words = trace_spike_words(y->n_out);
    const int tick_words = trace_spike_words(b->n_ticks);
    if (y->one_to_one) {
        add_one_to_one(b, y, gs, x, z_in);
        return;
    }
    if (y->narrow) {
        if (l)
            add_narrow(y->gw_in, y->in_pad, gs, y->n_pad, y->n_out, z_in, in_words, b->n_ticks);
        else
            add_narrow_words(b, y, gs, x);
        if (y->recurrent)
            add_narrow(y->gw_own, y->n_pad, gs + y->n_pad, y->n_pad, y->n_out, z, own_words,
                       b->n_ticks);
        return;
    }
    if (l) {
        turn(b->ticks, tick_words, z_in, b->n_ticks, in_words);
    } else {
        find_active(b->active, x, y->n_in, b->n_ticks);
        turn(b->ticks, tick_words, b->active, b->n_ticks, in_words);
    }
    if (l || b->binary_input)
        add_sources(y->gw_in, gs, y->n_pad, b->ticks, tick_words, y->n_in, 0, 0);
    else
        add_sources(y->gw_in, gs, y->n_pad, b->ticks, tick_words, y->n_in, x, b->x_lsb);
    if (!y->recurrent) return;
    turn(b->ticks, tick_words, z, b->n_ticks, own_words);
    add_sources(y->gw_own, gs + y->n_pad, y->n_pad, b->ticks, tick_words, y->n_out, 0, 0);
}

void BACKWARD_RUN(struct backward *b, const struct backward_clip *clips, int n_clips)
{
    const struct backward_options *o = &b->options;
    int kind =
        (b->law.reset_subtract ? SUBTRACT : 0) |
        (b->law.leak_kind == LAW_LEAK_LINEAR ? LINEAR : 0) |
        (o->reset_grad != 0 || o->neuron_gradients || !clips[0].trace->layer[0].c16 ? MORE : 0);
    for (int clip = 0; clip < n_clips; clip++)
        if (clips[clip].stimulus.jitter) kind |= JITTER;
    for (int l = b->n_layers - 1; l >= 0; l--) {
        for (int clip = 0; clip < n_clips; clip++)
            spread_gz(b, l, clip);
        step_layer(b, l, clips, n_clips, kind);
    }
    for (int clip = 0; clip < n_clips; clip++)
        for (int l = 0; l < b->n_layers; l++)
            add_weights(b, l, &clips[clip],
                        b->layer[l].gs + (size_t)clip * gs_size(b, &b->layer[l]));
}
