#include "cli/nir/stimulus.h"

#include "cli/cli.h"

#include "base/file.h"
#include "cosim/vectors/vectors.h"
#include "twin/io/matrix_csv.h"
#include "twin/io/table_csv.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MOST_TICKS = 10000000 };
#define MOST_VALUES ((size_t)1 << 28)
#define MOST_BYTES  ((size_t)1 << 32) // of a file

static void make_room(struct shown *s, const char *path, int64_t n_ticks)
{
    if (n_ticks < 1 || n_ticks > MOST_TICKS || (size_t)n_ticks > MOST_VALUES / (size_t)s->n_in)
        cli_die("%s: %lld ticks, allowed 1..%zu for %d inputs", path, (long long)n_ticks,
                MOST_VALUES / (size_t)s->n_in < MOST_TICKS ? MOST_VALUES / (size_t)s->n_in
                                                           : (size_t)MOST_TICKS,
                s->n_in);
    s->n_ticks = (int)n_ticks;
    s->x = calloc((size_t)n_ticks * (size_t)s->n_in, sizeof *s->x);
    if (!s->x) cli_no_memory();
}

static void read_table(struct shown *s, const char *path, int n_ticks)
{
    struct matrix m;
    struct fail f;
    if (matrix_read(&m, path, &f)) cli_die("%s", f.text);
    if (m.columns < (size_t)s->n_in)
        cli_die("%s: %zu columns, the net has %d inputs (events begin with a line of names: "
                "tick or time, unit)",
                path, m.columns, s->n_in);
    if (m.columns > (size_t)s->n_in)
        cli_warn("%s: %zu columns, the first %d are the inputs, the others are left alone", path,
                 m.columns, s->n_in);
    make_room(s, path, n_ticks ? n_ticks : (int64_t)m.rows);
    for (size_t t = 0; t < m.rows && t < (size_t)s->n_ticks; t++)
        memcpy(s->x + t * (size_t)s->n_in, m.x + t * m.columns, (size_t)s->n_in * sizeof *s->x);
    matrix_fini(&m);
}

// Where a file of events has what, and how many ticks its time counts.
struct columns {
    int time, unit, value; // value -1: 1 each
    double ticks;          // of a unit of time; 0: time is ticks
};

static struct columns find_columns(const struct table *t, const struct chip *c)
{
    static const struct {
        const char *name;
        double s; // 0: ticks
    } times[] = {{"tick", 0},       {"time", 1},       {"time_s", 1},
                 {"time_ms", 1e-3}, {"time_us", 1e-6}, {"time_ns", 1e-9}};
    struct columns k = {-1, table_column(t, "unit"), table_column(t, "value"), 0};
    for (size_t i = 0; i < sizeof times / sizeof *times && k.time < 0; i++) {
        k.time = table_column(t, times[i].name);
        if (k.time >= 0 && times[i].s > 0 && !(c->tick_s > 0))
            cli_die("%s: %s has no tick: events need a column tick", t->path, c->name);
        if (k.time >= 0 && times[i].s > 0) k.ticks = times[i].s / c->tick_s;
    }
    if (k.time < 0 || k.unit < 0)
        cli_die("%s:%d: no column `%s`, allowed tick or time (time_s, time_ms, time_us, time_ns), "
                "unit, "
                "and value",
                t->path, t->line, k.time < 0 ? "time" : "unit");
    return k;
}

static double number(const struct table *t, int column)
{
    char *end;
    double x = strtod(t->cell[column], &end);
    if (end == t->cell[column] || *end || !isfinite(x))
        cli_die("%s:%d: %s `%.40s`, allowed numbers", t->path, t->line, t->name[column],
                t->cell[column]);
    return x;
}

struct event {
    int64_t tick;
    int unit;
    double value;
};

static struct event take_event(const struct table *t, const struct columns *k, int n_in,
                               int n_ticks)
{
    double when = number(t, k->time), unit = number(t, k->unit);
    double tick = k->ticks > 0 ? floor(when * k->ticks + 1e-9) : when;
    int most = n_ticks ? n_ticks : MOST_TICKS;
    if (!(tick >= 0 && tick < most && tick == floor(tick)))
        cli_die("%s:%d: %s %.9g, allowed %s0..%.9g%s", t->path, t->line, t->name[k->time], when,
                k->ticks > 0 ? "" : "whole numbers ", k->ticks > 0 ? most / k->ticks : most - 1,
                n_ticks ? " (--ticks)" : "");
    if (!(unit >= 0 && unit < n_in && unit == floor(unit)))
        cli_die("%s:%d: unit %.9g, allowed whole numbers 0..%d", t->path, t->line, unit, n_in - 1);
    return (struct event){(int64_t)tick, (int)unit, k->value < 0 ? 1 : number(t, k->value)};
}

static void read_events(struct shown *s, char *text, size_t size, const char *path,
                        const struct chip *c, int n_ticks)
{
    struct table t;
    struct fail f;
    struct event *all = 0;
    size_t n = 0, room = 0;
    int64_t last = 0;
    int more;
    if (table_open(&t, text, size, path, &f)) cli_die("%s", f.text);
    const struct columns k = find_columns(&t, c);
    while ((more = table_next(&t, &f)) > 0) {
        if (n == room) {
            room = room ? 2 * room : 1024;
            all = realloc(all, room * sizeof *all);
            if (!all) cli_no_memory();
        }
        all[n] = take_event(&t, &k, s->n_in, n_ticks);
        if (all[n].tick > last) last = all[n].tick;
        n++;
    }
    if (more < 0) cli_die("%s", f.text);
    make_room(s, path, n_ticks ? n_ticks : last + 1);
    for (size_t i = 0; i < n; i++)
        s->x[(size_t)all[i].tick * (size_t)s->n_in + (size_t)all[i].unit] += all[i].value;
    free(all);
}

