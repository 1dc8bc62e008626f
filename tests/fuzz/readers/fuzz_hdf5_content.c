// What the readers of HDF5 files do with objects that are not what they should be, in a file that is
// whole: its sums are right and libhdf5 wrote it. The bytes are edits of a good file:
//
//   byte 0: which reader; then edits of 4 bytes or more: object, what is done to it, two numbers
#include "tests/fuzz/readers/hdf5_readers.h"
#include "twin/io/hdf5_io.h"

#include <string.h>
#include <unistd.h>

enum { OBJECTS = 64, RANK = 4, DATA = 1 << 16 };

struct object {
    char name[96];
    bool group, text; // text: of variable length
    hid_t type;
    int rank;
    hsize_t dims[RANK];
    unsigned char *data; // DATA bytes; of a text the pointers
    enum { AS_IT_IS, GONE, GROUP, EXTERNAL, VIRTUAL, LINK, UNWRITTEN, CHUNKED } how;
};

struct tree {
    hid_t file;
    int n;
    struct object object[OBJECTS];
};

static herr_t visit(hid_t at, const char *name, const H5O_info_t *info, void *context)
{
    struct tree *t = context;
    (void)at;
    if (strcmp(name, ".") == 0) return 0;
    fuzz_need(t->n < OBJECTS && strlen(name) < sizeof t->object[0].name, "a larger tree");
    struct object *o = &t->object[t->n++];
    *o = (struct object){.group = info->type == H5O_TYPE_GROUP};
    strcpy(o->name, name);
    if (o->group) return 0;
    hid_t set = H5Dopen2(t->file, name, H5P_DEFAULT), space = H5Dget_space(set);
    o->type = H5Dget_type(set);
    o->text = H5Tis_variable_str(o->type) > 0;
    o->rank = H5Sget_simple_extent_ndims(space);
    H5Sget_simple_extent_dims(space, o->dims, 0);
    o->data = calloc(1, DATA);
    fuzz_need(o->data && o->rank <= RANK &&
                  (size_t)H5Sget_simple_extent_npoints(space) * H5Tget_size(o->type) <= DATA &&
                  H5Dread(set, o->type, H5S_ALL, H5S_ALL, H5P_DEFAULT, o->data) >= 0,
              name);
    H5Sclose(space);
    H5Dclose(set);
    return 0;
}

static void load(struct tree *t, const char *path)
{
    memset(t, 0, sizeof *t);
    t->file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    fuzz_need(t->file >= 0 &&
                  H5Ovisit2(t->file, H5_INDEX_NAME, H5_ITER_INC, visit, t, H5O_INFO_BASIC) >= 0,
              path);
}

// Another type of an object: of a number, or of a text.
static hid_t type_of(int which)
{
    const hid_t plain[] = {H5T_STD_I8LE,   H5T_STD_I32BE,  H5T_STD_I64LE, H5T_STD_U64LE,
                           H5T_IEEE_F32LE, H5T_IEEE_F64BE, H5T_STD_U8LE,  H5T_STD_B32LE};
    which %= 12;
    if (which < 8) return H5Tcopy(plain[which]);
    hid_t type = which == 8    ? H5Tcopy(H5T_C_S1)
                 : which == 9  ? H5Tcreate(H5T_OPAQUE, 7)
                 : which == 10 ? H5Tarray_create2(H5T_STD_I32LE, 1, (const hsize_t[]){3})
                               : H5Tcreate(H5T_COMPOUND, 8);
    if (which == 8) H5Tset_size(type, 5);
    if (which == 11) H5Tinsert(type, "x", 0, H5T_STD_I32LE);
    return type;
}

static void edit(struct object *o, int what, int a, int b)
{
    const hsize_t far[] = {0, 1, 2, 255, 65535, UINT32_MAX, (hsize_t)1 << 40, (hsize_t)1 << 62};
    if (o->group && what % 9 != 1) return;
    switch (what % 9) {
    case 0:
        o->dims[a % RANK] = (hsize_t)b;
        break;
    case 1:
        o->how = (int)(a % 8) == AS_IT_IS ? GONE : a % 8;
        break;
    case 2:
        o->rank = a % (RANK + 1);
        break;
    case 3:
        if (o->text) memset(o->data, 0, DATA);
        o->text = false;
        o->type = type_of(a); // of this run; closed with the library
        break;
    case 4:
        o->dims[a % RANK] = far[b % 8];
        break;
    default:
        if (o->text)
            o->data = o->data; // the pointers stay
        else
            o->data[(a * 16 + what) % DATA] = (unsigned char)b;
    }
}

