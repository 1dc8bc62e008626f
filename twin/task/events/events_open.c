// What a path holds: one file of events or arrays, a folder of such files, or a folder of label folders.
#include "twin/task/events/events_parts.h"

#include "base/file.h"
#include "base/fnv.h"
#include "twin/io/sha256.h"
#include "twin/task/dataset_parts.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#define MOST ((size_t)8589934592) // bytes of a file

typedef int events_reader(struct events *e, const char *path, char *bytes, size_t n,
                          struct fail *f);

static const struct {
    const char *extension;
    events_reader *read; // NULL: `why` it is not
    const char *why;
} kinds[] = {
    {".h5", events_read_hdf5, 0},
    {".hdf5", events_read_hdf5, 0},
    {".npz", events_read_npz, 0},
    {".npy", events_read_npy, 0},
    {".csv", events_read_csv, 0},
    {".aedat4", 0,
     "AEDAT4 is not read: scripts/aedat4 -o OUT.npz FILE... makes .npz of it (docs/data.md)"},
    {".aedat", 0, "AEDAT is not read: its makers' tools turn it into AEDAT4 (docs/data.md)"},
    {".gz", 0, "compressed as a whole: gunzip first"},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static int kind_of(const char *name)
{
    const char *dot = strrchr(name, '.');
    for (int i = 0; dot && i < KINDS; i++)
        if (!strcasecmp(dot, kinds[i].extension)) return i;
    return -1;
}

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);
    return n >= m && !strcasecmp(name + n - m, end);
}

// Not an item's file, but what is told of those of another.
static bool tells_labels(const char *name)
{
    return ends_with(name, "labels.npy") || ends_with(name, "labels.csv");
}

char *events_file_read(struct events *e, const char *path, size_t *n, struct fail *f)
{
    char *bytes = file_read(path, MOST, n, f);
    if (!bytes) return 0;
    struct events_file *more = realloc(e->file, ((size_t)e->n_files + 1) * sizeof *more);
    char *copy = strdup(path);
    if (more) e->file = more;
    if (!more || !copy) {
        free(copy);
        free(bytes);
        fail(f, "%s: out of memory", path);
        return 0;
    }
    struct events_file *file = &e->file[e->n_files++];
    *file = (struct events_file){.path = copy};
    sha256_text(bytes, *n, file->sha256);
    return bytes;
}

