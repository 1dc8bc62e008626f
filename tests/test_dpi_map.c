// Nets on a DYNAP-SE2 board: what the chip does with a configuration, by an oracle of its routing,
// is what the net says; every limit refuses; and who is said to be silent is.
//
// The oracle knows nothing of nets: it sends an event to the destinations of its source and lets
// every neuron of the cores that hear it compare the tag with all of its CAM entries.
#include "twin/dpi_drc.h"
#include "twin/dpi_map.h"
#include "twin/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { CORES = 16 };

static struct dynapse_chip chip;
static struct dpi_core_report report[CORES];

static int load_chip(void **unused)
{
    (void)unused;
    struct fail f = {""};
    return dynapse_chip_load(&chip, SPIKETWIN_ROOT "/chips/dynapse2.yaml", &f);
}

static struct dpi_net new_net(int n_in, int n_neurons)
{
    struct dpi_net n;
    struct fail f = {""};
    if (dpi_net_init(&n, n_in, n_neurons, 0, &f)) fail_msg("%s", f.text);
    n.Iscale = chip.Iscale;
    n.dt = chip.dt;
    strcpy(n.chip, "dynapse2");
    return n;
}

// A net with about `fan_in` synapses a neuron, half of them from its neighbourhood in the ring.
static struct dpi_net random_net(int n_in, int n_neurons, int fan_in, uint64_t seed)
{
    struct dpi_net n = new_net(n_in, n_neurons);
    double w[64], u[64];
    for (int i = 0; i < n_neurons; i++) {
        rng_normals((struct rng_stream){seed, (uint64_t)i, RNG_SHIFT, 0}, w, 64);
        rng_uniforms((struct rng_stream){seed, (uint64_t)i, RNG_SHIFT, 1}, u, 64);
        for (int k = 0; k < fan_in; k++) {
            int near = (i + 1 + (int)(u[k] * 40)) % n_neurons, in = (int)(u[k] * n_in);
            if (k % 2 && n_in)
                n.w_in[(size_t)in * (size_t)n_neurons + (size_t)i] = 3 * w[k];
            else
                n.w_rec[(size_t)near * (size_t)n_neurons + (size_t)i] = 2 * w[k];
        }
    }
    return n;
}

static void map(struct dynapse_config *g, const struct dpi_net *n, long boxes)
{
    struct dpi_map_options o = dpi_map_default;
    struct fail f = {""};
    o.quantise.boxes = boxes;
    o.quantise.starts = 40;
    if (dpi_map(g, report, n, &chip, &o, "net", &f)) fail_msg("%s", f.text);
}

static struct dpi_net unmap(const struct dynapse_config *g)
{
    struct dpi_net n;
    struct fail f = {""};
    if (dpi_unmap(&n, g, &chip, "config", &f)) fail_msg("%s", f.text);
    return n;
}

static void refuse_map(const struct dpi_net *n, const struct dpi_map_options *o, const char *wanted)
{
    struct dynapse_config g;
    struct fail f = {""};
    int bad = dpi_map(&g, report, n, &chip, o ? o : &dpi_map_default, "net", &f);
    assert_int_equal(bad, -1);
    assert_string_equal(f.text, wanted);
    dynapse_config_fini(&g);
}

// --- the oracle of the chip's routing -----------------------------------------------------------

static void hear(const struct dynapse_config *g, const struct dynapse_destination *d, int n,
                 double *Iw)
{
    for (int k = 0; k < n; k++)
        for (int i = 0; i < g->n_neurons; i++) {
            const struct dynapse_neuron *to = &g->neuron[i];
            if (to->core / 4 != d[k].chip || !(d[k].cores >> to->core % 4 & 1)) continue;
            for (int s = 0; s < to->n_synapses; s++) {
                if (to->synapse[s].tag != d[k].tag) continue;
                for (int b = 0; b < 4; b++)
                    if (to->synapse[s].mask >> b & 1)
                        Iw[i] += (to->synapse[s].inhibit ? -1 : 1) *
                                 dynapse_current(&chip, (enum dynapse_bias)(DYNAPSE_SYAM_W0_P + b),
                                                 g->bias[to->core][DYNAPSE_SYAM_W0_P + b]);
            }
        }
}

