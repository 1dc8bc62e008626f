// The DPI law in integers against DynapSim's equations in double precision, on random circuits,
// nets and events: spikes equal and every current within the bound that follows from the formats;
// and that words a little wrong are beyond it. The traces of the tool itself: make traces.
#include "tests/lib/dpi_random.h"
#include "tests/dynapsim/dynapsim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

enum { MAX_NEURONS = 6 };

// One tick of all neurons, as anchored to Rockpool 3.1.0 (docs/dynapse2.md, Equations).
struct real {
    double isyn, iahp, imem, vmem, timer;
    int spikes;
};

static double floored(double x, double io)
{
    return x > io ? x : io;
}

static void real_tick(const struct dynapsim *d, int tick, struct real *s)
{
    int before[MAX_NEURONS];
    double dt = d->scale.dt;
    for (int n = 0; n < d->n_out; n++)
        before[n] = s[n].spikes;
    for (int n = 0; n < d->n_out; n++) {
        const struct dpi_circuit *c = &d->circuit[n];
        double kappa = (c->kappa_n + c->kappa_p) / 2, iw = 0;
        double itau_syn = floored(c->Itau_syn, c->Io), itau_ahp = floored(c->Itau_ahp, c->Io);
        double itau = floored(c->Itau_mem, c->Io), igain = floored(c->Igain_mem, c->Io);
        double tau_syn = c->Ut / kappa * c->C_syn / itau_syn;
        double tau_ahp = c->Ut / kappa * c->C_ahp / itau_ahp;
        for (int i = 0; i < d->n_in; i++)
            iw += d->w[i * d->n_out + n] * d->x[tick * d->n_in + i];
        for (int m = 0; d->recurrent && m < d->n_out; m++)
            iw += d->w[(d->n_in + m) * d->n_out + n] * before[m];
        iw *= d->iscale;
        double iinf = floored(floored(c->Igain_syn, c->Io) / itau_syn * iw, c->Io);
        s[n].isyn = s[n].isyn * exp(-dt / tau_syn) -
                    expm1(-c->Vth * c->C_pulse / c->Ipulse / tau_syn) * iinf;
        s[n].iahp =
            floored(s[n].iahp * exp(-dt / tau_ahp) -
                        expm1(-c->Vth * c->C_pulse_ahp / c->Ipulse_ahp / tau_ahp) *
                            (floored(c->Igain_ahp, c->Io) / itau_ahp) * c->Iw_ahp * before[n],
                    c->Io);
        double ileak = itau + s[n].iahp;
        double iin = floored((s[n].isyn - ileak + c->Idc) * (s[n].timer == 0), c->Io);
        double tau_mem = c->Ut / kappa * c->C_mem / ileak;
        double ifb = c->Io * exp(kappa * kappa / (kappa + 1) * s[n].vmem / c->Ut);
        double f = ifb / ileak * (s[n].imem + igain);
        double d_imem = s[n].imem / (tau_mem * (s[n].imem + igain)) *
                        (igain / itau * (iin - ileak) + f - s[n].imem * (1 + s[n].iahp / itau));
        s[n].imem = floored(s[n].imem + dt * d_imem, c->Io);
        s[n].vmem = c->Ut / kappa * log(s[n].imem / c->Io);
        s[n].spikes = (int)fmax(ceil(log(s[n].imem / c->Ispkthr)), 0);
        if (s[n].spikes) {
            s[n].imem = c->Io;
            s[n].timer = c->Vth * c->C_ref / c->Iref;
        } else {
            s[n].timer = fmax(s[n].timer - dt, 0);
        }
    }
}

