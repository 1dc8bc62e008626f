// The front end's bins and words, against sums and a logarithm in double precision.
#include "base/isa.h"
#include "model/fx.h"
#include "model/lif/network.h"
#include "twin/chip/frontend.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N = 16000, HOP = 4, HOPS = N / HOP, TICKS = 125 };

ISA_KERNEL(frontend_bin_kernel, frontend_bin)

static const struct frontend_spec standard = {.rate_hz = 16000,
                                              .n_filters = 16,
                                              .f_low_hz = 100,
                                              .f_high_hz = 7600,
                                              .bandwidth = 0.7,
                                              .hop_samples = HOP,
                                              .bin_ms = 8,
                                              .int_bits = 4,
                                              .frac_bits = 4,
                                              .floor_bits = 6,
                                              .adapt_shift = 0,
                                              .gain = 16};

static struct fail f;
static int16_t samples[N];
static uint16_t envelope[HOPS * FRONTEND_MAX_FILTERS];
static uint8_t words[TICKS * FRONTEND_MAX_FILTERS], other[TICKS * FRONTEND_MAX_FILTERS];
static uint32_t random_state = 1;

static uint32_t draw(void)
{
    random_state = random_state * 1664525 + 1013904223;
    return random_state >> 8; // 24 bits
}

static struct frontend init(struct frontend_spec s)
{
    struct frontend fe;
    if (frontend_init(&fe, &s, &f)) fail_msg("%s", f.text);
    return fe;
}

// Words from the envelope in double: edges by rint, the logarithm by frexp.
static void bin_oracle(const struct frontend *fe, int n_hops, int shift, const int16_t *jitter)
{
    const struct frontend_spec *s = &fe->spec;
    double lsb = ldexp(1, s->frac_bits + 4), top = ldexp(1, s->int_bits + s->frac_bits) - 1;
    double mean[FRONTEND_MAX_FILTERS] = {0};
    double edge = 0;
    for (int t = 0; t < TICKS; t++) {
        double begin = rint(edge);
        edge += fe->bin_hops * (1 + (jitter ? jitter[t] / 32768.0 : 0));
        for (int k = 0; k < s->n_filters; k++) {
            double sum = 0;
            for (int h = 0; h < n_hops; h++)
                if (h + shift >= begin && h + shift < rint(edge))
                    sum += envelope[h * s->n_filters + k];
            int exponent;
            double fraction = frexp(1 + ldexp(sum, -s->floor_bits), &exponent); // 0.5 to 1
            double level = floor((exponent - 1 + 2 * fraction - 1) * lsb);
            if (s->adapt_shift) {
                double adapted = level - rint(ldexp(mean[k], -s->adapt_shift));
                mean[k] += adapted;
                level = adapted;
            }
            other[t * s->n_filters + k] = (uint8_t)fmax(0, fmin(top, rint(level * s->gain / 256)));
        }
    }
}

static void test_bins_against_double(void **state)
{
    (void)state;
    int saturated = 0, zero = 0;
    for (int round = 0; round < 200; round++) {
        struct frontend_spec s = standard;
        s.n_filters = 1 + (int)(draw() % 40);
        s.floor_bits = (int)(draw() % 25);
        s.adapt_shift = round % 2 ? (int)(draw() % 13) : 0;
        s.gain = 1 + (int)(draw() % 64);
        s.frac_bits = (int)(draw() % 5);
        struct frontend fe = init(s);
        int16_t jitter[TICKS];
        for (int t = 0; t < TICKS; t++)
            jitter[t] = (int16_t)(draw() >> (round % 8));
        int n_hops = (int)(draw() % (HOPS + 1)), shift = (int)(draw() % 801) - 400;
        uint32_t quiet = draw() % 17;
        for (int i = 0; i < n_hops * s.n_filters; i++)
            envelope[i] = (uint16_t)((uint16_t)draw() >> quiet);
        const int16_t *j = round % 4 < 2 ? jitter : NULL;
        frontend_bin(&fe, envelope, NULL, n_hops, shift, j, TICKS, words);
        bin_oracle(&fe, n_hops, shift, j);
        assert_memory_equal(words, other, (size_t)(TICKS * s.n_filters));
        static uint32_t sums[(HOPS / FRONTEND_BLOCK + 1) * FRONTEND_MAX_FILTERS];
        memset(words, 0xaa, (size_t)(TICKS * s.n_filters));
        frontend_sums(&fe, envelope, n_hops, sums);
        frontend_bin(&fe, envelope, sums, n_hops, shift, j, TICKS, words);
        assert_memory_equal(words, other, (size_t)(TICKS * s.n_filters));
        for (int isa = 0; isa < ISAS; isa++) {
            if (!isa_has((enum isa)isa)) continue;
            memset(words, 0xaa, (size_t)(TICKS * s.n_filters));
            frontend_bin_isa[isa](&fe, envelope, round % 3 ? sums : NULL, n_hops, shift, j, TICKS,
                                  words);
            assert_memory_equal(words, other, (size_t)(TICKS * s.n_filters));
        }
        for (int i = 0; i < TICKS * s.n_filters; i++) {
            saturated += words[i] == (1 << (4 + s.frac_bits)) - 1;
            zero += words[i] == 0;
        }
    }
    assert_true(saturated > 1000 && zero > 1000); // both ends were visited
}

