// model/fx.h on the 64-bit products of sixteen words of 32 bits.
//
// Those of the even lanes and those of the odd lanes are two vectors of eight, as the machine
// multiplies. As model/fx_words.h in all else.
#ifndef MODEL_FX_PRODUCTS_H
#define MODEL_FX_PRODUCTS_H

#include "model/fx_words.h"

struct fx_products {
    fx_lanes64u even, odd;
};

// The words alone in their 64 bits.
FX_LANES_INLINE struct fx_products fxp_of(fx_words x)
{
    return (struct fx_products){(fx_lanes64u)x & UINT32_MAX, (fx_lanes64u)x >> 32};
}

// The low 32 bits of each, as words.
FX_LANES_INLINE fx_words fxp_words(struct fx_products x)
{
#if defined __AVX512F__
    return (fx_words)_mm512_mask_blend_epi32(0xaaaa, (__m512i)x.even,
                                             _mm512_slli_epi64((__m512i)x.odd, 32));
#else
    return (fx_words)((x.even & UINT32_MAX) | (x.odd << 32));
#endif
}

// Of the low 32 bits of eight words of 64, unsigned and signed.
FX_LANES_INLINE fx_lanes64u fxp_mul_low(fx_lanes64u a, fx_lanes64u b)
{
#if defined __AVX512F__
    return (fx_lanes64u)_mm512_mul_epu32((__m512i)a, (__m512i)b);
#else
    return (a & UINT32_MAX) * (b & UINT32_MAX);
#endif
}

FX_LANES_INLINE fx_lanes64u fxp_mul_low_signed(fx_lanes64u a, fx_lanes64u b)
{
#if defined __AVX512F__
    return (fx_lanes64u)_mm512_mul_epi32((__m512i)a, (__m512i)b);
#else
    return (fx_lanes64u)(((fx_lanes64)(a << 32) >> 32) * ((fx_lanes64)(b << 32) >> 32));
#endif
}

// a·b, exact.
FX_LANES_INLINE struct fx_products fxp_mul(fx_words a, fx_words b)
{
    return (struct fx_products){
        fxp_mul_low((fx_lanes64u)a, (fx_lanes64u)b),
        fxp_mul_low((fx_lanes64u)a >> 32, (fx_lanes64u)b >> 32),
    };
}

FX_LANES_INLINE struct fx_products fxp_mul_signed(fx_words a, fx_words b)
{
    return (struct fx_products){
        fxp_mul_low_signed((fx_lanes64u)a, (fx_lanes64u)b),
        fxp_mul_low_signed((fx_lanes64u)a >> 32, (fx_lanes64u)b >> 32),
    };
}

// a·b of words and products below 2^32.
FX_LANES_INLINE struct fx_products fxp_mul_by(fx_words a, struct fx_products b)
{
    return (struct fx_products){fxp_mul_low((fx_lanes64u)a, b.even),
                                fxp_mul_low((fx_lanes64u)a >> 32, b.odd)};
}

FX_LANES_INLINE struct fx_products fxp_add(struct fx_products a, struct fx_products b)
{
    return (struct fx_products){a.even + b.even, a.odd + b.odd};
}

FX_LANES_INLINE struct fx_products fxp_sub(struct fx_products a, struct fx_products b)
{
    return (struct fx_products){a.even - b.even, a.odd - b.odd};
}

FX_LANES_INLINE struct fx_products fxp_shl(struct fx_products x, int n)
{
    return (struct fx_products){x.even << n, x.odd << n};
}

// Nearest even by an added half: a tie leaves nothing below it, and an odd number one too high.
FX_LANES_INLINE fx_lanes64u fxp_even(fx_lanes64u half, fx_lanes64u y, int n)
{
    const uint64_t below = ((uint64_t)1 << n) - 1;
#if defined __AVX512F__
    __mmask8 tie = _mm512_testn_epi64_mask((__m512i)half, _mm512_set1_epi64((int64_t)below));
    return (fx_lanes64u)_mm512_mask_and_epi64((__m512i)y, tie, (__m512i)y, _mm512_set1_epi64(~1));
#else
    return y & ~((fx_lanes64u)((half & below) == 0) & 1);
#endif
}

// Domain: 0 <= n <= 62, x < 2^63; or any, if only the low 64 - n bits are read.
FX_LANES_INLINE struct fx_products fxp_shr_rne(struct fx_products x, int n)
{
    if (n == 0) return x;
    fx_lanes64u even = x.even + ((uint64_t)1 << (n - 1)), odd = x.odd + ((uint64_t)1 << (n - 1));
    return (struct fx_products){fxp_even(even, even >> n, n), fxp_even(odd, odd >> n, n)};
}