static hsize_t points(const struct object *o)
{
    hsize_t n = 1;
    for (int i = 0; i < o->rank; i++)
        n = o->dims[i] && n > DATA / o->dims[i] ? DATA + 1 : n * o->dims[i];
    return n;
}

static void put(hid_t file, const struct object *o, hid_t links)
{
    char outside[4200];
    snprintf(outside, sizeof outside, "%s/outside", fuzz_folder());
    if (o->how == GONE) return;
    if (o->how == LINK) {
        H5Lcreate_external(outside, "/x", file, o->name, links, H5P_DEFAULT);
        return;
    }
    if (o->group || o->how == GROUP) {
        hid_t group = H5Gcreate2(file, o->name, links, H5P_DEFAULT, H5P_DEFAULT);
        if (group >= 0) H5Gclose(group);
        return;
    }
    size_t size = H5Tget_size(o->type);
    hid_t space = o->rank ? H5Screate_simple(o->rank, o->dims, 0) : H5Screate(H5S_SCALAR);
    hid_t how = H5Pcreate(H5P_DATASET_CREATE);
    bool write = points(o) * size <= DATA && o->how != UNWRITTEN;
    if (o->how == EXTERNAL && points(o) * size <= DATA)
        H5Pset_external(how, outside, 0, points(o) * size);
    if (o->how == VIRTUAL) H5Pset_virtual(how, space, outside, "/x", space);
    if (o->how == CHUNKED || (!write && o->rank)) {
        const hsize_t one[RANK] = {1, 1, 1, 1};
        if (o->rank) H5Pset_chunk(how, o->rank, one);
    }
    hid_t set = space < 0 ? -1 : H5Dcreate2(file, o->name, o->type, space, links, how, H5P_DEFAULT);
    if (set >= 0 && write && o->how != EXTERNAL && o->how != VIRTUAL)
        H5Dwrite(set, o->type, H5S_ALL, H5S_ALL, H5P_DEFAULT, o->data);
    if (set >= 0) H5Dclose(set);
    if (space >= 0) H5Sclose(space);
    H5Pclose(how);
}

static const struct {
    const char *name;
    void (*seed)(const char *folder);
    void (*show)(const char *path);
    const char *file;
} reader[] = {{"net_lif", seed_net_lif, show_net_lif, "tiny"},
              {"nir", seed_nir, show_nir, "subgraph"},
              {"net_dpi", seed_net_dpi, show_net_dpi, "inputs1"},
              {"checkpoint_lif", seed_checkpoint_lif, show_checkpoint_lif, "epoch2"},
              {"checkpoint_dpi", seed_checkpoint_dpi, show_checkpoint_dpi, "step7"}};
enum { READERS = sizeof reader / sizeof *reader };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static struct tree good[READERS];
    struct object object[OBJECTS];
    char path[4200];
    struct fail f = {""};
    if (!n) return 0;
    int r = bytes[0] % READERS;
    if (!good[r].n) {
        uint8_t zeros[4096] = {0};
        fuzz_put("outside", zeros, sizeof zeros);
        reader[r].seed(fuzz_folder());
        snprintf(path, sizeof path, "%s/%s", fuzz_folder(), reader[r].file);
        load(&good[r], path);
    }
    const struct tree *t = &good[r];
    memcpy(object, t->object, sizeof object);
    hid_t own[OBJECTS];
    int n_own = 0;
    for (size_t i = 1; i + 4 <= n && n_own < OBJECTS; i += 4) {
        struct object *o = &object[bytes[i] % t->n];
        if (o->data == t->object[o - object].data && o->data) {
            o->data = malloc(DATA);
            fuzz_need(o->data, "no memory");
            memcpy(o->data, t->object[o - object].data, DATA);
        }
        hid_t before = o->type;
        edit(o, bytes[i + 1], bytes[i + 2], bytes[i + 3]);
        if (o->type != before) own[n_own++] = o->type;
    }
    hid_t file = hdf5_create(), links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    bool outside = false;
    for (int i = 0; i < t->n; i++) {
        put(file, &object[i], links);
        outside |= object[i].how == EXTERNAL || object[i].how == VIRTUAL || object[i].how == LINK;
    }
    H5Pclose(links);
    snprintf(path, sizeof path, "%s/changed", fuzz_folder());
    if (!hdf5_commit(file, 0, path, &f)) reader[r].show(path);
    (void)outside;
    while (n_own)
        H5Tclose(own[--n_own]);
    for (int i = 0; i < t->n; i++)
        if (object[i].data != t->object[i].data) free(object[i].data);
    return 0;
}

void fuzz_seeds(const char *folder)
{
    for (uint8_t r = 0; r < READERS; r++)
        fuzz_seed(folder, reader[r].name, &r, 1);
}
