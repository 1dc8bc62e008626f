// Virtual chips: a pure function of (chip, net, seed, k), and each knob does what it says, alone.
#include "twin/io/rng.h"
#include "twin/net/virtual_chip.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define EXPECTED_HASH 0xa90a0e61d61ffb09u

struct fixture {
    struct chip chip;
    struct net net;
    struct image *im;
};

static struct chip quiet_chip(void)
{
    struct chip c = {
        .kind = &lif_kind, .name = "test", .tick_s = 0.008, .threshold = 8, .tau_s = 0.064};
    c.law = (struct law){.input = {4, 4},
                         .weight = {8, 8},
                         .membrane = {8, 8},
                         .leak = {0, 16},
                         .round_current = FX_NEAREST_EVEN,
                         .round_leak = FX_NEAREST_EVEN,
                         .leak_kind = LAW_LEAK_EXPONENTIAL,
                         .reset_subtract = true};
    c.weight.min = -128;
    c.weight.max = 127.99609375;
    c.mismatch.front_end = true;
    c.jitter.acts_leak = true;
    return c;
}

static int setup(void **state)
{
    struct fixture *fx = calloc(1, sizeof *fx);
    struct fail f;
    struct image_shape s = {.n_layers = 3,
                            .layer = {{16, 16, IMAGE_ONE_TO_ONE, false},
                                      {16, 64, IMAGE_DENSE, true},
                                      {64, 2, IMAGE_DENSE, false}}};
    fx->chip = quiet_chip();
    if (net_init(&fx->net, &s, &fx->chip, &f)) return -1;
    for (int l = 0; l < 3; l++)
        for (int i = 0; i < fx->net.layer[l].n_source * fx->net.layer[l].n_out; i++)
            fx->net.layer[l].w[i] = (float)(i % 7 - 3) * 0.7f + 0.1f;
    fx->im = virtual_chip_new(&fx->chip, &s);
    *state = fx;
    return fx->im ? 0 : -1;
}

static int teardown(void **state)
{
    struct fixture *fx = *state;
    virtual_chip_free(fx->im);
    net_fini(&fx->net);
    free(fx);
    return 0;
}

static uint64_t hash_of(struct fixture *fx, uint64_t seed, uint32_t k)
{
    virtual_chip_make(fx->im, &fx->chip, &fx->net, seed, k, 0);
    assert_null(image_check(fx->im));
    return image_hash(fx->im);
}

static void vary_everything(struct chip *c)
{
    c->mismatch.weight_gain = (struct chip_variation){0.03, 0.01};
    c->mismatch.weight_offset = (struct chip_variation){0.02, 0};
    c->mismatch.threshold = (struct chip_variation){0.05, 0.02};
    c->mismatch.leak = (struct chip_variation){0.1, 0};
    c->mismatch.input_gain = (struct chip_variation){0.02, 0};
}

static void test_zero_knobs_are_the_nominal_chip(void **state)
{
    struct fixture *fx = *state;
    uint64_t nominal = hash_of(fx, 1, 0);
    for (uint32_t k = 1; k < 5; k++)
        assert_true(hash_of(fx, k, k) == nominal);
}

static void test_same_k_is_the_same_chip_in_any_order(void **state)
{
    struct fixture *fx = *state;
    vary_everything(&fx->chip);
    uint64_t first[20];
    for (uint32_t k = 0; k < 20; k++)
        first[k] = hash_of(fx, 1, k);
    for (uint32_t k = 20; k-- > 0;)
        assert_true(hash_of(fx, 1, k) == first[k]);
    for (int i = 0; i < 20; i++)
        for (int j = 0; j < i; j++)
            assert_true(first[i] != first[j]);
    assert_true(hash_of(fx, 2, 1) != first[1]);
    assert_true(hash_of(fx, 2, 0) == first[0]);
}

