// The split lists: which clips are for validation and test, and whom training must not hear.
#include "twin/task/dataset_parts.h"

#include "base/fnv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { MAX_FOLDERS = 1000 }; // that are counted one by one

static const char *const lists[] = {
    [SPLIT_VALIDATION] = "validation_list.txt",
    [SPLIT_TEST] = "testing_list.txt",
};

// Entries that name no clip here: of folders that are not here, or not asked for.
struct absent {
    struct absent_entry {
        char *who; // NULL: not known
        uint64_t speaker;
        int line;
        enum dataset_split split;
    } * entry; // (n)
    int n;
};

struct reader {
    struct dataset *d;
    const struct dataset_ask *ask;
    const struct namer *namer;
    struct absent absent;
    struct labels elsewhere; // folders that are not here
    enum dataset_split split;
    struct entries list;
    int n_found, n_not_asked, first_elsewhere; // the last: a line
};

static int bad_entry(const struct reader *r, const char *entry, const char *why, struct fail *f)
{
    char shown[300];
    return fail(f, "%s:%d: `%s` %s", r->list.path, r->list.line,
                dataset_shown(entry, shown, sizeof shown), why);
}

static int note_absent(struct reader *r, const char *entry, struct fail *f)
{
    struct absent *a = &r->absent;
    if ((a->n & (a->n - 1)) == 0) { // full at every power of two
        struct absent_entry *more = realloc(a->entry, (a->n ? 2 * (size_t)a->n : 1) * sizeof *more);
        if (!more) return fail(f, "%s: out of memory", r->list.path);
        a->entry = more;
    }
    bool nameless, starved = false;
    char *who = namer_who(r->namer, entry, &nameless, &starved);
    if (starved) return fail(f, "%s: out of memory", r->list.path);
    a->entry[a->n++] = (struct absent_entry){who, who ? fnv(FNV_START, who, strlen(who)) : 0,
                                             r->list.line, r->split};
    return 0;
}

// The label of LABEL/FILE; false: the entry has another form.
static bool label_of(const char *entry, char label[LABEL_MAX_BYTES + 1])
{
    const char *slash = strchr(entry, '/');
    size_t n = slash ? (size_t)(slash - entry) : 0;
    if (!slash || !n || n > LABEL_MAX_BYTES || strchr(slash + 1, '/') || !slash[1]) return false;
    memcpy(label, entry, n);
    label[n] = 0;
    return strcmp(label, ".") != 0 && strcmp(label, "..") != 0;
}

static bool is_folder(const struct reader *r, const char *label)
{
    struct stat st;
    char *path = dataset_join(r->ask->dir, label);
    bool is = path && !stat(path, &st) && S_ISDIR(st.st_mode);
    free(path);
    return is;
}

// An entry that names no clip of the labels.
static int without_clip(struct reader *r, const char *entry, const char *label, struct fail *f)
{
    const struct labels *labels = &r->d->labels;
    bool here = is_folder(r, label), all_asked = !r->ask->labels && label[0] != '_';
    if (labels_find(labels, label) >= 0 || (here && all_asked))
        return bad_entry(r, entry, "is not there", f);
    for (int i = 0; !here && i < labels->n; i++)
        if (!strcasecmp(labels->text[i], label)) {
            char why[LABEL_MAX_BYTES + 60];
            snprintf(why, sizeof why, "has no folder here; there is `%s`", labels->text[i]);
            return bad_entry(r, entry, why, f);
        }
    if (!here) {
        if (!r->d->notes.n_elsewhere[r->split - SPLIT_VALIDATION]++)
            r->first_elsewhere = r->list.line;
        struct fail why;
        if (r->elsewhere.n < MAX_FOLDERS && labels_find(&r->elsewhere, label) < 0 &&
            labels_add(&r->elsewhere, label, &why))
            return bad_entry(r, entry, "has no folder here, nor a name that a folder can have", f);
    }
    r->n_not_asked += here;
    return note_absent(r, entry, f);
}

