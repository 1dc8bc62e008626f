#include "twin/identify/recording.h"

#include "base/file.h"
#include "twin/io/table_csv.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MOST_BYTES = 1 << 28, MOST_ROWS = 1 << 20 };

const char *const recording_roles[RECORDING_ROLES + 1] = {
    "none",     "time",  "run",     "input",    "leak",       "gain", "bias",
    "membrane", "spike", "current", "current2", "refractory", 0};

// --- what a name says -----------------------------------------------------------------------------

// Longer names of a role before the shorter ones that begin them.
static const struct {
    enum recording_role role;
    const char *name;
} stems[] = {{RECORDING_TIME, "timestep"},
             {RECORDING_TIME, "time_step"},
             {RECORDING_TIME, "time_ms"},
             {RECORDING_TIME, "time_s"},
             {RECORDING_TIME, "time"},
             {RECORDING_TIME, "tick"},
             {RECORDING_TIME, "step"},
             {RECORDING_TIME, "cycle"},
             {RECORDING_TIME, "index"},
             {RECORDING_TIME, "idx"},
             {RECORDING_TIME, "ts"},
             {RECORDING_TIME, "t"},
             {RECORDING_TIME, "k"},
             {RECORDING_RUN, "run"},
             {RECORDING_RUN, "trial"},
             {RECORDING_RUN, "episode"},
             {RECORDING_RUN, "sequence"},
             {RECORDING_RUN, "clip"},
             {RECORDING_INPUT, "input_current"},
             {RECORDING_INPUT, "current_in"},
             {RECORDING_INPUT, "in_current"},
             {RECORDING_INPUT, "input_spikes"},
             {RECORDING_INPUT, "input_spike"},
             {RECORDING_INPUT, "spikes_in"},
             {RECORDING_INPUT, "spike_in"},
             {RECORDING_INPUT, "in_spikes"},
             {RECORDING_INPUT, "in_spike"},
             {RECORDING_INPUT, "stimulus"},
             {RECORDING_INPUT, "inputs"},
             {RECORDING_INPUT, "input"},
             {RECORDING_INPUT, "events"},
             {RECORDING_INPUT, "event"},
             {RECORDING_INPUT, "drive"},
             {RECORDING_INPUT, "stim"},
             {RECORDING_INPUT, "i_ext"},
             {RECORDING_INPUT, "iext"},
             {RECORDING_INPUT, "i_in"},
             {RECORDING_INPUT, "x_in"},
             {RECORDING_INPUT, "i_t"},
             {RECORDING_INPUT, "isum"},
             {RECORDING_INPUT, "inp"},
             {RECORDING_INPUT, "in"},
             {RECORDING_INPUT, "x"},
             {RECORDING_LEAK, "leak_k"},
             {RECORDING_LEAK, "leak"},
             {RECORDING_LEAK, "lambda"},
             {RECORDING_GAIN, "gain_k"},
             {RECORDING_GAIN, "gain"},
             {RECORDING_GAIN, "weights"},
             {RECORDING_GAIN, "weight"},
             {RECORDING_GAIN, "w"},
             {RECORDING_BIAS, "noise_in"},
             {RECORDING_BIAS, "noise"},
             {RECORDING_BIAS, "bias"},
             {RECORDING_MEMBRANE, "membrane_potential"},
             {RECORDING_MEMBRANE, "membrane"},
             {RECORDING_MEMBRANE, "potential"},
             {RECORDING_MEMBRANE, "voltage"},
             {RECORDING_MEMBRANE, "v_mem"},
             {RECORDING_MEMBRANE, "u_mem"},
             {RECORDING_MEMBRANE, "vmem"},
             {RECORDING_MEMBRANE, "mem"},
             {RECORDING_MEMBRANE, "v_m"},
             {RECORDING_MEMBRANE, "vm"},
             {RECORDING_MEMBRANE, "v_t"},
             {RECORDING_MEMBRANE, "v"},
             {RECORDING_CURRENT2, "isyn2"},
             {RECORDING_CURRENT2, "i_syn2"},
             {RECORDING_CURRENT2, "u2"},
             {RECORDING_CURRENT, "synaptic_current"},
             {RECORDING_CURRENT, "syn_current"},
             {RECORDING_CURRENT, "isyn1"},
             {RECORDING_CURRENT, "i_syn"},
             {RECORDING_CURRENT, "isyn"},
             {RECORDING_CURRENT, "current"},
             {RECORDING_CURRENT, "syn"},
             {RECORDING_CURRENT, "u"},
             {RECORDING_REFRACTORY, "refractory_counter"},
             {RECORDING_REFRACTORY, "refractory_count"},
             {RECORDING_REFRACTORY, "refractory"},
             {RECORDING_REFRACTORY, "ref_count"},
             {RECORDING_REFRACTORY, "ref_cnt"},
             {RECORDING_REFRACTORY, "refrac"},
             {RECORDING_REFRACTORY, "counter"},
             {RECORDING_REFRACTORY, "refr"},
             {RECORDING_REFRACTORY, "ref"},
             {RECORDING_REFRACTORY, "rc"},
             {RECORDING_REFRACTORY, "r"},
             {RECORDING_SPIKE, "spikes"},
             {RECORDING_SPIKE, "spike"},
             {RECORDING_SPIKE, "fired"},
             {RECORDING_SPIKE, "fire"},
             {RECORDING_SPIKE, "output"},
             {RECORDING_SPIKE, "out"},
             {RECORDING_SPIKE, "spk"},
             {RECORDING_SPIKE, "z"},
             {RECORDING_SPIKE, "s"},
             {RECORDING_SPIKE, "y"},
             {RECORDING_INPUT, "i"}};
