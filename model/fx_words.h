// model/fx.h on sixteen unsigned words of 32 bits.
//
// As model/fx_lanes.h: everything inlined, one source for every instruction set, the same words
// from each. Products: model/fx_products.h.
#ifndef MODEL_FX_WORDS_H
#define MODEL_FX_WORDS_H

#include "model/fx_lanes.h"

typedef uint32_t fx_words __attribute__((vector_size(64)));

typedef fx_lanes_mask fx_words_mask;

FX_LANES_INLINE fx_words fxu_set(uint32_t x)
{
    return x - (fx_words){0};
}

FX_LANES_INLINE fx_words fxu_load(const void *x) // of any alignment
{
    fx_words y;
    __builtin_memcpy(&y, x, sizeof y);
    return y;
}

FX_LANES_INLINE void fxu_store(void *x, fx_words y)
{
    __builtin_memcpy(x, &y, sizeof y);
}

// --- masks ---

// Lanes of a where the mask is set, of b elsewhere.
FX_LANES_INLINE fx_words fxu_select(fx_words_mask m, fx_words a, fx_words b)
{
#if defined __AVX512F__
    return (fx_words)_mm512_mask_blend_epi32(m, (__m512i)b, (__m512i)a);
#else
    return (fx_words)((m & (fx_lanes)a) | (~m & (fx_lanes)b));
#endif
}

FX_LANES_INLINE fx_words_mask fxu_above(fx_words a, fx_words b)
{
#if defined __AVX512F__
    return _mm512_cmpgt_epu32_mask((__m512i)a, (__m512i)b);
#else
    return a > b;
#endif
}

// a > b, both with a sign.
FX_LANES_INLINE fx_words_mask fxu_above_signed(fx_words a, fx_words b)
{
#if defined __AVX512F__
    return _mm512_cmpgt_epi32_mask((__m512i)a, (__m512i)b);
#else
    return (fx_lanes)a > (fx_lanes)b;
#endif
}

FX_LANES_INLINE fx_words_mask fxu_nonzero(fx_words x)
{
#if defined __AVX512F__
    return _mm512_test_epi32_mask((__m512i)x, (__m512i)x);
#else
    return x != 0;
#endif
}

// Lane i of the mask is bit i of the result.
FX_LANES_INLINE uint16_t fxu_bits(fx_words_mask m)
{
#if defined __AVX512F__
    return m;
#else
    return (uint16_t)fxl_mask_bits(m);
#endif
}

FX_LANES_INLINE fx_words_mask fxu_mask(uint16_t bits)
{
#if defined __AVX512F__
    return bits;
#else
    const fx_lanes bit = {1,   2,   4,    8,    16,   32,   64,    128,
                          256, 512, 1024, 2048, 4096, 8192, 16384, 32768};
    return (fxl_set(bits) & bit) != 0;
#endif
}

// x + y and x - y, modulo 2^32, where the mask is set; x elsewhere.
FX_LANES_INLINE fx_words fxu_add_where(fx_words_mask m, fx_words x, fx_words y)
{
#if defined __AVX512F__
    return (fx_words)_mm512_mask_add_epi32((__m512i)x, m, (__m512i)x, (__m512i)y);
#else
    return x + ((fx_words)m & y);
#endif
}

FX_LANES_INLINE fx_words fxu_sub_where(fx_words_mask m, fx_words x, fx_words y)
{
#if defined __AVX512F__
    return (fx_words)_mm512_mask_sub_epi32((__m512i)x, m, (__m512i)x, (__m512i)y);
#else
    return x - ((fx_words)m & y);
#endif
}

// --- words ---

FX_LANES_INLINE fx_words fxu_smaller(fx_words a, fx_words b)
{
#if defined __AVX512F__
    return (fx_words)_mm512_min_epu32((__m512i)a, (__m512i)b);
#else
    return fxu_select(a < b, a, b);
#endif
}

FX_LANES_INLINE fx_words fxu_larger(fx_words a, fx_words b)
{
#if defined __AVX512F__
    return (fx_words)_mm512_max_epu32((__m512i)a, (__m512i)b);
#else
    return fxu_select(a > b, a, b);
#endif
}

// Words read as signed: max(x, 0), min(x, 0).
FX_LANES_INLINE fx_words fxu_positive(fx_words x)
{
    return (fx_words)fxl_larger((fx_lanes)x, (fx_lanes){0});
}

FX_LANES_INLINE fx_words fxu_negative(fx_words x)
{
    return (fx_words)fxl_smaller((fx_lanes)x, (fx_lanes){0});
}

// min(a + b, top). Domain: b <= top.
FX_LANES_INLINE fx_words fxu_add_sat(fx_words a, fx_words b, uint32_t top)
{
    return fxu_smaller(a, top - b) + b;
}

// max(a - b, 0).
FX_LANES_INLINE fx_words fxu_sub_sat(fx_words a, fx_words b)
{
    return a - fxu_smaller(a, b);
}

FX_LANES_INLINE fx_words fxu_shl(fx_words x, int n)
{
    return x << n;
}

