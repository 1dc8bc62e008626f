#include "twin/task/dataset.h"

#include "base/fnv.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *const dataset_split_names[DATASET_SPLITS] = {"train", "held", "validation", "test"};

static const char *const lists[] = {
    [SPLIT_VALIDATION] = "validation_list.txt",
    [SPLIT_TEST] = "testing_list.txt",
};

static void *need(void *memory)
{
    if (!memory) abort(); // out of memory for a list of names
    return memory;
}

static char *join(const char *dir, const char *name)
{
    size_t room = strlen(dir) + strlen(name) + 2;
    char *path = need(malloc(room));
    snprintf(path, room, "%s/%s", dir, name);
    return path;
}

// Bytes of a path or name before its extension.
static size_t stem_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(slash ? slash : path, '.');
    return dot ? (size_t)(dot - path) : strlen(path);
}

static const char *file_of(const struct dataset_clip *c)
{
    return strrchr(c->path, '/') + 1;
}

static size_t speaker_length(const char *file_name)
{
    const char *mark = strstr(file_name, "_nohash_");
    return mark ? (size_t)(mark - file_name) : stem_length(file_name);
}

uint64_t dataset_speaker(const char *file_name)
{
    return fnv(FNV_START, file_name, speaker_length(file_name));
}

uint64_t dataset_hash(const struct dataset *d)
{
    uint64_t h = FNV_START;
    for (int i = 0; i < d->n_words; i++)
        h = fnv(h, d->word[i], strlen(d->word[i]) + 1);
    for (int i = 0; i < d->n_clips; i++) {
        const struct dataset_clip *c = &d->clip[i];
        const char *name = strrchr(c->path, '/') + 1;
        const char mark[2] = {(char)c->label, (char)c->split};
        h = fnv(fnv(h, name, strlen(name) + 1), mark, sizeof mark);
    }
    return h;
}

static bool is_audio(const char *name)
{
    static const char *const extension[] = {".wav", ".flac", ".ogg", ".aiff"};
    const char *dot = strrchr(name, '.');
    if (!dot || name[0] == '.') return false;
    for (size_t i = 0; i < sizeof extension / sizeof *extension; i++)
        if (!strcasecmp(dot, extension[i])) return true;
    return false;
}

// Adds the clips of one folder, or with d == NULL only counts them; -1 if it is no folder.
static int scan_folder(struct dataset *d, const char *folder, int label)
{
    DIR *dir = opendir(folder);
    if (!dir) return -1;
    int n = 0;
    for (struct dirent *e; (e = readdir(dir));) {
        if (!is_audio(e->d_name)) continue;
        n++;
        if (!d) continue;
        if ((d->n_clips & (d->n_clips - 1)) == 0) { // full at every power of two
            size_t room = d->n_clips ? 2 * (size_t)d->n_clips : 1;
            d->clip = need(realloc(d->clip, room * sizeof *d->clip));
        }
        uint64_t word = fnv(FNV_START, d->word[label], strlen(d->word[label]) + 1);
        d->clip[d->n_clips++] =
            (struct dataset_clip){.path = join(folder, e->d_name),
                                  .label = label,
                                  .speaker = dataset_speaker(e->d_name),
                                  .id = fnv(word, e->d_name, stem_length(e->d_name))};
    }
    closedir(dir);
    return n;
}

static void add_word(struct dataset *d, const char *name, size_t length)
{
    d->word = need(realloc(d->word, ((size_t)d->n_words + 1) * sizeof *d->word));
    d->word[d->n_words++] = need(strndup(name, length));
}

static int find_word(const struct dataset *d, const char *name, size_t length)
{
    for (int w = 0; w < d->n_words; w++)
        if (strlen(d->word[w]) == length && !memcmp(d->word[w], name, length)) return w;
    return -1;
}

