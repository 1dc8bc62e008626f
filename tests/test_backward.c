// The backward pass against tangents: the same surrogate derivative, computed the other way round.
//
// Backward gives dL/dw of all weights from one sweep in reverse. The tangent of one weight is
// carried forward in time, in double, through the law's derivative: no code and no loop in common.
// Both must agree for weights of every layer, leaks, thresholds and biases, for each leak, reset
// and floor.
#include "twin/backward.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TICKS = 30, N_IN = 5, N_HID = 34, N_OUT = 3, LAYERS = 3, STRIDE = 64 };

struct fixture {
    struct image im;
    void *image_memory, *network_memory;
    struct network network;
    struct trace trace;
    int32_t words[LAYERS][2][TICKS * STRIDE] __attribute__((aligned(64)));
    uint64_t z[LAYERS][TICKS];
    int32_t count[N_OUT];
    int64_t spikes[IMAGE_MAX_LAYERS];
    uint8_t x[TICKS * N_IN];
    int16_t jitter[TICKS];
    struct stimulus stimulus;
};

static uint64_t lcg_state = 7;
static int draw(int lo, int hi)
{
    lcg_state = lcg_state * 6364136223846793005u + 1442695040888963407u;
    return lo + (int)((lcg_state >> 33) % (uint64_t)(hi - lo + 1));
}

static struct fixture *fixture_new(enum law_leak leak, bool subtract, bool floor_zero)
{
    struct fixture *fx = aligned_alloc(64, (sizeof *fx + 63) / 64 * 64);
    struct law law = {.input = {4, 4},
                      .weight = {8, 8},
                      .membrane = {8, 8},
                      .leak = {0, 16},
                      .round_current = FX_NEAREST_EVEN,
                      .round_leak = FX_NEAREST_EVEN,
                      .leak_kind = leak,
                      .floor_zero = floor_zero,
                      .reset_subtract = subtract};
    struct image_shape s = {.n_layers = LAYERS,
                            .layer = {{N_IN, N_IN, IMAGE_ONE_TO_ONE, false},
                                      {N_IN, N_HID, IMAGE_DENSE, true},
                                      {N_HID, N_OUT, IMAGE_DENSE, false}}};
    memset(fx, 0, sizeof *fx);
    fx->image_memory = aligned_alloc(64, image_size(&law, &s) + 64);
    fx->network_memory = aligned_alloc(64, network_size(&law, &s) + 64);
    image_init(&fx->im, &law, &s, fx->image_memory);
    for (int l = 0; l < LAYERS; l++) {
        struct image_layer *y = &fx->im.layer[l];
        for (int i = 0; i < y->n_source * y->n_out; i++)
            y->w[i] = (int16_t)(l == 0 ? draw(100, 300) : draw(-400, 600));
        for (int n = 0; n < y->n_out; n++)
            y->neuron[n] =
                (struct law_neuron){.lambda = leak == LAW_LEAK_SHIFT    ? 3
                                              : leak == LAW_LEAK_LINEAR ? draw(5, 60)
                                                                        : draw(4000, 9000),
                                    .lambda_slope = leak == LAW_LEAK_SHIFT ? 0 : draw(0, 3000),
                                    .theta = draw(1500, 2500),
                                    .bias = draw(-20, 40)};
        fx->trace.layer[l] = (struct trace_layer){
            .z = fx->z[l], .c = fx->words[l][0], .v = fx->words[l][1], .stride = STRIDE};
    }
    for (int i = 0; i < TICKS * N_IN; i++)
        fx->x[i] = (uint8_t)(draw(0, 2) ? draw(0, 255) : 0);
    for (int t = 0; t < TICKS; t++)
        fx->jitter[t] = (int16_t)draw(-600, 600);
    fx->trace.count = fx->count;
    fx->trace.spikes = fx->spikes;
    fx->stimulus = (struct stimulus){TICKS, fx->x, fx->jitter};
    network_init(&fx->network, &fx->im, fx->network_memory);
    network_run(&fx->network, &fx->stimulus, &fx->trace);
    return fx;
}

static void fixture_free(struct fixture *fx)
{
    free(fx->image_memory);
    free(fx->network_memory);
    free(fx);
}

enum parameter { WEIGHT, LAMBDA, THETA, BIAS };

static double leak_of(const struct fixture *fx, int l, int n, int t)
{
    const struct law_neuron *p = &fx->im.layer[l].neuron[n];
    double j = fx->jitter[t] / 32768.0;
    if (fx->im.law.leak_kind == LAW_LEAK_SHIFT) return ldexp(1, -p->lambda);
    double unit = fx->im.law.leak_kind == LAW_LEAK_LINEAR ? 256 : 65536;
    return fmax((p->lambda + p->lambda_slope * j) / unit, 0);
}

