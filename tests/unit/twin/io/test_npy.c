// NumPy's arrays: heads of every version, types and byte orders, and what is refused.
#include "twin/io/npy.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM = 4096 };

static unsigned char file[ROOM];
static struct npy a;
static struct fail f;

// A file of this version, head and values; its bytes.
static size_t make(int version, const char *head, const void *values, size_t n)
{
    size_t fixed = version == 1 ? 10 : 12, length = strlen(head);
    memset(file, 0, sizeof file);
    memcpy(file, "\x93NUMPY", 6);
    file[6] = (unsigned char)version;
    file[8] = (unsigned char)(length % 256);
    file[9] = (unsigned char)(length / 256);
    memcpy(file + fixed, head, length);
    if (n) memcpy(file + fixed + length, values, n);
    return fixed + length + n;
}

static int parse(int version, const char *head, const void *values, size_t n)
{
    f.text[0] = 0;
    return npy_parse(&a, file, make(version, head, values, n), "it", &f);
}

static void take(int version, const char *head, const void *values, size_t n)
{
    if (parse(version, head, values, n)) fail_msg("%s", f.text);
}

#define HEAD(type, shape) "{'descr': '" type "', 'fortran_order': False, 'shape': " shape ", }\n"

static void test_versions_and_shapes(void **state)
{
    (void)state;
    const uint8_t x[6] = {1, 2, 3, 4, 5, 255};
    for (int v = 1; v <= 3; v++) {
        take(v, HEAD("|u1", "(2, 3)"), x, 6);
        assert_int_equal(a.n_dims, 2);
        assert_int_equal(a.dims[0], 2);
        assert_int_equal(a.dims[1], 3);
        assert_int_equal(a.n, 6);
        assert_int_equal(npy_whole(&a, 5), 255);
    }
    take(1, HEAD("|u1", "()"), x, 1);
    assert_int_equal(a.n_dims, 0);
    assert_int_equal(a.n, 1);
    take(1, HEAD("|u1", "(6,)"), x, 6);
    take(1, HEAD("|u1", "(0,)"), x, 0);
    take(1, HEAD("|u1", "(99999999999, 0, 99999999999)"), x, 0);
    assert_int_equal(a.n, 0);
    take(1, "{\"shape\":(2,3,1,1),\"fortran_order\":False,\"descr\":\"u1\"}", x, 6);
    take(1, "{'descr': '|u1', 'fortran_order': True, 'shape': (6,), }", x, 6);
}