FX_LANES_INLINE fx_words fxu_shr_floor(fx_words x, int n)
{
    return x >> n;
}

// The same of words read as signed.
FX_LANES_INLINE fx_words fxu_shr_floor_signed(fx_words x, int n)
{
    return (fx_words)((fx_lanes)x >> n);
}

// x·2^n and floor(x / 2^n), each lane by its own count; 0 from n = 32 (or n < 0) on.
FX_LANES_INLINE fx_words fxu_shl_each(fx_words x, fx_words n)
{
#if defined __AVX512F__
    return (fx_words)_mm512_sllv_epi32((__m512i)x, (__m512i)n);
#else
    return (x << (n & 31)) & (fx_words)(n < 32);
#endif
}

FX_LANES_INLINE fx_words fxu_shr_floor_each(fx_words x, fx_words n)
{
#if defined __AVX512F__
    return (fx_words)_mm512_srlv_epi32((__m512i)x, (__m512i)n);
#else
    return (x >> (n & 31)) & (fx_words)(n < 32);
#endif
}

// x / 2^n, to nearest, ties to even, each lane by its own count; x·2^-n where n < 0. Domain:
// n < 32 and the result fits.
FX_LANES_INLINE fx_words fxu_shr_rne_each(fx_words x, fx_words n)
{
    fx_words y = fxu_shr_floor_each(x, n) | fxu_shl_each(x, -n);
    fx_words below = fxu_shl_each(x, 32 - n); // its highest bit is a half
    return fxu_add_where(fxu_above(below | (y & 1), fxu_set((uint32_t)1 << 31)), y, fxu_set(1));
}

// Zeros above the leading one. Domain: x >= 1.
FX_LANES_INLINE fx_words fxu_lead(fx_words x)
{
#if defined __AVX512CD__
    return (fx_words)_mm512_lzcnt_epi32((__m512i)x);
#else
    fx_words lead = {0};
    for (uint32_t n = 16; n; n >>= 1) {
        fx_words step = (fx_words)((x >> (32 - n)) == 0) & n;
        lead += step;
        x <<= step;
    }
    return lead;
#endif
}

// table[i] of each lane.
FX_LANES_INLINE fx_words fxu_table(const uint32_t *table, fx_words i)
{
    uint32_t at[16], y[16];
    fxu_store(at, i);
    for (int l = 0; l < 16; l++)
        y[l] = table[at[l]];
    return fxu_load(y);
}

#if defined __AVX512F__
// The same of a table of 256 entries, aligned to 64 bytes. Domain: i <= 255.
FX_LANES_INLINE fx_words fxu_table256(const uint32_t *table, fx_words i)
{
    const __m512i *t = (const __m512i *)table, at = (__m512i)i;
    const __mmask16 bit5 = _mm512_test_epi32_mask(at, _mm512_set1_epi32(32)),
                    bit6 = _mm512_test_epi32_mask(at, _mm512_set1_epi32(64)),
                    bit7 = _mm512_test_epi32_mask(at, _mm512_set1_epi32(128));
    __m512i y[4], z[2];
    for (int k = 0; k < 4; k++)
        y[k] = _mm512_mask_blend_epi32(
            bit5, _mm512_permutex2var_epi32(t[4 * k], at, t[4 * k + 1]),
            _mm512_permutex2var_epi32(t[4 * k + 2], at, t[4 * k + 3])); // by the low 6 bits
    for (int k = 0; k < 2; k++)
        z[k] = _mm512_mask_blend_epi32(bit6, y[2 * k], y[2 * k + 1]);
    return (fx_words)_mm512_mask_blend_epi32(bit7, z[0], z[1]);
}

// x / 2^n, to nearest, ties to even. Domain: 1 <= n <= 31, x + 2^(n - 1) < 2^32.
FX_LANES_INLINE fx_words fxu_shr_rne(fx_words x, int n)
{
    fx_words half = x + ((uint32_t)1 << (n - 1)), y = half >> n;
    __mmask16 tie =
        _mm512_testn_epi32_mask((__m512i)half, _mm512_set1_epi32((int)(((uint32_t)1 << n) - 1)));
    return (fx_words)_mm512_mask_and_epi32((__m512i)y, tie, (__m512i)y, _mm512_set1_epi32(~1));
}
#endif

// Lanes, each of at most 8 bits, as bytes; and bytes as lanes. Of any alignment.
FX_LANES_INLINE void fxu_store_bytes(uint8_t *to, fx_words x)
{
#if defined __AVX512F__
    _mm_storeu_si128((__m128i *)to, _mm512_cvtepi32_epi8((__m512i)x));
#else
    typedef uint8_t narrow __attribute__((vector_size(16)));
    narrow y = __builtin_convertvector(x, narrow);
    __builtin_memcpy(to, &y, sizeof y);
#endif
}

FX_LANES_INLINE fx_words fxu_load_bytes(const uint8_t *from)
{
    return (fx_words)fxl_load_bytes(from);
}

#endif
