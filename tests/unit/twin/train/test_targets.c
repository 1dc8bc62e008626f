// Targets over time: the readout against its impulse response written out afresh, the loss and its way back against
// differences in double, figures of merit against their definitions, and what a reader refuses.
#include "twin/lif/loss.h"
#include "twin/task/targets.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { TICKS = 37, OUTPUTS = 3, MOST_EACH = 5, MOST_SPIKES = 7, STRIDE = 32 };

static uint64_t lcg_state = 5;
static double draw(double lo, double hi)
{
    lcg_state = lcg_state * 6364136223846793005u + 1442695040888963407u;
    return lo + (hi - lo) * (double)(lcg_state >> 33) / 2147483648.0;
}

static void near(double got, double expected, double tolerance)
{
    if (fabs(got - expected) <= tolerance * (1 + fabs(expected))) return;
    print_message("got %.12g, expected %.12g\n", got, expected);
    fail();
}

// Spikes as real numbers: what a trace holds, and what a difference moves.
struct spikes {
    int each, most;
    double n[TICKS][OUTPUTS * MOST_EACH];
};

// said(t) = low + (high − low) Σ over ticks s up to t of (1 − a) a^(t − s) · share(s): the filter's impulse response.
static double said_at(const struct targets *g, const struct spikes *x, int t, int k)
{
    const double a = exp(-1 / g->tau);
    double level = 0;
    for (int s = 0; s <= t; s++)
        for (int i = 0; i < x->each; i++)
            level += (1 - a) * pow(a, t - s) * x->n[s][k * x->each + i] / (x->each * x->most);
    return g->low + (g->high - g->low) * level;
}

static double loss_of(const struct targets *g, const struct spikes *x)
{
    double sum = 0;
    for (int t = g->skip; t < TICKS; t++)
        for (int k = 0; k < OUTPUTS; k++)
            sum += pow(said_at(g, x, t, k) - targets_of(g, 0)[t * OUTPUTS + k], 2);
    return sum / ((TICKS - g->skip) * OUTPUTS) / g->variance;
}

static void record(const struct spikes *x, struct trace_layer *to)
{
    static uint64_t z[TICKS];
    static int32_t n[TICKS * STRIDE];
    memset(z, 0, sizeof z);
    for (int t = 0; t < TICKS; t++)
        for (int i = 0; i < OUTPUTS * x->each; i++) {
            n[t * STRIDE + i] = (int32_t)x->n[t][i];
            if (x->n[t][i] > 0) z[t] |= fx_one(i);
        }
    *to = (struct trace_layer){.z = z, .stride = STRIDE};
    if (x->most > 1) to->n = n;
}

static void test_readout_and_loss(void **unused)
{
    (void)unused;
    int with_several = 0, with_skip = 0;
    for (int round = 0; round < 40; round++) {
        double y[TICKS * OUTPUTS], said[TICKS * OUTPUTS], gsaid[TICKS * OUTPUTS] = {0};
        float gz[TICKS * OUTPUTS * MOST_EACH];
        struct spikes x = {.each = 1 + round % MOST_EACH, .most = round % 3 ? 1 : MOST_SPIKES};
        struct trace_layer layer;
        const int n_neurons = OUTPUTS * x.each;
        struct targets g = {.readout = readout_rows[0],
                            .tau = draw(0.2, 20),
                            .low = draw(-2, 0),
                            .high = draw(0.1, 3),
                            .skip = round % 2 ? 9 : 0,
                            .n_ticks = TICKS,
                            .n_out = OUTPUTS,
                            .n_items = 1,
                            .y = y,
                            .variance = draw(0.1, 2)};
        with_several += x.most > 1;
        with_skip += g.skip > 0;
        for (int i = 0; i < TICKS * OUTPUTS; i++)
            y[i] = draw(-1, 1);
        for (int t = 0; t < TICKS; t++)
            for (int i = 0; i < n_neurons; i++)
                x.n[t][i] = draw(0, 1) < 0.4 ? floor(draw(1, x.most + 0.999)) : 0;
        record(&x, &layer);
        const struct readout_of of = {&layer, n_neurons, x.each, x.most};
        g.readout->read(&g, &of, said);
        for (int t = 0; t < TICKS; t++)
            for (int k = 0; k < OUTPUTS; k++)
                near(said[t * OUTPUTS + k], said_at(&g, &x, t, k), 1e-12);
        const size_t first = (size_t)g.skip * OUTPUTS, n = TICKS * OUTPUTS - first;
        near(loss_squared(said + first, y + first, n, 1 / (g.variance * (double)n), gsaid + first),
             loss_of(&g, &x), 1e-12);
        g.readout->back(&g, &of, gsaid, gz);
        for (int t = 0; t < TICKS; t++)
            for (int i = 0; i < n_neurons; i++) {
                const double step = 1e-4, was = x.n[t][i];
                x.n[t][i] = was + step;
                double up = loss_of(&g, &x);
                x.n[t][i] = was - step;
                double down = loss_of(&g, &x);
                x.n[t][i] = was;
                near(gz[t * n_neurons + i], (up - down) / (2 * step), 1e-6);
            }
    }
    assert_true(with_several > 5 && with_skip > 5);
}

