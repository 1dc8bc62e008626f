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
        cmocka_unit_test(test_files_that_are_none),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
