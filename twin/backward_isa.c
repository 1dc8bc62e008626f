// The hot part of the backward pass, compiled once for each instruction set (ISA_NAME).
//
// Same loop shape as model/kernel.c, ticks and layers in reverse. Loops run over whole padded rows
// so that they vectorise; fmaf() is the same bits fused in hardware or in libm.
#include "twin/backward.h"

#include <math.h>
#include <string.h>
#if defined __AVX512F__
#include <immintrin.h>
#endif

#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)
#ifndef ISA_NAME
#define ISA_NAME generic
#endif
#define BACKWARD_RUN JOIN(backward_run_, ISA_NAME)

void BACKWARD_RUN(struct backward *b, const struct stimulus *s, const struct trace *t,
                  const float *gcount);

typedef float lanes __attribute__((vector_size(64)));
typedef int32_t masks __attribute__((vector_size(64)));
#define LANES_INLINE static inline __attribute__((always_inline))

LANES_INLINE lanes each(float x)
{
    return x - (lanes){0};
}

LANES_INLINE lanes where(masks m, lanes a, lanes b)
{
    return (lanes)((m & (masks)a) | (~m & (masks)b));
}

LANES_INLINE lanes magnitude(lanes x)
{
    return (lanes)((masks)x & 0x7fffffff);
}

// a·b + c with one rounding: in hardware or by libm, the same bits.
LANES_INLINE lanes fused(lanes a, lanes b, lanes c)
{
#if defined __AVX512F__
    return (lanes)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#else
    lanes y;
    for (int i = 0; i < 16; i++)
        y[i] = fmaf(a[i], b[i], c[i]);
    return y;
#endif
}

LANES_INLINE lanes load(const float *x) // of any alignment
{
    lanes y;
    __builtin_memcpy(&y, x, sizeof y);
    return y;
}

// y[n] += Σ a[k]·x[k·stride + n] over n_rows, for `blocks` times 16 neurons. Even and odd rows have
// sums of their own, so that two chains of fused products run side by side.
LANES_INLINE void add_rows_blocks(float *y, const float *x, int stride, const float *a, int n_rows,
                                  int blocks)
{
    lanes even[4], odd[4];
    for (int i = 0; i < blocks; i++) {
        even[i] = *(lanes *)&y[16 * i];
        odd[i] = (lanes){0};
    }
    int k = 0;
    for (; k + 2 <= n_rows; k += 2, x += 2 * stride) {
        const lanes a0 = each(a[k]), a1 = each(a[k + 1]);
        for (int i = 0; i < blocks; i++) {
            even[i] = fused(a0, load(x + 16 * i), even[i]);
            odd[i] = fused(a1, load(x + stride + 16 * i), odd[i]);
        }
    }
    for (; k < n_rows; k++)
        for (int i = 0; i < blocks; i++)
            even[i] = fused(each(a[k]), load(x + 16 * i), even[i]);
    for (int i = 0; i < blocks; i++)
        *(lanes *)&y[16 * i] = even[i] + odd[i];
}

static void add_rows(float *y, const float *x, int stride, const float *a, int n_rows, int n)
{
    for (; n > 48; n -= 64, x += 64, y += 64)
        add_rows_blocks(y, x, stride, a, n_rows, 4);
    for (; n > 16; n -= 32, x += 32, y += 32)
        add_rows_blocks(y, x, stride, a, n_rows, 2);
    for (; n > 0; n -= 16, x += 16, y += 16)
        add_rows_blocks(y, x, stride, a, n_rows, 1);
}

// Row of gw += a·gs.
LANES_INLINE void add_row(float *y, const float *gs, float a, int n_out)
{
    for (int n = 0; n < n_out; n += 16)
        *(lanes *)&y[n] = fused(each(a), *(const lanes *)&gs[n], *(lanes *)&y[n]);
}

// Rows of gw whose sources spiked: bit i of z is source first + i.
LANES_INLINE void add_to_spiking(float *gw, const uint64_t *z, int n_words, int first,
                                 const float *gs, int n_out, int n_pad)
{
    for (int k = 0; k < n_words; k++)
        for (uint64_t rest = z[k]; rest; rest &= rest - 1) {
            int source = first + 64 * k + __builtin_ctzll(rest);
            float *row = gw + (size_t)source * (size_t)n_pad;
            for (int n = 0; n < n_out; n += 16)
                *(lanes *)&row[n] += *(const lanes *)&gs[n];
        }
}

// dL/dz of layer l from the layer after it (this tick) and from its own recurrence (tick after,
// whose dL/ds still stands in gs).
static void gather_gz(struct backward *b, int l, const float *gcount)
{
    struct backward_layer *y = &b->layer[l];
    memcpy(y->gz, y->grate, (size_t)y->n_pad * sizeof(float));
    if (l == b->n_layers - 1) {
        for (int n = 0; n < y->n_out; n++)
            y->gz[n] += gcount[n];
    } else {
        const struct backward_layer *up = &b->layer[l + 1];
        if (up->one_to_one)
            for (int n = 0; n < y->n_out; n++)
                y->gz[n] = fmaf(up->wt[n], up->gs[n], y->gz[n]);
        else
            add_rows(y->gz, up->wt, up->source_pad, up->gs, up->n_out, y->n_out);
    }
    if (y->recurrent) add_rows(y->gz, y->wt + y->n_in, y->source_pad, y->gs, y->n_out, y->n_out);
}

