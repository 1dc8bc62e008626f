// Network files: bit for bit there and back, equal bytes for equal nets, and every damage refused.
#include "twin/io/hdf5_io.h"
#include "twin/chip/net.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
    struct chip chip;
    struct net net;
    char folder[64];
    char path[96];
};

static int setup(void **state)
{
    struct fixture *fx = calloc(1, sizeof *fx);
    struct fail f;
    struct image_shape s = {.n_layers = 3,
                            .layer = {{16, 16, IMAGE_ONE_TO_ONE, false},
                                      {16, 20, IMAGE_DENSE, true},
                                      {20, 3, IMAGE_DENSE, false}}};
    if (chip_load(&fx->chip, SPIKETWIN_ROOT "/chips/fpga-q8.8.yaml", &f)) return -1;
    if (net_init(&fx->net, &s, &fx->chip, &f)) return -1;
    for (size_t i = 0; i < fx->net.n_values; i++)
        fx->net.values[i] = ldexpf((float)(i * 2654435761u % 16777213u) - 8e6f, -21);
    for (int l = 0; l < 3; l++)
        for (int n = 0; n < fx->net.layer[l].n_out; n++)
            fx->net.layer[l].lambda[n] = 0.1f;
    fx->net.n_words = 3;
    strcpy(fx->net.words[0], "yes");
    strcpy(fx->net.words[1], "no");
    strcpy(fx->net.words[2], "k\xc3\xb6nnen");
    strcpy(fx->folder, "/tmp/spiketwin-net-XXXXXX");
    if (!mkdtemp(fx->folder)) return -1;
    snprintf(fx->path, sizeof fx->path, "%s/net.nir", fx->folder);
    *state = fx;
    return net_save(&fx->net, &fx->chip, fx->path, &f);
}

static int teardown(void **state)
{
    struct fixture *fx = *state;
    unlink(fx->path);
    rmdir(fx->folder);
    net_fini(&fx->net);
    free(fx);
    return 0;
}

static size_t read_bytes(const char *path, char **bytes)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    size_t n = (size_t)ftell(f);
    rewind(f);
    *bytes = malloc(n);
    assert_int_equal(fread(*bytes, 1, n, f), n);
    fclose(f);
    return n;
}

static void write_bytes(const char *path, const char *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

static void refused(struct fixture *fx, const char *why)
{
    struct net n;
    struct fail f = {""};
    assert_int_equal(net_load(&n, &fx->chip, fx->path, &f), -1);
    assert_null(n.values);
    if (!strstr(f.text, why) || !strstr(f.text, "net.nir"))
        fail_msg("%s; expected: %s", f.text, why);
}

static void test_there_and_back_bit_for_bit(void **state)
{
    struct fixture *fx = *state;
    struct net n;
    struct fail f;
    char name[64];
    assert_int_equal(net_load(&n, &fx->chip, fx->path, &f), 0);
    assert_int_equal(n.n_values, fx->net.n_values);
    assert_memory_equal(n.values, fx->net.values, n.n_values * sizeof(float));
    assert_int_equal(n.n_words, 3);
    for (int i = 0; i < 3; i++)
        assert_string_equal(n.words[i], fx->net.words[i]);
    assert_true(n.shape.layer[1].recurrent && !n.shape.layer[2].recurrent);
    assert_int_equal(n.shape.layer[0].topology, IMAGE_ONE_TO_ONE);
    assert_int_equal(net_chip_name(fx->path, name, &f), 0);
    assert_string_equal(name, "fpga-q8.8");
    net_fini(&n);
}

static void test_equal_nets_are_equal_bytes(void **state)
{
    struct fixture *fx = *state;
    struct fail f;
    char *a, *b;
    size_t na = read_bytes(fx->path, &a);
    assert_int_equal(net_save(&fx->net, &fx->chip, fx->path, &f), 0);
    size_t nb = read_bytes(fx->path, &b);
    assert_int_equal(na, nb);
    assert_memory_equal(a, b, na);
    free(a);
    free(b);
}

static void test_missing_and_foreign_files(void **state)
{
    struct fixture *fx = *state;
    unlink(fx->path);
    refused(fx, "no such file");
    write_bytes(fx->path, "not a network", 13);
    refused(fx, "not an HDF5 file");
    struct fail f;
    hid_t file = hdf5_create();
    assert_int_equal(hdf5_commit(file, hdf5_put_text(file, "version", "1.0"), fx->path, &f), 0);
    refused(fx, "no group /spiketwin");
}

// Cut anywhere, the file is refused or, cut behind all data, whole; never half a net.
static void test_truncated_files(void **state)
{
    struct fixture *fx = *state;
    char *bytes;
    size_t n = read_bytes(fx->path, &bytes);
    for (size_t keep = 0; keep < n; keep += n / 23) {
        write_bytes(fx->path, bytes, keep);
        refused(fx, "");
    }
    free(bytes);
}

static void test_values_that_are_not_finite(void **state)
{
    struct fixture *fx = *state;
    struct fail f;
    fx->net.layer[1].w[37] = NAN;
    assert_int_equal(net_save(&fx->net, &fx->chip, fx->path, &f), 0);
    refused(fx, "layer 1, weight 37");
    fx->net.layer[1].w[37] = 0;
    fx->net.layer[2].theta[2] = INFINITY;
    assert_int_equal(net_save(&fx->net, &fx->chip, fx->path, &f), 0);
    refused(fx, "layer 2, threshold 2");
}

static void test_nowhere_to_write(void **state)
{
    struct fixture *fx = *state;
    struct fail f = {""};
    assert_int_equal(net_save(&fx->net, &fx->chip, "/nowhere/net.nir", &f), -1);
    assert_string_equal(f.text, "/nowhere/net.nir: No such file or directory");
}

// Python's own reader, where there is one: weights, time constants and recurrence as they were.
static void test_python_opens_it(void **state)
{
    struct fixture *fx = *state;
    const char *python = getenv("SPIKETWIN_NIR_PYTHON");
    char command[1024];
    if (!python) {
        print_message("left out: Python's nir: SPIKETWIN_NIR_PYTHON names no python that has it\n");
        return;
    }
    snprintf(command, sizeof command,
             "%s -c \"import nir\ng = nir.read('%s').nodes\n"
             "assert g['w1'].weight.shape == (20, 16) and g['r1'].weight.shape == (20, 20)\n"
             "assert abs(g['w1'].weight[3, 2] - %.9g) < 1e-6\n"
             "assert abs(g['n1'].tau[0] - 0.08) < 1e-6 and type(g['w0']).__name__ == 'Scale'\"",
             python, fx->path, (double)fx->net.layer[1].w[2 * 20 + 3]);
    assert_int_equal(system(command), 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_there_and_back_bit_for_bit),
        TEST(test_equal_nets_are_equal_bytes),
        TEST(test_missing_and_foreign_files),
        TEST(test_truncated_files),
        TEST(test_values_that_are_not_finite),
        TEST(test_nowhere_to_write),
        TEST(test_python_opens_it),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
