#include "twin/io/hdf5_spikes_walk.h"

#include "base/fail.h"
#include "base/file.h"

#include <hdf5.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 64, MOST_ITEMS = 10000000, KEY = 1024 };

struct walk {
    size_t n_bytes; // of the file
    int fd;
    hid_t file;
    size_t n_items;
    size_t taken;  // bytes that sequences take now
    size_t events; // so far
    struct fail why;
};

static int put(struct walk *w, const void *bytes, size_t n)
{
    return file_append(w->fd, bytes, n) ? fail(&w->why, "nobody reads") : 0;
}

// Opens a data set of n_items (0: that sets it) values in one dimension, which lie in the file.
// optional: < 0 without a message where there is none.
static hid_t open_set(struct walk *w, const char *name, bool optional)
{
    hsize_t n = 0;
    htri_t there = H5Lexists(w->file, name, H5P_DEFAULT);
    if (there <= 0 && optional) return -1;
    hid_t set = there > 0 ? H5Dopen2(w->file, name, H5P_DEFAULT) : -1;
    if (set < 0) return fail(&w->why, "/%s: no such data set", name);
    hid_t space = H5Dget_space(set), how = H5Dget_create_plist(set);
    int dims = space < 0 ? -1 : H5Sget_simple_extent_ndims(space);
    if (dims == 1) H5Sget_simple_extent_dims(space, &n, 0);
    H5D_layout_t layout = how < 0 ? H5D_LAYOUT_ERROR : H5Pget_layout(how);
    int external = how < 0 ? -1 : H5Pget_external_count(how);
    if (space >= 0) H5Sclose(space);
    if (how >= 0) H5Pclose(how);
    if (layout == H5D_VIRTUAL || external)
        fail(&w->why, "/%s: its values lie in other files", name);
    else if (dims != 1)
        fail(&w->why, "/%s: %d dimensions, allowed 1", name, dims);
    else if (n > MOST_ITEMS)
        fail(&w->why, "/%s: %llu items, allowed up to %d", name, (unsigned long long)n, MOST_ITEMS);
    else
        w->n_items = (size_t)n;
    if (!*w->why.text) return set;
    H5Dclose(set);
    return -1;
}

static hid_t open_as_long(struct walk *w, const char *name, bool optional)
{
    size_t n = w->n_items;
    hid_t set = open_set(w, name, optional);
    if (set < 0) return -1;
    if (w->n_items == n) return set;
    fail(&w->why, "/%s: %zu items, allowed %zu, as many as /spikes/times", name, w->n_items, n);
    H5Dclose(set);
    return -1;
}

// The class of the values of sequences (or, plain, of the values), or H5T_NO_CLASS.
static H5T_class_t class_of(hid_t set, bool sequences)
{
    hid_t type = H5Dget_type(set), of = -1;
    H5T_class_t class = H5T_NO_CLASS;
    if (type < 0) return class;
    if (sequences && H5Tget_class(type) == H5T_VLEN) of = H5Tget_super(type);
    if (sequences ? of >= 0 : true) class = H5Tget_class(sequences ? of : type);
    if (of >= 0) H5Tclose(of);
    H5Tclose(type);
    return class;
}

// Whole numbers, one an item, on the heap.
static int64_t *read_wholes(struct walk *w, hid_t set, const char *name)
{
    int64_t *x = 0;
    if (class_of(set, false) != H5T_INTEGER)
        fail(&w->why, "/%s: allowed whole numbers", name);
    else if (!(x = malloc(w->n_items * sizeof *x + 1)))
        fail(&w->why, "/%s: out of memory", name);
    else if (w->n_items && H5Dread(set, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, x) < 0) {
        fail(&w->why, "/%s: damaged: its values cannot be read", name);
        free(x);
        x = 0;
    }
    return x;
}

