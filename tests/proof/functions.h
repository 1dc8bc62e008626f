// The C side of every lemma: functions on 64-bit words. Compiled twice: by clang to the IR that is
// proven, and into tests/proof/replay.c, which runs the same functions on counter-examples and
// under UBSan. -DCONFIGURATION=NUMBER is the law of step_*.
#ifndef TESTS_PROOF_FUNCTIONS_H
#define TESTS_PROOF_FUNCTIONS_H

#include "model/lif/law.c"

#include "tests/exhaust/configuration.h"

#define WORDS_OF_PORTS                                                                             \
    int64_t acc, int64_t acc2, int64_t heard, int64_t v, int64_t u, int64_t u2, int64_t r,         \
        int64_t lambda, int64_t lambda_slope, int64_t mu, int64_t mu_slope, int64_t mu2,           \
        int64_t mu2_slope, int64_t gain, int64_t theta, int64_t bias, int64_t rest, int64_t reset, \
        int64_t jitter

// One output of the whole step.
#define STEP(name, output)                                                                         \
    int64_t step_##name(WORDS_OF_PORTS)                                                            \
    {                                                                                              \
        const int64_t word[PORTS] = {                                                              \
            acc,      acc2, heard,     v,    u,     u2,   r,    lambda, lambda_slope, mu,          \
            mu_slope, mu2,  mu2_slope, gain, theta, bias, rest, reset,  jitter};                   \
        int64_t out[OUTS];                                                                         \
        port_step(&configurations[CONFIGURATION], word, out);                                      \
        return out[output];                                                                        \
    }
STEP(gather, 0)
STEP(current, 1)
STEP(leak, 2)
STEP(integrate, 3)
STEP(clamp, 4)
STEP(fire, 5)
STEP(reset, 6)
STEP(refract, 7)
STEP(u, OUT_U)
STEP(u2, OUT_U2)

// rtl/stw_shr.sv: a function a rounding.
#define SHR(round)                                                                                 \
    int64_t shr_##round(int64_t x, int64_t n)                                                      \
    {                                                                                              \
        return fx_shr(x, (int)n, (enum fx_round)round);                                            \
    }
SHR(0)
SHR(1)
SHR(2)
SHR(3)
SHR(4)

// rtl/stw_clamp.sv.
static const struct law plain, symmetric = {.symmetric = true};

int64_t clamp_sat(int64_t x, int64_t bits)
{
    return clamp(&plain, x, (struct law_format){(int8_t)bits, 0}, false, false);
}

int64_t clamp_symmetric(int64_t x, int64_t bits)
{
    return clamp(&symmetric, x, (struct law_format){(int8_t)bits, 0}, false, false);
}

int64_t clamp_floor(int64_t x, int64_t bits)
{
    return clamp(&plain, x, (struct law_format){(int8_t)bits, 0}, false, true);
}

int64_t clamp_unsigned(int64_t x, int64_t bits)
{
    return clamp(&plain, x, (struct law_format){(int8_t)bits, 0}, true, true);
}

int64_t clamp_wrap(int64_t x, int64_t bits)
{
    return clamp(&plain, x, (struct law_format){(int8_t)bits, 0}, true, false);
}

// rtl/stw_fire.sv: how often, and what is left; a function a largest count and comparison.
#define FIRE(most, gt)                                                                             \
    int64_t fire_##most##_##gt(int64_t c, int64_t theta)                                           \
    {                                                                                              \
        return fitted(c, (int32_t)theta, gt, most);                                                \
    }                                                                                              \
    int64_t less_##most##_##gt(int64_t c, int64_t theta)                                           \
    {                                                                                              \
        return c - fitted(c, (int32_t)theta, gt, most) * theta;                                    \
    }
FIRE(1, 0)
FIRE(1, 1)
FIRE(3, 0)
FIRE(3, 1)
FIRE(7, 0)
FIRE(7, 1)
FIRE(15, 0)
FIRE(15, 1)
FIRE(31, 0)
FIRE(31, 1)
FIRE(63, 0)
FIRE(63, 1)

#endif
