#include "twin/io/labels.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

bool labels_utf8(const char *text, size_t n_bytes)
{
    const unsigned char *at = (const unsigned char *)text, *end = at + n_bytes;
    for (int bytes; at < end; at += bytes)
        if ((bytes = text_character(at, (size_t)(end - at))) <= 0) return false;
    return true;
}

size_t labels_letter(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    if (*at < 0x20 || *at == 0x7F) return 0;
    int bytes = text_character(at, strlen(text));
    return bytes > 0 ? (size_t)bytes : 0;
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
