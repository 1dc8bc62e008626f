// The law of model/izhikevich.h against oracles that share nothing with it: its equations in 128 bits,
// rounded by dividing, on random formats and words; and the neuron of the 2003 paper in double
// precision, whose spikes the finest formats have to follow.
#include "model/izhikevich/izhikevich.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/lib/izhikevich_random.h"

enum { LAWS = 3000, CASES = 60, SOURCES = 5 };

// --- the equations in 128 bits -------------------------------------------------------------------

typedef __int128 wide;

static wide power(int n)
{
    wide x = 1;
    while (n-- > 0)
        x *= 2;
    return x;
}

// x / 2^n to a whole number; n < 0 multiplies.
static wide rounded(wide x, int n, enum fx_round how)
{
    if (n <= 0) return x * power(-n);
    wide by = power(n), whole = x / by, part = x % by; // part has the sign of x
    wide sign = x < 0 ? -1 : 1, doubled = 2 * (part < 0 ? -part : part);
    if (part == 0 || how == FX_TOWARD_ZERO) return whole;
    if (how == FX_AWAY) return whole + sign;
    if (how == FX_FLOOR) return sign < 0 ? whole - 1 : whole;
    if (how == FX_CEILING) return sign < 0 ? whole : whole + 1;
    return doubled > by || (doubled == by && whole % 2) ? whole + sign : whole;
}

static wide saturated(wide x, struct law_format f)
{
    wide top = power(law_bits(f) - 1);
    return x >= top ? top - 1 : x < -top ? -top : x;
}

struct oracle {
    wide gather, current, square, linear, integrate, clamp, fire, recover, reset, adapt;
};

// One tick by the comment of model/izhikevich.h.
static struct oracle tick_of(const struct izhikevich_law *a, const struct izhikevich_neuron *n,
                             const int16_t *w, int stride, const int32_t *x, int n_source,
                             int input_frac, struct izhikevich_state s)
{
    struct oracle o = {0};
    int frac = a->membrane.frac_bits, factor = a->factor.frac_bits;
    for (int i = 0; i < n_source; i++)
        o.gather += (wide)w[i * stride] * x[i];
    o.current = rounded(o.gather, a->weight.frac_bits + input_frac - frac, a->round);
    o.square = rounded((wide)s.v * s.v * n->k, frac + factor, a->round);
    o.linear = rounded((wide)s.v * n->p, factor, a->round);
    o.integrate =
        s.v + rounded(o.square + o.linear + n->bias + o.current - s.u, a->halvings, a->round);
    o.clamp = saturated(o.integrate, a->membrane);
    o.fire = o.clamp >= n->peak;
    o.recover = saturated(s.u + rounded(n->a * (rounded((wide)n->b * s.v, factor, a->round) - s.u),
                                        factor + a->halvings, a->round),
                          a->membrane);
    o.reset = o.fire ? n->c : o.clamp;
    o.adapt = saturated(o.recover + (o.fire ? n->d : 0), a->membrane);
    return o;
}

struct count {
    int64_t fired, at_peak, ties, held_high, held_low, u_high, u_low, left;
};

static bool tied(const struct izhikevich_law *a, const struct izhikevich_neuron *n, int32_t v)
{
    wide half = power(a->factor.frac_bits - 1), part = (wide)v * n->p % (2 * half);
    return a->factor.frac_bits && (part == half || part == -half);
}

static void step_once(struct random *r, const struct izhikevich_law *law, struct count *c)
{
    struct izhikevich_neuron n = random_izhikevich(r, law);
    struct izhikevich_state s, at_rest;
    struct izhikevich_stages t;
    int16_t w[SOURCES * 3];
    int32_t x[SOURCES];
    int n_source = (int)draw(r, 0, SOURCES), stride = (int)draw(r, 1, 3);
    int input_frac = draw(r, 0, 1) ? law->input.frac_bits : 0;
    int64_t top = fx_max(law_bits(law->membrane)), w_top = fx_max(law_bits(law->weight));
    if (law->weight.frac_bits - law->membrane.frac_bits < -15) input_frac = law->input.frac_bits;
    for (int i = 0; i < SOURCES * 3; i++)
        w[i] = (int16_t)corner_word(r, -w_top - 1, w_top);
    for (int i = 0; i < SOURCES; i++)
        x[i] = draw(r, 0, 1) ? 0 : corner_word(r, 0, fx_umax(law_bits(law->input)));
    izhikevich_kind.rest(law, &n, &at_rest);
    assert_int_equal(at_rest.v, n.c);
    assert_int_equal(at_rest.u,
                     (int32_t)saturated(rounded((wide)n.b * n.c, law->factor.frac_bits, law->round),
                                        law->membrane));
    s = draw(r, 0, 2) ? (struct izhikevich_state){corner_word(r, -top - 1, top),
                                                  corner_word(r, -top - 1, top)}
                      : at_rest;
    struct oracle o = tick_of(law, &n, w, stride, x, n_source, input_frac, s);
    c->ties += tied(law, &n, s.v);
    const struct law_tick in = {.law = law,
                                .neuron = &n,
                                .w = w,
                                .stride = stride,
                                .x = x,
                                .n_source = n_source,
                                .input_frac = input_frac,
                                .max_spikes = 1,
                                .jitter = (int)draw(r, -32768, 32767)};
    izhikevich_kind.step(&in, &s, &t);
    assert_true(t.gather == o.gather && t.current == o.current && t.square == o.square);
    assert_true(t.linear == o.linear && t.integrate == o.integrate && t.clamp == o.clamp);
    assert_true(t.fire == o.fire && t.recover == o.recover);
    assert_true(t.reset == o.reset && t.adapt == o.adapt && s.v == o.reset && s.u == o.adapt);
    c->fired += t.fire;
    c->at_peak += t.clamp == n.peak;
    c->held_high += o.integrate > top;
    c->held_low += o.integrate < -top - 1;
    c->u_high += t.recover == top;
    c->u_low += t.recover == -top - 1;
    c->left += law->weight.frac_bits + input_frac < law->membrane.frac_bits;
}

