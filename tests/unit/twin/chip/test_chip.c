// Chip files: what a good one says, and every bad one refused with file, line, field, value and
// range.
#include "twin/chip/chip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/lib/chip_text.h"

static const char *const GOOD = SPIKETWIN_ROOT "/chips/fpga-q8.8.yaml";
static const char *const GRID = SPIKETWIN_ROOT "/chips/h1v1.yaml"; // a grid, a table, cores, power

static void test_the_shipped_chip(void **unused)
{
    (void)unused;
    struct chip c;
    struct fail f = {""};
    assert_int_equal(chip_load(&c, GOOD, &f), 0);
    assert_string_equal(c.name, "fpga-q8.8");
    assert_int_equal(c.law.membrane.int_bits, 8);
    assert_int_equal(c.law.membrane.frac_bits, 8);
    assert_int_equal(c.law.leak.frac_bits, 16);
    assert_int_equal(c.law.leak_kind, LAW_LEAK_EXPONENTIAL);
    assert_int_equal(c.law.round_leak, FX_NEAREST_EVEN);
    assert_true(c.law.reset_subtract && !c.law.wrap && !c.law.fire_gt && !c.law.floor_zero);
    assert_true(c.tick_s == 0.008 && c.threshold == 8 && c.tau_s == 0.064);
    assert_true(c.weight.min == -128 && c.weight.max == 127.99609375);
    assert_true(c.mismatch.weight_gain.local == 0.03 && c.mismatch.threshold.local == 0.05);
    assert_true(c.jitter.sigma == 0.01 && c.jitter.acts_leak && c.jitter.acts_edges);
    assert_int_equal(c.frontend.n_filters, 16);
    assert_true(c.frontend.bin_ms == 8);
    assert_null(law_check(&c.law));
}

// Other people's machines: each choice of the law arrives, and what a net begins with.
static void test_other_peoples_chips(void **unused)
{
    (void)unused;
    struct chip c;
    struct fail f = {""};
    if (chip_load(&c, SPIKETWIN_ROOT "/chips/sc-neurocore.yaml", &f)) fail_msg("%s", f.text);
    assert_true(c.law.input_signed && c.law.leak_signed && c.law.has_gain && c.law.has_rest);
    assert_true(c.law.refractory_hold && c.law.wrap && c.law.round_leak == FX_CEILING);
    // Bytes of the front end are the lowest of the signed input's 15 bits.
    assert_true(c.frontend.int_bits == 0 && c.frontend.frac_bits == 8);
    assert_true(c.gain == 1 && c.rest == 0 && c.reset == 0 && c.tau_syn_s == 0);
    struct law v1;
    if (chip_load(&c, SPIKETWIN_ROOT "/chips/xylo-v1.yaml", &f)) fail_msg("%s", f.text);
    v1 = c.law;
    if (chip_load(&c, SPIKETWIN_ROOT "/chips/xylo-v2.yaml", &f)) fail_msg("%s", f.text);
    assert_true(c.law.saturate_increment && !v1.saturate_increment);
    v1.saturate_increment = true;
    assert_memory_equal(&v1, &c.law, sizeof v1); // and in nothing else
    assert_int_equal(c.law.currents, 2);
    assert_true(c.tau_syn_s == 0.016 && c.weight.step == 4 && c.frontend.frac_bits == 0);
    assert_true(c.law.decay_last && c.law.saturate_each && c.law.reset_subtract);
    assert_int_equal(c.law.leak_kind, LAW_LEAK_SHIFT_MOVES);
    assert_int_equal(c.law.decay_kind, LAW_LEAK_SHIFT_MOVES);
    if (chip_load(&c, SPIKETWIN_ROOT "/chips/loihi.yaml", &f)) fail_msg("%s", f.text);
    assert_int_equal(c.law.currents, 1);
    assert_true(c.law.fire_gt && c.law.round_leak == FX_AWAY && c.law.round_decay == FX_AWAY);
    assert_false(c.law.decay_last || c.law.has_rest || c.law.leak_signed);
}

static bool is_list(const struct chip_list *a, int n, const double *x)
{
    return a->n == n && memcmp(a->x, x, (size_t)n * sizeof *x) == 0;
}