enum { STEMS = sizeof stems / sizeof *stems };

// Small letters and digits, all else one '_' between them.
static void plain_name(char to[RECORDING_NAME], const char *from)
{
    int n = 0;
    for (; *from && n < RECORDING_NAME - 1; from++) {
        if (isalnum((unsigned char)*from))
            to[n++] = (char)tolower((unsigned char)*from);
        else if (n && to[n - 1] != '_')
            to[n++] = '_';
    }
    while (n && to[n - 1] == '_')
        n--;
    to[n] = 0;
}

// What is behind a stem, or NULL: the name does not begin with it.
static const char *behind(const char *name, const char *stem)
{
    size_t n = strlen(stem);
    if (strncmp(name, stem, n)) return 0;
    const char *rest = name + n;
    if (*rest == '_') return rest + 1;
    return !*rest || isdigit((unsigned char)*rest) ? rest : 0;
}

static bool read_stem(struct recording_column *c, const char *name)
{
    for (int i = 0; i < STEMS; i++) {
        const char *key = behind(name, stems[i].name);
        if (!key) continue;
        c->role = stems[i].role;
        snprintf(c->key, sizeof c->key, "%s", key);
        return true;
    }
    return false;
}

// "neuron0_v", "n0_v", "0_v": the neuron before the word.
static void read_name(struct recording_column *c)
{
    char plain[RECORDING_NAME];
    plain_name(plain, c->name);
    if (read_stem(c, plain)) return;
    char *word = strchr(plain, '_');
    if (!word) return;
    *word++ = 0;
    if (read_stem(c, word) && !*c->key) snprintf(c->key, sizeof c->key, "%s", plain);
}

static int find(const struct recording *r, enum recording_role role, const char *key)
{
    for (int i = 0; i < r->n_columns; i++)
        if (r->column[i].role == role && (!key || !strcmp(r->column[i].key, key))) return i;
    return -1;
}

