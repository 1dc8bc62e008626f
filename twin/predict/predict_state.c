#include "twin/predict/predict_state.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include <zlib.h>

static const char magic[8] = {'S', 'T', 'W', 'C', 'H', 'I', 'P', 'S'};
enum { IDENTITY = 1024 };

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
    int n_clips;
    size_t record; // bytes
    struct entry *entry;
    int n, room;
    int n_opened;
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
    char temporary[4200];
    unsigned char head[sizeof magic + 8 + IDENTITY];
    uint32_t length = (uint32_t)strlen(identity);
    size_t n = sizeof magic + sizeof length + length;
    memcpy(head, magic, sizeof magic);
    memcpy(head + sizeof magic, &length, sizeof length);
    memcpy(head + sizeof magic + sizeof length, identity, length);
    uint32_t crc = check(head, n);
    memcpy(head + n, &crc, sizeof crc);
    file_temporary(path, temporary, sizeof temporary);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (fd < 0) return fail(f, "%s: %s", path, strerror(errno));
    bool bad = write(fd, head, n + sizeof crc) != (ssize_t)(n + sizeof crc);
    int why = errno;
    if (close(fd) || bad) {
        unlink(temporary);
        return fail(f, "%s: %s", path, strerror(bad ? why : errno));
    }
    return file_commit(temporary, path, f);
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

// Notes every whole record and cuts off what follows the last of them.
static int read_records(struct predict_state *s, off_t at, struct fail *f)
{
    unsigned char *record = malloc(s->record);
    if (!record) return fail(f, "%s: out of memory", s->path);
    while (pread(s->fd, record, s->record, at) == (ssize_t)s->record && whole(s, record)) {
        struct head h;
        memcpy(&h, record, sizeof h);
        if (note(s, h.part, h.k, at)) {
            free(record);
            return fail(f, "%s: out of memory", s->path);
        }
        at += (off_t)s->record;
    }
    free(record);
    s->n_opened = s->n;
    if (ftruncate(s->fd, at) || lseek(s->fd, at, SEEK_SET) != at)
        return fail(f, "%s: %s", s->path, strerror(errno));
    return 0;
}

struct predict_state *predict_state_open(const char *path, const char *identity, int n_clips,
                                         struct fail *f)
{
    struct predict_state *s = calloc(1, sizeof *s);
    off_t at = -1;
    if (!s) {
        fail(f, "%s: out of memory", path);
        return 0;
    }
    snprintf(s->path, sizeof s->path, "%s", path);
    s->n_clips = n_clips;
    s->record = sizeof(struct head) + (size_t)n_clips + sizeof(uint32_t);
    s->fd = -1;
    if (access(path, F_OK) && begin_file(path, identity, f)) goto bad;
    s->fd = open(path, O_RDWR);
    if (s->fd < 0) {
        fail(f, "%s: %s", path, strerror(errno));
        goto bad;
    }
    if (flock(s->fd, LOCK_EX | LOCK_NB)) {
        fail(f, "%s: in use by another process", path);
        goto bad;
    }
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

int predict_state_find(struct predict_state *s, uint64_t part, uint32_t k, struct predict_chip *out,
                       uint8_t *decision, struct fail *f)
{
    struct entry key = {part, k, 0}, *e;
    if (!s || s->n == 0) return 0;
    if (!s->sorted) qsort(s->entry, (size_t)s->n, sizeof *s->entry, by_chip);
    s->sorted = true;
    e = bsearch(&key, s->entry, (size_t)s->n, sizeof *s->entry, by_chip);
    if (!e) return 0;
    unsigned char *record = malloc(s->record);
    if (!record) return fail(f, "%s: out of memory", s->path);
    struct head h;
    bool good = pread(s->fd, record, s->record, e->at) == (ssize_t)s->record && whole(s, record);
    if (good) {
        memcpy(&h, record, sizeof h);
        memcpy(decision, record + sizeof h, (size_t)s->n_clips);
        *out = (struct predict_chip){h.k, h.correct, h.clamped, h.hash, {0}};
        memcpy(out->spikes, h.spikes, sizeof h.spikes);
    }
    free(record);
    return good ? 1 : fail(f, "%s: chip %u could not be read again", s->path, k);
}

int predict_state_add(struct predict_state *s, uint64_t part, const struct predict_chip *chips,
                      const uint8_t *decision, int n, struct fail *f)
{
    if (!s || n == 0) return 0;
    size_t size = s->record * (size_t)n, put = 0;
    unsigned char *bytes = malloc(size), *to = bytes;
    off_t at = lseek(s->fd, 0, SEEK_END);
    if (!bytes) return fail(f, "%s: out of memory", s->path);
    for (int i = 0; i < n; i++, to += s->record) {
        const struct predict_chip *c = &chips[i];
        struct head h = {part, c->hash, c->clamped, {0}, c->k, c->correct};
        memcpy(h.spikes, c->spikes, sizeof h.spikes);
        memcpy(to, &h, sizeof h);
        memcpy(to + sizeof h, decision + (size_t)i * (size_t)s->n_clips, (size_t)s->n_clips);
        uint32_t crc = check(to, s->record - sizeof crc);
        memcpy(to + s->record - sizeof crc, &crc, sizeof crc);
        if (note(s, part, c->k, at + (off_t)((size_t)i * s->record))) {
            free(bytes);
            return fail(f, "%s: out of memory", s->path);
        }
    }
    while (put < size) {
        ssize_t wrote = write(s->fd, bytes + put, size - put);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) break;
        put += (size_t)wrote;
    }
    free(bytes);
    return put == size ? 0 : fail(f, "%s: %s", s->path, strerror(errno));
}

