#include "twin/io/hdf5_io.h"

#include "base/file.h"
#include "twin/io/hdf5_seal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Is there memory for the library's work on a file? It does not survive to be without (libhdf5
// 1.10.8: null pointers, endless recursion), so it is asked before.
static bool has_room(void)
{
    enum { ROOM = 16777216 };
    void *room = malloc(ROOM);
    free(room);
    return room;
}

hid_t hdf5_create(void)
{
    if (!has_room()) return -1;
    H5Eset_auto2(H5E_DEFAULT, 0, 0);
    hid_t access = H5Pcreate(H5P_FILE_ACCESS), block = H5Pcreate(H5P_FILE_CREATE);
    hid_t file = -1;
    if (H5Pset_fapl_core(access, 65536, 0) >= 0 && H5Pset_userblock(block, HDF5_SEAL) >= 0)
        file = H5Fcreate("in memory", H5F_ACC_TRUNC, block, access);
    H5Pclose(access);
    H5Pclose(block);
    return file;
}

// The image is what lies behind the user block; its addresses count from the file's begin.
int hdf5_commit(hid_t file, int bad, const char *path, struct fail *f)
{
    ssize_t size = -1;
    char *bytes = 0;
    if (!bad && H5Fflush(file, H5F_SCOPE_GLOBAL) >= 0) size = H5Fget_file_image(file, 0, 0);
    if (size > 0) bytes = malloc(HDF5_SEAL + (size_t)size);
    if (bytes && H5Fget_file_image(file, bytes + HDF5_SEAL, (size_t)size) != size) size = -1;
    H5Fclose(file);
    if (size > 0 && bytes) {
        hdf5_seal_make(bytes, HDF5_SEAL + (size_t)size);
        bad = file_write(path, bytes, HDF5_SEAL + (size_t)size, f);
    } else
        bad = fail(f, "%s: HDF5 could not lay it out, or out of memory", path);
    free(bytes);
    return bad;
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

int hdf5_put_texts(hid_t at, const char *name, int n_dims, const hsize_t *dims,
                   const char *const *text)
{
    size_t n = 1, size = 1;
    for (int i = 0; i < n_dims; i++)
        n *= dims[i];
    for (size_t i = 0; i < n; i++)
        if (strlen(text[i]) > size) size = strlen(text[i]);
    char *cells = calloc(n, size);
    hid_t type = H5Tcopy(H5T_C_S1);
    int bad = !cells || type < 0 || H5Tset_size(type, size) < 0 ||
              H5Tset_strpad(type, H5T_STR_NULLPAD) < 0 || H5Tset_cset(type, H5T_CSET_UTF8) < 0;
    for (size_t i = 0; !bad && i < n; i++)
        memcpy(cells + i * size, text[i], strlen(text[i]));
    bad = bad || hdf5_put(at, name, type, n_dims, dims, cells);
    if (type >= 0) H5Tclose(type);
    free(cells);
    return bad ? -1 : 0;
}

int hdf5_put_text(hid_t at, const char *name, const char *text)
{
    return hdf5_put_texts(at, name, 0, 0, &text);
}
