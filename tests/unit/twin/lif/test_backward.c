// The backward pass against tangents: the same surrogate derivative, computed the other way round.
//
// Backward gives dL/dw of all weights from one sweep in reverse. The tangent of one weight is
// carried forward in time, in double, through the law's derivative: no code and no loop in common.
// Both must agree for weights of every layer, leaks, thresholds and biases, for each leak, reset
// and floor.
#include "tests/lib/backward_net.h"
#include "twin/lif/backward.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum parameter { WEIGHT, LAMBDA, THETA, BIAS, INPUT }; // INPUT: source ps in tick pn

static double leak_of(const struct fixture *fx, int l, int n, int t)
{
    const struct law_neuron *p = &fx->im.layer[l].neuron[n];
    double j = fx->jitter[0][t] / 32768.0;
    if (fx->im.law.leak_kind == LAW_LEAK_SHIFT) return ldexp(1, -p->lambda);
    double unit = fx->im.law.leak_kind == LAW_LEAK_LINEAR ? 256 : 65536;
    return fmax((p->lambda + p->lambda_slope * j) / unit, 0);
}

// dL/dz of the firing-rate targets for one neuron: 2·weight²·(rate − target)/ticks, or of the one
// side 2·weight·max(rate − target, 0)/(ticks·neurons).
static double rate_gradient(const struct fixture *fx, const struct loss_rate *o, int l, int n)
{
    double rate = 0;
    for (int t = 0; t < fx->ticks; t++)
        rate +=
            trace_spiked(&fx->trace[0].layer[l], fx->im.layer[l].n_out, t, n) / (double)fx->ticks;
    if (o->kind == LOSS_RATE_TOWARD)
        return 2 * o->weight * o->weight * (rate - o->target) / fx->ticks;
    return 2 * o->weight * fmax(rate - o->target, 0) / (fx->ticks * fx->im.layer[l].n_out);
}

// d(Σ gcount·count + rate losses)/d parameter by tangents: forward in time, one parameter.
static double tangent(const struct fixture *fx, const struct backward_options *o,
                      enum parameter what, int pl, int ps, int pn)
{
    static double all[TICKS][LAYERS][MOST]; // dz of every tick
    double dv[LAYERS][MOST] = {{0}}, dz[LAYERS][MOST] = {{0}}, dz_before[MOST], sum = 0;
    const struct law *law = &fx->im.law;
    const struct trace *trace = &fx->trace[0];
    for (int t = 0; t < fx->ticks; t++)
        for (int l = 0; l < fx->im.n_layers; l++) {
            const struct image_layer *y = &fx->im.layer[l];
            memcpy(dz_before, dz[l], sizeof dz_before);
            for (int n = 0; n < y->n_out; n++) {
                double in = 0;
                for (int row = 0; row < y->taps * y->n_in; row++) {
                    const int i = row % y->n_in;
                    const int then = t - y->delayed - row / y->n_in * y->spacing;
                    bool here = then >= 0 && (y->topology == IMAGE_ONE_TO_ONE ? i == n : true);
                    if (!here) continue;
                    int at = y->topology == IMAGE_ONE_TO_ONE ? n : row * y->n_out + n;
                    double xi = l ? trace_spiked(&trace->layer[l - 1], y->n_in, then, i)
                                  : ldexp(fx->x[0][then * fx->n_in + i], -law->input.frac_bits);
                    if (what == INPUT && l == 0 && ps == i && pn == then) in += y->w[at] / 256.0;
                    if (l) in += y->w[at] / 256.0 * all[then][l - 1][i];
                    if (what == WEIGHT && pl == l && pn == n &&
                        (y->topology == IMAGE_ONE_TO_ONE || ps == row))
                        in += xi;
                }
                for (int m = 0; y->recurrent && m < y->n_out; m++) {
                    in += y->w[(y->n_heard + m) * y->n_out + n] / 256.0 * dz_before[m];
                    if (what == WEIGHT && pl == l && pn == n && ps == y->n_heard + m && t > 0)
                        in += trace_spiked(&trace->layer[l], y->n_out, t - 1, m);
                }
                bool self = pl == l && pn == n;
                if (what == BIAS && self) in += 1;
                double lambda = leak_of(fx, l, n, t);
                double v = t ? fx->words[0][l][1][(t - 1) * STRIDE + n] / 256.0 : 0;
                double ds;
                if (law->leak_kind == LAW_LEAK_LINEAR) {
                    double slope = fabs(v) >= lambda ? 1 : 0;
                    ds = dv[l][n] * slope + in;
                    if (what == LAMBDA && self && fabs(v) >= lambda) ds -= v >= 0 ? 1 : -1;
                } else {
                    ds = dv[l][n] * (1 - lambda) + in;
                    if (what == LAMBDA && self) ds -= v;
                }
                int32_t c = fx->words[0][l][0][t * STRIDE + n];
                bool held = c >= 32767 || c <= (law->floor_zero ? 0 : -32768);
                double dc = held ? 0 : ds, theta = y->neuron[n].theta / 256.0, cr = c / 256.0;
                double dtheta = what == THETA && self;
                double q = 1 + o->slope * fabs(cr - theta) / theta;
                double surrogate = 1 / (theta * q * q);
                bool fired = c >= y->neuron[n].theta + law->fire_gt;
                // A held c does not move with s, but θ still moves the step.
                dz[l][n] = surrogate * (dc - dtheta);
                all[t][l][n] = dz[l][n];
                if (law->reset_subtract)
                    dv[l][n] = dc - o->reset_grad * theta * dz[l][n] - (fired ? dtheta : 0);
                else
                    dv[l][n] = (fired ? 0 : dc) - o->reset_grad * cr * dz[l][n];
                if (l == fx->im.n_layers - 1) {
                    double each = fx->each_tick ? fx->gz[t * y->n_out + n] : 0;
                    sum += (fx->gcount[n] + each) * dz[l][n];
                }
                if (o->rate[l].weight) sum += rate_gradient(fx, &o->rate[l], l, n) * dz[l][n];
            }
        }
    return sum;
}