// Names that other columns make clear: u alone is a membrane, isyn2 beside isyn1 the third neuron's.
static void settle(struct recording *r)
{
    for (int i = 0; i < r->n_columns; i++) {
        struct recording_column *c = &r->column[i];
        if (c->role == RECORDING_CURRENT2 && find(r, RECORDING_CURRENT, c->key) < 0) {
            c->role = RECORDING_CURRENT;
            snprintf(c->key, sizeof c->key, "2");
        }
    }
    const bool membranes = find(r, RECORDING_MEMBRANE, 0) >= 0;
    const bool inputs = find(r, RECORDING_INPUT, 0) >= 0;
    for (int i = 0; i < r->n_columns; i++) {
        struct recording_column *c = &r->column[i];
        if (c->role != RECORDING_CURRENT) continue;
        char plain[RECORDING_NAME];
        plain_name(plain, c->name);
        if (!membranes && plain[0] == 'u') c->role = RECORDING_MEMBRANE;
        if (membranes && !inputs && (plain[0] == 'c' || !strcmp(plain, "isyn")))
            c->role = RECORDING_INPUT;
    }
    if (!inputs &&
        find(r, RECORDING_INPUT, 0) < 0) // weights that no event goes with are what comes in
        for (int i = 0; i < r->n_columns; i++)
            if (r->column[i].role == RECORDING_GAIN) r->column[i].role = RECORDING_INPUT;
    int only = find(r, RECORDING_MEMBRANE, 0); // one neuron has whatever states there are
    for (int i = only + 1; only >= 0 && i < r->n_columns; i++)
        if (r->column[i].role == RECORDING_MEMBRANE) only = -2;
    for (int i = 0; only >= 0 && i < r->n_columns; i++) {
        struct recording_column *c = &r->column[i];
        if (c->role >= RECORDING_SPIKE && c->role <= RECORDING_REFRACTORY &&
            strcmp(c->key, r->column[only].key) && find(r, c->role, r->column[only].key) < 0)
            memcpy(c->key, r->column[only].key, sizeof c->key);
    }
}

static int settle_told(struct recording *r, const char *path, const char *told, struct fail *f)
{
    const char *is = strrchr(told, '=');
    int role = 0;
    while (is && recording_roles[role] && strcmp(recording_roles[role], is + 1))
        role++;
    if (!is || !recording_roles[role])
        return fail(f,
                    "%.80s: allowed NAME=ROLE, with a role of none, time, run, input, leak, "
                    "gain, bias, membrane, spike, current, current2, refractory",
                    told);
    for (int i = 0; i < r->n_columns; i++)
        if (strlen(r->column[i].name) == (size_t)(is - told) &&
            !strncmp(r->column[i].name, told, (size_t)(is - told))) {
            r->column[i].role = (enum recording_role)role;
            return 0;
        }
    return fail(f, "%s: no column `%.*s`", path, (int)(is - told), told);
}

// --- numbers --------------------------------------------------------------------------------------

static bool read_number(const char *cell, double *x, double *half_digit)
{
    static const char *const no[] = {"false", "no"}, *const yes[] = {"true", "yes"};
    *half_digit = 0;
    for (int i = 0; i < 2; i++) {
        if (!strcasecmp(cell, no[i])) return *x = 0, true;
        if (!strcasecmp(cell, yes[i])) return *x = 1, true;
    }
    char *end;
    if (!*cell || strpbrk(cell, "xXpP")) return false;
    *x = strtod(cell, &end);
    if (end == cell || *end || !(fabs(*x) <= 0x1p53)) return false;
    const char *point = strchr(cell, '.'), *e = strpbrk(cell, "eE");
    int digits = point ? (int)strspn(point + 1, "0123456789") : 0;
    int exponent = e ? (int)strtol(e + 1, 0, 10) : 0;
    if (!digits && !e) return true; // a whole number
    *half_digit = 0.5;
    for (int i = 0; i<digits - exponent && * half_digit> 1e-30; i++)
        *half_digit /= 10;
    return true;
}

static bool fits(const struct recording_column *c, const double *half_digit, int n, int frac,
                 bool exact)
{
    for (int i = 0; i < n; i++) {
        double y = ldexp(c->x[i], frac), off = fabs(y - rint(y));
        double may = exact ? 0 : ldexp(half_digit[i], frac) * 1.0001;
        if (fabs(y) > 9e15 || off > may || may > 0.05) return false;
    }
    return true;
}

static void to_words(struct recording_column *c, const double *half_digit, int n)
{
    c->frac = -1;
    for (int inexact = 0; inexact < 2 && c->frac < 0; inexact++)
        for (int frac = 0; frac <= RECORDING_FRACTION && c->frac < 0; frac++)
            if (fits(c, half_digit, n, frac, !inexact)) {
                c->frac = frac;
                c->exact = !inexact;
            }
    for (int i = 0; i < n && c->frac >= 0; i++)
        c->word[i] = (int64_t)rint(ldexp(c->x[i], c->frac));
}

// --- the table ------------------------------------------------------------------------------------