static int read_entry(struct reader *r, char *line, struct fail *f)
{
    char label[LABEL_MAX_BYTES + 1], *entry = line;
    struct dataset_clip *c = dataset_find(r->d, r->ask->dir, line);
    if (!c) { // names may begin with blanks as well
        entry = dataset_tidy(line);
        if (entry != line && label_of(line, label) && is_folder(r, label)) entry = line;
        c = dataset_find(r->d, r->ask->dir, entry);
    }
    if (!c && !label_of(entry, label))
        return bad_entry(r, entry, "names no clip, expected LABEL/FILE", f);
    if (!c) return without_clip(r, entry, label, f);
    if (c->split != SPLIT_TRAIN && c->split != r->split) {
        char why[60];
        snprintf(why, sizeof why, "is in %s as well", lists[c->split]);
        return bad_entry(r, entry, why, f);
    }
    c->split = r->split;
    r->n_found++;
    return 0;
}

static int read_list(struct reader *r, enum dataset_split split, struct fail *f)
{
    r->split = split;
    r->n_found = r->n_not_asked = 0;
    if (entries_open(&r->list, r->ask->dir, lists[split], f)) return -1;
    int bad = 0, *n_elsewhere = &r->d->notes.n_elsewhere[split - SPLIT_VALIDATION];
    for (char *line; !bad && (line = entries_next(&r->list));)
        bad = read_entry(r, line, f);
    if (!bad && *n_elsewhere && !r->n_found && !r->n_not_asked)
        bad = fail(f, "%s:%d: folder `%s` is not here, nor that of any of its %d entries",
                   r->list.path, r->first_elsewhere, r->elsewhere.text[0], *n_elsewhere);
    r->d->notes.n_elsewhere_folders[split - SPLIT_VALIDATION] = r->elsewhere.n;
    labels_fini(&r->elsewhere);
    entries_close(&r->list);
    return bad;
}

static int compare_absent(const void *a, const void *b)
{
    const struct absent_entry *x = a, *y = b;
    if (x->speaker != y->speaker) return x->speaker < y->speaker ? -1 : 1;
    return x->split != y->split ? (int)x->split - (int)y->split : x->line - y->line;
}

// Whoever a list names is not trained on, even if that clip is not here.
static int check_absent(struct absent *a, const struct dataset *d, const char *dir, struct fail *f)
{
    qsort(a->entry, (size_t)a->n, sizeof *a->entry, compare_absent);
    for (int i = 0; i < d->n_clips; i++) {
        const struct dataset_clip *c = &d->clip[i];
        if (c->split != SPLIT_TRAIN) continue;
        int low = 0, high = a->n;
        while (low < high) {
            int mid = low + (high - low) / 2;
            if (a->entry[mid].speaker < c->speaker)
                low = mid + 1;
            else
                high = mid;
        }
        for (; low < a->n && a->entry[low].speaker == c->speaker; low++)
            if (a->entry[low].who && !strcmp(a->entry[low].who, c->who)) {
                char shown[200];
                return fail(f, "%s/%s:%d: names speaker %s, whose clip %s is for training", dir,
                            lists[a->entry[low].split], a->entry[low].line,
                            dataset_shown(c->who, shown, sizeof shown), c->path);
            }
    }
    return 0;
}

int dataset_read_lists(struct dataset *d, const struct dataset_ask *ask, const struct namer *n,
                       struct fail *f)
{
    struct reader r = {.d = d, .ask = ask, .namer = n};
    int bad = read_list(&r, SPLIT_VALIDATION, f) || read_list(&r, SPLIT_TEST, f);
    if (!bad && r.absent.n) bad = check_absent(&r.absent, d, ask->dir, f);
    for (int i = 0; i < r.absent.n; i++)
        free(r.absent.entry[i].who);
    free(r.absent.entry);
    return bad ? -1 : 0;
}