static void test_figures(void **unused)
{
    (void)unused;
    const struct merit *r = merit_find("correlation"), *e = merit_find("sMAPE");
    assert_non_null(r);
    assert_non_null(e);
    assert_null(merit_find("accuracy")); // of labels
    // Output 0 is the target turned over and moved, output 1 twice it; the first row is left out.
    const double target[] = {9, 9, 1, 1, 2, 3, 3, 5}, said[] = {0, 7, 5, 2, 4, 6, 3, 10};
    near(r->of_item(said, target, 1, 4, 2), (-1 + 1) / 2.0, 1e-12);
    const double same[] = {0, 0, 1, 1, 2, 3, 3, 5}, still[] = {4, 4, 4, 4, 4, 4, 4, 4};
    near(r->of_item(same, target, 1, 4, 2), 1, 1e-12);
    near(r->of_item(still, target, 1, 4, 2), 0, 0);
    // Pearson's r of 1 2 3 4 with 1 3 2 4 is 0.8 by ranks as well.
    const double a[] = {1, 2, 3, 4}, b[] = {1, 3, 2, 4};
    near(r->of_item(a, b, 0, 4, 1), 0.8, 1e-12);
    // 200/3 · (|5−1|/6 + |4−2|/6 + 0): of output 0 above.
    const double x[] = {5, 4, 3}, y[] = {1, 2, 3}, none[] = {0, 0, 0};
    near(e->of_item(x, y, 0, 3, 1), 200 * (4.0 / 6 + 2.0 / 6) / 3, 1e-12);
    near(e->of_item(none, y, 0, 3, 1), 200, 1e-12);
    near(e->of_item(none, none, 0, 3, 1), 0, 0);
    // Points, shares and values are one scale; less sMAPE is more of it.
    assert_int_equal(merit_points(r, 1), MERIT_POINTS);
    assert_int_equal(merit_points(r, -1), 0);
    assert_int_equal(merit_points(e, 0), MERIT_POINTS);
    assert_int_equal(merit_points(e, 200), 0);
    near(merit_value(e, merit_share(e, 14.7)), 14.7, 1e-12);
    near(merit_value(r, (double)merit_points(r, 0.95) / MERIT_POINTS), 0.95, 1.0 / MERIT_POINTS);
    near(merit_value(r, merit_part(r, merit_share(r, 0.9), 0.98)), 0.9 * 0.98, 1e-12);
    near(merit_value(e, merit_part(e, merit_share(e, 10), 0.5)), 20, 1e-12);
    assert_true(merit_part(&merit_accuracy, 0.875, 0.98) == 0.875 * 0.98); // to the bit
    char text[MERIT_TEXT];
    assert_string_equal(merit_text(&merit_accuracy, 0.9712, text), "97.12 %");
    assert_string_equal(merit_text(r, 0.975, text), "0.9500");
}

