// PCG through its own library; inversion by AS 241 with IEEE basic operations only.
//
// pcg64 is a 128-bit LCG with 2^127 streams. Stream and state are each filled from all four names
// by the library's own seed_seq-compatible source, so that neighbours in any of them share nothing.
#include <pcg_random.hpp>

#include <cmath>
#include <cstring>

#include "base/clones.h"
extern "C" {
#include "twin/io/rng.h"
}

namespace
{

// A seed sequence in the sense of std::seed_seq: hands pcg64 the words that a pcg64 of its own, on
// the stream (kind, index) with the state (seed, id), puts out. As with std::seed_seq every
// generate() starts afresh: pcg64 asks once for its state and once for its stream, in an order that
// compilers choose.
class Names
{
    pcg64 source;

  public:
    using result_type = uint32_t;

    explicit Names(const rng_stream &s)
        : source((pcg_extras::pcg128_t(s.seed) << 64) + s.id,
                 (pcg_extras::pcg128_t(uint64_t(s.kind)) << 64) + s.index)
    {
        source.discard(4);
    }

    template <typename Iterator> void generate(Iterator first, Iterator last) const
    {
        pcg64 from_start = source;
        for (; first != last; ++first)
            *first = static_cast<uint32_t>(from_start() >> 32);
    }
};

pcg64 generator(const rng_stream &s)
{
    Names names(s);
    return pcg64(names);
}

// Coefficients of Wichura 1988, Applied Statistics 37, algorithm AS 241, PPND16.
const double A[] = {3.3871328727963666080e0,  1.3314166789178437745e+2, 1.9715909503065514427e+3,
                    1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
                    3.3430575583588128105e+4, 2.5090809287301226727e+3};
const double B[] = {1.0,
                    4.2313330701600911252e+1,
                    6.8718700749205790830e+2,
                    5.3941960214247511077e+3,
                    2.1213794301586595867e+4,
                    3.9307895800092710610e+4,
                    2.8729085735721942674e+4,
                    5.2264952788528545610e+3};
const double C[] = {1.42343711074968357734e0,  4.63033784615654529590e0, 5.76949722146069140550e0,
                    3.64784832476320460504e0,  1.27045825245236838258e0, 2.41780725177450611770e-1,
                    2.27238449892691845833e-2, 7.74545014278341407640e-4};
const double D[] = {1.0,
                    2.05319162663775882187e0,
                    1.67638483018380384940e0,
                    6.89767334985100004550e-1,
                    1.48103976427480074590e-1,
                    1.51986665636164571966e-2,
                    5.47593808499534494600e-4,
                    1.05075007164441684324e-9};
const double E[] = {6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,
                    2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                    2.71155556874348757815e-5, 2.01033439929228813265e-7};
const double F[] = {1.0,
                    5.99832206555887937690e-1,
                    1.36929880922735805310e-1,
                    1.48753612908506148525e-2,
                    7.86869131145613259100e-4,
                    1.84631831751005468180e-5,
                    1.42151175831644588870e-7,
                    2.04426310338993978564e-15};

// Everything below is inlined: the calling convention of wide vectors is never used.
#pragma GCC diagnostic ignored "-Wpsabi"

// In vectors of eight; nothing is fused, so every instruction set gives the same bits.
typedef double reals __attribute__((vector_size(64)));
typedef int64_t words __attribute__((vector_size(64)));
#define INLINE __attribute__((always_inline)) inline

INLINE reals polynomial(const double (&c)[8], const reals &x)
{
    reals y = reals{} + c[7];
    for (int i = 6; i >= 0; i--)
        y = y * x + c[i];
    return y;
}

// log of x in (0, 1/2): exponent and mantissa apart, log m = 2·atanh((m−1)/(m+1)) by its series.
INLINE reals log_of(const reals &x)
{
    words bits = (words)x, exponent = (bits >> 52) - 1023;
    reals m = (reals)((bits & 0xfffffffffffff) | 0x3ff0000000000000);
    words high = m > 1.4142135623730951;
    m = high ? m * 0.5 : m;
    exponent -= high;
    reals t = (m - 1) / (m + 1), tt = t * t, sum = {};
    for (int k = 25; k >= 1; k -= 2)
        sum = sum * tt + 1.0 / k;
    return __builtin_convertvector(exponent, reals) * 0.69314718055994530942 + 2 * t * sum;
}

double beyond(double r) // the third fraction, in the tails' ends: p < 1.4e-11
{
    double e = E[7], f = F[7];
    for (int i = 6; i >= 0; i--) {
        e = e * (r - 5) + E[i];
        f = f * (r - 5) + F[i];
    }
    return e / f;
}

enum { SIDES = 4, RUN = 128, BLOCK = SIDES * RUN };

// Normals of n <= BLOCK words, a multiple of 8. The first fraction for all; then the 15 % in the
// tails are gathered, worked out side by side, and put back.
CLONES
void normals_of(const uint64_t *u, double *x, int count)
{
    // p = (u' + 1/2) / 2^53 with the upper 53 bits of u, never 0 or 1; q = p - 1/2 is exact, and
    // |q| <= 0.425, where the first fraction holds, is -INNER <= u' - 2^52 < INNER.
    const int64_t HALF = int64_t(1) << 52, INNER = 3828059683264922;
    alignas(64) double q[BLOCK], tail[BLOCK + 8], r[BLOCK + 8];
    int at[BLOCK + 8], n = 0;
    for (int i = 0; i < count; i += 8) {
        words upper;
        std::memcpy(&upper, u + i, sizeof upper);
        upper = ((upper >> 11) & (2 * HALF - 1)) - HALF;
        reals centred = (__builtin_convertvector(upper, reals) + 0.5) * 0x1p-53;
        reals square = 0.180625 - centred * centred;
        reals y = centred * polynomial(A, square) / polynomial(B, square);
        *(reals *)&q[i] = centred;
        std::memcpy(x + i, &y, sizeof y);
    }
    for (int i = 0; i < count; i++) {
        at[n] = i;
        n += (u[i] >> 11) - uint64_t(HALF - INNER) >= uint64_t(2 * INNER);
    }
    for (int i = 0; i < n; i++)
        tail[i] = 0.5 - std::fabs(q[at[i]]);
    for (int i = n; i % 8; i++) // whole vectors
        tail[i] = 0.25;
    for (int i = 0; i < n; i += 8)
        *(reals *)&r[i] = -log_of(*(reals *)&tail[i]);
    for (int i = 0; i < n; i++)
        r[i] = std::sqrt(r[i]);
    for (int i = 0; i < n; i += 8) {
        reals near = *(reals *)&r[i] - 1.6;
        *(reals *)&tail[i] = polynomial(C, near) / polynomial(D, near);
    }
    for (int i = 0; i < n; i++)
        x[at[i]] = std::copysign(r[i] > 5 ? beyond(r[i]) : tail[i], q[at[i]]);
}

} // namespace

