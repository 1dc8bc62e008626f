// Grids without zero, charge tables and sign blocks, against formulas and searches of the test's
// own.
#include "twin/net/quantise.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static void load(struct chip *c, const char *name)
{
    struct fail f = {""};
    char path[256];
    snprintf(path, sizeof path, "%s/chips/%s.yaml", SPIKETWIN_ROOT, name);
    if (chip_load(c, path, &f)) fail_msg("%s", f.text);
}

static void make(struct net *n, const struct chip *c, const struct image_shape *s)
{
    struct fail f = {""};
    if (net_init(n, s, c, &f)) fail_msg("%s", f.text);
}

static double uniform(uint64_t *state) // 0..1, Knuth's MMIX generator
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 33) / 2147483648.0;
}

static void draw(struct net *n, double reach, uint64_t seed)
{
    for (int l = 0; l < n->shape.n_layers; l++)
        for (int i = 0; i < n->layer[l].n_source * n->layer[l].n_out; i++)
            n->layer[l].w[i] = (float)(reach * (2 * uniform(&seed) - 1));
}

// 2^b levels from end to end: level k is wmax·(2k − (2^b − 1))/(2^b − 1).
static double level_of(double wmax, int bits, int k)
{
    int top = (1 << bits) - 1;
    return wmax * (2 * k - top) / top;
}

// 8-bit codes shifted left: multiples of the step, what is beyond held at the ends.
static void test_words_with_a_step(void **unused)
{
    (void)unused;
    struct chip c;
    struct net n;
    int lo, hi;
    load(&c, "loihi");
    quantise_codes(&c, &lo, &hi);
    assert_true(lo == -128 && hi == 127);
    assert_true(quantise_level(&c, -128) == -8192 && quantise_charge(&c, 127) == 127 * 64);
    make(&n, &c, &(struct image_shape){1, {{5, 1, IMAGE_DENSE, false}}});
    static const float master[5] = {-9000, -97, 95.9f, 96.1f, 8129};
    static const int16_t wanted[5] = {-128, -2, 1, 2, 127};
    int16_t code[5];
    double charge[5];
    float slope[5];
    for (int i = 0; i < 5; i++)
        n.layer[0].w[i] = master[i];
    quantise_layer(&c, &n, 0, &(struct quantised){code, charge, slope});
    for (int i = 0; i < 5; i++) {
        assert_int_equal(code[i], wanted[i]);
        assert_true(charge[i] == 64.0 * wanted[i] && slope[i] == (i > 0));
    }
    struct chip ideal = chip_under(&c, CHIP_IDEAL); // every word of the format
    quantise_layer(&ideal, &n, 0, &(struct quantised){.charge = charge});
    assert_true(charge[1] == -97 && charge[4] == 8128);
    net_fini(&n);
}

static void test_levels_of_both_grids(void **unused)
{
    (void)unused;
    static const struct {
        const char *name;
        int bits;
        double wmax;
    } grids[] = {{"h1v1", 5, 0.9}, {"h1v2", 6, 1.66}};
    for (int g = 0; g < 2; g++) {
        struct chip c;
        int lo, hi, top = (1 << grids[g].bits) - 1;
        load(&c, grids[g].name);
        quantise_codes(&c, &lo, &hi);
        assert_int_equal(lo, 0);
        assert_int_equal(hi, top);
        for (int k = 0; k <= top; k++) {
            double level = quantise_level(&c, k);
            assert_true(fabs(level - level_of(grids[g].wmax, grids[g].bits, k)) < 1e-14);
            assert_true(fabs(level) > 0.49 * 2 * grids[g].wmax / top); // half a step, never zero
            assert_true(fabs(level + quantise_level(&c, top - k)) < 1e-14);
        }
    }
}

// A one-to-one layer of n neurons with these weights, as codes.
static void codes_of(const struct chip *c, const float *w, int n, int16_t *code)
{
    struct net net;
    struct image_shape s = {.n_layers = 1, .layer = {{n, n, IMAGE_ONE_TO_ONE}}};
    make(&net, c, &s);
    for (int i = 0; i < n; i++)
        net.layer[0].w[i] = w[i];
    quantise_layer(c, &net, 0, &(struct quantised){.code = code});
    net_fini(&net);
}

// NWAVE's Tutorial 6 prints 0.18444 for all 13 quantised front-end weights: the level of a grid of
// 64 levels with both ends, and of none that has a zero.
static void test_front_end_weights_of_tutorial_6(void **unused)
{
    (void)unused;
    struct chip c;
    float w[13];
    int16_t code[13];
    load(&c, "h1v2");
    for (int i = 0; i < 13; i++)
        w[i] = (float)(0.1585 + 0.0518 * i / 12); // all that is nearest to it
    codes_of(&c, w, 13, code);
    for (int i = 0; i < 13; i++) {
        assert_int_equal(code[i], 35);
        assert_true(fabs(quantise_level(&c, code[i]) - 0.18444) < 5e-6);
        assert_true(quantise_charge(&c, code[i]) == quantise_level(&c, code[i]));
    }
    for (int k = 0; k <= 32; k++) {
        assert_true(fabs(1.66 * k / 31 - 0.18444) > 1e-3);
        assert_true(fabs(1.66 * k / 32 - 0.18444) > 1e-3);
    }
}

