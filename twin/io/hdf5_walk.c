#include "twin/io/hdf5_walk.h"

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { DEPTH = 8, FOREIGN_DEPTH = 40 }; // of groups
enum { OBJECTS = 4096, NAME = 512 };    // of a file, bytes of a path
enum { CHUNK = 1 << 25 };               // bytes of a piece

struct walk {
    struct hdf5_room *room;
    size_t n_bytes; // of the file
    int n_objects;
    struct fail why;
};

struct place {
    struct walk *walk;
    const char *prefix; // "spiketwin/", "" at the root
    int depth;
};

// Room for the values of one more array.
static void *add_record(struct walk *w, const char *name, enum hdf5_kind kind, int n_dims,
                        const hsize_t *dims, uint64_t value_bytes)
{
    struct hdf5_room *room = w->room;
    uint64_t name_bytes = strlen(name) + 1;
    uint64_t head = sizeof(struct hdf5_record) + hdf5_filled(name_bytes);
    if (value_bytes > room->size || hdf5_filled(value_bytes) + head > room->size - room->used) {
        fail(&w->why, "%s: the arrays have more values than the file has room for", name);
        return 0;
    }
    char *at = (char *)room + room->used;
    struct hdf5_record r = {name_bytes, value_bytes, kind, (uint64_t)n_dims, {0}};
    for (int i = 0; i < n_dims; i++)
        r.dims[i] = dims[i];
    memcpy(at, &r, sizeof r);
    memcpy(at + sizeof r, name, name_bytes);
    room->used += head + hdf5_filled(value_bytes);
    room->n_records++;
    return at + head;
}

static int take_numbers(struct walk *w, hid_t set, const char *name, enum hdf5_kind kind,
                        int n_dims, const hsize_t *dims, size_t n)
{
    void *to = add_record(w, name, kind, n_dims, dims, n * 8);
    if (!to) return -1;
    hid_t type = kind == HDF5_REAL ? H5T_NATIVE_DOUBLE : H5T_NATIVE_INT64;
    if (n && H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, to) < 0)
        return fail(&w->why, "%s: damaged: its values cannot be read", name);
    return 0;
}

// n texts of up to `most` bytes each, `size` apart or, size 0, where the pointers say.
static int take_texts(struct walk *w, const char *name, int n_dims, const hsize_t *dims, size_t n,
                      const char *cells, size_t size)
{
    char *const *text = (char *const *)(const void *)cells;
    uint64_t n_bytes = 0;
    for (size_t i = 0; i < n; i++)
        n_bytes += 1 + (size ? strnlen(cells + i * size, size) : text[i] ? strlen(text[i]) : 0);
    char *to = add_record(w, name, HDF5_TEXT, n_dims, dims, n_bytes);
    for (size_t i = 0; to && i < n; i++) {
        const char *from = size ? cells + i * size : text[i] ? text[i] : "";
        size_t length = size ? strnlen(from, size) : strlen(from);
        memcpy(to, from, length);
        to += length;
        *to++ = 0;
    }
    return to ? 0 : -1;
}

static int read_texts(struct walk *w, hid_t set, hid_t type, const char *name, int n_dims,
                      const hsize_t *dims, size_t n)
{
    bool varies = H5Tis_variable_str(type) > 0;
    size_t size = varies ? sizeof(char *) : H5Tget_size(type);
    char *cells = calloc(n + 1, size);
    if (!cells) return fail(&w->why, "%s: out of memory", name);
    int bad = n && H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, cells) < 0
                  ? fail(&w->why, "%s: damaged: its text cannot be read", name)
                  : take_texts(w, name, n_dims, dims, n, cells, varies ? 0 : size);
    free(cells); // the texts go with the process
    return bad;
}

