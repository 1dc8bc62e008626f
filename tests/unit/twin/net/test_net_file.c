// Network files: bit for bit there and back, equal bytes for equal nets, and every damage refused.
#include "base/file.h"
#include "twin/net/net.h"
#include "twin/net/virtual_chip.h"
#include "twin/io/hdf5_io.h"
#include "twin/io/hdf5_seal.h"

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
    if (labels_parse(&fx->net.labels, "yes,no \\, thanks,k\xc3\xb6nnen", &f)) return -1;
    size_t size;
    char *text = file_read(SPIKETWIN_ROOT "/chips/fpga-q8.8.yaml", 1 << 20, &size, &f);
    if (!text || net_keep_chip(&fx->net, text, &f)) return -1;
    free(text);
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
    assert_int_equal(net_load(&n, fx->path, &f), -1);
    assert_null(n.values);
    if (!strstr(f.text, why) || !strstr(f.text, "net.nir"))
        fail_msg("%s; expected: %s", f.text, why);
}

static void test_there_and_back_bit_for_bit(void **state)
{
    struct fixture *fx = *state;
    struct net n;
    struct fail f;
    struct chip chip;
    assert_int_equal(net_load(&n, fx->path, &f), 0);
    assert_int_equal(n.n_values, fx->net.n_values);
    assert_memory_equal(n.values, fx->net.values, n.n_values * sizeof(float));
    assert_true(n.labels.n == 3 && labels_equal(&n.labels, &fx->net.labels));
    assert_string_equal(n.labels.text[1], "no , thanks");
    assert_true(n.shape.layer[1].recurrent && !n.shape.layer[2].recurrent);
    assert_int_equal(n.shape.layer[0].topology, IMAGE_ONE_TO_ONE);
    assert_string_equal(n.chip, "fpga-q8.8");
    assert_string_equal(n.chip_file, fx->net.chip_file);
    assert_int_equal(chip_load_text(&chip, n.chip_file, "net.nir", &f), 0);
    assert_true(chip_hash(&chip) == chip_hash(&fx->chip) && n.chip_hash == chip_hash(&chip));
    net_fini(&n);
}

// As many labels as output neurons, of up to 255 bytes.
static void test_labels_of_any_number_and_length(void **state)
{
    struct fixture *fx = *state;
    struct fail f = {""};
    struct net wide, n;
    struct image_shape s = {.n_layers = 1, .layer = {{4, 1000, IMAGE_DENSE, false}}};
    char text[256];
    assert_int_equal(net_init(&wide, &s, &fx->chip, &f), 0);
    for (int i = 0; i < 1000; i++) {
        memset(text, 'x', 255);
        text[i % 3 ? 255 : 20] = 0;
        text[snprintf(text, sizeof text, "%d, \xe4\xb8\x80 \xf0\x9f\x98\x80", i)] = ' ';
        text[strlen(text) - 1] = '!';
        assert_int_equal(labels_add(&wide.labels, text, &f), 0);
    }
    assert_int_equal(net_save(&wide, &fx->chip, fx->path, &f), 0);
    assert_int_equal(net_load(&n, fx->path, &f), 0);
    assert_true(n.labels.n == 1000 && labels_equal(&n.labels, &wide.labels));
    assert_int_equal(strlen(n.labels.text[1]), 255);
    net_fini(&n);
    assert_int_equal(labels_add(&wide.labels, "one too many", &f), 0);
    assert_int_equal(net_save(&wide, &fx->chip, fx->path, &f), -1);
    if (!strstr(f.text, "1001 labels, allowed 0..1000")) fail_msg("%s", f.text);
    net_fini(&wide);
}

// A net cannot be saved with the file of another chip, nor with one that is none.
static void test_the_chip_file_is_the_chips(void **state)
{
    struct fixture *fx = *state;
    struct fail f = {""};
    assert_int_equal(net_keep_chip(&fx->net, "tick: 8\n", &f), 0);
    assert_int_equal(net_save(&fx->net, &fx->chip, fx->path, &f), -1);
    if (!strstr(f.text, "the chip file to be kept:1: ")) fail_msg("%s", f.text);
    size_t size;
    char *text = file_read(SPIKETWIN_ROOT "/chips/h1v2.yaml", 1 << 20, &size, &f);
    assert_int_equal(net_keep_chip(&fx->net, text, &f), 0);
    free(text);
    assert_int_equal(net_save(&fx->net, &fx->chip, fx->path, &f), -1);
    if (!strstr(f.text, "of h1v2")) fail_msg("%s", f.text);
}

// The same bytes without the seal's block are no file of ours any more; nor is a longer one.
static void test_without_its_seal(void **state)
{
    struct fixture *fx = *state;
    char *bytes;
    size_t n = read_bytes(fx->path, &bytes);
    write_bytes(fx->path, bytes + HDF5_SEAL, n - HDF5_SEAL);
    refused(fx, "damaged");
    char *longer = calloc(n + 1, 1);
    memcpy(longer, bytes, n);
    write_bytes(fx->path, longer, n + 1);
    refused(fx, "damaged");
    free(longer);
    free(bytes);
}

