// The backward pass of every law against tangents: one parameter carried forward in time, in double,
// through the law's derivative. No code and no loop in common with twin/lif/backward_isa.c.
#include "twin/lif/backward.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LAYERS = 3, MOST = 24, STRIDE = 32, TICKS = 60 };
enum parameter { WEIGHT, LAMBDA, THETA, BIAS, DECAY, GAIN, REST, RESET, PARAMETERS };
static const char *const names[PARAMETERS] = {"w",     "leak", "theta", "bias",
                                              "decay", "gain", "rest",  "reset"};

// A case overrides what is usual.
#ifdef __clang__
#pragma GCC diagnostic ignored "-Winitializer-overrides"
#else
#pragma GCC diagnostic ignored "-Woverride-init"
#endif
#define Q88                                                                                        \
    .input = {4, 4}, .weight = {8, 8}, .membrane = {8, 8}, .current = {8, 8}, .leak = {0, 16},     \
    .gain = {8, 8}, .round_current = FX_NEAREST_EVEN, .round_leak = FX_NEAREST_EVEN,               \
    .round_decay = FX_NEAREST_EVEN, .leak_kind = LAW_LEAK_EXPONENTIAL,                             \
    .decay_kind = LAW_LEAK_EXPONENTIAL
#define WHOLE                                                                                      \
    .input = {4, 0}, .weight = {16, 0}, .membrane = {16, 0}, .current = {16, 0}, .leak = {5, 0}

// What varies of a net beside the law.
static const struct {
    const char *name;
    struct law law;
    int max_spikes; // of the hidden layer
    bool delayed;   // the last layer
    int taps;       // of the hidden layer, 4 ticks apart; 0: none
} cases[] = {
    {"plain", {Q88, .reset_subtract = true}, 1, false},
    {"delayed", {Q88, .reset_subtract = true}, 1, true},
    {"several spikes", {Q88, .reset_subtract = true}, 7, false},
    {"several, delayed, to zero", {Q88}, 3, true},
    {"current", {Q88, .currents = 1, .reset_subtract = true}, 1, false},
    {"two currents", {Q88, .currents = 2}, 1, false},
    {"decay last", {Q88, .currents = 1, .decay_last = true, .reset_subtract = true}, 1, true},
    {"linear decay", {Q88, .currents = 1, .decay_kind = LAW_LEAK_LINEAR}, 1, false},
    {"refractory", {Q88, .refractory_ticks = 3, .reset_subtract = true}, 1, false},
    {"held", {Q88, .refractory_ticks = 2, .refractory_hold = true, .has_rest = true}, 1, false},
    {"rest and reset", {Q88, .has_rest = true, .fire_gt = true}, 1, false},
    {"integrate first", {Q88, .integrate_first = true, .reset_subtract = true}, 1, false},
    {"integrate first, linear",
     {Q88, .leak_kind = LAW_LEAK_LINEAR, .integrate_first = true},
     1,
     false},
    {"no leak, wraps",
     {Q88, .leak_kind = LAW_LEAK_NONE, .wrap = true, .reset_subtract = true},
     1,
     false},
    {"gain", {Q88, .has_gain = true, .floor_zero = true, .reset_subtract = true}, 1, false},
    {"taps, gain", {Q88, .has_gain = true, .reset_subtract = true}, 1, false, 3},
    {"taps, current, several spikes", {Q88, .currents = 1, .reset_subtract = true}, 3, true, 2},
    {"signed leak, gain, held",
     {Q88, .leak_signed = true, .leak = {2, 14}, .has_gain = true, .has_rest = true, .wrap = true,
      .refractory_ticks = 2, .refractory_hold = true, .round_leak = FX_CEILING},
     1,
     false},
    {"shifts that move, saturation after each source",
     {WHOLE, .leak_kind = LAW_LEAK_SHIFT_MOVES, .decay_kind = LAW_LEAK_SHIFT_MOVES, .currents = 2,
      .decay_last = true, .saturate_each = true, .reset_subtract = true},
     31,
     true},
    {"two shifts, symmetric ends",
     {Q88, .leak_kind = LAW_LEAK_TWO_SHIFTS, .decay_kind = LAW_LEAK_TWO_SHIFTS, .currents = 1,
      .symmetric = true, .reset_subtract = true},
     1,
     false},
    {"24 bits, magnitudes dropped",
     {.input = {1, 0},
      .weight = {16, 0},
      .membrane = {24, 0},
      .current = {24, 0},
      .leak = {1, 12},
      .round_leak = FX_AWAY,
      .round_decay = FX_AWAY,
      .leak_kind = LAW_LEAK_EXPONENTIAL,
      .decay_kind = LAW_LEAK_EXPONENTIAL,
      .currents = 1,
      .fire_gt = true},
     1,
     false},
};

