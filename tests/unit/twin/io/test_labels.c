// Labels: what is UTF-8, what is refused, and lists that come back as they were.
#include "twin/io/labels.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct fail f;

static void utf8(void **state)
{
    (void)state;
    static const char *const good[] = {"yes",
                                       "",
                                       "\xC3\xBC",
                                       "\xE2\x82\xAC",
                                       "\xF0\x9F\x90\xB1",
                                       "\xC2\x80",
                                       "\xDF\xBF",
                                       "\xE0\xA0\x80",
                                       "\xED\x9F\xBF",
                                       "\xEE\x80\x80",
                                       "\xEF\xBF\xBF",
                                       "\xF4\x8F\xBF\xBF"};
    static const char *const bad[] = {"\xC3",
                                      "a\xE2\x82",
                                      "\x80",
                                      "\xC0\x80",
                                      "\xC1\xBF",
                                      "\xE0\x9F\xBF",
                                      "\xED\xA0\x80",
                                      "\xED\xBF\xBF",
                                      "\xF0\x8F\xBF\xBF",
                                      "\xF4\x90\x80\x80",
                                      "\xF5\x80\x80\x80",
                                      "\xFF",
                                      "\xC3(",
                                      "\xE2\x28\xA1"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!labels_utf8(good[i], strlen(good[i]))) fail_msg("good %zu", i);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (labels_utf8(bad[i], strlen(bad[i]))) fail_msg("bad %zu", i);
}

static void refused(void **state)
{
    (void)state;
    struct labels l = {0};
    char text[LABEL_MAX_BYTES + 2];
    memset(text, 'x', sizeof text);
    text[LABEL_MAX_BYTES + 1] = 0;
    assert_int_equal(labels_add(&l, text, &f), -1);
    assert_non_null(strstr(f.text, "256 bytes, a label has 1..255"));
    text[LABEL_MAX_BYTES] = 0;
    assert_int_equal(labels_add(&l, text, &f), 0);
    assert_int_equal(labels_add(&l, text, &f), -1);
    assert_int_equal(labels_add(&l, "", &f), -1);
    assert_int_equal(labels_add(&l, "a\nb", &f), -1);
    assert_int_equal(labels_add(&l, "\xC3", &f), -1);
    assert_int_equal(labels_parse(&l, "a,,b", &f), -1);
    labels_fini(&l);
    labels_fini(&l);
}

static void lists_come_back(void **state)
{
    (void)state;
    struct labels l = {0}, again = {0};
    static const char *const text[] = {"yes",
                                       "a, b",
                                       "\\",
                                       "\\,",
                                       " ",
                                       ("gr\xC3\xBC\xC3\x9F"
                                        "e")};
    for (size_t i = 0; i < sizeof text / sizeof *text; i++)
        assert_int_equal(labels_add(&l, text[i], &f), 0);
    char *list = labels_list(&l);
    assert_int_equal(labels_parse(&again, list, &f), 0);
    assert_true(labels_equal(&l, &again));
    assert_int_equal(labels_find(&again, "\\,"), 3);
    assert_int_equal(labels_find(&again, "no"), -1);
    free(list);
    labels_fini(&again);
    assert_int_equal(labels_copy(&again, &l, &f), 0);
    assert_true(labels_equal(&l, &again));
    labels_fini(&again);
    assert_int_equal(labels_parse(&again, "yes,no", &f), 0);
    assert_false(labels_equal(&l, &again));
    labels_fini(&again);
    labels_fini(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(utf8), cmocka_unit_test(refused),
                                       cmocka_unit_test(lists_come_back)};
    return cmocka_run_group_tests(tests, 0, 0);
}