// Events of each source alone and of random sets of them bring each neuron the net's current.
static void compare_routing(const struct dynapse_config *g, const struct dpi_net *n)
{
    int sources = n->n_in + n->n_neurons, size = n->n_neurons;
    double *Iw = calloc((size_t)size, sizeof *Iw), *want = calloc((size_t)size, sizeof *want);
    double *u = malloc((size_t)sources * sizeof *u);
    long compared = 0, nonzero = 0;
    for (int round = 0; round < 20 + (sources < 400 ? sources : 40); round++) {
        memset(Iw, 0, (size_t)size * sizeof *Iw);
        memset(want, 0, (size_t)size * sizeof *want);
        rng_uniforms((struct rng_stream){3, (uint64_t)round, RNG_SHIFT, 0}, u, (size_t)sources);
        for (int s = 0; s < sources; s++) {
            if (round < 20 ? u[s] > 0.1 : s != (round - 20) * 7919 % sources) continue;
            if (s < n->n_in)
                hear(g, g->input[s].destination, g->input[s].n_destinations, Iw);
            else
                hear(g, g->neuron[s - n->n_in].destination, g->neuron[s - n->n_in].n_destinations,
                     Iw);
            const double *row = s < n->n_in ? n->w_in + (size_t)s * (size_t)size
                                            : n->w_rec + (size_t)(s - n->n_in) * (size_t)size;
            for (int i = 0; i < size; i++)
                want[i] += row[i] * n->Iscale;
        }
        for (int i = 0; i < size; i++, compared++) {
            nonzero += want[i] != 0;
            if (fabs(Iw[i] - want[i]) > 1e-13 * n->Iscale * 100)
                fail_msg("round %d, neuron %d: chip %g A, net %g A", round, i, Iw[i], want[i]);
        }
    }
    assert_true(compared > 0 && nonzero > 0);
    free(Iw);
    free(want);
    free(u);
}

static void same_net(const struct dpi_net *a, const struct dpi_net *b)
{
    size_t width = (size_t)a->n_neurons;
    assert_int_equal(a->n_in, b->n_in);
    assert_int_equal(a->n_neurons, b->n_neurons);
    assert_memory_equal(a->w_in, b->w_in, (size_t)a->n_in * width * sizeof(double));
    assert_memory_equal(a->w_rec, b->w_rec, width * width * sizeof(double));
    assert_memory_equal(a->circuit, b->circuit, width * sizeof *a->circuit);
    assert_true(a->Iscale == b->Iscale && a->dt == b->dt);
}