static void test_ends_and_zero(void **unused)
{
    (void)unused;
    struct chip c;
    int16_t code[6];
    load(&c, "h1v2");
    codes_of(&c, (float[]){-9, -1.66f, 1.66f, 9, 0.001f, -0.001f}, 6, code);
    static const int expected[] = {0, 0, 63, 63, 32, 31};
    for (int i = 0; i < 6; i++)
        assert_int_equal(code[i], expected[i]);
}

// The level nearest to w, by trying all.
static int nearest(const struct chip *c, double w)
{
    int best = 0, n = 1 << c->weight.bits;
    for (int k = 1; k < n; k++)
        if (fabs(w - level_of(c->weight.max, c->weight.bits, k)) <
            fabs(w - level_of(c->weight.max, c->weight.bits, best)))
            best = k;
    return best;
}

struct counts {
    int blocks, flipped, kept, short_blocks;
};

// One block: its members' masters and codes; all of one sign, that of the sum; who agrees has the
// nearest level, who does not the smallest of the sign.
static void check_block(const struct chip *c, const float *w, const int16_t *code, size_t stride,
                        int n, struct counts *k)
{
    int half = 1 << (c->weight.bits - 1); // first positive code
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += w[(size_t)i * stride];
    for (int i = 0; i < n; i++) {
        int got = code[(size_t)i * stride], near = nearest(c, w[(size_t)i * stride]);
        assert_int_equal(got >= half, sum >= 0);
        bool agrees = (near >= half) == (sum >= 0);
        assert_int_equal(got, agrees ? near : sum >= 0 ? half : half - 1);
        k->flipped += !agrees;
        k->kept += agrees;
    }
    k->blocks++;
    k->short_blocks += n < c->weight.sign_block;
}

static void check_span(const struct chip *c, const float *w, const int16_t *code, size_t stride,
                       int n, struct counts *k)
{
    int size = c->weight.sign_block;
    for (int at = 0; at < n; at += size)
        check_block(c, w + (size_t)at * stride, code + (size_t)at * stride, stride,
                    n - at < size ? n - at : size, k);
}

static void test_sign_blocks_are_legal_always(void **unused)
{
    (void)unused;
    static const char *const name[] = {"h1v1", "h1v2"};
    const struct image_shape s = {.n_layers = 3,
                                  .layer = {{16, 16, IMAGE_ONE_TO_ONE, false},
                                            {16, 23, IMAGE_DENSE, true},
                                            {23, 7, IMAGE_DENSE, false}}};
    for (int run = 0; run < 60; run++) {
        struct chip c;
        struct net n;
        struct counts k = {0};
        int16_t code[39 * 23];
        load(&c, name[run % 2]);
        c.weight.sign_along_neurons = run % 4 >= 2;
        c.weight.sign_block = 1 + run % 7;
        make(&n, &c, &s);
        draw(&n, run % 5 ? 1.3 * c.weight.max : 0.02, (uint64_t)run);
        for (int l = 0; l < 3; l++) {
            const struct net_layer *y = &n.layer[l];
            size_t n_out = (size_t)y->n_out;
            int n_in = s.layer[l].n_in;
            quantise_layer(&c, &n, l, &(struct quantised){.code = code});
            for (int i = 0; l == 0 && i < 16; i++) // one-to-one: each synapse is free
                assert_int_equal(code[i], nearest(&c, y->w[i]));
            for (int i = 0; l && c.weight.sign_along_neurons && i < y->n_source; i++)
                check_span(&c, y->w + (size_t)i * n_out, code + (size_t)i * n_out, 1, y->n_out, &k);
            for (int i = 0; l && !c.weight.sign_along_neurons && i < y->n_out; i++) {
                check_span(&c, y->w + i, code + i, n_out, n_in, &k);
                size_t own = (size_t)n_in * n_out + (size_t)i;
                check_span(&c, y->w + own, code + own, n_out, y->n_source - n_in, &k);
            }
        }
        assert_true(k.kept > 100);
        if (c.weight.sign_block > 1) assert_true(k.flipped > 100 && k.short_blocks > 0);
        if (c.weight.sign_block == 1) assert_int_equal(k.flipped, 0);
        net_fini(&n);
    }
}

