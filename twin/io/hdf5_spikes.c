#include "twin/io/hdf5_spikes.h"

#include "twin/io/apart.h"
#include "twin/io/hdf5_spikes_walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct work {
    const void *bytes;
    size_t n_bytes;
    int fd[2];
};

static void work(void *context)
{
    struct work *w = context;
    close(w->fd[0]);
    hdf5_spikes_walk(w->bytes, w->n_bytes, w->fd[1]);
}

// What comes back, checked like any input.
struct back {
    int fd;
    size_t n_bytes; // of the file
    const char *path;
    char *keys;
    const char **key; // (head.n_keys)
    struct hdf5_spikes_head head;
    uint64_t item;
    void *room; // of one item
    size_t room_bytes;
    bool begun, ended;
};

static int take(struct back *b, void *to, size_t n)
{
    for (size_t got = 0; got < n;) {
        ssize_t now = read(b->fd, (char *)to + got, n - got);
        if (now < 0 && errno == EINTR) continue;
        if (now <= 0) return -1;
        got += (size_t)now;
    }
    return 0;
}

static int nonsense(const struct back *b, struct fail *f)
{
    return fail(f, "%s: damaged: HDF5 came back with nonsense", b->path);
}

static int take_keys(struct back *b, const struct spikes_record *r, struct fail *f)
{
    uint64_t n = 0;
    if (b->key || r->n > SPIKES_MOST_KEYS || r->bytes > r->n * 1025) return nonsense(b, f);
    b->keys = malloc(r->bytes + 1);
    b->key = malloc((r->n + 1) * sizeof *b->key);
    if (!b->keys || !b->key) return fail(f, "%s: out of memory", b->path);
    if (take(b, b->keys, r->bytes)) return nonsense(b, f);
    b->keys[r->bytes] = 0;
    for (uint64_t at = 0; at < r->bytes; at += strlen(b->keys + at) + 1)
        if (n < r->n) b->key[n++] = b->keys + at;
    if (n != r->n) return nonsense(b, f);
    b->head.n_keys = (int)n;
    b->head.key = b->key;
    return 0;
}

static int take_item(struct back *b, const struct spikes_record *r,
                     const struct hdf5_spikes_sink *sink, struct fail *f)
{
    if (!b->begun || b->item >= b->head.n_items || r->n > b->n_bytes) return nonsense(b, f);
    if (r->n * 16 > b->room_bytes) {
        free(b->room);
        b->room = malloc(b->room_bytes = r->n * 32);
        if (!b->room)
            return fail(f, "%s: item %llu: out of memory", b->path, (unsigned long long)b->item);
    }
    double *time = b->room;
    int64_t *unit = r->n ? (int64_t *)(void *)(time + r->n) : 0; // no item before it had room
    if (r->n && take(b, b->room, r->n * 16)) return nonsense(b, f);
    const struct hdf5_spikes_item item = {b->item++, r->label, r->speaker, r->n, time, unit};
    return sink->item(sink->context, &item, f);
}

static int take_why(struct back *b, const struct spikes_record *r, struct fail *f)
{
    char why[sizeof f->text] = "";
    if (r->bytes >= sizeof why || take(b, why, r->bytes)) return nonsense(b, f);
    return fail(f, "%s: %s", b->path, why);
}

// 0: go on. -1: refused. Its end without END is told by how the process ended.
static int take_record(struct back *b, const struct hdf5_spikes_sink *sink, struct fail *f)
{
    struct spikes_record r;
    if (take(b, &r, sizeof r)) return -1;
    switch (r.tag) {
    case SPIKES_KEYS:
        return take_keys(b, &r, f);
    case SPIKES_HEAD:
        if (b->begun) return nonsense(b, f);
        b->begun = true;
        b->head.n_items = r.n;
        b->head.whole = r.flags & SPIKES_WHOLE;
        b->head.speakers = r.flags & SPIKES_SPEAKERS;
        return sink->head(sink->context, &b->head, f);
    case SPIKES_ITEM:
        return take_item(b, &r, sink, f);
    case SPIKES_END:
        b->ended = true;
        return b->begun && b->item == b->head.n_items ? 0 : nonsense(b, f);
    case SPIKES_WHY:
        return take_why(b, &r, f);
    default:
        return nonsense(b, f);
    }
}

int hdf5_spikes_read(const void *bytes, size_t n_bytes, const char *path,
                     const struct hdf5_spikes_sink *sink, struct fail *f)
{
    enum { MIB = 1 << 20 };
    struct work w = {.bytes = bytes, .n_bytes = n_bytes};
    if (pipe(w.fd)) return fail(f, "%s: %s", path, strerror(errno));
    const unsigned s = (unsigned)(n_bytes / (2 * MIB));
    const struct apart limits = {2 + s, 60 + 20 * s, 20 * n_bytes + 256 * MIB};
    pid_t process = apart_start(&limits, work, &w, path, f);
    close(w.fd[1]);
    struct back b = {.fd = w.fd[0], .n_bytes = n_bytes, .path = path};
    int bad = process < 0 ? -1 : 0;
    f->text[0] = process < 0 ? f->text[0] : 0;
    while (!bad && !b.ended)
        bad = take_record(&b, sink, f);
    close(w.fd[0]); // a process that still writes ends by that
    const char *how = process < 0 ? 0 : apart_wait(process);
    if (bad && !*f->text)
        fail(f, "%s: damaged: %s", path, how ? how : "HDF5 ends before the file's end");
    free(b.key);
    free(b.keys);
    free(b.room);
    return bad ? -1 : 0;
}
