#include "twin/io/table_csv.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool ends_line(char c)
{
    return c == '\n' || c == '\r' || c == 0;
}

// Over the end of a line, which is a 0 by then where a cell ended with it.
static void next_line(struct table *t, char ended)
{
    if (t->at < t->end) t->at++;
    if (ended == '\r' && t->at < t->end && *t->at == '\n') t->at++;
}

static void skip_empty(struct table *t)
{
    while (t->at < t->end) {
        char *from = t->at + strspn(t->at, " \t");
        if (*from != '#' && !ends_line(*from)) return;
        t->at = from + strcspn(from, "\r\n");
        next_line(t, *t->at);
        t->line++;
    }
}

static char *take_quoted(struct table *t, struct fail *f)
{
    char *from = ++t->at, *to = from;
    for (; t->at < t->end; t->at++) {
        if (*t->at == '"') {
            if (t->at[1] != '"') break;
            t->at++;
        }
        if (ends_line(*t->at)) break;
        *to++ = *t->at;
    }
    if (*t->at != '"') {
        fail(f, "%s:%d: a cell in quotes without its end", t->path, t->line);
        return 0;
    }
    t->at++;
    t->at += strspn(t->at, " \t");
    if (*t->at != ',' && !ends_line(*t->at)) {
        fail(f, "%s:%d: behind a cell in quotes, allowed a comma", t->path, t->line);
        return 0;
    }
    *to = 0; // behind it lie the quotes, so what ended the cell is still there
    return from;
}

static char *take_plain(struct table *t, char **last)
{
    char *from = t->at;
    t->at += strcspn(t->at, ",\r\n");
    *last = t->at;
    while (*last > from && strchr(" \t", (*last)[-1]))
        (*last)--;
    return from;
}

// A row of up to TABLE_COLUMNS cells; how many, or -1.
static int take_row(struct table *t, char **cell, struct fail *f)
{
    for (int n = 0;; n++) {
        if (n == TABLE_COLUMNS)
            return fail(f, "%s:%d: more than %d columns", t->path, t->line, TABLE_COLUMNS);
        char *last = 0;
        t->at += strspn(t->at, " \t");
        cell[n] = *t->at == '"' ? take_quoted(t, f) : take_plain(t, &last);
        if (!cell[n]) return -1;
        char ended = *t->at;
        if (last) *last = 0;
        if (ended == ',') {
            t->at++;
            continue;
        }
        next_line(t, ended);
        return n + 1;
    }
}

int table_open(struct table *t, char *text, size_t n, const char *path, struct fail *f)
{
    *t = (struct table){.path = path, .at = text, .end = text + n, .line = 1};
    if (memchr(text, 0, n)) return fail(f, "%s: not UTF-8 text (UTF-16?): a 0 byte in it", path);
    if (n >= 3 && !memcmp(text, "\xEF\xBB\xBF", 3)) t->at += 3;
    skip_empty(t);
    if (t->at == t->end) return fail(f, "%s: empty: no line of names", path);
    t->n_columns = take_row(t, t->name, f);
    for (int i = 0; i < t->n_columns; i++)
        if (table_column(t, t->name[i]) != i)
            return fail(f, "%s:%d: two columns `%.40s`", path, t->line, t->name[i]);
    return t->n_columns < 0 ? -1 : 0;
}

int table_next(struct table *t, struct fail *f)
{
    t->line++;
    skip_empty(t);
    if (t->at >= t->end) return 0;
    int n = take_row(t, t->cell, f);
    if (n >= 0 && n != t->n_columns)
        return fail(f, "%s:%d: %d cells, allowed %d, as in the line of names", t->path, t->line, n,
                    t->n_columns);
    return n < 0 ? -1 : 1;
}

int table_column(const struct table *t, const char *name)
{
    for (int i = 0; i < t->n_columns; i++)
        if (!strcmp(t->name[i], name)) return i;
    return -1;
}
