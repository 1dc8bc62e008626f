#include "cli/nir/stimulus.h"

#include "cli/cli.h"

#include "cosim/vectors/vectors.h"
#include "twin/io/matrix_csv.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TICKS = 10000000 };
#define MOST_VALUES ((size_t)1 << 28)

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
        cli_die("%s: %zu columns, the net has %d inputs (events begin with a line tick,unit or "
                "time,unit)",
                path, m.columns, s->n_in);
    if (m.columns > (size_t)s->n_in)
        cli_warn("%s: %zu columns, the first %d are the inputs, the others are left alone", path,
                 m.columns, s->n_in);
    make_room(s, path, n_ticks ? n_ticks : (int64_t)m.rows);
    for (size_t t = 0; t < m.rows && t < (size_t)s->n_ticks; t++)
        memcpy(s->x + t * (size_t)s->n_in, m.x + t * m.columns, (size_t)s->n_in * sizeof *s->x);
    matrix_fini(&m);
}

struct event {
    int64_t tick;
    int unit;
    double value;
};

// "12,3" or "0.012,3,0.5" in a file whose first line names them.
static struct event parse_event(const char *path, long number, const char *line, double dt,
                                bool valued, int n_in)
{
    struct event e = {.value = 1};
    double when, unit;
    int used = 0;
    int n = valued ? sscanf(line, " %lf , %lf , %lf %n", &when, &unit, &e.value, &used)
                   : sscanf(line, " %lf , %lf %n", &when, &unit, &used);
    if (n != (valued ? 3 : 2) || line[used] || !isfinite(when) || !isfinite(e.value))
        cli_die("%s:%ld: %.40s: allowed %s", path, number, line,
                valued ? "time,unit,value" : "time,unit");
    double tick = dt > 0 ? floor(when / dt + 1e-9) : when;
    if (!(tick >= 0 && tick < MOST_TICKS && tick == floor(tick)))
        cli_die("%s:%ld: %s %.9g, allowed 0..%.9g", path, number, dt > 0 ? "time" : "tick", when,
                dt > 0 ? MOST_TICKS * dt : MOST_TICKS - 1);
    if (!(unit >= 0 && unit < n_in && unit == floor(unit)))
        cli_die("%s:%ld: unit %.9g, allowed 0..%d", path, number, unit, n_in - 1);
    e.tick = (int64_t)tick;
    e.unit = (int)unit;
    return e;
}

static void read_events(struct shown *s, FILE *file, const char *path, double dt, bool valued,
                        int n_ticks)
{
    struct event *all = 0;
    size_t n = 0, room = 0, size = 0;
    char *line = 0;
    int64_t last = -1;
    for (long number = 2; getline(&line, &size, file) >= 0; number++) {
        if (*line == '#' || line[strspn(line, " \t\r\n")] == 0) continue;
        if (n == room) {
            room = room ? 2 * room : 1024;
            all = realloc(all, room * sizeof *all);
            if (!all) cli_no_memory();
        }
        all[n] = parse_event(path, number, line, dt, valued, s->n_in);
        if (n_ticks && all[n].tick >= n_ticks)
            cli_die("%s:%ld: tick %lld, allowed 0..%d (--ticks)", path, number,
                    (long long)all[n].tick, n_ticks - 1);
        if (all[n].tick > last) last = all[n].tick;
        n++;
    }
    if (ferror(file)) cli_die("%s: %s", path, strerror(errno));
    make_room(s, path, n_ticks ? n_ticks : last + 1);
    for (size_t i = 0; i < n; i++)
        s->x[(size_t)all[i].tick * (size_t)s->n_in + (size_t)all[i].unit] += all[i].value;
    free(all);
    free(line);
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

void shown_read(struct shown *s, const char *path, const struct chip *c, int n_in, int clip,
                int n_ticks)
{
    char head[64] = "";
    bool time = false, tick = false;
    *s = (struct shown){.n_in = n_in};
    FILE *file = fopen(path, "r");
    if (!file) cli_die("%s: %s", path, strerror(errno));
    if (!fgets(head, sizeof head, file) && ferror(file)) cli_die("%s: %s", path, strerror(errno));
    const char *at = strncmp(head, "\xEF\xBB\xBF", 3) ? head : head + 3;
    time = strncmp(at, "time,unit", 9) == 0;
    tick = strncmp(at, "tick,unit", 9) == 0;
    if (time || tick) {
        bool valued = strncmp(at + 9, ",value", 6) == 0;
        const char *rest = at + (valued ? 15 : 9);
        if (rest[strspn(rest, "\r\n")])
            cli_die("%s:1: %.40s, allowed %.4s,unit or %.4s,unit,value", path, at, at, at);
        if (time && !(c->tick_s > 0))
            cli_die("%s: %s has no tick: events need a tick,unit", path, c->name);
        read_events(s, file, path, time ? c->tick_s : 0, valued, n_ticks);
    } else if (strncmp(at, "spiketwin-vectors", 17) == 0) {
        rewind(file);
        read_vectors(s, file, path, c, clip);
    } else
        read_table(s, path, n_ticks);
    fclose(file);
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
