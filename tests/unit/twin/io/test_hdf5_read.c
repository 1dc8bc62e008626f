// HDF5 files of others: what may not be in them, with and without a seal, and libhdf5 brought down.
#include "twin/io/hdf5_read.h"

#include "twin/io/hdf5_io.h"
#include "twin/io/hdf5_seal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
    char folder[64];
    char path[96];
    char other[96]; // a file that no reader of `path` may open
};

static int setup(void **state)
{
    struct fixture *x = calloc(1, sizeof *x);
    strcpy(x->folder, "/tmp/spiketwin-hdf5-XXXXXX");
    if (!mkdtemp(x->folder)) return -1;
    snprintf(x->path, sizeof x->path, "%s/some.h5", x->folder);
    snprintf(x->other, sizeof x->other, "%s/other", x->folder);
    FILE *other = fopen(x->other, "wb");
    fputs("sixteen secret bytes and more", other);
    fclose(other);
    *state = x;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *x = *state;
    unlink(x->path);
    unlink(x->other);
    rmdir(x->folder);
    free(x);
    return 0;
}

// As others write: no user block, no seal.
static hid_t begin(const struct fixture *x)
{
    H5Eset_auto2(H5E_DEFAULT, 0, 0);
    hid_t file = H5Fcreate(x->path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(file >= 0);
    hsize_t n = 3;
    assert_int_equal(hdf5_put(file, "good", H5T_NATIVE_DOUBLE, 1, &n, (double[]){1, 2, 3}), 0);
    return file;
}

// The file behind a seal that holds: whoever can write a file can compute a checksum.
static void forge_seal(const struct fixture *x)
{
    FILE *f = fopen(x->path, "rb");
    char *bytes = calloc(1, 1 << 20);
    size_t n = HDF5_SEAL + fread(bytes + HDF5_SEAL, 1, (1 << 20) - HDF5_SEAL, f);
    fclose(f);
    hdf5_seal_make(bytes, n);
    f = fopen(x->path, "wb");
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
    free(bytes);
}

static void refused(const struct fixture *x, const char *why)
{
    struct hdf5_file h;
    for (int sealed = 0; sealed < 2; sealed++) {
        struct fail f = {""};
        if (sealed) forge_seal(x);
        if (!hdf5_read(&h, x->path, &f)) fail_msg("read; expected: %s", why);
        assert_true(!h.array && !h.room);
        if (!strstr(f.text, why) || !strstr(f.text, "some.h5: ") || strchr(f.text, '\n'))
            fail_msg("%s; expected: %s", f.text, why);
    }
}

static void test_what_is_in_a_file(void **state)
{
    struct fixture *x = *state;
    struct hdf5_file h;
    struct fail f = {""};
    hid_t file = begin(x), group = hdf5_make_group(file, "a");
    hsize_t two[2] = {2, 2}, none = 0;
    const char *texts[4] = {"", "one", "zw\xc3\xb6lf", "a longer one"};
    const int8_t small[4] = {-128, 0, 1, 127};
    const uint64_t large = 1 << 20;
    assert_int_equal(hdf5_put_texts(group, "texts", 2, two, texts), 0);
    assert_int_equal(hdf5_put(group, "small", H5T_NATIVE_INT8, 2, two, small), 0);
    assert_int_equal(hdf5_put(group, "large", H5T_STD_U64BE, 0, 0, &large), 0);
    assert_int_equal(hdf5_put(group, "none", H5T_NATIVE_FLOAT, 1, &none, ""), 0);
    // Texts of a length of their own, as h5py and older versions write them.
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    assert_int_equal(hdf5_put(group, "heap", type, 2, two, texts), 0);
    H5Tclose(type);
    // What is no number and no text is passed over.
    type = H5Tcreate(H5T_OPAQUE, 4);
    assert_int_equal(hdf5_put(group, "opaque", type, 2, two, "0123456789abcde"), 0);
    H5Tclose(type);
    H5Gclose(group);
    H5Fclose(file);
    if (hdf5_read(&h, x->path, &f)) fail_msg("%s", f.text);
    const uint64_t dims[2] = {2, 2}, zero = 0, three = 3, four = 4;
    assert_true(!h.sealed && hdf5_has_group(&h, "a") && !hdf5_has_group(&h, "good"));
    assert_true(hdf5_reals(&h, "good", 1, &three)[2] == 3);
    assert_null(hdf5_reals(&h, "good", 1, &four));
    assert_null(hdf5_reals(&h, "good", 0, 0));
    assert_null(hdf5_wholes(&h, "good", 1, &three));
    assert_int_equal(hdf5_wholes(&h, "a/small", 2, dims)[0], -128);
    assert_int_equal(hdf5_wholes(&h, "a/small", 2, dims)[3], 127);
    assert_non_null(hdf5_wholes(&h, "a/large", 0, 0));
    assert_non_null(hdf5_reals(&h, "a/none", 1, &zero));
    assert_null(hdf5_find(&h, "a/opaque"));
    for (int k = 0; k < 2; k++) {
        const struct hdf5_array *a = hdf5_find(&h, k ? "a/heap" : "a/texts");
        const char *text = a->data;
        assert_int_equal(a->n, 4);
        for (int i = 0; i < 4; i++, text += strlen(text) + 1)
            assert_string_equal(text, texts[i]);
    }
    hdf5_close(&h);
}

static void test_external_storage(void **state)
{
    struct fixture *x = *state;
    hid_t file = begin(x), how = H5Pcreate(H5P_DATASET_CREATE);
    hsize_t n = 16;
    H5Pset_external(how, x->other, 0, 16);
    hid_t space = H5Screate_simple(1, &n, 0);
    H5Dclose(H5Dcreate2(file, "master", H5T_NATIVE_CHAR, space, H5P_DEFAULT, how, H5P_DEFAULT));
    H5Sclose(space);
    H5Pclose(how);
    H5Fclose(file);
    refused(x, "master: external storage");
}

static void test_virtual_data_sets(void **state)
{
    struct fixture *x = *state;
    hsize_t n = 3;
    for (int which = 0; which < 2; which++) { // of another file, of this one
        hid_t file = begin(x), how = H5Pcreate(H5P_DATASET_CREATE);
        hid_t space = H5Screate_simple(1, &n, 0);
        H5Pset_virtual(how, space, which ? "." : x->other, "good", space);
        H5Dclose(H5Dcreate2(file, "v", H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, how, H5P_DEFAULT));
        H5Sclose(space);
        H5Pclose(how);
        H5Fclose(file);
        refused(x, "v: a virtual data set");
    }
}

static void test_links(void **state)
{
    struct fixture *x = *state;
    hid_t file = begin(x);
    H5Lcreate_external(x->other, "/good", file, "link", H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(file);
    refused(x, "link: an external link");
    file = begin(x);
    hid_t group = hdf5_make_group(file, "in");
    H5Lcreate_soft("/good", group, "link", H5P_DEFAULT, H5P_DEFAULT);
    H5Gclose(group);
    H5Fclose(file);
    refused(x, "in/link: a soft link");
    file = begin(x); // a group that lies in itself
    group = hdf5_make_group(file, "in");
    H5Lcreate_hard(file, "in", group, "again", H5P_DEFAULT, H5P_DEFAULT);
    H5Gclose(group);
    H5Fclose(file);
    refused(x, "groups in groups, allowed 8 deep");
}

// A link's name is its writer's: told on one line, without what moves a terminal.
static void test_names_that_are_no_words(void **state)
{
    struct fixture *x = *state;
    hid_t file = begin(x);
    H5Lcreate_soft("/good", file, "a\n\x1b[2J", H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(file);
    refused(x, "a??[2J: a soft link");
}

static void put_unwritten(hid_t file, const char *name, hid_t how, hsize_t n)
{
    hid_t space = H5Screate_simple(1, &n, 0);
    hid_t set = H5Dcreate2(file, name, H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, how, H5P_DEFAULT);
    assert_true(set >= 0);
    H5Dclose(set);
    H5Sclose(space);
}

static void test_more_values_than_are_stored(void **state)
{
    struct fixture *x = *state;
    hid_t file = begin(x);
    put_unwritten(file, "bomb", H5P_DEFAULT, (hsize_t)1 << 40);
    H5Fclose(file);
    refused(x, "bomb: more values than the file has bytes");
    file = begin(x);
    put_unwritten(file, "unwritten", H5P_DEFAULT, 30);
    H5Fclose(file);
    refused(x, "unwritten: 30 values of 8 bytes, fewer are stored");
    file = begin(x);
    hid_t how = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(how, 1, (hsize_t[]){1 << 16});
    H5Pset_deflate(how, 9);
    put_unwritten(file, "packed", how, 1 << 16);
    H5Pclose(how);
    H5Fclose(file);
    refused(x, "packed: stored in pieces");
    file = begin(x);
    for (int i = 0; i < 5000; i++) {
        char name[16];
        snprintf(name, sizeof name, "g%04d", i);
        H5Lcreate_hard(file, "good", file, name, H5P_DEFAULT, H5P_DEFAULT);
    }
    H5Fclose(file);
    refused(x, "more than 4096 objects");
}

// Files of others: in pieces, packed, deep. What unpacks to more than is allowed, or is not all there, is
// refused, and so is what is never read.
static void test_foreign(void **state)
{
    struct fixture *x = *state;
    struct hdf5_file h;
    struct fail f = {""};
    static double values[6000];
    hsize_t dims[2] = {100, 60};
    for (int i = 0; i < 6000; i++)
        values[i] = i * 0.5;
    hid_t file = begin(x), how = H5Pcreate(H5P_DATASET_CREATE), at = file;
    H5Pset_chunk(how, 2, (hsize_t[]){32, 32});
    H5Pset_shuffle(how);
    H5Pset_deflate(how, 6);
    H5Pset_fletcher32(how);
    for (int i = 0; i < 20; i++) {
        hid_t in = hdf5_make_group(at, "deeper");
        if (at != file) H5Gclose(at);
        at = in;
    }
    hid_t space = H5Screate_simple(2, dims, 0);
    hid_t set = H5Dcreate2(at, "packed", H5T_IEEE_F32BE, space, H5P_DEFAULT, how, H5P_DEFAULT);
    assert_true(H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Dclose(set);
    H5Sclose(space);
    H5Gclose(at);
    H5Fclose(file);
    if (hdf5_read_foreign(&h, x->path, &f)) fail_msg("%s", f.text);
    assert_int_equal(h.array[0].n, 6000);
    for (int i = 0; i < 6000; i++)
        assert_true(((const double *)h.array[0].data)[i] == i * 0.5);
    hdf5_close(&h);
    assert_int_equal(hdf5_read(&h, x->path, &f), -1); // ours are never packed

    const struct {
        hsize_t n, chunk;
        const char *why;
    } bad[] = {{1 << 16, 1 << 16, "packed: 1 pieces, 0 are stored"},
               {(hsize_t)1 << 40, 1 << 20, "packed: more than 8388608 values, packed"},
               {1 << 24, 1 << 24, "packed: pieces of more than 33554432 bytes"}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        file = begin(x);
        hid_t pieces = H5Pcreate(H5P_DATASET_CREATE);
        H5Pset_chunk(pieces, 1, &bad[i].chunk);
        H5Pset_deflate(pieces, 9);
        put_unwritten(file, "packed", pieces, bad[i].n);
        H5Pclose(pieces);
        H5Fclose(file);
        assert_int_equal(hdf5_read_foreign(&h, x->path, &f), -1);
        if (!strstr(f.text, bad[i].why)) fail_msg("%s; expected: %s", f.text, bad[i].why);
    }
    H5Pclose(how);
    file = begin(x);
    H5Lcreate_external(x->other, "/good", file, "link", H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(file);
    assert_int_equal(hdf5_read_foreign(&h, x->path, &f), -1);
    assert_non_null(strstr(f.text, "link: an external link"));
    file = begin(x);
    hid_t group = hdf5_make_group(file, "in");
    H5Lcreate_hard(file, "in", group, "again", H5P_DEFAULT, H5P_DEFAULT);
    H5Gclose(group);
    H5Fclose(file);
    assert_int_equal(hdf5_read_foreign(&h, x->path, &f), -1);
    if (!strstr(f.text, "groups in groups, allowed 40 deep")) fail_msg("%s", f.text);
}

// The cases that brought libhdf5 down: refused, in seconds.
static void test_cases(void **state)
{
    static const char *const case_of[][2] = {
        {"net_onebyte_hang.nir", "damaged"},
        {"hdf5_segv_1.h5", "damaged"},
        {"bomb.nir", "spiketwin/master: more values than the file has bytes"}};
    const char *cases = getenv("SPIKETWIN_CASES");
    (void)state;
    if (!cases) cases = SPIKETWIN_ROOT "/../shared/cases";
    if (access(cases, R_OK)) {
        print_message("left out: files that bring libhdf5 down: %s is not there (SPIKETWIN_CASES "
                      "names it)\n",
                      cases);
        return;
    }
    for (size_t i = 0; i < sizeof case_of / sizeof *case_of; i++) {
        char path[4096];
        struct hdf5_file h;
        struct fail f = {""};
        snprintf(path, sizeof path, "%s/files/%s", cases, case_of[i][0]);
        assert_int_equal(hdf5_read(&h, path, &f), -1);
        if (!strstr(f.text, case_of[i][1])) fail_msg("%s; expected: %s", f.text, case_of[i][1]);
    }
}

static void test_what_is_no_file(void **state)
{
    struct fixture *x = *state;
    struct hdf5_file h;
    struct fail f = {""};
    assert_int_equal(hdf5_read(&h, x->path, &f), -1);
    assert_non_null(strstr(f.text, "some.h5: no such file"));
    assert_int_equal(hdf5_read(&h, x->folder, &f), -1);
    assert_non_null(strstr(f.text, ": not a file"));
    assert_int_equal(mkfifo(x->path, 0600), 0); // would be waited for
    assert_int_equal(hdf5_read(&h, x->path, &f), -1);
    assert_non_null(strstr(f.text, ": not a file"));
    assert_int_equal(hdf5_read(&h, x->other, &f), -1);
    assert_non_null(strstr(f.text, ": not an HDF5 file, or damaged"));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_in_a_file),
        TEST(test_external_storage),
        TEST(test_virtual_data_sets),
        TEST(test_links),
        TEST(test_names_that_are_no_words),
        TEST(test_more_values_than_are_stored),
        TEST(test_foreign),
        TEST(test_cases),
        TEST(test_what_is_no_file),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