// Map, write, read, unmap: nothing is lost; and what is unmapped maps to itself.
static void round_trip(struct dpi_net *n, long boxes)
{
    char path[] = "/tmp/dynapse-config-XXXXXX";
    struct dynapse_config g, h;
    struct fail f = {""};
    map(&g, n, boxes);
    struct dpi_net direct = unmap(&g);
    compare_routing(&g, &direct);
    close(mkstemp(path));
    if (dynapse_config_save(&g, &chip, path, &f)) fail_msg("%s", f.text);
    if (dynapse_config_load(&h, &chip, path, &f)) fail_msg("%s", f.text);
    unlink(path);
    struct dpi_net back = unmap(&h);
    same_net(&direct, &back);
    // the weights are those that were wanted, but for the quantiser's error
    double square = 0, charge;
    size_t count = 0, width = (size_t)n->n_neurons;
    for (size_t s = 0; s < (size_t)n->n_in + width; s++)
        for (size_t i = 0; i < width; i++) {
            size_t row = s < (size_t)n->n_in ? s : s - (size_t)n->n_in;
            double a = (s < (size_t)n->n_in ? n->w_in : n->w_rec)[row * width + i];
            double b = (s < (size_t)n->n_in ? back.w_in : back.w_rec)[row * width + i];
            charge = dpi_charge(&back.circuit[i]) / dpi_charge(&chip.nominal);
            square += (a - b * charge) * (a - b * charge);
            count += a != 0;
        }
    double reported = 0;
    for (int k = 0; k < CORES; k++)
        reported += report[k].rms * report[k].rms * (double)report[k].ideal.n;
    assert_true(fabs(square - reported) < 1e-6 * square + 1e-12);
    for (int k = 0; k < CORES; k++)
        assert_true(!report[k].n_neurons || report[k].rms < 1.1 * report[k].ideal.rms + 0.01);
    assert_true(count > 0);
    dynapse_config_fini(&h);
    map(&h, &back, 200000);
    struct dpi_net again = unmap(&h);
    same_net(&back, &again);
    dpi_net_fini(&direct);
    dpi_net_fini(&back);
    dpi_net_fini(&again);
    dynapse_config_fini(&g);
    dynapse_config_fini(&h);
}

static void test_one_core(void **unused)
{
    (void)unused;
    struct dpi_net n = random_net(60, 2, 60, 1), m = random_net(16, 64, 30, 2);
    round_trip(&n, 200000);
    round_trip(&m, 200000);
    dpi_net_fini(&n);
    dpi_net_fini(&m);
}

static void test_several_cores_and_chips(void **unused)
{
    (void)unused;
    struct dpi_net n = random_net(30, 1300, 40, 3);
    struct dynapse_config g;
    map(&g, &n, 0);
    assert_int_equal(g.neuron[0].core, 0);
    assert_int_equal(g.neuron[1299].core, 5); // 1300 = 5·256 + 20, on a second chip
    int far = 0;
    for (int i = 0; i < n.n_neurons; i++)
        far += g.neuron[i].n_destinations > 1;
    assert_true(far > 0);
    struct dpi_net back = unmap(&g);
    compare_routing(&g, &back);
    dynapse_config_fini(&g);
    dpi_net_fini(&back);
    dpi_net_fini(&n);
}

// A ring whose neurons are numbered at random reaches every chip from everywhere, until neighbours
// are placed together.
static void test_a_scrambled_ring_is_placed(void **unused)
{
    (void)unused;
    enum { N = 3200, REACH = 5 };
    struct dpi_net n = new_net(0, N);
    struct dynapse_config g;
    for (int i = 0; i < N; i++)
        for (int k = 1; k <= REACH; k++) {
            size_t from = (size_t)(i * 1471L % N), to = (size_t)((i + k) % N * 1471L % N);
            n.w_rec[from * N + to] = 1;
        }
    map(&g, &n, 0);
    for (int i = 0; i < N; i++) {
        assert_true(g.neuron[i].n_destinations >= 1 && g.neuron[i].n_destinations <= 3);
        assert_int_equal(g.neuron[i].n_synapses, REACH);
    }
    struct dpi_net back = unmap(&g);
    compare_routing(&g, &back);
    dynapse_config_fini(&g);
    dpi_net_fini(&back);
    dpi_net_fini(&n);
}

static void test_circuits_share_a_core_only_with_their_like(void **unused)
{
    (void)unused;
    struct dpi_net n = random_net(10, 20, 8, 4);
    struct dynapse_config g;
    n.circuit = malloc(20 * sizeof *n.circuit);
    for (int i = 0; i < 20; i++) {
        n.circuit[i] = chip.nominal;
        n.circuit[i].Itau_mem *= 1 + i % 3;
    }
    map(&g, &n, 100000);
    for (int i = 0; i < 20; i++)
        assert_int_equal(g.neuron[i].core, i % 3);
    struct dpi_net back = unmap(&g);
    compare_routing(&g, &back);
    for (int i = 0; i < 20; i++)
        assert_true(fabs(back.circuit[i].Itau_mem / n.circuit[i].Itau_mem - 1) < 0.02);
    dynapse_config_fini(&g);
    dpi_net_fini(&back);
    for (int i = 0; i < 17; i++)
        n.circuit[i].Itau_mem = chip.nominal.Itau_mem * (1 + i);
    refuse_map(&n, 0,
               "net: neuron 16: does not fit: all 16 cores (256 neurons of one circuit each) "
               "are taken by those before it");
    dpi_net_fini(&n);
}

