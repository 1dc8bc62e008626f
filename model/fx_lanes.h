// model/fx.h on 16 words of 32 bits (32 of 16, 8 of 64) at once.
//
// GCC's vector extensions: one source for every instruction set, everything inlined (so that the
// calling convention of wide vectors, which -Wpsabi warns of, is never used). Domain of each
// function: that of its twin in fx.h, with 32 bits for 64.
#ifndef MODEL_FX_LANES_H
#define MODEL_FX_LANES_H

#include "model/fx.h"

#if defined __AVX512F__
#include <immintrin.h>
#endif

typedef int32_t fx_lanes __attribute__((vector_size(64)));
typedef int16_t fx_lanes16 __attribute__((vector_size(64)));
#define FX_LANES_INLINE static inline __attribute__((always_inline))

FX_LANES_INLINE fx_lanes fxl_set(int32_t x)
{
    return x - (fx_lanes){0};
}

// Lanes of a where the mask is −1, of b where it is 0.
FX_LANES_INLINE fx_lanes fxl_select(fx_lanes mask, fx_lanes a, fx_lanes b)
{
    return (mask & a) | (~mask & b);
}

FX_LANES_INLINE fx_lanes fxl_shl(fx_lanes x, int n)
{
    return x << n;
}

FX_LANES_INLINE fx_lanes fxl_shr(fx_lanes x, int n, enum fx_round r)
{
    if (n == 0 || r == FX_FLOOR) return x >> n;
    if (r == FX_NEAREST_EVEN) return (x + ((1 << (n - 1)) - 1) + ((x >> n) & 1)) >> n;
    if (r == FX_TOWARD_ZERO) return (x + ((x >> 31) & ((1 << n) - 1))) >> n;
    if (r == FX_CEILING) return (x + ((1 << n) - 1)) >> n;
    return (x + (~(x >> 31) & ((1 << n) - 1))) >> n;
}

// Each lane by its own count; rounds like fx_shr.
FX_LANES_INLINE fx_lanes fxl_shr_each(fx_lanes x, fx_lanes n, enum fx_round r)
{
    fx_lanes one = fxl_set(1), none = n == 0, half = one << ((n - 1) & ~none);
    if (r == FX_FLOOR) return x >> n;
    if (r == FX_NEAREST_EVEN) return fxl_select(none, x, (x + half - 1 + ((x >> n) & 1)) >> n);
    fx_lanes up = -(-x >> n); // without a sum, which n = 31 would carry out of the lane
    if (r == FX_TOWARD_ZERO) return fxl_select(x < 0, up, x >> n);
    return r == FX_CEILING ? up : fxl_select(x < 0, x >> n, up);
}

FX_LANES_INLINE fx_lanes fxl_larger(fx_lanes a, fx_lanes b)
{
#if defined __AVX512F__
    return (fx_lanes)_mm512_max_epi32((__m512i)a, (__m512i)b);
#else
    return fxl_select(a > b, a, b);
#endif
}

FX_LANES_INLINE fx_lanes fxl_smaller(fx_lanes a, fx_lanes b)
{
#if defined __AVX512F__
    return (fx_lanes)_mm512_min_epi32((__m512i)a, (__m512i)b);
#else
    return fxl_select(a < b, a, b);
#endif
}

// lo <= hi
FX_LANES_INLINE fx_lanes fxl_sat(fx_lanes x, fx_lanes lo, fx_lanes hi)
{
    return fxl_smaller(fxl_larger(x, lo), hi);
}

FX_LANES_INLINE fx_lanes fxl_wrap(fx_lanes x, int bits)
{
    return (x << (32 - bits)) >> (32 - bits);
}

// Sums modulo 2^32.
FX_LANES_INLINE fx_lanes fxl_add(fx_lanes a, fx_lanes b)
{
    typedef uint32_t fx_lanes_u __attribute__((vector_size(64)));
    return (fx_lanes)((fx_lanes_u)a + (fx_lanes_u)b);
}

FX_LANES_INLINE fx_lanes fxl_sub(fx_lanes a, fx_lanes b)
{
    typedef uint32_t fx_lanes_u __attribute__((vector_size(64)));
    return (fx_lanes)((fx_lanes_u)a - (fx_lanes_u)b);
}

