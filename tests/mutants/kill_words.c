#include "tests/mutants/kill_model.h"
#include "tests/mutants/probe.h"

static int check_shifts(struct random *r)
{
    const struct probe *p = &probe_mutated;
    for (int i = 0; i < 4000; i++) {
        int n = (int)draw(r, 0, 61), k = (int)draw(r, 0, 60);
        int64_t x = fx_shr_floor((int64_t)(r->state * 0x9e3779b97f4a7c15u), 2 + k);
        if (i % 3 == 0) x = draw(r, -40, 40), n = (int)draw(r, 0, 5); // ties
        REQUIRE(p->fx_shr_floor(x, n) == oracle_divide(x, 1, n, FX_FLOOR));
        REQUIRE(p->fx_shr_rne(x, n) == oracle_divide(x, 1, n, FX_NEAREST_EVEN));
        REQUIRE(p->fx_shr_tz(x, n) == oracle_divide(x, 1, n, FX_TOWARD_ZERO));
        for (int round = 0; round < 3; round++)
            REQUIRE(p->fx_shr(x, n, (enum fx_round)round) ==
                    oracle_divide(x, 1, n, (enum fx_round)round));
        int bits = (int)draw(r, 1, 63);
        int64_t half = (int64_t)1 << (bits - 1);
        REQUIRE(p->fx_max(bits) == half - 1 && p->fx_min(bits) == -half);
        REQUIRE(p->fx_umax(bits - 1) == half - 1);
        REQUIRE(p->fx_wrap(x, bits) == oracle_clamp(x, bits, true, false));
        REQUIRE(p->fx_sat(x, -half, half - 1) == oracle_clamp(x, bits, false, false));
        REQUIRE(p->fx_shl(x % half, 63 - bits) == x % half * ((int64_t)1 << (63 - bits)));
        int at = (int)draw(r, 0, 63);
        REQUIRE(p->fx_one(at) == (uint64_t)1 << at);
        REQUIRE(p->fx_bit((uint64_t)x, at) == (((uint64_t)x & (uint64_t)1 << at) != 0));
    }
    for (int64_t x = -3; x <= 3; x++)
        REQUIRE(p->fx_sat(x, -1, 1) == (x < -1 ? -1 : x > 1 ? 1 : x));
    return 0;
}

// log2 as defined: the power of two below, and how far x is on the way to the next, floored.
static int64_t log2_of(int64_t x, int frac_in, int frac)
{
    __int128 one = (__int128)1 << frac_in, y = x + one, low = 1;
    int64_t whole = 0;
    while (2 * low <= y)
        low *= 2, whole++;
    return (whole - frac_in) * ((int64_t)1 << frac) +
           (int64_t)((y - low) * ((int64_t)1 << frac) / low);
}

static int check_counts(struct random *r)
{
    const struct probe *p = &probe_mutated;
    for (int i = 0; i < 3000; i++) {
        int64_t x = i < 300 ? i : fx_shr_floor(draw(r, 0, fx_umax(36)), (int)draw(r, 0, 30));
        int frac_in = (int)draw(r, 0, 20), frac = (int)draw(r, 0, 16), bits = 0;
        REQUIRE(p->fx_log2((uint64_t)x, frac_in, frac) == (uint32_t)log2_of(x, frac_in, frac));
        int64_t small = x & INT32_MAX;
        REQUIRE(p->fx_log2_lane((uint32_t)small, frac_in, frac) ==
                (uint32_t)log2_of(small, frac_in, frac));
        for (int64_t rest = x; rest; rest /= 2)
            bits++;
        REQUIRE(p->fx_ubits((uint64_t)x) == bits);
        int n = (int)draw(r, 1, 300);
        REQUIRE(p->network_padded(n) % 32 == 0 && p->network_padded(n) >= n);
        REQUIRE(p->network_padded(n) < n + 32);
        REQUIRE(p->trace_spike_words(n) == (n + 63) / 64);
    }
    // the top of each domain
    REQUIRE(p->fx_log2_lane(UINT32_MAX - 255, 8, 16) != 0 && p->fx_ubits(UINT64_MAX) == 64);
    REQUIRE(p->fx_log2_lane(UINT32_MAX - 256, 8, 31) == (uint32_t)log2_of(UINT32_MAX - 256, 8, 31));
    REQUIRE(p->fx_log2(fx_one(48) - 1, 4, 16) == (uint32_t)log2_of((int64_t)fx_one(48) - 1, 4, 16));
    REQUIRE(p->law_bits((struct law_format){5, 3}) == 8);
    uint64_t z[3 * 4] = {0}; // 3 ticks of 200 neurons
    bool spiked[3][200];
    for (int tick = 0; tick < 3; tick++)
        for (int n = 0; n < 200; n++)
            if ((spiked[tick][n] = draw(r, 0, 1))) z[tick * 4 + n / 64] |= (uint64_t)1 << n % 64;
    struct trace_layer t = {.z = z};
    for (int tick = 0; tick < 3; tick++)
        for (int n = 0; n < 200; n++)
            REQUIRE(p->trace_spiked(&t, 200, tick, n) == spiked[tick][n]);
    return 0;
}

