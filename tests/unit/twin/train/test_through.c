// A batch through chips and back in two halves, against training's own step, and against itself cut otherwise.
#include "twin/net/net_draw.h"
#include "twin/train/through.h"

#include <omp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CLIPS = 150, TICKS = 40, INPUTS = 16 };

struct fixture {
    struct chip chip;
    struct net net;
    uint8_t *x; // (CLIPS, TICKS, INPUTS)
    struct batch_clip clip[CLIPS];
    int n_out;
};

static void open_fixture(struct fixture *fx, const char *name, bool recurrent)
{
    struct fail f;
    char path[4096];
    struct image_shape shape = {
        2, {{INPUTS, 33, IMAGE_DENSE, recurrent, false, 1}, {33, 4, IMAGE_DENSE, false, false, 1}}};
    snprintf(path, sizeof path, "%s/chips/%s.yaml", SPIKETWIN_ROOT, name);
    memset(fx, 0, sizeof *fx);
    if (chip_load(&fx->chip, path, &f) || net_init(&fx->net, &shape, &fx->chip, &f) ||
        net_draw(&fx->net, &fx->chip, 3, &f))
        fail_msg("%s", f.text);
    fx->n_out = 4;
    fx->x = malloc((size_t)CLIPS * TICKS * INPUTS);
    const int bits = law_bits(fx->chip.law.input);
    uint64_t state = 5;
    for (int i = 0; i < CLIPS * TICKS * INPUTS; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        uint64_t u = state >> 33;
        fx->x[i] = (uint8_t)(u % 4 ? 0 : u / 4 % (fx_umax(bits < 8 ? bits : 8) + 1));
    }
    for (int i = 0; i < CLIPS; i++)
        fx->clip[i] = (struct batch_clip){i, i % fx->n_out, 0};
}

static void close_fixture(struct fixture *fx)
{
    net_fini(&fx->net);
    free(fx->x);
}

// The gradient of n clips with the loss of training, by the two halves; of their mean.
static void two_halves(const struct fixture *fx, const struct through_options *o, int max_clips,
                       int n_clips, const float *real, float *count, float *spikes, float *g,
                       float *gx)
{
    struct fail f;
    const size_t n_out = (size_t)fx->n_out;
    struct through *t = through_new(&fx->chip, &fx->net.shape, TICKS, o, &f);
    if (!t) fail_msg("%s", f.text);
    struct tape *y = tape_new(t, max_clips, &f);
    if (!y) fail_msg("%s", f.text);
    struct through_in x = {.word = real ? 0 : fx->x, .real = real};
    struct through_out out = {.count = count, .spikes = spikes};
    float *gcount = malloc((size_t)n_clips * n_out * sizeof *gcount);
    assert_int_equal(through_back(t, y, &fx->net, gcount, 0, g, 0, &f), -1);
    assert_string_equal(f.text, "nothing went forward on this tape");
    if (through_forward(t, y, &fx->net, &x, n_clips, 7, VIRTUAL_CHIP_TRAINING, &out, &f))
        fail_msg("%s", f.text);
    assert_int_equal(x.rounded, 0);
    for (int i = 0; i < n_clips; i++) {
        int32_t whole[16];
        for (size_t n = 0; n < n_out; n++)
            whole[n] = (int32_t)count[(size_t)i * n_out + n];
        loss_cross_entropy(whole, fx->n_out, 1, fx->clip[i].label, 0.2f,
                           gcount + (size_t)i * n_out);
    }
    if (through_back(t, y, &fx->net, gcount, 0, g, gx, &f)) fail_msg("%s", f.text);
    for (size_t i = 0; i < fx->net.n_values; i++)
        g[i] /= (float)n_clips;
    free(gcount);
    tape_free(y);
    through_free(t);
}

// Training's step and the two halves: the same bits, for any number of threads and clips a chip.
static void test_training(void **unused)
{
    (void)unused;
    static const char *const chips[] = {"fpga-q8.8", "xylo-v2", "h1v2"};
    for (int i = 0; i < 12; i++) {
        static const int each[] = {1, 3, 16, 64};
        struct fail f;
        struct fixture fx;
        open_fixture(&fx, chips[i % 3], i / 3 & 1);
        const struct batch_options bo = {
            .backward = {.slope = 5, .reset_grad = 1, .neuron_gradients = i & 1},
            .logit_scale = 0.2f,
            .clips_per_chip = each[i / 3]};
        const struct through_options to = {bo.backward, bo.clips_per_chip, false};
        size_t n = fx.net.n_values;
        float *g = calloc(2 * n, sizeof *g), *count = calloc(CLIPS * 4, sizeof *count);
        struct batch *b = batch_new(&fx.chip, &fx.net.shape, TICKS, CLIPS, &bo, &f);
        if (!b) fail_msg("%s", f.text);
        batch_gradient(b, &fx.net, 0, fx.x, fx.clip, CLIPS, 7, VIRTUAL_CHIP_TRAINING, g);
        int threads = omp_get_max_threads();
        for (int k = 0; k < 2; k++) {
            omp_set_num_threads(k ? 3 : 1);
            two_halves(&fx, &to, k ? CLIPS : CLIPS + 50, CLIPS, 0, count, 0, g + n, 0);
            assert_memory_equal(g, g + n, n * sizeof *g);
        }
        omp_set_num_threads(threads);
        double largest = 0, fired = 0;
        for (size_t j = 0; j < n; j++)
            largest = g[j] > largest ? (double)g[j] : largest;
        for (int j = 0; j < 4 * CLIPS; j++)
            fired += (double)count[j];
        assert_true(largest > 0 && fired > 0);
        batch_free(b);
        free(g);
        free(count);
        close_fixture(&fx);
    }
}

