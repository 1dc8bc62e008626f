// A folder of a task with targets over time: the events of its items, and what is said to each.
#include "twin/task/events/events_parts.h"

#include "twin/task/dataset_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

// Their points, and sums of a dozen of them such as attribution's, stay below 2^31.
enum { MOST_ITEMS = 4096 };

static bool is_csv(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && dot > name && !strcasecmp(dot, ".csv");
}

bool events_has_targets(const char *dir)
{
    struct stat st;
    char *path = dataset_join(dir, "targets");
    bool is = path && !stat(path, &st) && S_ISDIR(st.st_mode);
    free(path);
    return is;
}

// DIR/FOLDER/NAME, malloc'd; NULL: out of memory.
static char *path_in(const struct events *e, const char *folder, const char *name)
{
    char *in = dataset_join(e->ask.set.dir, folder);
    char *path = in ? dataset_join(in, name) : 0;
    free(in);
    return path;
}

// Of a neuron's spikes in a tick the largest share that it can keep up.
static double most_share(const struct chip *c)
{
    return c->kind == &lif_kind ? 1.0 / (1 + c->law.refractory_ticks) : 1;
}

static int read_target(struct events *e, const char *path, struct fail *f)
{
    size_t n;
    struct labels *outputs = &e->items.set.labels;
    char *text = events_file_read(e, path, &n, f);
    if (!text) return -1;
    if (e->ask.set.labels && !outputs->n && labels_copy(outputs, e->ask.set.labels, f)) {
        free(text);
        return -1;
    }
    int bad = targets_add(&e->targets, text, n, path, outputs, most_share(e->ask.chip), f);
    free(text);
    return bad;
}

static int read_events(struct events *e, const char *path, const char *name, struct fail *f)
{
    char stem[300];
    int item;
    size_t n;
    snprintf(stem, sizeof stem, "%.*s", (int)dataset_stem(name), name);
    const struct item_told told = {.file = path, .name = stem};
    if (events_item(e, &told, &item, f)) return -1;
    char *bytes = events_file_read(e, path, &n, f);
    if (!bytes) return -1;
    struct events_file *file = &e->file[e->n_files - 1];
    int64_t before = e->notes.n_events;
    int bad = events_read_clip(e, item, bytes, n, f);
    free(bytes);
    file->n_items = 1;
    file->n_events = e->notes.n_events - before;
    if (!bad && e->notes.n_late)
        return fail(f, "%s: an event in tick %.0f, allowed below %d, the rows of its targets", path,
                    e->notes.latest, e->targets.n_ticks);
    return bad;
}

static int read_item(struct events *e, const char *name, struct fail *f)
{
    char *events = path_in(e, "events", name), *target = path_in(e, "targets", name);
    int bad = events && target ? 0 : fail(f, "%s: out of memory", e->ask.set.dir);
    if (!bad && access(events, F_OK))
        bad = fail(f, "%s: without events: %s is not there", target, events);
    if (!bad && access(target, F_OK))
        bad = fail(f, "%s: without targets: %s is not there", events, target);
    if (!bad) bad = read_target(e, target, f);
    const int asked = e->ask.n_ticks;
    if (!bad && asked && asked != e->targets.n_ticks)
        bad = fail(f, "%s: %d rows, allowed %d, --ticks", target, e->targets.n_ticks, asked);
    e->ask.n_ticks = e->targets.n_ticks;
    if (!bad) bad = read_events(e, events, name, f);
    free(events);
    free(target);
    return bad;
}

static int read_task(struct events *e, struct fail *f)
{
    size_t n;
    char *path = dataset_join(e->ask.set.dir, "task.yaml");
    char *text = path ? events_file_read(e, path, &n, f) : 0;
    int bad = !path   ? fail(f, "%s: out of memory", e->ask.set.dir)
              : !text ? -1
                      : targets_read_task(&e->targets, text, e->file[e->n_files - 1].path, f);
    free(text);
    free(path);
    return bad;
}

// The names of both folders: one that is in one of them alone is told by read_item.
static int names_of(const struct events *e, char ***names, struct fail *f)
{
    char *in[2] = {dataset_join(e->ask.set.dir, "events"), dataset_join(e->ask.set.dir, "targets")};
    char **found[2] = {0};
    int n[2] = {0}, all = 0, bad = in[0] && in[1] ? 0 : fail(f, "%s: no memory", e->ask.set.dir);
    for (int i = 0; i < 2 && !bad; i++)
        bad = (n[i] = events_list(in[i], is_csv, &found[i], f)) < 0 ? -1 : 0;
    *names = bad ? 0 : malloc(((size_t)n[0] + (size_t)n[1] + 1) * sizeof **names);
    if (!bad && !*names) bad = fail(f, "%s: out of memory", e->ask.set.dir);
    for (int a = 0, b = 0; !bad && (a < n[0] || b < n[1]);) {
        const int order = a == n[0] ? 1 : b == n[1] ? -1 : strcmp(found[0][a], found[1][b]);
        (*names)[all++] = strdup(order <= 0 ? found[0][a] : found[1][b]);
        a += order <= 0;
        b += order >= 0;
    }
    for (int i = 0; i < 2; i++) {
        if (n[i] > 0) events_free_names(found[i], n[i]);
        free(in[i]);
    }
    return bad ? -1 : all;
}

int events_read_targets(struct events *e, struct fail *f)
{
    char **names;
    e->items.targets = true;
    if (e->ask.set.only)
        return fail(f, "--labels: allowed of labelled items, %s has targets", e->ask.set.dir);
    if (read_task(e, f)) return -1;
    int n = names_of(e, &names, f), bad = n < 0 ? -1 : 0;
    if (!bad && n > MOST_ITEMS)
        bad = fail(f, "%s/targets: %d items, allowed 1..%d", e->ask.set.dir, n, MOST_ITEMS);
    if (!bad && !n) bad = fail(f, "%s/targets: no .csv in it", e->ask.set.dir);
    for (int i = 0; i < n && !bad; i++)
        bad = names[i] ? read_item(e, names[i], f) : fail(f, "%s: out of memory", e->ask.set.dir);
    if (n >= 0) events_free_names(names, n);
    if (bad || targets_end(&e->targets, e->ask.set.dir, f)) return -1;
    e->corpus.targets = &e->targets;
    return 0;
}