// t_ref is 1 ms, a tick: a code a hair below the wanted Iref would block a second tick.
static void test_the_refractory_period_keeps_its_ticks(void **unused)
{
    (void)unused;
    struct dpi_net n = random_net(3, 2, 3, 5);
    n.circuit = malloc(2 * sizeof *n.circuit);
    for (int ticks = 1; ticks <= 9; ticks++) {
        struct dynapse_config g;
        for (int i = 0; i < 2; i++) {
            n.circuit[i] = chip.nominal;
            n.circuit[i].Iref = chip.nominal.Vth * chip.nominal.C_ref / (ticks * n.dt);
        }
        map(&g, &n, 0);
        struct dpi_circuit c = dynapse_core_circuit(&g, &chip, 0);
        assert_true(ceil(c.Vth * c.C_ref / c.Iref / n.dt - 1e-12) == ticks);
        dynapse_config_fini(&g);
    }
    dpi_net_fini(&n);
}

static void test_limits(void **unused)
{
    (void)unused;
    struct dpi_net n = new_net(65, 3);
    for (int s = 0; s < 65; s++)
        n.w_in[s * 3 + 1] = 1;
    refuse_map(&n, 0, "net: neuron 1: fan-in of 65, allowed up to 64 CAM entries");
    n.w_in[1] = 0;
    struct dynapse_config g;
    map(&g, &n, 0);
    assert_int_equal(g.neuron[1].n_synapses, 64);
    dynapse_config_fini(&g);
    n.w_in[4] = NAN;
    refuse_map(&n, 0, "net: neuron 1: weight from input 1, nan, allowed -1e12..1e12");
    n.w_in[4] = 1e6;
    refuse_map(&n, 0,
               "net: neuron 1: weight 1e+06 needs a base current of 0.00507 A, allowed up to "
               "4.91e-07 A (codes of SYAM_W3_P)");
    dpi_net_fini(&n);

    n = new_net(0, 4097);
    refuse_map(&n, 0, "net: neuron 4096: does not fit, allowed 4096 neurons on 4 chips");
    dpi_net_fini(&n);

    n = new_net(2049, 40);
    for (int s = 0; s < 2049; s++)
        n.w_in[s * 40 + s % 40] = 1;
    refuse_map(&n, 0,
               "net: input 2048: no tag is free on chip 0: all 2048 are taken in the cores "
               "that it reaches");
    n.w_in[2048 * 40 + 2048 % 40] = 0;
    map(&g, &n, 0);
    assert_int_equal(g.input[2047].destination[0].tag, 2047);
    dynapse_config_fini(&g);
    dpi_net_fini(&n);

    // every neuron to one of each quarter of the board: no order helps
    n = new_net(0, 4096);
    for (int i = 0; i < 4096; i++)
        for (int k = 0; k < 8; k++)
            n.w_rec[(size_t)i * 4096 +
                    (size_t)((i * 2654435761u + (unsigned)k * 40503u * 7919u) % 4096)] = 1;
    struct dynapse_config h;
    struct fail f = {""};
    assert_int_equal(dpi_map(&h, report, &n, &chip, &dpi_map_default, "net", &f), -1);
    assert_non_null(
        strstr(f.text, ": reaches 4 chips, allowed up to 3 of 4 SRAM entries (1 for the monitor)"));
    dynapse_config_fini(&h);
    dpi_net_fini(&n);
}