// A net with its trace. Circuits ± 30 %, dt 0.2 to 2 ms, a refractory period of whole ticks or not,
// an AHP from none to strong, start where DynapSim starts or anywhere.
static void make_trace(struct random *r, struct dynapsim *d)
{
    struct real s[MAX_NEURONS];
    *d = (struct dynapsim){.n_ticks = 300, .iscale = 1e-8};
    d->n_in = (int)draw(r, 1, 10);
    d->n_out = (int)draw(r, 1, MAX_NEURONS);
    d->recurrent = draw(r, 0, 1);
    d->scale.dt = 1e-4 * (double)draw(r, 2, 20);
    dynapsim_allocate(d);
    bool anywhere = draw(r, 0, 3) == 0;
    for (int n = 0; n < d->n_out; n++) {
        struct dpi_circuit c = random_dpi_circuit(r, 0.3);
        if (draw(r, 0, 1)) c.Iref = c.Vth * c.C_ref / (d->scale.dt * (double)draw(r, 1, 6));
        if (draw(r, 0, 1)) c.Iw_ahp *= (double)draw(r, 1, 20000);
        if (draw(r, 0, 3) == 0) c.Idc = 1e-12 * (double)draw(r, 0, 60);
        d->circuit[n] = c;
        s[n] = (struct real){5e-13, 5e-13, 5e-13, 0, 0, 0};
        if (anywhere)
            s[n] =
                (struct real){1e-10 * (double)draw(r, 0, 100),     5e-13 * (double)draw(r, 2, 9),
                              1e-12 * (double)draw(r, 1, 40),      0.001 * (double)draw(r, 0, 200),
                              d->scale.dt * (double)draw(r, 0, 2), (int)draw(r, 0, 2)};
        for (int i = 0; i < d->n_in + (d->recurrent ? d->n_out : 0); i++)
            d->w[i * d->n_out + n] = 1e-3 * (double)draw(r, -8000, 12000);
        const double start[] = {s[n].isyn, s[n].iahp, s[n].imem, s[n].vmem};
        for (int i = 0; i <= DYNAPSIM_CURRENTS; i++)
            d->start[i][n] = start[i];
        d->start_timer[n] = s[n].timer;
        d->start_spikes[n] = s[n].spikes;
    }
    d->scale.unit = d->circuit[0].Io;
    for (int i = 0; i < d->n_ticks * d->n_in; i++)
        d->x[i] = (uint8_t)(draw(r, 0, 9) ? 0 : draw(r, 1, 3));
    for (int t = 0; t < d->n_ticks; t++) {
        real_tick(d, t, s);
        for (int n = 0; n < d->n_out; n++) {
            const double now[] = {s[n].isyn, s[n].iahp, s[n].imem, s[n].vmem};
            for (int i = 0; i <= DYNAPSIM_CURRENTS; i++)
                d->expected[i][t * d->n_out + n] = now[i];
            d->spikes[t * d->n_out + n] = s[n].spikes;
        }
    }
}

static struct dpi_image *image_of(const struct dynapsim *d, struct dpi_state *start)
{
    struct dynapsim_ranges ranges;
    struct dpi_law law;
    struct fail f;
    dynapsim_ranges(d, &ranges);
    struct dynapsim_digits digits = dynapsim_finest(&ranges, d->scale.unit);
    if (dynapsim_law(&ranges, &digits, d->scale.unit, &law, &f)) fail_msg("%s", f.text);
    struct dpi_image *im = dynapsim_image(d, &law, start, &f);
    if (!im) fail_msg("%s", f.text);
    return im;
}

static void run(const struct dynapsim *d, const struct dpi_image *im, const struct dpi_state *start,
                struct dynapsim_result *r)
{
    static struct dpi_state after[300 * MAX_NEURONS];
    struct fail f;
    assert_int_equal(dynapsim_run_model(d, im, start, after, &f), 0);
    dynapsim_compare(d, im, after, r);
}