static double relative(double a, double b)
{
    return fabs(a - b) / (fabs(a) + fabs(b) + 1e-3);
}

// The gradient of `n` clips from `first` on; wide: from c in 32 bits, where every law is handled by
// one piece of code that takes its choices at run time.
static void go_back(struct backward *b, struct fixture *fx, const struct backward_options *o,
                    int first, int n, bool wide)
{
    struct backward_clip clips[CLIPS];
    struct trace trace[CLIPS];
    backward_load(b, &fx->im, o);
    for (int i = 0; i < n; i++) {
        trace[i] = fx->trace[first + i];
        for (int l = 0; l < fx->im.n_layers; l++) {
            trace[i].layer[l].v = 0;
            if (wide) continue;
            trace[i].layer[l].c = 0;
            trace[i].layer[l].c16 = fx->c16[first + i][l];
        }
        clips[i] = (struct backward_clip){fx->stimulus[first + i], &trace[i], fx->gcount};
        if (fx->each_tick) clips[i].gz = fx->gz, clips[i].gx = fx->gx[first + i];
    }
    backward_run(b, clips, n);
}

static void begin(struct backward *b, struct fixture *fx)
{
    struct image_shape shape = image_shape_of(&fx->im);
    struct fail f;
    assert_int_equal(backward_init(b, &shape, fx->ticks, &f), 0);
}