extern "C" {

double rng_normal_of(uint64_t u)
{
    const uint64_t some[8] = {u};
    double x[8];
    normals_of(some, x, 8);
    return x[0];
}

void rng_words(struct rng_stream s, uint64_t *x, size_t n)
{
    rng_words_from(s, 0, x, n);
}

void rng_words_from(struct rng_stream s, size_t first, uint64_t *x, size_t n)
{
    pcg64 g = generator(s);
    g.advance(first);
    for (size_t i = 0; i < n; i++)
        x[i] = g();
}

void rng_normals_from(struct rng_stream s, size_t first, double *x, size_t n)
{
    // A generator waits for its own multiplication: four of them, a quarter each, do not.
    const size_t each = n / BLOCK * RUN;
    uint64_t u[BLOCK] = {};
    double y[BLOCK];
    pcg64 g = generator(s);
    g.advance(first);
    if (each) {
        pcg64 side[SIDES] = {g, g, g, g};
        for (int k = 1; k < SIDES; k++)
            side[k].advance(each * size_t(k));
        for (size_t done = 0; done < each; done += RUN) {
            for (int i = 0; i < RUN; i++)
                for (int k = 0; k < SIDES; k++)
                    u[RUN * k + i] = side[k]();
            normals_of(u, y, BLOCK);
            for (int k = 0; k < SIDES; k++)
                std::memcpy(x + each * size_t(k) + done, y + RUN * k, RUN * sizeof *x);
        }
        g = side[SIDES - 1];
    }
    const size_t rest = n - SIDES * each;
    for (size_t i = 0; i < rest; i++)
        u[i] = g();
    normals_of(u, y, int(rest + 7) / 8 * 8);
    std::memcpy(x + SIDES * each, y, rest * sizeof *x);
}

void rng_normals(struct rng_stream s, double *x, size_t n)
{
    rng_normals_from(s, 0, x, n);
}

void rng_uniforms(struct rng_stream s, double *x, size_t n)
{
    pcg64 g = generator(s);
    for (size_t i = 0; i < n; i++)
        x[i] = double(g() >> 11) * 0x1p-53;
}
}