// Neuronova's chips: grids, charges, sign blocks, cores and power arrive.
static void test_neuronova(void **unused)
{
    (void)unused;
    struct chip c;
    struct fail f = {""};
    if (chip_load(&c, SPIKETWIN_ROOT "/chips/h1v2.yaml", &f)) fail_msg("%s", f.text);
    assert_string_equal(c.name, "h1v2");
    assert_true(c.weight.min == -1.66 && c.weight.max == 1.66 && c.weight.bits == 6);
    assert_true(c.weight.charges.n == 0 && c.weight.sign_block == 5);
    assert_false(c.weight.sign_along_neurons);
    assert_true(is_list(&c.cores.neurons, 3, (double[]){50, 50, 100}) && c.cores.fan_in == 256);
    assert_true(c.threshold == 3.684 && c.tau_s == 0.064 && c.front_tau_s == 0.032);
    assert_true(c.law.reset_subtract && c.law.floor_zero && !c.law.wrap);
    assert_true(c.power.spike_j == 4.21e-12 && c.power.front_spike_j == 4.21e-12);
    assert_true(c.power.front_w == 320e-9 && c.power.static_w == 0);
    if (chip_load(&c, GRID, &f)) fail_msg("%s", f.text);
    assert_true(c.weight.min == -0.9 && c.weight.max == 0.9 && c.weight.bits == 5);
    assert_int_equal(c.weight.charges.n, 32);
    assert_true(c.weight.charges.x[0] == -0.9 && c.weight.charges.x[31] == 0.9);
    for (int i = 0; i < 32; i++) // symmetric
        assert_true(c.weight.charges.x[i] == -c.weight.charges.x[31 - i]);
    assert_true(is_list(&c.cores.neurons, 4, (double[]){64, 64, 64, 64}));
    assert_true(c.front_tau_s == 0.01 && !c.law.reset_subtract && c.law.floor_zero);
    assert_true(c.power.spike_j == 4.05e-12);
    assert_true(c.mismatch.weight_gain.local == 0.04 && c.mismatch.threshold.local == 0);
    if (chip_load(&c, GOOD, &f)) fail_msg("%s", f.text); // what is not in the file is not there
    assert_true(c.weight.bits == 0 && c.weight.sign_block == 0 && c.cores.neurons.n == 0);
    assert_true(c.power.spike_j == 0 && c.front_tau_s == 0);
}

// The good file with the text `from` replaced by `to`, loaded; the message must be `expected`, in
// which %L stands for the line where `from` was, %N for the next and %M for the one after it.
struct bad {
    const char *from, *to, *expected;
};