static int read_file(struct events *e, const char *path, struct fail *f)
{
    int kind = kind_of(path), items = e->items.set.n_clips;
    int64_t events = e->notes.n_events;
    size_t n;
    if (kind < 0)
        return fail(f, "%s: allowed .h5, .hdf5, .npz, .npy, .csv, or a folder (docs/data.md)",
                    path);
    if (!kinds[kind].read) return fail(f, "%s: %s", path, kinds[kind].why);
    int at = e->n_files;
    char *bytes = events_file_read(e, path, &n, f);
    if (!bytes) return -1;
    int bad = kinds[kind].read(e, path, bytes, n, f);
    free(bytes);
    e->file[at].n_items = e->items.set.n_clips - items;
    e->file[at].n_events = e->notes.n_events - events;
    return bad;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int events_list(const char *dir, bool (*takes)(const char *name), char ***names, struct fail *f)
{
    DIR *folder = opendir(dir);
    int n = 0;
    *names = 0;
    if (!folder) return fail(f, "%s: %s", dir, strerror(errno));
    for (struct dirent *d; (d = readdir(folder));) {
        if (*d->d_name == '.' || !takes(d->d_name)) continue;
        char **more = realloc(*names, ((size_t)n + 1) * sizeof *more);
        if (more) *names = more;
        if (!more || !(more[n] = strdup(d->d_name))) {
            closedir(folder);
            return fail(f, "%s: out of memory", dir);
        }
        n++;
    }
    closedir(folder);
    if (n) qsort(*names, (size_t)n, sizeof **names, compare_names);
    return n;
}

void events_free_names(char **names, int n)
{
    for (int i = 0; i < n; i++)
        free(names[i]);
    free(names);
}

static bool takes_data(const char *name)
{
    return kind_of(name) >= 0 && !tells_labels(name);
}

static bool takes_sound(const char *name)
{
    return dataset_is_sound(name);
}

static bool takes_csv(const char *name)
{
    return ends_with(name, ".csv");
}

static bool takes_all(const char *name)
{
    (void)name;
    return true;
}

static bool is_folder(const char *path)
{
    struct stat st;
    return !stat(path, &st) && S_ISDIR(st.st_mode);
}

// Whether a folder in `dir` holds what is taken.
static bool below(const char *dir, bool (*takes)(const char *name))
{
    struct fail f;
    char **names, **inside;
    bool is = false;
    int n = events_list(dir, takes_all, &names, &f);
    for (int i = 0; i < n && !is; i++) {
        char *path = *names[i] == '_' ? 0 : dataset_join(dir, names[i]);
        if (path && is_folder(path)) {
            int m = events_list(path, takes, &inside, &f);
            is = m > 0;
            events_free_names(inside, m);
        }
        free(path);
    }
    events_free_names(names, n);
    return is;
}

enum layout { LAYOUT_NONE, LAYOUT_FILE, LAYOUT_FILES, LAYOUT_FOLDERS, LAYOUT_TARGETS };

static enum layout layout_of(const char *path)
{
    struct fail f;
    char **names;
    if (!is_folder(path)) return LAYOUT_FILE;
    if (events_has_targets(path)) return LAYOUT_TARGETS;
    if (below(path, takes_sound)) return LAYOUT_NONE;
    int n = events_list(path, takes_data, &names, &f);
    events_free_names(names, n);
    if (n > 0) return LAYOUT_FILES;
    return below(path, takes_csv) ? LAYOUT_FOLDERS : LAYOUT_NONE;
}

int events_are(const char *path, struct fail *f)
{
    struct stat st;
    if (stat(path, &st)) return fail(f, "%s: %s", path, strerror(errno));
    if (!S_ISDIR(st.st_mode)) return kind_of(path) >= 0;
    return layout_of(path) != LAYOUT_NONE;
}

static int read_files(struct events *e, const char *dir, struct fail *f)
{
    char **names;
    int n = events_list(dir, takes_data, &names, f), bad = n < 0 ? -1 : 0;
    for (int i = 0; i < n && !bad; i++) {
        char *path = dataset_join(dir, names[i]);
        if (!path)
            bad = fail(f, "%s: out of memory", dir);
        else if (kinds[kind_of(names[i])].read != kinds[kind_of(names[0])].read)
            bad = fail(f, "%s: of another kind than %s, allowed one kind in a folder", path,
                       names[0]);
        else
            bad = read_file(e, path, f);
        free(path);
    }
    events_free_names(names, n);
    return bad;
}

static int read_folders(struct events *e, struct fail *f)
{
    struct dataset_ask ask = e->ask.set;
    ask.events = true;
    if (dataset_open(&e->items.set, &ask, f)) return -1;
    for (int i = 0; i < e->items.set.n_clips; i++) {
        size_t n;
        char *bytes = events_file_read(e, e->items.set.clip[i].path, &n, f);
        int64_t events = e->notes.n_events;
        int bad = bytes ? events_read_clip(e, i, bytes, n, f) : -1;
        free(bytes);
        if (bad) return -1;
        e->file[i].n_items = 1;
        e->file[i].n_events = e->notes.n_events - events;
    }
    return 0;
}

// Events of a tick and unit that its word does not hold.
static int count_over(struct events *e, struct fail *f)
{
    const int most = e->most / e->one;
    int64_t *tick = malloc((size_t)e->corpus.n_in * sizeof *tick), worst = 0;
    int *count = malloc((size_t)e->corpus.n_in * sizeof *count);
    int bad = tick && count ? 0 : fail(f, "%s: out of memory", e->ask.set.dir);
    for (int item = 0; item < e->items.set.n_clips && !bad; item++) {
        int64_t over = 0;
        for (int u = 0; u < e->corpus.n_in; u++)
            tick[u] = -1;
        for (size_t i = e->first[item]; i < e->first[item + 1]; i++) {
            int64_t now = e->at[i] / 32768;
            int u = e->unit[i];
            count[u] = tick[u] == now ? count[u] + 1 : 1;
            tick[u] = now;
            over += count[u] > most;
        }
        if (over > worst) {
            worst = over;
            e->notes.over = item;
        }
        e->notes.n_over += over;
    }
    free(tick);
    free(count);
    return bad;
}

// The hash of the one file, or of what sha256sum says of all: its lines, in order.
static int hash_files(struct events *e, struct fail *f)
{
    char *text = 0;
    size_t n = 0;
    if (e->n_files == 1) {
        memcpy(e->sha256, e->file[0].sha256, sizeof e->sha256);
        return 0;
    }
    FILE *to = open_memstream(&text, &n);
    size_t dir = strlen(e->ask.set.dir) + 1;
    for (int i = 0; to && i < e->n_files; i++) {
        const char *path = e->file[i].path;
        fprintf(to, "%s  %s\n", e->file[i].sha256, strlen(path) > dir ? path + dir : path);
    }
    if (!to || fclose(to) || !text) return fail(f, "%s: out of memory", e->ask.set.dir);
    sha256_text(text, n, e->sha256);
    free(text);
    return 0;
}

// What is known once all was read.
static int end(struct events *e, bool folders, struct fail *f)
{
    struct corpus *c = &e->corpus;
    if (!folders && items_end(&e->items, &e->keys, f)) return -1;
    if (hash_files(e, f)) return -1;
    if (!e->array) {
        c->n_in = e->ask.n_in ? e->ask.n_in : e->notes.highest + 1;
        if (e->ask.n_ticks) c->n_ticks = e->ask.n_ticks;
        if (c->n_in < 1 || c->n_ticks < 1)
            return fail(f, "%s: no event in any of its %d items", e->ask.set.dir,
                        e->items.set.n_clips);
        if (count_over(e, f)) return -1;
    }
    c->grain_ms = 1e3 * e->ask.chip->tick_s;
    c->kind = &events_kind;
    c->front = e->ask.chip->front_tau_s > 0; // its neurons hear nothing else than filters' words
    const int how[] = {c->n_ticks, (int)e->ask.time};
    e->items.set.content = fnv(fnv(FNV_START, e->sha256, 64), how, sizeof how);
    c->set = e->items.set;
    e->items.set = (struct dataset){.n_clips = 0};
    return 0;
}

// What an event is in the chip's input format.
static void find_words(struct events *e)
{
    const struct chip *c = e->ask.chip;
    const struct law *law = &c->law; // the formats stand first in every law's parameters
    int bits = law_bits(law->input) - (c->kind == &lif_kind && law->input_signed);
    e->most = (int)fx_umax(bits < 8 ? bits : 8);
    const int frac = law->input.frac_bits;
    e->has_step = frac < 8 && (int)fx_umax(frac) + 1 <= e->most;
    e->one = e->has_step ? (int)fx_umax(frac) + 1 : e->most;
}

static int begin(struct events *e, const struct events_ask *ask, struct fail *f)
{
    *e = (struct events){.ask = *ask, .notes = {.highest = -1}};
    if (!chip_runs(ask->chip))
        return fail(f, "chip %s has no tick: it is run on vectors only", ask->chip->name);
    if (ask->n_ticks > EVENTS_TICKS)
        return fail(f, "--ticks: %d, allowed 1..%d of events", ask->n_ticks, EVENTS_TICKS);
    find_words(e);
    e->items.ask = &e->ask.set;
    e->corpus.n_in = ask->n_in;
    return 0;
}

struct values {
    const struct events_arrays *of;
    double unit;
};

static double value_of(const void *context, size_t i)
{
    const struct values *v = context;
    return v->of->word ? v->of->word[i] / v->unit : (double)v->of->real[i];
}

// The hash is that of the items' words.
static int take_items(struct events *e, const struct events_arrays *a, struct fail *f)
{
    const struct values v = {a, e->has_step ? e->one : e->most};
    const size_t each = (size_t)a->n_ticks * (size_t)a->n_in;
    char place[300], name[24];
    e->array = true;
    for (size_t i = 0; i < a->n; i++) {
        int item;
        snprintf(name, sizeof name, "%zu", i);
        snprintf(place, sizeof place, "%.240s: item %s", a->name, name);
        const struct item_told told = {a->name, name, a->label[i], a->speaker ? a->speaker[i] : 0,
                                       a->split == SPLIT_TRAIN        ? "train"
                                       : a->split == SPLIT_VALIDATION ? "validation"
                                       : a->split == SPLIT_TEST       ? "test"
                                                                      : 0};
        if (events_item(e, &told, &item, f) ||
            events_put_array(e, item, (uint64_t)a->n_ticks, (uint64_t)a->n_in, value_of, &v,
                             i * each, place, f))
            return -1;
    }
    e->file = calloc(1, sizeof *e->file);
    if (!e->file || !(e->file->path = strdup(a->name)))
        return fail(f, "%s: out of memory", a->name);
    e->n_files = 1;
    sha256_text((const char *)e->word, e->n, e->file->sha256);
    e->file->n_items = e->items.set.n_clips;
    e->file->n_events = e->notes.n_events;
    return 0;
}

int events_take_arrays(struct events *e, const struct events_ask *ask,
                       const struct events_arrays *a, struct fail *f)
{
    int bad = begin(e, ask, f);
    if (!bad) bad = take_items(e, a, f);
    if (!bad) bad = end(e, false, f);
    if (bad) events_close(e);
    return bad ? -1 : 0;
}

int events_open(struct events *e, const struct events_ask *ask, struct fail *f)
{
    const char *dir = ask->set.dir;
    if (begin(e, ask, f)) return -1;
    const enum layout layout = layout_of(dir);
    int bad = 0;
    if (layout == LAYOUT_FILE)
        bad = read_file(e, dir, f);
    else if (layout == LAYOUT_FILES)
        bad = read_files(e, dir, f);
    else if (layout == LAYOUT_FOLDERS)
        bad = read_folders(e, f);
    else if (layout == LAYOUT_TARGETS)
        bad = events_read_targets(e, f);
    else
        bad = fail(f, "%s: no file of events or arrays in it", dir);
    if (!bad) bad = end(e, layout == LAYOUT_FOLDERS, f);
    if (bad) events_close(e);
    return bad ? -1 : 0;
}
