#include "twin/predict/predict_state.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static const char magic[8] = {'S', 'T', 'W', 'C', 'H', 'I', 'P', 'S'};
enum { IDENTITY = 1024, TRIES = 100 };

struct head { // of a record
    uint64_t part, hash;
    int64_t clamped;
    int64_t spikes[IMAGE_MAX_LAYERS];
    uint32_t k;
    int32_t correct;
};

struct entry { // where a chip's record stands
    uint64_t part;
    uint32_t k;
    off_t at;
};

struct predict_state {
    char path[4096];
    int fd;
    const struct task *task;
    struct predict_extent extent;
    int n_items;
    bool wide;     // a decision has two bytes
    size_t record; // bytes
    struct entry *entry;
    int n, room;
    int n_opened;
    int64_t torn; // bytes
    bool sorted;
};

static uint32_t check(const unsigned char *bytes, size_t n)
{
    return (uint32_t)crc32(0, bytes, (uInt)n);
}

static int by_chip(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->part != y->part) return x->part < y->part ? -1 : 1;
    return (x->k > y->k) - (x->k < y->k);
}

static int note(struct predict_state *s, uint64_t part, uint32_t k, off_t at)
{
    if (s->n == s->room) {
        int room = s->room ? 2 * s->room : 256;
        struct entry *more = realloc(s->entry, (size_t)room * sizeof *more);
        if (!more) return -1;
        s->entry = more;
        s->room = room;
    }
    s->entry[s->n++] = (struct entry){part, k, at};
    s->sorted = false;
    return 0;
}

static int begin_file(const char *path, const char *identity, struct fail *f)
{
    unsigned char head[sizeof magic + 8 + IDENTITY];
    uint32_t length = (uint32_t)strlen(identity);
    size_t n = sizeof magic + sizeof length + length;
    memcpy(head, magic, sizeof magic);
    memcpy(head + sizeof magic, &length, sizeof length);
    memcpy(head + sizeof magic + sizeof length, identity, length);
    uint32_t crc = check(head, n);
    memcpy(head + n, &crc, sizeof crc);
    return file_write_new(path, head, n + sizeof crc, f) < 0 ? -1 : 0; // 1: another has begun it
}

// Says where two identities differ.
static int other_identity(const char *path, const char *has, const char *wanted, struct fail *f)
{
    size_t at = 0;
    while (has[at] && has[at] == wanted[at])
        at++;
    while (at > 0 && has[at - 1] != ' ')
        at--;
    return fail(f, "%s: of another prediction: it has %.*s, asked for is %.*s", path,
                (int)strcspn(has + at, " "), has + at, (int)strcspn(wanted + at, " "), wanted + at);
}

// Reads the head; returns where the records begin, or -1.
static off_t read_head(struct predict_state *s, const char *identity, struct fail *f)
{
    unsigned char head[sizeof magic + 8 + IDENTITY];
    uint32_t length = 0, crc = 0;
    char has[IDENTITY] = "";
    ssize_t got = pread(s->fd, head, sizeof head, 0);
    if (got < 0) return fail(f, "%s: %s", s->path, strerror(errno));
    size_t fixed = sizeof magic + sizeof length;
    if ((size_t)got >= fixed) memcpy(&length, head + sizeof magic, sizeof length);
    size_t n = fixed + length;
    if ((size_t)got < fixed || memcmp(head, magic, sizeof magic) != 0 || length >= IDENTITY ||
        (size_t)got < n + sizeof crc)
        return fail(f, "%s: not a state file of spiketwin predict", s->path);
    memcpy(&crc, head + n, sizeof crc);
    if (crc != check(head, n)) return fail(f, "%s: damaged: its head", s->path);
    memcpy(has, head + fixed, length);
    if (strcmp(has, identity) != 0) return other_identity(s->path, has, identity, f);
    return (off_t)(n + sizeof crc);
}

static bool whole(const struct predict_state *s, const unsigned char *record)
{
    uint32_t crc;
    memcpy(&crc, record + s->record - sizeof crc, sizeof crc);
    return crc == check(record, s->record - sizeof crc);
}

enum { BYTE_CLASS = 0x3f, BYTE_TIED = 0x40, BYTE_SILENT = 0x80 };

static void put_decisions(const struct predict_state *s, unsigned char *to,
                          const uint16_t *decision)
{
    if (s->wide) memcpy(to, decision, (size_t)s->n_items * sizeof *decision);
    for (int i = 0; !s->wide && i < s->n_items; i++)
        to[i] = (unsigned char)(decision_class(decision[i]) |
                                (decision[i] & DECISION_TIED ? BYTE_TIED : 0) |
                                (decision[i] & DECISION_SILENT ? BYTE_SILENT : 0));
}