static void read_vectors(struct shown *s, FILE *file, const char *path, const struct chip *c,
                         int clip)
{
    char message[1024] = "";
    struct vectors_record record;
    struct vectors_reader *r = vectors_open(file, path);
    int more, here = -1;
    if (!r) cli_no_memory();
    while ((more = vectors_next(r, &record, message, sizeof message)) > 0) {
        if (record.kind == VECTORS_SHAPE && vectors_reader_shape(r)->n_in != s->n_in)
            cli_die("%s: of a net of %d inputs, this one has %d", path,
                    vectors_reader_shape(r)->n_in, s->n_in);
        if (record.kind == VECTORS_CLIP) here = record.clip;
        if (here != clip) continue;
        if (record.kind == VECTORS_CLIP) {
            make_room(s, path, record.ticks);
            s->jitter = calloc((size_t)record.ticks, sizeof *s->jitter);
            if (!s->jitter) cli_no_memory();
        }
        if (record.kind != VECTORS_TICK) continue;
        s->jitter[record.tick] = (int16_t)record.jitter;
        for (int i = 0; i < s->n_in; i++)
            s->x[(size_t)record.tick * (size_t)s->n_in + (size_t)i] =
                ldexp(record.x[i], -c->law.input.frac_bits);
    }
    if (more < 0) cli_die("%s", message);
    vectors_close(r);
    if (!s->x) cli_die("%s: no clip %d in it", path, clip);
}

// As the chip's input words: to the nearest.
static void make_words(struct shown *s, const char *path, const struct chip *c)
{
    bool is_signed = c->kind == &lif_kind && c->law.input_signed;
    int bits = law_bits(c->law.input);
    double unit = ldexp(1, c->law.input.frac_bits);
    double lo = is_signed ? (double)fx_min(bits) : 0;
    double hi = (double)(is_signed ? fx_max(bits) : fx_umax(bits));
    size_t n = (size_t)s->n_ticks * (size_t)s->n_in;
    s->word = malloc(n * sizeof *s->word);
    s->byte = is_signed ? 0 : malloc(n);
    if (!s->word || (!is_signed && !s->byte)) cli_no_memory();
    for (size_t i = 0; i < n; i++) {
        double word = nearbyint(s->x[i] * unit);
        if (!(word >= lo && word <= hi))
            cli_die("%s: tick %zu, input %zu: %.9g, allowed %.9g..%.9g (the input words of %s)",
                    path, i / (size_t)s->n_in, i % (size_t)s->n_in, s->x[i], lo / unit, hi / unit,
                    c->name);
        s->rounded += word != s->x[i] * unit;
        s->word[i] = (int32_t)word;
        if (s->byte) s->byte[i] = (uint8_t)word;
    }
}

enum form { FORM_VECTORS, FORM_EVENTS, FORM_TABLE };

// What a file is by its first line that is no remark: vectors say so, a line of names is one of events.
static enum form form_of(const char *text)
{
    static const char mark[] = "\xEF\xBB\xBF";
    if (strncmp(text, mark, 3) == 0) text += 3;
    while (*text == '#' || isspace((unsigned char)*text))
        text += *text == '#' ? strcspn(text, "\r\n") : 1;
    if (strncmp(text, "spiketwin-vectors", 17) == 0) return FORM_VECTORS;
    bool name = isalpha((unsigned char)*text) || *text == '"';
    return name && strncasecmp(text, "nan", 3) && strncasecmp(text, "inf", 3) ? FORM_EVENTS
                                                                              : FORM_TABLE;
}

// All of standard input.
static char *read_input(size_t *size)
{
    char *text = 0, block[65536];
    FILE *to = open_memstream(&text, size);
    if (!to) cli_no_memory();
    for (size_t n; (n = fread(block, 1, sizeof block, stdin)) > 0;)
        fwrite(block, 1, n, to);
    if (ferror(stdin)) cli_die("standard input: %s", strerror(errno));
    cli_end_text(to, &text);
    return text;
}

void shown_read(struct shown *s, const char *path, const struct chip *c, int n_in, int clip,
                int n_ticks)
{
    struct fail f;
    size_t size;
    bool input = strcmp(path, "-") == 0;
    *s = (struct shown){.n_in = n_in};
    char *text = input ? read_input(&size) : file_read(path, MOST_BYTES, &size, &f);
    if (!text) cli_die("%s", f.text);
    switch (form_of(text)) {
    case FORM_EVENTS:
        read_events(s, text, size, path, c, n_ticks);
        break;
    case FORM_VECTORS: {
        FILE *file = fmemopen(text, size, "r");
        if (!file) cli_no_memory();
        read_vectors(s, file, path, c, clip);
        fclose(file);
        break;
    }
    case FORM_TABLE:
        if (input)
            cli_die("-: vectors or events are read from standard input, a table from a file");
        read_table(s, path, n_ticks);
    }
    free(text);
    make_words(s, path, c);
}

void shown_fini(struct shown *s)
{
    free(s->x);
    free(s->word);
    free(s->byte);
    free(s->jitter);
    *s = (struct shown){0};
}