// fx_log2_lane of lanes without a sign: the domain is the same.
FX_LANES_INLINE fx_lanes fxl_log2(fx_lanes x, int frac_in, int frac)
{
    typedef uint32_t fx_lanes_u __attribute__((vector_size(64)));
    fx_lanes_u y = (fx_lanes_u)x + ((uint32_t)1 << frac_in), rest = y, top = y ^ y;
    for (uint32_t n = 16; n; n >>= 1) {
        fx_lanes_u step = (fx_lanes_u)(rest >= ((uint32_t)1 << n)) & n;
        top += step;
        rest >>= step;
    }
    fx_lanes_u mantissa = (y << (31 - top)) & INT32_MAX; // the bits after the leading one
    return (fx_lanes)(((top - (uint32_t)frac_in) << frac) + (mantissa >> (31 - frac)));
}

// Bit i is set where lane i of the mask is −1.
FX_LANES_INLINE uint32_t fxl_bits(fx_lanes mask)
{
#if defined __AVX512F__
    return _mm512_cmpneq_epi32_mask((__m512i)mask, _mm512_setzero_si512());
#else
    const fx_lanes weights = {1,   2,   4,    8,    16,   32,   64,    128,
                              256, 512, 1024, 2048, 4096, 8192, 16384, 32768};
    fx_lanes set = mask & weights;
    uint32_t bits = 0;
    for (int i = 0; i < 16; i++)
        bits |= (uint32_t)set[i];
    return bits;
#endif
}

// The lanes, each of at most 16 bits, as 16-bit words. Of any alignment.
FX_LANES_INLINE void fxl_store16(int16_t *to, fx_lanes x)
{
    typedef int16_t narrow __attribute__((vector_size(32)));
    narrow y = __builtin_convertvector(x, narrow);
    __builtin_memcpy(to, &y, sizeof y);
}

// 16 words of 16 bits, signed, or of 8 bits, unsigned; of any alignment.
FX_LANES_INLINE fx_lanes fxl_load16(const int16_t *from)
{
    typedef int16_t narrow __attribute__((vector_size(32)));
    narrow x;
    __builtin_memcpy(&x, from, sizeof x);
    return __builtin_convertvector(x, fx_lanes);
}

FX_LANES_INLINE fx_lanes fxl_load_bytes(const uint8_t *from)
{
#if defined __AVX512F__
    return (fx_lanes)_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)from));
#else
    typedef uint8_t narrow __attribute__((vector_size(16)));
    narrow x;
    __builtin_memcpy(&x, from, sizeof x);
    return __builtin_convertvector(x, fx_lanes);
#endif
}

// Signed 16-bit lanes widened: the lower and the upper 16 of 32.
FX_LANES_INLINE fx_lanes fxl_widen_low(fx_lanes16 x)
{
    return __builtin_convertvector(
        __builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15),
        fx_lanes);
}

FX_LANES_INLINE fx_lanes fxl_widen_high(fx_lanes16 x)
{
    return __builtin_convertvector(__builtin_shufflevector(x, x, 16, 17, 18, 19, 20, 21, 22, 23, 24,
                                                           25, 26, 27, 28, 29, 30, 31),
                                   fx_lanes);
}

// --- eight words of 64 bits ---

typedef int64_t fx_lanes64 __attribute__((vector_size(64)));
typedef uint64_t fx_lanes64u __attribute__((vector_size(64)));

FX_LANES_INLINE fx_lanes64 fxw_set(int64_t x)
{
    return x - (fx_lanes64){0};
}

FX_LANES_INLINE fx_lanes64 fxw_select(fx_lanes64 mask, fx_lanes64 a, fx_lanes64 b)
{
    return (mask & a) | (~mask & b);
}

FX_LANES_INLINE fx_lanes64 fxw_larger(fx_lanes64 a, fx_lanes64 b)
{
#if defined __AVX512F__
    return (fx_lanes64)_mm512_max_epi64((__m512i)a, (__m512i)b);
#else
    return fxw_select(a > b, a, b);
#endif
}

FX_LANES_INLINE fx_lanes64 fxw_smaller(fx_lanes64 a, fx_lanes64 b)
{
#if defined __AVX512F__
    return (fx_lanes64)_mm512_min_epi64((__m512i)a, (__m512i)b);
#else
    return fxw_select(a < b, a, b);
#endif
}

// lo <= hi
FX_LANES_INLINE fx_lanes64 fxw_sat(fx_lanes64 x, fx_lanes64 lo, fx_lanes64 hi)
{
    return fxw_smaller(fxw_larger(x, lo), hi);
}

#endif