static int check_law_limits(void)
{
    const struct law good = {
        .input = {4, 4}, .weight = {8, 8}, .membrane = {8, 8}, .leak = {0, 16}};
    struct { // a law, and whether it is to be refused
        struct law law;
        const char *what;
    } cases[64];
    int n = 0;
#define CASE(text, ...)                                                                            \
    do {                                                                                           \
        struct law a = good;                                                                       \
        __VA_ARGS__;                                                                               \
        cases[n].law = a;                                                                          \
        cases[n++].what = text;                                                                    \
    } while (0)
    CASE(0, (void)a);
    CASE(0, a.input = ((struct law_format){1, 0}));
    CASE("input", a.input = ((struct law_format){0, 0}));
    CASE("input", a.input = ((struct law_format){5, 4}));
    CASE(0, a.weight = ((struct law_format){2, 0}));
    CASE("weight", a.weight = ((struct law_format){1, 0}));
    CASE("weight", a.weight = ((struct law_format){9, 8}));
    CASE(0, a.membrane = ((struct law_format){4, 0}));
    CASE("membrane", a.membrane = ((struct law_format){3, 0}));
    CASE(0, a.membrane = ((struct law_format){16, 8}));
    CASE("membrane", a.membrane = ((struct law_format){17, 8}));
    CASE(0, a.leak = ((struct law_format){0, 1}));
    CASE("leak", a.leak = ((struct law_format){0, 0}));
    CASE("leak", a.leak = ((struct law_format){1, 16}));
    CASE(0, a.leak = ((struct law_format){1, 0}));
    CASE("leak", a.leak = ((struct law_format){5, -1}));
    CASE(0, a.leak = ((struct law_format){-30, 40}));
    CASE("leak", a.leak = ((struct law_format){-30, 41}));
    CASE(0, a.has_current = true, a.current = ((struct law_format){8, 8}));
    CASE(0, a.has_current = true, a.current = ((struct law_format){-4, 8}));
    CASE(0, a.has_current = true, a.current = ((struct law_format){16, 8}));
    CASE("current: 4..24", a.has_current = true, a.current = ((struct law_format){-5, 8}));
    CASE("current: 4..24", a.has_current = true, a.current = ((struct law_format){17, 8}));
    CASE("current: as many", a.has_current = true, a.current = ((struct law_format){8, 7}));
    CASE("current: as many", a.has_current = true, a.current = ((struct law_format){8, 9}));
    CASE(0, a.current = ((struct law_format){1, 0}));
    CASE(0, a.weight = ((struct law_format){8, 0}), a.membrane = ((struct law_format){5, 15}));
    CASE("weight and", a.weight = ((struct law_format){8, 0}),
         a.membrane = ((struct law_format){5, 16}));
    CASE(0, a.weight = ((struct law_format){-30, 40}), a.membrane = ((struct law_format){8, 4}),
         a.input = ((struct law_format){4, 4}));
    CASE("weight and", a.weight = ((struct law_format){-30, 41}),
         a.membrane = ((struct law_format){8, 4}), a.input = ((struct law_format){4, 4}));
    CASE(0, a.weight = ((struct law_format){-30, 42}), a.membrane = ((struct law_format){8, 4}),
         a.input = ((struct law_format){6, 2}));
    CASE(0, a.has_current = true, a.membrane = ((struct law_format){6, 8}),
         a.current = ((struct law_format){4, 8}));
    CASE("floor", a.floor_zero = true, a.wrap = true);
    CASE(0, a.floor_zero = true);
    CASE(0, a.wrap = true);
    for (int i = 0; i < n; i++) {
        const char *said = law_check(&cases[i].law), *want = cases[i].what;
        REQUIRE(!said == !want && (!want || !strncmp(said, want, strlen(want))));
    }
    return 0;
}

static int check_steps(struct random *r)
{
    for (int i = 0; i < 12000; i++) {
        struct law a = random_law(r);
        struct law_neuron n = random_neuron(r, &a);
        int64_t v = fx_max(law_bits(a.membrane)),
                u = a.has_current ? fx_max(law_bits(a.current)) : 0;
        struct law_state s = {corner_word(r, -v - 1, v), corner_word(r, -u - 1, u),
                              draw(r, 0, 2) ? 0 : corner_word(r, 0, 255)};
        int input_frac = draw(r, 0, 1) ? a.input.frac_bits : 0, align = law_align(&a, input_frac);
        int64_t acc = corner_word(r, -fx_umax(20), fx_umax(20));
        int jitter = corner_word(r, -32768, 32767);
        if (align > 0 && draw(r, 0, 1)) acc = draw(r, -50, 50) * ((int64_t)1 << (align - 1));
        if (draw(r, 0, 3) == 0 && a.leak_kind == LAW_LEAK_EXPONENTIAL) // ties of odd membranes
            n.lambda = (int32_t)fx_one(a.leak.frac_bits - 1), n.lambda_slope = 0;
        if (draw(r, 0, 3) == 0 && a.decay_kind == LAW_LEAK_EXPONENTIAL)
            n.mu = (int32_t)fx_one(a.leak.frac_bits - 1), n.mu_slope = 0;
        struct law_state e = s, trial = s;
        struct law_stages x = oracle_step(&a, &n, &trial, acc, input_frac, jitter);
        if (draw(r, 0, 1)) n.theta = (int32_t)fx_sat(x.clamp + draw(r, 0, 1), -v - 1, v);
        REQUIRE(align == a.weight.frac_bits + input_frac - a.membrane.frac_bits);
        x = oracle_step(&a, &n, &e, acc, input_frac, jitter);
        struct law_stages g = law_step_ref(&a, &n, &s, acc, align, jitter);
        const int64_t want[LAW_STAGES] = {x.gather, x.current, x.leak,  x.integrate,
                                          x.clamp,  x.fire,    x.reset, x.refract};
        for (int k = 0; k < LAW_STAGES; k++)
            REQUIRE(law_stage(&g, k) == want[k]);
        REQUIRE(s.v == e.v && s.u == e.u && s.r == e.r);
    }
    return 0;
}

int check_words(void)
{
    struct random r = {31};
    int where = check_shifts(&r);
    if (!where) where = check_counts(&r);
    if (!where) where = check_law_limits();
    return where ? where : check_steps(&r);
}
