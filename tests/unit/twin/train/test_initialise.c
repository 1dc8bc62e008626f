// First weights that are measured: against an exhaustive search, closed forms and the paper's
// formula.
#include "twin/task/speech/speech.h"
#include "twin/train/initialise.h"
#include "twin/net/quantise.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FILTERS = 4, CLIPS = 6, TICKS = 125, BIN_HOPS = 32, HOPS = TICKS * BIN_HOPS };

struct fixture {
    struct chip chip;
    struct speech speech;
    struct dataset_clip clip[CLIPS];
    int index[CLIPS];
    struct net net;
};

static int setup(void **state)
{
    struct fixture *fx = calloc(1, sizeof *fx);
    struct fail f;
    struct chip *c = &fx->chip;
    *c = (struct chip){
        .kind = &lif_kind, .name = "test", .tick_s = 0.008, .threshold = 3.684, .tau_s = 0.064};
    c->law = (struct law){.input = {4, 4},
                          .weight = {3, 9},
                          .membrane = {7, 9},
                          .leak = {0, 16},
                          .round_current = FX_NEAREST_EVEN,
                          .round_leak = FX_NEAREST_EVEN,
                          .leak_kind = LAW_LEAK_EXPONENTIAL,
                          .floor_zero = true,
                          .reset_subtract = true};
    c->weight.min = -1.66;
    c->weight.max = 1.66;
    c->weight.bits = 6;
    c->frontend = (struct frontend_spec){.rate_hz = 16000,
                                         .n_filters = FILTERS,
                                         .f_low_hz = 100,
                                         .f_high_hz = 7600,
                                         .bandwidth = 0.7,
                                         .hop_samples = 4,
                                         .bin_ms = 8,
                                         .int_bits = 4,
                                         .frac_bits = 4,
                                         .floor_bits = 10,
                                         .gain = 32};
    struct speech *s = &fx->speech;
    if (frontend_init(&s->front, &c->frontend, &f)) return -1;
    s->corpus = (struct corpus){.kind = &speech_kind,
                                .front = true,
                                .n_in = FILTERS,
                                .n_ticks = TICKS,
                                .grain_ms = 0.25,
                                .set = {.clip = fx->clip, .n_clips = CLIPS}};
    s->n_hops = HOPS;
    s->envelope = malloc((size_t)CLIPS * HOPS * FILTERS * sizeof *s->envelope);
    uint32_t x = 7;
    for (int i = 0; i < CLIPS * HOPS; i++)
        for (int k = 0; k < FILTERS; k++) {
            x = x * 1664525u + 1013904223u;
            s->envelope[i * FILTERS + k] = (uint16_t)((x / 65536 % 400) * (uint32_t)(k + 1));
        }
    for (int i = 0; i < CLIPS; i++)
        fx->index[i] = i;
    struct image_shape shape = {.n_layers = 3,
                                .layer = {{FILTERS, FILTERS, IMAGE_ONE_TO_ONE, false},
                                          {FILTERS, 32, IMAGE_DENSE, true},
                                          {32, 2, IMAGE_DENSE, false}}};
    *state = fx;
    return net_init(&fx->net, &shape, c, &f);
}

static int teardown(void **state)
{
    struct fixture *fx = *state;
    net_fini(&fx->net);
    free(fx->speech.envelope);
    free(fx);
    return 0;
}

// Rate of one filter by the law in plain arithmetic, for a charge in LSB.
static double rate_of(const struct fixture *fx, int filter, int charge, int theta, int lambda)
{
    int spikes = 0;
    for (int i = 0; i < CLIPS; i++) {
        uint8_t words[TICKS * FILTERS];
        long v = 0;
        corpus_words(&fx->speech.corpus, i, 0, 0, words);
        for (int t = 0; t < TICKS; t++) {
            // x·w has 4 + 9 fraction bits: to 9, ties to even; and the leak's product
            v += lrint(charge * words[t * FILTERS + filter] / 16.0) -
                 lrint((double)v * lambda / 65536);
            if (v < 0) v = 0;
            if (v > 32767) v = 32767;
            if (v >= theta) {
                v -= theta;
                spikes++;
            }
        }
    }
    return (double)spikes / (CLIPS * TICKS);
}

