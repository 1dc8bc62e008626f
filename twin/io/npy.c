#include "twin/io/npy.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The head: a dictionary as Python writes it.
struct head {
    const char *at, *end, *name;
    char descr[32], order[8], shape[160];
};

static void skip_blanks(struct head *h)
{
    while (h->at < h->end && strchr(" \t\n", *h->at) && *h->at)
        h->at++;
}

static bool take(struct head *h, char c)
{
    skip_blanks(h);
    bool is = h->at < h->end && *h->at == c;
    h->at += is;
    return is;
}

// 'text' or "text" into `to`.
static bool take_quoted(struct head *h, char *to, size_t size)
{
    skip_blanks(h);
    if (h->at >= h->end || (*h->at != '\'' && *h->at != '"')) return false;
    char quote = *h->at++;
    size_t n = 0;
    while (h->at < h->end && *h->at != quote && n + 1 < size)
        to[n++] = *h->at++;
    to[n] = 0;
    return h->at < h->end && *h->at++ == quote;
}

// What stands there up to a comma or the end of the dictionary, parentheses whole.
static bool take_plain(struct head *h, char *to, size_t size)
{
    size_t n = 0;
    int open = 0;
    skip_blanks(h);
    for (; h->at < h->end && n + 1 < size; h->at++) {
        if (*h->at == '(') open++;
        if (!open && strchr(",}", *h->at)) break;
        if (*h->at == ')') open--;
        if (*h->at != ' ') to[n++] = *h->at;
    }
    to[n] = 0;
    return n && h->at < h->end;
}

static int parse_head(struct head *h, struct fail *f)
{
    bool bad = !take(h, '{');
    while (!bad && !take(h, '}')) {
        char key[32], *to = 0;
        size_t size = 0;
        bad = !take_quoted(h, key, sizeof key) || !take(h, ':');
        if (bad) break;
        if (!strcmp(key, "descr")) to = h->descr, size = sizeof h->descr;
        if (!strcmp(key, "fortran_order")) to = h->order, size = sizeof h->order;
        if (!strcmp(key, "shape")) to = h->shape, size = sizeof h->shape;
        if (!to || *to) return fail(f, "%s: not a .npy head: key `%s`", h->name, key);
        skip_blanks(h);
        if (to == h->descr && h->at < h->end && *h->at == '[')
            return fail(f, "%s: records of several fields, allowed an array of numbers or text",
                        h->name);
        bad = to == h->descr ? !take_quoted(h, to, size) : !take_plain(h, to, size);
        if (!bad && !take(h, ',') && h->at < h->end && *h->at != '}') bad = true;
    }
    if (bad || !*h->descr || !*h->order || !*h->shape)
        return fail(f, "%s: damaged: its .npy head cannot be read", h->name);
    return 0;
}

static int parse_type(struct npy *a, const struct head *h, struct fail *f)
{
    static const char *const taken[] = {"b1", "i1", "i2", "i4", "i8", "u1",
                                        "u2", "u4", "u8", "f2", "f4", "f8"};
    const char *type = h->descr + (strchr("<>|=", h->descr[0]) != 0);
    const uint16_t one = 1;
    const bool little = *(const uint8_t *)&one;
    char *end = 0;
    bool is = false;
    a->kind = *type;
    a->swapped = h->descr[0] == (little ? '>' : '<');
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        is |= !strcmp(type, taken[i]);
    long size = strtol(type + (*type != 0), &end, 10);
    if (npy_is_text(a) && type[1] >= '1' && type[1] <= '9' && !*end && size <= NPY_TEXT) {
        is = true;
        size *= a->kind == 'U' ? 4 : 1;
    }
    if (a->kind == 'O')
        return fail(f, "%s: Python objects, a pickle, which is never read; allowed numbers or text",
                    h->name);
    if (!is)
        return fail(f, "%s: type `%s`, allowed b1, i1..i8, u1..u8, f2, f4, f8, U or S of up to %d",
                    h->name, h->descr, NPY_TEXT);
    a->size = (int)size;
    return 0;
}

// "(3,4)", "(3,)", "()".
static int parse_shape(struct npy *a, const struct head *h, size_t n_bytes, struct fail *f)
{
    const char *at = h->shape;
    const size_t most = n_bytes / (size_t)a->size;
    bool bad = *at++ != '(', none = false, over = false;
    a->n = 1;
    while (!bad && *at != ')') {
        char *end;
        if (*at < '0' || *at > '9') break;
        if (a->n_dims == NPY_DIMS)
            return fail(f, "%s: shape %.60s, allowed up to %d dimensions", h->name, h->shape,
                        NPY_DIMS);
        uint64_t n = strtoull(at, &end, 10); // too many: the largest
        a->dims[a->n_dims++] = n;
        none |= !n;
        over |= n && a->n > most / n;
        if (!over) a->n *= n ? n : 1;
        at = end;
        if (*at == ',')
            at++;
        else if (*at != ')')
            break;
    }
    if (bad || strcmp(at, ")") != 0) return fail(f, "%s: damaged: shape %.60s", h->name, h->shape);
    if (none) a->n = 0;
    if (over && !none)
        return fail(f, "%s: shape %.60s of %d bytes each, only %zu bytes are there", h->name,
                    h->shape, a->size, n_bytes);
    if (a->n * (size_t)a->size != n_bytes)
        return fail(f, "%s: shape %.60s of %d bytes each, %zu bytes are there, allowed as many",
                    h->name, h->shape, a->size, n_bytes);
    return 0;
}