// A table whose cells are apart by semicolons or tabs is one of commas.
static void use_commas(char *text)
{
    char *at = text;
    while (*at == '#' || *at == '\r' || *at == '\n')
        at += *at == '#' ? strcspn(at, "\r\n") : 1;
    size_t n = strcspn(at, "\r\n");
    if (memchr(at, ',', n)) return;
    const char apart = memchr(at, ';', n) ? ';' : '\t';
    if (!memchr(at, apart, n)) return;
    for (; *at; at++)
        if (*at == apart) *at = ',';
}

// How many numbers the first row has; 0: it is names.
static int numbers_first(const char *text)
{
    if (!strncmp(text, "\xEF\xBB\xBF", 3)) text += 3;
    while (*text == '#' || *text == '\r' || *text == '\n')
        text += *text == '#' ? strcspn(text, "\r\n") : 1;
    int n = 0;
    for (;;) {
        char cell[48], *from = cell;
        double x, half;
        size_t size = strcspn(text, ",\r\n");
        snprintf(cell, sizeof cell, "%.*s", (int)(size < 47 ? size : 47), text);
        from += strspn(from, " \t");
        from[strcspn(from, " \t")] = 0;
        if (!read_number(from, &x, &half)) return 0;
        n++;
        text += size;
        if (*text != ',') return n;
        text++;
    }
}

static bool counts(const struct recording_column *c, int n)
{
    bool any = false;
    for (int i = 0; i < n; i++) {
        if (c->x[i] < 0 || c->x[i] > 63 || c->x[i] != rint(c->x[i])) return false;
        any |= c->x[i] > 0;
    }
    return any || n < 2;
}

static bool rises(const struct recording_column *c, int n)
{
    for (int i = 1; i < n; i++)
        if (!(c->x[i] > c->x[i - 1])) return false;
    return n > 2;
}

// A table without names: [time,] input, membrane[, spikes].
static int name_by_place(struct recording *r, const char *path, struct fail *f)
{
    struct recording_column *c = r->column;
    int n = r->n_columns;
    if (n > 2 && rises(c, r->n_rows)) {
        c++->role = RECORDING_TIME;
        n--;
    }
    if (n < 2 || n > 3)
        return fail(f,
                    "%s: %d columns without names, allowed input, membrane and spikes, time "
                    "before them or not; name them in the first line",
                    path, r->n_columns);
    c[0].role = RECORDING_INPUT;
    c[1].role = RECORDING_MEMBRANE;
    if (n == 3) c[2].role = RECORDING_SPIKE;
    if (n == 3 && !counts(&c[2], r->n_rows) && counts(&c[1], r->n_rows)) {
        c[1].role = RECORDING_SPIKE;
        c[2].role = RECORDING_MEMBRANE;
    }
    return 0;
}

static bool a_tick_later(double from, double to, double step)
{
    return fabs(to - from - step) <= step / 4;
}

// A row a tick: time goes on by one step, or back to where it began, with which another run begins.
static int find_runs(struct recording *r, struct fail *f)
{
    const int time = find(r, RECORDING_TIME, 0), run = find(r, RECORDING_RUN, 0);
    const double *t = time >= 0 ? r->column[time].x : 0;
    double step = 0;
    for (int i = 1; t && i < r->n_rows && !step; i++)
        step = t[i] > t[i - 1] ? t[i] - t[i - 1] : 0;
    r->n_runs = 0;
    for (int i = 0; i < r->n_rows; i++) {
        const bool told = i && run >= 0 && r->column[run].x[i] != r->column[run].x[i - 1];
        const bool back = i && t && t[i] < t[i - 1] && t[i] == t[0];
        r->begins[i] = !i || told || back;
        r->n_runs += r->begins[i];
        if (!t || r->begins[i] || (step && a_tick_later(t[i - 1], t[i], step))) continue;
        if (!step)
            return fail(f,
                        "%s:%d: %s, %.15g, allowed a time that goes on; say %s=none if it is none",
                        r->path, r->line[i], r->column[time].name, t[i], r->column[time].name);
        return fail(f, "%s:%d: %s, %.15g, allowed %.15g, a tick later, or %.15g, another run",
                    r->path, r->line[i], r->column[time].name, t[i], t[i - 1] + step, t[0]);
    }
    return 0;
}