// Every hop is in exactly one tick, whatever the jitter.
static void test_bins_lose_nothing(void **state)
{
    (void)state;
    struct frontend fe = init(standard);
    int16_t jitter[TICKS];
    for (int t = 0; t < TICKS; t++)
        jitter[t] = (int16_t)(draw() & 0x7ff);
    for (int hop = 0; hop < HOPS; hop += 7) {
        memset(envelope, 0, sizeof envelope);
        envelope[hop * 16 + 3] = 4096;
        frontend_bin(&fe, envelope, NULL, HOPS, 0, jitter, TICKS, words);
        int n = 0;
        for (int i = 0; i < TICKS * 16; i++)
            n += words[i] != 0;
        assert_int_equal(n, 1);
    }
}

static void test_jitter_and_shift(void **state)
{
    (void)state;
    struct frontend fe = init(standard);
    int16_t jitter[TICKS] = {0};
    for (int i = 0; i < HOPS * 16; i++)
        envelope[i] = (uint16_t)(draw() >> 12);
    frontend_bin(&fe, envelope, NULL, HOPS, 0, NULL, TICKS, words);
    frontend_bin(&fe, envelope, NULL, HOPS, 0, jitter, TICKS, other);
    assert_memory_equal(words, other, TICKS * 16);
    jitter[60] = 32767 / 4; // a quarter of a tick longer: all before is the same, all after is not
    frontend_bin(&fe, envelope, NULL, HOPS, 0, jitter, TICKS, other);
    assert_memory_equal(words, other, 60 * 16);
    for (int t = 60; t < TICKS; t++)
        assert_memory_not_equal(words + t * 16, other + t * 16, 16);

    frontend_bin(&fe, envelope, NULL, HOPS, 5 * 32, NULL, TICKS, other); // later by five ticks
    for (int i = 0; i < 5 * 16; i++)
        assert_int_equal(other[i], 0);
    assert_memory_equal(other + 5 * 16, words, 120 * 16);
    frontend_bin(&fe, envelope, NULL, HOPS, -5 * 32, NULL, TICKS, other); // earlier
    assert_memory_equal(other, words + 5 * 16, 120 * 16);
    for (int i = 120 * 16; i < TICKS * 16; i++)
        assert_int_equal(other[i], 0);
}

static void test_adaptation(void **state)
{
    (void)state;
    struct frontend_spec s = standard;
    s.adapt_shift = 4;
    struct frontend fe = init(s);
    for (int i = 0; i < HOPS * 16; i++)
        envelope[i] = 100;
    frontend_bin(&fe, envelope, NULL, HOPS, 0, NULL, TICKS, words);
    int level = words[0];
    assert_true(level > 80);
    for (int t = 1; t < TICKS; t++)
        assert_true(words[t * 16] <= words[(t - 1) * 16]);
    assert_in_range(words[16 * 16], level / 4, level / 2); // e⁻¹ after 2^4 ticks
    assert_in_range(words[(TICKS - 1) * 16], 0, 1);
}

// The fast logarithm is the slow one.
static void test_log2_lane(void **state)
{
    (void)state;
    for (int frac_in = 0; frac_in <= 24; frac_in++)
        for (int frac = 0; frac <= 8; frac++)
            for (int i = 0; i < 31 * 64; i++) {
                uint32_t x = (uint32_t)fx_one(i % 31) +
                             (i < 31 * 3 ? (uint32_t)(i / 31) - 1 : draw() & 0x7ffff);
                if (fx_log2_lane(x, frac_in, frac) != fx_log2(x, frac_in, frac))
                    fail_msg("x %u, frac_in %d, frac %d", x, frac_in, frac);
            }
}

// The same bits with every compiler, optimisation and machine: FNV-1a over a fixed noise's words.
static void test_golden(void **state)
{
    (void)state;
    struct frontend_spec s = standard;
    s.adapt_shift = 5;
    struct frontend fe = init(s);
    random_state = 20240501;
    for (int i = 0; i < N; i++)
        samples[i] = (int16_t)((int16_t)draw() / (1 + i % 2000));
    frontend_envelope(&fe, samples, N, envelope);
    frontend_bin(&fe, envelope, NULL, HOPS, 3, NULL, TICKS, words);
    uint64_t hash = UINT64_C(14695981039346656037);
    for (int i = 0; i < HOPS * 16; i++)
        hash = (hash ^ envelope[i]) * UINT64_C(1099511628211);
    for (int i = 0; i < TICKS * 16; i++)
        hash = (hash ^ words[i]) * UINT64_C(1099511628211);
    if (hash != UINT64_C(0x1f15f4c59dd2f667)) fail_msg("hash is %#llx", (unsigned long long)hash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bins_against_double), cmocka_unit_test(test_bins_lose_nothing),
        cmocka_unit_test(test_jitter_and_shift),    cmocka_unit_test(test_adaptation),
        cmocka_unit_test(test_log2_lane),           cmocka_unit_test(test_golden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
