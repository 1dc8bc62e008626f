// model/fx.h on a register of 16-bit words, for model/lif/kernel_many.c only.
//
// As wide as the instruction set's registers: FX16 words. Everything is inlined. What two's
// complement adds and subtracts exactly is written + and −; what can lose bits has a name here.
#ifndef MODEL_FX_LANES16_H
#define MODEL_FX_LANES16_H

#include "model/fx_lanes.h"

#if defined __x86_64__
#include <immintrin.h>
#endif

#if defined __AVX512BW__
enum { FX16 = 32 };
typedef __m512i fx16_register;
typedef uint32_t fx16_mask; // bit i: lane i
#define FX16_OP(name) _mm512_##name
#elif defined __AVX2__
enum { FX16 = 16 };
typedef __m256i fx16_register;
#define FX16_OP(name) _mm256_##name
#elif defined __x86_64__
enum { FX16 = 8 };
typedef __m128i fx16_register;
#define FX16_OP(name) _mm_##name
#else
enum { FX16 = 8 };
#endif
typedef int16_t fx16 __attribute__((vector_size(2 * FX16)));
typedef uint16_t fx16_unsigned __attribute__((vector_size(2 * FX16)));
#ifndef __AVX512BW__
typedef fx16 fx16_mask; // −1 or 0
#endif

FX_LANES_INLINE fx16 fx16_set(int16_t x)
{
    return x - (fx16){0};
}

FX_LANES_INLINE fx16 fx16_load(const int16_t *x) // of any alignment
{
    fx16 y;
    __builtin_memcpy(&y, x, sizeof y);
    return y;
}

FX_LANES_INLINE void fx16_store(int16_t *x, fx16 y)
{
    __builtin_memcpy(x, &y, sizeof y);
}

#if defined __x86_64__
#define FX16_BINARY(name, op, plain)                                                               \
    FX_LANES_INLINE fx16 name(fx16 a, fx16 b)                                                      \
    {                                                                                              \
        return (fx16)FX16_OP(op)((fx16_register)a, (fx16_register)b);                              \
    }
#else
#define FX16_BINARY(name, op, plain)                                                               \
    FX_LANES_INLINE fx16 name(fx16 x, fx16 y)                                                      \
    {                                                                                              \
        fx16 z;                                                                                    \
        for (int i = 0; i < FX16; i++) {                                                           \
            int32_t a = x[i], b = y[i];                                                            \
            uint32_t ua = (uint16_t)a, ub = (uint16_t)b;                                           \
            (void)ua, (void)ub;                                                                    \
            z[i] = (int16_t)(plain);                                                               \
        }                                                                                          \
        return z;                                                                                  \
    }
#endif
FX16_BINARY(fx16_add_sat, adds_epi16, fx_sat(a + b, INT16_MIN, INT16_MAX))
FX16_BINARY(fx16_sub_sat, subs_epi16, fx_sat(a - b, INT16_MIN, INT16_MAX))
FX16_BINARY(fx16_sub_sat_unsigned, subs_epu16, ua > ub ? ua - ub : 0)
FX16_BINARY(fx16_larger, max_epi16, a > b ? a : b)
FX16_BINARY(fx16_smaller, min_epi16, a < b ? a : b)
FX16_BINARY(fx16_mul_low, mullo_epi16, ua *ub)         // the low 16 bits of the product
FX16_BINARY(fx16_mul_high, mulhi_epi16, (a * b) >> 16) // its high 16 bits, of signed words

// |x|, of −2^15 the nearest word.
FX_LANES_INLINE fx16 fx16_magnitude(fx16 x)
{
    return fx16_larger(x, fx16_sub_sat((fx16){0}, x));
}

FX_LANES_INLINE fx16_mask fx16_at_least(fx16 a, fx16 b)
{
#if defined __AVX512BW__
    return _mm512_cmpge_epi16_mask((__m512i)a, (__m512i)b);
#else
    return a >= b;
#endif
}

FX_LANES_INLINE fx16_mask fx16_above(fx16 a, fx16 b)
{
#if defined __AVX512BW__
    return _mm512_cmpgt_epi16_mask((__m512i)a, (__m512i)b);
#else
    return a > b;
#endif
}

// Lanes of a where the mask is set, of b elsewhere.
FX_LANES_INLINE fx16 fx16_select(fx16_mask m, fx16 a, fx16 b)
{
#if defined __AVX512BW__
    return (fx16)_mm512_mask_blend_epi16(m, (__m512i)b, (__m512i)a);
#else
    return (m & a) | (~m & b);
#endif
}

// x less 1 where the mask is set.
FX_LANES_INLINE fx16 fx16_count(fx16 x, fx16_mask m)
{
#if defined __AVX512BW__
    return (fx16)_mm512_mask_sub_epi16((__m512i)x, m, (__m512i)x, _mm512_set1_epi16(-1));
#else
    return x - m;
#endif
}