static size_t find(const char *bytes, size_t n, const void *what, size_t size)
{
    for (size_t i = 0; i + size <= n; i++)
        if (!memcmp(bytes + i, what, size)) return i;
    fail_msg("not in the file");
    return 0;
}

// Whoever forges the seal still has to say everything twice: /node and /spiketwin are compared.
static void test_weights_that_disagree(void **state)
{
    struct fixture *fx = *state;
    char *bytes;
    size_t n = read_bytes(fx->path, &bytes);
    double in_node = fx->net.layer[1].theta[7];
    float master = fx->net.layer[2].w[11];
    size_t a = find(bytes, n, &in_node, sizeof in_node);
    bytes[a + 5] ^= 4;
    hdf5_seal_make(bytes, n);
    write_bytes(fx->path, bytes, n);
    refused(fx, "/node/nodes/n1/v_threshold differs from /spiketwin: value 7 is");
    bytes[a + 5] ^= 4;
    bytes[find(bytes, n, &master, sizeof master)] ^= 1;
    hdf5_seal_make(bytes, n);
    write_bytes(fx->path, bytes, n);
    refused(fx, "/node/nodes/w2/weight differs from /spiketwin: value");
    free(bytes);
}

// What older versions wrote is read: without a seal, with no more of the chip than its name.
static void test_an_older_net(void **state)
{
    struct fixture *fx = *state;
    struct fail f = {""};
    struct net older, tiny;
    int16_t *code[IMAGE_MAX_LAYERS];
    (void)fx;
    assert_int_equal(net_load(&older, SPIKETWIN_ROOT "/vectors/older.nir", &f), 0);
    assert_int_equal(net_load(&tiny, SPIKETWIN_ROOT "/vectors/tiny.nir", &f), 0);
    assert_int_equal(older.n_values, tiny.n_values);
    assert_memory_equal(older.values, tiny.values, tiny.n_values * sizeof(float));
    assert_true(labels_equal(&older.labels, &tiny.labels));
    assert_string_equal(older.chip, tiny.chip);
    assert_null(older.chip_file);
    assert_non_null(tiny.chip_file);
    assert_int_equal(net_load_codes(code, &older, SPIKETWIN_ROOT "/vectors/older.nir", &f), 0);
    for (int l = 0; l < IMAGE_MAX_LAYERS; l++)
        free(code[l]);
    net_fini(&older);
    net_fini(&tiny);
}

// Taps are in the file three times: their numbers, the weights' rows, Delay and Linear of the graph.
static void test_taps(void **state)
{
    struct fixture *fx = *state;
    struct fail f;
    struct net tapped, n;
    struct image_shape s = fx->net.shape;
    char *bytes;
    s.layer[1].taps = 7;
    s.layer[1].spacing = 5;
    assert_int_equal(net_init(&tapped, &s, &fx->chip, &f), 0);
    for (size_t i = 0; i < tapped.n_values; i++)
        tapped.values[i] += (float)(i % 97) / 64;
    assert_int_equal(net_save(&tapped, &fx->chip, fx->path, &f), 0);
    if (net_load(&n, fx->path, &f)) fail_msg("%s", f.text);
    assert_int_equal(n.layer[1].n_source, 7 * 16 + 20);
    assert_int_equal(n.shape.layer[1].taps, 7);
    assert_int_equal(n.shape.layer[1].spacing, 5);
    assert_int_equal(n.shape.layer[2].taps, 0);
    assert_memory_equal(n.values, tapped.values, n.n_values * sizeof(float));
    net_fini(&n);
    size_t size = read_bytes(fx->path, &bytes);
    const int32_t stored[] = {1, 0, 7, 5, 1, 0};
    char *at = (char *)bytes + find(bytes, size, stored, sizeof stored);
    const struct {
        int32_t taps, spacing;
        const char *why;
    } list[] = {
        {7, 4, "/node/nodes/d1_1/delay differs from /spiketwin: value 0 is 0.04, not 0.032"},
        {6, 5, "/spiketwin/master is missing, damaged or has not"},
        {65, 1, "layer 1: 65 taps, allowed 1..64"},
        {0, 0, "layer 1: 0 taps, allowed 1..64"},
        {7, 64, "layer 1: taps 64 ticks apart, allowed 0..63"},
        {7, 0, "shape: spacing of taps: 1..63 ticks"},
        {7, 11, "shape: taps: the last one 1..63 ticks late"},
        {1, 5, "shape: spacing: only with taps"}};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        memcpy(at + 2 * sizeof(int32_t), &list[i].taps, sizeof(int32_t)); // of no alignment
        memcpy(at + 3 * sizeof(int32_t), &list[i].spacing, sizeof(int32_t));
        hdf5_seal_make(bytes, size);
        write_bytes(fx->path, bytes, size);
        refused(fx, list[i].why);
    }
    free(bytes);
    net_fini(&tapped);
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
             "assert ('n1', 'r1') in nir.read('%s').edges\n"
             "assert abs(g['w1'].weight[3, 2] - %.9g) < 1e-5 and g['n1'].r[7] == 1\n"
             "assert abs(g['n1'].tau[0] - 0.08) < 1e-6 and type(g['w0']).__name__ == 'Linear'\n"
             "assert abs(g['w0'].weight[5, 5] - %.9g) < 1e-5 and g['w0'].weight[5, 4] == 0\"",
             python, fx->path, fx->path, fx->net.layer[1].w[2 * 20 + 3] / (double)0.1f,
             fx->net.layer[0].w[5] / (double)0.1f);
    assert_int_equal(system(command), 0);
}