static uint64_t lcg_state;
static int draw(int lo, int hi)
{
    lcg_state = lcg_state * 6364136223846793005u + 1442695040888963407u;
    return lo + (int)((lcg_state >> 33) % (uint64_t)(hi - lo + 1));
}

struct fixture {
    struct image im;
    struct network network;
    struct trace trace;
    struct stimulus stimulus;
    int32_t words[LAYERS][5][TICKS * STRIDE] __attribute__((aligned(64))); // c, v, u, r, n
    uint64_t z[LAYERS][TICKS];
    int32_t count[MOST];
    int64_t spikes[IMAGE_MAX_LAYERS];
    uint8_t x[TICKS * MOST];
    int16_t jitter[TICKS];
    float gcount[MOST];
    void *image_memory, *network_memory;
};

static double unit_of(const struct law *law) // LSB of the membrane in its own units
{
    return ldexp(1, -law->membrane.frac_bits);
}

static int32_t factor(const struct law *law, enum law_leak kind)
{
    if (kind == LAW_LEAK_TWO_SHIFTS) return draw(1, 4) + 32 * draw(2, 6);
    if (law_leak_shifts(kind)) return draw(1, 4);
    if (kind == LAW_LEAK_LINEAR) return draw(5, 60);
    return (int32_t)fx_shr_floor(fx_shl(draw(6, 20), law->leak.frac_bits), 7);
}

static struct fixture *fixture_new(size_t which)
{
    const struct law *law = &cases[which].law;
    struct image_shape s = {LAYERS,
                            {{6, 6, IMAGE_ONE_TO_ONE, false},
                             {6, 20, IMAGE_DENSE, true, false, cases[which].max_spikes,
                              cases[which].taps, cases[which].taps ? 4 : 0},
                             {20, 3, IMAGE_DENSE, false, cases[which].delayed, 0}}};
    struct fixture *fx = aligned_alloc(64, (sizeof *fx + 63) / 64 * 64);
    memset(fx, 0, sizeof *fx);
    lcg_state = 11 + which;
    fx->image_memory = aligned_alloc(64, image_size(law, &s));
    fx->network_memory = aligned_alloc(64, network_size(law, &s));
    memset(fx->image_memory, 0, image_size(law, &s));
    assert_null(law_check(law));
    image_init(&fx->im, law, &s, fx->image_memory);
    int one = (int)fx_shl(1, law->weight.frac_bits); // weight 1
    int theta = (int)fx_shl(8, law->membrane.frac_bits), scale = law->weight.frac_bits ? 1 : 64;
    if (scale > 1) theta *= 64;
    for (int l = 0; l < LAYERS; l++) {
        struct image_layer *y = &fx->im.layer[l];
        bool graded = law->input.int_bits + law->input.frac_bits > 1;
        for (int i = 0; i < y->n_source * y->n_out; i++)
            y->w[i] =
                (int16_t)(l == 0 ? (graded ? draw(one / 2, one) : draw(2 * one, 5 * one)) * scale
                          : y->topology == IMAGE_DENSE ? draw(-one * scale, (l + 2) * one * scale)
                                                       : one * scale);
        for (int n = 0; n < y->n_out; n++)
            y->neuron[n] = (struct law_neuron){
                .lambda = factor(law, law->leak_kind),
                .lambda_slope = law_leak_shifts(law->leak_kind) ? 0 : draw(0, 200),
                .mu = factor(law, law->decay_kind),
                .mu_slope = law_leak_shifts(law->decay_kind) ? 0 : draw(0, 200),
                .mu2 = factor(law, law->decay_kind),
                .theta = draw(theta / 2, theta),
                .bias = draw(-theta / 99, theta / 40),
                .gain = draw(200, 300),
                .rest = draw(-theta / 20, theta / 20),
                .reset = draw(-theta / 20, theta / 20)};
    }
    for (int n = 0; n < MOST; n++)
        fx->gcount[n] = (float)draw(-1000, 1000) / 1000;
    int top = (int)fx_umax(law_bits(law->input));
    for (int i = 0; i < TICKS * 6; i++)
        fx->x[i] = (uint8_t)(draw(0, 2) ? 0 : draw(1, top));
    for (int t = 0; t < TICKS; t++)
        fx->jitter[t] = (int16_t)draw(-900, 900);
    network_init(&fx->network, &fx->im, fx->network_memory);
    fx->trace = (struct trace){.count = fx->count, .spikes = fx->spikes};
    for (int l = 0; l < LAYERS; l++)
        fx->trace.layer[l] = (struct trace_layer){.z = fx->z[l],
                                                  .c = fx->words[l][0],
                                                  .v = fx->words[l][1],
                                                  .u = law->currents ? fx->words[l][2] : 0,
                                                  .r = law->refractory_ticks ? fx->words[l][3] : 0,
                                                  .n = fx->words[l][4],
                                                  .stride = STRIDE};
    fx->stimulus = (struct stimulus){.n_ticks = TICKS, .x = fx->x, .jitter = fx->jitter};
    network_run(&fx->network, &fx->stimulus, &fx->trace);
    return fx;
}

