#include "twin/train/checkpoint.h"

#include "twin/io/hdf5_io.h"
#include "twin/io/hdf5_read.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int checkpoint_save(const char *path, char *identity, const struct checkpoint_part *part,
                    int n_parts, struct fail *f)
{
    if (!identity) return fail(f, "%s: out of memory", path);
    hid_t file = hdf5_create();
    int bad = file < 0 || hdf5_put_text(file, "identity", identity);
    for (int i = 0; !bad && i < n_parts; i++) {
        const hid_t type[] = {H5T_STD_I64LE, H5T_IEEE_F32LE, H5T_IEEE_F64LE};
        const hsize_t n = part[i].n;
        bad = hdf5_put(file, part[i].name, type[part[i].kind], n ? 1 : 0, n ? &n : 0, part[i].at);
    }
    free(identity);
    if (file < 0) return fail(f, "%s: HDF5 could not begin it", path);
    return hdf5_commit(file, bad, path, f);
}

// Where the first option that differs begins.
static size_t option_at(const char *a, const char *b)
{
    size_t at = 0;
    while (a[at] == b[at])
        at++;
    while (at > 0 && a[at - 1] != ' ')
        at--;
    return at;
}

static int check_identity(const struct hdf5_file *h, const char *path, const char *wanted,
                          struct fail *f)
{
    enum { SHOWN = 120 };
    const char *text = hdf5_text(h, "identity");
    if (!h->sealed)
        return fail(
            f, "%s: without a seal: of an older version, which cannot be gone on from, or damaged",
            path);
    if (!text) return fail(f, "%s: damaged, or of another shape", path);
    if (strcmp(text, wanted) == 0) return 0;
    size_t at = option_at(text, wanted);
    int has = (int)strcspn(text + at, " "), asked = (int)strcspn(wanted + at, " ");
    return fail(f, "%s: of another run: it has %.*s, asked for is %.*s", path,
                has < SHOWN ? has : SHOWN, text + at, asked < SHOWN ? asked : SHOWN, wanted + at);
}

// One part from the file to its place; without `take` only whether it is there.
static bool get(const struct hdf5_file *h, const struct checkpoint_part *p, bool take)
{
    const uint64_t n = p->n;
    const size_t count = p->n ? p->n : 1;
    const int rank = p->n ? 1 : 0;
    if (p->kind == CHECKPOINT_COUNTS) {
        const int64_t *from = hdf5_wholes(h, p->name, rank, &n);
        for (size_t i = 0; from && i < count; i++)
            if (from[i] < 0) return false;
        if (from && take) memcpy(p->at, from, count * sizeof *from);
        return from;
    }
    const double *from = hdf5_reals(h, p->name, rank, &n);
    if (from && take && p->kind == CHECKPOINT_DOUBLES) memcpy(p->at, from, count * sizeof *from);
    for (size_t i = 0; from && take && p->kind == CHECKPOINT_FLOATS && i < count; i++)
        ((float *)p->at)[i] = (float)from[i];
    return from;
}

int checkpoint_load(const char *path, char *identity, const struct checkpoint_part *part,
                    int n_parts, struct fail *f)
{
    struct hdf5_file h = {0};
    int bad = !identity                ? fail(f, "%s: out of memory", path)
              : access(path, R_OK)     ? fail(f, "%s: no checkpoint to resume from", path)
              : hdf5_read(&h, path, f) ? -1
                                       : 0;
    if (!bad) {
        bad = check_identity(&h, path, identity, f);
        for (int take = 0; take < 2 && !bad; take++)
            for (int i = 0; i < n_parts && !bad; i++)
                if (!get(&h, &part[i], take))
                    bad = fail(f, "%s: damaged, or of another shape", path);
        hdf5_close(&h);
    }
    free(identity);
    return bad;
}
