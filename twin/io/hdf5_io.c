#include "twin/io/hdf5_io.h"

#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool hdf5_has_room(void)
{
    enum { ROOM = 16777216 };
    void *room = malloc(ROOM);
    free(room);
    return room;
}

hid_t hdf5_create(void)
{
    if (!hdf5_has_room()) return -1;
    H5Eset_auto2(H5E_DEFAULT, 0, 0);
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_core(access, 65536, 0);
    hid_t file = H5Fcreate("in memory", H5F_ACC_TRUNC, H5P_DEFAULT, access);
    H5Pclose(access);
    return file;
}

int hdf5_commit(hid_t file, int bad, const char *path, struct fail *f)
{
    ssize_t size = -1;
    void *bytes = 0;
    if (!bad && H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0) size = H5Fget_file_image(file, 0, 0);
    if (size > 0) bytes = malloc((size_t)size);
    if (bytes && H5Fget_file_image(file, bytes, (size_t)size) != size) size = -1;
    H5Fclose(file);
    bad = size > 0 && bytes ? file_write(path, bytes, (size_t)size, f)
                            : fail(f, "%s: HDF5 could not lay it out", path);
    free(bytes);
    return bad;
}

hid_t hdf5_open(const char *path)
{
    if (!hdf5_has_room()) return -1;
    H5Eset_auto2(H5E_DEFAULT, 0, 0);
    return H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
}

hid_t hdf5_make_group(hid_t at, const char *name)
{
    return H5Gcreate2(at, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
}

int hdf5_put(hid_t at, const char *name, hid_t type, int n_dims, const hsize_t *dims,
             const void *data)
{
    hid_t space = n_dims ? H5Screate_simple(n_dims, dims, 0) : H5Screate(H5S_SCALAR);
    hid_t how = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_obj_track_times(how, 0);
    hid_t set = H5Dcreate2(at, name, type, space, H5P_DEFAULT, how, H5P_DEFAULT);
    int bad = set < 0 || H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0;
    if (set >= 0) H5Dclose(set);
    H5Pclose(how);
    if (space >= 0) H5Sclose(space);
    return bad ? -1 : 0;
}

int hdf5_get(hid_t at, const char *name, hid_t type, int n_dims, const hsize_t *dims, void *data)
{
    hsize_t got[H5S_MAX_RANK];
    hid_t set = H5Dopen2(at, name, H5P_DEFAULT);
    if (set < 0) return -1;
    hid_t space = H5Dget_space(set);
    int bad = space < 0 || H5Sget_simple_extent_ndims(space) != n_dims;
    if (!bad && n_dims) {
        H5Sget_simple_extent_dims(space, got, 0);
        for (int i = 0; i < n_dims; i++)
            bad |= got[i] != dims[i];
    }
    if (!bad) bad = H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) < 0;
    if (space >= 0) H5Sclose(space);
    H5Dclose(set);
    return bad ? -1 : 0;
}

int hdf5_transfer(hid_t at, const char *name, hid_t type, void *data, size_t n, bool put)
{
    hsize_t size = n;
    return put ? hdf5_put(at, name, type, 1, &size, data)
               : hdf5_get(at, name, type, 1, &size, data);
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

hid_t hdf5_resume(const char *path, const char *wanted, size_t size, struct fail *f)
{
    if (access(path, R_OK)) return fail(f, "%s: no checkpoint to resume from", path);
    char *text = malloc(size);
    if (!text) return fail(f, "%s: out of memory", path);
    hid_t file = hdf5_open(path);
    int bad = -1;
    if (file < 0)
        fail(f, "%s: not an HDF5 file, or damaged", path);
    else if (hdf5_transfer(file, "identity", H5T_NATIVE_CHAR, text, size, false))
        fail(f, "%s: damaged, or of another shape", path);
    else if (strncmp(text, wanted, size) != 0) {
        const char *has = text + option_at(text, wanted), *asked = wanted + (has - text);
        fail(f, "%s: of another run: it has %.*s, asked for is %.*s", path, (int)strcspn(has, " "),
             has, (int)strcspn(asked, " "), asked);
    } else
        bad = 0;
    if (bad && file >= 0) H5Fclose(file);
    free(text);
    return bad ? -1 : file;
}

static hid_t text_type(void)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

int hdf5_put_texts(hid_t at, const char *name, int n_dims, const hsize_t *dims,
                   const char *const *text)
{
    hid_t type = text_type();
    int bad = hdf5_put(at, name, type, n_dims, dims, text);
    H5Tclose(type);
    return bad;
}

int hdf5_put_text(hid_t at, const char *name, const char *text)
{
    return hdf5_put_texts(at, name, 0, 0, &text);
}

int hdf5_get_text(hid_t at, const char *name, char *text, size_t size)
{
    char *got = 0;
    hid_t type = text_type();
    int bad = hdf5_get(at, name, type, 0, 0, &got) || !got;
    if (!bad) snprintf(text, size, "%s", got);
    if (got) H5free_memory(got);
    H5Tclose(type);
    return bad ? -1 : 0;
}
