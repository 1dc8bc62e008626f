// The front end's filters, against filters in double precision.
#include "twin/chip/frontend.h"

#include <complex.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { N = 16000, HOP = 4, HOPS = N / HOP, TICKS = 125 };

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
static uint8_t words[TICKS * FRONTEND_MAX_FILTERS];
static uint32_t random_state = 1;

static uint32_t draw(void)
{
    random_state = random_state * 1664525 + 1013904223;
    return random_state >> 8; // 24 bits
}

static void assert_near(double a, double b, double within)
{
    if (!(fabs(a - b) <= within)) fail_msg("%.9g is not within %g of %.9g", a, within, b);
}

static struct frontend init(struct frontend_spec s)
{
    struct frontend fe;
    if (frontend_init(&fe, &s, &f)) fail_msg("%s", f.text);
    return fe;
}

// |H|² of the cascade of filter k, from its integer coefficients.
static double power(const struct frontend *fe, int k, double hz)
{
    double complex z = cexp(-I * 2 * M_PI * hz / fe->spec.rate_hz);
    double b0 = ldexp(fe->b0[k], -20), a1 = ldexp(fe->a1[k], -20), a2 = ldexp(fe->a2[k], -20);
    double h = cabs(b0 * (1 - z * z) / (1 + a1 * z + a2 * z * z));
    return h * h * h * h;
}

static double half_power(const struct frontend *fe, int k, double inside, double outside)
{
    for (int i = 0; i < 60; i++) {
        double middle = (inside + outside) / 2;
        *(power(fe, k, middle) > 0.5 ? &inside : &outside) = middle;
    }
    return inside;
}

static void test_design(void **state)
{
    (void)state;
    struct frontend fe = init(standard);
    double before = standard.f_low_hz;
    for (int k = 0; k < 16; k++) {
        double centre = fe.centre_hz[k], next = k < 15 ? fe.centre_hz[k + 1] : standard.f_high_hz;
        assert_near(fe.width_hz[k], 0.7 * (next - before) / 2, 1e-6);
        assert_near(power(&fe, k, centre), 1, 1e-3);
        double width = half_power(&fe, k, centre, 8000) - half_power(&fe, k, centre, 0);
        assert_near(width / fe.width_hz[k], 1, 1e-4);
        before = centre;
    }
    // Mel is even in log(1 + f/700): all steps have the same ratio.
    double ratio = (fe.centre_hz[0] + 700) / (100 + 700);
    for (int k = 1; k < 16; k++)
        assert_near((fe.centre_hz[k] + 700) / (fe.centre_hz[k - 1] + 700), ratio, 1e-9);
}

static void assert_refused(struct frontend_spec s, const char *message)
{
    struct frontend fe;
    assert_int_equal(frontend_init(&fe, &s, &f), -1);
    if (!strstr(f.text, message)) fail_msg("`%s` lacks `%s`", f.text, message);
}

static void test_refused(void **state)
{
    (void)state;
#define WITH(field, value, message)                                                                \
    do {                                                                                           \
        struct frontend_spec s = standard;                                                         \
        s.field = value;                                                                           \
        assert_refused(s, message);                                                                \
    } while (0)
    WITH(f_high_hz, 8000, "f_high_hz is 8000, allowed is above f_low_hz 100 and below half of");
    WITH(f_high_hz, 100, "f_high_hz is 100, allowed");
    WITH(f_high_hz, NAN, "f_high_hz is nan");
    WITH(f_low_hz, -1, "f_low_hz is -1, allowed is 0 to 8000");
    WITH(rate_hz, 999, "rate_hz is 999");
    WITH(n_filters, 0, "n_filters is 0, allowed is 1 to 64");
    WITH(n_filters, 65, "n_filters is 65");
    WITH(bandwidth, 0, "bandwidth is 0");
    WITH(hop_samples, 3, "hop_samples is 3, allowed is a power of two");
    WITH(hop_samples, 32, "hop_samples is 32, allowed is 1 to 16");
    WITH(bin_ms, 8.1, "bin_ms is 8.1, that is 32.4 hops of 4 samples: must be whole");
    WITH(bin_ms, 0.1, "hops in bin_ms is 0.4");
    WITH(int_bits, 5, "int_bits + frac_bits is 9, allowed is 1 to 8");
    WITH(floor_bits, 25, "floor_bits is 25");
    WITH(adapt_shift, 13, "adapt_shift is 13");
    WITH(gain, 0, "gain is 0");
    struct frontend_spec wide = standard;
    wide.n_filters = 1;
    wide.bandwidth = 4;
    assert_refused(wide, "filter 0 is 15000 Hz wide, allowed is rate_hz / 2000 to rate_hz / 4");
}