static int compare_words(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static int find_words(struct dataset *d, const char *dir, struct fail *f)
{
    DIR *folder = opendir(dir);
    if (!folder) return fail(f, "%s: %s", dir, strerror(errno));
    for (struct dirent *e; (e = readdir(folder));) {
        if (e->d_name[0] == '.' || e->d_name[0] == '_') continue;
        char *path = join(dir, e->d_name);
        if (scan_folder(NULL, path, 0) > 0) add_word(d, e->d_name, strlen(e->d_name));
        free(path);
    }
    closedir(folder);
    if (d->n_words == 0) return fail(f, "%s: no folder in it holds audio", dir);
    qsort(d->word, (size_t)d->n_words, sizeof *d->word, compare_words);
    return 0;
}

static int split_words(struct dataset *d, const char *words, struct fail *f)
{
    for (const char *at = words;; at++) {
        size_t n = strcspn(at, ",");
        if (n == 0) return fail(f, "words: `%s` has an empty word", words);
        if (find_word(d, at, n) >= 0)
            return fail(f, "words: `%.*s` is twice in `%s`", (int)n, at, words);
        add_word(d, at, n);
        at += n;
        if (!*at) return 0;
    }
}

// Order of two paths without their extensions.
static int compare_stems(const char *a, const char *b)
{
    size_t na = stem_length(a), nb = stem_length(b);
    int order = memcmp(a, b, na < nb ? na : nb);
    return order ? order : (na > nb) - (na < nb);
}

static int compare_clips(const void *a, const void *b)
{
    const struct dataset_clip *x = a, *y = b;
    return compare_stems(x->path, y->path);
}

static int find_clips(struct dataset *d, const char *dir, struct fail *f)
{
    for (int w = 0; w < d->n_words; w++) {
        char *path = join(dir, d->word[w]);
        int n = strchr(d->word[w], '/') ? -1 : scan_folder(d, path, w);
        free(path);
        if (n < 0) return fail(f, "%s: no folder for the word `%s`", dir, d->word[w]);
        if (n == 0) return fail(f, "%s/%s: no audio files", dir, d->word[w]);
    }
    if (d->n_words < 2)
        return fail(f, "%s: one word (`%s`), allowed is 2 or more", dir, d->word[0]);
    qsort(d->clip, (size_t)d->n_clips, sizeof *d->clip, compare_clips);
    for (int i = 1; i < d->n_clips; i++)
        if (!compare_clips(&d->clip[i - 1], &d->clip[i]))
            return fail(f, "%s: the same clip as %s", d->clip[i].path, d->clip[i - 1].path);
    return 0;
}

static int read_entry(struct dataset *d, const char *dir, enum dataset_split split, char *entry,
                      int line, struct fail *f)
{
    size_t end = strcspn(entry, "\r\n");
    entry[end] = 0;
    if (!end) return 0;
    char *slash = strchr(entry, '/');
    if (!slash)
        return fail(f, "%s/%s:%d: `%s`, expected WORD/FILE", dir, lists[split], line, entry);
    if (find_word(d, entry, (size_t)(slash - entry)) < 0) return 0; // a word not asked for

    struct dataset_clip key = {.path = join(dir, entry)};
    struct dataset_clip *c = NULL;
    c = bsearch(&key, d->clip, (size_t)d->n_clips, sizeof key, compare_clips);
    free(key.path);
    if (!c) return fail(f, "%s/%s:%d: `%s` is not there", dir, lists[split], line, entry);
    if (c->split != SPLIT_TRAIN && c->split != split)
        return fail(f, "%s/%s:%d: `%s` is in %s as well", dir, lists[split], line, entry,
                    lists[c->split]);
    c->split = split;
    return 0;
}

static int read_list(struct dataset *d, const char *dir, enum dataset_split split, struct fail *f)
{
    char *path = join(dir, lists[split]);
    FILE *file = fopen(path, "r");
    int result = 0;
    if (!file && errno != ENOENT) result = fail(f, "%s: %s", path, strerror(errno));
    char *entry = NULL;
    size_t room = 0;
    for (int line = 1; file && !result && getline(&entry, &room, file) >= 0; line++)
        result = read_entry(d, dir, split, entry, line, f);
    if (file && !result && ferror(file)) result = fail(f, "%s: %s", path, strerror(errno));
    free(entry);
    if (file) fclose(file);
    free(path);
    return result;
}

// By the speakers' names, not their hashes; clips of one speaker by split.
static int compare_speakers(const void *a, const void *b)
{
    const struct dataset_clip *x = *(struct dataset_clip *const *)a;
    const struct dataset_clip *y = *(struct dataset_clip *const *)b;
    size_t nx = speaker_length(file_of(x)), ny = speaker_length(file_of(y));
    int order = memcmp(file_of(x), file_of(y), nx < ny ? nx : ny);
    if (!order) order = (nx > ny) - (nx < ny);
    if (!order) order = (int)x->split - (int)y->split;
    return order ? order : (x > y) - (x < y); // of one array
}

static int check_speakers(const struct dataset *d, struct fail *f)
{
    size_t n = (size_t)d->n_clips;
    const struct dataset_clip **by = need(malloc(n * sizeof *by));
    for (size_t i = 0; i < n; i++)
        by[i] = &d->clip[i];
    qsort(by, n, sizeof *by, compare_speakers);
    int result = 0;
    for (size_t i = 1; i < n && !result; i++) {
        const struct dataset_clip *x = by[i - 1], *y = by[i];
        size_t length = speaker_length(file_of(x));
        if (x->split == y->split || length != speaker_length(file_of(y)) ||
            memcmp(file_of(x), file_of(y), length) != 0)
            continue;
        result =
            fail(f, "speaker %.*s is in both %s and %s: %s, %s", (int)length, file_of(x),
                 dataset_split_names[x->split], dataset_split_names[y->split], x->path, y->path);
    }
    free(by);
    return result;
}

static int hold_back(struct dataset *d, int held_percent, struct fail *f)
{
    for (int i = 0; i < d->n_clips; i++) {
        struct dataset_clip *c = &d->clip[i];
        if (c->split == SPLIT_TRAIN && (int)(c->speaker % 100) < held_percent)
            c->split = SPLIT_HELD;
        d->n_split[c->split]++;
    }
    for (int w = 0; w < d->n_words; w++) {
        int n = 0;
        for (int i = 0; i < d->n_clips; i++)
            n += d->clip[i].label == w && d->clip[i].split == SPLIT_TRAIN;
        if (n == 0)
            return fail(f, "word `%s` has no training clips (%d %% of speakers held back)",
                        d->word[w], held_percent);
    }
    return 0;
}

static int open_parts(struct dataset *d, const char *dir, const char *words, int held_percent,
                      struct fail *f)
{
    if (held_percent < 0 || held_percent > 99)
        return fail(f, "held_percent is %d, allowed is 0 to 99", held_percent);
    DIR *folder = opendir(dir);
    if (!folder) return fail(f, "%s: %s", dir, strerror(errno));
    closedir(folder);
    if (words ? split_words(d, words, f) : find_words(d, dir, f)) return -1;
    if (find_clips(d, dir, f)) return -1;
    if (read_list(d, dir, SPLIT_VALIDATION, f) || read_list(d, dir, SPLIT_TEST, f)) return -1;
    if (check_speakers(d, f)) return -1;
    return hold_back(d, held_percent, f);
}

int dataset_open(struct dataset *d, const char *dir, const char *words, int held_percent,
                 struct fail *f)
{
    memset(d, 0, sizeof *d);
    int result = open_parts(d, dir, words, held_percent, f);
    if (result) dataset_close(d);
    return result;
}

void dataset_close(struct dataset *d)
{
    for (int w = 0; w < d->n_words; w++)
        free(d->word[w]);
    for (int i = 0; i < d->n_clips; i++)
        free(d->clip[i].path);
    free(d->word);
    free(d->clip);
    memset(d, 0, sizeof *d);
}