// One chip for all, real values, spikes of ticks, a tape with room, threads: nothing that is asked changes another's bits.
static void test_ways(void **unused)
{
    (void)unused;
    enum { OUT = CLIPS * 4, ALL = CLIPS * TICKS * 4, IN = CLIPS * TICKS * INPUTS };
    static float count[3][OUT], spikes[ALL], gx[2][IN], real[IN];
    struct fixture fx;
    open_fixture(&fx, "fpga-q8.8", true);
    const struct through_options o = {{.slope = 5}, 0, true};
    float *g[3];
    for (int i = 0; i < 3; i++)
        g[i] = calloc(fx.net.n_values, sizeof *g[i]);
    for (int i = 0; i < IN; i++)
        real[i] = (float)fx.x[i] / 16;
    int threads = omp_get_max_threads();
    omp_set_num_threads(1);
    two_halves(&fx, &o, CLIPS, CLIPS, 0, count[0], 0, g[0], gx[0]);
    omp_set_num_threads(4);
    two_halves(&fx, &o, CLIPS, CLIPS, real, count[1], spikes, g[1], gx[1]);
    two_halves(&fx, &o, CLIPS, CLIPS, 0, count[2], 0, g[2], 0);
    omp_set_num_threads(threads);
    for (int i = 1; i < 3; i++) {
        assert_memory_equal(count[0], count[i], sizeof count[0]);
        assert_memory_equal(g[0], g[i], fx.net.n_values * sizeof(float));
    }
    assert_memory_equal(gx[0], gx[1], sizeof gx[0]);
    for (int i = 0; i < CLIPS; i++)
        for (int n = 0; n < 4; n++) {
            float sum = 0;
            for (int t = 0; t < TICKS; t++)
                sum += spikes[(i * TICKS + t) * 4 + n];
            assert_true(sum == count[0][i * 4 + n]);
        }
    // The first of them alone is the same chip.
    two_halves(&fx, &o, CLIPS, 1, 0, count[1], 0, g[1], 0);
    assert_memory_equal(count[0], count[1], 4 * sizeof(float));
    for (int i = 0; i < 3; i++)
        free(g[i]);
    close_fixture(&fx);
}

static void test_refusals(void **unused)
{
    (void)unused;
    struct fixture fx;
    struct fail f;
    open_fixture(&fx, "fpga-q8.8", false);
    struct through_options o = {{.slope = 5}, -1, true};
    assert_null(through_new(&fx.chip, &fx.net.shape, TICKS, &o, &f));
    assert_string_equal(f.text, "40 ticks, -1 clips a chip: allowed 1 and more, 0 and more");
    o.clips_per_chip = 0;
    struct through *t = through_new(&fx.chip, &fx.net.shape, TICKS, &o, &f);
    struct tape *y = tape_new(t, 2, &f);
    float *real = calloc(2 * TICKS * INPUTS, sizeof *real), count[8];
    struct through_in x = {.real = real};
    struct through_out out = {.count = count};
    static const struct {
        float value;
        const char *wanted;
    } bad[] = {
        {-1, "clip 1, tick 2, input 3: -1, allowed 0..15.9375 (input words of fpga-q8.8)"},
        {16, "clip 1, tick 2, input 3: 16, allowed 0..15.9375 (input words of fpga-q8.8)"},
        {0.0f / 0.0f, 0},
        {1.0f / 0.0f,
         "clip 1, tick 2, input 3: inf, allowed 0..15.9375 (input words of fpga-q8.8)"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        real[(TICKS + 2) * INPUTS + 3] = bad[i].value;
        assert_int_equal(through_forward(t, y, &fx.net, &x, 2, 1, 1, &out, &f), -1);
        if (bad[i].wanted) assert_string_equal(f.text, bad[i].wanted);
        assert_int_equal(through_back(t, y, &fx.net, count, 0, real, 0, &f), -1);
    }
    real[(TICKS + 2) * INPUTS + 3] = 0.03f; // between words
    assert_int_equal(through_forward(t, y, &fx.net, &x, 2, 1, 1, &out, &f), 0);
    assert_int_equal(x.rounded, 1);
    assert_int_equal(through_forward(t, y, &fx.net, &x, 3, 1, 1, &out, &f), -1);
    assert_string_equal(f.text, "3 clips, allowed 1..2");
    fx.net.values[2] = 0.0f / 0.0f;
    assert_int_equal(through_forward(t, y, &fx.net, &x, 2, 1, 1, &out, &f), -1);
    assert_non_null(strstr(f.text, "value 2 of the net is "));
    tape_free(y);
    through_free(t);
    free(real);
    close_fixture(&fx);
    struct chip chip;
    if (chip_load(&chip, SPIKETWIN_ROOT "/chips/izhikevich.yaml", &f)) fail_msg("%s", f.text);
    assert_null(through_new(&chip, &fx.net.shape, TICKS, &o, &f));
    assert_string_equal(
        f.text, "izhikevich: izhikevich, allowed the law lif with inputs without a sign: nothing "
                "else is trained");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_training), cmocka_unit_test(test_ways),
                                       cmocka_unit_test(test_refusals)};
    return cmocka_run_group_tests(tests, 0, 0);
}
