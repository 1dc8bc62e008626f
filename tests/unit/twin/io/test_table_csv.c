// Tables as text: what is a cell, a row, a line.
#include "twin/io/table_csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char text[1024];
static struct table t;
static struct fail f;

static int open_text(const char *of)
{
    snprintf(text, sizeof text, "%s", of);
    f.text[0] = 0;
    return table_open(&t, text, strlen(text), "it", &f);
}

static void expect_row(int line, const char *a, const char *b)
{
    assert_int_equal(table_next(&t, &f), 1);
    assert_int_equal(t.line, line);
    assert_string_equal(t.cell[0], a);
    assert_string_equal(t.cell[1], b);
}

static void test_rows(void **state)
{
    (void)state;
    static const char *const ends[] = {"\n", "\r\n", "\r"};
    for (int i = 0; i < 3; i++) {
        char of[200];
        const char *e = ends[i];
        snprintf(of, sizeof of,
                 "\xEF\xBB\xBF# head%s time , unit%s1,2%s%s  # no row%s \t3 ,\t4  %s\"a, "
                 "\"\"b\"\"\" ,%s,",
                 e, e, e, e, e, e, e);
        assert_int_equal(open_text(of), 0);
        assert_int_equal(t.n_columns, 2);
        assert_int_equal(table_column(&t, "time"), 0);
        assert_int_equal(table_column(&t, "unit"), 1);
        assert_int_equal(table_column(&t, "units"), -1);
        expect_row(3, "1", "2");
        expect_row(6, "3", "4");
        expect_row(7, "a, \"b\"", "");
        expect_row(8, "", "");
        assert_int_equal(table_next(&t, &f), 0);
        assert_int_equal(table_next(&t, &f), 0);
    }
}

static void refuse(const char *of, const char *why)
{
    int bad = open_text(of);
    while (!bad && (bad = table_next(&t, &f)) > 0)
        bad = 0;
    assert_int_equal(bad, -1);
    assert_string_equal(f.text, why);
}

static void test_refused(void **state)
{
    (void)state;
    refuse("", "it: empty: no line of names");
    refuse("# only\n\n", "it: empty: no line of names");
    refuse("a,a\n", "it:1: two columns `a`");
    refuse("a,b\n1\n", "it:2: 1 cells, allowed 2, as in the line of names");
    refuse("a,b\n\n1,2,3\n", "it:3: 3 cells, allowed 2, as in the line of names");
    refuse("a,b\n\"1,2\n", "it:2: a cell in quotes without its end");
    refuse("a,b\n\"1\"x,2\n", "it:2: behind a cell in quotes, allowed a comma");
    static char wide[6 * (TABLE_COLUMNS + 1) + 1];
    for (int i = 0, used = 0; i <= TABLE_COLUMNS; i++)
        used += sprintf(wide + used, "%s%d", i ? "," : "", i);
    assert_int_equal(table_open(&t, wide, strlen(wide), "it", &f), -1);
    assert_string_equal(f.text, "it:1: more than 1024 columns");
    assert_int_equal(table_open(&t, memcpy(text, "a\0b\n\0", 5), 4, "it", &f), -1);
    assert_string_equal(f.text, "it: not UTF-8 text (UTF-16?): a 0 byte in it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
