// Events and arrays of NumPy.
//
// .npz: `x` (clips, ticks, inputs); or `times`, `units` (events) and `offsets` (items + 1); or `times_0`,
// `units_0`, `times_1`, .. of each item. With each `labels` (items), numbers or text, and, where they
// are told, `keys`, `speakers`, `splits`.
// .npy: (clips, ticks, inputs); NAME_labels.npy, NAME_labels.csv, labels.npy or labels.csv beside it.
#include "twin/task/events/events_parts.h"

#include "twin/io/npz.h"
#include "twin/io/table_csv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// What is told of the items.
struct about {
    struct npy labels, speakers, splits;
    bool has_speakers, has_splits;
    char label[NPY_TEXT], speaker[NPY_TEXT], split[NPY_TEXT];
};

// Value i of what is told, as text.
static int text_of(const struct npy *a, size_t i, char to[NPY_TEXT], const char *place,
                   const char *what, struct fail *f)
{
    if (npy_is_text(a)) {
        if (npy_text(a, i, to))
            return fail(f, "%s: %s: no text of up to %d bytes", place, what, NPY_TEXT - 1);
    } else
        snprintf(to, NPY_TEXT, "%lld", (long long)npy_whole(a, i));
    return 0;
}

static int tell(struct events *e, struct about *a, size_t i, const char *path, int *item,
                char place[300], struct fail *f)
{
    char name[24], number[32];
    snprintf(name, sizeof name, "%zu", i);
    snprintf(place, 300, "%.240s: item %s", path, name);
    if (text_of(&a->labels, i, a->label, place, "labels", f)) return -1;
    if (a->has_speakers && text_of(&a->speakers, i, a->speaker, place, "speakers", f)) return -1;
    if (a->has_splits && text_of(&a->splits, i, a->split, place, "splits", f)) return -1;
    const char *label = npy_is_text(&a->labels)
                            ? a->label
                            : events_label(e, npy_whole(&a->labels, i), number, place, f);
    const struct item_told told = {path, name, label, a->has_speakers ? a->speaker : 0,
                                   a->has_splits ? a->split : 0};
    return label ? events_item(e, &told, item, f) : -1;
}

static bool tells(const struct npy *a)
{
    return a->n_dims == 1 && (npy_is_whole(a) || npy_is_text(a));
}

static double value(const void *context, size_t i)
{
    return npy_real(context, i);
}

static int put_arrays(struct events *e, const struct npy *x, struct about *a, const char *path,
                      struct fail *f)
{
    char place[300];
    if (x->n_dims != 3 || npy_is_text(x))
        return fail(f, "%s: %d dimensions, allowed numbers in 3: clips, ticks, inputs", path,
                    x->n_dims);
    if (a->labels.n != x->dims[0])
        return fail(f, "%s: %zu labels, allowed %llu, one a clip", path, a->labels.n,
                    (unsigned long long)x->dims[0]);
    for (size_t i = 0; i < a->labels.n; i++) {
        int item;
        if (tell(e, a, i, path, &item, place, f) ||
            events_put_array(e, item, x->dims[1], x->dims[2], value, x,
                             i * (size_t)x->dims[1] * (size_t)x->dims[2], place, f))
            return -1;
    }
    return 0;
}

// Events first..last of two arrays as an item's.
static int put_events(struct events *e, int item, const struct npy *times, const struct npy *units,
                      size_t first, size_t n, const char *place, struct fail *f)
{
    double *time = malloc((n + 1) * sizeof *time), scale;
    int64_t *unit = malloc((n + 1) * sizeof *unit);
    int bad = time && unit ? 0 : fail(f, "%s: out of memory", place);
    for (size_t i = 0; i < n && !bad; i++) {
        time[i] = npy_real(times, first + i);
        unit[i] = npy_whole(units, first + i);
    }
    if (!bad) bad = events_scale(e, npy_is_whole(times) ? TIME_TOLD : TIME_S, place, &scale, f);
    if (!bad)
        bad = events_put(e, item, time, unit, n, scale, e->ask.time == TIME_TICKS ? 0.5 : 0, place,
                         f);
    free(time);
    free(unit);
    return bad;
}

static int check_events(const struct npy *times, const struct npy *units, const char *place,
                        struct fail *f)
{
    if (times->n_dims != 1 || npy_is_text(times))
        return fail(f, "%s: times: allowed numbers in one dimension", place);
    if (units->n_dims != 1 || !npy_is_whole(units))
        return fail(f, "%s: units: allowed whole numbers in one dimension", place);
    if (times->n == units->n) return 0;
    return fail(f, "%s: %zu times, %zu units, allowed as many", place, times->n, units->n);
}