static void real_numbers_are_within_the_bound(void **unused)
{
    (void)unused;
    struct random r = {8};
    int64_t spikes = 0, several = 0;
    double used = 0, relative = 0, bound = 0;
    for (int k = 0; k < 200; k++) {
        struct dynapsim d;
        struct dpi_state start[MAX_NEURONS];
        struct dynapsim_result result;
        make_trace(&r, &d);
        struct dpi_image *im = image_of(&d, start);
        run(&d, im, start, &result);
        if (result.equal != result.ticks)
            fail_msg("net %d: %d of %d ticks equal; %s; %s", k, result.equal, result.ticks,
                     result.what, result.formats);
        for (int i = 0; i < d.n_ticks * d.n_out; i++) {
            spikes += d.spikes[i];
            several += d.spikes[i] > 1;
        }
        used = fmax(used, result.used);
        relative = fmax(relative, result.relative);
        bound = fmax(bound, result.relative_bound);
        dpi_image_free(im);
        dynapsim_free(&d);
    }
    print_message("%lld spikes, %lld ticks with several; at most %.2f of a bound used; imem within "
                  "%.1e, bound %.1e\n",
                  (long long)spikes, (long long)several, used, relative, bound);
    assert_true(spikes > 10000 && several > 10);
    assert_true(used > 0.1);
}

// A word that is wrong by a part in 2000 shows in a bound or a spike.
static void a_word_a_little_wrong_is_beyond_it(void **unused)
{
    (void)unused;
    struct random r = {9};
    static const char *const names[] = {"decay",  "alpha", "gain", "gain_tau", "log_gain",
                                        "weight", "theta", "itau", "igain"};
    int found[9] = {0};
    for (int k = 0; k < 20; k++) {
        struct dynapsim d;
        struct dpi_state start[MAX_NEURONS];
        make_trace(&r, &d);
        for (int word = 0; word < 9; word++) {
            struct dynapsim_result result;
            struct dpi_image *im = image_of(&d, start);
            struct dpi_neuron *n = &im->layer[0].neuron[0];
            int32_t *const narrow[] = {&n->decay[0], &n->alpha};
            int64_t *const wide[] = {&n->gain, &n->gain_tau};
            if (word < 2)
                *narrow[word] -= *narrow[word] / 2000;
            else if (word < 4)
                *wide[word - 2] += *wide[word - 2] / 2000;
            else if (word == 4)
                n->log_gain += 12000; // of 2^24: a factor of 1.0005
            else if (word == 5)
                for (int i = 0; i < d.n_in; i++)
                    im->layer[0].w[i * d.n_out] += im->layer[0].w[i * d.n_out] / 2000;
            else if (word == 6)
                n->theta += 600000; // 2.5 %: nothing but a spike tells
            else if (word == 7)
                n->itau += n->itau / 2000;
            else
                n->igain += n->igain / 2000;
            run(&d, im, start, &result);
            found[word] += result.equal < result.ticks;
            dpi_image_free(im);
        }
        dynapsim_free(&d);
    }
    for (int word = 0; word < 9; word++) {
        print_message("%s: %d of 20\n", names[word], found[word]);
        assert_true(found[word] >= (word == 6 ? 1 : 15));
    }
}

// What does not fit is named, with its value.
static void what_does_not_fit_is_named(void **unused)
{
    (void)unused;
    struct random r = {10};
    struct dynapsim d;
    struct dynapsim_ranges ranges;
    struct dpi_law law;
    struct fail f;
    make_trace(&r, &d);
    dynapsim_ranges(&d, &ranges);
    struct dynapsim_digits digits = dynapsim_finest(&ranges, d.scale.unit);
    ranges.current = 5e-13 * 0x1p60;
    assert_int_equal(dynapsim_law(&ranges, &digits, d.scale.unit, &law, &f), -1);
    assert_non_null(strstr(f.text, "currents: up to "));
    dynapsim_ranges(&d, &ranges);
    ranges.spikes = 64;
    assert_int_equal(dynapsim_law(&ranges, &digits, d.scale.unit, &law, &f), -1);
    assert_string_equal(f.text, "spikes in a tick: up to 64, allowed 1..63");
    dynapsim_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(real_numbers_are_within_the_bound),
                                       cmocka_unit_test(a_word_a_little_wrong_is_beyond_it),
                                       cmocka_unit_test(what_does_not_fit_is_named)};
    return cmocka_run_group_tests(tests, 0, 0);
}
