#include "twin/task/targets.h"

#include "twin/io/table_csv.h"
#include "twin/io/yaml_file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TAU = 65535 }; // ticks: as long as an item at most

static int take_readout(struct targets *g, const char *text)
{
    for (int i = 0; readout_rows[i]; i++)
        if (!strcmp(readout_rows[i]->name, text)) g->readout = readout_rows[i];
    return g->readout ? 0 : -1;
}

static int take_figure(struct targets *g, const char *text)
{
    g->merit = merit_find(text);
    return g->merit ? 0 : -1;
}

static int number(const char *text, double lo, double hi, double *to)
{
    char *end;
    *to = strtod(text, &end);
    return end > text && !*end && *to >= lo && *to <= hi ? 0 : -1;
}

static int take_tau(struct targets *g, const char *text)
{
    return number(text, 0.1, MOST_TAU, &g->tau);
}

static int take_low(struct targets *g, const char *text)
{
    return number(text, -1e9, 1e9, &g->low);
}

static int take_high(struct targets *g, const char *text)
{
    return number(text, -1e9, 1e9, &g->high);
}

static int take_skip(struct targets *g, const char *text)
{
    double x;
    if (number(text, 0, MOST_TAU, &x) || x != floor(x)) return -1;
    g->skip = (int)x;
    return 0;
}

static const struct {
    const char *name, *allowed;
    int (*take)(struct targets *g, const char *text);
    bool needed;
} keys[] = {
    {"readout", "filter", take_readout, true},
    {"tau", "0.1..65535 ticks", take_tau, true},
    {"low", "-1e9..1e9", take_low, true},
    {"high", "-1e9..1e9", take_high, true},
    {"figure", "correlation, sMAPE", take_figure, true},
    {"skip", "0..65535 whole ticks", take_skip, false},
};
enum { KEYS = sizeof keys / sizeof *keys };

static int take_key(struct targets *g, const struct yaml_file *y, const char *key, bool *had,
                    struct fail *f)
{
    const int line = yaml_line(y, key);
    for (int i = 0; i < KEYS; i++) {
        if (strcmp(key, keys[i].name) != 0) continue;
        const char *text = yaml_text(y, key);
        if (had[i]) return fail(f, "%s: `%s` stands twice", y->name, key);
        had[i] = true;
        if (text && !keys[i].take(g, text)) return 0;
        return fail(f, "%s:%d: %s: `%.80s`, allowed %s", y->name, line, key,
                    text ? text : "no text", keys[i].allowed);
    }
    return fail(f, "%s:%d: `%.80s`, allowed readout, tau, low, high, figure, skip", y->name, line,
                key);
}

static int take_all(struct targets *g, struct yaml_file *y, struct fail *f)
{
    bool had[KEYS] = {0};
    const yaml_node_t *root = yaml_document_get_root_node(&y->document);
    if (!root || root->type != YAML_MAPPING_NODE)
        return fail(f, "%s:1: allowed lines `key: value`", y->name);
    for (const yaml_node_pair_t *p = root->data.mapping.pairs.start;
         p < root->data.mapping.pairs.top; p++) {
        const yaml_node_t *key = yaml_document_get_node(&y->document, p->key);
        if (key->type != YAML_SCALAR_NODE)
            return fail(f, "%s:%d: a key that is no text", y->name, yaml_line_at(key->start_mark));
        if (take_key(g, y, (const char *)key->data.scalar.value, had, f)) return -1;
    }
    for (int i = 0; i < KEYS; i++)
        if (keys[i].needed && !had[i])
            return fail(f, "%s: `%s` is missing, allowed %s", y->name, keys[i].name,
                        keys[i].allowed);
    if (!(g->low < g->high))
        return fail(f, "%s: low %g and high %g, allowed low below high", y->name, g->low, g->high);
    return 0;
}

int targets_read_task(struct targets *g, const char *text, const char *name, struct fail *f)
{
    struct yaml_file y;
    if (yaml_open(&y, text, name, f)) return -1;
    int bad = take_all(g, &y, f);
    yaml_close(&y);
    return bad;
}

