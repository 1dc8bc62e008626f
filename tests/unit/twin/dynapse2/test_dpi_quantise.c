// The 4-bit quantiser against a search that shares nothing with it, and what it has to bear.
//
// For few weights the best four base currents are found by trying every way to compose n numbers
// of 4 currents: each current is a column of n bits, the best currents for four columns are an
// ordinary least-squares problem, and all sets of columns are tried. A negative current means that
// the set with a column less is better, which is tried too.
#include "twin/dynapse2/dpi_quantise.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct dpi_quantised quantise(const double *w, size_t n, const double *importance,
                                     long boxes)
{
    struct dpi_quantised q;
    struct dpi_quantise_options o = dpi_quantise_default;
    struct fail f = {""};
    o.importance = importance;
    o.boxes = boxes;
    if (dpi_quantise(&q, w, n, &o, &f)) fail_msg("%s", f.text);
    return q;
}

// Σ s·(x − Σ b·column)² of the best b by Gaussian elimination; INFINITY if one is negative.
static double least_squares(const double *x, const double *s, int n, const unsigned *column,
                            int n_columns)
{
    double a[4][5] = {{0}}, b[4], cost = 0;
    for (int i = 0; i < n_columns; i++)
        for (int k = 0; k < n; k++) {
            if (!(column[i] >> k & 1)) continue;
            a[i][n_columns] += s[k] * x[k];
            for (int j = 0; j < n_columns; j++)
                if (column[j] >> k & 1) a[i][j] += s[k];
        }
    for (int i = 0; i < n_columns; i++) {
        int pivot = i;
        for (int j = i + 1; j < n_columns; j++)
            if (fabs(a[j][i]) > fabs(a[pivot][i])) pivot = j;
        if (fabs(a[pivot][i]) < 1e-9) return INFINITY; // dependent columns: a smaller set does
        for (int k = 0; k <= n_columns; k++) {
            double t = a[i][k];
            a[i][k] = a[pivot][k];
            a[pivot][k] = t;
        }
        for (int j = i + 1; j < n_columns; j++)
            for (int k = n_columns; k >= i; k--)
                a[j][k] -= a[j][i] / a[i][i] * a[i][k];
    }
    for (int i = n_columns - 1; i >= 0; i--) {
        b[i] = a[i][n_columns];
        for (int k = i + 1; k < n_columns; k++)
            b[i] -= a[i][k] * b[k];
        b[i] /= a[i][i];
        if (b[i] < 0) return INFINITY;
    }
    for (int k = 0; k < n; k++) {
        double sum = 0;
        for (int i = 0; i < n_columns; i++)
            if (column[i] >> k & 1) sum += b[i];
        cost += s[k] * (x[k] - sum) * (x[k] - sum);
    }
    return cost;
}

static double by_enumeration(const double *x, const double *s, int n)
{
    unsigned all = 1u << n, c[4];
    double best = INFINITY;
    for (c[0] = 1; c[0] < all; c[0]++) {
        best = fmin(best, least_squares(x, s, n, c, 1));
        for (c[1] = c[0] + 1; c[1] < all; c[1]++) {
            best = fmin(best, least_squares(x, s, n, c, 2));
            for (c[2] = c[1] + 1; c[2] < all; c[2]++) {
                best = fmin(best, least_squares(x, s, n, c, 3));
                for (c[3] = c[2] + 1; c[3] < all; c[3]++)
                    best = fmin(best, least_squares(x, s, n, c, 4));
            }
        }
    }
    return best;
}

static void test_few_weights_are_the_optimum(void **unused)
{
    (void)unused;
    for (uint64_t i = 0; i < 6; i++) {
        enum { N = 6 };
        double w[N], x[N], s[N], u[N], ones = 0;
        rng_normals((struct rng_stream){77, i, RNG_SHIFT, 0}, w, N);
        rng_uniforms((struct rng_stream){78, i, RNG_SHIFT, 0}, u, N);
        for (int k = 0; k < N; k++) {
            x[k] = fabs(w[k]);
            s[k] = i % 2 ? 0.1 + u[k] : 1;
            ones += s[k];
        }
        // one start only: what is found is found by the proof
        struct dpi_quantise_options o = {1, i, 1000000, i % 2 ? s : 0};
        struct dpi_quantised q;
        struct fail f = {""};
        assert_int_equal(dpi_quantise(&q, w, N, &o, &f), 0);
        double want = sqrt(by_enumeration(x, s, N) / ones);
        assert_true(q.proved && q.n == N);
        if (fabs(q.rms - want) > 1e-9) fail_msg("case %d: %.12g, best %.12g", (int)i, q.rms, want);
    }
}

