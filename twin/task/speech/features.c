#include "twin/task/speech/features.h"

#include "base/file.h"
#include "base/fnv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static const char magic[] = "spiketwin-features 1\n";
enum { MAGIC = sizeof magic - 1, BLOCK = 1 << 20 };

struct header {
    uint64_t front;
    int32_t clip_ms, n_hops, n_filters, none;
    int64_t n;
};

struct entry {
    char sha256[SHA256_TEXT - 1];
    int32_t window, windows;
    double ms;
    int64_t clipped;
    uint8_t silent, resampled, mixed, none;
    uint32_t crc; // of its envelope
};
_Static_assert(sizeof(struct entry) == 96, "no byte of an entry is left open");

struct features {
    char *path;
    int fd; // -1: there is no file
    struct header h;
    struct entry *entry; // (h.n)
    int64_t *sorted;     // (h.n) by key
    int64_t first;       // byte of the first envelope
    size_t each;         // bytes of an envelope
};

// The front end by what it makes of a sound, so that a change of its code is another one too, and by the
// libraries that make samples of files.
static uint64_t front_of(const struct frontend *front, char *memory, size_t room)
{
    enum { SAMPLES = 4096 };
    int16_t x[SAMPLES];
    uint32_t r = 1;
    for (int i = 0; i < SAMPLES; i++)
        x[i] = (int16_t)(uint16_t)((r = r * 1664525 + 1013904223) / 65536);
    memset(memory, 0, room);
    frontend_envelope(front, x, SAMPLES, (uint16_t *)(void *)memory);
    uint64_t h = fnv(FNV_START, memory, room);
    for (int i = 0; i < front->spec.n_filters; i++) {
        h = fnv_word(h, front->b0[i]);
        h = fnv_word(h, front->a1[i]);
        h = fnv_word(h, front->a2[i]);
    }
    h = fnv_word(h, front->spec.rate_hz);
    h = fnv_word(h, front->spec.hop_samples);
    char libraries[AUDIO_LIBRARIES];
    audio_libraries(libraries);
    return fnv(h, libraries, strlen(libraries));
}

static int compare_keys(const struct features_key *a, const struct features_key *b)
{
    int by = strcmp(a->sha256, b->sha256);
    if (by) return by;
    if (a->window != b->window) return a->window < b->window ? -1 : 1;
    return (a->windows > b->windows) - (a->windows < b->windows);
}

static struct features_key key_of(const struct entry *e)
{
    struct features_key key = {.window = e->window, .windows = e->windows};
    memcpy(key.sha256, e->sha256, sizeof e->sha256);
    return key;
}

static int by_key(const void *a, const void *b, void *of)
{
    const struct features *x = of;
    const struct features_key p = key_of(&x->entry[*(const int64_t *)a]),
                              q = key_of(&x->entry[*(const int64_t *)b]);
    return compare_keys(&p, &q);
}

// n bytes from a place of the file. 0, or -1 with errno (EIO: it is shorter).
static int read_at(int fd, void *to, size_t n, int64_t at)
{
    char *bytes = to;
    while (n > 0) {
        ssize_t got = pread(fd, bytes, n, (off_t)at);
        if (got < 0 && errno == EINTR) continue;
        if (got == 0) errno = EIO;
        if (got <= 0) return -1;
        bytes += got;
        n -= (size_t)got;
        at += got;
    }
    return 0;
}

static uint32_t crc_of(const struct header *h, const struct entry *entry)
{
    uLong crc = crc32_z(0, (const unsigned char *)magic, MAGIC);
    crc = crc32_z(crc, (const unsigned char *)h, sizeof *h);
    return (uint32_t)crc32_z(crc, (const unsigned char *)entry, (size_t)h->n * sizeof *entry);
}

static int damaged(const struct features *x, struct fail *f)
{
    return fail(f, "%s: damaged, or no file of features: remove it, or name another", x->path);
}