// dL/dz of the firing-rate targets for one neuron: 2·weight²·(rate − target)/ticks, or of the one
// side 2·weight·max(rate − target, 0)/(ticks·neurons).
static double rate_gradient(const struct fixture *fx, const struct loss_rate *o, int l, int n)
{
    double rate = 0;
    for (int t = 0; t < TICKS; t++)
        rate += trace_spiked(&fx->trace.layer[l], fx->im.layer[l].n_out, t, n) / (double)TICKS;
    if (o->kind == LOSS_RATE_TOWARD) return 2 * o->weight * o->weight * (rate - o->target) / TICKS;
    return 2 * o->weight * fmax(rate - o->target, 0) / (TICKS * fx->im.layer[l].n_out);
}

// d(Σ gcount·count + rate losses)/d parameter by tangents: forward in time, one parameter.
static double tangent(const struct fixture *fx, const struct backward_options *o,
                      const float *gcount, enum parameter what, int pl, int ps, int pn)
{
    double dv[LAYERS][N_HID] = {{0}}, dz[LAYERS][N_HID] = {{0}}, dz_before[N_HID], sum = 0;
    const struct law *law = &fx->im.law;
    for (int t = 0; t < TICKS; t++)
        for (int l = 0; l < LAYERS; l++) {
            const struct image_layer *y = &fx->im.layer[l];
            memcpy(dz_before, dz[l], sizeof dz_before);
            for (int n = 0; n < y->n_out; n++) {
                double in = 0;
                for (int i = 0; i < y->n_in; i++) {
                    bool here = y->topology == IMAGE_ONE_TO_ONE ? i == n : true;
                    int at = y->topology == IMAGE_ONE_TO_ONE ? n : i * y->n_out + n;
                    double xi = l ? trace_spiked(&fx->trace.layer[l - 1], y->n_in, t, i)
                                  : fx->x[t * N_IN + i] / 16.0;
                    if (here && l) in += y->w[at] / 256.0 * dz[l - 1][i];
                    if (here && what == WEIGHT && pl == l && pn == n &&
                        (y->topology == IMAGE_ONE_TO_ONE || ps == i))
                        in += xi;
                }
                for (int m = 0; y->recurrent && m < y->n_out; m++) {
                    in += y->w[(y->n_in + m) * y->n_out + n] / 256.0 * dz_before[m];
                    if (what == WEIGHT && pl == l && pn == n && ps == y->n_in + m && t > 0)
                        in += trace_spiked(&fx->trace.layer[l], y->n_out, t - 1, m);
                }
                bool self = pl == l && pn == n;
                if (what == BIAS && self) in += 1;
                double lambda = leak_of(fx, l, n, t);
                double v = t ? fx->words[l][1][(t - 1) * STRIDE + n] / 256.0 : 0;
                double ds;
                if (law->leak_kind == LAW_LEAK_LINEAR) {
                    double slope = fabs(v) >= lambda ? 1 : 0;
                    ds = dv[l][n] * slope + in;
                    if (what == LAMBDA && self && fabs(v) >= lambda) ds -= v >= 0 ? 1 : -1;
                } else {
                    ds = dv[l][n] * (1 - lambda) + in;
                    if (what == LAMBDA && self) ds -= v;
                }
                int32_t c = fx->words[l][0][t * STRIDE + n];
                bool held = c >= 32767 || c <= (law->floor_zero ? 0 : -32768);
                double dc = held ? 0 : ds, theta = y->neuron[n].theta / 256.0, cr = c / 256.0;
                double dtheta = what == THETA && self;
                double q = 1 + o->slope * fabs(cr - theta) / theta;
                double surrogate = 1 / (theta * q * q);
                bool fired = c >= y->neuron[n].theta;
                // A held c does not move with s, but θ still moves the step.
                dz[l][n] = surrogate * (dc - dtheta);
                if (law->reset_subtract)
                    dv[l][n] = dc - o->reset_grad * theta * dz[l][n] - (fired ? dtheta : 0);
                else
                    dv[l][n] = (fired ? 0 : dc) - o->reset_grad * cr * dz[l][n];
                if (l == LAYERS - 1) sum += gcount[n] * dz[l][n];
                if (o->rate[l].weight) sum += rate_gradient(fx, &o->rate[l], l, n) * dz[l][n];
            }
        }
    return sum;
}

static double relative(double a, double b)
{
    return fabs(a - b) / (fabs(a) + fabs(b) + 1e-3);
}