static int read_offsets(struct events *e, struct npz *z, struct about *a, struct fail *f)
{
    struct npy times, units, offsets;
    char place[300];
    if (npz_get(z, "times", &times, f) || npz_get(z, "units", &units, f) ||
        npz_get(z, "offsets", &offsets, f) || check_events(&times, &units, z->path, f))
        return -1;
    if (offsets.n_dims != 1 || !npy_is_whole(&offsets) || offsets.n != a->labels.n + 1)
        return fail(f,
                    "%s: offsets: allowed %zu whole numbers in one dimension, one more than items",
                    z->path, a->labels.n + 1);
    for (size_t i = 0; i < a->labels.n; i++) {
        int64_t from = npy_whole(&offsets, i), to = npy_whole(&offsets, i + 1);
        int item;
        bool ends = i + 1 == a->labels.n && to != (int64_t)times.n;
        if (from < 0 || to < from || to > (int64_t)times.n || (!i && from) || ends)
            return fail(f,
                        "%s: item %zu: offsets %lld..%lld, allowed ascending from 0 to %zu, the "
                        "number of events",
                        z->path, i, (long long)from, (long long)to, times.n);
        if (tell(e, a, i, z->path, &item, place, f) ||
            put_events(e, item, &times, &units, (size_t)from, (size_t)(to - from), place, f))
            return -1;
    }
    return 0;
}

static int read_each(struct events *e, struct npz *z, struct about *a, struct fail *f)
{
    char place[300], name[2][32];
    for (size_t i = 0; i < a->labels.n; i++) {
        struct npy times, units;
        int item;
        snprintf(name[0], sizeof name[0], "times_%zu", i);
        snprintf(name[1], sizeof name[1], "units_%zu", i);
        if (tell(e, a, i, z->path, &item, place, f)) return -1;
        for (int k = 0; k < 2; k++) {
            int got = npz_get(z, name[k], k ? &units : &times, f);
            if (got > 0) fail(f, "%s: no array `%s`", place, name[k]);
            if (got) return -1;
        }
        if (check_events(&times, &units, place, f) ||
            put_events(e, item, &times, &units, 0, times.n, place, f))
            return -1;
    }
    snprintf(name[0], sizeof name[0], "times_%zu", a->labels.n);
    if (npz_has(z, name[0]))
        return fail(f, "%s: `%s`, but %zu labels", z->path, name[0], a->labels.n);
    return 0;
}

static int take_about(struct events *e, struct npz *z, struct about *a, struct fail *f)
{
    struct npy keys;
    int got = npz_get(z, "labels", &a->labels, f);
    if (got > 0) return fail(f, "%s: no array `labels`", z->path);
    if (got) return -1;
    int speakers = npz_get(z, "speakers", &a->speakers, f);
    int splits = speakers < 0 ? -1 : npz_get(z, "splits", &a->splits, f);
    int has_keys = splits < 0 ? -1 : npz_get(z, "keys", &keys, f);
    if (has_keys < 0) return -1;
    a->has_speakers = !speakers;
    a->has_splits = !splits;
    const size_t n = a->labels.n;
    if (!tells(&a->labels) || (a->has_speakers && (!tells(&a->speakers) || a->speakers.n != n)) ||
        (a->has_splits && (!npy_is_text(&a->splits) || a->splits.n != n)))
        return fail(f,
                    "%s: labels, speakers, splits: allowed whole numbers or text, as many as "
                    "labels (%zu)",
                    z->path, n);
    if (has_keys) return 0;
    char(*text)[NPY_TEXT] = calloc(keys.n + 1, sizeof *text);
    const char **key = calloc(keys.n + 1, sizeof *key);
    int bad = 0;
    if (keys.n > IMAGE_MAX_NEURONS || !npy_is_text(&keys) || keys.n_dims != 1)
        bad = fail(f, "%s: keys: allowed up to %d texts", z->path, IMAGE_MAX_NEURONS);
    else if (!text || !key)
        bad = fail(f, "%s: out of memory", z->path);
    for (size_t i = 0; i < keys.n && !bad; i++) {
        bad = text_of(&keys, i, text[i], z->path, "keys", f);
        key[i] = text[i];
    }
    if (!bad) bad = events_take_keys(e, key, (int)keys.n, z->path, f);
    free(text);
    free(key);
    return bad;
}