static void check(int kind, enum law_leak leak, bool subtract, bool floor_zero, float attach,
                  int draws)
{
    struct backward_options o = {
        .slope = 3,
        .reset_grad = attach,
        .neuron_gradients = true,
        .rate = {{LOSS_RATE_TOWARD, 2, 0.3f}, {LOSS_RATE_ABOVE, 40, 0.1f}}};
    struct fixture *fx = fixture_new(kind, leak, subtract, floor_zero, true);
    struct backward b;
    begin(&b, fx);
    go_back(&b, fx, &o, 0, 1, false);
    double worst = 0, largest = 0;
    for (int l = 0; l < fx->im.n_layers; l++)
        assert_true(fx->spikes[0][l] > 10); // the nets are alive
    for (int i = 0; i < draws; i++) {
        int l = i % fx->im.n_layers, n = draw(0, fx->im.layer[l].n_out - 1);
        int s = draw(0, fx->im.layer[l].n_source - 1);
        const struct backward_layer *y = &b.layer[l];
        const double got[] = {backward_weight_gradient(&b, l, s, n), y->gvalue[NET_LAMBDA][n],
                              y->gvalue[NET_THETA][n], y->gvalue[NET_BIAS][n]};
        for (int what = WEIGHT; what <= BIAS; what++) {
            double expected = tangent(fx, &o, (enum parameter)what, l, s, n);
            worst = fmax(worst, relative(got[what], expected));
            largest = fmax(largest, fabs(expected));
        }
    }
    print_message("shape %d leak %d subtract %d floor %d attach %.0f: worst relative difference "
                  "%.1e\n",
                  kind, leak, subtract, floor_zero, attach, worst);
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
            check(SPEECH, (enum law_leak)leak, i & 1, i & 2, i & 4 ? 1.0f : 0.0f, 90);
    for (int kind = WIDE; kind < SHAPES; kind++)
        for (int i = 0; i < 4; i++)
            check(kind, i & 1 ? LAW_LEAK_LINEAR : LAW_LEAK_EXPONENTIAL, i & 2, true, 1,
                  kind == WIDE        ? 8
                  : kind == TAPS_WIDE ? 18
                                      : 24);
}

// A loss of the spikes of each tick, and what it asks of the inputs.
static void test_each_tick_and_the_inputs(void **unused)
{
    (void)unused;
    const struct backward_options o = {.slope = 3, .reset_grad = 1};
    for (int i = 0; i < 2 * SHAPES; i++) {
        struct fixture *fx = fixture_new(
            i % SHAPES, i / SHAPES ? LAW_LEAK_LINEAR : LAW_LEAK_EXPONENTIAL, i & 1, false, true);
        struct backward b, same;
        const struct image_layer *last = &fx->im.layer[fx->im.n_layers - 1];
        double worst = 0, worst_input = 0, largest = 0;
        begin(&b, fx);
        begin(&same, fx);

        // The same in each tick is what gcount says.
        go_back(&same, fx, &o, 0, CLIPS, false);
        fx->each_tick = true;
        float gcount[MOST];
        memcpy(gcount, fx->gcount, sizeof gcount);
        for (int t = 0; t < fx->ticks; t++)
            memcpy(fx->gz + t * last->n_out, gcount, (size_t)last->n_out * sizeof *gcount);
        memset(fx->gcount, 0, sizeof fx->gcount);
        go_back(&b, fx, &o, 0, CLIPS, false);
        assert_memory_equal(b.gradient, same.gradient, b.gradient_floats * sizeof(float));

        memcpy(fx->gcount, gcount, sizeof gcount);
        for (int j = 0; j < fx->ticks * last->n_out; j++)
            fx->gz[j] = (float)draw(-1000, 1000) / 1000;
        go_back(&b, fx, &o, 0, 1, false);
        for (int j = 0; j < 60; j++) {
            int l = j % fx->im.n_layers, n = draw(0, fx->im.layer[l].n_out - 1);
            int s = draw(0, fx->im.layer[l].n_source - 1);
            double weight = tangent(fx, &o, WEIGHT, l, s, n);
            int source = draw(0, fx->n_in - 1), tick = draw(0, fx->ticks - 1);
            double input = tangent(fx, &o, INPUT, 0, source, tick);
            worst = fmax(worst, relative(backward_weight_gradient(&b, l, s, n), weight));
            double off = fabs((double)fx->gx[0][tick * fx->n_in + source] - input);
            worst_input = fmax(worst_input, off);
            largest = fmax(largest, fabs(input));
        }
        print_message("shape %d: each tick: worst relative difference %.1e; inputs: %.1e of %.1e\n",
                      i % SHAPES, worst, worst_input, largest);
        assert_true(largest > 0);
        assert_true(worst < 2e-3);
        assert_true(worst_input < 1e-4 * largest);

        for (int isa = 0; isa < ISAS; isa++) { // alike on every instruction set
            static float generic[CLIPS][TICKS * MOST];
            if (!isa_has((enum isa)isa)) continue;
            b.isa = (enum isa)isa;
            memset(fx->gx, 0, sizeof fx->gx);
            go_back(&b, fx, &o, 0, CLIPS, false);
            if (isa == ISA_GENERIC) memcpy(generic, fx->gx, sizeof generic);
            assert_memory_equal(fx->gx, generic, sizeof generic);
        }
        backward_fini(&b);
        backward_fini(&same);
        fixture_free(fx);
    }
}