static void fixture_free(struct fixture *fx)
{
    free(fx->image_memory);
    free(fx->network_memory);
    free(fx);
}

static double word(const struct fixture *fx, int l, int kind, int t, int n)
{
    return t < 0 ? 0 : fx->words[l][kind][t * STRIDE + n];
}
enum { C, V, U, R, N };

static double moved(const struct law *law, enum law_leak kind, int32_t word, int32_t slope, int j)
{
    if (kind == LAW_LEAK_TWO_SHIFTS) return ldexp(1, -(word % 32)) + ldexp(1, -(word / 32));
    if (law_leak_shifts(kind)) return ldexp(1, -word);
    double x = word + slope * (j / 32768.0);
    if (kind == LAW_LEAK_NONE) return 0;
    return fmax(x, 0) * (kind == LAW_LEAK_LINEAR ? unit_of(law) : ldexp(1, -law->leak.frac_bits));
}

struct tangent {
    double v, u, z, z_before;
    double all[TICKS]; // z of every tick
};

// Σ over neurons and ticks of weight · max(|c| / end − 1/2, 0)^2.
static double wrap_loss(const struct fixture *fx, double weight, long *near)
{
    double end = ldexp(1, law_bits(fx->im.law.membrane) - 1), sum = 0;
    for (int l = 0; l < LAYERS; l++)
        for (int t = 0; t < TICKS; t++)
            for (int n = 0; n < fx->im.layer[l].n_out; n++) {
                double over = fmax(fabs(word(fx, l, C, t, n)) / end - 0.5, 0);
                sum += over * over;
                *near += over > 0;
            }
    return weight * sum;
}