static void test_types(void **state)
{
    (void)state;
    static const struct {
        const char *little, *big;
        unsigned char bytes[8]; // the highest first
        int size;
        double value;
    } kinds[] = {
        {HEAD("|b1", "(1,)"), HEAD(">b1", "(1,)"), {2}, 1, 1},
        {HEAD("<i1", "(1,)"), HEAD(">i1", "(1,)"), {0xFE}, 1, -2},
        {HEAD("<u1", "(1,)"), HEAD(">u1", "(1,)"), {0xFE}, 1, 254},
        {HEAD("<i2", "(1,)"), HEAD(">i2", "(1,)"), {0xFE, 0x01}, 2, -511},
        {HEAD("<u2", "(1,)"), HEAD(">u2", "(1,)"), {0xFE, 0x01}, 2, 65025},
        {HEAD("<i4", "(1,)"), HEAD(">i4", "(1,)"), {0x80, 0, 0, 1}, 4, -2147483647.0},
        {HEAD("<u4", "(1,)"), HEAD(">u4", "(1,)"), {0x80, 0, 0, 1}, 4, 2147483649.0},
        {HEAD("<i8", "(1,)"), HEAD(">i8", "(1,)"), {0xFF, 0, 0, 0, 0, 0, 0, 0}, 8, -0x1p56},
        {HEAD("<u8", "(1,)"), HEAD(">u8", "(1,)"), {0x7F, 0, 0, 0, 0, 0, 0, 0}, 8, 127 * 0x1p56},
        {HEAD("<f2", "(1,)"), HEAD(">f2", "(1,)"), {0xC5, 0x01}, 2, -5.00390625},
        {HEAD("<f2", "(1,)"), HEAD(">f2", "(1,)"), {0x00, 0x01}, 2, 0x1p-24},
        {HEAD("<f4", "(1,)"), HEAD(">f4", "(1,)"), {0xC0, 0x20, 0, 0}, 4, -2.5},
        {HEAD("<f8", "(1,)"), HEAD(">f8", "(1,)"), {0xC0, 0x04, 0, 0, 0, 0, 0, 0}, 8, -2.5},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        unsigned char little[8];
        for (int k = 0; k < kinds[i].size; k++)
            little[k] = kinds[i].bytes[kinds[i].size - 1 - k];
        take(1, kinds[i].big, kinds[i].bytes, (size_t)kinds[i].size);
        assert_true(npy_real(&a, 0) == kinds[i].value);
        take(1, kinds[i].little, little, (size_t)kinds[i].size);
        assert_true(npy_real(&a, 0) == kinds[i].value);
    }
    take(1, HEAD("<f2", "(3,)"), "\x00\x7C\x00\xFC\x01\x7C", 6);
    assert_true(npy_real(&a, 0) == (double)INFINITY && npy_real(&a, 1) == -(double)INFINITY);
    assert_true(isnan(npy_real(&a, 2)));
    take(1, HEAD("<u8", "(1,)"), "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 8);
    assert_true(npy_whole(&a, 0) == INT64_MAX);
}

static void test_text(void **state)
{
    (void)state;
    char text[NPY_TEXT];
    take(1, HEAD("|S3", "(2,)"), "abcd\0\0", 6);
    assert_int_equal(npy_text(&a, 0, text), 0);
    assert_string_equal(text, "abc");
    assert_int_equal(npy_text(&a, 1, text), 0);
    assert_string_equal(text, "d");
    take(1, HEAD("<U2", "(1,)"), "\xFC\0\0\0\x00\xF6\x01\0", 8); // ü, U+1F600
    assert_int_equal(npy_text(&a, 0, text), 0);
    assert_string_equal(text, "\xC3\xBC\xF0\x9F\x98\x80");
    take(1, HEAD(">U1", "(1,)"), "\0\0\x20\xAC", 4);
    assert_int_equal(npy_text(&a, 0, text), 0);
    assert_string_equal(text, "\xE2\x82\xAC");
    take(1, HEAD("<U1", "(1,)"), "\0\xD8\0\0", 4); // half of a pair
    assert_int_equal(npy_text(&a, 0, text), -1);
    take(1, HEAD("|S3", "(1,)"), "a\0b", 3);
    assert_int_equal(npy_text(&a, 0, text), -1);
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *head, *why;
    } bad[] = {
        {HEAD("|O", "(1,)"), "it: Python objects, a pickle, which is never read"},
        {HEAD("<c8", "(1,)"), "it: type `<c8`, allowed b1, i1..i8"},
        {HEAD("<M8[s]", "(1,)"), "it: type `<M8[s]`, allowed"},
        {HEAD("<f3", "(1,)"), "it: type `<f3`, allowed"},
        {HEAD("<U0", "(1,)"), "it: type `<U0`, allowed"},
        {HEAD("<S99999999999999999999", "(1,)"), "it: type `<S9999"},
        {HEAD("|u1", "(1, 1, 1, 1, 1)"), "it: shape (1,1,1,1,1), allowed up to 4 dimensions"},
        {HEAD("|u1", "(9,)"), "it: shape (9,) of 1 bytes each, only 8 bytes are there"},
        {HEAD("|u1", "(7,)"), "it: shape (7,) of 1 bytes each, 8 bytes are there"},
        {HEAD("|u1", "(1000000000,)"), "it: shape (1000000000,) of 1 bytes each, only 8"},
        {HEAD("<f8", "(4294967296, 4294967296)"), "it: shape (4294967296,4294967296) of 8"},
        {HEAD("|u1", "(99999999999999999999999, 2)"), "it: shape (9999"},
        {HEAD("|u1", "(-8,)"), "it: damaged: shape (-8,)"},
        {HEAD("|u1", "8"), "it: damaged: shape 8"},
        {"{'descr': '|u1', 'fortran_order': True, 'shape': (2, 4), }", "it: in Fortran order"},
        {"{'descr': '|u1', 'fortran_order': 1, 'shape': (8,), }", "it: damaged: fortran_order 1"},
        {"{'descr': [('a', '<u4'), ('b', '<u4')], 'fortran_order': False, 'shape': (1,), }",
         "it: records of several fields"},
        {"{'descr': '|u1', 'shape': (8,), }", "it: damaged: its .npy head"},
        {"{'descr': '|u1', 'descr': '|u1', 'shape': (8,), }", "it: not a .npy head: key `descr`"},
        {"{'x': 1}", "it: not a .npy head: key `x`"},
        {"__import__('os')", "it: damaged: its .npy head"},
        {"", "it: damaged: its .npy head"},
        {"{'descr': '|u1", "it: damaged: its .npy head"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(parse(1, bad[i].head, "12345678", 8), -1);
        if (strncmp(f.text, bad[i].why, strlen(bad[i].why)) != 0)
            fail_msg("%s\nwanted: %s", f.text, bad[i].why);
    }
    assert_int_equal(parse(4, HEAD("|u1", "(8,)"), "12345678", 8), -1);
    assert_string_equal(f.text, "it: .npy version 4.0, allowed 1.0, 2.0 or 3.0");
    size_t n = make(1, HEAD("|u1", "(8,)"), "12345678", 8);
    for (size_t cut = 0; cut < n; cut++) // no shorter file is taken
        assert_int_equal(npy_parse(&a, file, cut, "it", &f), -1);
    assert_int_equal(npy_parse(&a, file, n, "it", &f), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_versions_and_shapes),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
