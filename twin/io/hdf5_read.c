#include "twin/io/hdf5_read.h"

#include "base/file.h"
#include "twin/io/apart.h"
#include "twin/io/hdf5_seal.h"
#include "twin/io/hdf5_walk.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define MOST ((size_t)1 << 32) // bytes of a file
enum { SECONDS = 2, WALL = 60, MIB = 1 << 20 };

// Each value takes at most 8 times what is stored; names and records come on top.
static size_t room_for(size_t n_bytes, bool foreign)
{
    return 16 * n_bytes + MIB + (foreign ? HDF5_UNPACKED : 0);
}

struct job {
    struct hdf5_room *room;
    const char *bytes;
    size_t n_bytes;
};

static void walk(void *context)
{
    const struct job *j = context;
    hdf5_walk(j->room, j->bytes, j->n_bytes);
}

// Walks the file in a process of its own, and waits for its end.
static int walk_apart(struct hdf5_room *room, const char *bytes, size_t n_bytes, const char *path,
                      struct fail *f)
{
    struct job job = {room, bytes, n_bytes};
    const unsigned more = (unsigned)(n_bytes / (16 * MIB));
    const struct apart limits = {SECONDS + more, WALL + more, 8 * n_bytes + 128 * MIB};
    pid_t child = apart_start(&limits, walk, &job, path, f);
    if (child < 0) return -1;
    const char *how = apart_wait(child);
    if (room->walked == 1) return 0;
    room->why[sizeof room->why - 1] = 0;
    if (room->walked) return fail(f, "%s: %s", path, room->why);
    return fail(f, "%s: damaged: %s", path, how ? how : "HDF5 ends in a crash on it");
}

// One record at `at`, into *a; the next one's place, or 0.
static size_t take_record(struct hdf5_array *a, const struct hdf5_room *room, size_t size,
                          size_t at)
{
    struct hdf5_record r;
    const char *base = (const char *)room;
    if (size - at < sizeof r) return 0;
    memcpy(&r, base + at, sizeof r);
    at += sizeof r;
    if (r.name_bytes < 1 || r.name_bytes > size - at || hdf5_filled(r.name_bytes) > size - at ||
        base[at + r.name_bytes - 1])
        return 0;
    a->name = base + at;
    at += hdf5_filled(r.name_bytes);
    if (r.value_bytes > size - at || hdf5_filled(r.value_bytes) > size - at) return 0;
    if (r.kind > HDF5_TEXT || r.n_dims > HDF5_DIMS) return 0;
    a->kind = (enum hdf5_kind)r.kind;
    a->n_dims = (int)r.n_dims;
    a->data = base + at;
    a->n = 1;
    for (int i = 0; i < a->n_dims; i++) {
        a->dims[i] = r.dims[i];
        if (r.dims[i] && a->n > r.value_bytes / r.dims[i]) return 0; // a value is a byte at least
        a->n *= r.dims[i];
    }
    if (a->kind == HDF5_TEXT) {
        size_t ends = 0;
        for (size_t i = 0; i < r.value_bytes; i++)
            ends += !base[at + i];
        if (ends != a->n || (r.value_bytes && base[at + r.value_bytes - 1])) return 0;
    } else if (r.value_bytes != 8 * a->n)
        return 0;
    return at + hdf5_filled(r.value_bytes);
}

static int take_all(struct hdf5_file *h, size_t n, const char *path, struct fail *f)
{
    const struct hdf5_room *room = h->room;
    size_t at = hdf5_filled(sizeof *room);
    if (n > h->room_bytes / sizeof(struct hdf5_record))
        return fail(f, "%s: damaged: HDF5 came back with nonsense", path);
    h->array = calloc(n + 1, sizeof *h->array);
    if (!h->array) return fail(f, "%s: out of memory", path);
    for (; h->n < (int)n; h->n++)
        if (!(at = take_record(&h->array[h->n], room, h->room_bytes, at)))
            return fail(f, "%s: damaged: HDF5 came back with nonsense", path);
    return 0;
}

static int read_file(struct hdf5_file *h, const char *path, bool foreign, struct fail *f)
{
    size_t n_bytes;
    *h = (struct hdf5_file){0};
    char *bytes = file_read(path, MOST, &n_bytes, f);
    if (!bytes) return -1;
    enum hdf5_seal seal = hdf5_seal_check(bytes, n_bytes);
    h->sealed = seal == HDF5_SEAL_HOLDS;
    h->room_bytes = room_for(n_bytes, foreign);
    if (seal != HDF5_SEAL_BROKEN) {
        h->room = mmap(0, h->room_bytes, PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (h->room == MAP_FAILED) h->room = 0;
    }
    int bad = -1;
    struct hdf5_room *room = h->room;
    if (seal == HDF5_SEAL_BROKEN)
        fail(f, "%s: not an HDF5 file, or damaged", path);
    else if (!room)
        fail(f, "%s: out of memory", path);
    else {
        room->size = h->room_bytes;
        room->used = hdf5_filled(sizeof *room);
        room->foreign = foreign;
        bad = walk_apart(room, bytes, n_bytes, path, f) || take_all(h, room->n_records, path, f);
    }
    free(bytes);
    if (bad) hdf5_close(h);
    return bad ? -1 : 0;
}

int hdf5_read(struct hdf5_file *h, const char *path, struct fail *f)
{
    return read_file(h, path, false, f);
}

int hdf5_read_foreign(struct hdf5_file *h, const char *path, struct fail *f)
{
    return read_file(h, path, true, f);
}

void hdf5_close(struct hdf5_file *h)
{
    if (h->room) munmap(h->room, h->room_bytes);
    free(h->array);
    *h = (struct hdf5_file){0};
}

const struct hdf5_array *hdf5_find(const struct hdf5_file *h, const char *name)
{
    for (int i = 0; i < h->n; i++)
        if (!strcmp(h->array[i].name, name)) return &h->array[i];
    return 0;
}

static const void *values_of(const struct hdf5_file *h, const char *name, enum hdf5_kind kind,
                             int n_dims, const uint64_t *dims)
{
    const struct hdf5_array *a = hdf5_find(h, name);
    if (!a || a->kind != kind || a->n_dims != n_dims) return 0;
    for (int i = 0; i < n_dims; i++)
        if (a->dims[i] != dims[i]) return 0;
    return a->data;
}

const double *hdf5_reals(const struct hdf5_file *h, const char *name, int n_dims,
                         const uint64_t *dims)
{
    return values_of(h, name, HDF5_REAL, n_dims, dims);
}

const int64_t *hdf5_wholes(const struct hdf5_file *h, const char *name, int n_dims,
                           const uint64_t *dims)
{
    return values_of(h, name, HDF5_WHOLE, n_dims, dims);
}

const char *hdf5_text(const struct hdf5_file *h, const char *name)
{
    return values_of(h, name, HDF5_TEXT, 0, 0);
}

bool hdf5_has_group(const struct hdf5_file *h, const char *name)
{
    size_t n = strlen(name);
    for (int i = 0; i < h->n; i++)
        if (!strncmp(h->array[i].name, name, n) && h->array[i].name[n] == '/') return true;
    return false;
}