// The head and table of a file that is there.
static int read_table(struct features *x, const struct header *wanted, struct fail *f)
{
    struct stat st;
    char first[MAGIC];
    uint32_t crc[2];
    if (fstat(x->fd, &st)) return fail(f, "%s: %s", x->path, strerror(errno));
    if (!S_ISREG(st.st_mode)) return fail(f, "%s: not a file", x->path);
    if (read_at(x->fd, first, MAGIC, 0) || memcmp(first, magic, MAGIC) ||
        read_at(x->fd, &x->h, sizeof x->h, MAGIC))
        return damaged(x, f);
    const struct header *h = &x->h;
    if (h->front != wanted->front || h->n_filters != wanted->n_filters)
        return fail(f, "%s: features of another front end: remove it, or name another file",
                    x->path);
    if (h->clip_ms != wanted->clip_ms || h->n_hops != wanted->n_hops)
        return fail(f, "%s: features of clips of %d ms, these are of %d ms: name another file",
                    x->path, h->clip_ms, wanted->clip_ms);
    const int64_t most = st.st_size / (int64_t)(sizeof *x->entry + x->each);
    if (h->n < 0 || h->n > most) return damaged(x, f);
    const int64_t table = MAGIC + (int64_t)sizeof *h,
                  end = table + h->n * (int64_t)sizeof *x->entry;
    x->first = end + (int64_t)sizeof crc;
    if (x->first + h->n * (int64_t)x->each != st.st_size) return damaged(x, f);
    x->entry = malloc((size_t)h->n * sizeof *x->entry + 1);
    if (!x->entry) return fail(f, "%s: out of memory", x->path);
    if (read_at(x->fd, x->entry, (size_t)h->n * sizeof *x->entry, table) ||
        read_at(x->fd, crc, sizeof crc, end) || crc[0] != crc_of(h, x->entry))
        return damaged(x, f);
    return 0;
}

