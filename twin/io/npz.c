#include "twin/io/npz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

int npz_open(struct npz *z, const void *bytes, size_t n_bytes, const char *path, struct fail *f)
{
    zip_error_t why;
    *z = (struct npz){.path = path, .left = NPZ_FREE + NPZ_TIMES * n_bytes};
    zip_error_init(&why);
    zip_source_t *source = zip_source_buffer_create(bytes, n_bytes, 0, &why);
    if (source) z->zip = zip_open_from_source(source, ZIP_RDONLY, &why);
    if (!z->zip) {
        fail(f, "%s: not a .npz file, or damaged: %s", path, zip_error_strerror(&why));
        if (source) zip_source_free(source);
    }
    zip_error_fini(&why);
    return z->zip ? 0 : -1;
}

void npz_close(struct npz *z)
{
    if (z->zip) zip_discard(z->zip);
    for (int i = 0; i < z->n; i++)
        free(z->made[i]);
    free(z->made);
    *z = (struct npz){0};
}

static zip_int64_t place_of(const struct npz *z, const char *name)
{
    char file[256];
    snprintf(file, sizeof file, "%s.npy", name);
    return zip_name_locate(z->zip, file, 0);
}

bool npz_has(const struct npz *z, const char *name)
{
    return place_of(z, name) >= 0;
}

// All bytes of an entry, and that it has no more and its checksum holds.
static int unpack(struct npz *z, zip_uint64_t at, char *to, size_t n, const char *shown,
                  struct fail *f)
{
    zip_file_t *file = zip_fopen_index(z->zip, at, 0);
    if (!file) return fail(f, "%s: %s", shown, zip_strerror(z->zip));
    size_t got = 0;
    zip_int64_t now = 0;
    while (got < n && (now = zip_fread(file, to + got, n - got)) > 0)
        got += (size_t)now;
    char more;
    if (now >= 0 && got == n) now = zip_fread(file, &more, 1);
    bool bad = now != 0 || got != n;
    zip_fclose(file);
    return bad ? fail(f, "%s: damaged: it does not unpack to the %zu bytes that it promises", shown,
                      n)
               : 0;
}

int npz_get(struct npz *z, const char *name, struct npy *a, struct fail *f)
{
    char shown[400];
    zip_stat_t s;
    zip_int64_t at = place_of(z, name);
    if (at < 0) return 1;
    snprintf(shown, sizeof shown, "%.200s: %.100s", z->path, name);
    if (zip_stat_index(z->zip, (zip_uint64_t)at, 0, &s) || !(s.valid & ZIP_STAT_SIZE))
        return fail(f, "%s: damaged: no size", shown);
    if (s.size > z->left)
        return fail(
            f,
            "%s: %llu bytes unpacked, allowed is %d times the file and %d MiB, of which %zu "
            "are left",
            shown, (unsigned long long)s.size, NPZ_TIMES, NPZ_FREE / 1048576, z->left);
    void **more = realloc(z->made, ((size_t)z->n + 1) * sizeof *more);
    if (!more) return fail(f, "%s: out of memory", shown);
    z->made = more;
    char *bytes = z->made[z->n] = malloc((size_t)s.size + 1);
    if (!bytes) return fail(f, "%s: no memory for %llu bytes", shown, (unsigned long long)s.size);
    z->n++;
    z->left -= (size_t)s.size;
    if (unpack(z, (zip_uint64_t)at, bytes, (size_t)s.size, shown, f)) return -1;
    return npy_parse(a, bytes, (size_t)s.size, shown, f);
}
