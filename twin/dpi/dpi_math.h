// exp and log of eight doubles at once, with IEEE basic operations only.
//
// The same bits for every compiler and instruction set (the C library's differ between machines
// with and without fused products). For *_isa.c only. Relative error below 1e-15 where the domain
// says.
#ifndef TWIN_DPI_DPI_MATH_H
#define TWIN_DPI_DPI_MATH_H

#include <stdint.h>

enum { DPI_VECTOR = 8 }; // doubles in a dpi_v

typedef double dpi_v __attribute__((vector_size(8 * DPI_VECTOR)));
typedef int64_t dpi_m __attribute__((vector_size(8 * DPI_VECTOR))); // of a comparison: -1 or 0
typedef uint64_t dpi_u __attribute__((vector_size(8 * DPI_VECTOR)));
#define DPI_INLINE static inline __attribute__((always_inline))

DPI_INLINE dpi_v dpi_each(double x)
{
    return x - (dpi_v){0};
}

DPI_INLINE dpi_v dpi_where(dpi_m m, dpi_v a, dpi_v b)
{
    return (dpi_v)((m & (dpi_m)a) | (~m & (dpi_m)b));
}

// The larger; b if a is no number.
DPI_INLINE dpi_v dpi_max(dpi_v a, dpi_v b)
{
    return dpi_where(a > b, a, b);
}

// e^x. Beyond ±700 it is e^±700. x = n ln 2 + r, |r| <= ln 2 / 2, Taylor's sum to r^13; ln 2 in two
// parts, the first with 20 bits of its mantissa empty.
DPI_INLINE dpi_v dpi_exp(dpi_v x)
{
    const double c[] = {1.0 / 6227020800,
                        1.0 / 479001600,
                        1.0 / 39916800,
                        1.0 / 3628800,
                        1.0 / 362880,
                        1.0 / 40320,
                        1.0 / 5040,
                        1.0 / 720,
                        1.0 / 120,
                        1.0 / 24,
                        1.0 / 6,
                        0.5,
                        1.0,
                        1.0};
    x = dpi_where(x > 700, dpi_each(700), dpi_where(x < -700, dpi_each(-700), x));
    const dpi_v shifter = dpi_each(0x1.8p52); // x + shifter has no fraction: nearest, ties to even
    dpi_v n = (x * 1.4426950408889634 + shifter) - shifter;
    dpi_v r = (x - n * 0x1.62e42feep-1) - n * 0x1.a39ef35793c76p-33;
    dpi_v y = dpi_each(c[0]);
    for (int i = 1; i < 14; i++)
        y = y * r + c[i];
    // 2^n: n + 1023 stands in the low bits of n + 1023 + 2^52; moved up to the exponent.
    dpi_u exponent = (dpi_u)(n + (1023 + 0x1p52)) * (UINT64_C(1) << 52);
    return y * (dpi_v)exponent;
}

// ln x; not a number for x <= 0 and for x that is none. Normal numbers only. x = 2^k m with m in
// [sqrt(1/2), sqrt(2)), ln m = 2 atanh((m − 1)/(m + 1)) by its series to the 23rd power.
DPI_INLINE dpi_v dpi_log(dpi_v x)
{
    const double sqrt2 = 1.4142135623730951;
    dpi_u bits = (dpi_u)x;
    dpi_u exponent = bits / (UINT64_C(1) << 52);
    dpi_v m = (dpi_v)((bits & 0xfffffffffffffu) | 0x3ff0000000000000u);
    dpi_v k = (dpi_v)(exponent | (dpi_u)dpi_each(0x1p52)) - (0x1p52 + 1023);
    dpi_m big = m > sqrt2;
    m = dpi_where(big, 0.5 * m, m);
    k = dpi_where(big, k + 1, k);
    dpi_v t = (m - 1) / (m + 1), tt = t * t, sum = dpi_each(1.0 / 23);
    for (int i = 21; i >= 1; i -= 2)
        sum = sum * tt + 1.0 / i;
    dpi_v y = k * 0x1.62e42feep-1 + (2 * t * sum + k * 0x1.a39ef35793c76p-33);
    return dpi_where(x > 0, y, dpi_each(__builtin_nan("")));
}

// The smallest whole number not below x, |x| < 2^51.
DPI_INLINE dpi_v dpi_ceil(dpi_v x)
{
    const dpi_v shifter = dpi_each(0x1.8p52);
    dpi_v n = (x + shifter) - shifter;
    return dpi_where(n < x, n + 1, n);
}

#endif
