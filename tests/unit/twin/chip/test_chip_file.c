// Chip files as files: other ends of lines, a second document, what is no chip file at all.
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

static void test_a_second_document_is_refused(void **unused)
{
    (void)unused;
    struct chip c;
    struct fail f = {""};
    char *good = read_good(GOOD), *folder = enter_folder(), text[24000], expected[120];
    int line = 1;
    for (char *p = good; *p; p++)
        line += *p == '\n';
    snprintf(text, sizeof text, "%s---\nname: other\n", good);
    write_text("bad.yaml", text);
    snprintf(expected, sizeof expected, "bad.yaml:%d: a second document, allowed one", line + 1);
    assert_int_equal(chip_load(&c, "bad.yaml", &f), -1);
    assert_string_equal(f.text, expected);
    leave_folder(folder);
    free(good);
}

// A chip is the same with a byte order mark and other ends of lines. Without what comes after the
// law it stores every word of its weights' format, and has no front end to speak of.
static void test_same_chip_in_other_clothes(void **unused)
{
    (void)unused;
    struct chip c, other;
    struct fail f = {""};
    char *good = read_good(GOOD), *folder = enter_folder(), text[24000] = "\xef\xbb\xbf";
    assert_int_equal(chip_load(&c, GOOD, &f), 0);
    size_t at = strlen(text);
    for (const char *p = good; *p && at + 2 < sizeof text; p++) {
        if (*p == '\n') text[at++] = '\r';
        text[at++] = *p;
    }
    text[at] = 0;
    write_text("bad.yaml", text);
    if (chip_load(&other, "bad.yaml", &f)) fail_msg("%s", f.text);
    assert_memory_equal(&c, &other, sizeof c);
    *strstr(good, "\ntick:") = 0;
    snprintf(text, sizeof text, "%s\n", good);
    write_text("bad.yaml", text);
    if (chip_load(&other, "bad.yaml", &f)) fail_msg("%s", f.text);
    assert_true(other.weight.min == -128 && other.weight.max == 127.99609375);
    assert_int_equal(other.frontend.n_filters, 0);
    snprintf(text, sizeof text, "%s\nfront_tau: {value: 8, unit: ms, source: a}\n", good);
    write_text("bad.yaml", text);
    assert_int_equal(chip_load(&other, "bad.yaml", &f), -1);
    assert_non_null(strstr(f.text, ": front_tau, 8, allowed where there is tau"));
    leave_folder(folder);
    free(good);
}

// `from` becomes `to` in a chip file of the tree: what is refused, and what is read.
static void test_what_a_net_begins_with(void **unused)
{
    (void)unused;
    static const struct {
        const char *chip, *from, *to, *what; // NULL: accepted
    } cases[] = {
        {"loihi", "tau_syn:   {", "# {", ": tau_syn, missing, needed where there are law.currents"},
        {"loihi", "tau_syn:   {value: 8,", "tau_syn:   {value: 0,",
         ": tau_syn, 0, allowed 0.001..1000000 ms"},
        {"fpga-q8.8", "tau:   ", "tau_syn: {value: 8, unit: ms, source: a}\ntau:   ",
         ": tau_syn, 8, allowed where there are law.currents that decay and a frontend"},
        {"fpga-q8.8", "tau:   ", "gain: {value: 8, source: a}\ntau:   ",
         ": gain, 8, allowed where there are law.gain and a frontend"},
        {"fpga-q8.8", "tau:   ", "rest: {value: 1, unit: membrane units, source: a}\ntau:   ",
         ": rest, 1, allowed where there are law.rest with words and a frontend"},
        {"sc-neurocore", "gain:      {", "# {", ": gain, missing, needed where there are law.gain"},
        {"sc-neurocore", "gain:      {value: 1.0", "gain:      {value: 128",
         ": gain, 128, allowed -128..127.9960938 (its word)"},
        {"sc-neurocore", "gain:      {value: 1.0", "gain:      {value: 127.5", 0},
        {"sc-neurocore", "rest:      {value: 0", "rest:      {value: 8",
         ": rest, 8, allowed below 8 (threshold)"},
        {"sc-neurocore", "reset:     {value: 0", "reset:     {value: -129",
         ": reset, -129, allowed -128..127.9960938 (its word)"},
        {"sc-neurocore", "reset:     {value: 0", "reset:     {value: -3.5", 0},
        {"xylo-v1", "step: {value: 4", "step: {value: 0.5",
         ": weight.step, 0.5, allowed whole multiples of 1 (one LSB of the weight)"},
        {"xylo-v1", "step: {value: 4", "step: {value: 509",
         ": weight.step, 509, allowed up to 508"},
        {"xylo-v1", "step: {value: 4", "step: {value: 508", 0},
        {"h1v1", "  bits:", "  step: {value: 1, unit: membrane units, source: a}\n  bits:",
         ": weight.step, 1, allowed whole multiples"},
    };
    char *folder = enter_folder(), path[256];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct chip c;
        struct fail f = {""};
        snprintf(path, sizeof path, "%s/chips/%s.yaml", SPIKETWIN_ROOT, cases[i].chip);
        char *good = read_good(path), *at = strstr(good, cases[i].from), text[24000];
        assert_non_null(at);
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - good), good, cases[i].to,
                 at + strlen(cases[i].from));
        write_text("bad.yaml", text);
        int bad = chip_load(&c, "bad.yaml", &f);
        if (bad != (cases[i].what ? -1 : 0) || (bad && !strstr(f.text, cases[i].what)))
            fail_msg("%s, %s: %s", cases[i].chip, cases[i].to, f.text);
        free(good);
    }
    leave_folder(folder);
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
    static const char *const none[][2] = {
        {"", "bad.yaml:1: empty, allowed one mapping"},
        {"# nothing\n", "bad.yaml:1: empty, allowed one mapping"},
        {"text\n", "bad.yaml:1: the file, a value, allowed a mapping"},
        {"\n- a\n", "bad.yaml:2: the file, a list, allowed a mapping"}};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        write_text("bad.yaml", none[i][0]);
        assert_int_equal(chip_load(&c, "bad.yaml", &f), -1);
        assert_string_equal(f.text, none[i][1]);
    }
    leave_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_second_document_is_refused),
        cmocka_unit_test(test_same_chip_in_other_clothes),
        cmocka_unit_test(test_what_a_net_begins_with),
        cmocka_unit_test(test_files_that_are_none),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