// Bit i is set where lane i of the mask is.
FX_LANES_INLINE uint32_t fx16_bits(fx16_mask m)
{
#if defined __AVX512BW__
    return m;
#elif defined __AVX2__
    __m128i low = _mm256_castsi256_si128((__m256i)m);
    __m128i high = _mm256_extracti128_si256((__m256i)m, 1);
    return (uint32_t)_mm_movemask_epi8(_mm_packs_epi16(low, high));
#elif defined __x86_64__
    return (uint32_t)_mm_movemask_epi8(_mm_packs_epi16((__m128i)m, _mm_setzero_si128()));
#else
    uint32_t bits = 0;
    for (int i = 0; i < FX16; i++)
        bits |= (uint32_t)(m[i] & 1) << i;
    return bits;
#endif
}

// x · 2^n, the low 16 bits; 0 <= n <= 15.
FX_LANES_INLINE fx16 fx16_shl(fx16 x, int n)
{
    return (fx16)((fx16_unsigned)x << n);
}

// The words read as unsigned, / 2^n, floor; 0 <= n <= 15.
FX_LANES_INLINE fx16 fx16_shr_unsigned(fx16 x, int n)
{
    return (fx16)((fx16_unsigned)x >> n);
}

// −1 where a word is negative, else 0.
FX_LANES_INLINE fx16 fx16_negative(fx16 x)
{
    return x >> 15;
}

// −1 where a number whole + fraction / 2^16 (fraction unsigned) rounds up from its floor, else 0.
FX_LANES_INLINE fx16 fx16_up(fx16 whole, fx16 fraction, enum fx_round r)
{
    if (r == FX_FLOOR) return (fx16){0};
    if (r == FX_NEAREST_EVEN) { // above a half, or a half and odd: the odd bit fits below a half
#if defined __AVX512BW__
        fx16 f = (fx16)_mm512_ternarylogic_epi32((__m512i)fraction, (__m512i)whole,
                                                 _mm512_set1_epi16(1), 0xf8);
#else
        fx16 f = fraction | (whole & 1);
#endif
        return fx16_sub_sat_unsigned(f, fx16_set(1)) >> 15;
    }
    fx16 any = (fx16)(fraction != 0);
    if (r == FX_TOWARD_ZERO) return any & (whole >> 15);
    return r == FX_CEILING ? any : any & ~(whole >> 15);
}

// x / 2^n, 0 <= n <= 15.
FX_LANES_INLINE fx16 fx16_shr(fx16 x, int n, enum fx_round r)
{
    if (n == 0) return x;
    fx16 whole = x >> n;
    return whole - fx16_up(whole, fx16_shl(x, 16 - n), r);
}

// The low `bits` <= 16 of a + b and of a − b, as signed words.
FX_LANES_INLINE fx16 fx16_add_wrap(fx16 a, fx16 b, int bits)
{
    return fx16_shl((fx16)((fx16_unsigned)a + (fx16_unsigned)b), 16 - bits) >> (16 - bits);
}

FX_LANES_INLINE fx16 fx16_sub_wrap(fx16 a, fx16 b, int bits)
{
    return fx16_shl((fx16)((fx16_unsigned)a - (fx16_unsigned)b), 16 - bits) >> (16 - bits);
}

// Four signed words in one, added and subtracted as one 64-bit number: Σ a[k]·2^16k. A sum that
// begins at FX16_FOUR has no borrow between words whose own sums fit 16 bits.
#define FX16_FOUR 0x8000800080008000u

// x · 2^16k: the term of word k.
FX_LANES_INLINE uint64_t fx16_word_of_four(int64_t x, int k)
{
    return (uint64_t)x << (16 * k);
}

// The four words of a sum that began at FX16_FOUR, as they lie in memory.
FX_LANES_INLINE uint64_t fx16_four_words(uint64_t sum)
{
    return sum ^ FX16_FOUR;
}

// Four times the same word.
FX_LANES_INLINE uint64_t fx16_four_same(int16_t x)
{
    return (uint16_t)x * (uint64_t)0x0001000100010001u;
}

// Bit i of the result is set where byte i of 16 is not 0.
FX_LANES_INLINE uint16_t fx16_nonzero_bytes(const uint8_t x[16])
{
#if defined __x86_64__
    __m128i bytes;
    __builtin_memcpy(&bytes, x, 16);
    return (uint16_t)~_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_setzero_si128()));
#else
    unsigned bits = 0;
    for (int i = 0; i < 16; i++)
        bits |= (unsigned)(x[i] != 0) << i;
    return (uint16_t)bits;
#endif
}

#endif