static void test_front_end_is_the_best_of_all_codes(void **state)
{
    struct fixture *fx = *state;
    struct fail f;
    double worst, worst_found = 0;
    int theta = (int)lrint(3.684 * 512), lambda = (int)lrint(-expm1(-8.0 / 64) * 65536);
    assert_int_equal(initialise_front(&fx->net, &fx->chip, &fx->speech.corpus, fx->index, CLIPS,
                                      0.25, &worst, &f),
                     0);
    for (int k = 0; k < FILTERS; k++) {
        double best = 1, w = fx->net.layer[0].w[k];
        for (int code = 32; code < 64; code++) {
            double level = -1.66 + code * 3.32 / 63;
            double miss = fabs(rate_of(fx, k, (int)lrint(level * 512), theta, lambda) - 0.25);
            best = fmin(best, miss);
        }
        double miss = fabs(rate_of(fx, k, (int)lrint(w * 512), theta, lambda) - 0.25);
        assert_true(miss == best);
        worst_found = fmax(worst_found, miss);
    }
    assert_true(worst == worst_found && worst < 0.1);
}

static void test_rates_are_those_of_a_plain_loop(void **state)
{
    struct fixture *fx = *state;
    struct fail f;
    double rate[FILTERS];
    int theta = (int)lrint(3.684 * 512), lambda = (int)lrint(-expm1(-8.0 / 64) * 65536);
    for (int k = 0; k < FILTERS; k++)
        fx->net.layer[0].w[k] = (float)(-1.66 + (35 + 3 * k) * 3.32 / 63);
    assert_int_equal(
        initialise_rates(&fx->net, &fx->chip, &fx->speech.corpus, fx->index, CLIPS, 0, rate, &f),
        0);
    for (int k = 0; k < FILTERS; k++)
        assert_true(rate[k] ==
                    rate_of(fx, k, (int)lrint(fx->net.layer[0].w[k] * 512), theta, lambda));
    assert_true(rate[FILTERS - 1] > 0);
    assert_true(
        initialise_rates(&fx->net, &fx->chip, &fx->speech.corpus, fx->index, 0, 0, rate, &f) != 0);
}

// Of the front end against the law in plain arithmetic; of layers behind it, the same as rates measured one by
// one, and a neuron that cannot fire.
static void test_moments(void **state)
{
    struct fixture *fx = *state;
    struct fail f;
    struct initialise_moment at[FILTERS + 32 + 2];
    double rate[32];
    const int theta = (int)lrint(3.684 * 512), lambda = (int)lrint(-expm1(-8.0 / 64) * 65536);
    for (int k = 0; k < FILTERS; k++)
        fx->net.layer[0].w[k] = (float)(-1.66 + (35 + 3 * k) * 3.32 / 63);
    for (int i = 0; i < fx->net.layer[1].n_source * 32; i++)
        fx->net.layer[1].w[i] = i % 32 == 7 ? -1 : (float)(i * 37 % 64 - 28) * 3.32f / 63;
    assert_int_equal(
        initialise_moments(&fx->net, &fx->chip, &fx->speech.corpus, fx->index, CLIPS, at, &f), 0);
    for (int k = 0; k < FILTERS; k++) {
        const int charge = (int)lrint(fx->net.layer[0].w[k] * 512);
        double sum = 0, squares = 0;
        for (int i = 0; i < CLIPS; i++) {
            uint8_t words[TICKS * FILTERS];
            long v = 0;
            corpus_words(&fx->speech.corpus, i, 0, 0, words);
            for (int t = 0; t < TICKS; t++) {
                v += lrint(charge * words[t * FILTERS + k] / 16.0) -
                     lrint((double)v * lambda / 65536);
                v = v < 0 ? 0 : v > 32767 ? 32767 : v;
                sum += (double)v / 512;
                squares += (double)v / 512 * (double)v / 512;
                if (v >= theta) v -= theta;
            }
        }
        const double mean = sum / (CLIPS * TICKS),
                     variance = squares / (CLIPS * TICKS) - mean * mean;
        assert_true(fabs(at[k].mean - mean) < 1e-9 && fabs(at[k].sd - sqrt(variance)) < 1e-9);
        assert_true(at[k].rate == rate_of(fx, k, charge, theta, lambda) && at[k].sd > 0);
    }
    assert_int_equal(
        initialise_rates(&fx->net, &fx->chip, &fx->speech.corpus, fx->index, CLIPS, 1, rate, &f),
        0);
    int fires = 0;
    for (int k = 0; k < 32; k++) {
        assert_true(at[FILTERS + k].rate == rate[k]);
        fires += rate[k] > 0;
    }
    assert_true(fires > 3 && at[FILTERS + 7].rate == 0);
}