static const struct bad bads[] = {
    {"value: UQ4.4", "value: UQ9.4",
     "bad.yaml:%L: law.input, UQ9.4, allowed UQm.n with m + n = 1..8, or Qm.n with 1..32"},
    {"value: UQ4.4", "value: R4.4",
     "bad.yaml:%L: law.input, R4.4, allowed UQm.n with m + n = 1..8, or Qm.n with 1..32"},
    {"membrane:         {value: Q8.8", "membrane:         {value: Q8.x",
     "bad.yaml:%L: law.membrane, Q8.x, allowed Qm.n with m + n = 4..32"},
    {"value: exponential", "value: quadratic",
     "bad.yaml:%L: law.leak_kind, quadratic, allowed "
     "none|exponential|shift|linear|shift_moves|two_shifts"},
    {"value: saturate", "value: Saturate",
     "bad.yaml:%L: law.clamp, Saturate, allowed saturate|wrap"},
    {"value: 0, unit: ticks", "value: 256, unit: ticks",
     "bad.yaml:%L: law.refractory_ticks, 256, allowed whole numbers 0..255 ticks"},
    {"value: 0, unit: ticks", "value: 1.5, unit: ticks",
     "bad.yaml:%L: law.refractory_ticks, 1.5, allowed whole numbers 0..255 ticks"},
    {"{value: 0.01, unit: of a tick", "{value: 0.5, unit: of a tick",
     "bad.yaml:%L: jitter.sigma, 0.5, allowed 0..0.2 of a tick"},
    {"{value: 0.01, unit: of a tick", "{value: .nan, unit: of a tick",
     "bad.yaml:%L: jitter.sigma, .nan, allowed 0..0.2 of a tick"},
    {"{value: 0.01, unit: of a tick", "{value: nan, unit: of a tick",
     "bad.yaml:%L: jitter.sigma, nan, allowed 0..0.2 of a tick"},
    {"{value: 0.03, unit: of the weight", "{value: -0.03, unit: of the weight",
     "bad.yaml:%L: mismatch.weight_gain.local, -0.03, allowed 0..1 of the weight"},
    {"{value: 8, unit: ms", "{value: 8, unit: s", "bad.yaml:%L: tick, unit s, allowed ms"},
    {"{value: 8.0, unit: membrane units", "{value: 200, unit: membrane units",
     "bad.yaml:%L: threshold, 200, allowed up to 127.996 (the membrane's format)"},
    {"{value: 127.99609375", "{value: 500",
     "bad.yaml:%L: weight, -128..500, allowed -128..127.9960938 (the weight's format)"},
    {"weight:\n  min: {value: -128, unit: membrane units, source: \"range of Q8.8\"}\n"
     "  max: {value: 127.99609375",
     "weight:\n  min: {value: 0, unit: membrane units, source: a}\n  max: {value: 0",
     "bad.yaml:%N: weight, 0..0, allowed min below max"},
    {"{value: 16000, unit: Hz", "{value: fast, unit: Hz",
     "bad.yaml:%L: frontend.rate, fast, allowed whole numbers 1000..768000 Hz"},
    {"{value: 8.0, unit", "{value: 0.001, unit",
     "bad.yaml:%L: threshold, 0.001, allowed from 0.00390625 (one LSB of the membrane)"},
    {"{value: 8, unit: ms", "{value: 0x8, unit: ms",
     "bad.yaml:%L: tick, 0x8, allowed 0.001..1000 ms"},
    {"{value: 8, unit: ms", "{value: 1e999, unit: ms",
     "bad.yaml:%L: tick, 1e999, allowed 0.001..1000 ms"},
    {"{value: 8, unit: ms", "{value: 8.1, unit: ms",
     "bad.yaml:%L: tick, 8.1, allowed whole hops of 0.25 ms"},
    {"{value: 8, unit: ms, source", "{value: 8,\n  unit: s, source",
     "bad.yaml:%N: tick, unit s, allowed ms"},
    {"{value: 8, unit: ms, ", "{value: 8, ", "bad.yaml:%L: tick, unit missing, allowed ms"},
    {"{value: saturate, ", "{value: saturate, unit: ms, ",
     "bad.yaml:%L: law.clamp, unit ms, allowed none"},
    {"value: UQ4.4", "value: UQ 4.4",
     "bad.yaml:%L: law.input, UQ 4.4, allowed UQm.n with m + n = 1..8, or Qm.n with 1..32"},
    {"value: UQ4.4", "value: UQ+4.4",
     "bad.yaml:%L: law.input, UQ+4.4, allowed UQm.n with m + n = 1..8, or Qm.n with 1..32"},
    {"value: UQ4.4", "value: UQ4.",
     "bad.yaml:%L: law.input, UQ4., allowed UQm.n with m + n = 1..8, or Qm.n with 1..32"},
    {"{value: 4, unit: samples", "{value: 3, unit: samples",
     "bad.yaml:%L: frontend.hop, 3, allowed 1, 2, 4, 8 or 16 samples"},
    {"{value: 7600,", "{value: 9000,",
     "bad.yaml:%L: frontend.f_high, 9000, allowed below 8000 Hz (half the rate)"},
    {"{value: 100,", "{value: 7700,",
     "bad.yaml:%L: frontend.f_low, 7700, allowed below 7600 Hz (f_high)"},
    {"{value: 0.7,", "{value: 0.09,",
     "bad.yaml:%L: frontend.bandwidth, 0.09, allowed 0.1..4 of the distance to the neighbours"},
    {"name: fpga-q8.8\n", "name: fpga-q8.8\nname: again\n", "bad.yaml:%N: name, stands twice"},
    {"  fire:  ", "  clamp: {value: wrap, source: a}\n  fire:  ",
     "bad.yaml:%L: law.clamp, stands twice"},
    {"  clamp: ", "  clampp: ",
     "bad.yaml:%L: law.clampp, unknown key, allowed input|weight|membrane|leak|round_current|"
     "round_leak|leak_kind|clamp|floor|fire|reset|order|refractory_ticks|current|round_decay|"
     "leak_when|decay_kind|gain|currents|rest|decay_order|saturation|saturate_sum|ends|fire_on|"
     "refractory"},
    {"tick:      {", "# {", "bad.yaml:1: tick, missing, needed where there is frontend"},
    {"  refractory_ticks: {",
     "  saturation: {value: after_each_source, source: a}\n  refractory_ticks: {",
     "bad.yaml:6: law, saturate_each needs decay_last, saturation and no gain"},
    {"  refractory_ticks: {",
     "  saturate_sum: {value: increment, source: a}\n  refractory: {value: holds, source: a}\n"
     "  refractory_ticks: {",
     "bad.yaml:6: law, saturate_increment needs saturation and a membrane that leaks while "
     "refractory"},
    {"  refractory_ticks: {", "  leak_when: {value: often, source: a}\n  refractory_ticks: {",
     "bad.yaml:%L: law.leak_when, often, allowed every_tick|event|no_input"},
    {"  refractory_ticks: {", "  ends: {value: even, source: a}\n  refractory_ticks: {",
     "bad.yaml:%L: law.ends, even, allowed format|symmetric"},
    {"  refractory_ticks: {", "  fire_on: {value: after, source: a}\n  refractory_ticks: {",
     "bad.yaml:%L: law.fire_on, after, allowed membrane|before"},
    {"  refractory_ticks: {", "  saturate_sum: {value: leaked, source: a}\n  refractory_ticks: {",
     "bad.yaml:%L: law.saturate_sum, leaked, allowed end|increment"},
    {"  refractory_ticks: {",
     "  currents: {value: 1, source: a}\n  current: {value: Q8.8, source: a}\n"
     "  refractory_ticks: {",
     "bad.yaml:%L: law.decay_kind, missing, needed where there are law.currents"},
    {"name: fpga-q8.8\n", "name: ../fpga\n", "bad.yaml:%L: name, ../fpga, allowed without /"},
    {"tick:      {", "tock:      {",
     "bad.yaml:%L: tock, unknown key, allowed "
     "name|description|law|tick|threshold|tau|front_tau|tau_syn|gain|rest|reset|weight|"
     "cores|delay|power|mismatch|jitter|faults|frontend"},
    {"source: \"Speech Commands v0.02\"", "sauce: \"Speech Commands v0.02\"",
     "bad.yaml:%L: frontend.rate.sauce, unknown key, allowed value|unit|source"},
    {"value: saturate, ", "", "bad.yaml:%L: law.clamp.value, missing, needed in law.clamp"},
    {"law:\n  input: ", "law:\n  # ", "bad.yaml:%M: law.input, missing, needed in law"},
    {"name: fpga-q8.8\n", "# \n", "bad.yaml:%N: name, missing, needed in the file"},
    {"value: saturate", "value: [saturate]",
     "bad.yaml:%L: law.clamp.value, a list, allowed a value"},
    {"value: saturate", "value: ", "bad.yaml:%L: law.clamp.value, 0 characters, allowed 1..1000"},
    {"value: saturate", "value: \"a\\nb\"",
     "bad.yaml:%L: law.clamp.value, a control character, allowed one line of text"},
    {"\njitter:\n", "\njitter: none\nx:\n", "bad.yaml:%N: jitter, a value, allowed a mapping"},
    {"  fire:  ", "\tfire:  ",
     "bad.yaml:%L: not YAML: found character that cannot start any token"},
    {"description: Q8.8", "description: \377",
     "bad.yaml:%L: not YAML: invalid leading UTF-8 octet"},
    {"{value: ge, source: \"SC-NeuroCore, LIF\"}", "*x",
     "bad.yaml:%L: not YAML: found undefined alias"},
    {"saturate, source: ", "&s saturate, source: *s } #",
     "bad.yaml:%L: law.clamp.source, an alias, allowed a value of its own"},
};