static int fill(struct features *x, const struct frontend *front, struct fail *f)
{
    struct header wanted = x->h;
    const size_t room = 4096 / (size_t)front->spec.hop_samples * (size_t)wanted.n_filters * 2;
    char *memory = malloc(room);
    if (!memory) return fail(f, "%s: out of memory", x->path);
    x->h.front = wanted.front = front_of(front, memory, room);
    free(memory);
    x->fd = open(x->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (x->fd < 0 && errno != ENOENT) return fail(f, "%s: %s", x->path, strerror(errno));
    if (x->fd >= 0 && read_table(x, &wanted, f)) return -1;
    x->sorted = malloc((size_t)x->h.n * sizeof *x->sorted + 1);
    if (!x->sorted) return fail(f, "%s: out of memory", x->path);
    for (int64_t i = 0; i < x->h.n; i++)
        x->sorted[i] = i;
    qsort_r(x->sorted, (size_t)x->h.n, sizeof *x->sorted, by_key, x);
    return 0;
}

struct features *features_open(const char *path, const struct frontend *front, int clip_ms,
                               int n_hops, struct fail *f)
{
    struct features *x = calloc(1, sizeof *x);
    if (x) x->path = strdup(path);
    if (!x || !x->path) {
        free(x);
        fail(f, "%s: out of memory", path);
        return 0;
    }
    x->fd = -1;
    x->h =
        (struct header){.clip_ms = clip_ms, .n_hops = n_hops, .n_filters = front->spec.n_filters};
    x->each = (size_t)n_hops * (size_t)front->spec.n_filters * sizeof(uint16_t);
    if (!fill(x, front, f)) return x;
    features_close(x);
    return 0;
}

void features_close(struct features *x)
{
    if (!x) return;
    if (x->fd >= 0) close(x->fd);
    free(x->sorted);
    free(x->entry);
    free(x->path);
    free(x);
}

bool features_key(struct features_key *key, const char *recording)
{
    return sha256_file(recording, key->sha256) == 0;
}

int64_t features_find(const struct features *x, const struct features_key *key)
{
    int64_t lo = 0, hi = x->h.n;
    while (lo < hi) {
        const int64_t middle = lo + (hi - lo) / 2;
        const struct features_key here = key_of(&x->entry[x->sorted[middle]]);
        const int by = compare_keys(&here, key);
        if (by == 0) return x->sorted[middle];
        if (by < 0)
            lo = middle + 1;
        else
            hi = middle;
    }
    return -1;
}

void features_heard(const struct features *x, int64_t at, struct audio_heard *heard)
{
    const struct entry *e = &x->entry[at];
    *heard = (struct audio_heard){e->ms, e->clipped, e->silent, e->resampled, e->mixed};
}

int features_read(const struct features *x, int64_t at, uint16_t *envelope, struct fail *f)
{
    if (read_at(x->fd, envelope, x->each, x->first + at * (int64_t)x->each))
        return fail(f, "%s: %s", x->path, strerror(errno));
    if ((uint32_t)crc32_z(0, (const unsigned char *)envelope, x->each) != x->entry[at].crc)
        return damaged(x, f);
    return 0;
}

static struct entry entry_of(const struct features *x, const struct features_new *from)
{
    struct entry e = {.window = from->key.window,
                      .windows = from->key.windows,
                      .ms = from->heard.ms,
                      .clipped = from->heard.clipped,
                      .silent = from->heard.silent,
                      .resampled = from->heard.resampled,
                      .mixed = from->heard.mixed};
    memcpy(e.sha256, from->key.sha256, sizeof e.sha256);
    e.crc = (uint32_t)crc32_z(0, (const unsigned char *)from->envelope, x->each);
    return e;
}

// The envelopes that were there, as they are.
static int copy_old(const struct features *x, int to)
{
    char *block = malloc(BLOCK);
    int64_t at = x->first, left = x->h.n * (int64_t)x->each;
    int bad = block ? 0 : -1;
    while (!bad && left > 0) {
        const size_t n = left < BLOCK ? (size_t)left : BLOCK;
        bad = read_at(x->fd, block, n, at) || file_append(to, block, n);
        at += (int64_t)n;
        left -= (int64_t)n;
    }
    free(block);
    return bad;
}

static int write_all(const struct features *x, const struct header *h, const struct entry *entry,
                     const struct features_new *const *fresh, struct fail *f)
{
    struct file_new new;
    const uint32_t crc[2] = {crc_of(h, entry), 0};
    if (file_begin(&new, x->path, f)) return -1;
    int bad = file_append(new.fd, magic, MAGIC) || file_append(new.fd, h, sizeof *h) ||
              file_append(new.fd, entry, (size_t)h->n * sizeof *entry) ||
              file_append(new.fd, crc, sizeof crc) || copy_old(x, new.fd);
    for (int64_t i = 0; !bad && i < h->n - x->h.n; i++)
        bad = file_append(new.fd, fresh[i]->envelope, x->each);
    if (!bad) return file_commit(&new, x->path, f);
    const int why = errno;
    file_drop(&new);
    return fail(f, "%s: %s", x->path, strerror(why));
}

static int by_new_key(const void *a, const void *b)
{
    const struct features_new *p = *(const struct features_new *const *)a,
                              *q = *(const struct features_new *const *)b;
    return compare_keys(&p->key, &q->key);
}

int features_add(const struct features *x, const struct features_new *list, size_t n,
                 struct fail *f)
{
    const struct features_new **fresh = malloc((n + 1) * sizeof *fresh);
    size_t found = 0, kept = 0;
    if (!fresh) return fail(f, "%s: out of memory", x->path);
    for (size_t i = 0; i < n; i++)
        if (*list[i].key.sha256 && features_find(x, &list[i].key) < 0) fresh[found++] = &list[i];
    qsort(fresh, found, sizeof *fresh, by_new_key);
    for (size_t i = 0; i < found; i++) // copies of a recording are one
        if (!i || by_new_key(&fresh[kept - 1], &fresh[i])) fresh[kept++] = fresh[i];
    struct header h = x->h;
    h.n += (int64_t)kept;
    struct entry *entry = malloc((size_t)h.n * sizeof *entry + 1);
    int bad = 0;
    if (kept && entry) {
        if (x->h.n) memcpy(entry, x->entry, (size_t)x->h.n * sizeof *entry);
        for (size_t i = 0; i < kept; i++)
            entry[(size_t)x->h.n + i] = entry_of(x, fresh[i]);
        bad = write_all(x, &h, entry, fresh, f);
    } else if (kept)
        bad = fail(f, "%s: out of memory", x->path);
    free(entry);
    free(fresh);
    return bad;
}