// What the descent alone finds may be worse, and is here: the proof mends it.
static void test_the_proof_finds_what_descent_missed(void **unused)
{
    (void)unused;
    int mended = 0;
    for (uint64_t i = 0; i < 60; i++) {
        double w[40];
        rng_normals((struct rng_stream){5, i, RNG_SHIFT, 0}, w, 40);
        struct dpi_quantise_options one = {.starts = 3, .seed = i};
        struct dpi_quantised d, q;
        struct fail f = {""};
        assert_int_equal(dpi_quantise(&d, w, 40, &one, &f), 0);
        assert_false(d.proved);
        one.boxes = 1000000;
        assert_int_equal(dpi_quantise(&q, w, 40, &one, &f), 0);
        assert_true(q.proved && q.rms <= d.rms);
        mended += q.rms < d.rms * (1 - 1e-6);
        one.starts = 500;
        one.seed = 1000 + i;
        assert_int_equal(dpi_quantise(&d, w, 40, &one, &f), 0);
        assert_true(fabs(d.rms - q.rms) < 1e-9); // the optimum is one, wherever one starts
    }
    assert_true(mended > 10);
}

static void test_a_box_too_few_is_no_proof(void **unused)
{
    (void)unused;
    double w[40];
    rng_normals((struct rng_stream){5, 0, RNG_SHIFT, 0}, w, 40);
    struct dpi_quantised all = quantise(w, 40, 0, 1000000);
    assert_true(all.proved && all.boxes > 1000);
    struct dpi_quantised few = quantise(w, 40, 0, all.boxes - 1);
    assert_false(few.proved);
}

static void test_what_is_exact_stays_exact(void **unused)
{
    (void)unused;
    static const double base[DPI_BASES] = {0.31, 0.47, 1.9, 4.05};
    double w[31], five[] = {0.5, -0.25, 0.5, 1e-3, 0};
    for (unsigned m = 0; m < 31; m++)
        w[m] = (m % 2 ? -1 : 1) * dpi_level(base, m % 16);
    struct dpi_quantised q = quantise(w, 31, 0, 1000000);
    assert_true(q.proved && q.n == 29 && q.rms < 1e-7);
    for (int i = 0; i < DPI_BASES; i++)
        assert_true(fabs(q.base[i] - base[i]) < 1e-6);
    q = quantise(five, 5, 0, 1000000); // three different ones
    assert_true(q.proved && q.n == 4 && q.rms < 1e-8);
    assert_true(dpi_quantised_weight(q.base, 0) == 0);
    assert_true(dpi_quantised_weight(q.base, -0.25) < 0);
}

static void test_corners(void **unused)
{
    (void)unused;
    double zeros[8] = {0}, one = -3.5, same[20],
           huge[] = {1e300, -2e300, 5e299, 1e299, 3e298, 7e299};
    double tiny[] = {5e-324, -1e-323, 1e-310, 3e-310, 2e-310, 7e-310}, grid[200];
    struct dpi_quantised q = quantise(zeros, 8, 0, 1000);
    assert_true(q.proved && q.n == 0 && q.rms == 0 && q.base[3] == 0);
    q = quantise(zeros, 0, 0, 1000);
    assert_true(q.proved && q.n == 0);
    q = quantise(&one, 1, 0, 100000);
    assert_true(q.n == 1 && q.rms < 1e-8 * 3.5);
    for (int i = 0; i < 20; i++)
        same[i] = 0.7;
    q = quantise(same, 20, 0, 100000);
    assert_true(q.rms < 1e-8);
    q = quantise(huge, 6, 0, 1000000);
    assert_true(q.proved && isfinite(q.rms) && q.rms < 0.05 * 2e300 && q.worst >= q.rms);
    q = quantise(tiny, 6, 0, 1000000);
    assert_true(q.rms < 0.05 * 7e-310);
    // the levels of a grid coincide with each other and with midpoints: bounded, not endless
    for (int i = 0; i < 200; i++)
        grid[i] = i % 20 / 10.0 - 1;
    q = quantise(grid, 200, 0, 100000);
    assert_true(q.boxes <= 100001 && q.rms < 0.05);
    for (int i = 0; i < DPI_BASES; i++)
        assert_true(q.base[i] >= 0 && (i == 0 || q.base[i] >= q.base[i - 1]));
}