int npy_parse(struct npy *a, const void *bytes, size_t n_bytes, const char *name, struct fail *f)
{
    const uint8_t *b = bytes;
    *a = (struct npy){0};
    if (n_bytes < 10 || memcmp(b, "\x93NUMPY", 6) != 0)
        return fail(f, "%s: not a .npy array: no such head", name);
    int major = b[6], fixed = major == 1 ? 10 : 12;
    if (major < 1 || major > 3 || b[7])
        return fail(f, "%s: .npy version %d.%d, allowed 1.0, 2.0 or 3.0", name, major, b[7]);
    size_t head = (size_t)b[8] + 256 * (size_t)b[9];
    if (major > 1 && n_bytes >= 12) head += 65536 * (size_t)b[10] + 16777216 * (size_t)b[11];
    if (n_bytes < (size_t)fixed || head > n_bytes - (size_t)fixed)
        return fail(f, "%s: damaged: it ends within its head", name);
    const char *at = (const char *)b + fixed;
    struct head h = {.at = at, .end = at + head, .name = name};
    if (parse_head(&h, f) || parse_type(a, &h, f)) return -1;
    a->data = b + fixed + head;
    if (parse_shape(a, &h, n_bytes - (size_t)fixed - head, f)) return -1;
    if (!strcmp(h.order, "False") || (!strcmp(h.order, "True") && a->n_dims < 2)) return 0;
    if (!strcmp(h.order, "True"))
        return fail(f,
                    "%s: in Fortran order, allowed rows one after the other "
                    "(numpy.ascontiguousarray)",
                    name);
    return fail(f, "%s: damaged: fortran_order %s, allowed False", name, h.order);
}

static uint64_t bits_of(const struct npy *a, size_t i)
{
    uint8_t b[8] = {0};
    const uint8_t *from = a->data + i * (size_t)a->size;
    uint64_t x = 0;
    memcpy(b, from, (size_t)a->size);
    const uint16_t one = 1;
    const bool little = *(const uint8_t *)&one, first_low = little != a->swapped;
    for (int k = 0; k < a->size; k++)
        x = x * 256 + b[first_low ? a->size - 1 - k : k];
    return x;
}

int64_t npy_whole(const struct npy *a, size_t i)
{
    uint64_t x = bits_of(a, i);
    if (a->kind == 'b') return x != 0;
    if (a->kind == 'u') return x > INT64_MAX ? INT64_MAX : (int64_t)x;
    switch (a->size) {
    case 1:
        return (int8_t)x;
    case 2:
        return (int16_t)x;
    case 4:
        return (int32_t)x;
    default:
        return (int64_t)x;
    }
}

// IEEE 754 binary16.
static double half(uint64_t x)
{
    int exponent = (int)(x / 1024 % 32);
    double part = (double)(x % 1024), sign = x / 32768 ? -1 : 1;
    if (exponent == 31) return part != 0 ? (double)NAN : sign * (double)INFINITY;
    return sign * (exponent ? ldexp(1024 + part, exponent - 25) : ldexp(part, -24));
}

double npy_real(const struct npy *a, size_t i)
{
    if (a->kind != 'f') return (double)npy_whole(a, i);
    uint64_t x = bits_of(a, i);
    if (a->size == 2) return half(x);
    if (a->size == 4) {
        uint32_t word = (uint32_t)x;
        float value;
        memcpy(&value, &word, sizeof value);
        return (double)value;
    }
    double value;
    memcpy(&value, &x, sizeof value);
    return value;
}

// A letter as UTF-8; its bytes, or 0.
static size_t encode(uint32_t c, char to[4])
{
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF)) return 0;
    if (c < 0x80) return to[0] = (char)c, 1;
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, c /= 64)
        to[i] = (char)(0x80 + c % 64);
    to[0] = (char)((n == 2 ? 0xC0 : n == 3 ? 0xE0 : 0xF0) + c);
    return n;
}

int npy_text(const struct npy *a, size_t i, char to[NPY_TEXT])
{
    size_t used = 0;
    struct npy letters = *a;
    letters.kind = 'u';
    letters.size = a->kind == 'U' ? 4 : 1;
    int n = a->size / letters.size, last = n;
    while (last && !npy_whole(&letters, i * (size_t)n + (size_t)last - 1))
        last--;
    for (int k = 0; k < last; k++) {
        uint32_t c = (uint32_t)npy_whole(&letters, i * (size_t)n + (size_t)k);
        char one[4] = {(char)c};
        size_t bytes = a->kind == 'U' ? encode(c, one) : 1;
        if (!bytes || !c || used + bytes >= NPY_TEXT) return -1;
        memcpy(to + used, one, bytes);
        used += bytes;
    }
    to[used] = 0;
    return 0;
}
