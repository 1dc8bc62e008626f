// PCG through its own library; inversion by AS 241 with IEEE basic operations only.
//
// pcg64 is a 128-bit LCG with 2^127 streams. Stream and state are each filled from all four names
// by the library's own seed_seq-compatible source, so that neighbours in any of them share nothing.
#include <pcg_random.hpp>

#include <cmath>
#include <cstring>

extern "C" {
#include "twin/rng.h"
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

inline double polynomial(const double *c, int n, double x)
{
    double y = c[n - 1];
    for (int i = n - 2; i >= 0; i--)
        y = y * x + c[i];
    return y;
}

// log of x in (0, 1/2): exponent and mantissa apart, log m = 2·atanh((m−1)/(m+1)) by its series.
double log_of(double x)
{
    uint64_t bits;
    std::memcpy(&bits, &x, sizeof bits);
    int exponent = int(bits >> 52) - 1023;
    bits = (bits & 0xfffffffffffffu) | 0x3ff0000000000000u;
    double m;
    std::memcpy(&m, &bits, sizeof m);
    if (m > 1.4142135623730951) {
        m *= 0.5;
        exponent++;
    }
    double t = (m - 1) / (m + 1), tt = t * t, sum = 0;
    for (int k = 25; k >= 1; k -= 2)
        sum = sum * tt + 1.0 / k;
    return exponent * 0.69314718055994530942 + 2 * t * sum;
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

// p = (u' + 1/2) / 2^53 with the upper 53 bits of u, never 0 or 1; q = p - 1/2 is exact.
inline double centred(uint64_t u)
{
    return (double(int64_t(u >> 11) - (int64_t(1) << 52)) + 0.5) * 0x1p-53;
}

inline double middle(double q)
{
    double r = 0.180625 - q * q;
    return q * polynomial(A, 8, r) / polynomial(B, 8, r);
}

double outer(double q)
{
    double tail = 0.5 - std::fabs(q), r = std::sqrt(-log_of(tail));
    double x = r <= 5 ? polynomial(C, 8, r - 1.6) / polynomial(D, 8, r - 1.6)
                      : polynomial(E, 8, r - 5) / polynomial(F, 8, r - 5);
    return q < 0 ? -x : x;
}

const double MIDDLE = 0.425; // |q| up to which AS 241 uses its first fraction

// The first fraction for all, in lanes; then the 15 % of the tails one by one. Nothing is fused, so
// every instruction set gives the same bits.
#if defined __x86_64__ && defined __GNUC__ && !defined __clang__
__attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif
void normals_of(const uint64_t *u, double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = middle(centred(u[i]));
    for (size_t i = 0; i < n; i++) {
        double q = centred(u[i]);
        if (std::fabs(q) > MIDDLE) x[i] = outer(q);
    }
}

} // namespace

extern "C" {

double rng_normal_of(uint64_t u)
{
    double q = centred(u);
    return std::fabs(q) <= MIDDLE ? middle(q) : outer(q);
}

void rng_words(struct rng_stream s, uint64_t *x, size_t n)
{
    pcg64 g = generator(s);
    for (size_t i = 0; i < n; i++)
        x[i] = g();
}

void rng_normals_from(struct rng_stream s, size_t first, double *x, size_t n)
{
    enum { BLOCK = 256 };
    uint64_t u[BLOCK];
    pcg64 g = generator(s);
    g.advance(first);
    for (size_t done = 0; done < n; done += BLOCK) {
        size_t part = n - done < BLOCK ? n - done : size_t(BLOCK);
        for (size_t i = 0; i < part; i++)
            u[i] = g();
        normals_of(u, x + done, part);
    }
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
