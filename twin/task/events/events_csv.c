// Events as text: a file of many items, or a file an item in a folder of its label.
//
// A line of names, then a row an event. Columns: time_s (or time), time_ms, time_us, time_ns or tick;
// unit; of a file of many items: item, label, and where they are told speaker and split. The rows of an item
// follow one another.
#include "twin/task/events/events_parts.h"

#include "twin/io/table_csv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    struct table t;
    struct events *e;
    int time, unit, item, label, speaker, split; // columns; -1: none
    double scale, offset;
    double *times; // (n) of the item that is read
    int64_t *units;
    size_t n, room;
};

static int find_columns(struct reader *r, struct fail *f)
{
    static const struct {
        const char *name;
        enum events_time unit;
    } times[] = {{"time", TIME_S},     {"time_s", TIME_S},   {"time_ms", TIME_MS},
                 {"time_us", TIME_US}, {"time_ns", TIME_NS}, {"tick", TIME_TICKS}};
    enum events_time told = TIME_TOLD;
    r->time = -1;
    for (size_t i = 0; i < sizeof times / sizeof *times && r->time < 0; i++) {
        r->time = table_column(&r->t, times[i].name);
        told = times[i].unit;
    }
    r->unit = table_column(&r->t, "unit");
    if (r->time < 0 || r->unit < 0)
        return fail(f, "%s:1: no column `%s`, allowed %s", r->t.path, r->time < 0 ? "time" : "unit",
                    r->time < 0 ? "time, time_s, time_ms, time_us, time_ns or tick" : "unit");
    if (r->e->ask.time != TIME_TOLD) told = r->e->ask.time;
    r->offset = told == TIME_TICKS ? 0.5 : 0;
    return events_scale(r->e, told, r->t.path, &r->scale, f);
}

static int add_event(struct reader *r, struct fail *f)
{
    const char *time = r->t.cell[r->time], *unit = r->t.cell[r->unit];
    char *end;
    if (r->n == r->room) {
        size_t room = r->room ? 2 * r->room : 1024;
        double *times = realloc(r->times, room * sizeof *times);
        if (times) r->times = times;
        int64_t *units = realloc(r->units, room * sizeof *units);
        if (units) r->units = units;
        if (!times || !units)
            return fail(f, "%s:%d: no memory for %zu events", r->t.path, r->t.line, room);
        r->room = room;
    }
    errno = 0;
    r->times[r->n] = strtod(time, &end);
    if (end == time || *end)
        return fail(f, "%s:%d: time `%.40s`, allowed numbers", r->t.path, r->t.line, time);
    r->units[r->n] = strtoll(unit, &end, 10);
    if (end == unit || *end || errno)
        return fail(f, "%s:%d: unit `%.40s`, allowed whole numbers", r->t.path, r->t.line, unit);
    r->n++;
    return 0;
}

static void close_reader(struct reader *r)
{
    free(r->times);
    free(r->units);
}

// The events that were read, as those of an item.
static int flush(struct reader *r, int item, const char *name, struct fail *f)
{
    char place[400];
    snprintf(place, sizeof place, "%.240s%s%.120s", r->t.path, *name ? ": item " : "", name);
    int bad = events_put(r->e, item, r->times, r->units, r->n, r->scale, r->offset, place, f);
    r->n = 0;
    return bad;
}

static const char *cell(const struct reader *r, int column)
{
    return column < 0 ? 0 : r->t.cell[column];
}

static bool same(const char *kept, const struct reader *r, int column)
{
    return column < 0 || (kept && !strcmp(kept, r->t.cell[column]));
}

int events_read_csv(struct events *e, const char *path, char *bytes, size_t n, struct fail *f)
{
    struct reader r = {.e = e};
    // Cells lie in the text, which stays: those of the item that is read.
    struct item_told told = {.name = 0};
    int item = 0, more = 0;
    if (table_open(&r.t, bytes, n, path, f) || find_columns(&r, f)) return -1;
    r.item = table_column(&r.t, "item");
    r.label = table_column(&r.t, "label");
    r.speaker = table_column(&r.t, "speaker");
    r.split = table_column(&r.t, "split");
    if (r.item < 0 || r.label < 0)
        return fail(f, "%s:1: no column `%s`, allowed item, time, unit, label", path,
                    r.item < 0 ? "item" : "label");
    int bad = 0;
    while (!bad && (more = table_next(&r.t, f)) > 0) {
        if (!told.name || strcmp(told.name, r.t.cell[r.item]) != 0) {
            if (told.name) bad = flush(&r, item, told.name, f);
            told = (struct item_told){path, r.t.cell[r.item], r.t.cell[r.label],
                                      cell(&r, r.speaker), cell(&r, r.split)};
            if (!bad) bad = events_item(e, &told, &item, f);
        } else if (!same(told.label, &r, r.label) || !same(told.speaker, &r, r.speaker) ||
                   !same(told.split, &r, r.split))
            bad = fail(f,
                       "%s:%d: item `%.80s` has another label, speaker or split in the rows before",
                       path, r.t.line, told.name);
        if (!bad) bad = add_event(&r, f);
    }
    if (!bad && more < 0) bad = -1;
    if (!bad && told.name) bad = flush(&r, item, told.name, f);
    close_reader(&r);
    return bad;
}

int events_read_clip(struct events *e, int item, char *bytes, size_t n, struct fail *f)
{
    struct reader r = {.e = e};
    int more = 0, bad = 0;
    if (table_open(&r.t, bytes, n, e->items.set.clip[item].path, f) || find_columns(&r, f))
        return -1;
    while (!bad && (more = table_next(&r.t, f)) > 0)
        bad = add_event(&r, f);
    if (!bad && more < 0) bad = -1;
    if (!bad) bad = flush(&r, item, "", f);
    close_reader(&r);
    return bad;
}
