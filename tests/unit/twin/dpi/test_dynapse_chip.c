// The DYNAP-SE2 chip file, and the nets that run on it.
//
// The nominal circuit has to be that of the reference traces, bit for bit, where they are at hand.
#include "twin/chip/chip.h"
#include "twin/dpi/dpi_net.h"
#include "twin/io/speakers.h"
#include "twin/chip/dynapse_chip.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const CHIP = SPIKETWIN_ROOT "/chips/dynapse2.yaml";

static struct dynapse_chip shipped(void)
{
    struct dynapse_chip c;
    struct fail f = {""};
    if (dynapse_chip_load(&c, CHIP, &f)) fail_msg("%s", f.text);
    return c;
}

static void test_the_shipped_chip(void **unused)
{
    (void)unused;
    struct dynapse_chip c = shipped();
    assert_string_equal(c.name, "dynapse2");
    assert_int_equal(c.limits.chips * c.limits.cores * c.limits.neurons, 4096);
    assert_int_equal(c.limits.cam_entries, 64);
    assert_int_equal(c.limits.destinations, 4);
    assert_int_equal(c.limits.monitor_destinations, 1);
    assert_int_equal(c.limits.tags, 2048);
    assert_true(c.dt == 0.001 && c.Iscale == 1e-8);
    assert_true(c.Iw[0] == 1e-9 && c.Iw[1] == 2e-9 && c.Iw[2] == 4e-9 && c.Iw[3] == 8e-9);
    for (int i = 0; i < DPI_CIRCUIT_VALUES; i++)
        assert_true(((double *)&c.cv.circuit)[i] == 0.1);
    assert_true(c.cv.weight == 0.1);
    // anchors of the paper, rounded
    assert_true(fabs(c.nominal.Itau_syn - 86.879e-12) < 1e-15);
    assert_true(c.nominal.Igain_mem == 4 * c.nominal.Itau_mem);
}

// Printed by Rockpool into the traces (17 digits): "parameters" of d_refractory_1ms_nominal.json.
static void test_nominal_is_the_traces_circuit(void **unused)
{
    (void)unused;
    struct dynapse_chip c = shipped();
    static const struct dpi_circuit trace = {.Idc = 5e-13,
                                             .If_nmda = 5e-13,
                                             .Igain_ahp = 2.8368794326241126e-11,
                                             .Igain_mem = 2.1276595744680848e-11,
                                             .Igain_syn = 8.687943262411346e-09,
                                             .Ipulse_ahp = 3.5e-07,
                                             .Ipulse = 3.4999999999999996e-08,
                                             .Iref = 1.0499999999999999e-09,
                                             .Ispkthr = 1e-07,
                                             .Itau_ahp = 2.8368794326241126e-11,
                                             .Itau_mem = 5.319148936170212e-12,
                                             .Itau_syn = 8.687943262411346e-11,
                                             .Iw_ahp = 5e-13,
                                             .C_ahp = 4e-11,
                                             .C_syn = 2.45e-11,
                                             .C_pulse_ahp = 5e-13,
                                             .C_pulse = 5e-13,
                                             .C_ref = 1.5e-12,
                                             .C_mem = 3e-12,
                                             .Io = 5e-13,
                                             .kappa_n = 0.75,
                                             .kappa_p = 0.66,
                                             .Ut = 0.025,
                                             .Vth = 0.7};
    for (int i = 0; i < DPI_CIRCUIT_VALUES; i++) {
        double got = ((const double *)&c.nominal)[i], want = ((const double *)&trace)[i];
        if (got != want) fail_msg("%s: %.17g, trace %.17g", dpi_circuit_names[i], got, want);
    }
}