static void each_stage_is_that_of_the_equations(void **unused)
{
    (void)unused;
    struct random r = {29};
    struct count c = {0};
    int rounds[FX_ROUNDS] = {0};
    for (int i = 0; i < LAWS; i++) {
        struct izhikevich_law law = random_izhikevich_law(&r);
        rounds[law.round]++;
        for (int k = 0; k < CASES; k++)
            step_once(&r, &law, &c);
    }
    for (int i = 0; i < FX_ROUNDS; i++)
        assert_true(rounds[i] > LAWS / FX_ROUNDS / 2);
    assert_true(c.fired && c.at_peak > 50 && c.ties > 50 && c.left);
    assert_true(c.held_high && c.held_low && c.u_high && c.u_low);
    print_message("PASS izhikevich: %d ticks of %d laws, 0 differ; %lld fired, %lld at the peak, "
                  "%lld ties\n",
                  LAWS * CASES, LAWS, (long long)c.fired, (long long)c.at_peak, (long long)c.ties);
}

// What no format may exceed, and a word at each end.
static void ends_of_formats_are_exact(void **unused)
{
    (void)unused;
    static const struct izhikevich_law ends[] = {
        {{8, 0}, {16, 0}, {20, 0}, {18, 0}, FX_CEILING, 0},
        {{8, 0}, {16, 0}, {20, 0}, {18, 0}, FX_NEAREST_EVEN, 0},
        {{1, 0}, {2, 0}, {4, 0}, {4, 0}, FX_FLOOR, 4},
        {{0, 8}, {-8, 24}, {-16, 20}, {-20, 24}, FX_AWAY, 4}};
    struct random r = {31};
    struct count c = {0};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        const char *what = izhikevich_kind.check(&ends[i]);
        if (what) fail_msg("law %zu: %s", i, what);
        for (int k = 0; k < 20000; k++)
            step_once(&r, &ends[i], &c);
    }
    assert_true(c.fired && c.held_high && c.held_low);
}

// --- the paper in double precision ---------------------------------------------------------------

enum { MS = 400, ON = 50, HALVINGS = 2, TICKS = MS << HALVINGS, MAX_SPIKES = TICKS };

static double real_of(int32_t word, struct law_format f)
{
    return ldexp(word, -f.frac_bits);
}

// Euler's step of 2^-HALVINGS ms, v and u of a tick from those of the tick before; 10 mV/ms after ON ms.
// Parameters are those that the words stand for. Ticks of the spikes; returns how many.
static int real_spikes(const struct izhikevich_law *law, const struct izhikevich_neuron *n,
                       int *spike)
{
    double a = real_of(n->a, law->factor), b = real_of(n->b, law->factor);
    double c = real_of(n->c, law->membrane), d = real_of(n->d, law->membrane);
    double k = real_of(n->k, law->factor), h = 1.0 / (1 << HALVINGS), v = c, u = b * c;
    int count = 0;
    for (int t = 0; t < TICKS; t++) {
        double in = t >= ON << HALVINGS ? 10 : 0;
        double next = v + h * (k * v * v + 5 * v + 140 + in - u), pulled = u + h * a * (b * v - u);
        bool fired = next >= 30;
        v = fired ? c : next;
        u = fired ? pulled + d : pulled;
        if (fired) spike[count++] = t;
    }
    return count;
}

static int fixed_spikes(const struct izhikevich_law *law, const struct izhikevich_neuron *n,
                        int *spike)
{
    struct izhikevich_state s;
    struct izhikevich_stages done;
    int16_t w = (int16_t)(10 * 256);
    int32_t x = 0;
    int count = 0;
    const struct law_tick in = {.law = law,
                                .neuron = n,
                                .w = &w,
                                .stride = 1,
                                .x = &x,
                                .n_source = 1,
                                .input_frac = 4,
                                .max_spikes = 1};
    izhikevich_kind.rest(law, n, &s);
    for (int t = 0; t < TICKS; t++) {
        x = t >= ON << HALVINGS ? 16 : 0;
        izhikevich_kind.step(&in, &s, &done);
        if (done.fire) spike[count++] = t;
    }
    return count;
}

