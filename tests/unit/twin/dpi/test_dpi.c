// The DPI law: words from circuits, look-ups, what the silicon mode mends, refusals.
#include "tests/lib/dpi_random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static const struct dpi_law fine = {.current = {24, 20},
                                    .weight = {20, 12},
                                    .factor_frac = 31,
                                    .log_frac = 24,
                                    .table_bits = 12,
                                    .gain = {4, 36},
                                    .rate = {26, 30},
                                    .max_spikes = 7};
static const struct dpi_scale scale = {5e-13, 1e-3};

static void assert_near(double got, double expected, const char *what)
{
    if (fabs(got - expected) > 0.500001) fail_msg("%s: %.0f, %.3f is due", what, got, expected);
}

// Expected from the time constants and ratios that the circuit was made for (anchored to Rockpool
// 3.1.0): tau_mem 20 ms, tau_syn 10 ms, tau_ahp 50 ms, gain ratios 4, 100, 1, pulses 10 us and 1
// us, t_ref 1 ms.
static void nominal_words(void **unused)
{
    (void)unused;
    struct dpi_neuron n;
    struct dpi_clamped clamped = {0};
    dpi_words_neuron(&fine, &scale, &dpi_nominal, &n, &clamped);
    assert_int_equal(clamped.words, 0);
    double f = 0x1p20, itau = 0.025 / 0.705 * 3e-12 / 20e-3 / 5e-13; // in Io
    assert_int_equal(n.io, 1 << 20);
    assert_int_equal(n.idc, 1 << 20);
    assert_near((double)n.itau, itau * f, "itau");
    assert_near((double)n.igain, 4 * itau * f, "igain");
    for (int i = 0; i < 2; i++) {
        assert_near((double)n.floor[i], (1 - exp(-1e-5 / 10e-3)) * f, "floor");
        assert_near(n.decay[i], exp(-1. / 10) * 0x1p31, "decay");
    }
    assert_near((double)n.jump, (1 - exp(-1e-6 / 50e-3)) * f, "jump");
    assert_near(n.decay_ahp, exp(-1. / 50) * 0x1p31, "decay_ahp");
    assert_near(n.alpha, 0.705 / 1.705 * 0x1p31, "alpha");
    assert_near((double)n.gain, 1. / 20 / itau * 0x1p36, "gain");
    assert_near((double)n.gain_tau, 1. / 20 / itau / itau * 0x1p36, "gain_tau");
    assert_int_equal(n.log_io, 20 << 24);
    assert_near(n.log_gain, (20 + log2(4 * itau)) * 0x1p24, "log_gain");
    assert_near(n.theta, log2(200000) * 0x1p24, "theta");
    assert_int_equal(n.period, 1);
    double charge = dpi_words_charge(&dpi_nominal);
    int32_t w = dpi_words_weight(&fine, &scale, charge, 10 * 1e-8, &clamped);
    assert_near(w, (1 - exp(-1e-3)) * 100 * 10 * 20000 * 0x1p12, "weight");
    assert_int_equal(dpi_words_weight(&fine, &scale, charge, -10 * 1e-8, &clamped), -w);
}

