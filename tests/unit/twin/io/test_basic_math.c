// The functions of base/basic_math.h against the C library's in 80 bits, and their bits against a
// hash: the same with every compiler, optimisation and machine.
#include "base/basic_math.h"
#include "base/fnv.h"
#include "twin/io/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { N = 200000 };

static double tan_of(double x)
{
    return basic_sin(x) / basic_cos(x);
}
static double mel(double x)
{
    return basic_pow(10, x);
}
static long double mel_l(long double x)
{
    return powl(10, x);
}

// Largest relative error over the domain; where the function goes through 0, of the domain's x.
static void check(const char *name, double (*ours)(double), long double (*theirs)(long double),
                  double lo, double hi, double allowed, uint64_t *hash)
{
    static double x[N];
    double worst = 0, at = 0;
    rng_uniforms((struct rng_stream){1, 0, RNG_CIRCUIT, 0}, x, N);
    for (int i = 0; i < N; i++) {
        double y = ours(lo + (hi - lo) * x[i]);
        long double z = theirs((long double)(lo + (hi - lo) * x[i]));
        double error = (double)(fabsl(y - z) / fmaxl(fabsl(z), 1e-3L));
        *hash = fnv(*hash, &y, sizeof y);
        if (!(error <= worst)) worst = error, at = lo + (hi - lo) * x[i];
    }
    print_message("%-6s %g..%g: %.2g at %g\n", name, lo, hi, worst, at);
    if (!(worst <= allowed)) fail_msg("%s: relative error %g at %.17g", name, worst, at);
}

static void near_the_library(void **state)
{
    (void)state;
    uint64_t hash = FNV_START;
    check("exp", basic_exp, expl, -700, 700, 4e-16, &hash);
    check("exp", basic_exp, expl, -1, 1, 4e-16, &hash);
    check("expm1", basic_expm1, expm1l, -0.4, 0.4, 6e-16, &hash);
    check("log", basic_log, logl, 1e-300, 1e300, 4e-16, &hash);
    check("log", basic_log, logl, 0.5, 2, 4e-16, &hash);
    check("log1p", basic_log1p, log1pl, -0.99, 3, 8e-16, &hash);
    check("tanh", basic_tanh, tanhl, -25, 25, 8e-16, &hash);
    check("sin", basic_sin, sinl, -7, 7, 4e-16, &hash);
    check("cos", basic_cos, cosl, -7, 7, 4e-16, &hash);
    check("cos", basic_cos, cosl, -1e5, 1e5, 4e-13, &hash);
    check("tan", tan_of, tanl, 0, 1.5, 8e-16, &hash);
    check("10^x", mel, mel_l, -3, 3, 4e-15, &hash);
    if (hash != UINT64_C(0x66168c5cea514422))
        fail_msg("the bits: %016llx", (unsigned long long)hash);
}

static void ends(void **state)
{
    (void)state;
    assert_true(basic_exp(-701) == 0 && isinf(basic_exp(701)) && basic_exp(0) == 1);
    assert_true(isinf(basic_log(0)) && isinf(basic_log(-1)) && basic_log(1) == 0);
    assert_true(basic_log1p(0) == 0 && basic_log1p(1e-300) == 1e-300);
    assert_true(basic_tanh(30) == 1 && basic_tanh(-30) == -1 && basic_tanh(0) == 0);
    assert_true(basic_sin(0) == 0 && basic_cos(0) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(near_the_library), cmocka_unit_test(ends)};
    return cmocka_run_group_tests(tests, 0, 0);
}