static void test_importance_draws_the_error(void **unused)
{
    (void)unused;
    double w[60], s[60], plain = 0, heavy = 0;
    rng_normals((struct rng_stream){9, 0, RNG_SHIFT, 0}, w, 60);
    for (int i = 0; i < 60; i++)
        s[i] = i < 10 ? 100 : 1;
    struct dpi_quantised a = quantise(w, 60, 0, 1000000), b = quantise(w, 60, s, 1000000);
    for (int i = 0; i < 10; i++) {
        plain += pow(w[i] - dpi_quantised_weight(a.base, w[i]), 2);
        heavy += pow(w[i] - dpi_quantised_weight(b.base, w[i]), 2);
    }
    assert_true(a.proved && b.proved && heavy < 0.5 * plain);
    for (int i = 0; i < 60; i++)
        s[i] = i < 4; // only four count: they are exact
    b = quantise(w, 60, s, 1000000);
    assert_true(b.rms < 1e-8 && b.worst > 0.01);
}

static void test_refusals(void **unused)
{
    (void)unused;
    double w[] = {1, 2, NAN}, s[] = {1, -1, 1};
    struct dpi_quantise_options o = dpi_quantise_default;
    struct dpi_quantised q;
    struct fail f = {""};
    assert_int_equal(dpi_quantise(&q, w, 3, &o, &f), -1);
    assert_string_equal(f.text, "weight 2, nan, allowed finite numbers");
    w[2] = -INFINITY;
    assert_int_equal(dpi_quantise(&q, w, 3, &o, &f), -1);
    assert_string_equal(f.text, "weight 2, -inf, allowed finite numbers");
    w[2] = 3;
    o.importance = s;
    assert_int_equal(dpi_quantise(&q, w, 3, &o, &f), -1);
    assert_string_equal(f.text, "importance 1, -1, allowed 0 or more, finite");
    o.importance = 0;
    o.starts = 0;
    assert_int_equal(dpi_quantise(&q, w, 3, &o, &f), -1);
    assert_string_equal(f.text, "starts, 0, allowed from 1");
}

// shared/data/dynapsim/quantiser: the figures of plain alternating least squares (quantiser.json).
static void test_the_matrices_at_hand(void **unused)
{
    (void)unused;
    static const struct {
        const char *name;
        double als;
    } all[] = {{"gauss_60x2", 0.0452167},
               {"gauss_64x16", 0.0682962},
               {"gauss_60x2_rec_2x2_sigma5", 0.2391744},
               {"lognormal_60x8", 0.1659467}};
    static double w[4096];
    for (int m = 0; m < 4; m++) {
        char path[512], line[65536];
        size_t n = 0;
        snprintf(path, sizeof path, "%s/../shared/data/dynapsim/quantiser/%s.csv", SPIKETWIN_ROOT,
                 all[m].name);
        FILE *file = fopen(path, "r");
        if (!file) {
            print_message("left out: no %s\n", path);
            continue;
        }
        while (fgets(line, sizeof line, file))
            for (char *at = *line == '#' ? 0 : strtok(line, ", \n"); at; at = strtok(0, ", \n"))
                w[n++] = strtod(at, 0);
        fclose(file);
        struct dpi_quantised q = quantise(w, n, 0, dpi_quantise_default.boxes);
        if (!q.proved || q.rms > all[m].als)
            fail_msg("%s: %.6f, allowed %.6f", all[m].name, q.rms, all[m].als);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_few_weights_are_the_optimum),
        cmocka_unit_test(test_the_proof_finds_what_descent_missed),
        cmocka_unit_test(test_a_box_too_few_is_no_proof),
        cmocka_unit_test(test_what_is_exact_stays_exact),
        cmocka_unit_test(test_corners),
        cmocka_unit_test(test_importance_draws_the_error),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_the_matrices_at_hand),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