// Nearest code of a current by looking at all of them.
static double nearest_by_search(const struct dynapse_chip *c, enum dynapse_bias b, double ampere,
                                double at_least)
{
    double best = 0, off = INFINITY;
    for (int coarse = 0; coarse < DYNAPSE_COARSE; coarse++)
        for (int fine = 0; fine < c->bias.fine_codes; fine++) {
            double x = dynapse_current(c, b, (struct dynapse_code){coarse, fine});
            if (coarse && fine && fine < 16) continue;
            if (x >= at_least && fabs(x - ampere) < off) best = x, off = fabs(x - ampere);
        }
    return best;
}

static void test_codes_are_nearest(void **unused)
{
    (void)unused;
    struct dynapse_chip c = shipped();
    int n = 0;
    for (int b = 0; b < DYNAPSE_BIASES; b++)
        for (double ampere = 1e-14; ampere < 1e-5; ampere *= 1.07, n++) {
            double error, least = n % 3 ? 0 : ampere;
            double top = dynapse_current(&c, (enum dynapse_bias)b,
                                         (struct dynapse_code){5, c.bias.fine_codes - 1});
            struct dynapse_code code =
                dynapse_code_of(&c, (enum dynapse_bias)b, ampere, least, &error);
            double got = dynapse_current(&c, (enum dynapse_bias)b, code);
            double want =
                nearest_by_search(&c, (enum dynapse_bias)b, ampere, least <= top ? least : 0);
            assert_true(got == want);
            assert_true(fabs(error - (got / ampere - 1)) < 1e-12 * (1 + fabs(error)));
        }
    assert_true(n > 5000);
    struct dynapse_code zero = dynapse_code_of(&c, DYNAPSE_SOIF_GAIN_N, 0, 0, 0);
    assert_int_equal(zero.fine, 0);
    assert_true(dynapse_current(&c, DYNAPSE_SOIF_GAIN_N, zero) == 0);
}