static uint16_t get_decision(const struct predict_state *s, const unsigned char *from, int i)
{
    uint16_t x;
    if (!s->wide)
        return (uint16_t)((from[i] & BYTE_CLASS) | (from[i] & BYTE_TIED ? DECISION_TIED : 0) |
                          (from[i] & BYTE_SILENT ? DECISION_SILENT : 0));
    memcpy(&x, from + (size_t)i * sizeof x, sizeof x);
    return x;
}

static int off(const struct predict_state *s, uint32_t k, const char *what, int64_t is,
               int64_t least, int64_t most, struct fail *f)
{
    return fail(f,
                "%s: chip %" PRIu32 ": %s, %" PRId64 ", allowed %" PRId64 "..%" PRId64
                ": not what spiketwin predict left there",
                s->path, k, what, is, least, most);
}

// A whole record as a chip and its decisions (n_items, may be NULL), if a chip can have said that.
static int read_record(const struct predict_state *s, const unsigned char *record,
                       struct predict_chip *out, uint16_t *decision, struct fail *f)
{
    const struct task *t = s->task;
    struct head h;
    memcpy(&h, record, sizeof h);
    *out =
        (struct predict_chip){.k = h.k, .correct = h.correct, .clamped = h.clamped, .hash = h.hash};
    memcpy(out->spikes, h.spikes, sizeof h.spikes);
    int correct = 0;
    int64_t least_spikes = 0;
    for (int i = 0; i < s->n_items; i++) {
        uint16_t x = get_decision(s, record + sizeof h, i);
        int class = decision_class(x);
        if (!task_graded(t) && class >= t->n_classes)
            return off(s, h.k, "a decision's class", class, 0, t->n_classes - 1, f);
        int takes = t->takes(t, x);
        if (takes < 0)
            return fail(f, "%s: chip %" PRIu32 ": decision of item %d, %#x, is no decision: %s",
                        s->path, h.k, i, x, t->decisions);
        least_spikes += takes;
        correct += decision_points(t, i, x);
        out->tied += decision_tied(t, x);
        out->silent += (x & DECISION_SILENT) != 0;
        if (decision) decision[i] = x;
    }
    if (h.correct != correct) return off(s, h.k, "correct", h.correct, correct, correct, f);
    if (h.clamped < 0 || h.clamped > s->extent.words)
        return off(s, h.k, "clamped", h.clamped, 0, s->extent.words, f);
    for (int l = 0; l < IMAGE_MAX_LAYERS; l++) {
        bool last = l == s->extent.n_layers - 1;
        int64_t least = last ? least_spikes : 0, most = s->n_items * s->extent.spikes[l];
        if (last && out->silent == s->n_items) most = 0;
        char what[32];
        snprintf(what, sizeof what, "spikes of layer %d", l);
        if (h.spikes[l] < least || h.spikes[l] > most)
            return off(s, h.k, what, h.spikes[l], least, most, f);
    }
    return 0;
}

static int find_twice(struct predict_state *s, struct fail *f)
{
    if (s->n == 0) return 0;
    qsort(s->entry, (size_t)s->n, sizeof *s->entry, by_chip);
    s->sorted = true;
    for (int i = 1; i < s->n; i++)
        if (by_chip(&s->entry[i - 1], &s->entry[i]) == 0)
            return fail(f,
                        "%s: chip %" PRIu32 ": there twice: not what spiketwin predict left there",
                        s->path, s->entry[i].k);
    return 0;
}

// Notes every whole record and cuts off what follows the last of them.
static int read_records(struct predict_state *s, off_t at, struct fail *f)
{
    unsigned char *record = malloc(s->record);
    int bad = record ? 0 : fail(f, "%s: out of memory", s->path);
    while (!bad && pread(s->fd, record, s->record, at) == (ssize_t)s->record && whole(s, record)) {
        struct predict_chip chip;
        uint64_t part;
        memcpy(&part, record, sizeof part);
        bad = read_record(s, record, &chip, 0, f);
        if (!bad && note(s, part, chip.k, at)) bad = fail(f, "%s: out of memory", s->path);
        at += (off_t)s->record;
    }
    free(record);
    if (bad || find_twice(s, f)) return -1;
    s->n_opened = s->n;
    off_t end = lseek(s->fd, 0, SEEK_END);
    s->torn = end - at;
    if (end < at || ftruncate(s->fd, at) || lseek(s->fd, at, SEEK_SET) != at)
        return fail(f, "%s: %s", s->path, strerror(errno));
    return 0;
}

