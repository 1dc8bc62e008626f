// model/fx.h on 16 words of 32 bits (32 of 16, 8 of 64) at once.
//
// GCC's vector extensions: one source for every instruction set, everything inlined (so that the
// calling convention of wide vectors, which -Wpsabi warns of, is never used). Domain of each
// function: that of its twin in fx.h, with 32 bits for 64.
#ifndef MODEL_FX_LANES_H
#define MODEL_FX_LANES_H

#include "model/fx.h"

#include <stdbool.h>

#if defined __AVX2__
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

// --- which lanes ---

#if defined __AVX512F__
typedef __mmask16 fx_lanes_mask; // bit i: lane i
#else
typedef fx_lanes fx_lanes_mask; // −1 or 0
#endif

FX_LANES_INLINE fx_lanes_mask fxl_above(fx_lanes a, fx_lanes b)
{
#if defined __AVX512F__
    return _mm512_cmpgt_epi32_mask((__m512i)a, (__m512i)b);
#elif defined __AVX2__ // gcc would compare word by word
    __m256i x[2], y[2];
    __builtin_memcpy(x, &a, sizeof x);
    __builtin_memcpy(y, &b, sizeof y);
    for (int i = 0; i < 2; i++)
        x[i] = _mm256_cmpgt_epi32(x[i], y[i]);
    __builtin_memcpy(&a, x, sizeof a);
    return a;
#else
    return a > b;
#endif
}

FX_LANES_INLINE fx_lanes_mask fxl_at_least(fx_lanes a, fx_lanes b)
{
#if defined __AVX512F__
    return _mm512_cmpge_epi32_mask((__m512i)a, (__m512i)b);
#else
    return ~fxl_above(b, a);
#endif
}

FX_LANES_INLINE fx_lanes_mask fxl_both(fx_lanes_mask a, fx_lanes_mask b)
{
    return (fx_lanes_mask)(a & b);
}

// Lanes of a where the mask is set, of b elsewhere.
FX_LANES_INLINE fx_lanes fxl_where(fx_lanes_mask m, fx_lanes a, fx_lanes b)
{
#if defined __AVX512F__
    return (fx_lanes)_mm512_mask_blend_epi32(m, (__m512i)b, (__m512i)a);
#else
    return (m & a) | (~m & b);
#endif
}

// --- shifts ---

// By a count that is the same in all lanes: one known only at run time costs less in lanes of its own.
FX_LANES_INLINE fx_lanes fxl_shl(fx_lanes x, int n)
{
#if defined __AVX512F__
    if (!__builtin_constant_p(n))
        return (fx_lanes)_mm512_sllv_epi32((__m512i)x, _mm512_set1_epi32(n));
#endif
    return x << n;
}

FX_LANES_INLINE fx_lanes fxl_shr_floor(fx_lanes x, int n)
{
#if defined __AVX512F__
    if (!__builtin_constant_p(n))
        return (fx_lanes)_mm512_srav_epi32((__m512i)x, _mm512_set1_epi32(n));
#endif
    return x >> n;
}

FX_LANES_INLINE fx_lanes fxl_shr(fx_lanes x, int n, enum fx_round r)
{
    if (n == 0) return x;
    if (r == FX_NEAREST_EVEN) x += ((1 << (n - 1)) - 1) + (fxl_shr_floor(x, n) & 1);
    if (r == FX_TOWARD_ZERO) x += (x >> 31) & ((1 << n) - 1);
    if (r == FX_CEILING) x += (1 << n) - 1;
    if (r == FX_AWAY) x += ~(x >> 31) & ((1 << n) - 1);
    return fxl_shr_floor(x, n);
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
    return fxl_shr_floor(fxl_shl(x, 32 - bits), 32 - bits);
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

// a·b of words that fit 16 bits, 0 <= b.
FX_LANES_INLINE fx_lanes fxl_mul_short(fx_lanes a, fx_lanes b)
{
#if defined __AVX512BW__
    return (fx_lanes)_mm512_madd_epi16((__m512i)a, (__m512i)b); // b's upper 16 bits are 0
#else
    return a * b;
#endif
}

// a·b / 2^n, exact before it is rounded. Domain: the result fits a word, and so does the product of b and
// any number below 2^n, with 2^n more where it is rounded. shorts: 0 <= b < 2^15, n <= 15 and a / 2^n fits
// 16 bits.
FX_LANES_INLINE fx_lanes fxl_mul_shr_halves(fx_lanes a, fx_lanes b, int n, enum fx_round r,
                                            const bool shorts)
{
    const fx_lanes below = fxl_set((int32_t)((1u << n) - 1)), zero = {0};
    const fx_lanes whole = fxl_shr_floor(a, n);
    const fx_lanes upper = shorts ? fxl_mul_short(whole, b) : whole * b;
    fx_lanes lower = shorts ? fxl_mul_short(a & below, b) : (a & below) * b;
    const fx_lanes_mask negative = fxl_above(zero, shorts ? a : a ^ b);
    if (r == FX_TOWARD_ZERO) lower = fxl_where(negative, lower + below, lower);
    if (r == FX_AWAY) lower = fxl_where(negative, lower, lower + below);
    if (r == FX_CEILING) lower += below;
    if (r == FX_NEAREST_EVEN && n) lower += (below >> 1) + ((upper + fxl_shr_floor(lower, n)) & 1);
    return upper + fxl_shr_floor(lower, n);
}

// Bit i is set where lane i of the mask is.
FX_LANES_INLINE uint32_t fxl_mask_bits(fx_lanes_mask mask)
{
#if defined __AVX512F__
    return mask;
#elif defined __AVX2__
    __m256 half[2];
    __builtin_memcpy(half, &mask, sizeof half);
    return (uint32_t)_mm256_movemask_ps(half[0]) | (uint32_t)_mm256_movemask_ps(half[1]) << 8;
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
