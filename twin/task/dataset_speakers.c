// Who speaks in a clip.
#include "twin/task/dataset_parts.h"

#include "base/fnv.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const speakers_file = "speakers.txt";

static int compare_spoken(const void *a, const void *b)
{
    const struct spoken *x = a, *y = b;
    int order = dataset_compare_stems(x->entry, y->entry);
    return order ? order : x->line - y->line;
}

// "LABEL/FILE<tab>SPEAKER": the speaker is behind the last tab, or without one the last blank.
static int read_speaker(struct namer *n, char *line, struct fail *f)
{
    char shown[300];
    size_t length = strlen(line);
    while (length && strchr(" \t", line[length - 1]))
        line[--length] = 0;
    char *at = strrchr(line, '\t');
    if (!at) at = strrchr(line, ' ');
    if (!at || !strchr(line, '/') || at < strchr(line, '/'))
        return fail(f, "%s:%d: `%s`, expected LABEL/FILE, a blank or tab, SPEAKER", n->file.path,
                    n->file.line, dataset_shown(line, shown, sizeof shown));
    *at = 0;
    if ((n->n & (n->n - 1)) == 0) { // full at every power of two
        struct spoken *more = realloc(n->list, (n->n ? 2 * (size_t)n->n : 1) * sizeof *more);
        if (!more) return fail(f, "%s: out of memory", n->file.path);
        n->list = more;
    }
    const char *who = at + 1 + strspn(at + 1, " ");
    n->list[n->n++] = (struct spoken){dataset_tidy(line), who, n->file.line};
    return 0;
}

static int read_speakers(struct namer *n, struct fail *f)
{
    char shown[300];
    for (char *line; (line = entries_next(&n->file));)
        if (read_speaker(n, line, f)) return -1;
    if (!n->n) return fail(f, "%s: no entry in it", n->file.path);
    qsort(n->list, (size_t)n->n, sizeof *n->list, compare_spoken);
    for (int i = 1; i < n->n; i++)
        if (!dataset_compare_stems(n->list[i - 1].entry, n->list[i].entry) &&
            strcmp(n->list[i - 1].who, n->list[i].who) != 0)
            return fail(f, "%s:%d: `%s` has another speaker in line %d", n->file.path,
                        n->list[i].line, dataset_shown(n->list[i].entry, shown, sizeof shown),
                        n->list[i - 1].line);
    return 0;
}

int namer_open(struct namer *n, const struct dataset_ask *ask, struct fail *f)
{
    *n = (struct namer){.ask = ask};
    if (ask->speaker) {
        n->by = SPEAKERS_BY_REGEX;
        regex_t *regex = malloc(sizeof *regex);
        if (!regex) return fail(f, "speakers: out of memory");
        int error = regcomp(regex, ask->speaker, REG_EXTENDED);
        if (error) {
            char why[200];
            regerror(error, regex, why, sizeof why);
            free(regex);
            return fail(f, "--speaker: `%s`: %s", ask->speaker, why);
        }
        n->regex = regex;
        return 0;
    }
    if (entries_open(&n->file, ask->dir, speakers_file, f)) return -1;
    if (!n->file.there) return 0;
    n->by = SPEAKERS_BY_LIST;
    return read_speakers(n, f);
}

void namer_close(struct namer *n)
{
    if (n->regex) regfree(n->regex);
    free(n->regex);
    free(n->list);
    entries_close(&n->file);
    *n = (struct namer){0};
}

static char *copy_of(const char *text, size_t n, bool *out_of_memory)
{
    char *copy = strndup(text, n);
    *out_of_memory |= !copy;
    return copy;
}

char *namer_who(const struct namer *n, const char *entry, bool *nameless, bool *out_of_memory)
{
    *nameless = false;
    if (n->by == SPEAKERS_BY_REGEX) {
        regmatch_t m[2];
        if (regexec(n->regex, entry, 2, m, 0)) return 0;
        int g = m[1].rm_so >= 0 ? 1 : 0;
        if (m[g].rm_eo == m[g].rm_so) return 0;
        return copy_of(entry + m[g].rm_so, (size_t)(m[g].rm_eo - m[g].rm_so), out_of_memory);
    }
    if (n->by == SPEAKERS_BY_LIST) {
        int low = 0, high = n->n;
        while (low < high) {
            int mid = low + (high - low) / 2;
            int order = dataset_compare_stems(entry, n->list[mid].entry);
            if (order == 0)
                return copy_of(n->list[mid].who, strlen(n->list[mid].who), out_of_memory);
            if (order < 0)
                high = mid;
            else
                low = mid + 1;
        }
        return 0;
    }
    const char *slash = strrchr(entry, '/'), *name = slash ? slash + 1 : entry;
    const char *mark = strstr(name, "_nohash_");
    *nameless = !mark || mark == name;
    return copy_of(name, *nameless ? dataset_stem(name) : (size_t)(mark - name), out_of_memory);
}

int namer_name(struct namer *n, struct dataset *d, struct fail *f)
{
    size_t below = strlen(n->ask->dir) + 1;
    d->speakers = n->by;
    for (int i = 0; i < d->n_clips; i++) {
        struct dataset_clip *c = &d->clip[i];
        bool starved = false;
        c->who = namer_who(n, c->path + below, &c->alone, &starved);
        if (starved) return fail(f, "%s: out of memory", c->path);
        if (!c->who && n->by == SPEAKERS_BY_REGEX)
            return fail(f, "%s: --speaker `%s` matches nothing in `%s`", c->path, n->ask->speaker,
                        c->path + below);
        if (!c->who) return fail(f, "%s: no entry for `%s`", n->file.path, c->path + below);
        c->speaker = fnv(FNV_START, c->who, strlen(c->who));
        d->notes.n_nameless += c->alone;
    }
    for (int i = 0; i < n->n; i++)
        d->notes.n_speakers_elsewhere += !dataset_find(d, n->ask->dir, n->list[i].entry);
    return 0;
}

// By name; clips of one speaker by split.
static int compare_speakers(const void *a, const void *b)
{
    const struct dataset_clip *x = *(struct dataset_clip *const *)a;
    const struct dataset_clip *y = *(struct dataset_clip *const *)b;
    int order = strcmp(x->who, y->who);
    if (!order) order = (int)x->split - (int)y->split;
    return order ? order : (x > y) - (x < y); // of one array
}

int dataset_check_speakers(struct dataset *d, struct fail *f)
{
    size_t n = (size_t)d->n_clips;
    const struct dataset_clip **by = malloc(n * sizeof *by);
    if (!by) return fail(f, "speakers of %d clips: out of memory", d->n_clips);
    for (size_t i = 0; i < n; i++)
        by[i] = &d->clip[i];
    qsort(by, n, sizeof *by, compare_speakers);
    int bad = 0;
    for (size_t i = 0; i < n && !bad; i++) {
        const struct dataset_clip *x = i ? by[i - 1] : 0, *y = by[i];
        if (!x || strcmp(x->who, y->who) != 0) {
            d->n_speakers[y->split]++;
            continue;
        }
        char shown[200];
        enum dataset_split side = x->split == SPLIT_HELD ? SPLIT_TRAIN : x->split;
        if (x->split != y->split)
            bad = fail(f, "speaker %s is in both %s and %s: %s, %s",
                       dataset_shown(y->who, shown, sizeof shown), dataset_split_names[side],
                       dataset_split_names[y->split], x->path, y->path);
    }
    free(by);
    return bad;
}
