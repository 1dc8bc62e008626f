#include "tests/traces/traces.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *read_text(const char *path, struct fail *f)
{
    char *text = 0;
    size_t room = 0;
    FILE *in = fopen(path, "r");
    if (!in || getdelim(&text, &room, 0, in) <= 0) {
        fail(f, "%s: %s", path, in ? "empty" : strerror(errno));
        free(text);
        text = 0;
    }
    if (in) fclose(in);
    return text;
}

// Cuts a line at its commas; returns how many parts. With `to` NULL only counts.
static int split(char *line, char **to)
{
    int n = 0;
    for (char *at = line;; n++) {
        char *end = at + strcspn(at, ",");
        if (to) to[n] = at;
        if (!*end) return n + 1;
        if (to) *end = 0;
        at = end + 1;
    }
}

int csv_read_any(struct csv *c, const char *path, struct fail *f)
{
    *c = (struct csv){.whole = true, .text = read_text(path, f)};
    if (!c->text) return -1;
    int lines = 1, line = 0;
    for (const char *at = c->text; *at; at++)
        lines += *at == '\n';
    for (char *at = c->text, *next; at && *at; at = next, line++) {
        next = strchr(at, '\n');
        if (next) *next++ = 0;
        at[strcspn(at, "\r")] = 0;
        if (*at == '#' || !*at) continue;
        if (!c->n_columns) {
            c->n_columns = split(at, 0);
            c->value = calloc((size_t)lines * (size_t)c->n_columns, sizeof *c->value);
            if (!strchr("-+.0123456789", *at)) {
                c->name = calloc((size_t)c->n_columns, sizeof *c->name);
                split(at, c->name);
                continue;
            }
        }
        char **part = calloc((size_t)c->n_columns, sizeof *part);
        bool bad = split(at, 0) != c->n_columns;
        if (!bad) split(at, part);
        for (int i = 0; i < c->n_columns && !bad; i++) {
            char *end;
            double x = strtod(part[i], &end);
            bad = end == part[i] || *end || !isfinite(x);
            c->value[c->n_rows * c->n_columns + i] = x;
            if (x != rint(x) || fabs(x) > INT32_MAX) c->whole = false;
        }
        free(part);
        if (bad) return fail(f, "%s:%d: %d numbers are due", path, line + 1, c->n_columns);
        c->n_rows++;
    }
    return c->n_columns ? 0 : fail(f, "%s: nothing in it", path);
}

int csv_read(struct csv *c, const char *path, struct fail *f)
{
    if (csv_read_any(c, path, f)) return -1;
    return c->n_rows ? 0 : fail(f, "%s: no ticks in it", path);
}

void csv_free(struct csv *c)
{
    free(c->name);
    free(c->value);
    free(c->text);
    *c = (struct csv){0};
}

int csv_column(const struct csv *c, const char *name)
{
    for (int i = 0; c->name && i < c->n_columns; i++)
        if (!strcmp(c->name[i], name)) return i;
    return -1;
}

cJSON *json_read(const char *path, struct fail *f)
{
    char *text = read_text(path, f);
    if (!text) return 0;
    cJSON *json = cJSON_Parse(text);
    free(text);
    if (!json) fail(f, "%s: not JSON", path);
    return json;
}

int json_int(const cJSON *in, const char *name, int64_t lo, int64_t hi, int32_t *to, struct fail *f)
{
    const cJSON *x = name ? cJSON_GetObjectItemCaseSensitive(in, name) : in;
    double value = cJSON_IsNumber(x) ? x->valuedouble : NAN;
    if (!(value >= (double)lo && value <= (double)hi) || value != rint(value))
        return fail(f, "%s, %g, allowed whole numbers %lld..%lld", name ? name : "a number", value,
                    (long long)lo, (long long)hi);
    *to = (int32_t)value;
    return 0;
}

void *trace_memory(struct machine_trace *t, size_t bytes)
{
    void *memory = aligned_alloc(64, (bytes + 63) / 64 * 64);
    if (!memory || t->n_memory == 8) abort();
    memset(memory, 0, (bytes + 63) / 64 * 64);
    return t->memory[t->n_memory++] = memory;
}

void trace_free(struct machine_trace *t)
{
    while (t->n_memory)
        free(t->memory[--t->n_memory]);
}

void trace_image(struct machine_trace *t, const struct law *law, const struct image_shape *shape)
{
    image_init(&t->im, law, shape, trace_memory(t, image_size(law, shape)));
}

int trace_column(const struct csv *c, const char *name, int n_out, int n, int64_t lo, int64_t hi,
                 int32_t *to, struct fail *f)
{
    int column = csv_column(c, name);
    if (column < 0) return fail(f, "no column %s", name);
    for (int tick = 0; tick < c->n_rows; tick++) {
        double x = c->value[tick * c->n_columns + column];
        if (!(x >= (double)lo && x <= (double)hi) || x != rint(x))
            return fail(f, "tick %d, %s, %g, allowed whole numbers %lld..%lld", tick, name, x,
                        (long long)lo, (long long)hi);
        to[tick * n_out + n] = (int32_t)x;
    }
    return 0;
}