static int put_keys(struct walk *w, hid_t set, size_t n)
{
    hid_t type = H5Dget_type(set);
    bool varies = type >= 0 && H5Tis_variable_str(type) > 0;
    size_t size = varies ? sizeof(char *) : type < 0 ? 0 : H5Tget_size(type);
    char *cells = 0, *text = malloc(n * (KEY + 1) + 1), *to = text;
    int bad = 0;
    if (type < 0 || H5Tget_class(type) != H5T_STRING || n > SPIKES_MOST_KEYS || size > KEY)
        bad = fail(&w->why, "/extra/keys: allowed up to %d texts of up to %d bytes",
                   SPIKES_MOST_KEYS, KEY);
    else if (!text || !(cells = calloc(n + 1, size)))
        bad = fail(&w->why, "/extra/keys: out of memory");
    else if (n && H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, cells) < 0)
        bad = fail(&w->why, "/extra/keys: damaged: its text cannot be read");
    for (size_t i = 0; !bad && i < n; i++) {
        const char *key = varies ? ((char **)(void *)cells)[i] : cells + i * size;
        size_t length = key ? strnlen(key, varies ? KEY : size) : 0;
        if (length) memcpy(to, key, length);
        to += length;
        *to++ = 0;
    }
    const struct spikes_record r = {.tag = SPIKES_KEYS, .n = n, .bytes = (uint64_t)(to - text)};
    if (!bad) bad = put(w, &r, sizeof r) || put(w, text, (size_t)(to - text));
    if (type >= 0) H5Tclose(type);
    free(cells); // texts of their own go with the process
    free(text);
    return bad;
}

// What sequences are read into, within what the file can hold: a value takes at least a byte of it.
static void *take(size_t n, void *context)
{
    struct walk *w = context;
    if (n > 8 * w->n_bytes || w->taken > 8 * w->n_bytes - n) {
        fail(&w->why, "more events than its %zu bytes hold", w->n_bytes);
        return 0;
    }
    w->taken += n;
    return malloc(n);
}

static void give(void *memory, void *context)
{
    (void)context;
    free(memory);
}

static void free_block(hvl_t *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(x[i].p);
    memset(x, 0, BLOCK * sizeof *x);
}

// Items first..first + n - 1 of a set of sequences.
static int read_block(struct walk *w, hid_t set, hid_t of, const char *name, size_t first, size_t n,
                      hvl_t *x)
{
    hsize_t start = first, count = n;
    hid_t type = H5Tvlen_create(of), file = H5Dget_space(set);
    hid_t memory = H5Screate_simple(1, &count, 0), how = H5Pcreate(H5P_DATASET_XFER);
    bool bad = type < 0 || file < 0 || memory < 0 ||
               H5Pset_vlen_mem_manager(how, take, w, give, w) < 0 ||
               H5Sselect_hyperslab(file, H5S_SELECT_SET, &start, 0, &count, 0) < 0 ||
               H5Dread(set, type, memory, file, how, x) < 0;
    H5Tclose(type);
    H5Sclose(file);
    H5Sclose(memory);
    H5Pclose(how);
    if (!bad) return 0;
    return *w->why.text ? -1 : fail(&w->why, "/%s: damaged: its values cannot be read", name);
}

static int put_items(struct walk *w, hid_t times, hid_t units, const int64_t *label,
                     const int64_t *speaker)
{
    hvl_t time[BLOCK] = {{0}}, unit[BLOCK] = {{0}};
    int bad = 0;
    for (size_t first = 0; !bad && first < w->n_items; first += BLOCK) {
        size_t n = w->n_items - first < BLOCK ? w->n_items - first : BLOCK;
        w->taken = 0;
        bad = read_block(w, times, H5T_NATIVE_DOUBLE, "spikes/times", first, n, time) ||
              read_block(w, units, H5T_NATIVE_INT64, "spikes/units", first, n, unit);
        for (size_t i = 0; !bad && i < n; i++) {
            size_t events = time[i].len, item = first + i;
            w->events += events;
            if (events != unit[i].len)
                bad = fail(&w->why, "item %zu: %zu times, %zu units, allowed as many", item, events,
                           (size_t)unit[i].len);
            else if (w->events > w->n_bytes)
                bad = fail(&w->why, "more events than its %zu bytes hold", w->n_bytes);
            const struct spikes_record r = {.tag = SPIKES_ITEM,
                                            .n = events,
                                            .label = label[item],
                                            .speaker = speaker ? speaker[item] : -1};
            if (!bad)
                bad = put(w, &r, sizeof r) || put(w, time[i].p, events * 8) ||
                      put(w, unit[i].p, events * 8);
        }
        free_block(time, n);
        free_block(unit, n);
    }
    return bad;
}

