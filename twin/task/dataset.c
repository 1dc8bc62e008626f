#include "twin/task/dataset.h"

#include "base/fnv.h"
#include "twin/task/dataset_parts.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const dataset_split_names[DATASET_SPLITS] = {"train", "held", "validation", "test"};

uint64_t dataset_hash(const struct dataset *d)
{
    uint64_t h = FNV_START;
    for (int i = 0; i < d->labels.n; i++)
        h = fnv(h, d->labels.text[i], strlen(d->labels.text[i]) + 1);
    for (int i = 0; i < d->n_clips; i++) {
        const struct dataset_clip *c = &d->clip[i];
        const char *name = strrchr(c->path, '/') + 1;
        const char mark[2] = {(char)c->label, (char)c->split};
        h = fnv(fnv(h, name, strlen(name) + 1), mark, sizeof mark);
        if (c->label > UINT8_MAX) h = fnv(h, &c->label, sizeof c->label);
        if (d->speakers != SPEAKERS_BY_NAME) h = fnv(h, c->who, strlen(c->who) + 1);
    }
    return d->content ? fnv(h, &d->content, sizeof d->content) : h;
}

static int add_clip(struct dataset *d, const char *folder, const char *name, int label,
                    struct fail *f)
{
    char shown[300];
    if (!labels_utf8(name, strlen(name)) || strlen(name) >= sizeof shown)
        return fail(f, "%s/%s: the file's name is not UTF-8", folder,
                    dataset_shown(name, shown, sizeof shown));
    if (strcmp(dataset_shown(name, shown, sizeof shown), name) != 0)
        return fail(f, "%s/%s: a control character in the file's name", folder, shown);
    if ((d->n_clips & (d->n_clips - 1)) == 0) { // full at every power of two
        size_t room = d->n_clips ? 2 * (size_t)d->n_clips : 1;
        struct dataset_clip *more = realloc(d->clip, room * sizeof *d->clip);
        if (!more) return fail(f, "%s: out of memory", folder);
        d->clip = more;
    }
    const char *text = d->labels.text[label];
    uint64_t id = fnv(FNV_START, text, strlen(text) + 1);
    struct dataset_clip *c = &d->clip[d->n_clips];
    *c = (struct dataset_clip){.path = dataset_join(folder, name),
                               .label = label,
                               .id = fnv(id, name, dataset_stem(name))};
    if (!c->path) return fail(f, "%s: out of memory", folder);
    d->n_clips++;
    return 0;
}

static void note_unread(struct dataset_notes *n, const char *label, const char *name)
{
    char shown[140], in[140];
    if (!n->n_unread++)
        snprintf(n->unread, sizeof n->unread, "%s/%s", dataset_shown(label, in, sizeof in),
                 dataset_shown(name, shown, sizeof shown));
}

// Clips of a label's folder; -1: it is no folder, or f says why.
static int add_folder(struct dataset *d, const char *folder, int label, struct fail *f)
{
    DIR *dir = opendir(folder);
    int n = 0, bad = 0;
    if (!dir) return -1;
    for (struct dirent *e; !bad && (e = readdir(dir));) {
        if (dataset_takes(d, e->d_name)) {
            bad = add_clip(d, folder, e->d_name, label, f);
            n++;
        } else if (e->d_name[0] != '.')
            note_unread(&d->notes, d->labels.text[label], e->d_name);
    }
    closedir(dir);
    return bad ? -1 : n;
}

enum contents { NOTHING, OTHERS, SOUND };

