// Fixed point: the only place where bits are lost.
//
// Every function says its domain. `n` counts bits; a right shift by n divides by 2^n and rounds in
// the way of its name. The RTL does the same in rtl/stw_shr.sv and rtl/stw_clamp.sv; the
// independent statement of what each must return is tests/oracle/oracle.h (rounding by definition,
// no shifts).
//
// Right shifts of negative numbers are arithmetic here (asserted below); left shifts go through
// unsigned, so that no C rule is bent.
#ifndef MODEL_FX_H
#define MODEL_FX_H

#include <stdbool.h>
#include <stdint.h>

_Static_assert((-3 >> 1) == -2, "arithmetic right shift");

enum fx_round {
    FX_FLOOR,        // towards minus infinity
    FX_NEAREST_EVEN, // to nearest, a tie to the even neighbour
    FX_TOWARD_ZERO,  // drop the fraction of the magnitude
    FX_CEILING,      // towards plus infinity
    FX_AWAY,         // away from zero: any fraction counts as a whole
    FX_ROUNDS
};

// x · 2^n, exact. Domain: 0 <= n <= 62 and the result fits 64 bits.
static inline int64_t fx_shl(int64_t x, int n)
{
    return (int64_t)((uint64_t)x << n);
}

// floor(x / 2^n). Domain: 0 <= n <= 62, any x.
static inline int64_t fx_shr_floor(int64_t x, int n)
{
    return x >> n;
}

// x / 2^n to nearest, ties to even. Domain: 0 <= n <= 62, |x| < 2^62.
static inline int64_t fx_shr_rne(int64_t x, int n)
{
    if (n == 0) return x;
    int64_t odd = (x >> n) & 1;
    return (x + ((int64_t)1 << (n - 1)) - 1 + odd) >> n;
}

// x / 2^n towards zero. Domain: 0 <= n <= 62, |x| < 2^62.
static inline int64_t fx_shr_tz(int64_t x, int n)
{
    int64_t below = ((int64_t)1 << n) - 1;
    return (x + (x < 0 ? below : 0)) >> n;
}

// ceil(x / 2^n). Domain: 0 <= n <= 62, |x| <= 2^63 - 2^n.
static inline int64_t fx_shr_ceil(int64_t x, int n)
{
    return (x + (((int64_t)1 << n) - 1)) >> n;
}

// x / 2^n away from zero. Domain: 0 <= n <= 62, |x| < 2^62.
static inline int64_t fx_shr_away(int64_t x, int n)
{
    int64_t below = ((int64_t)1 << n) - 1;
    return (x + (x < 0 ? 0 : below)) >> n;
}

static inline int64_t fx_shr(int64_t x, int n, enum fx_round r)
{
    switch (r) {
    case FX_FLOOR:
        return fx_shr_floor(x, n);
    case FX_NEAREST_EVEN:
        return fx_shr_rne(x, n);
    case FX_TOWARD_ZERO:
        return fx_shr_tz(x, n);
    case FX_CEILING:
        return fx_shr_ceil(x, n);
    default:
        return fx_shr_away(x, n);
    }
}

// Largest and smallest value of a signed word of `bits` (1 <= bits <= 63).
static inline int64_t fx_max(int bits)
{
    return ((int64_t)1 << (bits - 1)) - 1;
}

static inline int64_t fx_min(int bits)
{
    return -((int64_t)1 << (bits - 1));
}

// Largest value of an unsigned word of `bits` (0 <= bits <= 62).
static inline int64_t fx_umax(int bits)
{
    return ((int64_t)1 << bits) - 1;
}

// x held to lo..hi.
static inline int64_t fx_sat(int64_t x, int64_t lo, int64_t hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}

// The low `bits` of x, read as a signed word (two's complement, 1 <= bits <= 63).
static inline int64_t fx_wrap(int64_t x, int bits)
{
    int drop = 64 - bits;
    return (int64_t)((uint64_t)x << drop) >> drop;
}

// Bits that hold 0..n (unsigned); fx_ubits(0) = 0.
static inline int fx_ubits(uint64_t n)
{
    int bits = 0;
    for (; n; n >>= 1)
        bits++;
    return bits;
}

// Products of two 64-bit words, exact.
typedef __int128 fx_wide;

static inline fx_wide fx_mul(int64_t a, int64_t b)
{
    return (fx_wide)a * b;
}

// x / 2^n to nearest, ties to even. Domain: 0 <= n <= 126, |x| < 2^126.
static inline fx_wide fx_wide_shr_rne(fx_wide x, int n)
{
    if (n == 0) return x;
    fx_wide odd = (x >> n) & 1;
    return (x + ((fx_wide)1 << (n - 1)) - 1 + odd) >> n;
}

// x held to lo..hi.
static inline int64_t fx_wide_sat(fx_wide x, int64_t lo, int64_t hi)
{
    return x < lo ? lo : x > hi ? hi : (int64_t)x;
}

// Bit i of x (0 <= i <= 63).
static inline bool fx_bit(uint64_t x, int i)
{
    return (x >> i) & 1;
}

// The n bits of x from bit i on (n >= 1, i + n <= 64, n <= 63).
static inline uint64_t fx_field(uint64_t x, int i, int n)
{
    return (x >> i) & (((uint64_t)1 << n) - 1);
}

// The word with only bit i set.
static inline uint64_t fx_one(int i)
{
    return (uint64_t)1 << i;
}

// log2(1 + x / 2^frac_in) in steps of 2^-frac, the mantissa taken linear between powers of two
// (Mitchell's approximation, error at most 0.0861): the leading one gives the whole part, the bits
// after it the fraction. Domain: x < 2^48.
static inline uint32_t fx_log2(uint64_t x, int frac_in, int frac)
{
    uint64_t y = x + ((uint64_t)1 << frac_in);
    int top = fx_ubits(y) - 1; // >= frac_in
    uint64_t rest = y - ((uint64_t)1 << top);
    uint64_t f = top >= frac ? rest >> (top - frac) : rest << (frac - top);
    return (uint32_t)(((uint64_t)(top - frac_in) << frac) + f);
}

// fx_log2 without a branch, for loops over lanes. Domain: x + 2^frac_in < 2^32, frac <= 31; there
// it equals fx_log2.
static inline uint32_t fx_log2_lane(uint32_t x, int frac_in, int frac)
{
    uint32_t y = x + ((uint32_t)1 << frac_in);
    uint32_t rest = y, top = 0;
    for (uint32_t n = 16; n; n >>= 1) {
        uint32_t step = rest >> n ? n : 0;
        top += step;
        rest >>= step;
    }
    uint32_t mantissa = (y << (31 - top)) & INT32_MAX; // the bits after the leading one
    return ((top - (uint32_t)frac_in) << frac) + (mantissa >> (31 - frac));
}

#endif