static void refractory_ticks(void **unused)
{
    (void)unused;
    struct dpi_circuit c = dpi_nominal;
    struct dpi_neuron n;
    struct dpi_clamped clamped = {0};
    const struct {
        double iref;
        int ticks;
    } cases[] = {{0.7 * 1.5e-12 / 0.5e-3, 1},
                 {0.7 * 1.5e-12 / 1.5e-3, 2},
                 {2.1e-10, 5},
                 {0.7 * 1.5e-12 / 2.9e-3, 3},
                 {1e3, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        c.Iref = cases[i].iref;
        dpi_words_neuron(&fine, &scale, &c, &n, &clamped);
        assert_int_equal(n.period, cases[i].ticks);
    }
    assert_int_equal(clamped.words, 0);
    c.Iref = 1e-18; // a million seconds
    dpi_words_neuron(&fine, &scale, &c, &n, &clamped);
    assert_int_equal(n.period, 65535);
    assert_string_equal(clamped.first, "period");
}

static void clamps_are_counted(void **unused)
{
    (void)unused;
    struct dpi_circuit c = dpi_nominal;
    struct dpi_neuron n;
    struct dpi_clamped clamped = {0};
    c.Idc = 1; // A
    dpi_words_neuron(&fine, &scale, &c, &n, &clamped);
    assert_int_equal(clamped.words, 1);
    assert_string_equal(clamped.first, "idc");
    assert_true(n.idc == dpi_current_max(&fine));
    c.Idc = -1e-12; // a draw from too wide a normal
    c.C_mem = NAN;
    dpi_words_neuron(&fine, &scale, &c, &n, &clamped);
    assert_int_equal(n.idc, 0);
    assert_int_equal(n.gain, 0);
    assert_int_equal(clamped.words, 4); // idc, gain, gain_tau
    assert_int_equal(dpi_words_weight(&fine, &scale, 1, 1, &clamped), INT32_MAX);
    assert_int_equal(dpi_words_weight(&fine, &scale, 1, -1, &clamped), INT32_MIN);
    assert_int_equal(clamped.words, 6);
}

static void circuits_that_cannot_be(void **unused)
{
    (void)unused;
    struct fail f;
    struct dpi_circuit c = dpi_nominal;
    assert_int_equal(dpi_circuit_check(&c, &f), 0);
    c.C_mem = 0;
    assert_int_equal(dpi_circuit_check(&c, &f), -1);
    assert_string_equal(f.text, "C_mem: 0, allowed: more than 0 and finite");
    c = dpi_nominal;
    c.Itau_syn = -1e-12;
    assert_int_equal(dpi_circuit_check(&c, &f), -1);
    assert_string_equal(f.text, "Itau_syn: -1e-12, allowed: 0 or more and finite");
    c = dpi_nominal;
    c.Vth = NAN;
    assert_int_equal(dpi_circuit_check(&c, &f), -1);
    assert_string_equal(f.text, "Vth: nan, allowed: 0 or more and finite");
}

// Within the bound of docs/dynapse2.md, exact at powers of two, and never falling.
static void look_ups(void **unused)
{
    (void)unused;
    static struct dpi_tables t;
    struct random r = {11};
    for (int table = 2; table <= 12; table += 2) {
        struct dpi_law law = fine;
        law.table_bits = (uint8_t)table;
        law.log_frac = (uint8_t)(table + 6 > 20 ? 20 : table + 6);
        dpi_words_tables(&law, &t);
        double lsb = ldexp(1, -law.log_frac), h2 = ldexp(1, -2 * table);
        double log_off = h2 / 8 / log(2) + lsb + lsb / log(2);
        double exp_off = h2 / 8 * 2 * log(2) * log(2) + lsb;
        int64_t one = 1 << law.log_frac, before = 0;
        for (int i = 0; i < 48; i++)
            assert_int_equal(dpi_log2(&law, &t, (int64_t)1 << i), i * one);
        for (int64_t x = 1; x < 20000; x++) {
            int64_t y = dpi_log2(&law, &t, x);
            assert_true(y >= before);
            before = y;
        }
        for (int i = 0; i < 20000; i++) {
            int64_t x = random_word(&r, 1, ((int64_t)1 << 48) - 1);
            assert_true(fabs((double)dpi_log2(&law, &t, x) * lsb - log2((double)x)) <= log_off);
            int64_t p = draw(&r, -40 * one, 48 * one);
            struct dpi_power power = dpi_exp2(&law, &t, p);
            double got = ldexp(power.mantissa * lsb, power.exponent);
            assert_true(fabs(got / exp2((double)p * lsb) - 1) <= exp_off);
            assert_true(power.mantissa >= one && power.mantissa <= 2 * one);
        }
    }
}

enum { TICKS = 40 };

// One neuron, two inputs: 10 and -10.
static struct dpi_image *one_neuron(const struct dpi_law *law, const struct dpi_circuit *c)
{
    struct dpi_image sizes = {.n_layers = 1, .layer = {{.n_in = 2, .n_out = 1}}};
    struct dpi_image *im = dpi_image_new(law, &sizes);
    struct dpi_clamped clamped = {0};
    double charge = dpi_words_charge(c);
    dpi_words_neuron(law, &scale, c, im->layer[0].neuron, &clamped);
    im->layer[0].w[0] = dpi_words_weight(law, &scale, charge, 10 * 1e-8, &clamped);
    im->layer[0].w[1] = dpi_words_weight(law, &scale, charge, -10 * 1e-8, &clamped);
    assert_int_equal(clamped.words, 0);
    return im;
}

static void run(const struct dpi_image *im, const uint8_t *x, struct dpi_stages *s,
                struct dpi_state *after)
{
    struct dpi_state state;
    int32_t count;
    struct dpi_trace t = {.layer = {{.stages = s, .state = after}}, .count = &count};
    struct dpi_stimulus in = {TICKS, x};
    dpi_image_rest(im, &state);
    dpi_run(im, &in, &state, &t);
}

static void inhibition_outlives_its_tick(void **unused)
{
    (void)unused;
    for (int silicon = 0; silicon < 2; silicon++) {
        struct dpi_law law = fine;
        law.gaba = silicon;
        struct dpi_image *im = one_neuron(&law, &dpi_nominal);
        uint8_t x[TICKS * 2] = {0}, y[TICKS * 2] = {0};
        struct dpi_stages a[TICKS], b[TICKS];
        x[5 * 2] = y[5 * 2] = 1;
        y[3 * 2 + 1] = 1; // inhibition two ticks before
        run(im, x, a, 0);
        run(im, y, b, 0);
        assert_true(a[5].input > 1000 << 20);
        if (silicon) {
            assert_true(b[5].input < a[5].input / 5); // e^-0.2 of it is left
            assert_true(b[5].inhibit > a[5].synapse / 2);
        } else {
            assert_int_equal(b[5].input, a[5].input);
        }
        dpi_image_free(im);
    }
}

static void the_leak_is_subtracted_once(void **unused)
{
    (void)unused;
    for (int once = 0; once < 2; once++) {
        struct dpi_law law = fine;
        law.leak_once = once;
        struct dpi_circuit c = dpi_nominal;
        c.Idc = 50e-12;
        struct dpi_image *im = one_neuron(&law, &c);
        uint8_t x[TICKS * 2] = {0};
        struct dpi_stages s[TICKS];
        run(im, x, s, 0);
        double itau = c.Itau_mem / 5e-13, io = 0x1p20, left = 0.02; // of isyn after 4 tau
        assert_true(fabs((double)s[39].leak / io - (itau + 1)) < 1e-5);
        double due = 100 - (once ? 0 : itau + 1); // Idc is 100 Io
        assert_true(fabs((double)s[39].input / io - due) < 2 * left);
        dpi_image_free(im);
    }
}

static void the_feedback_begins_anew(void **unused)
{
    (void)unused;
    for (int fresh = 0; fresh < 2; fresh++) {
        struct dpi_law law = fine;
        law.fresh_vmem = fresh;
        struct dpi_image *im = one_neuron(&law, &dpi_nominal);
        uint8_t x[TICKS * 2] = {0};
        struct dpi_stages s[TICKS];
        struct dpi_state after[TICKS];
        for (int t = 0; t < TICKS; t++)
            x[t * 2] = 3;
        run(im, x, s, after);
        int spikes = 0;
        for (int t = 0; t + 1 < TICKS; t++) {
            if (!s[t].fire) continue;
            spikes++;
            assert_int_equal(after[t].imem, 1 << 20);
            assert_int_equal(after[t].vmem, fresh ? 0 : s[t].voltage);
            assert_true(s[t + 1].feedback > 0x0.fffp20 &&
                        (fresh == (s[t + 1].feedback < 0x1.001p20)));
            assert_int_equal(after[t].timer, 1);
            assert_int_equal(s[t + 1].input, 1 << 20); // blocked
        }
        assert_true(spikes > 3);
        dpi_image_free(im);
    }
}

// compat: the nominal Io on every chip; silicon: its own.
static void where_runs_begin(void **unused)
{
    (void)unused;
    struct dpi_circuit c = dpi_nominal;
    c.Io = 7e-13;
    struct dpi_law law = fine;
    struct dpi_image *im = one_neuron(&law, &c);
    struct dpi_state s;
    dpi_image_rest(im, &s);
    assert_int_equal(s.imem, 1 << 20);
    assert_int_equal(s.isyn, 1 << 20);
    assert_int_equal(s.gaba, 0);
    im->law.fresh_vmem = im->law.gaba = true;
    dpi_image_rest(im, &s);
    assert_int_equal(s.imem, im->layer[0].neuron[0].io);
    assert_int_equal(s.gaba, im->layer[0].neuron[0].io);
    dpi_image_free(im);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nominal_words),
        cmocka_unit_test(refractory_ticks),
        cmocka_unit_test(clamps_are_counted),
        cmocka_unit_test(circuits_that_cannot_be),
        cmocka_unit_test(look_ups),
        cmocka_unit_test(inhibition_outlives_its_tick),
        cmocka_unit_test(the_leak_is_subtracted_once),
        cmocka_unit_test(the_feedback_begins_anew),
        cmocka_unit_test(where_runs_begin),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