static void test_potential_is_a_geometric_series(void **state)
{
    struct fixture *fx = *state;
    struct fail f;
    double e1, e2, keep = exp(-8.0 / 64);
    assert_int_equal(initialise_potential(&fx->net, &fx->chip, 1, &e1, &e2, &f), 0);
    assert_true(fabs(e1 * (1 - keep) - 1) < 0.02);
    assert_true(fabs(e2 * (1 - keep * keep) - 1) < 0.02);
    fx->chip.law.leak_kind = LAW_LEAK_LINEAR; // 3 ticks: 1, 2/3, 1/3
    for (int i = 0; i < 32; i++)
        fx->net.layer[1].lambda[i] = 1.0f / 3;
    assert_int_equal(initialise_potential(&fx->net, &fx->chip, 1, &e1, &e2, &f), 0);
    assert_true(fabs(e1 - 2) < 0.02 && fabs(e2 - (1 + 4.0 / 9 + 1.0 / 9)) < 0.02);
    fx->chip.law.leak_kind = LAW_LEAK_EXPONENTIAL;
}

// The spike of 1.0 is an input word: where none stands for 1.0, the largest that there is. With a
// current both decays are in the series; a rest is where it begins.
static void test_potential_of_other_laws(void **state)
{
    struct fixture *fx = *state;
    struct fail f = {""};
    double e1, e2, keep = exp(-8.0 / 64);
    struct law *law = &fx->chip.law, before = *law;
    struct net plain, other;
    static const struct law_format inputs[] = {{0, 4}, {0, 8}, {1, 0}, {4, 0}};
    for (int i = 0; i < 32; i++)
        fx->net.layer[1].lambda[i] = (float)-expm1(-8.0 / 64);
    plain = fx->net;
    for (int i = 0; i < 4; i++) {
        law->input = inputs[i];
        if (initialise_potential(&plain, &fx->chip, 1, &e1, &e2, &f)) fail_msg("%s", f.text);
        if (!(fabs(e1 * (1 - keep) - 1) < 0.03 && fabs(e2 * (1 - keep * keep) - 1) < 0.03))
            fail_msg("input %d: %g, %g", i, e1 * (1 - keep), e2 * (1 - keep * keep));
    }
    law->input = before.input;
    law->currents = 1;
    law->current = law->membrane;
    law->decay_kind = LAW_LEAK_EXPONENTIAL;
    law->has_rest = law->has_gain = true;
    law->gain = (struct law_format){4, 8};
    fx->chip.tau_syn_s = 0.016;
    fx->chip.gain = 0.5;
    fx->chip.rest = -1;
    if (net_init(&other, &plain.shape, &fx->chip, &f)) fail_msg("%s", f.text);
    law->floor_zero = false;
    if (initialise_potential(&other, &fx->chip, 1, &e1, &e2, &f)) fail_msg("%s", f.text);
    double u = 0.5, v = 0, sum = 0, squares = 0; // half of the charge arrives
    for (int t = 0; t < 4096; t++, u *= exp(-0.5)) {
        v = v * keep + u;
        sum += v;
        squares += v * v;
    }
    if (!(fabs(e1 / sum - 1) < 0.07 && fabs(e2 / squares - 1) < 0.07)) // an LSB of u stays
        fail_msg("%g of %g, %g of %g", e1, sum, e2, squares);
    net_fini(&other);
    *law = before;
    fx->chip.tau_syn_s = fx->chip.gain = fx->chip.rest = 0;
}