// The words of this chip on every machine: made by gcc and clang, -O0 and -O3, any thread count.
static void test_a_chip_is_known_by_its_hash(void **state)
{
    struct fixture *fx = *state;
    vary_everything(&fx->chip);
    uint64_t hash = hash_of(fx, 2026, 17);
    print_message("chip 17 of seed 2026: %016llx\n", (unsigned long long)hash);
    assert_true(hash == EXPECTED_HASH);
}

// What of layer 1 differs from nominal: weights of inputs, of own spikes, θ, λ, δ, bias.
struct changes {
    int inputs, own, theta, lambda, slope, bias, front_end;
};

static struct changes changes_by(struct fixture *fx, size_t field)
{
    struct chip *c = &fx->chip;
    struct image *nominal = virtual_chip_new(c, &fx->net.shape);
    struct changes n = {0};
    *(struct chip_variation *)((char *)c + field) = (struct chip_variation){0.05, 0};
    virtual_chip_make(nominal, c, &fx->net, 1, 0, 0);
    virtual_chip_make(fx->im, c, &fx->net, 1, 1, 0);
    const struct image_layer *a = &nominal->layer[1], *b = &fx->im->layer[1];
    for (int i = 0; i < a->n_source * a->n_out; i++)
        *(i < 16 * 64 ? &n.inputs : &n.own) += a->w[i] != b->w[i];
    for (int i = 0; i < a->n_out; i++) {
        n.theta += a->neuron[i].theta != b->neuron[i].theta;
        n.lambda += a->neuron[i].lambda != b->neuron[i].lambda;
        n.slope += a->neuron[i].lambda_slope != b->neuron[i].lambda_slope;
        n.bias += a->neuron[i].bias != b->neuron[i].bias;
    }
    for (int i = 0; i < 16; i++)
        n.front_end += nominal->layer[0].w[i] != fx->im->layer[0].w[i];
    virtual_chip_free(nominal);
    return n;
}

#define FIELD(name) offsetof(struct chip, mismatch.name)

static void test_weight_gain_alone(void **state)
{
    struct changes n = changes_by(*state, FIELD(weight_gain));
    assert_true(n.inputs > 800 && n.own > 3000 && n.front_end > 10);
    assert_int_equal(n.theta + n.lambda + n.slope + n.bias, 0);
}

static void test_weight_offset_alone(void **state)
{
    struct changes n = changes_by(*state, FIELD(weight_offset));
    assert_true(n.inputs > 800 && n.own > 3000 && n.front_end > 10);
    assert_int_equal(n.theta + n.lambda + n.slope + n.bias, 0);
}

static void test_threshold_alone(void **state)
{
    struct changes n = changes_by(*state, FIELD(threshold));
    assert_true(n.theta > 50);
    assert_int_equal(n.inputs + n.own + n.lambda + n.slope + n.bias + n.front_end, 0);
}

static void test_leak_alone(void **state)
{
    struct changes n = changes_by(*state, FIELD(leak));
    assert_true(n.lambda > 50 && n.slope > 50);
    assert_int_equal(n.inputs + n.own + n.theta + n.bias + n.front_end, 0);
}

