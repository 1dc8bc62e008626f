// The C side of tests/proof/izhikevich: each stage of model/izhikevich/izhikevich.c's step as a function of 64-bit
// words. PROVEN is an initializer of its law.
#ifndef TESTS_PROOF_IZHIKEVICH_H
#define TESTS_PROOF_IZHIKEVICH_H

#include "model/izhikevich/izhikevich.c"

static struct izhikevich_stages tick(int64_t acc, int64_t a, int64_t b, int64_t c, int64_t d,
                                     int64_t k, int64_t p, int64_t peak, int64_t bias, int64_t v,
                                     int64_t u)
{
    static const struct izhikevich_law law = PROVEN;
    const struct izhikevich_neuron n = {(int32_t)a, (int32_t)b, (int32_t)c,    (int32_t)d,
                                        (int32_t)k, (int32_t)p, (int32_t)peak, (int32_t)bias};
    struct izhikevich_state s = {(int32_t)v, (int32_t)u};
    struct izhikevich_stages t;
    const int16_t w = 1;
    const int32_t x = (int32_t)acc;
    const struct law_tick in = {.law = &law,
                                .neuron = &n,
                                .w = &w,
                                .stride = 1,
                                .x = &x,
                                .n_source = 1,
                                .input_frac = law.input.frac_bits};
    step(&in, &s, &t);
    return t;
}

#define STAGE_OF(name)                                                                             \
    int64_t step_##name(int64_t acc, int64_t a, int64_t b, int64_t c, int64_t d, int64_t k,        \
                        int64_t p, int64_t peak, int64_t bias, int64_t v, int64_t u)               \
    {                                                                                              \
        return tick(acc, a, b, c, d, k, p, peak, bias, v, u).name;                                 \
    }
STAGE_OF(gather)
STAGE_OF(current)
STAGE_OF(square)
STAGE_OF(linear)
STAGE_OF(integrate)
STAGE_OF(clamp)
STAGE_OF(fire)
STAGE_OF(recover)
STAGE_OF(reset)
STAGE_OF(adapt)

// The u in which runs begin.
int64_t rest_u(int64_t b, int64_t c)
{
    static const struct izhikevich_law law = PROVEN;
    const struct izhikevich_neuron n = {.b = (int32_t)b, .c = (int32_t)c};
    struct izhikevich_state s;
    rest(&law, &n, &s);
    return s.u;
}

#endif
