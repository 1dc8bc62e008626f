// exp, log, sin and their kin of one double with IEEE basic operations only: the same bits on every
// machine.
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

// ln(1 + x) without the loss of digits near 0 (Kahan): what 1 + x lost is put back as a factor.
static inline double basic_log1p(double x)
{
    double u = 1 + x;
    return u == 1 ? x : basic_log(u) * (x / (u - 1));
}

// x^y of x > 0; the error grows with |y ln x|, of which it is some 2e-16.
static inline double basic_pow(double x, double y)
{
    return basic_exp(y * basic_log(x));
}

// tanh x = (e^2x − 1) / (e^2x + 1); ±1 from |x| = 20 on.
static inline double basic_tanh(double x)
{
    if (fabs(x) >= 20) return copysign(1, x);
    double e = basic_expm1(2 * x);
    return e / (e + 2);
}

// sin x (quarter = 0) and cos x (quarter = 1) of |x| <= 1e5: x = n π/2 + r, π/2 in two parts, the
// first with 20 bits of its mantissa empty; Taylor's sums of r to the 19th power.
static inline double basic_sin_of(double x, int quarter)
{
    double n = nearbyint(x * 0.63661977236758134);
    double r = (x - n * 0x1.921fb544p+0) - n * 0x1.0b4611a626331p-34, rr = r * r;
    int q = ((int)n + quarter) & 3;
    double sum = 0;
    for (int i = 19 - (q & 1); i >= 2; i -= 2)
        sum = (1 - sum) * rr / (i * (i - 1));
    double y = (q & 1 ? 1 : r) * (1 - sum);
    return q & 2 ? -y : y;
}

static inline double basic_sin(double x)
{
    return basic_sin_of(x, 0);
}

static inline double basic_cos(double x)
{
    return basic_sin_of(x, 1);
}

#endif
