// Losses against their formulas, and gradients against finite differences of those formulas.
//
// The formulas here are written out afresh in double over real counts and weights; the code under
// test sees whole counts and floats.
#include "twin/lif/loss.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 24 };
static const double STEP = 1e-4;

static uint64_t lcg_state = 11;
static double draw(double lo, double hi)
{
    lcg_state = lcg_state * 6364136223846793005u + 1442695040888963407u;
    return lo + (hi - lo) * (double)(lcg_state >> 33) / 2147483648.0;
}

static void near(double got, double expected, double tolerance)
{
    if (fabs(got - expected) <= tolerance * (1 + fabs(expected))) return;
    print_message("got %.9g, expected %.9g\n", got, expected);
    fail();
}

// −log softmax of the class, its neurons' counts added up, by the definition.
static double cross_entropy(const double *count, int n, int population, int label, double scale)
{
    double sum = 0, own = 0;
    for (int k = 0; k < n / population; k++) {
        double logit = 0;
        for (int i = 0; i < population; i++)
            logit += scale * count[k * population + i];
        sum += exp(logit);
        if (k == label) own = logit;
    }
    return -log(exp(own) / sum);
}

static void test_cross_entropy(void **unused)
{
    (void)unused;
    for (int round = 0; round < 200; round++) {
        int population = 1 + round % 4, classes = 2 + round % 5, n = population * classes;
        int label = (int)draw(0, classes);
        int32_t count[MOST];
        double relaxed[MOST];
        float gcount[MOST], scale = (float)draw(0.05, 0.4);
        for (int i = 0; i < n; i++)
            relaxed[i] = count[i] = (int32_t)draw(0, 30);
        near(loss_cross_entropy(count, n, population, label, scale, gcount),
             cross_entropy(relaxed, n, population, label, scale), 1e-6);
        for (int i = 0; i < n; i++) {
            relaxed[i] += STEP;
            double up = cross_entropy(relaxed, n, population, label, scale);
            relaxed[i] -= 2 * STEP;
            double down = cross_entropy(relaxed, n, population, label, scale);
            relaxed[i] += STEP;
            near(gcount[i], (up - down) / (2 * STEP), 1e-6);
        }
    }
    // Counts so far apart that exp of a logit alone would overflow.
    const int32_t far[2] = {100000, 0};
    float gcount[2];
    near(loss_cross_entropy(far, 2, 1, 1, 1, gcount), 100000, 1e-9);
    near(gcount[0], 1, 1e-9);
}

static void test_class_counts(void **unused)
{
    (void)unused;
    const int32_t count[6] = {1, 2, 3, 40, 50, 60};
    int32_t sum[3];
    net_class_counts(count, 6, 2, sum);
    assert_int_equal(sum[0], 3);
    assert_int_equal(sum[1], 43);
    assert_int_equal(sum[2], 110);
}

static double firing_rate(const struct loss_rate *o, const double *count, int n, int n_ticks)
{
    double sum = 0;
    for (int i = 0; i < n; i++) {
        double rate = count[i] / n_ticks;
        if (o->kind == LOSS_RATE_TOWARD)
            sum += pow((rate - o->target) * o->weight, 2);
        else
            sum += o->weight / n * pow(fmax(rate - o->target, 0), 2);
    }
    return sum;
}

static void test_firing_rate(void **unused)
{
    (void)unused;
    for (int round = 0; round < 100; round++) {
        const int n = 20, n_ticks = 125;
        struct loss_rate o = {.kind = round % 2 ? LOSS_RATE_TOWARD : LOSS_RATE_ABOVE,
                              .weight = (float)draw(0.5, 10),
                              .target = (float)draw(0.1, 0.3)};
        int32_t count[MOST];
        double relaxed[MOST];
        float gz[MOST];
        int above = 0;
        for (int i = 0; i < n; i++) {
            relaxed[i] = count[i] = i ? (int32_t)draw(0, 80) : 0;
            above += relaxed[i] / n_ticks > o.target;
        }
        assert_in_range(above, 1, n - 1); // both sides of the target
        near(loss_firing_rate(&o, count, n, n_ticks, gz), firing_rate(&o, relaxed, n, n_ticks),
             1e-6);
        for (int i = 0; i < n; i++) { // a count moves by one with each tick's z
            relaxed[i] += STEP;
            double up = firing_rate(&o, relaxed, n, n_ticks);
            relaxed[i] -= 2 * STEP;
            double down = firing_rate(&o, relaxed, n, n_ticks);
            relaxed[i] += STEP;
            near(gz[i], (up - down) / (2 * STEP), 1e-6);
        }
    }
}

// A net of a one-to-one, a recurrent and an output layer with weights clear of every kink.
static void net_make(struct net *n)
{
    struct chip c = {.kind = &lif_kind, .name = "loss", .threshold = 1};
    struct image_shape shape = {.n_layers = 3,
                                .layer = {{3, 3, IMAGE_ONE_TO_ONE, false},
                                          {3, 4, IMAGE_DENSE, true},
                                          {4, 2, IMAGE_DENSE, false}}};
    struct fail f;
    assert_int_equal(net_init(n, &shape, &c, &f), 0);
    for (size_t i = 0; i < n->n_values; i++)
        n->values[i] = (float)((draw(0, 1) < 0.5 ? -1 : 1) * draw(0.01, 1.5));
}