static void check(enum law_leak leak, bool subtract, bool floor_zero, float attach)
{
    const float gcount[N_OUT] = {0.7f, -0.4f, 0.1f};
    struct backward_options o = {
        .slope = 3,
        .reset_grad = attach,
        .neuron_gradients = true,
        .rate = {{LOSS_RATE_TOWARD, 2, 0.3f}, {LOSS_RATE_ABOVE, 40, 0.1f}}};
    struct fixture *fx = fixture_new(leak, subtract, floor_zero);
    struct image_shape shape = image_shape_of(&fx->im);
    struct backward b;
    struct fail f;
    assert_int_equal(backward_init(&b, &shape, TICKS, &f), 0);
    backward_load(&b, &fx->im, &o);
    backward_run(&b, &(struct backward_clip){fx->stimulus, &fx->trace, gcount}, 1);
    for (int l = 0; l < LAYERS; l++)
        assert_true(fx->spikes[l] > 10); // the nets are alive
    double worst = 0, largest = 0;
    for (int i = 0; i < 150; i++) {
        int l = i % LAYERS, n = draw(0, fx->im.layer[l].n_out - 1);
        int s = draw(0, fx->im.layer[l].n_source - 1);
        const struct backward_layer *y = &b.layer[l];
        const double got[] = {backward_weight_gradient(&b, l, s, n), y->glambda[n], y->gtheta[n],
                              y->gbias[n]};
        for (int what = WEIGHT; what <= BIAS; what++) {
            double expected = tangent(fx, &o, gcount, (enum parameter)what, l, s, n);
            worst = fmax(worst, relative(got[what], expected));
            largest = fmax(largest, fabs(expected));
        }
    }
    print_message("leak %d subtract %d floor %d attach %.0f: worst relative difference %.1e\n",
                  leak, subtract, floor_zero, attach, worst);
    assert_true(largest > 0.01);
    assert_true(worst < 2e-3); // float sums of up to a thousand terms against double
    backward_fini(&b);
    fixture_free(fx);
}

static void test_backward_equals_tangents(void **unused)
{
    (void)unused;
    for (int leak = LAW_LEAK_EXPONENTIAL; leak <= LAW_LEAK_LINEAR; leak++)
        for (int i = 0; i < 8; i++)
            check((enum law_leak)leak, i & 1, i & 2, i & 4 ? 1.0f : 0.0f);
}

// The same bits of every gradient on every instruction set.
static void test_instruction_sets_agree(void **unused)
{
    (void)unused;
    const float gcount[N_OUT] = {0.7f, -0.4f, 0.1f};
    struct backward_options o = {
        .slope = 3,
        .neuron_gradients = true,
        .rate = {{0}, {LOSS_RATE_ABOVE, 2, 0.05f}, {LOSS_RATE_TOWARD, 3, 0.1f}}};
    struct fixture *fx = fixture_new(LAW_LEAK_EXPONENTIAL, true, false);
    struct image_shape shape = image_shape_of(&fx->im);
    struct backward first, b;
    struct fail f;
    int compared = 0;
    assert_int_equal(backward_init(&first, &shape, TICKS, &f), 0);
    assert_int_equal(backward_init(&b, &shape, TICKS, &f), 0);
    first.isa = NETWORK_GENERIC;
    backward_load(&first, &fx->im, &o);
    backward_run(&first, &(struct backward_clip){fx->stimulus, &fx->trace, gcount}, 1);
    for (int isa = NETWORK_GENERIC + 1; isa < NETWORK_ISAS; isa++) {
        if (!network_has_isa((enum network_isa)isa)) {
            print_message("left out: %s, not on this machine\n", network_isa_names[isa]);
            continue;
        }
        b.isa = (enum network_isa)isa;
        backward_load(&b, &fx->im, &o);
        backward_run(&b, &(struct backward_clip){fx->stimulus, &fx->trace, gcount}, 1);
        assert_memory_equal(b.gradient, first.gradient, b.gradient_floats * sizeof(float));
        compared++;
    }
    print_message("gradients of %d instruction sets equal to generic\n", compared);
    backward_fini(&first);
    backward_fini(&b);
    fixture_free(fx);
}

static void test_what_is_not_covered_is_said(void **unused)
{
    (void)unused;
    assert_null(backward_check(&(struct law){0}));
    assert_string_equal(backward_check(&(struct law){.wrap = true}), "a wrapping membrane");
    assert_string_equal(backward_check(&(struct law){.refractory_ticks = 1}),
                        "a refractory period");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_backward_equals_tangents),
        cmocka_unit_test(test_instruction_sets_agree),
        cmocka_unit_test(test_what_is_not_covered_is_said),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
