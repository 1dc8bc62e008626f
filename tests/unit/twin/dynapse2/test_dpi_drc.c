// Who the rule check says is silent, against a simulation of the law in double.
#include "tests/lib/dpi_nets.h"
#include "twin/dynapse2/dpi_drc.h"

// Rockpool's DynapSim, step for step.
static long simulate(const struct dpi_net *n, const struct dpi_circuit *c, int ticks, uint64_t seed,
                     double rate, long *spikes)
{
    int size = n->n_neurons;
    struct {
        double syn, ahp, mem, v, timer;
        int s;
    } *y = calloc((size_t)size, sizeof *y);
    double *u = malloc((size_t)(n->n_in + 1) * sizeof *u);
    long all = 0;
    double kappa = (c->kappa_n + c->kappa_p) / 2, tau_syn = c->Ut / kappa * c->C_syn / c->Itau_syn;
    double tau_ahp = c->Ut / kappa * c->C_ahp / c->Itau_ahp, t_ref = c->Vth * c->C_ref / c->Iref;
    double in = 1 - exp(-c->Vth * c->C_pulse / c->Ipulse / tau_syn);
    double in_ahp = 1 - exp(-c->Vth * c->C_pulse_ahp / c->Ipulse_ahp / tau_ahp);
    for (int i = 0; i < size; i++)
        y[i].syn = y[i].ahp = y[i].mem = c->Io, spikes[i] = 0;
    for (int t = 0; t < ticks; t++) {
        rng_uniforms((struct rng_stream){seed, (uint64_t)t, RNG_SHIFT, 0}, u, (size_t)n->n_in);
        for (int i = 0; i < size; i++) {
            double w = 0;
            for (int k = 0; k < n->n_in; k++)
                w += n->w_in[k * size + i] * (u[k] < rate);
            for (int k = 0; k < size; k++)
                w += n->w_rec[k * size + i] * y[k].s;
            double inf = fmax(c->Igain_syn / c->Itau_syn * w * n->Iscale, c->Io);
            y[i].syn = y[i].syn * exp(-n->dt / tau_syn) + in * inf;
        }
        for (int i = 0; i < size; i++) {
            y[i].ahp = fmax(y[i].ahp * exp(-n->dt / tau_ahp) +
                                in_ahp * c->Igain_ahp / c->Itau_ahp * c->Iw_ahp * y[i].s,
                            c->Io);
            double leak = c->Itau_mem + y[i].ahp, tau = c->Ut / kappa * c->C_mem / leak;
            double Iin = fmax((y[i].syn - leak + c->Idc) * (y[i].timer == 0), c->Io);
            double fb = c->Io * exp(kappa * kappa / (kappa + 1) * y[i].v / c->Ut);
            double f = fb / leak * (y[i].mem + c->Igain_mem);
            double d = y[i].mem / (tau * (y[i].mem + c->Igain_mem)) *
                       (c->Igain_mem / c->Itau_mem * (Iin - leak) + f -
                        y[i].mem * (1 + y[i].ahp / c->Itau_mem));
            y[i].mem = fmax(y[i].mem + n->dt * d, c->Io);
            y[i].v = c->Ut / kappa * log(y[i].mem / c->Io);
            y[i].s = (int)fmax(ceil(log(y[i].mem / c->Ispkthr)), 0);
            y[i].timer = y[i].s ? t_ref : fmax(y[i].timer - n->dt, 0);
            if (y[i].s) y[i].mem = c->Io;
            spikes[i] += y[i].s;
            all += y[i].s;
        }
    }
    free(y);
    free(u);
    return all;
}