// d(Σ gcount·count + what wrapping costs)/d parameter.
static double tangent(const struct fixture *fx, const struct backward_options *o,
                      enum parameter what, int pl, int ps, int pn)
{
    static struct tangent d[LAYERS][MOST];
    const struct law *law = &fx->im.law;
    const double lsb = unit_of(law), w_lsb = ldexp(1, -law->weight.frac_bits);
    double sum = 0;
    memset(d, 0, sizeof d);
    for (int t = 0; t < TICKS; t++) {
        for (int l = 0; l < LAYERS; l++)
            for (int n = 0; n < MOST; n++)
                d[l][n].z_before = d[l][n].z;
        for (int l = 0; l < LAYERS; l++) {
            const struct image_layer *y = &fx->im.layer[l];
            for (int n = 0; n < y->n_out; n++) {
                const struct law_neuron *p = &y->neuron[n];
                struct tangent *s = &d[l][n];
                const bool self = pl == l && pn == n;
                double gathered = 0, sum_x = 0;
                for (int i = 0; i < y->n_source; i++) {
                    bool one = y->topology == IMAGE_ONE_TO_ONE, own = !one && i >= y->n_heard;
                    int from = one ? n : own ? i - y->n_heard : i % y->n_in;
                    const int then = t - y->delayed - i / y->n_in * y->spacing;
                    double x, dx;
                    if (own) {
                        x = word(fx, l, N, t - 1, from);
                        dx = d[l][from].z_before;
                    } else if (l) {
                        x = word(fx, l - 1, N, then, from);
                        dx = then < 0 ? 0 : d[l - 1][from].all[then];
                    } else {
                        x = ldexp(fx->x[t * 6 + from], -law->input.frac_bits);
                        dx = 0;
                    }
                    gathered += y->w[one ? n : i * y->n_out + n] * w_lsb * dx;
                    if (what == WEIGHT && self && (one || ps == i)) gathered += x;
                    sum_x += one && i ? 0 : y->w[one ? n : i * y->n_out + n] * w_lsb * x;
                }
                if (law->has_gain) gathered *= ldexp(p->gain, -law->gain.frac_bits);
                if (what == GAIN && self) gathered += sum_x;
                double current = gathered;
                if (law->currents) {
                    double mu = moved(law, law->decay_kind, p->mu, p->mu_slope, fx->jitter[t]);
                    double u = word(fx, l, U, t, n), keep = 1 - mu;
                    if (law->decay_kind == LAW_LEAK_LINEAR)
                        keep =
                            law->decay_last ? u != 0 : fabs(word(fx, l, U, t - 1, n)) * lsb >= mu;
                    s->u = law->decay_last ? (s->u + gathered) * keep : s->u * keep + gathered;
                    double before = word(fx, l, U, t - 1, n) * lsb, after = u * lsb;
                    double decaying = law->decay_last ? after / keep : before;
                    if (law->decay_kind == LAW_LEAK_LINEAR)
                        decaying = keep * ((law->decay_last ? after : before) >= 0 ? 1 : -1);
                    if (what == DECAY && self) s->u -= decaying;
                    int bits = law_bits(law->current);
                    if (!law->wrap &&
                        (u >= (double)fx_max(bits) || u <= (double)fx_min(bits) + law->symmetric))
                        s->u = 0;
                    current = s->u;
                }
                bool resting = word(fx, l, R, t - 1, n) > 0;
                double in = resting ? 0 : current + (what == BIAS && self);
                double rest = law->has_rest ? p->rest * lsb : 0;
                double reset = law->has_rest ? p->reset * lsb : 0;
                double lambda =
                    moved(law, law->leak_kind, p->lambda, p->lambda_slope, fx->jitter[t]);
                double c_word = word(fx, l, C, t, n), c = c_word * lsb;
                double leaking = (t ? word(fx, l, V, t - 1, n) * lsb : rest) - rest, keep = 1;
                double of_lambda = 0;
                if (law->leak_kind == LAW_LEAK_LINEAR) {
                    double x = law->integrate_first ? c - rest : leaking;
                    keep = law->integrate_first ? x != 0 : fabs(x) >= lambda;
                    of_lambda = keep * (x >= 0 ? 1 : -1);
                } else if (law->leak_kind != LAW_LEAK_NONE) {
                    keep = 1 - lambda;
                    of_lambda = law->integrate_first ? (c - rest) / keep : leaking;
                }
                double drest = what == REST && self, dreset = what == RESET && self;
                if (t == 0) s->v = drest; // v begins there
                double into = s->v - drest + (law->integrate_first ? in : 0);
                double ds = s->v - (1 - keep) * into + in;
                if (what == LAMBDA && self) ds -= of_lambda;
                if (resting && law->refractory_hold) ds = drest;
                int bits = law_bits(law->membrane);
                bool held =
                    !law->wrap &&
                    (c_word >= (double)fx_max(bits) ||
                     c_word <= (law->floor_zero ? 0 : (double)fx_min(bits) + law->symmetric));
                double dc = held ? 0 : ds, end = ldexp(1, bits - 1),
                       near = fabs(c_word) / end - 0.5;
                if (law->wrap && near > 0)
                    sum += 2 * o->wrap_weight * near / (end * lsb) * (c_word < 0 ? -dc : dc);
                double theta = p->theta * lsb, z = word(fx, l, N, t, n);
                double nearest = z;
                if (z == 0 || (z < y->max_spikes && c - z * theta >= theta / 2)) nearest = z + 1;
                double q = 1 + o->slope * fabs(c - nearest * theta) / theta;
                double dtheta = what == THETA && self;
                s->z = resting ? 0 : (dc - nearest * dtheta) / (theta * q * q);
                s->all[t] = s->z;
                if (law->reset_subtract)
                    s->v = dc - z * dtheta - o->reset_grad * theta * s->z;
                else
                    s->v = (z > 0 ? dreset : dc) - o->reset_grad * (c - reset) * s->z;
                if (l == LAYERS - 1) sum += fx->gcount[n] * s->z;
            }
        }
    }
    return sum;
}