// The same from GRID.
static const struct bad grid_bads[] = {
    {"{value: -0.9,", "{value: -0.8,",
     "bad.yaml:%L: weight.min, -0.8, allowed -0.9 with weight.bits (a grid around 0)"},
    {"{value: 5, unit: bits", "{value: 6, unit: bits",
     "bad.yaml:%M: weight.charges, 32 numbers, allowed one for each code, 64"},
    {"  bits:       {value: 5, unit: bits", "  #",
     "bad.yaml:%M: weight.charges, 32 numbers, allowed one for each code, 0"},
    {"{value: 5, unit: bits", "{value: 13, unit: bits",
     "bad.yaml:%L: weight.bits, 13, allowed whole numbers 1..12 bits"},
    {"-0.9000 -0.8157 ", "-0.9000 ",
     "bad.yaml:%L: weight.charges, 31 numbers, allowed one for each code, 32"},
    {"-0.8157 -0.7366 ", "-0.7366 -0.8157 ",
     "bad.yaml:%L: weight.charges, -0.8157, allowed rising numbers within 3.99805 (the weight's "
     "format)"},
    {"0.0218 0.0655", "0.0218 0.0218",
     "bad.yaml:%L: weight.charges, 0.0218, allowed rising numbers within 3.99805 (the weight's "
     "format)"},
    {"0.8157 0.9000\"", "0.8157 4.2\"",
     "bad.yaml:%L: weight.charges, 4.2, allowed rising numbers within 3.99805 (the weight's "
     "format)"},
    {"-0.0218 0.0218", "-0.0218 -0.0100",
     "bad.yaml:%L: weight.charges, -0.01, allowed the sign of its level with sign_block"},
    {"{value: 5, unit: synapses", "{value: 0, unit: synapses",
     "bad.yaml:%L: weight.sign_block, 0, allowed whole numbers 1..4096 synapses"},
    {"{value: sources", "{value: rows",
     "bad.yaml:%L: weight.sign_axis, rows, allowed sources|neurons"},
    {"64 64 64 64", "64 64 sixty 64",
     "bad.yaml:%L: cores.neurons, 64 64 sixty 64, allowed 1..16 numbers of 1..1000000 neurons"},
    {"64 64 64 64", "64 0",
     "bad.yaml:%L: cores.neurons, 64 0, allowed 1..16 numbers of 1..1000000 neurons"},
    {"64 64 64 64", "64 63.5 64", "bad.yaml:%L: cores.neurons, 63.5, allowed whole numbers"},
    {"{value: 256, unit: sources", "{value: 256, unit: synapses",
     "bad.yaml:%L: cores.fan_in, unit synapses, allowed sources"},
    {"{value: 4.05, unit: pJ", "{value: -4.05, unit: pJ",
     "bad.yaml:%L: power.spike, -4.05, allowed 0..1000000 pJ"},
    {"{value: 4.05, unit: pJ", "{value: 4.05, unit: nJ",
     "bad.yaml:%L: power.spike, unit nJ, allowed pJ"},
    {"  spike:       {", "  # {", "bad.yaml:%N: power.spike, missing, needed in power"},
    {"{value: 10, unit: ms", "{value: 0, unit: ms",
     "bad.yaml:%L: front_tau, 0, allowed 0.001..1000000 ms"},
};