static int walk_file(struct walk *w)
{
    int64_t *label = 0, *speaker = 0;
    int bad = -1;
    hid_t times = -1, units = -1, labels = -1, speakers = -1, keys = -1;
    if (H5Lexists(w->file, "spikes", H5P_DEFAULT) <= 0)
        return fail(&w->why, "no /spikes/times: not in the layout of SHD");
    if ((times = open_set(w, "spikes/times", false)) < 0) return -1;
    const size_t n = w->n_items;
    H5T_class_t class = class_of(times, true);
    if (class != H5T_FLOAT && class != H5T_INTEGER)
        return fail(&w->why, "/spikes/times: allowed sequences of numbers, one an item");
    if ((units = open_as_long(w, "spikes/units", false)) < 0) return -1;
    if (class_of(units, true) != H5T_INTEGER)
        return fail(&w->why, "/spikes/units: allowed sequences of whole numbers, one an item");
    if ((labels = open_as_long(w, "labels", false)) < 0) return -1;
    if (!(label = read_wholes(w, labels, "labels"))) return -1;
    const bool extra = H5Lexists(w->file, "extra", H5P_DEFAULT) > 0;
    if (extra) speakers = open_as_long(w, "extra/speaker", true);
    if (*w->why.text) return -1;
    if (speakers >= 0 && !(speaker = read_wholes(w, speakers, "extra/speaker"))) return -1;
    if (extra) keys = open_set(w, "extra/keys", true);
    if (*w->why.text || (keys >= 0 && put_keys(w, keys, w->n_items))) return -1;
    w->n_items = n;
    const struct spikes_record head = {.tag = SPIKES_HEAD,
                                       .n = n,
                                       .flags = (class == H5T_INTEGER ? SPIKES_WHOLE : 0) |
                                                (speaker ? SPIKES_SPEAKERS : 0)};
    bad = put(w, &head, sizeof head) || put_items(w, times, units, label, speaker);
    free(label);
    free(speaker);
    return bad;
}

// The image as it lies, without a copy of it.
static void *lend(size_t n, H5FD_file_image_op_t op, void *bytes)
{
    (void)n, (void)op;
    return bytes;
}

static void *lent(void *to, const void *from, size_t n, H5FD_file_image_op_t op, void *bytes)
{
    (void)from, (void)n, (void)op, (void)bytes;
    return to;
}

static herr_t keep(void *memory, H5FD_file_image_op_t op, void *bytes)
{
    (void)memory, (void)op, (void)bytes;
    return 0;
}

static void *same(void *bytes)
{
    return bytes;
}

static herr_t leave(void *bytes)
{
    (void)bytes;
    return 0;
}

void hdf5_spikes_walk(const void *bytes, size_t n_bytes, int fd)
{
    struct walk w = {.n_bytes = n_bytes, .fd = fd, .file = -1};
    H5Eset_auto2(H5E_DEFAULT, 0, 0);
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5FD_file_image_callbacks_t image = {
        lend, lent, 0, keep, same, leave, (void *)(uintptr_t)bytes};
    if (H5Pset_fapl_core(access, 65536, 0) >= 0 &&
        H5Pset_file_image_callbacks(access, &image) >= 0 &&
        H5Pset_file_image(access, (void *)(uintptr_t)bytes, n_bytes) >= 0)
        w.file = H5Fopen("in memory", H5F_ACC_RDONLY, access);
    int bad = w.file < 0 ? fail(&w.why, "not an HDF5 file, or damaged") : walk_file(&w);
    for (char *c = w.why.text; *c; c++) // names in the file are its writer's
        if ((unsigned char)*c < 0x20 || *c == 0x7F) *c = '?';
    const struct spikes_record last = {.tag = bad ? SPIKES_WHY : SPIKES_END,
                                       .bytes = strlen(w.why.text)};
    if (file_append(fd, &last, sizeof last) || !bad) return;
    file_append(fd, w.why.text, (size_t)last.bytes);
}