// The outputs are the columns.
static int check_outputs(const struct table *t, struct labels *outputs, struct fail *f)
{
    struct fail why;
    const bool first = !outputs->n;
    for (int i = 0; first && i < t->n_columns; i++)
        if (t->n_columns > IMAGE_MAX_NEURONS || labels_add(outputs, t->name[i], &why)) {
            labels_fini(outputs);
            return fail(f, "%s:1: output %d: %s", t->path, i,
                        t->n_columns > IMAGE_MAX_NEURONS ? "too many of them" : why.text);
        }
    if (outputs->n != t->n_columns)
        return fail(f, "%s:1: %d outputs, allowed %d", t->path, t->n_columns, outputs->n);
    for (int i = 0; i < t->n_columns; i++)
        if (strcmp(outputs->text[i], t->name[i]) != 0)
            return fail(f, "%s:1: output %d is `%.80s`, allowed `%.80s`", t->path, i, t->name[i],
                        outputs->text[i]);
    return 0;
}

static int take_row(const struct targets *g, const struct table *t, double most, double *to,
                    struct fail *f)
{
    const double top = g->low + most * (g->high - g->low);
    for (int k = 0; k < t->n_columns; k++) {
        char *end;
        to[k] = strtod(t->cell[k], &end);
        if (end == t->cell[k] || *end || !isfinite(to[k]))
            return fail(f, "%s:%d: output `%.80s` is `%.40s`, allowed finite numbers", t->path,
                        t->line, t->name[k], t->cell[k]);
        if (to[k] < g->low || to[k] > top)
            return fail(f,
                        "%s:%d: output `%.80s` is %g, allowed %g..%g: what its spikes can say, by "
                        "low and high of task.yaml",
                        t->path, t->line, t->name[k], to[k], g->low, top);
    }
    return 0;
}

static int read_rows(struct targets *g, struct table *t, double most, struct fail *f)
{
    size_t row = (size_t)g->n_out, before = (size_t)g->n_items * (size_t)g->n_ticks;
    int n = 0, more;
    while ((more = table_next(t, f)) > 0) {
        if (g->n_ticks && n == g->n_ticks)
            return fail(f, "%s: more than %d rows, allowed %d: a row a tick, as many in each item",
                        t->path, n, g->n_ticks);
        if (n == MOST_TAU)
            return fail(f, "%s: more than %d rows, allowed 1..%d", t->path, n, MOST_TAU);
        double *y = realloc(g->y, (before + (size_t)n + 1) * row * sizeof *y);
        if (!y) return fail(f, "%s: out of memory", t->path);
        g->y = y;
        if (take_row(g, t, most, y + (before + (size_t)n++) * row, f)) return -1;
    }
    if (more < 0) return -1;
    if (!n || (g->n_ticks && n != g->n_ticks))
        return fail(f, "%s: %d rows, allowed %d%s: a row a tick, as many in each item", t->path, n,
                    g->n_ticks ? g->n_ticks : 1, g->n_ticks ? "" : " and more");
    if (n <= g->skip)
        return fail(f, "%s: %d rows, allowed above %d, skip of task.yaml", t->path, n, g->skip);
    g->n_ticks = n;
    g->n_items++;
    return 0;
}

int targets_add(struct targets *g, char *text, size_t n, const char *path, struct labels *outputs,
                double most, struct fail *f)
{
    struct table t;
    if (table_open(&t, text, n, path, f) || check_outputs(&t, outputs, f)) return -1;
    g->n_out = t.n_columns;
    return read_rows(g, &t, most, f);
}

int targets_end(struct targets *g, const char *dir, struct fail *f)
{
    const double n = (double)g->n_items * (g->n_ticks - g->skip);
    for (int k = 0; k < g->n_out; k++) {
        double sum = 0, squares = 0;
        for (int pass = 0; pass < 2; pass++)
            for (int i = 0; i < g->n_items; i++)
                for (int t = g->skip; t < g->n_ticks; t++) {
                    const double y = targets_of(g, i)[t * g->n_out + k], off = y - sum / n;
                    if (pass)
                        squares += off * off;
                    else
                        sum += y;
                }
        g->variance += squares / n / g->n_out;
    }
    if (g->variance > 0) return 0;
    return fail(f, "%s/targets: all targets stand still, allowed such as change", dir);
}

void targets_fini(struct targets *g)
{
    free(g->y);
    *g = (struct targets){.n_out = 0};
}
