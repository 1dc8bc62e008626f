// HDF5 in the layout of SHD: how others write it, and what must not be in it.
#include "twin/io/hdf5_spikes.h"

#include <hdf5.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ITEMS = 150, MOST = 40 };

struct how {
    hid_t times, units, labels; // types in the file
    bool packed, speakers, keys, varying_keys;
    int n_units, n_labels; // items; 0: all
};

static struct fail f;

static size_t events_of(int item)
{
    return (size_t)(item * 7 % MOST);
}

static double time_of(int item, int i)
{
    return (item % 5) * 0.125 + i * 0.25;
}

static int unit_of(int item, int i)
{
    return (item * 31 + i * 17) % 251;
}

static hid_t new_file(void)
{
    H5Eset_auto2(H5E_DEFAULT, 0, 0);
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_core(access, 65536, 0);
    hid_t file = H5Fcreate("in memory", H5F_ACC_TRUNC, H5P_DEFAULT, access);
    H5Pclose(access);
    assert_true(file >= 0);
    return file;
}

static void put(hid_t at, const char *name, hid_t type, hid_t memory, size_t n, bool packed,
                const void *data)
{
    hsize_t dims = n, chunk = 16;
    hid_t space = H5Screate_simple(1, &dims, 0), how = H5Pcreate(H5P_DATASET_CREATE);
    if (packed) {
        H5Pset_chunk(how, 1, &chunk);
        H5Pset_shuffle(how);
        H5Pset_deflate(how, 5);
    }
    hid_t set = H5Dcreate2(at, name, type, space, H5P_DEFAULT, how, H5P_DEFAULT);
    assert_true(set >= 0);
    if (data) assert_true(H5Dwrite(set, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
    H5Dclose(set);
    H5Pclose(how);
    H5Sclose(space);
}

static char *take_image(hid_t file, size_t *n)
{
    H5Fflush(file, H5F_SCOPE_GLOBAL);
    ssize_t size = H5Fget_file_image(file, 0, 0);
    char *bytes = malloc((size_t)size);
    assert_true(H5Fget_file_image(file, bytes, (size_t)size) == size);
    H5Fclose(file);
    *n = (size_t)size;
    return bytes;
}

static char *make(const struct how *h, size_t *n)
{
    static double time[ITEMS][MOST];
    static int unit[ITEMS][MOST], label[ITEMS], speaker[ITEMS];
    static hvl_t times[ITEMS], units[ITEMS];
    hid_t file = new_file();
    for (int i = 0; i < ITEMS; i++) {
        times[i] = (hvl_t){events_of(i), time[i]};
        units[i] = (hvl_t){events_of(i), unit[i]};
        label[i] = i % 3;
        speaker[i] = i % 4;
        for (int k = 0; k < MOST; k++) {
            time[i][k] = time_of(i, k);
            unit[i][k] = unit_of(i, k);
        }
    }
    hid_t group = H5Gcreate2(file, "spikes", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    hid_t t = H5Tvlen_create(h->times), u = H5Tvlen_create(h->units);
    hid_t doubles = H5Tvlen_create(H5T_NATIVE_DOUBLE), ints = H5Tvlen_create(H5T_NATIVE_INT);
    put(group, "times", t, doubles, ITEMS, h->packed, times);
    put(group, "units", u, ints, h->n_units ? (size_t)h->n_units : ITEMS, h->packed, units);
    put(file, "labels", h->labels, H5T_NATIVE_INT, h->n_labels ? (size_t)h->n_labels : ITEMS,
        h->packed, label);
    hid_t extra = H5Gcreate2(file, "extra", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    if (h->speakers) put(extra, "speaker", H5T_STD_U16LE, H5T_NATIVE_INT, ITEMS, false, speaker);
    hid_t text = H5Tcopy(H5T_C_S1);
    if (h->keys) {
        H5Tset_size(text, 4);
        put(extra, "keys", text, text, 3, false, "nullone\0two");
    }
    if (h->varying_keys) {
        H5Tset_size(text, H5T_VARIABLE);
        put(extra, "keys", text, text, 3, false, (const char *[]){"null", "one", "two"});
    }
    H5Tclose(text);
    H5Gclose(extra);
    H5Gclose(group);
    H5Tclose(t);
    H5Tclose(u);
    H5Tclose(doubles);
    H5Tclose(ints);
    return take_image(file, n);
}

struct seen {
    struct hdf5_spikes_head head;
    int n_items, stop_at;
    int64_t wrong;
    char keys[64];
};

static int see_head(void *context, const struct hdf5_spikes_head *h, struct fail *why)
{
    struct seen *s = context;
    (void)why;
    s->head = *h;
    for (int i = 0; i < h->n_keys; i++) {
        strncat(s->keys, h->key[i], 16);
        strncat(s->keys, "/", 2);
    }
    return 0;
}

static int see_item(void *context, const struct hdf5_spikes_item *x, struct fail *why)
{
    struct seen *s = context;
    int i = s->n_items++;
    if (s->stop_at && s->n_items == s->stop_at) return (fail)(why, "enough");
    s->wrong += x->index != (uint64_t)i || x->n != events_of(i) || x->label != i % 3;
    s->wrong += s->head.speakers ? x->speaker != i % 4 : x->speaker != -1;
    for (size_t k = 0; k < x->n; k++) {
        double t = time_of(i, (int)k);
        s->wrong += s->head.whole ? x->time[k] != (double)(int)t : x->time[k] != t;
        s->wrong += x->unit[k] != unit_of(i, (int)k);
    }
    return 0;
}

static int see(struct seen *s, const char *bytes, size_t n)
{
    const struct hdf5_spikes_sink sink = {s, see_head, see_item};
    f.text[0] = 0;
    return hdf5_spikes_read(bytes, n, "it", &sink, &f);
}

static void test_as_others_write(void **state)
{
    (void)state;
    hid_t half = H5Tcopy(H5T_IEEE_F32LE); // NumPy's float16
    H5Tset_fields(half, 15, 10, 5, 0, 10);
    H5Tset_size(half, 2);
    H5Tset_ebias(half, 15);
    const struct how all[] = {
        {half, H5T_STD_U16LE, H5T_STD_U16LE, false, true, true, false},
        {H5T_IEEE_F32BE, H5T_STD_I32BE, H5T_STD_I64LE, true, true, false, true},
        {H5T_IEEE_F64LE, H5T_STD_U8LE, H5T_STD_U8BE, true, false, false, false},
        {H5T_STD_I32LE, H5T_STD_I64LE, H5T_STD_I8LE, false, false, true, false},
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        size_t n;
        struct seen s = {.n_items = 0};
        char *bytes = make(&all[i], &n);
        if (see(&s, bytes, n)) fail_msg("%s", f.text);
        assert_int_equal(s.n_items, ITEMS);
        assert_int_equal(s.head.n_items, ITEMS);
        assert_int_equal(s.wrong, 0);
        assert_int_equal(s.head.whole, i == 3);
        assert_int_equal(s.head.speakers, all[i].speakers);
        bool keys = all[i].keys || all[i].varying_keys;
        assert_string_equal(s.keys, keys ? "null/one/two/" : "");
        struct seen some = {.stop_at = 3}; // a sink that has enough is what is told
        assert_int_equal(see(&some, bytes, n), -1);
        assert_string_equal(f.text, "enough");
        free(bytes);
    }
    H5Tclose(half);
}

static void refuse(hid_t file, const char *why)
{
    size_t n;
    struct seen s = {.n_items = 0};
    char *bytes = take_image(file, &n);
    assert_int_equal(see(&s, bytes, n), -1);
    if (strncmp(f.text, why, strlen(why)) != 0) fail_msg("%s\nwanted: %s", f.text, why);
    free(bytes);
}

static void test_other_layouts(void **state)
{
    (void)state;
    const struct how good = {H5T_IEEE_F64LE, H5T_STD_U16LE, H5T_STD_U16LE};
    struct how h = good;
    struct seen s = {.n_items = 0};
    size_t n;
    char *bytes;
    h.n_units = ITEMS - 1;
    bytes = make(&h, &n);
    assert_int_equal(see(&s, bytes, n), -1);
    assert_string_equal(f.text,
                        "it: /spikes/units: 149 items, allowed 150, as many as /spikes/times");
    free(bytes);
    h = good;
    h.n_labels = 3;
    bytes = make(&h, &n);
    assert_int_equal(see(&s, bytes, n), -1);
    assert_string_equal(f.text, "it: /labels: 3 items, allowed 150, as many as /spikes/times");
    free(bytes);
    refuse(new_file(), "it: no /spikes/times: not in the layout of SHD");
    hid_t file = new_file();
    H5Gclose(H5Gcreate2(file, "spikes", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    put(file, "spikes/times", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, 2, false, (double[]){1, 2});
    refuse(file, "it: /spikes/times: allowed sequences of numbers, one an item");
    assert_int_equal(see(&s, "no HDF5", 7), -1);
    assert_string_equal(f.text, "it: not an HDF5 file, or damaged");
}

// Ten thousand million items, and sequences that are said to be long: a few kB of file.
static void test_more_than_there_is(void **state)
{
    (void)state;
    hid_t file = new_file(), type = H5Tvlen_create(H5T_IEEE_F64LE);
    H5Gclose(H5Gcreate2(file, "spikes", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    put(file, "spikes/times", type, type, 10000000000, true, 0);
    refuse(file, "it: /spikes/times: 10000000000 items, allowed up to 10000000");

    // Many items that name one sequence: each is in the file, all of them together are not.
    enum { SAME = 400, LONG = 4000 };
    static double time[LONG];
    static int64_t unit[LONG];
    static hvl_t times[SAME], units[SAME];
    static int labels[SAME];
    file = new_file();
    hid_t whole = H5Tvlen_create(H5T_STD_I64LE);
    for (int i = 0; i < SAME; i++) {
        times[i] = (hvl_t){i ? 1 : LONG, time};
        units[i] = (hvl_t){i ? 1 : LONG, unit};
    }
    H5Gclose(H5Gcreate2(file, "spikes", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    put(file, "spikes/times", type, type, SAME, false, times);
    put(file, "spikes/units", whole, whole, SAME, false, units);
    put(file, "labels", H5T_STD_U8LE, H5T_NATIVE_INT, SAME, false, labels);
    H5Fflush(file, H5F_SCOPE_GLOBAL);
    haddr_t at[2];
    for (int i = 0; i < 2; i++) {
        hid_t set = H5Dopen2(file, i ? "spikes/units" : "spikes/times", H5P_DEFAULT);
        at[i] = H5Dget_offset(set);
        H5Dclose(set);
    }
    size_t n;
    struct seen s = {.n_items = 0};
    char *bytes = take_image(file, &n);
    for (int i = 1; i < SAME; i++) // a sequence is 16 bytes: its length, where it lies
        for (int k = 0; k < 2; k++)
            memcpy(bytes + at[k] + 16 * i, bytes + at[k], 16);
    assert_int_equal(see(&s, bytes, n), -1);
    if (strncmp(f.text, "it: more events than its ", 25) != 0) fail_msg("%s", f.text);
    free(bytes);
    H5Tclose(type);
    H5Tclose(whole);
}

static void test_other_files(void **state)
{
    (void)state;
    hid_t file = new_file(), type = H5Tvlen_create(H5T_IEEE_F64LE);
    H5Gclose(H5Gcreate2(file, "spikes", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Lcreate_external("/etc/other.h5", "times", file, "spikes/times", H5P_DEFAULT, H5P_DEFAULT);
    refuse(file, "it: /spikes/times: no such data set");
    hsize_t dims = 2;
    hid_t space = H5Screate_simple(1, &dims, 0), how = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_virtual(how, space, "other.h5", "times", space);
    file = new_file();
    H5Gclose(H5Gcreate2(file, "spikes", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Dclose(H5Dcreate2(file, "spikes/times", type, space, H5P_DEFAULT, how, H5P_DEFAULT));
    refuse(file, "it: /spikes/times: its values lie in other files");
    H5Pclose(how);
    H5Sclose(space);
    H5Tclose(type);
}

// Whatever a damaged byte does to libhdf5, it does to its own process.
static void test_damaged(void **state)
{
    (void)state;
    const struct how h = {H5T_IEEE_F32LE, H5T_STD_U16LE, H5T_STD_U16LE, true, true, true};
    size_t n;
    int refused = 0, tried = 0;
    char *bytes = make(&h, &n);
    for (size_t at = 0; at < n; at += n / 97, tried++) {
        struct seen s = {.n_items = 0};
        bytes[at] ^= 0x55;
        if (see(&s, bytes, n)) {
            assert_true(*f.text);
            refused++;
        }
        bytes[at] ^= 0x55;
    }
    assert_in_range(refused, 1, tried);
    for (size_t cut = n / 2; cut < n; cut += n / 7 + 1) {
        struct seen s = {.n_items = 0};
        assert_int_equal(see(&s, bytes, cut), -1);
    }
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_others_write),
        cmocka_unit_test(test_other_layouts),
        cmocka_unit_test(test_more_than_there_is),
        cmocka_unit_test(test_other_files),
        cmocka_unit_test(test_damaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