// The shipped file with the first `from` replaced by `to`; the message without the file's name.
static void refuse(const char *from, const char *to, const char *wanted)
{
    char text[65536], path[] = "/tmp/dynapse-XXXXXX";
    struct dynapse_chip c;
    struct fail f = {""};
    FILE *in = fopen(CHIP, "rb");
    assert_non_null(in);
    text[fread(text, 1, sizeof text - 1, in)] = 0;
    fclose(in);
    char *at = strstr(text, from);
    assert_non_null(at);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *out = fdopen(fd, "wb");
    fprintf(out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    fclose(out);
    int bad = dynapse_chip_load(&c, path, &f);
    unlink(path);
    if (!bad) fail_msg("accepted: %s", to);
    size_t n = strlen(path);
    assert_true(strncmp(f.text, path, n) == 0);
    assert_string_equal(f.text + n, wanted);
}

static void test_bad_files(void **unused)
{
    (void)unused;
    refuse("C_mem:         {value: 3,", "C_mem:         {value: 0,",
           ":24: capacitance.C_mem, 0, allowed 0.001..1000000 pF");
    refuse("Iw_ahp:        {value: 0.5", "Iw_ahp:        {value: -0.5",
           ":51: current.Iw_ahp, -0.5, allowed 0..1000000000 pA");
    refuse("Iw_2:          {value: 4,", "Iw_2:          {value: nan,",
           ":57: weight.Iw_2, nan, allowed 0..1000000 nA");
    refuse("unit: mV", "unit: V", ":30: process.Ut, unit V, allowed mV");
    refuse("cam_entries:           {value: 64", "cam_entries:           {value: 64.5",
           ":11: limits.cam_entries, 64.5, allowed whole numbers 1..4096");
    refuse("Iw_3:", "Iw_4:", ":58: weight.Iw_4, unknown key, allowed Iscale|Iw_0|Iw_1|Iw_2|Iw_3");
    refuse("family: dpi", "family: lif", ":4: family, lif, allowed dpi here");
    refuse("monitor_destinations:  {value: 1", "monitor_destinations:  {value: 5",
           ":13: limits.monitor_destinations, 5, allowed up to 4 (destinations)");
    refuse("coarse_1:  {value: 573.5", "coarse_1:  {value: 3",
           ":67: bias.full_scale.N.coarse_1, 3, allowed above coarse_0");
}

static void test_families_do_not_mix(void **unused)
{
    (void)unused;
    struct chip lif;
    struct dynapse_chip dpi;
    struct fail f = {""};
    assert_int_equal(chip_load(&lif, CHIP, &f), -1);
    assert_non_null(strstr(f.text, "dynapse2.yaml:4: family, dpi, allowed lif, izhikevich here"));
    assert_int_equal(dynapse_chip_load(&dpi, SPIKETWIN_ROOT "/chips/loihi.yaml", &f), -1);
    assert_non_null(strstr(f.text, "loihi.yaml:7: family, lif (none stated), allowed dpi here"));
    assert_int_equal(dynapse_chip_load(&dpi, "/nowhere.yaml", &f), -1);
    assert_string_equal(f.text, "/nowhere.yaml: no such file");
}

static struct dpi_net small_net(int with_circuits)
{
    struct dynapse_chip c = shipped();
    struct dpi_net n;
    struct fail f = {""};
    assert_int_equal(dpi_net_init(&n, 3, 2, with_circuits, &f), 0);
    for (int i = 0; i < 6; i++)
        n.w_in[i] = (i - 2.5) / 3;
    for (int i = 0; i < 4; i++)
        n.w_rec[i] = i / 7.0;
    for (int i = 0; with_circuits && i < 2; i++)
        n.circuit[i] = c.nominal, n.circuit[i].C_mem *= 1 + i / 10.0;
    n.Iscale = c.Iscale;
    n.dt = c.dt;
    strcpy(n.chip, "dynapse2");
    return n;
}

static void test_net_file_keeps_every_bit(void **unused)
{
    (void)unused;
    for (int with = 0; with < 2; with++) {
        char path[] = "/tmp/dpi-net-XXXXXX";
        struct dpi_net n = small_net(with), m;
        struct fail f = {""};
        close(mkstemp(path));
        assert_int_equal(dpi_net_save(&n, path, &f), 0);
        if (dpi_net_load(&m, path, &f)) fail_msg("%s", f.text);
        assert_true(m.n_in == 3 && m.n_neurons == 2 && m.Iscale == n.Iscale && m.dt == n.dt);
        assert_memory_equal(m.w_in, n.w_in, 6 * sizeof(double));
        assert_memory_equal(m.w_rec, n.w_rec, 4 * sizeof(double));
        assert_true(!m.circuit == !with);
        if (with) assert_memory_equal(m.circuit, n.circuit, 2 * sizeof *n.circuit);
        assert_string_equal(m.chip, "dynapse2");
        unlink(path);
        dpi_net_fini(&n);
        dpi_net_fini(&m);
    }
}

static bool has_version(const char *path, const char *version)
{
    char bytes[65536];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t n = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    return memmem(bytes, n, version, strlen(version)) != 0;
}

// Labels and all that a net was trained on; a net without them is written as ever.
static void test_net_file_keeps_what_it_heard(void **unused)
{
    (void)unused;
    char path[] = "/tmp/dpi-net-XXXXXX";
    struct fail f = {""};
    struct dpi_net n = small_net(0), like, m;
    const uint64_t speaker[] = {UINT64_MAX, 3, UINT64_MAX, 7};
    close(mkstemp(path));
    assert_int_equal(dpi_net_save(&n, path, &f), 0);
    assert_true(has_version(path, "dpi-2") && !has_version(path, "dpi-3"));
    assert_int_equal(labels_parse(&n.labels, "a\\,b,\xc3\xa4", &f), 0);
    assert_int_equal(speakers_add(&n.speaker, &n.n_speakers, speaker, 4, &f), 0);
    n.clip_ms = 700;
    strcpy(n.law, "silicon");
    n.front_rate = 0.1;
    assert_int_equal(dpi_net_keep_front(&n, "name: x\n", &f), 0);
    assert_int_equal(dpi_net_like(&like, &n, &f), 0);
    assert_int_equal(dpi_net_save(&like, path, &f), 0);
    assert_true(has_version(path, "dpi-3"));
    if (dpi_net_load(&m, path, &f)) fail_msg("%s", f.text);
    assert_true(labels_equal(&m.labels, &n.labels) && m.labels.n == 2);
    assert_true(m.n_speakers == 3 && m.speaker[0] == 3 && m.speaker[2] == UINT64_MAX);
    assert_true(m.clip_ms == 700 && m.front_rate == 0.1);
    assert_string_equal(m.front_file, "name: x\n");
    assert_string_equal(m.law, "silicon");
    assert_int_equal(labels_add(&n.labels, "c", &f), 0);
    assert_int_equal(dpi_net_save(&n, path, &f), -1);
    assert_non_null(strstr(f.text, "3 labels, allowed 0..2 (its neurons)"));
    unlink(path);
    dpi_net_fini(&n);
    dpi_net_fini(&like);
    dpi_net_fini(&m);
}

static void test_bad_nets(void **unused)
{
    (void)unused;
    struct dpi_net n = small_net(1);
    struct fail f = {""};
    n.w_in[3] = NAN;
    assert_int_equal(dpi_net_check(&n, "net", &f), -1);
    assert_string_equal(f.text, "net: neuron 1: weight from input 1, nan, allowed -1e12..1e12");
    n.w_in[3] = 0;
    n.circuit[1].C_syn = 0;
    assert_int_equal(dpi_net_save(&n, "/tmp/never-written.h5", &f), -1);
    assert_string_equal(f.text, "/tmp/never-written.h5: neuron 1: C_syn, 0, allowed above 0");
    assert_int_equal(access("/tmp/never-written.h5", F_OK), -1);
    n.circuit[1].C_syn = 1e-12;
    n.circuit[0].Iw_ahp = -1e-12;
    assert_int_equal(dpi_net_check(&n, "net", &f), -1);
    assert_string_equal(f.text, "net: neuron 0: Iw_ahp, -1e-12, allowed 0 or more");
    dpi_net_fini(&n);
    assert_int_equal(dpi_net_init(&n, 1, 0, 0, &f), -1);
    assert_string_equal(f.text, "neurons, 0, allowed 1..65536");
    assert_int_equal(dpi_net_load(&n, CHIP, &f), -1);
    assert_non_null(strstr(f.text, "dynapse2.yaml: not an HDF5 file, or damaged"));
    dpi_net_fini(&n);
}

static void test_net_of_a_trace(void **unused)
{
    (void)unused;
    const char *path =
        SPIKETWIN_ROOT "/../shared/data/dynapsim/b_frozen_noise_trained_sample0.json";
    struct dpi_net n;
    struct fail f = {""};
    if (access(path, R_OK)) {
        print_message("left out: the net of a trace: no %s\n", path);
        return;
    }
    if (dpi_net_load_trace(&n, path, &f)) fail_msg("%s", f.text);
    struct dynapse_chip c = shipped();
    assert_true(n.n_in == 60 && n.n_neurons == 2);
    assert_true(n.w_in[0] == -0.088244 && n.w_in[1] == -0.128153 && n.w_in[3] == -9.845963);
    assert_memory_equal(&n.circuit[1], &c.nominal, sizeof c.nominal);
    dpi_net_fini(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_shipped_chip),
        cmocka_unit_test(test_nominal_is_the_traces_circuit),
        cmocka_unit_test(test_codes_are_nearest),
        cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_families_do_not_mix),
        cmocka_unit_test(test_net_file_keeps_every_bit),
        cmocka_unit_test(test_net_file_keeps_what_it_heard),
        cmocka_unit_test(test_bad_nets),
        cmocka_unit_test(test_net_of_a_trace),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
