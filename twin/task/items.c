#include "twin/task/items.h"

#include "base/fnv.h"
#include "model/lif/image.h"
#include "twin/task/dataset_parts.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { VALIDATION_PERCENT = 20 };

static int split_of(const char *word, size_t n)
{
    static const struct {
        const char *word;
        enum dataset_split split;
    } words[] = {{"train", SPLIT_TRAIN},      {"training", SPLIT_TRAIN},
                 {"valid", SPLIT_VALIDATION}, {"validation", SPLIT_VALIDATION},
                 {"val", SPLIT_VALIDATION},   {"validate", SPLIT_VALIDATION},
                 {"test", SPLIT_TEST},        {"testing", SPLIT_TEST}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i].word) == n && !strncasecmp(words[i].word, word, n))
            return (int)words[i].split;
    return -1;
}

static const char *last_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

// By the words of a file's name; -1: none says it, or two say otherwise.
static int split_of_file(const char *file)
{
    int split = -1;
    for (const char *at = last_name(file); *at;) {
        size_t n = 0;
        while (isalpha((unsigned char)at[n]))
            n++;
        int says = n ? split_of(at, n) : -1;
        if (says >= 0 && split >= 0 && says != split) return -1;
        if (says >= 0) split = says;
        at += n ? n : 1;
    }
    return split;
}

static int label_of(struct items *x, const struct item_told *t, struct fail *f)
{
    struct labels *l = &x->set.labels;
    char shown[300];
    if (!t->label) return 0;
    int at = labels_find(l, t->label);
    if (at >= 0) return at;
    dataset_shown(t->label, shown, sizeof shown);
    if (x->ask->labels && x->ask->only) return ITEM_PASSED;
    if (x->ask->labels)
        return fail(f,
                    "%s: item %.80s: label `%s`, allowed the %d of the net (--labels names them, "
                    "and passes over others)",
                    t->file, t->name, shown, l->n);
    if (l->n == IMAGE_MAX_NEURONS)
        return fail(f, "%s: item %.80s: label `%s`, allowed are %d labels", t->file, t->name, shown,
                    IMAGE_MAX_NEURONS);
    struct fail why;
    if (labels_add(l, t->label, &why))
        return fail(f, "%s: item %.80s: %s", t->file, t->name, why.text);
    return l->n - 1;
}

static int side_of(struct items *x, struct dataset_clip *c, const struct item_told *t,
                   struct fail *f)
{
    int split = t->split ? split_of(t->split, strlen(t->split)) : split_of_file(t->file);
    if (t->split && split < 0)
        return fail(f, "%s: item %.80s: split %.40s, allowed train, validation, test", t->file,
                    t->name, t->split);
    if (split < 0) {
        uint64_t draw = fnv(c->speaker, "validation", 10);
        split = (int)(draw % 100) < VALIDATION_PERCENT ? SPLIT_VALIDATION : SPLIT_TRAIN;
        x->n_hashed++;
    }
    c->split = (enum dataset_split)split;
    if (split == SPLIT_TRAIN && (int)(c->speaker % 100) < x->ask->held_percent)
        c->split = SPLIT_HELD;
    return 0;
}

// "FILE/LABEL/NAME": what messages and lists call it; of an item that is a file, the file.
static char *path_of(const struct item_told *t)
{
    if (!t->label) return strdup(t->file);
    size_t room = strlen(t->file) + strlen(t->label) + strlen(t->name) + 3;
    char *path = malloc(room);
    if (path) snprintf(path, room, "%s/%s/%s", t->file, t->label, t->name);
    return path;
}

static char *who_of(const struct item_told *t)
{
    if (t->speaker) return strdup(t->speaker);
    return dataset_join(last_name(t->file), t->name);
}

static int make_room(struct dataset *d, struct fail *f)
{
    if (d->n_clips & (d->n_clips - 1)) return 0; // full at every power of two
    size_t room = d->n_clips ? 2 * (size_t)d->n_clips : 1;
    struct dataset_clip *more = realloc(d->clip, room * sizeof *more);
    if (!more) return fail(f, "%d items: out of memory", d->n_clips);
    d->clip = more;
    return 0;
}

int items_add(struct items *x, const struct item_told *t, struct fail *f)
{
    struct dataset *d = &x->set;
    if (x->ask->labels && !d->labels.n && labels_copy(&d->labels, x->ask->labels, f)) return -1;
    if (!labels_utf8(t->name, strlen(t->name)) || !*t->name)
        return fail(f, "%s: item %d: its name is empty or not UTF-8", t->file, d->n_clips);
    int label = label_of(x, t, f);
    x->n_passed += label == ITEM_PASSED;
    if (label < 0) return label;
    if (make_room(d, f)) return -1;
    struct dataset_clip *c = &d->clip[d->n_clips];
    const char *file = last_name(t->file);
    uint64_t id = fnv(FNV_START, t->label ? t->label : "", t->label ? strlen(t->label) + 1 : 1);
    id = fnv(id, file, strlen(file) + 1);
    *c = (struct dataset_clip){.path = path_of(t),
                               .label = label,
                               .who = who_of(t),
                               .alone = !t->speaker,
                               .id = fnv(id, t->name, strlen(t->name))};
    d->n_clips++;
    if (!c->path || !c->who) return fail(f, "%s: item %.80s: out of memory", t->file, t->name);
    if (t->speaker && (!labels_utf8(c->who, strlen(c->who)) || !*c->who))
        return fail(f, "%s: item %.80s: its speaker is empty or not UTF-8", t->file, t->name);
    c->speaker = fnv(FNV_START, c->who, strlen(c->who));
    d->notes.n_nameless += c->alone;
    if (side_of(x, c, t, f)) return -1;
    d->n_split[c->split]++;
    return d->n_clips - 1;
}