// Three inputs and two own neurons would fill one block of five: they are two blocks.
static void test_own_spikes_begin_a_block(void **unused)
{
    (void)unused;
    struct chip c;
    struct net n;
    struct quantise_block b;
    int16_t code[10];
    const struct image_shape s = {.n_layers = 1, .layer = {{3, 2, IMAGE_DENSE, true}}};
    load(&c, "h1v2");
    make(&n, &c, &s);
    for (int i = 0; i < 10; i++)
        n.layer[0].w[i] = i < 6 ? 0.1f : -1.5f;
    quantise_layer(&c, &n, 0, &(struct quantised){.code = code});
    for (int i = 0; i < 10; i++)
        assert_int_equal(code[i] >= 32, i < 6);
    assert_true(quantise_block_of(&c, &n, 0, 2, 1, &b) && b.of_sources);
    assert_true(b.first == 0 && b.last == 2);
    assert_true(quantise_block_of(&c, &n, 0, 3, 1, &b) && b.first == 3 && b.last == 4);
    c.weight.sign_along_neurons = true; // a source's two synapses, own spikes or not
    assert_true(quantise_block_of(&c, &n, 0, 3, 1, &b) && !b.of_sources);
    assert_true(b.first == 0 && b.last == 1);
    c.weight.sign_block = 0;
    assert_false(quantise_block_of(&c, &n, 0, 3, 1, &b));
    net_fini(&n);
}

// Of a chip with a table: finite differences of it, one-sided at its ends; of one without: 1; 0
// where the master is beyond the last level by more than half a step.
static void test_slopes(void **unused)
{
    (void)unused;
    struct chip c;
    struct net n;
    enum { N = 32 };
    float slope[N + 2];
    double charge[N + 2];
    const double cubic = 0.25 / (0.9 * 0.9); // so that the largest weight moves itself
    const struct image_shape s = {.n_layers = 1,
                                  .layer = {{N + 2, N + 2, IMAGE_ONE_TO_ONE, false}}};
    load(&c, "h1v1");
    make(&n, &c, &s);
    for (int k = 0; k < N; k++)
        n.layer[0].w[k] = (float)(level_of(0.9, 5, k) + (k % 2 ? 0.01 : -0.01));
    n.layer[0].w[N] = 0.95f;
    n.layer[0].w[N + 1] = -0.95f;
    quantise_layer(&c, &n, 0, &(struct quantised){.charge = charge, .slope = slope});
    for (int k = 0; k < N; k++) {
        int a = k ? k - 1 : 0, b = k < N - 1 ? k + 1 : k;
        double w = level_of(0.9, 5, k);
        double run = level_of(0.9, 5, b) - level_of(0.9, 5, a);
        assert_true(fabs(charge[k] - (0.75 * w + cubic * w * w * w)) < 5.1e-5); // four digits
        double rise = c.weight.charges.x[b] - c.weight.charges.x[a];
        assert_true(fabs(slope[k] - rise / run) < 1e-6);
        if (a < k && k < b) assert_true(fabs(slope[k] - (0.75 + 3 * cubic * w * w)) < 3e-3);
    }
    assert_true(slope[N] == 0 && slope[N + 1] == 0);
    assert_true(charge[N] == 0.9 && charge[N + 1] == -0.9);
    net_fini(&n);

    load(&c, "h1v2");
    make(&n, &c, &s);
    draw(&n, 1.6, 5);
    quantise_layer(&c, &n, 0, &(struct quantised){.slope = slope});
    for (int i = 0; i < N + 2; i++)
        assert_true(slope[i] == 1);
    net_fini(&n);
}

// Without a grid the codes are words of the weight format, held to weight.min..max.
static void test_chips_without_a_grid(void **unused)
{
    (void)unused;
    struct chip c;
    int lo, hi;
    int16_t code[4];
    load(&c, "fpga-q8.8");
    quantise_codes(&c, &lo, &hi);
    assert_int_equal(lo, -32768);
    assert_int_equal(hi, 32767);
    codes_of(&c, (float[]){0, 1.5f, -0.002f, 200}, 4, code);
    static const int expected[] = {0, 384, -1, 32767};
    for (int i = 0; i < 4; i++)
        assert_int_equal(code[i], expected[i]);
    c.weight.min = -1.001;
    c.weight.max = 1.001;
    quantise_codes(&c, &lo, &hi);
    assert_int_equal(lo, -256);
    assert_int_equal(hi, 256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_with_a_step),
        cmocka_unit_test(test_levels_of_both_grids),
        cmocka_unit_test(test_front_end_weights_of_tutorial_6),
        cmocka_unit_test(test_ends_and_zero),
        cmocka_unit_test(test_sign_blocks_are_legal_always),
        cmocka_unit_test(test_own_spikes_begin_a_block),
        cmocka_unit_test(test_slopes),
        cmocka_unit_test(test_chips_without_a_grid),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