// One line each of what is refused.
static void test_refused(void **unused)
{
    (void)unused;
    static const struct {
        const char *task, *wanted;
    } tasks[] = {
        {"readout: filter\ntau: 5\nlow: 0\nhigh: 1\nfigure: sMAPE\n", ""},
        {"readout: ear\n", "t:1: readout: `ear`, allowed filter"},
        {"tau: 0\n", "t:1: tau: `0`, allowed 0.1..65535 ticks"},
        {"tau: nan\n", "t:1: tau: `nan`, allowed 0.1..65535 ticks"},
        {"figure: accuracy\n", "t:1: figure: `accuracy`, allowed correlation, sMAPE"},
        {"skip: 1.5\n", "t:1: skip: `1.5`, allowed 0..65535 whole ticks"},
        {"colour: red\n", "t:1: `colour`, allowed readout, tau, low, high, figure, skip"},
        {"tau: 5\ntau: 5\n", "t: `tau` stands twice"},
        {"tau: [5]\n", "t:1: tau: `no text`, allowed 0.1..65535 ticks"},
        {"- 5\n", "t:1: allowed lines `key: value`"},
        {"readout: filter\ntau: 5\nlow: 0\nhigh: 1\n",
         "t: `figure` is missing, allowed correlation, sMAPE"},
        {"readout: filter\ntau: 5\nlow: 1\nhigh: 1\nfigure: sMAPE\n",
         "t: low 1 and high 1, allowed low below high"},
    };
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        struct targets g = {.n_out = 0};
        struct fail f = {""};
        assert_int_equal(targets_read_task(&g, tasks[i].task, "t", &f), *tasks[i].wanted ? -1 : 0);
        assert_string_equal(f.text, tasks[i].wanted);
    }
    static const struct {
        const char *table, *wanted;
    } tables[] = {
        {"a,b\n0,1\n0,0.5\n0,0\n", ""},
        {"a,c\n0,1\n0,1\n0,1\n", "x:1: output 1 is `c`, allowed `b`"},
        {"a\n0\n0\n0\n", "x:1: 1 outputs, allowed 2"},
        {"a,b\n0,1\n0,1\n", "x: 2 rows, allowed 3: a row a tick, as many in each item"},
        {"a,b\n0,1\n0,1\n0,1\n0,1\n",
         "x: more than 3 rows, allowed 3: a row a tick, as many in each item"},
        {"a,b\n0,1\n0,nan\n0,1\n", "x:3: output `b` is `nan`, allowed finite numbers"},
        {"a,b\n0,1\n0,x\n0,1\n", "x:3: output `b` is `x`, allowed finite numbers"},
        {"a,b\n0,1\n0,1.5\n0,1\n",
         "x:3: output `b` is 1.5, allowed 0..1: what its spikes can say, by low and high of "
         "task.yaml"},
        {"a,b\n0,1\n0,1\n0\n", "x:4: 1 cells, allowed 2, as in the line of names"},
        {"", "x: empty: no line of names"},
    };
    struct targets g = {.high = 2, .n_ticks = 0};
    struct labels outputs = {0};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        char text[200];
        struct fail f = {""};
        snprintf(text, sizeof text, "%s", tables[i].table);
        int bad = targets_add(&g, text, strlen(text), "x", &outputs, 0.5, &f);
        assert_string_equal(f.text, tables[i].wanted);
        assert_int_equal(bad, *tables[i].wanted ? -1 : 0);
    }
    struct fail f = {""};
    assert_int_equal(targets_end(&g, "d", &f), 0);
    near(g.variance, (0 + 1.0 / 6) / 2, 1e-12); // of 0 0 0, and of 1 0.5 0
    targets_fini(&g);
    labels_fini(&outputs);
    char text[] = "a\n1\n1\n";
    struct targets still = {.high = 2};
    assert_int_equal(targets_add(&still, text, strlen(text), "x", &outputs, 1, &f), 0);
    assert_int_equal(targets_end(&still, "d", &f), -1);
    assert_string_equal(f.text, "d/targets: all targets stand still, allowed such as change");
    targets_fini(&still);
    labels_fini(&outputs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_readout_and_loss),
        cmocka_unit_test(test_figures),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