int events_read_npz(struct events *e, const char *path, char *bytes, size_t n, struct fail *f)
{
    struct npz z;
    struct about a = {.has_speakers = false};
    struct npy x;
    if (npz_open(&z, bytes, n, path, f)) return -1;
    int bad = -1;
    const bool flat = npz_has(&z, "times") && npz_has(&z, "units");
    if (!e->items.set.n_clips && !e->items.n_passed) e->array = npz_has(&z, "x");
    if (npz_has(&z, "x") != e->array)
        fail(f, "%s: %s, the files before are others", path, e->array ? "events" : "arrays");
    else if (!e->array && !npz_has(&z, "times_0") && !(flat && npz_has(&z, "offsets")))
        fail(f,
             "%s: no array `x`, nor `times`, `units` and `offsets`, nor `times_0`, `units_0`, ..",
             path);
    else if (!take_about(e, &z, &a, f)) {
        if (!e->array)
            bad = flat ? read_offsets(e, &z, &a, f) : read_each(e, &z, &a, f);
        else if (!npz_get(&z, "x", &x, f))
            bad = put_arrays(e, &x, &a, path, f);
    }
    npz_close(&z);
    return bad;
}

// Labels of CSV, a row a clip: label, and where they are told speaker and split.
static int put_rows(struct events *e, const struct npy *x, struct table *t, const char *path,
                    struct fail *f)
{
    int label = table_column(t, "label"), speaker = table_column(t, "speaker"),
        split = table_column(t, "split"), more = 0;
    char name[24], place[300];
    size_t i = 0;
    if (label < 0) return fail(f, "%s:1: no column `label`", t->path);
    if (x->n_dims != 3 || npy_is_text(x))
        return fail(f, "%s: %d dimensions, allowed numbers in 3: clips, ticks, inputs", path,
                    x->n_dims);
    for (; (more = table_next(t, f)) > 0; i++) {
        int item;
        snprintf(name, sizeof name, "%zu", i);
        snprintf(place, sizeof place, "%.240s: item %s", path, name);
        if (i == x->dims[0]) break;
        const struct item_told told = {path, name, t->cell[label],
                                       speaker < 0 ? 0 : t->cell[speaker],
                                       split < 0 ? 0 : t->cell[split]};
        if (events_item(e, &told, &item, f) ||
            events_put_array(e, item, x->dims[1], x->dims[2], value, x,
                             i * (size_t)x->dims[1] * (size_t)x->dims[2], place, f))
            return -1;
    }
    if (more < 0) return -1;
    if (more || i != x->dims[0])
        return fail(f, "%s: %s%zu labels, allowed %llu, one a clip", t->path,
                    more ? "more than " : "", i, (unsigned long long)x->dims[0]);
    return 0;
}

static int read_labels(struct events *e, const struct npy *x, const char *path, const char *from,
                       struct fail *f)
{
    struct about a = {.has_speakers = false};
    struct table t;
    size_t n;
    char *bytes = events_file_read(e, from, &n, f);
    if (!bytes) return -1;
    int bad;
    if (!strcmp(from + strlen(from) - 4, ".csv"))
        bad = table_open(&t, bytes, n, from, f) || put_rows(e, x, &t, path, f) ? -1 : 0;
    else if ((bad = npy_parse(&a.labels, bytes, n, from, f)))
        ;
    else if (!tells(&a.labels))
        bad = fail(f, "%s: allowed whole numbers or text in one dimension", from);
    else
        bad = put_arrays(e, x, &a, path, f);
    free(bytes);
    return bad;
}

int events_read_npy(struct events *e, const char *path, char *bytes, size_t n, struct fail *f)
{
    struct npy x;
    if (npy_parse(&x, bytes, n, path, f)) return -1;
    e->array = true;
    const char *slash = strrchr(path, '/');
    int folder = slash ? (int)(slash - path) + 1 : 0, stem = (int)strlen(path) - 4;
    static const char *const ends[] = {"_labels.npy", "_labels.csv", "labels.npy", "labels.csv"};
    for (int i = 0; i < 4; i++) {
        char from[4096];
        snprintf(from, sizeof from, "%.*s%s", i < 2 ? stem : folder, path, ends[i]);
        if (!access(from, F_OK)) return read_labels(e, &x, path, from, f);
    }
    return fail(f, "%s: no labels: allowed %.*s_labels.npy, .csv, or labels.npy, .csv beside it",
                path, stem - folder, path + folder);
}