static void test_what_the_chip_cannot_set(void **unused)
{
    (void)unused;
    struct dpi_net n = random_net(5, 3, 4, 6);
    struct dpi_map_options exact = dpi_map_default;
    n.circuit = malloc(3 * sizeof *n.circuit);
    for (int i = 0; i < 3; i++)
        n.circuit[i] = chip.nominal;
    n.circuit[2].C_mem = 4e-12;
    refuse_map(&n, 0, "net: neuron 2: C_mem, 4e-12, allowed 3e-12 (the chip's, it cannot be set)");
    n.circuit[2].C_mem = -3e-12;
    refuse_map(&n, 0, "net: neuron 2: C_mem, -3e-12, allowed above 0");
    n.circuit[2].C_mem = 3e-12;
    n.circuit[1].Itau_mem = 1e-15;
    refuse_map(&n, 0,
               "net: neuron 1: Itau_mem, 1e-15 A, allowed from 1.71277e-13 A (code 0,1 of "
               "SOIF_LEAK_N)");
    n.circuit[1].Itau_mem = 1e-3;
    refuse_map(&n, 0,
               "net: neuron 1: Itau_mem, 0.001 A, allowed up to 1.38841e-06 A (codes of "
               "SOIF_LEAK_N)");
    n.circuit[1].Itau_mem = chip.nominal.Itau_mem;
    n.circuit[1].Igain_mem = -1e-12;
    refuse_map(&n, 0, "net: neuron 1: Igain_mem, -1e-12, allowed 0 or more");
    dpi_net_fini(&n);
    n = new_net(1, 5); // five magnitudes that no four currents compose
    static const double w[] = {1, 1.9, 4.3, 8.8, 5.7};
    memcpy(n.w_in, w, sizeof w);
    exact.exact = 0.02;
    struct dynapse_config g;
    struct fail f = {""};
    assert_int_equal(dpi_map(&g, report, &n, &chip, &exact, "net", &f), -1);
    assert_non_null(strstr(f.text, ": its core needs more than 4 base currents"));
    dynapse_config_fini(&g);
    n.w_in[4] = 2.9; // 1 + 1.9
    if (dpi_map(&g, report, &n, &chip, &exact, "net", &f)) fail_msg("%s", f.text);
    dynapse_config_fini(&g);
    dpi_net_fini(&n);
}

// --- silence: against a simulation of the law (Rockpool's DynapSim, in double) -------------------

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
        "no input: no weight is set, and Idc of 5e-13 A alone drives Imem to 5e-13 A, Ispkthr is "
        "1e-07 A",
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

// The reference net of Rockpool's tutorial fits, and loses little more than four currents cost.
static void test_the_frozen_noise_net(void **unused)
{
    (void)unused;
    const char *path =
        SPIKETWIN_ROOT "/../shared/data/dynapsim/b_frozen_noise_trained_sample0.json";
    struct dpi_net n;
    struct fail f = {""};
    if (access(path, R_OK)) {
        print_message("left out: the frozen noise net: no %s\n", path);
        return;
    }
    if (dpi_net_load_trace(&n, path, &f)) fail_msg("%s", f.text);
    round_trip(&n, 1000000);
    dpi_net_fini(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_core),
        cmocka_unit_test(test_several_cores_and_chips),
        cmocka_unit_test(test_a_scrambled_ring_is_placed),
        cmocka_unit_test(test_circuits_share_a_core_only_with_their_like),
        cmocka_unit_test(test_the_refractory_period_keeps_its_ticks),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_what_the_chip_cannot_set),
        cmocka_unit_test(test_the_silent_are_silent_and_nobody_else),
        cmocka_unit_test(test_reasons_of_silence),
        cmocka_unit_test(test_the_frozen_noise_net),
    };
    return cmocka_run_group_tests(tests, load_chip, 0);
}