static int is_weight(const struct net *n, size_t i)
{
    for (int l = 0; l < n->shape.n_layers; l++) {
        const struct net_layer *y = &n->layer[l];
        if (&n->values[i] >= y->w && &n->values[i] < y->lambda) return 1;
    }
    return 0;
}

static double magnitude(const struct net *n, double limit)
{
    double sum = 0;
    int weights = 0;
    for (size_t i = 0; i < n->n_values; i++)
        if (is_weight(n, i)) {
            double w = n->values[i], over = w > limit ? w - limit : w < -limit ? -w - limit : 0;
            sum += over * over;
            weights++;
        }
    return sum / weights;
}

// Blocks found by asking, for each pair of weights, whether they are of one; a layer's own spikes
// (rows from n_in on) are blocks of their own, and the one-to-one layer has none.
static bool together(const struct net *n, const struct chip *c, int l, int s, int m, int s2, int m2)
{
    int n_in = n->shape.layer[l].n_in, block = c->weight.sign_block;
    if (c->weight.sign_along_neurons) return s == s2 && m / block == m2 / block;
    if (m != m2 || (s < n_in) != (s2 < n_in)) return false;
    int from = s < n_in ? 0 : n_in;
    return (s - from) / block == (s2 - from) / block;
}

static double topology(const struct net *n, const struct chip *c)
{
    double sum = 0;
    for (int l = 1; l < n->shape.n_layers; l++) {
        int rows = n->layer[l].n_source, cols = n->layer[l].n_out;
        for (int i = 0; i < rows * cols; i++) {
            double up = 0, down = 0;
            int members = 0;
            for (int j = 0; j < rows * cols; j++) {
                if (!together(n, c, l, i / cols, i % cols, j / cols, j % cols)) continue;
                up += fmax(n->layer[l].w[j], 0);
                down += fmax(-n->layer[l].w[j], 0);
                members++;
            }
            sum += fmin(up, down) / members;
        }
    }
    return sum;
}

static void test_weight_losses(void **unused)
{
    (void)unused;
    for (int round = 0; round < 20; round++) {
        struct net n;
        float g[2][128] = {{0}};
        const double limit = 0.9, factor = 0.7;
        const struct chip c = {
            .weight = {.sign_block = 2 + round % 4, .sign_along_neurons = round & 4}};
        net_make(&n);
        assert_true(n.n_values <= 128);
        g[1][0] = 5; // what was there stays
        double got[2] = {loss_magnitude(&n, limit, factor, g[0]),
                         loss_topology(&c, &n, factor, g[1])};
        assert_true(got[0] > 0 && got[1] > 0);
        near(got[0], magnitude(&n, limit), 1e-12);
        near(got[1], topology(&n, &c), 1e-12);
        assert_true(loss_magnitude(&n, limit, factor, 0) == got[0]);
        assert_true(loss_topology(&c, &n, factor, 0) == got[1]);
        g[1][0] -= 5;
        for (size_t i = 0; i < n.n_values; i++) {
            const float value = n.values[i], step = 0.0009765625f; // exact in a float beside 1.5
            n.values[i] = value + step;
            double up[2] = {magnitude(&n, limit), topology(&n, &c)};
            n.values[i] = value - step;
            double down[2] = {magnitude(&n, limit), topology(&n, &c)};
            n.values[i] = value;
            double moved = (double)(value + step) - (double)(value - step);
            bool kink = fabs(fabs(value) - limit) < 2 * step;
            if (!kink) near(g[0][i], factor * (up[0] - down[0]) / moved, 1e-5);
            near(g[1][i], factor * (up[1] - down[1]) / moved, 1e-5);
            if (!is_weight(&n, i)) assert_true(g[0][i] == 0 && g[1][i] == 0);
        }
        net_fini(&n);
    }
}

static void test_legal_signs_cost_nothing(void **unused)
{
    (void)unused;
    struct net n;
    const struct chip c = {.weight = {.sign_block = 5}}, free = {0};
    net_make(&n);
    assert_true(loss_topology(&free, &n, 1, 0) == 0);
    assert_true(loss_topology(&c, &n, 1, 0) > 0);
    for (int l = 0; l < n.shape.n_layers; l++)
        for (int s = 0; s < n.layer[l].n_source; s++)
            for (int m = 0; m < n.layer[l].n_out; m++) {
                float *w = &n.layer[l].w[s * n.layer[l].n_out + m];
                *w = ((s < n.shape.layer[l].n_in ? 0 : 1) + m) % 2 ? fabsf(*w) : -fabsf(*w);
            }
    assert_true(loss_topology(&c, &n, 1, 0) == 0);
    n.layer[2].w[0] = -n.layer[2].w[0];
    near(loss_topology(&c, &n, 1, 0), fabs(n.layer[2].w[0]), 1e-12);
    net_fini(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_class_counts),
        cmocka_unit_test(test_cross_entropy),
        cmocka_unit_test(test_firing_rate),
        cmocka_unit_test(test_weight_losses),
        cmocka_unit_test(test_legal_signs_cost_nothing),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
