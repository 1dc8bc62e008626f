#include "twin/io/labels.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

bool labels_utf8(const char *text, size_t n_bytes)
{
    static const uint32_t smallest[4] = {0, 0x80, 0x800, 0x10000}, first[4] = {0x80, 0x20, 0x10, 8};
    const unsigned char *s = (const unsigned char *)text, *end = s + n_bytes;
    while (s < end) {
        int more = *s < 0x80   ? 0
                   : *s < 0xC0 ? -1
                   : *s < 0xE0 ? 1
                   : *s < 0xF0 ? 2
                   : *s < 0xF8 ? 3
                               : -1;
        if (more < 0 || end - s <= more) return false;
        uint32_t point = *s % first[more];
        for (int i = 1; i <= more; i++) {
            if (s[i] / 0x40 != 2) return false;
            point = point * 0x40 + s[i] % 0x40;
        }
        if (point < smallest[more] || point > 0x10FFFF || point / 0x800 == 0x1B) return false;
        s += more + 1;
    }
    return true;
}

size_t labels_letter(const char *text)
{
    unsigned char first = (unsigned char)*text;
    size_t n = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (first < 0x20 || first == 0x7F || strnlen(text, n) < n) return 0;
    return labels_utf8(text, n) ? n : 0;
}

int labels_add(struct labels *l, const char *text, struct fail *f)
{
    size_t n = strlen(text);
    if (n < 1 || n > LABEL_MAX_BYTES)
        return fail(f, "label \"%.60s%s\": %zu bytes, a label has 1..%d", text, n > 60 ? "..." : "",
                    n, LABEL_MAX_BYTES);
    if (!labels_utf8(text, n)) return fail(f, "label \"%s\": not UTF-8", text);
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7F)
            return fail(f, "label \"%s\": a control character in it", text);
    if (labels_find(l, text) >= 0) return fail(f, "label \"%s\": twice", text);
    char **more = realloc(l->text, ((size_t)l->n + 1) * sizeof *more);
    if (more) l->text = more;
    if (!more || !(more[l->n] = strdup(text))) return fail(f, "labels: out of memory");
    l->n++;
    return 0;
}

int labels_parse(struct labels *l, const char *list, struct fail *f)
{
    char text[LABEL_MAX_BYTES + 2]; // one byte too many is enough to be refused
    size_t n = 0;
    for (const char *s = list;; s++) {
        if (*s == ',' || !*s) {
            text[n] = 0;
            if (labels_add(l, text, f)) return -1;
            if (!*s) return 0;
            n = 0;
            continue;
        }
        if (*s == '\\' && (s[1] == ',' || s[1] == '\\')) s++;
        if (n < sizeof text - 1) text[n++] = *s;
    }
}

char *labels_list(const struct labels *l)
{
    size_t size = 1, n = 0;
    for (int i = 0; i < l->n; i++)
        size += 2 * strlen(l->text[i]) + 1;
    char *list = malloc(size);
    for (int i = 0; list && i < l->n; i++) {
        if (i) list[n++] = ',';
        for (const char *s = l->text[i]; *s; s++) {
            if (*s == ',' || *s == '\\') list[n++] = '\\';
            list[n++] = *s;
        }
    }
    if (list) list[n] = 0;
    return list;
}

int labels_copy(struct labels *to, const struct labels *from, struct fail *f)
{
    for (int i = 0; i < from->n; i++)
        if (labels_add(to, from->text[i], f)) return -1;
    return 0;
}

int labels_find(const struct labels *l, const char *text)
{
    for (int i = 0; i < l->n; i++)
        if (!strcmp(l->text[i], text)) return i;
    return -1;
}

bool labels_equal(const struct labels *a, const struct labels *b)
{
    if (a->n != b->n) return false;
    for (int i = 0; i < a->n; i++)
        if (strcmp(a->text[i], b->text[i])) return false;
    return true;
}

void labels_fini(struct labels *l)
{
    for (int i = 0; i < l->n; i++)
        free(l->text[i]);
    free(l->text);
    *l = (struct labels){0};
}