// Decays and gains of a law that has them: their words alone, by the CV asked for, each from a stream of its
// own; nothing of them moves where the knob is 0.
static void test_decay_and_gain_alone(void **unused)
{
    (void)unused;
    struct chip c = quiet_chip();
    struct image_shape s = {1, {{1, 2000, IMAGE_DENSE, false}}};
    struct net n;
    struct fail f;
    c.law.currents = 1;
    c.law.current = c.law.membrane;
    c.law.decay_kind = LAW_LEAK_EXPONENTIAL;
    c.law.has_gain = true;
    c.law.gain = (struct law_format){4, 12};
    c.gain = 1;
    c.tau_syn_s = 0.016;
    assert_int_equal(net_init(&n, &s, &c, &f), 0);
    for (int what = 0; what < 3; what++) {
        struct image *im = virtual_chip_new(&c, &s), *nominal = virtual_chip_new(&c, &s);
        c.mismatch.decay.local = what == 1 ? 0.1 : 0;
        c.mismatch.gain.local = what == 2 ? 0.1 : 0;
        virtual_chip_make(nominal, &c, &n, 1, 0, 0);
        virtual_chip_make(im, &c, &n, 1, 1, 0);
        double sum[2] = {0}, squares[2] = {0};
        for (int i = 0; i < 2000; i++) {
            struct law_neuron a = nominal->layer[0].neuron[i], b = im->layer[0].neuron[i];
            const double x[2] = {(double)b.mu / a.mu - 1, (double)b.gain / a.gain - 1};
            for (int k = 0; k < 2; k++) {
                sum[k] += x[k] / 2000;
                squares[k] += x[k] * x[k] / 2000;
            }
            b.mu = a.mu, b.mu_slope = a.mu_slope, b.gain = a.gain;
            assert_memory_equal(&a, &b, sizeof a);
        }
        for (int k = 0; k < 2; k++) {
            const bool on = what == k + 1;
            assert_true(on ? fabs(sum[k]) < 0.01 : sum[k] == 0);
            assert_true(on ? fabs(sqrt(squares[k]) - 0.1) < 0.005 : squares[k] == 0);
        }
        virtual_chip_free(nominal);
        virtual_chip_free(im);
    }
    net_fini(&n);
}

static void test_input_gain_acts_on_the_first_layer_only(void **state)
{
    struct changes n = changes_by(*state, FIELD(input_gain));
    assert_true(n.front_end > 10);
    assert_int_equal(n.inputs + n.own + n.theta + n.lambda + n.slope + n.bias, 0);
}

static void test_front_end_can_be_spared(void **state)
{
    struct fixture *fx = *state;
    fx->chip.mismatch.front_end = false;
    struct changes n = changes_by(fx, FIELD(weight_gain));
    assert_true(n.inputs > 800);
    assert_int_equal(n.front_end, 0);
}

static void test_jitter_alone(void **state)
{
    struct fixture *fx = *state;
    int16_t a[300], b[300];
    fx->chip.jitter.sigma = 0.01;
    virtual_chip_jitter(&fx->chip, 1, 0, 5, a, 300);
    for (int i = 0; i < 300; i++)
        assert_int_equal(a[i], 0);
    virtual_chip_jitter(&fx->chip, 1, 3, 5, a, 300);
    virtual_chip_jitter(&fx->chip, 1, 3, 5, b, 200); // a shorter clip has the same start
    assert_memory_equal(a, b, 200 * sizeof *a);
    virtual_chip_jitter(&fx->chip, 1, 3, 6, b, 300);
    assert_memory_not_equal(a, b, 300 * sizeof *a);
    double squares = 0;
    for (int i = 0; i < 300; i++)
        squares += (double)a[i] * a[i];
    double sd = sqrt(squares / 300) / 32768;
    assert_true(fabs(sd - 0.01) < 4 * 0.01 / sqrt(600)); // 4 standard errors of a deviation
    fx->chip.jitter.acts_leak = false;
    virtual_chip_make(fx->im, &fx->chip, &fx->net, 1, 1, 0);
    for (int i = 0; i < 64; i++)
        assert_int_equal(fx->im->layer[1].neuron[i].lambda_slope, 0);
}

static void test_spread_is_the_sigma_asked_for(void **state)
{
    struct fixture *fx = *state;
    fx->chip.mismatch.threshold = (struct chip_variation){0.05, 0.03};
    double between = 0, within = 0;
    enum { CHIPS = 400, N = 64 };
    for (uint32_t k = 1; k <= CHIPS; k++) {
        virtual_chip_make(fx->im, &fx->chip, &fx->net, 1, k, 0);
        double mean = 0, squares = 0;
        for (int i = 0; i < N; i++)
            mean += fx->im->layer[1].neuron[i].theta / 2048.0 / N;
        for (int i = 0; i < N; i++) {
            double off = fx->im->layer[1].neuron[i].theta / 2048.0 - mean;
            squares += off * off / (N - 1);
        }
        within += squares / CHIPS;
        between += (mean - 1) * (mean - 1) / CHIPS;
    }
    double expected = 0.03 * 0.03 + 0.05 * 0.05 / N;
    assert_true(fabs(within / (0.05 * 0.05) - 1) < 5 * sqrt(2.0 / (CHIPS * (N - 1))));
    assert_true(fabs(between / expected - 1) < 5 * sqrt(2.0 / CHIPS));
}