// That every piece of a data set is stored, and can be unpacked.
static int check_pieces(struct walk *w, hid_t set, hid_t how, const char *name, size_t n,
                        size_t size)
{
    hsize_t chunk[H5S_MAX_RANK] = {0}, dims[H5S_MAX_RANK] = {0}, stored = 0, wanted = 1;
    hid_t space = H5Dget_space(set);
    int rank = H5Sget_simple_extent_dims(space, dims, 0);
    size_t bytes = size;
    int bad = H5Pget_chunk(how, H5S_MAX_RANK, chunk) != rank || rank < 1 ||
              H5Dget_num_chunks(set, space, &stored) < 0;
    H5Sclose(space);
    for (int i = 0; !bad && i < rank; i++) {
        if (!chunk[i] || chunk[i] > CHUNK || (bytes *= chunk[i]) > CHUNK)
            return fail(&w->why, "%s: pieces of more than %d bytes", name, CHUNK);
        wanted *= (dims[i] + chunk[i] - 1) / chunk[i];
    }
    if (bad) return fail(&w->why, "%s: damaged: no list of its pieces", name);
    if (n > HDF5_UNPACKED / 8)
        return fail(&w->why, "%s: more than %d values, packed", name, HDF5_UNPACKED / 8);
    if (stored < wanted)
        return fail(&w->why, "%s: %llu pieces, %llu are stored", name, (unsigned long long)wanted,
                    (unsigned long long)stored);
    for (int i = 0; i < H5Pget_nfilters(how); i++) {
        unsigned flags, config;
        size_t none = 0;
        H5Z_filter_t filter = H5Pget_filter2(how, (unsigned)i, &flags, &none, 0, 0, 0, &config);
        if (H5Zfilter_avail(filter) <= 0)
            return fail(&w->why, "%s: packed by the filter %d, which this HDF5 has not", name,
                        (int)filter);
    }
    return 0;
}

// That the values lie in the file, all of them, and nowhere else.
static int check_storage(struct walk *w, hid_t set, const char *name, size_t n, size_t size)
{
    hid_t how = H5Dget_create_plist(set);
    H5D_layout_t layout = how < 0 ? H5D_LAYOUT_ERROR : H5Pget_layout(how);
    int external = how < 0 ? -1 : H5Pget_external_count(how);
    int filters = how < 0 ? -1 : H5Pget_nfilters(how);
    bool pieces = w->room->foreign && layout == H5D_CHUNKED && !external;
    int bad = pieces && n ? check_pieces(w, set, how, name, n, size) : 0;
    if (how >= 0) H5Pclose(how);
    if (pieces) return bad;
    if (layout == H5D_VIRTUAL)
        return fail(&w->why, "%s: a virtual data set, whose values may lie in other files", name);
    if (external) return fail(&w->why, "%s: external storage: its values lie in other files", name);
    if (filters || (layout != H5D_CONTIGUOUS && layout != H5D_COMPACT))
        return fail(&w->why, "%s: stored in pieces or compressed, allowed in one piece", name);
    if (n == 0) return 0;
    if (n > w->n_bytes)
        return fail(&w->why, "%s: more values than the file has bytes, %zu", name, w->n_bytes);
    if (n > w->n_bytes / size || H5Dget_storage_size(set) < n * size ||
        (layout == H5D_CONTIGUOUS && H5Dget_offset(set) == HADDR_UNDEF))
        return fail(&w->why, "%s: %zu values of %zu bytes, fewer are stored", name, n, size);
    return 0;
}

static int take_array(struct walk *w, hid_t set, const char *name)
{
    hsize_t dims[H5S_MAX_RANK] = {0};
    hid_t type = H5Dget_type(set), space = H5Dget_space(set);
    H5T_class_t class = type < 0 ? H5T_NO_CLASS : H5Tget_class(type);
    int n_dims = space < 0 ? -1 : H5Sget_simple_extent_dims(space, dims, 0), bad = -1;
    bool none = space >= 0 && H5Sget_simple_extent_type(space) == H5S_NULL;
    size_t size = type < 0 ? 0 : H5Tget_size(type), n = 1;
    size_t most = w->n_bytes + (w->room->foreign ? HDF5_UNPACKED : 0);
    for (int i = 0; i < n_dims; i++)
        n = dims[i] && n > most / dims[i] ? most + 1 : n * dims[i];
    if (none)
        bad = 0;
    else if (n_dims < 0 || size == 0 || class == H5T_NO_CLASS)
        fail(&w->why, "%s: damaged: of no type or shape", name);
    else if (!check_storage(w, set, name, n, size)) {
        bool number = (class == H5T_FLOAT || class == H5T_INTEGER) && size <= 8;
        if (n_dims > HDF5_DIMS || (!number && class != H5T_STRING))
            bad = 0; // none of ours: passed over
        else if (class == H5T_STRING)
            bad = read_texts(w, set, type, name, n_dims, dims, n);
        else
            bad = take_numbers(w, set, name, class == H5T_FLOAT ? HDF5_REAL : HDF5_WHOLE, n_dims,
                               dims, n);
    }
    if (type >= 0) H5Tclose(type);
    if (space >= 0) H5Sclose(space);
    return bad;
}