static void test_the_silent_are_silent_and_nobody_else(void **unused)
{
    (void)unused;
    enum { N = 24, IN = 6 };
    int n_silent_seen = 0, n_able_seen = 0;
    struct dpi_drc_options o = {&chip.nominal, 1, false};
    for (uint64_t seed = 0; seed < 12; seed++) {
        struct dpi_net n = new_net(IN, N);
        struct dpi_silent silent[N];
        struct fail f = {""};
        long spikes[N];
        double u[IN * N];
        rng_uniforms((struct rng_stream){seed, 0, RNG_SHIFT, 0}, u, IN * N);
        for (int i = 0; i < IN * N; i++) // some weak, some strong, excitation only
            n.w_in[i] = u[i] < 0.2 ? pow(10, 8 * u[i] * 5 - 8 + 2 * (i % N) / (double)N) : 0;
        int n_silent = dpi_drc(silent, &n, &o, &f);
        bool is_silent[N] = {false};
        assert_true(n_silent >= 0);
        for (int k = 0; k < n_silent; k++)
            is_silent[silent[k].neuron] = true;
        simulate(&n, &chip.nominal, 3000, seed, 1.0, spikes); // every input in every tick
        for (int i = 0; i < N; i++) {
            if (is_silent[i] != (spikes[i] == 0))
                fail_msg("seed %d, neuron %d: said to be %s, %ld spikes", (int)seed, i,
                         is_silent[i] ? "silent" : "able", spikes[i]);
            n_silent_seen += is_silent[i];
            n_able_seen += !is_silent[i];
        }
        // and with random input the silent stay so
        simulate(&n, &chip.nominal, 1000, seed + 100, 0.5, spikes);
        for (int i = 0; i < N; i++)
            assert_true(!is_silent[i] || spikes[i] == 0);
        dpi_net_fini(&n);
    }
    assert_true(n_silent_seen > 20 && n_able_seen > 20);
}

static void test_reasons_of_silence(void **unused)
{
    (void)unused;
    enum { N = 7 };
    struct dpi_net n = new_net(2, N);
    struct dpi_silent silent[N];
    struct dpi_drc_options o = {&chip.nominal, 1, false};
    struct fail f = {""};
    long spikes[N];
    n.w_in[0] = 5;                               // 0 spikes
    n.w_in[2] = -5;                              // 2: inhibition only; 1: nothing
    n.w_in[3] = 1e-6;                            // 3: far too weak
    n.w_rec[4 * N + 5] = n.w_rec[5 * N + 4] = 9; // 4 and 5 excite each other only
    n.w_rec[0 * N + 6] = 5;                      // 6 is driven by 0
    assert_int_equal(dpi_drc(silent, &n, &o, &f), 5);
    const char *const why[] = {
        ("no input: no weight is set, and Idc of 5e-13 A alone drives Imem to 5e-13 A, Ispkthr is "
         "1e-07 A"),
        "only inhibition: 1 inhibitory weights and no excitatory one",
        "threshold out of reach: with all 1 excitatory sources in every tick Isyn settles at ",
        "its excitatory sources, 1, are silent neurons themselves",
        "its excitatory sources, 1, are silent neurons themselves"};
    for (int k = 0; k < 5; k++) {
        assert_int_equal(silent[k].neuron, k + 1);
        if (strncmp(silent[k].why, why[k], strlen(why[k]))) fail_msg("%s", silent[k].why);
    }
    simulate(&n, &chip.nominal, 3000, 1, 1, spikes);
    for (int i = 0; i < N; i++)
        assert_true((spikes[i] > 0) == (i == 0 || i == 6));
    n.circuit = malloc(N * sizeof *n.circuit);
    for (int i = 0; i < N; i++)
        n.circuit[i] = chip.nominal;
    n.circuit[0].Igain_syn = 0;
    assert_int_equal(dpi_drc(silent, &n, &o, &f), 7);
    assert_true(strncmp(silent[0].why, "gain: Igain_syn is 0", 20) == 0);
    for (int i = 0; i < N; i++)
        n.circuit[i].Idc = 1e-9; // enough for all
    assert_int_equal(dpi_drc(silent, &n, &o, &f), 0);
    dpi_net_fini(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_silent_are_silent_and_nobody_else),
        cmocka_unit_test(test_reasons_of_silence),
    };
    return cmocka_run_group_tests(tests, load_chip, 0);
}
