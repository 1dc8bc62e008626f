// Chip files: what a good one says, and every bad one refused with file, line, field, value and
// range.
#include "twin/chip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const char *const GOOD = SPIKETWIN_ROOT "/chips/fpga-q8.8.yaml";

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

// The good file with the text `from` replaced by `to`, loaded; the message must be `expected`, in
// which %L stands for the line where `from` was.
struct bad {
    const char *from, *to, *expected;
};

static const struct bad bads[] = {
    {"value: UQ4.4", "value: UQ9.4",
     "bad.yaml:%L: law.input, UQ9.4, allowed UQm.n with m + n = 1..8"},
    {"value: UQ4.4", "value: Q4.4",
     "bad.yaml:%L: law.input, Q4.4, allowed UQm.n with m + n = 1..8"},
    {"membrane:         {value: Q8.8", "membrane:         {value: Q8.x",
     "bad.yaml:%L: law.membrane, Q8.x, allowed Qm.n with m + n = 4..24"},
    {"value: exponential", "value: quadratic",
     "bad.yaml:%L: law.leak_kind, quadratic, allowed none|exponential|shift|linear"},
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
    {"{value: 16000, unit: Hz", "{value: fast, unit: Hz",
     "bad.yaml:%L: frontend.rate, fast, allowed whole numbers 1000..768000 Hz"},
    {"name: fpga-q8.8\n", "name: fpga-q8.8\nname: again\n", "bad.yaml:%N: name, stands twice"},
};

static char *read_good(void)
{
    FILE *in = fopen(GOOD, "r");
    assert_non_null(in);
    char *text = calloc(1, 20000);
    assert_true(fread(text, 1, 19999, in) > 1000);
    fclose(in);
    return text;
}

static void write_text(const char *path, const char *text)
{
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static void expand(char *to, size_t size, const char *pattern, int line)
{
    size_t used = 0;
    for (; *pattern && used + 12 < size; pattern++)
        if (*pattern == '%')
            used += (size_t)snprintf(to + used, size - used, "%d", line + (*++pattern == 'N'));
        else
            to[used++] = *pattern;
    to[used] = 0;
}

static char *enter_folder(void)
{
    static char folder[] = "/tmp/spiketwin-chip-XXXXXX";
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    return folder;
}

static void leave_folder(char *folder)
{
    unlink("bad.yaml");
    assert_int_equal(chdir("/"), 0);
    rmdir(folder);
    memcpy(folder + strlen(folder) - 6, "XXXXXX", 6);
}

static void test_bad_values_are_refused_by_line(void **unused)
{
    (void)unused;
    char *good = read_good(), *folder = enter_folder(), text[24000], expected[400];
    for (size_t i = 0; i < sizeof bads / sizeof *bads; i++) {
        struct chip c;
        struct fail f = {""};
        char *at = strstr(good, bads[i].from);
        if (!at) fail_msg("the good file has no: %s", bads[i].from);
        int line = 1;
        for (char *p = good; p < at; p++)
            line += *p == '\n';
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good, bads[i].to,
                 at + strlen(bads[i].from));
        write_text("bad.yaml", text);
        expand(expected, sizeof expected, bads[i].expected, line);
        assert_int_equal(chip_load(&c, "bad.yaml", &f), -1);
        assert_string_equal(f.text, expected);
    }
    leave_folder(folder);
    free(good);
}

// What libcyaml itself refuses: the line and the key must be there, the wording is its own.
static void test_bad_structure_is_refused_by_line(void **unused)
{
    (void)unused;
    static const struct bad structure[] = {
        {"  clamp: ", "  clampp: ", "clampp"},
        {"tick:      {", "tock:      {", "tock"},
        {"source: \"Speech Commands v0.02\"", "sauce: \"Speech Commands v0.02\"", "sauce"},
        {"law:\n", "law: [\n", ""},
    };
    char *good = read_good(), *folder = enter_folder(), text[24000];
    for (size_t i = 0; i < sizeof structure / sizeof *structure; i++) {
        struct chip c;
        struct fail f = {""};
        char *at = strstr(good, structure[i].from);
        if (!at) fail_msg("the good file has no: %s", structure[i].from);
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good, structure[i].to,
                 at + strlen(structure[i].from));
        write_text("bad.yaml", text);
        assert_int_equal(chip_load(&c, "bad.yaml", &f), -1);
        if (strncmp(f.text, "bad.yaml:", 9) || atoi(f.text + 9) < 1 ||
            !strstr(f.text, structure[i].expected))
            fail_msg("%s; expected a line and: %s", f.text, structure[i].expected);
    }
    leave_folder(folder);
    free(good);
}

static void test_files_that_are_none(void **unused)
{
    (void)unused;
    struct chip c;
    struct fail f = {""};
    char *folder = enter_folder();
    assert_int_equal(chip_load(&c, "nowhere.yaml", &f), -1);
    assert_string_equal(f.text, "nowhere.yaml: no such file");
    assert_int_equal(chip_load(&c, ".", &f), -1);
    assert_string_equal(f.text, ".: not a file");
    write_text("bad.yaml", "");
    assert_int_equal(chip_load(&c, "bad.yaml", &f), -1);
    assert_non_null(strstr(f.text, "bad.yaml:1: empty"));
    leave_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_shipped_chip),
        cmocka_unit_test(test_bad_values_are_refused_by_line),
        cmocka_unit_test(test_bad_structure_is_refused_by_line),
        cmocka_unit_test(test_files_that_are_none),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