// The same filters in double, without any rounding in between, and the envelope's word before it is
// rounded.
static double oracle(const struct frontend *fe, int k, double *z, double *sum)
{
    double b0 = ldexp(fe->b0[k], -20), a1 = ldexp(fe->a1[k], -20), a2 = ldexp(fe->a2[k], -20);
    double x1 = 0, x2 = 0, y1 = 0, y2 = 0, z1 = 0, z2 = 0, peak = 0;
    int hop = fe->spec.hop_samples;
    for (int i = 0; i < N; i++) {
        double y = b0 * (samples[i] - x2) - a1 * y1 - a2 * y2;
        z[i] = b0 * (y - y2) - a1 * z1 - a2 * z2;
        x2 = x1, x1 = samples[i], y2 = y1, y1 = y, z2 = z1, z1 = z[i];
        if (i % hop == 0) sum[i / hop] = 0;
        sum[i / hop] += fabs(z[i]) * 2 / hop;
        peak = fmax(peak, fmax(fabs(y), fabs(z[i])));
    }
    return peak;
}

// Half a word is the rounding of the envelope; the rest is the noise of the filters' own rounding,
// more in filters that are narrow and low.
static void compare_with_oracle(const struct frontend *fe)
{
    double bound = fe->spec.n_filters <= 20 ? 0.6 : 1;
    static double z[N], sum[N];
    int n = fe->spec.n_filters, hop = fe->spec.hop_samples;
    frontend_envelope(fe, samples, N, envelope);
    for (int k = 0; k < n; k++) {
        double peak = oracle(fe, k, z, sum);
        assert_true(peak < 2 * 32768); // the words of frontend.h hold twice as much
        for (int h = 0; h < N / hop; h++) {
            double e = fabs(envelope[h * n + k] - fmin(sum[h], 65535));
            if (!(e < bound)) fail_msg("filter %d hop %d: off by %g words", k, h, e);
        }
    }
}

static void test_filters_against_double(void **state)
{
    (void)state;
    const int counts[] = {1, 5, 16, 20, 64};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        struct frontend_spec s = standard;
        s.n_filters = counts[c];
        struct frontend fe = init(s);
        for (int shift = 0; shift < 16; shift += 5) { // loud, then ever quieter noise
            for (int i = 0; i < N; i++)
                samples[i] = (int16_t)((int32_t)draw() / 256 - 32768) / (1 << shift);
            compare_with_oracle(&fe);
        }
    }
}

static void test_hops(void **state)
{
    (void)state;
    for (int hop = 4; hop <= 16; hop *= 2) {
        struct frontend_spec s = standard;
        s.hop_samples = hop;
        struct frontend fe = init(s);
        for (int i = 0; i < N; i++)
            samples[i] = (int16_t)draw();
        compare_with_oracle(&fe);
    }
}

// The loudest input there is: the sign of the impulse response, backwards, at full scale.
static void test_worst_input_does_not_overflow(void **state)
{
    (void)state;
    static double z[N], sum[N];
    struct frontend fe = init(standard);
    for (int k = 0; k < 16; k++) {
        memset(samples, 0, sizeof samples);
        samples[0] = 1;
        oracle(&fe, k, z, sum);
        for (int i = 0; i < N; i++)
            samples[i] = z[N - 1 - i] < 0 ? -32768 : 32767;
        compare_with_oracle(&fe);
    }
}

// After sound has ended the filters come to rest: a limit cycle stays under a quarter of a sample
// LSB, so that silence is exactly 0.
static void test_rest(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        struct frontend_spec s = standard;
        if (k) s.bandwidth = 0.3;
        struct frontend fe = init(s);
        memset(samples, 0, sizeof samples);
        samples[0] = 32767;
        if (k)
            for (int i = 0; i < N / 2; i++)
                samples[i] = (int16_t)draw();
        frontend_envelope(&fe, samples, N, envelope);
        int loud = 0;
        for (int i = 0; i < 16; i++)
            loud += envelope[8 * 16 + i] > 0;
        assert_int_equal(loud, 16);
        for (int i = HOPS * 3 / 4 * 16; i < HOPS * 16; i++)
            assert_int_equal(envelope[i], 0);
    }
}

static void test_tone(void **state)
{
    (void)state;
    struct frontend fe = init(standard);
    for (int k = 0; k < 16; k++) {
        for (int i = 0; i < N; i++)
            samples[i] = (int16_t)lrint(8000 * sin(2 * M_PI * fe.centre_hz[k] * i / 16000));
        frontend_envelope(&fe, samples, N, envelope);
        frontend_bin(&fe, envelope, NULL, HOPS, 0, NULL, TICKS, words);
        for (int t = 20; t < TICKS; t++)
            for (int i = 0; i < 16; i++)
                if (i != k) assert_true(words[t * 16 + i] < words[t * 16 + k]);
        double sum = 0; // 0 dB at the centre: mean |sin| is 2/π
        for (int h = 400; h < HOPS; h++)
            sum += envelope[h * 16 + k];
        assert_near(sum / (HOPS - 400) / 2 / 8000, 2 / M_PI, 0.01);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_design),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_filters_against_double),
        cmocka_unit_test(test_hops),
        cmocka_unit_test(test_worst_input_does_not_overflow),
        cmocka_unit_test(test_rest),
        cmocka_unit_test(test_tone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
