// Nets that a DYNAP-SE2 board cannot hold: refused in one line that names the neuron and the limit.
#include "tests/lib/dpi_nets.h"

static void refuse_map(const struct dpi_net *n, const struct dpi_map_options *o, const char *wanted)
{
    struct dynapse_config g;
    struct fail f = {""};
    int bad = dpi_map(&g, report, n, &chip, o ? o : &dpi_map_default, "net", &f);
    assert_int_equal(bad, -1);
    assert_string_equal(f.text, wanted);
    dynapse_config_fini(&g);
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

static void test_more_circuits_than_cores(void **unused)
{
    (void)unused;
    struct dpi_net n = random_net(10, 20, 8, 4);
    n.circuit = malloc(20 * sizeof *n.circuit);
    for (int i = 0; i < 20; i++)
        n.circuit[i] = chip.nominal;
    for (int i = 0; i < 17; i++)
        n.circuit[i].Itau_mem = chip.nominal.Itau_mem * (1 + i);
    refuse_map(&n, 0,
               "net: neuron 16: does not fit: all 16 cores (256 neurons of one circuit each) "
               "are taken by those before it");
    dpi_net_fini(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_what_the_chip_cannot_set),
        cmocka_unit_test(test_more_circuits_than_cores),
    };
    return cmocka_run_group_tests(tests, load_chip, 0);
}