static int walk_group(struct walk *w, hid_t group, const char *prefix, int depth);

static herr_t take_link(hid_t group, const char *name, const H5L_info_t *link, void *context)
{
    struct place *p = context;
    struct walk *w = p->walk;
    char path[NAME];
    if (snprintf(path, sizeof path - 1, "%s%s", p->prefix, name) >= (int)sizeof path - 1)
        return fail(&w->why, "%.60s...: a name of over %d bytes", path, NAME - 2);
    if (link->type != H5L_TYPE_HARD)
        return fail(&w->why, "%s: %s link, allowed is what lies in the file itself", path,
                    link->type == H5L_TYPE_SOFT ? "a soft" : "an external");
    if (++w->n_objects > OBJECTS) return fail(&w->why, "more than %d objects", OBJECTS);
    hid_t object = H5Oopen(group, name, H5P_DEFAULT);
    H5I_type_t kind = object < 0 ? H5I_BADID : H5Iget_type(object);
    int bad = 0;
    if (kind == H5I_DATASET)
        bad = take_array(w, object, path);
    else if (kind == H5I_GROUP)
        bad = walk_group(w, object, strcat(path, "/"), p->depth + 1);
    else if (kind != H5I_DATATYPE)
        bad = fail(&w->why, "%s: damaged: it cannot be opened", path);
    if (object >= 0) H5Oclose(object);
    return bad;
}

static int walk_group(struct walk *w, hid_t group, const char *prefix, int depth)
{
    struct place p = {w, prefix, depth};
    int most = w->room->foreign ? FOREIGN_DEPTH : DEPTH;
    if (depth > most)
        return fail(&w->why, "%.60s: groups in groups, allowed %d deep", prefix, most);
    if (H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, 0, take_link, &p) >= 0) return 0;
    return *w->why.text ? -1 : fail(&w->why, "%s: damaged: not a list of names", prefix);
}

// libhdf5 does not survive to be without memory, and that would be told as a damaged file.
static bool has_memory(void)
{
    enum { WORK = 16 * 1024 * 1024 }; // of the library beside the file
    void *room = mmap(0, WORK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return room != MAP_FAILED && !munmap(room, WORK);
}

void hdf5_walk(struct hdf5_room *room, const void *bytes, size_t n_bytes)
{
    struct walk w = {.room = room, .n_bytes = n_bytes};
    H5Eset_auto2(H5E_DEFAULT, 0, 0);
    hid_t file = -1;
    int bad = has_memory() ? 0 : fail(&w.why, "out of memory");
    if (!bad) {
        hid_t access = H5Pcreate(H5P_FILE_ACCESS);
        if (H5Pset_fapl_core(access, 65536, 0) >= 0 &&
            H5Pset_file_image(access, (void *)(uintptr_t)bytes, n_bytes) >= 0)
            file = H5Fopen("in memory", H5F_ACC_RDONLY, access);
        bad = file < 0 ? fail(&w.why, "not an HDF5 file, or damaged") : walk_group(&w, file, "", 0);
    }
    snprintf(room->why, sizeof room->why, "%.255s", w.why.text);
    for (char *c = room->why; *c; c++) // names in the file are its writer's
        if ((unsigned char)*c < 0x20 || *c == 0x7F) *c = '?';
    room->walked = bad ? 2 : 1;
}
