#include "cosim/away/away_text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void away_key(struct away_keys *k, const char *name, const char *format, ...)
{
    va_list args;
    assert(k->n < AWAY_KEYS);
    k->key[k->n].name = name;
    va_start(args, format);
    if (vasprintf(&k->key[k->n].value, format, args) < 0) {
        k->key[k->n].value = 0;
        k->short_of_memory = true;
    }
    va_end(args);
    k->n++;
}

FILE *away_key_begin(struct away_keys *k, const char *name, size_t *n)
{
    assert(k->n < AWAY_KEYS);
    k->key[k->n].name = name;
    k->key[k->n].value = 0;
    FILE *f = open_memstream(&k->key[k->n++].value, n);
    k->short_of_memory |= !f;
    return f;
}

void away_key_end(struct away_keys *k, FILE *f)
{
    if (!f) return;
    bool bad = ferror(f);
    bad |= fclose(f) != 0;
    k->short_of_memory |= bad || !k->key[k->n - 1].value;
}

void away_keys_fini(struct away_keys *k)
{
    for (int i = 0; i < k->n; i++)
        free(k->key[i].value);
    k->n = 0;
}

static const char *value_of(const struct away_keys *k, const char *name, size_t n)
{
    for (int i = 0; i < k->n; i++)
        if (strlen(k->key[i].name) == n && !strncmp(k->key[i].name, name, n))
            return k->key[i].value;
    return 0;
}

// The key that begins here: capitals, digits and _ up to the next @. 0: none does.
static size_t key_at(const char *at)
{
    size_t n = strspn(at + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    return n && at[1 + n] == '@' ? n : 0;
}

char *away_fill(const char *text, const struct away_keys *k, const char *name, struct fail *f)
{
    char *filled = 0;
    size_t size = 0;
    FILE *to = k->short_of_memory ? 0 : open_memstream(&filled, &size);
    bool bad = !to;
    for (const char *at = text; !bad && *at;) {
        size_t n = *at == '@' ? key_at(at) : 0;
        const char *value = n ? value_of(k, at + 1, n) : 0;
        if (n && !value) {
            fclose(to);
            free(filled);
            fail(f, "%s: @%.*s@ is no key", name, (int)n, at + 1);
            return 0;
        }
        if (n)
            fputs(value, to);
        else
            fputc(*at, to);
        at += n ? n + 2 : 1;
    }
    if (to) bad |= ferror(to);
    if (to) bad |= fclose(to) || !filled;
    if (!bad) return filled;
    free(filled);
    fail(f, "%s: out of memory", name);
    return 0;
}
