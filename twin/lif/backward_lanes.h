// 16 floats at once, for twin/lif/backward_isa.c only.
//
// GCC's vector extensions: one source for every instruction set, everything inlined, as in
// model/fx_lanes.h. Each operation rounds once and the same everywhere.
#ifndef TWIN_LIF_BACKWARD_LANES_H
#define TWIN_LIF_BACKWARD_LANES_H

#include "model/fx.h"

#include <math.h>
#if defined __AVX2__
#include <immintrin.h>
#endif

typedef float lanes __attribute__((vector_size(64)));
typedef int32_t masks __attribute__((vector_size(64)));
#define LANES_INLINE static inline __attribute__((always_inline))

LANES_INLINE lanes each(float x)
{
    return x - (lanes){0};
}

// Which lanes: of a comparison.
#if defined __AVX512F__
typedef __mmask16 which;

LANES_INLINE which at_least(masks a, masks b)
{
    return _mm512_cmp_epi32_mask((__m512i)a, (__m512i)b, _MM_CMPINT_NLT);
}

LANES_INLINE which real_at_least(lanes a, lanes b)
{
    return _mm512_cmp_ps_mask((__m512)a, (__m512)b, _CMP_GE_OQ);
}

// Lanes of a where m, of b elsewhere.
LANES_INLINE lanes where(which m, lanes a, lanes b)
{
    return (lanes)_mm512_mask_blend_ps(m, (__m512)b, (__m512)a);
}

LANES_INLINE which in_bits(uint16_t bits)
{
    return bits;
}
#else
typedef masks which;

LANES_INLINE which at_least(masks a, masks b)
{
    return a >= b;
}

LANES_INLINE which real_at_least(lanes a, lanes b)
{
    return a >= b;
}

LANES_INLINE lanes where(which m, lanes a, lanes b)
{
    return (lanes)((m & (masks)a) | (~m & (masks)b));
}

LANES_INLINE which in_bits(uint16_t bits)
{
    const masks bit = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768};
    return (((masks){0} + bits) & bit) != 0;
}
#endif

LANES_INLINE lanes magnitude(lanes x)
{
    return (lanes)((masks)x & 0x7fffffff);
}

LANES_INLINE lanes real(masks x)
{
    return __builtin_convertvector(x, lanes);
}

LANES_INLINE masks widened(const int16_t *x)
{
#if defined __AVX512F__
    return (masks)_mm512_cvtepi16_epi32(_mm256_loadu_si256((const __m256i_u *)x));
#else
    typedef int16_t halves __attribute__((vector_size(32)));
    halves y;
    __builtin_memcpy(&y, x, sizeof y);
    return __builtin_convertvector(y, masks);
#endif
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

// a + x in the lanes whose bit is set, a in the others.
LANES_INLINE lanes add_where(uint16_t bits, lanes a, lanes x)
{
    return where(in_bits(bits), a + x, a);
}

typedef uint8_t bytes64 __attribute__((vector_size(64)));

// The uppermost bits of 64 bytes.
LANES_INLINE uint64_t top_bits(bytes64 x)
{
#if defined __AVX512BW__
    return _mm512_movepi8_mask((__m512i)x);
#else
    uint64_t bits = 0;
    for (int i = 0; i < 64; i++)
        if (x[i] > 127) bits |= fx_one(i);
    return bits;
#endif
}

#endif