static bool is_number(const char *text)
{
    size_t n = strlen(text);
    return n > 0 && n < 10 && strspn(text, "0123456789") == n;
}

static int compare_labels(const void *a, const void *b)
{
    const char *x = *(char *const *)a, *y = *(char *const *)b;
    if (is_number(x) && is_number(y) && atoi(x) != atoi(y)) return atoi(x) - atoi(y);
    if (is_number(x) != is_number(y)) return is_number(x) ? -1 : 1;
    return strcmp(x, y);
}

// The labels in their order, and the items' by it.
static int sort_labels(struct items *x, const struct labels *keys, struct fail *f)
{
    struct dataset *d = &x->set;
    struct labels old = d->labels;
    int *to = malloc(((size_t)old.n + 1) * sizeof *to), n = 0;
    char **text = malloc(((size_t)old.n + 1) * sizeof *text);
    if (!to || !text) {
        free(to);
        free(text);
        return fail(f, "labels: out of memory");
    }
    for (int k = 0; keys && k < keys->n; k++) {
        int at = labels_find(&old, keys->text[k]);
        if (at >= 0) text[n++] = old.text[at];
    }
    if (n < old.n) {
        memcpy(text, old.text, (size_t)old.n * sizeof *text);
        qsort(text, (size_t)old.n, sizeof *text, compare_labels);
    }
    const struct labels sorted = {old.n, text};
    for (int i = 0; i < old.n; i++)
        to[i] = labels_find(&sorted, old.text[i]);
    for (int i = 0; i < d->n_clips; i++)
        d->clip[i].label = to[d->clip[i].label];
    memcpy(old.text, text, (size_t)old.n * sizeof *text);
    free(text);
    free(to);
    return 0;
}

static int compare_ids(const void *a, const void *b)
{
    const struct dataset_clip *x = *(struct dataset_clip *const *)a;
    const struct dataset_clip *y = *(struct dataset_clip *const *)b;
    return x->id != y->id ? (x->id > y->id ? 1 : -1) : (x > y) - (x < y);
}

static enum dataset_split side(const struct dataset_clip *c)
{
    return c->split == SPLIT_HELD ? SPLIT_TRAIN : c->split;
}

static int compare_speakers(const void *a, const void *b)
{
    const struct dataset_clip *x = *(struct dataset_clip *const *)a;
    const struct dataset_clip *y = *(struct dataset_clip *const *)b;
    int order = strcmp(x->who, y->who);
    if (!order) order = (int)x->split - (int)y->split;
    return order ? order : (x > y) - (x < y);
}

// The same item twice, and speakers of each split and of two sides.
static int check_items(struct items *x, const struct dataset_clip **by, struct fail *f)
{
    struct dataset *d = &x->set;
    size_t n = (size_t)d->n_clips;
    for (size_t i = 0; i < n; i++)
        by[i] = &d->clip[i];
    qsort(by, n, sizeof *by, compare_ids);
    for (size_t i = 1; i < n; i++)
        if (by[i]->id == by[i - 1]->id)
            return fail(f, "%s: told twice; the events of an item have to follow one another",
                        by[i]->path);
    qsort(by, n, sizeof *by, compare_speakers);
    for (size_t i = 0; i < n; i++) {
        const struct dataset_clip *before = i ? by[i - 1] : 0, *c = by[i];
        bool first = !before || strcmp(before->who, c->who) != 0;
        if (first || before->split != c->split) d->n_speakers[c->split]++;
        x->n_speakers += first && !c->alone;
        x->n_shared += !first && side(before) != side(c);
    }
    return 0;
}

int items_end(struct items *x, const struct labels *keys, struct fail *f)
{
    struct dataset *d = &x->set;
    if (!d->n_clips)
        return fail(f, "%s: no items%s", x->ask->dir, x->n_passed ? " of these labels" : "");
    if (!x->ask->labels && !x->targets && d->labels.n < 2)
        return fail(f, "%s: one label (`%s`), allowed is 2 or more", x->ask->dir,
                    d->labels.text[0]);
    if (d->notes.n_nameless < d->n_clips) d->speakers = SPEAKERS_BY_FILE;
    if (!x->ask->labels && !x->targets && sort_labels(x, keys, f)) return -1;
    const struct dataset_clip **by = malloc((size_t)d->n_clips * sizeof *by);
    if (!by) return fail(f, "%d items: out of memory", d->n_clips);
    int bad = check_items(x, by, f);
    free(by);
    return bad;
}