static enum contents contents_of(const struct dataset *d, const char *folder)
{
    DIR *dir = opendir(folder);
    enum contents c = NOTHING;
    if (!dir) return NOTHING;
    for (struct dirent *e; c != SOUND && (e = readdir(dir));)
        if (e->d_name[0] != '.') c = dataset_takes(d, e->d_name) ? SOUND : OTHERS;
    closedir(dir);
    return c;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

// A label is the name of a folder.
static int add_label(struct dataset *d, const char *dir, const char *name, struct fail *f)
{
    char *path = dataset_join(dir, name), shown[300];
    if (!path) return fail(f, "%s: out of memory", dir);
    enum contents holds = contents_of(d, path);
    free(path);
    if (holds == OTHERS && !d->notes.n_unread_folders++)
        snprintf(d->notes.unread_folder, sizeof d->notes.unread_folder, "%s",
                 dataset_shown(name, shown, sizeof shown));
    if (holds != SOUND) return 0;
    if (!labels_utf8(name, strlen(name)))
        return fail(f, "%s/%s: the folder's name is not UTF-8, so it is no label", dir,
                    dataset_shown(name, shown, sizeof shown));
    if (strcmp(dataset_shown(name, shown, sizeof shown), name) != 0)
        return fail(f, "%s/%s: a control character in the folder's name, so it is no label", dir,
                    shown);
    return labels_add(&d->labels, name, f);
}

static int find_labels(struct dataset *d, const char *dir, struct fail *f)
{
    DIR *folder = opendir(dir);
    int bad = 0;
    if (!folder) return fail(f, "%s: %s", dir, strerror(errno));
    for (struct dirent *e; !bad && (e = readdir(folder));)
        if (e->d_name[0] != '.' && e->d_name[0] != '_') bad = add_label(d, dir, e->d_name, f);
    closedir(folder);
    if (bad) return -1;
    if (d->labels.n == 0) return fail(f, "%s: no folder in it holds audio", dir);
    qsort(d->labels.text, (size_t)d->labels.n, sizeof *d->labels.text, compare_texts);
    return 0;
}

static int compare_clips(const void *a, const void *b)
{
    const struct dataset_clip *x = a, *y = b;
    return dataset_compare_stems(x->path, y->path);
}

static int find_clips(struct dataset *d, const char *dir, struct fail *f)
{
    for (int w = 0; w < d->labels.n; w++) {
        const char *label = d->labels.text[w];
        char *path = dataset_join(dir, label);
        if (!path) return fail(f, "%s: out of memory", dir);
        bool inside = !strchr(label, '/') && strcmp(label, ".") != 0 && strcmp(label, "..") != 0;
        f->text[0] = 0;
        int n = inside ? add_folder(d, path, w, f) : -1;
        free(path);
        if (n < 0 && f->text[0]) return -1;
        if (n < 0) return fail(f, "%s: no folder for the word `%s`", dir, label);
        if (n == 0) return fail(f, "%s/%s: no audio files", dir, label);
    }
    if (d->labels.n < 2)
        return fail(f, "%s: one word (`%s`), allowed is 2 or more", dir, d->labels.text[0]);
    qsort(d->clip, (size_t)d->n_clips, sizeof *d->clip, compare_clips);
    for (int i = 1; i < d->n_clips; i++)
        if (!compare_clips(&d->clip[i - 1], &d->clip[i]))
            return fail(f, "%s: the same clip as %s", d->clip[i].path, d->clip[i - 1].path);
    return 0;
}

// Of the speakers in training some are held back.
static void hold_back(struct dataset *d, int held_percent)
{
    for (int i = 0; i < d->n_clips; i++) {
        struct dataset_clip *c = &d->clip[i];
        if (c->split == SPLIT_TRAIN && (int)(c->speaker % 100) < held_percent)
            c->split = SPLIT_HELD;
        d->n_split[c->split]++;
    }
}

static int open_parts(struct dataset *d, const struct dataset_ask *ask, struct namer *n,
                      struct fail *f)
{
    const char *dir = ask->dir;
    if (ask->held_percent < 0 || ask->held_percent > 99)
        return fail(f, "held_percent is %d, allowed is 0 to 99", ask->held_percent);
    DIR *folder = opendir(dir);
    if (!folder) return fail(f, "%s: %s", dir, strerror(errno));
    closedir(folder);
    if (ask->labels ? labels_copy(&d->labels, ask->labels, f) : find_labels(d, dir, f)) return -1;
    if (find_clips(d, dir, f)) return -1;
    if (namer_open(n, ask, f) || namer_name(n, d, f)) return -1;
    if (dataset_read_lists(d, ask, n, f)) return -1;
    hold_back(d, ask->held_percent);
    return dataset_check_speakers(d, f);
}

int dataset_open(struct dataset *d, const struct dataset_ask *ask, struct fail *f)
{
    struct namer n = {0};
    *d = (struct dataset){.events = ask->events};
    int bad = open_parts(d, ask, &n, f);
    namer_close(&n);
    if (bad) dataset_close(d);
    return bad;
}

int dataset_trainable(const struct dataset *d, const struct dataset_ask *ask, struct fail *f)
{
    for (int w = 0; w < d->labels.n; w++) {
        int n = 0;
        for (int i = 0; i < d->n_clips; i++)
            n += d->clip[i].label == w && d->clip[i].split == SPLIT_TRAIN;
        if (n == 0)
            return fail(f, "word `%s` has no training clips (%d %% of speakers held back)",
                        d->labels.text[w], ask->held_percent);
    }
    return 0;
}

void dataset_close(struct dataset *d)
{
    for (int i = 0; i < d->n_clips; i++) {
        free(d->clip[i].path);
        free(d->clip[i].who);
    }
    labels_fini(&d->labels);
    free(d->clip);
    *d = (struct dataset){0};
}