// Nets of other laws: their further values, and in NIR a CubaLIF where a current decays.
static void test_values_of_other_laws(void **state)
{
    struct fixture *fx = *state;
    static const char *const chips[] = {"loihi", "xylo-v1", "sc-neurocore"};
    static const int more[] = {1, 1, 3}; // values a neuron beyond leak, threshold and bias
    const char *python =
        getenv("SPIKETWIN_NIR_PYTHON"); // test_python_opens_it says if there is none
    char path[256], command[1400];
    for (int i = 0; i < 3; i++) {
        struct fail f = {""};
        struct chip c;
        struct net n, back;
        snprintf(path, sizeof path, "%s/chips/%s.yaml", SPIKETWIN_ROOT, chips[i]);
        if (chip_load(&c, path, &f) || net_init(&n, &fx->net.shape, &c, &f)) fail_msg("%s", f.text);
        assert_int_equal(n.n_values, fx->net.n_values + (size_t)(more[i] * (16 + 20 + 3)));
        for (int l = 0; l < 3; l++)
            for (int k = 0; k < n.layer[l].n_out; k++) {
                n.layer[l].bias[k] = (float)k / 8;
                if (n.layer[l].decay)
                    n.layer[l].decay[k] = i == 0 ? 0.25f + 0.01f * (float)k : 1.0f + (float)(k % 4);
                if (n.layer[l].gain) n.layer[l].gain[k] = 1.5f - 0.125f * (float)k;
                if (n.layer[l].rest) n.layer[l].rest[k] = -0.5f * (float)k;
                if (n.layer[l].reset) n.layer[l].reset[k] = -2 - (float)k;
            }
        if (net_save(&n, &c, fx->path, &f)) fail_msg("%s", f.text);
        if (net_load(&back, fx->path, &f)) fail_msg("%s", f.text);
        assert_true(!memcmp(&back.words, &n.words, sizeof n.words) && back.n_values == n.n_values);
        assert_true(back.leak_kind == c.law.leak_kind &&
                    (i == 2 || back.decay_kind == c.law.decay_kind));
        assert_memory_equal(back.values, n.values, n.n_values * sizeof(float));
        assert_int_equal(virtual_chip_check(&c, &back, &f), 0);
        net_fini(&back);
        net_fini(&n);
        if (!python) continue;
        // τ = dt/part, v_leak, w_in as v += bias − λ·(v − rest) + γ·w·x and u' = u − μ·u + γ·w·x; r is 1.
        static const char *const wanted[] = {
            "type(n).__name__ == 'CubaLIF' and abs(n.tau_syn[3] - 0.008/0.28) < 1e-6 and "
            "abs(n.w_in[3] - 1/0.28) < 1e-5 and n.r[3] == 1 and "
            "abs(n.tau_mem[3]*(1 - __import__('math').exp(-1/8)) - 0.008) < 1e-8",
            "type(n).__name__ == 'CubaLIF' and n.tau_syn[2] == 0.064 and n.w_in[2] == 8 and "
            "n.tau_mem[2] == 0.064 and n.r[2] == 1 and n.v_leak[2] == 2",
            "type(n).__name__ == 'LIF' and n.r[2] == 1 and n.metadata['gain'][2] == 1.25 and "
            "n.metadata['rest'][2] == -1 and n.v_reset[2] == -4 and "
            "abs(n.v_leak[2] - (-1 + 0.25*n.tau[2]/0.008)) < 1e-6"};
        snprintf(command, sizeof command,
                 "%s -c \"import nir\nn = nir.read('%s').nodes['n1']\nassert %s, n\"", python,
                 fx->path, wanted[i]);
        assert_int_equal(system(command), 0);
    }
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_there_and_back_bit_for_bit),
        TEST(test_values_of_other_laws),
        TEST(test_labels_of_any_number_and_length),
        TEST(test_the_chip_file_is_the_chips),
        TEST(test_without_its_seal),
        TEST(test_weights_that_disagree),
        TEST(test_an_older_net),
        TEST(test_taps),
        TEST(test_equal_nets_are_equal_bytes),
        TEST(test_missing_and_foreign_files),
        TEST(test_truncated_files),
        TEST(test_values_that_are_not_finite),
        TEST(test_nowhere_to_write),
        TEST(test_python_opens_it),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
