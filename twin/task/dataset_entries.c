// Text files whose lines name clips: their lines, and the clip that an entry means.
#include "twin/task/dataset_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_BYTES = 1 << 28 }; // of a file: a list of a million clips has 40 MB

static const char *const extensions[] = {".wav", ".flac", ".ogg",  ".oga", ".aiff", ".aif",
                                         ".au",  ".w64",  ".rf64", ".caf", ".sph"};

bool dataset_is_sound(const char *file_name)
{
    const char *dot = strrchr(file_name, '.');
    if (!dot || file_name[0] == '.') return false;
    for (size_t i = 0; i < sizeof extensions / sizeof *extensions; i++)
        if (!strcasecmp(dot, extensions[i])) return true;
    return false;
}

bool dataset_takes(const struct dataset *d, const char *file_name)
{
    const char *dot = strrchr(file_name, '.');
    if (!d->events) return dataset_is_sound(file_name);
    return dot && file_name[0] != '.' && !strcasecmp(dot, ".csv");
}

char *dataset_join(const char *dir, const char *name)
{
    size_t room = strlen(dir) + strlen(name) + 2;
    char *path = malloc(room);
    if (path) snprintf(path, room, "%s/%s", dir, name);
    return path;
}

const char *dataset_shown(const char *text, char *to, size_t size)
{
    bool whole = labels_utf8(text, strlen(text));
    size_t used = 0;
    for (const unsigned char *s = (const unsigned char *)text; *s && used + 5 < size; s++)
        if (*s < 0x20 || *s == 0x7F || (*s >= 0x80 && !whole))
            used += (size_t)snprintf(to + used, size - used, "\\x%02X", *s);
        else
            to[used++] = (char)*s;
    to[used] = 0;
    return to;
}

static int read_text(struct entries *e, FILE *file, struct fail *f)
{
    size_t room = 0;
    for (;;) {
        if (room - e->size < 4096) {
            room = room ? 2 * room : 65536;
            char *more = room <= MAX_BYTES ? realloc(e->text, room) : 0;
            if (!more) return fail(f, "%s: no memory for %zu bytes", e->path, room);
            e->text = more;
        }
        size_t n = fread(e->text + e->size, 1, room - e->size - 1, file);
        if (ferror(file)) return fail(f, "%s: %s", e->path, strerror(errno));
        if (!n) break;
        e->size += n;
    }
    e->text[e->size] = 0;
    const char *zero = memchr(e->text, 0, e->size);
    if (zero || !strncmp(e->text, "\xFF\xFE", 2) || !strncmp(e->text, "\xFE\xFF", 2))
        return fail(f, "%s: not UTF-8 text (UTF-16?): a 0 byte or a mark of UTF-16 in it", e->path);
    if (!strncmp(e->text, "\xEF\xBB\xBF", 3)) e->at = 3;
    return 0;
}

int entries_open(struct entries *e, const char *dir, const char *name, struct fail *f)
{
    *e = (struct entries){.path = dataset_join(dir, name)};
    if (!e->path) return fail(f, "%s/%s: out of memory", dir, name);
    FILE *file = fopen(e->path, "r");
    int bad = 0;
    if (!file && errno != ENOENT) bad = fail(f, "%s: %s", e->path, strerror(errno));
    if (file) {
        e->there = true;
        bad = read_text(e, file, f);
        fclose(file);
    }
    if (bad) entries_close(e);
    return bad;
}

// Lines end with LF, CR LF or CR.
char *entries_next(struct entries *e)
{
    while (e->at < e->size) {
        char *line = e->text + e->at;
        size_t n = strcspn(line, "\r\n");
        bool pair = line[n] == '\r' && line[n + 1] == '\n';
        e->at += n + (line[n] ? 1 : 0) + pair;
        line[n] = 0;
        e->line++;
        if (line[strspn(line, " \t")]) return line;
    }
    return 0;
}

void entries_close(struct entries *e)
{
    free(e->path);
    free(e->text);
    *e = (struct entries){0};
}

size_t dataset_stem(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(slash ? slash : path, '.');
    return dot ? (size_t)(dot - path) : strlen(path);
}

static int compare_bytes(const char *a, size_t na, const char *b, size_t nb)
{
    int order = memcmp(a, b, na < nb ? na : nb);
    return order ? order : (na > nb) - (na < nb);
}

int dataset_compare_stems(const char *a, const char *b)
{
    return compare_bytes(a, dataset_stem(a), b, dataset_stem(b));
}

char *dataset_tidy(char *entry)
{
    entry += strspn(entry, " \t");
    while (entry[0] == '.' && entry[1] == '/') {
        entry += 2;
        entry += strspn(entry, "/");
    }
    size_t n = strlen(entry);
    while (n && strchr(" \t", entry[n - 1]))
        entry[--n] = 0;
    return entry;
}

// The clip of a path without extension of n bytes, below DIR.
static struct dataset_clip *find_stem(const struct dataset *d, size_t below, const char *stem,
                                      size_t n)
{
    int low = 0, high = d->n_clips;
    while (low < high) {
        int mid = low + (high - low) / 2;
        const char *path = d->clip[mid].path + below;
        int order = compare_bytes(stem, n, path, dataset_stem(path));
        if (order == 0) return &d->clip[mid];
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return 0;
}

// An extension that is no sound's may be part of the name ("take.1"), or what the clips were before
// they were converted (".mp3").
struct dataset_clip *dataset_find(const struct dataset *d, const char *dir, const char *entry)
{
    size_t below = strlen(dir) + 1, stem = dataset_stem(entry), all = strlen(entry);
    const char *name = strrchr(entry, '/');
    if (!name || !name[1]) return 0;
    if (dataset_takes(d, name + 1)) return find_stem(d, below, entry, stem);
    struct dataset_clip *c = find_stem(d, below, entry, all);
    char first = stem < all ? entry[stem + 1] : 0;
    bool letter = (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z');
    return c || !letter ? c : find_stem(d, below, entry, stem);
}