static void test_clamps_are_counted_and_gains_known(void **state)
{
    struct fixture *fx = *state;
    struct virtual_chip_note note = {0};
    float gain[80 * 64];
    note.gain[1] = gain;
    fx->chip.weight.min = -1;
    fx->chip.weight.max = 1;
    fx->chip.mismatch.weight_gain.local = 0.03;
    virtual_chip_make(fx->im, &fx->chip, &fx->net, 1, 1, &note);
    assert_int_equal(note.clamped, 0);
    for (int i = 0; i < 80 * 64; i++) {
        float w = fx->net.layer[1].w[i];
        bool inside = fabsf(w) <= 1;
        assert_true(inside ? fabsf(gain[i] - 1) < 0.2f : gain[i] == 0);
        double code = inside ? nearbyint(w * 256.0) : w > 0 ? 256 : -256;
        if (inside) assert_int_equal(fx->im->layer[1].w[i], (int)nearbyint(code * (double)gain[i]));
    }
    fx->chip.weight.min = -128;
    fx->chip.weight.max = 127.99;
    fx->net.layer[1].w[0] = 126;
    fx->chip.mismatch.weight_gain.local = 0.5;
    int64_t clamped = 0;
    for (uint32_t k = 1; k < 20; k++) {
        virtual_chip_make(fx->im, &fx->chip, &fx->net, 1, k, &note);
        clamped += note.clamped;
    }
    assert_true(clamped > 2);
}

static void test_streams_are_unrelated(void **state)
{
    (void)state;
    enum { N = 4000 };
    double a[N], b[N];
    const struct rng_stream base = {1, 5, RNG_WEIGHT_GAIN, 1};
    const struct rng_stream near[] = {{2, 5, RNG_WEIGHT_GAIN, 1},
                                      {1, 6, RNG_WEIGHT_GAIN, 1},
                                      {1, 5, RNG_WEIGHT_OFFSET, 1},
                                      {1, 5, RNG_WEIGHT_GAIN, 2}};
    rng_normals(base, a, N);
    for (int i = 0; i < 4; i++) {
        rng_normals(near[i], b, N);
        for (int shift = 0; shift < 3; shift++) {
            double sum = 0;
            for (int j = shift; j < N; j++)
                sum += a[j] * b[j - shift];
            assert_true(fabs(sum / sqrt(N)) < 4.5); // N(0, 1) if unrelated
        }
    }
}

static void test_normal_quantiles(void **state)
{
    (void)state;
    // Reference values of the standard normal quantile (AS 241 states 1e-16 relative accuracy).
    assert_true(fabs(rng_normal_of((uint64_t)1 << 62) + 0.6744897501960817) < 1e-12);
    assert_true(fabs(rng_normal_of(UINT64_MAX / 1000 * 999) - 3.090232306167813) < 1e-9);
    assert_true(fabs(rng_normal_of(0) + 8.2923610758135951) < 1e-12);
    assert_true(rng_normal_of(0) == -rng_normal_of(UINT64_MAX));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_zero_knobs_are_the_nominal_chip),
        TEST(test_same_k_is_the_same_chip_in_any_order),
        TEST(test_a_chip_is_known_by_its_hash),
        TEST(test_weight_gain_alone),
        TEST(test_weight_offset_alone),
        TEST(test_threshold_alone),
        TEST(test_leak_alone),
        cmocka_unit_test(test_decay_and_gain_alone),
        TEST(test_input_gain_acts_on_the_first_layer_only),
        TEST(test_front_end_can_be_spared),
        TEST(test_jitter_alone),
        TEST(test_spread_is_the_sigma_asked_for),
        TEST(test_clamps_are_counted_and_gains_known),
        TEST(test_streams_are_unrelated),
        TEST(test_normal_quantiles),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