// Stages reset to leak of one layer, backwards. c and v_before: (n_pad) of this tick and the last;
// v_before is NULL where it is not needed.
// Written in lanes, as compilers would not: no choice but the law's is left inside the loop.
static void step(const struct backward *b, struct backward_layer *y, const int32_t *c,
                 const int32_t *v_before, float jitter)
{
    const struct law *law = &b->law;
    const bool subtract = law->reset_subtract, linear = law->leak_kind == LAW_LEAK_LINEAR;
    const float beta = b->options.slope, attach = b->options.reset_grad, lsb = b->lsb;
    const int32_t top = (int32_t)fx_max(law_bits(law->membrane));
    const int32_t bottom = law->floor_zero ? 0 : (int32_t)fx_min(law_bits(law->membrane));
    const lanes zero = {0}, one = each(1);

    for (int n = 0; n < y->n_out; n += 16) {
        const masks word = *(const masks *)&c[n];
        const lanes cr = __builtin_convertvector(word, lanes) * lsb;
        const lanes theta = *(lanes *)&y->theta[n], inv_theta = *(lanes *)&y->inv_theta[n];
        const lanes gv = *(lanes *)&y->gv[n], gz = *(lanes *)&y->gz[n];

        lanes over = cr - theta;
        lanes q = one + beta * magnitude(over) * inv_theta;
        lanes surrogate = inv_theta / (q * q);
        masks fired = over >= zero;
        lanes dz = (gz - attach * (subtract ? theta : cr) * gv) * surrogate;
        lanes g = (subtract ? gv : where(fired, zero, gv)) + dz;
        g = where((word >= top) | (word <= bottom), zero, g);

        lanes lambda = *(lanes *)&y->lambda[n] + *(lanes *)&y->slope[n] * jitter;
        lambda = where(lambda > zero, lambda, zero);
        lanes keep = one - lambda, vr = zero;
        if (v_before) vr = __builtin_convertvector(*(const masks *)&v_before[n], lanes) * lsb;
        lanes by_lambda = vr;
        if (linear) {
            keep = where(magnitude(vr) >= lambda, one, zero);
            by_lambda = where(vr >= lambda, one, where(vr <= -lambda, -one, zero));
        }
        *(lanes *)&y->gs[n] = g;
        *(lanes *)&y->gv[n] = g * keep;
        if (!b->options.neuron_gradients) continue;
        *(lanes *)&y->gbias[n] += g;
        *(lanes *)&y->gtheta[n] -= dz + (subtract ? where(fired, gv, zero) : zero);
        *(lanes *)&y->glambda[n] -= by_lambda * g;
    }
}

void BACKWARD_RUN(struct backward *b, const struct stimulus *s, const struct trace *t,
                  const float *gcount)
{
    static const int32_t at_rest[IMAGE_MAX_NEURONS + NETWORK_PAD] __attribute__((aligned(64)));
    for (int l = 0; l < b->n_layers; l++) {
        struct backward_layer *y = &b->layer[l];
        memset(y->gs, 0, (size_t)y->n_pad * sizeof(float));
        memset(y->gv, 0, (size_t)y->n_pad * sizeof(float));
    }
    for (int tick = s->n_ticks - 1; tick >= 0; tick--) {
        float jitter = s->jitter ? ldexpf(s->jitter[tick], -15) : 0;
        const uint8_t *x = s->x + (size_t)tick * (size_t)b->layer[0].n_in;
        for (int l = b->n_layers - 1; l >= 0; l--) {
            struct backward_layer *y = &b->layer[l];
            const struct trace_layer *ty = &t->layer[l];
            int n_words = trace_spike_words(y->n_out), in_words = trace_spike_words(y->n_in);
            const uint64_t *z_in = l ? t->layer[l - 1].z + (size_t)tick * (size_t)in_words : 0;
            const int32_t *c = ty->c + (size_t)tick * (size_t)ty->stride;
            const int32_t *v =
                ty->v ? tick ? ty->v + (size_t)(tick - 1) * (size_t)ty->stride : at_rest : 0;

            gather_gz(b, l, gcount);
            step(b, y, c, v, jitter);

            if (y->one_to_one) {
                for (int n = 0; n < y->n_out; n++) {
                    float word = l ? (float)fx_bit(z_in[n / 64], n % 64) : (float)x[n] * b->x_lsb;
                    y->gw[n] = fmaf(word, y->gs[n], y->gw[n]);
                }
                continue;
            }
            if (l)
                add_to_spiking(y->gw, z_in, in_words, 0, y->gs, y->n_out, y->n_pad);
            else
                for (int i = 0; i < y->n_in; i++)
                    if (x[i])
                        add_row(y->gw + (size_t)i * (size_t)y->n_pad, y->gs, (float)x[i] * b->x_lsb,
                                y->n_pad);
            if (y->recurrent && tick)
                add_to_spiking(y->gw, ty->z + (size_t)(tick - 1) * (size_t)n_words, n_words,
                               y->n_in, y->gs, y->n_out, y->n_pad);
        }
    }
}