static void every_law_equals_tangents(void **state)
{
    (void)state;
    long met[PARAMETERS] = {0}; // gradients that are not next to nothing
    long near = 0;              // membranes near where they wrap
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int attach = 0; attach < 2; attach++) {
            const struct backward_options o = {.slope = 3,
                                               .reset_grad = (float)attach,
                                               .neuron_gradients = true,
                                               .wrap_weight = attach ? 0.25f : 0};
            struct fixture *fx = fixture_new(i);
            struct image_shape shape = image_shape_of(&fx->im);
            struct backward b;
            struct fail f;
            assert_int_equal(backward_init(&b, &shape, TICKS, &f), 0);
            for (int l = 0; l < LAYERS; l++)
                if (fx->spikes[l] < 10) fail_msg("%s: layer %d is silent", cases[i].name, l);
            double worst = 0, largest = 0, wanted[PARAMETERS] = {0};
            for (int isa = 0; isa < ISAS; isa++) {
                if (!isa_has((enum isa)isa)) continue;
                b.isa = (enum isa)isa;
                backward_load(&b, &fx->im, &o);
                double loss = backward_run(
                    &b, &(struct backward_clip){fx->stimulus, &fx->trace, fx->gcount}, 1);
                double due = cases[i].law.wrap ? wrap_loss(fx, (double)o.wrap_weight, &near) : 0;
                if (fabs(loss - due) > 1e-9 * due)
                    fail_msg("%s: loss %g, due %g", cases[i].name, loss, due);
                lcg_state = 5;
                for (int k = 0; k < 60; k++) {
                    int l = k % LAYERS, n = draw(0, fx->im.layer[l].n_out - 1);
                    int s = draw(0, fx->im.layer[l].n_source - 1);
                    const struct law *law = &cases[i].law;
                    const bool has[PARAMETERS] = {1,
                                                  1,
                                                  1,
                                                  1,
                                                  law->currents && law->decay_kind,
                                                  law->has_gain,
                                                  law->has_rest,
                                                  law->has_rest && !law->reset_subtract};
                    const double got[PARAMETERS] = {backward_weight_gradient(&b, l, s, n),
                                                    backward_value_gradient(&b, l, NET_LAMBDA, n),
                                                    backward_value_gradient(&b, l, NET_THETA, n),
                                                    backward_value_gradient(&b, l, NET_BIAS, n),
                                                    backward_value_gradient(&b, l, NET_DECAY, n),
                                                    backward_value_gradient(&b, l, NET_GAIN, n),
                                                    backward_value_gradient(&b, l, NET_REST, n),
                                                    backward_value_gradient(&b, l, NET_RESET, n)};
                    for (int what = 0; what < PARAMETERS; what++) {
                        if (!has[what]) continue;
                        double x = tangent(fx, &o, (enum parameter)what, l, s, n);
                        met[what] += fabs(x) > 1e-3;
                        double off = fabs(got[what] - x) / (fabs(got[what]) + fabs(x) + 1e-3);
                        worst = fmax(worst, off);
                        largest = fmax(largest, fabs(x));
                        wanted[what] = fmax(wanted[what], off);
                    }
                }
            }
            print_message("%-48s reset %d:", cases[i].name, attach);
            for (int what = 0; what < PARAMETERS; what++)
                print_message("  %s %.1e", names[what], wanted[what]);
            print_message(", of at most %.2g\n", largest);
            assert_true(largest > 0.01);
            assert_true(worst < 2e-3); // float sums against double
            backward_fini(&b);
            fixture_free(fx);
        }
    if (near < 50) fail_msg("only %ld membranes near where they wrap", near);
    for (int what = 0; what < PARAMETERS; what++)
        if (met[what] < 50) fail_msg("%s: only %ld gradients", names[what], met[what]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_law_equals_tangents)};
    return cmocka_run_group_tests(tests, 0, 0);
}