// What is inlined for each law gives the bits of the one piece of code for all.
static void test_every_way_gives_the_same_bits(void **unused)
{
    (void)unused;
    const struct backward_options o = {.slope = 3, .rate = {{LOSS_RATE_TOWARD, 2, 0.3f}}};
    for (int i = 0; i < 16; i++) {
        struct fixture *fx = fixture_new(i % SHAPES, i & 2 ? LAW_LEAK_LINEAR : LAW_LEAK_EXPONENTIAL,
                                         i & 4, i & 8, i / SHAPES & 1);
        struct backward b, wide;
        begin(&b, fx);
        begin(&wide, fx);
        for (int n = 1; n <= CLIPS; n++) {
            go_back(&b, fx, &o, 0, n, false);
            go_back(&wide, fx, &o, 0, n, true);
            assert_memory_equal(b.gradient, wide.gradient, b.gradient_floats * sizeof(float));
        }
        backward_fini(&b);
        backward_fini(&wide);
        fixture_free(fx);
    }
}

// Clips that go together give the sum of what they give alone.
static void test_groups(void **unused)
{
    (void)unused;
    const struct backward_options o = {.slope = 3, .neuron_gradients = true};
    for (int kind = 0; kind < SHAPES; kind++) {
        struct fixture *fx = fixture_new(kind, LAW_LEAK_EXPONENTIAL, true, false, true);
        struct backward b;
        begin(&b, fx);
        double *sum = calloc(b.gradient_floats, sizeof *sum), largest = 0, worst = 0;
        for (int n = 1; n <= CLIPS; n++) {
            go_back(&b, fx, &o, n - 1, 1, false);
            for (size_t i = 0; i < b.gradient_floats; i++)
                sum[i] += (double)b.gradient[i];
            go_back(&b, fx, &o, 0, n, false);
            for (size_t i = 0; i < b.gradient_floats; i++) {
                worst = fmax(worst, fabs(b.gradient[i] - sum[i]));
                largest = fmax(largest, fabs(sum[i]));
            }
        }
        print_message("shape %d: groups differ by %.1e of the largest\n", kind, worst / largest);
        assert_true(worst < 1e-5 * largest);
        free(sum);
        backward_fini(&b);
        fixture_free(fx);
    }
}

// The same bits of every gradient on every instruction set.
static void test_instruction_sets_agree(void **unused)
{
    (void)unused;
    int compared = 0;
    for (int i = 0; i < 4 * SHAPES; i++) {
        struct backward_options o = {
            .slope = 3,
            .neuron_gradients = i & 4,
            .rate = {{0}, {LOSS_RATE_ABOVE, 2, 0.05f}, {LOSS_RATE_TOWARD, 3, 0.1f}}};
        struct fixture *fx = fixture_new(i % SHAPES, i & 8 ? LAW_LEAK_LINEAR : LAW_LEAK_EXPONENTIAL,
                                         i & 4, i & 8, i & 4);
        struct backward first, b;
        begin(&first, fx);
        begin(&b, fx);
        first.isa = ISA_GENERIC;
        go_back(&first, fx, &o, 0, CLIPS, false);
        for (int isa = ISA_GENERIC + 1; isa < ISAS; isa++) {
            if (!isa_has((enum isa)isa)) {
                if (i == 0) print_message("left out: %s, not on this machine\n", isa_names[isa]);
                continue;
            }
            b.isa = (enum isa)isa;
            go_back(&b, fx, &o, 0, CLIPS, false);
            assert_memory_equal(b.gradient, first.gradient, b.gradient_floats * sizeof(float));
            compared++;
        }
        backward_fini(&first);
        backward_fini(&b);
        fixture_free(fx);
    }
    print_message("gradients compared with generic: %d, equal\n", compared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_backward_equals_tangents),
        cmocka_unit_test(test_each_tick_and_the_inputs),
        cmocka_unit_test(test_every_way_gives_the_same_bits),
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_instruction_sets_agree),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