static void expand(char *to, size_t size, const char *pattern, int line)
{
    size_t used = 0;
    for (; *pattern && used + 12 < size; pattern++)
        if (*pattern == '%') {
            int after = *++pattern == 'N' ? 1 : *pattern == 'M' ? 2 : 0;
            used += (size_t)snprintf(to + used, size - used, "%d", line + after);
        } else
            to[used++] = *pattern;
    to[used] = 0;
}

static void refuse_all(const char *file, const struct bad *list, size_t n)
{
    char *good = read_good(file), *folder = enter_folder(), text[24000], expected[400];
    for (size_t i = 0; i < n; i++) {
        struct chip c;
        struct fail f = {""};
        char *at = strstr(good, list[i].from);
        if (!at) fail_msg("the good file has no: %s", list[i].from);
        int line = 1;
        for (char *p = good; p < at; p++)
            line += *p == '\n';
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good, list[i].to,
                 at + strlen(list[i].from));
        write_text("bad.yaml", text);
        expand(expected, sizeof expected, list[i].expected, line);
        assert_int_equal(chip_load(&c, "bad.yaml", &f), -1);
        assert_string_equal(f.text, expected);
    }
    leave_folder(folder);
    free(good);
}

static void test_bad_values_are_refused_by_line(void **unused)
{
    (void)unused;
    refuse_all(GOOD, bads, sizeof bads / sizeof *bads);
    refuse_all(GRID, grid_bads, sizeof grid_bads / sizeof *grid_bads);
}

// What a front end makes has no sign: of a signed input the upper half of its words is not used.
static void test_front_end_of_a_signed_input(void **unused)
{
    (void)unused;
    static const char from[] = "value: UQ4.4";
    struct chip c;
    struct fail f = {""};
    char *good = read_good(GOOD), *folder = enter_folder(), text[24000];
    char *at = strstr(good, from);
    assert_non_null(at);
    for (int bits = 4; bits <= 5; bits++) {
        snprintf(text, sizeof text, "%.*svalue: Q%d.4%s", (int)(at - good), good, bits,
                 at + strlen(from));
        write_text("signed.yaml", text);
        if (chip_load(&c, "signed.yaml", &f)) fail_msg("%s", f.text);
        assert_true(c.law.input_signed && c.frontend.int_bits == bits - 1);
        assert_int_equal(c.frontend.frac_bits, 4);
    }
    leave_folder(folder);
    free(good);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_other_peoples_chips),
        cmocka_unit_test(test_the_shipped_chip),
        cmocka_unit_test(test_neuronova),
        cmocka_unit_test(test_front_end_of_a_signed_input),
        cmocka_unit_test(test_bad_values_are_refused_by_line),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
