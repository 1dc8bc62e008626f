// exp and log of one double with IEEE basic operations only: the same bits on every machine.
//
// The C library's differ between machines with and without fused products, and a word that is
// rounded from them may then differ too. Relative error below 4e-16 where the domain says.
#ifndef BASE_BASIC_MATH_H
#define BASE_BASIC_MATH_H

#include <math.h>

// e^x − 1 for |x| <= 0.35: Taylor's sum to x^15.
static inline double basic_expm1_near(double x)
{
    double sum = 0;
    for (int n = 15; n >= 1; n--)
        sum = (sum + 1) * x / n;
    return sum;
}

// e^x; below −700 it is 0, above 700 infinite. x = n ln 2 + r; ln 2 in two parts, the first with
// 20 bits of its mantissa empty, so that n times it is exact.
static inline double basic_exp(double x)
{
    if (!(x >= -700)) return 0;
    if (x > 700) return INFINITY;
    double n = nearbyint(x * 1.4426950408889634);
    double r = (x - n * 0x1.62e42feep-1) - n * 0x1.a39ef35793c76p-33;
    return ldexp(1 + basic_expm1_near(r), (int)n);
}

// e^x − 1 without the loss of digits near 0.
static inline double basic_expm1(double x)
{
    return fabs(x) <= 0.35 ? basic_expm1_near(x) : basic_exp(x) - 1;
}

// ln x; −infinity for x <= 0 and what is no number. x = 2^k m with m in [sqrt(1/2), sqrt(2)),
// ln m = 2 atanh((m − 1)/(m + 1)) by its series to the 23rd power.
static inline double basic_log(double x)
{
    int k;
    if (!(x > 0)) return -INFINITY;
    double m = frexp(x, &k);
    if (m < 0.7071067811865476) {
        m *= 2;
        k--;
    }
    double t = (m - 1) / (m + 1), tt = t * t, sum = 0;
    for (int i = 23; i >= 3; i -= 2)
        sum = (sum + 1.0 / i) * tt;
    return k * 0x1.62e42feep-1 + (2 * t + (2 * t * sum + k * 0x1.a39ef35793c76p-33));
}

#endif