// The same of signed ones, |x| < 2^62.
FX_LANES_INLINE struct fx_products fxp_shr_rne_signed(struct fx_products x, int n)
{
    if (n == 0) return x;
    fx_lanes64u even = x.even + ((uint64_t)1 << (n - 1)), odd = x.odd + ((uint64_t)1 << (n - 1));
    return (struct fx_products){fxp_even(even, (fx_lanes64u)((fx_lanes64)even >> n), n),
                                fxp_even(odd, (fx_lanes64u)((fx_lanes64)odd >> n), n)};
}

// Signed products by any rounding. Domain: 0 <= n <= 62, |x| < 2^62.
FX_LANES_INLINE fx_lanes64u fxp_half_shr_signed(fx_lanes64u x, int n, enum fx_round r)
{
    const fx_lanes64u below = (fx_lanes64u){0} + (((uint64_t)1 << n) - 1);
    const fx_lanes64u negative = (fx_lanes64u)((fx_lanes64)x >> 63);
    if (r == FX_TOWARD_ZERO) x += negative & below;
    if (r == FX_AWAY) x += ~negative & below;
    if (r == FX_CEILING) x += below;
    return (fx_lanes64u)((fx_lanes64)x >> n);
}

FX_LANES_INLINE struct fx_products fxp_shr_signed(struct fx_products x, int n, enum fx_round r)
{
    if (r == FX_NEAREST_EVEN) return fxp_shr_rne_signed(x, n);
    return (struct fx_products){fxp_half_shr_signed(x.even, n, r),
                                fxp_half_shr_signed(x.odd, n, r)};
}

// a·b / 2^n of signed words, exact before it is rounded. Domain: the result fits a word.
FX_LANES_INLINE fx_lanes fxp_mul_shr(fx_lanes a, fx_lanes b, int n, enum fx_round r)
{
    return (fx_lanes)fxp_words(fxp_shr_signed(fxp_mul_signed((fx_words)a, (fx_words)b), n, r));
}

FX_LANES_INLINE fx_lanes64u fxp_half_shr_rne_each(fx_lanes64u x, fx_lanes64u n)
{
    const uint64_t half = (uint64_t)1 << 63;
    fx_lanes64u y = x >> n, below = (x << (64 - n)) | (y & 1);
#if defined __AVX512F__
    __mmask8 up = _mm512_cmpgt_epu64_mask((__m512i)below, _mm512_set1_epi64((int64_t)half));
    return (fx_lanes64u)_mm512_mask_add_epi64((__m512i)y, up, (__m512i)y, _mm512_set1_epi64(1));
#else
    return y - (fx_lanes64u)(below > half);
#endif
}

// Each by its own count, 1 <= n <= 63.
FX_LANES_INLINE struct fx_products fxp_shr_rne_each(struct fx_products x, fx_words n)
{
    struct fx_products by = fxp_of(n);
    return (struct fx_products){fxp_half_shr_rne_each(x.even, by.even),
                                fxp_half_shr_rne_each(x.odd, by.odd)};
}

// Signed ones: min(x, hi), and x held to lo..hi.
FX_LANES_INLINE struct fx_products fxp_smaller(struct fx_products x, int64_t hi)
{
    return (struct fx_products){
        (fx_lanes64u)fxw_smaller((fx_lanes64)x.even, fxw_set(hi)),
        (fx_lanes64u)fxw_smaller((fx_lanes64)x.odd, fxw_set(hi)),
    };
}

FX_LANES_INLINE struct fx_products fxp_sat(struct fx_products x, int64_t lo, int64_t hi)
{
    return (struct fx_products){
        (fx_lanes64u)fxw_sat((fx_lanes64)x.even, fxw_set(lo), fxw_set(hi)),
        (fx_lanes64u)fxw_sat((fx_lanes64)x.odd, fxw_set(lo), fxw_set(hi)),
    };
}

// Signed a > b.
FX_LANES_INLINE fx_words_mask fxp_above(struct fx_products a, struct fx_products b)
{
    fx_lanes64 even = (fx_lanes64)a.even > (fx_lanes64)b.even;
    fx_lanes64 odd = (fx_lanes64)a.odd > (fx_lanes64)b.odd;
    return fxu_nonzero(fxp_words((struct fx_products){(fx_lanes64u)even, (fx_lanes64u)odd}));
}

#endif