int predict_state_sync(struct predict_state *s, struct fail *f)
{
    return s && fdatasync(s->fd) ? fail(f, "%s: %s", s->path, strerror(errno)) : 0;
}

static uint32_t of_faults(const struct faults *a)
{
    char line[128];
    uLong crc = 0;
    for (int i = 0; a && i < a->n_fixed; i++) {
        const struct fault_fixed *x = &a->fixed[i];
        int n = snprintf(line, sizeof line, "%d %d %d %d %d %d\n", x->dead, x->layer, x->neuron,
                         x->row, x->bit, x->value);
        crc = crc32(crc, (unsigned char *)line, (uInt)n);
    }
    for (int i = 0; a && i < a->n_flips; i++) {
        const struct stimulus_write *x = &a->flip[i];
        int n = snprintf(line, sizeof line, "%d %d %d %d %d %d %d\n", x->tick, x->layer, x->neuron,
                         x->row, x->word, x->flip, x->value);
        crc = crc32(crc, (unsigned char *)line, (uInt)n);
    }
    return (uint32_t)crc;
}

void predict_identity(const struct predict_job *job, const char *version, char *text, size_t size)
{
    const struct speech *s = job->speech;
    const struct image_shape *shape = &job->net->shape;
    uLong labels = 0, net = 0;
    uint32_t sound = 0;
    for (int l = 0; l < shape->n_layers; l++) {
        int layer[] = {shape->layer[l].n_in,     shape->layer[l].n_out,
                       shape->layer[l].topology, shape->layer[l].recurrent,
                       shape->layer[l].delayed,  shape->layer[l].max_spikes};
        net = crc32(net, (const unsigned char *)layer, sizeof layer);
    }
    net = crc32_z(net, (const unsigned char *)job->net->values,
                  job->net->n_values * sizeof *job->net->values);
    for (int i = 0; i < job->n_clips; i++) {
        const struct dataset_clip *c = &s->set.clip[job->clip[i]];
        unsigned char mark = (unsigned char)c->label;
        sound = speech_crc(s, sound, job->clip[i]);
        labels = crc32(labels, (const unsigned char *)&c->id, sizeof c->id);
        labels = crc32(labels, &mark, 1);
    }
    snprintf(text, size,
             "version=%s net=%08lx data=%016" PRIx64 " clips=%d labels=%08lx sound=%08" PRIx32 " "
             "seed=%" PRIu64 " faults=%08" PRIx32,
             version, net, dataset_hash(&s->set), job->n_clips, labels, sound, job->seed,
             of_faults(job->faults));
}