// How many ticks the spikes lie apart at most; all of them where there are not equally many.
static int apart(const struct izhikevich_law *law, const struct izhikevich_neuron *n, int *count)
{
    int real[MAX_SPIKES], fixed[MAX_SPIKES], most = 0;
    *count = real_spikes(law, n, real);
    if (fixed_spikes(law, n, fixed) != *count) return TICKS;
    for (int i = 0; i < *count; i++)
        most = abs(real[i] - fixed[i]) > most ? abs(real[i] - fixed[i]) : most;
    return most;
}

static void spikes_are_those_of_the_paper(void **unused)
{
    (void)unused;
    static const struct {
        const char *name;
        double a, b, c, d;
        int within, spikes; // ticks, at the finest formats; how many there are
    } kinds[] = {{"regular spiking", 0.02, 0.2, -65, 8, 0, 9},
                 {"intrinsically bursting", 0.02, 0.2, -55, 4, 0, 13},
                 {"chattering", 0.02, 0.2, -50, 2, 0, 32},
                 {"fast spiking", 0.1, 0.2, -65, 2, 8, 43},
                 {"low-threshold spiking", 0.02, 0.25, -65, 2, 4, 28},
                 {"thalamo-cortical", 0.02, 0.25, -65, 0.05, 0, 85},
                 {"resonator", 0.1, 0.26, -65, 2, 0, 61}};
    struct izhikevich_law coarse = izhikevich_of_paper;
    int parted = 0;
    coarse.membrane.frac_bits = 2;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const struct izhikevich_law *law = &izhikevich_of_paper;
        struct izhikevich_neuron n =
            izhikevich_of(law, kinds[i].a, kinds[i].b, kinds[i].c, kinds[i].d);
        int count, ticks = apart(law, &n, &count), rough;
        struct izhikevich_neuron same =
            izhikevich_of(&coarse, kinds[i].a, kinds[i].b, kinds[i].c, kinds[i].d);
        if (ticks > kinds[i].within || count != kinds[i].spikes)
            fail_msg("%s: %d spikes, %d ticks apart; %d within %d", kinds[i].name, count, ticks,
                     kinds[i].spikes, kinds[i].within);
        parted += apart(&coarse, &same, &rough) > kinds[i].within;
        print_message("%s: %d spikes in %d ms, at most %d/4 ms apart\n", kinds[i].name, count, MS,
                      ticks);
    }
    assert_true(parted >= 5); // and the comparison can fail
}

static void what_the_model_cannot_compute_is_refused(void **unused)
{
    (void)unused;
    static const struct {
        struct izhikevich_law law;
        const char *what;
    } wrong[] = {{{{5, 4}, {8, 8}, {9, 11}, {4, 14}, FX_FLOOR, 0}, "input: 1..8 bits"},
                 {{{4, 4}, {9, 8}, {9, 11}, {4, 14}, FX_FLOOR, 0}, "weight: 2..16 bits"},
                 {{{4, 4}, {8, 8}, {10, 11}, {4, 14}, FX_FLOOR, 0}, "membrane: 4..20 bits"},
                 {{{4, 4}, {8, 8}, {9, 11}, {5, 14}, FX_FLOOR, 0}, "factor: 4..18 bits"},
                 {{{4, 4}, {8, 8}, {9, 11}, {-10, 25}, FX_FLOOR, 0},
                  "membrane, factor: 0..20 and 0..24 fraction bits"},
                 {{{4, 4}, {8, 8}, {9, -1}, {4, 14}, FX_FLOOR, 0},
                  "membrane, factor: 0..20 and 0..24 fraction bits"},
                 {{{4, 4}, {8, 8}, {9, 11}, {4, 14}, FX_FLOOR, 5}, "halvings: 0..4"},
                 {{{4, 4}, {8, 0}, {0, 16}, {4, 14}, FX_FLOOR, 0},
                  "weight and input: fraction bits that line up with the membrane's by -15..40"},
                 {{{0, 8}, {-29, 40}, {9, 7}, {4, 14}, FX_FLOOR, 0},
                  "weight and input: fraction bits that line up with the membrane's by -15..40"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_string_equal(izhikevich_kind.check(&wrong[i].law), wrong[i].what);
    assert_null(izhikevich_kind.check(&izhikevich_of_paper));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_stage_is_that_of_the_equations),
        cmocka_unit_test(ends_of_formats_are_exact),
        cmocka_unit_test(spikes_are_those_of_the_paper),
        cmocka_unit_test(what_the_model_cannot_compute_is_refused),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