static int room(struct recording *r, int rows, double **half_digit)
{
    size_t n = (size_t)r->n_columns, m = (size_t)rows;
    r->memory = malloc(n * m * 24 + m * (sizeof(int) + 1) + 64);
    if (!r->memory) return -1;
    double *x = r->memory;
    for (size_t i = 0; i < n; i++)
        r->column[i].x = x + i * m;
    *half_digit = x + n * m;
    int64_t *word = (int64_t *)(x + 2 * n * m);
    for (size_t i = 0; i < n; i++)
        r->column[i].word = word + i * m;
    r->line = (int *)(word + n * m);
    r->begins = (bool *)(r->line + m);
    return 0;
}

static int read_rows(struct recording *r, struct table *t, int rows, double *half_digit,
                     struct fail *f)
{
    for (;;) {
        int more = table_next(t, f);
        if (more <= 0) return more;
        for (int i = 0; i < r->n_columns; i++) {
            struct recording_column *c = &r->column[i];
            if (!read_number(t->cell[i], &c->x[r->n_rows],
                             &half_digit[(size_t)i * (size_t)rows + (size_t)r->n_rows]))
                return fail(f, "%s:%d: %.40s, `%.40s`, allowed a number of at most 2^53 in size",
                            t->path, t->line, c->name, t->cell[i]);
        }
        r->line[r->n_rows++] = t->line;
    }
}

int recording_read_text(struct recording *r, char *text, size_t n, const char *name,
                        const char *const *told, int n_told, struct fail *f)
{
    struct table t;
    *r = (struct recording){.path = name};
    use_commas(text);
    int unnamed = numbers_first(text), rows = 2;
    for (const char *at = text; (at = strpbrk(at, "\r\n")); at++)
        rows++;
    if (rows > MOST_ROWS) return fail(f, "%s: %d lines, allowed %d", name, rows - 2, MOST_ROWS);
    r->named = !unnamed;
    char *with_names = 0;
    if (unnamed) {
        size_t size = n + (size_t)unnamed * 8 + 8, used = 0;
        with_names = malloc(size);
        if (!with_names) return fail(f, "out of memory");
        for (int i = 0; i < unnamed && used < size - n - 4; i++)
            used += (size_t)snprintf(with_names + used, size - used, "%sc%d", i ? "," : "", i + 1);
        with_names[used++] = '\n';
        bool mark = n >= 3 && !memcmp(text, "\xEF\xBB\xBF", 3);
        memcpy(with_names + used, text + (mark ? 3 : 0), n - (mark ? 3 : 0) + 1);
        text = with_names;
        n += used - (mark ? 3 : 0);
    }
    int rc = table_open(&t, text, n, name, f);
    double *half_digit = 0;
    if (unnamed) t.line--;
    if (rc == 0) {
        r->n_columns = t.n_columns;
        r->column = calloc((size_t)t.n_columns, sizeof *r->column);
        if (!r->column || room(r, rows, &half_digit)) rc = fail(f, "out of memory");
    }
    for (int i = 0; rc == 0 && i < r->n_columns; i++)
        snprintf(r->column[i].name, RECORDING_NAME, "%s", t.name[i]);
    if (rc == 0) rc = read_rows(r, &t, rows, half_digit, f);
    free(with_names);
    if (rc) return -1;
    if (r->n_rows < 2) return fail(f, "%s: %d ticks in it, allowed 2 or more", name, r->n_rows);
    for (int i = 0; i < r->n_columns; i++) {
        to_words(&r->column[i], half_digit + (size_t)i * (size_t)rows, r->n_rows);
        if (!unnamed) read_name(&r->column[i]);
    }
    if (unnamed && !n_told && name_by_place(r, name, f)) return -1;
    if (!unnamed) settle(r);
    for (int i = 0; i < n_told; i++)
        if (settle_told(r, name, told[i], f)) return -1;
    if (find(r, RECORDING_MEMBRANE, 0) < 0)
        return fail(f,
                    "%s: no column is a membrane by its name, such as v, vmem or membrane; say "
                    "which: --column NAME=membrane",
                    name);
    return find_runs(r, f);
}

int recording_read(struct recording *r, const char *path, const char *const *told, int n_told,
                   struct fail *f)
{
    size_t n;
    *r = (struct recording){0};
    char *text = file_read(path, MOST_BYTES, &n, f);
    if (!text) return -1;
    int rc = recording_read_text(r, text, n, path, told, n_told, f);
    free(text);
    return rc;
}

void recording_fini(struct recording *r)
{
    free(r->memory);
    free(r->column);
    *r = (struct recording){0};
}