static void test_dense_weights_have_the_papers_spread(void **state)
{
    struct fixture *fx = *state;
    struct fail f;
    double e1, e2, rate[FILTERS], nu = 0, sum = 0, square = 0, own = 0;
    struct initialise_fluctuation o = {.xi = 2, .mean = 0.3, .share = 0.8, .rate = 0.06};
    for (int i = 0; i < 32; i++)
        fx->net.layer[1].lambda[i] = (float)-expm1(-8.0 / 64);
    fx->chip.weight.min = -100; // nothing is clipped
    fx->chip.weight.max = 100;
    fx->chip.weight.bits = 0;
    assert_int_equal(initialise_potential(&fx->net, &fx->chip, 1, &e1, &e2, &f), 0);
    initialise_rates(&fx->net, &fx->chip, &fx->speech.corpus, fx->index, CLIPS, 0, rate, &f);
    for (int k = 0; k < FILTERS; k++)
        nu += rate[k] / FILTERS;
    assert_int_equal(initialise_dense(&fx->net, &fx->chip, &fx->speech.corpus, fx->index, CLIPS, 1,
                                      &o, 9, 0, &f),
                     0);
    const float *w = fx->net.layer[1].w;
    enum { N = FILTERS * 32, OWN = 32 * 32 };
    for (int i = 0; i < N; i++)
        sum += w[i] / N;
    for (int i = 0; i < N; i++)
        square += (w[i] - sum) * (w[i] - sum) / (N - 1);
    for (int i = N; i < N + OWN; i++)
        own += w[i] * (double)w[i] / OWN;
    double n = FILTERS * nu, mean = 0.3 * 3.684 / (n * e1 + 2 * sqrt(n * e2));
    double sigma = (3.684 - n * mean * e1) / 2;
    double variance = 0.8 * sigma * sigma / (n * e2) - mean * mean;
    assert_true(fabs(sum - mean) < 5 * sqrt(variance / N));
    assert_true(fabs(square / variance - 1) < 5 * sqrt(2.0 / N));
    assert_true(fabs(own / (0.2 * sigma * sigma / (32 * 0.06 * e2)) - 1) < 5 * sqrt(2.0 / OWN));

    o.mean = 0.9999; // so large a mean leaves no variance
    assert_true(initialise_dense(&fx->net, &fx->chip, &fx->speech.corpus, fx->index, CLIPS, 1, &o,
                                 9, 0, &f));
    assert_non_null(strstr(f.text, "mean"));
    memset(fx->net.layer[0].w, 0, FILTERS * sizeof(float));
    assert_true(initialise_dense(&fx->net, &fx->chip, &fx->speech.corpus, fx->index, CLIPS, 1, &o,
                                 9, 0, &f));
    assert_non_null(strstr(f.text, "never fires"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_front_end_is_the_best_of_all_codes),
                                       cmocka_unit_test(test_rates_are_those_of_a_plain_loop),
                                       cmocka_unit_test(test_moments),
                                       cmocka_unit_test(test_potential_is_a_geometric_series),
                                       cmocka_unit_test(test_potential_of_other_laws),
                                       cmocka_unit_test(test_dense_weights_have_the_papers_spread)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