// The file, begun if it is not there, for us alone.
static int open_alone(struct predict_state *s, const char *identity, struct fail *f)
{
    struct stat is, named;
    for (int i = 0; i < TRIES; i++) {
        if (access(s->path, F_OK) && begin_file(s->path, identity, f)) return -1;
        s->fd = open(s->path, O_RDWR | O_CLOEXEC);
        if (s->fd < 0 && errno == ENOENT) continue; // its last user was done with it meanwhile
        if (s->fd < 0) return fail(f, "%s: %s", s->path, strerror(errno));
        if (flock(s->fd, LOCK_EX | LOCK_NB))
            return fail(f, "%s: %s", s->path,
                        errno == EWOULDBLOCK ? "in use by another process" : strerror(errno));
        if (fstat(s->fd, &is)) return fail(f, "%s: %s", s->path, strerror(errno));
        if (stat(s->path, &named) == 0 && is.st_dev == named.st_dev && is.st_ino == named.st_ino)
            return 0;
        close(s->fd);
        s->fd = -1;
    }
    return fail(f, "%s: could not be begun: a link to nothing?", s->path);
}

struct predict_state *predict_state_open(const char *path, const char *identity,
                                         const struct predict_job *job, struct fail *f)
{
    struct predict_state *s = calloc(1, sizeof *s);
    off_t at = -1;
    if (!s) {
        fail(f, "%s: out of memory", path);
        return 0;
    }
    snprintf(s->path, sizeof s->path, "%s", path);
    s->task = job->task;
    s->extent = job->by->extent(job);
    s->n_items = job->task->n_items;
    s->wide = s->task->n_classes > BYTE_CLASS + 1 || task_graded(s->task);
    s->record = sizeof(struct head) + (size_t)s->n_items * (s->wide ? 2 : 1) + sizeof(uint32_t);
    s->fd = -1;
    if (strlen(path) >= sizeof s->path || file_streams(path)) {
        fail(f, "%.200s: a state is a file that is read again, not a stream", path);
        goto bad;
    }
    if (open_alone(s, identity, f)) goto bad;
    at = read_head(s, identity, f);
    if (at >= 0 && read_records(s, at, f) == 0) return s;
bad:
    predict_state_close(s);
    return 0;
}

void predict_state_close(struct predict_state *s)
{
    if (!s) return;
    if (s->fd >= 0) close(s->fd);
    free(s->entry);
    free(s);
}

int predict_state_chips(const struct predict_state *s)
{
    return s ? s->n_opened : 0;
}

int64_t predict_state_torn(const struct predict_state *s)
{
    return s ? s->torn : 0;
}

int predict_state_find(struct predict_state *s, uint64_t part, uint32_t k, struct predict_chip *out,
                       uint16_t *decision, struct fail *f)
{
    struct entry key = {part, k, 0}, *e;
    if (!s || s->n == 0) return 0;
    if (!s->sorted) qsort(s->entry, (size_t)s->n, sizeof *s->entry, by_chip);
    s->sorted = true;
    e = bsearch(&key, s->entry, (size_t)s->n, sizeof *s->entry, by_chip);
    if (!e) return 0;
    unsigned char *record = malloc(s->record);
    if (!record) return fail(f, "%s: out of memory", s->path);
    bool good = pread(s->fd, record, s->record, e->at) == (ssize_t)s->record && whole(s, record);
    int bad = good ? read_record(s, record, out, decision, f)
                   : fail(f, "%s: chip %u could not be read again", s->path, k);
    free(record);
    return bad ? -1 : 1;
}

int predict_state_add(struct predict_state *s, uint64_t part, const struct predict_chip *chips,
                      const uint16_t *decision, int n, struct fail *f)
{
    if (!s || n == 0) return 0;
    size_t size = s->record * (size_t)n;
    unsigned char *bytes = malloc(size), *to = bytes;
    off_t at = lseek(s->fd, 0, SEEK_END);
    if (!bytes) return fail(f, "%s: out of memory", s->path);
    for (int i = 0; i < n; i++, to += s->record) {
        const struct predict_chip *c = &chips[i];
        struct head h = {part, c->hash, c->clamped, {0}, c->k, c->correct};
        memcpy(h.spikes, c->spikes, sizeof h.spikes);
        memcpy(to, &h, sizeof h);
        put_decisions(s, to + sizeof h, decision + (size_t)i * (size_t)s->n_items);
        uint32_t crc = check(to, s->record - sizeof crc);
        memcpy(to + s->record - sizeof crc, &crc, sizeof crc);
        if (note(s, part, c->k, at + (off_t)((size_t)i * s->record))) {
            free(bytes);
            return fail(f, "%s: out of memory", s->path);
        }
    }
    int bad = file_append(s->fd, bytes, size), why = errno;
    free(bytes);
    return bad ? fail(f, "%s: %s", s->path, strerror(why)) : 0;
}

int predict_state_sync(struct predict_state *s, struct fail *f)
{
    return s && fdatasync(s->fd) ? fail(f, "%s: %s", s->path, strerror(errno)) : 0;
}
