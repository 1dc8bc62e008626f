// The fast kernel against the reference: the same bits for random laws, shapes, words and stimuli,
// on every instruction set that this machine has. Corners are named and counted; one never hit
// fails.
#include "model/lif/network.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum corner {
    SATURATED_HIGH,
    SATURATED_LOW,
    WRAPPED,
    FLOORED,
    FIRED_AT_THRESHOLD,
    REFRACTORY_HELD,
    LEAK_TIE,
    JITTER_CLAMPED,
    KERNEL_RAN,
    REFERENCE_RAN,
    NARROW,
    WIDE,
    ONE_TO_ONE,
    RECURRENT,
    CORNERS
};
static const char *const corner_names[CORNERS] = {
    "saturated high", "saturated low", "wrapped",    "floored",    "fired at threshold",
    "refractory",     "leak tie",      "jitter end", "kernel ran", "reference ran",
    "narrow",         "wide",          "one to one", "recurrent"};

struct random {
    uint64_t state;
};

// Knuth's MMIX LCG, high bits: test inputs only.
static int64_t draw(struct random *r, int64_t lo, int64_t hi)
{
    r->state = r->state * 6364136223846793005u + 1442695040888963407u;
    return lo + (int64_t)((r->state >> 24) % (uint64_t)(hi - lo + 1));
}

static struct law random_law(struct random *r)
{
    struct law a = {
        .input = {(int8_t)draw(r, 1, 4), (int8_t)draw(r, 0, 4)},
        .weight = {(int8_t)draw(r, 2, 8), (int8_t)draw(r, 0, 8)},
        .membrane = {(int8_t)draw(r, 4, 8), (int8_t)draw(r, 0, draw(r, 0, 9) ? 8 : 16)},
        .leak = {0, (int8_t)draw(r, 4, 16)},
        .round_current = (enum fx_round)draw(r, 0, FX_ROUNDS - 1),
        .round_decay = (enum fx_round)draw(r, 0, FX_ROUNDS - 1),
        .round_leak = (enum fx_round)draw(r, 0, FX_ROUNDS - 1),
        .leak_kind = (enum law_leak)draw(r, 0, 3),
        .decay_kind = (enum law_leak)draw(r, 0, 3),
        .currents = draw(r, 0, 3) == 0,
        .wrap = draw(r, 0, 3) == 0,
        .fire_gt = draw(r, 0, 1),
        .reset_subtract = draw(r, 0, 2) > 0,
        .integrate_first = draw(r, 0, 7) == 0,
        .refractory_ticks = (uint8_t)(draw(r, 0, 2) ? 0 : draw(r, 1, 5)),
    };
    if (draw(r, 0, 19) == 0) a.membrane = (struct law_format){24, 8}; // beyond the lanes
    a.floor_zero = !a.wrap && draw(r, 0, 3) == 0;
    if (draw(r, 0, 9) == 0) a.leak = (struct law_format){-8, (int8_t)draw(r, 12, 24)};
    a.current = (struct law_format){a.membrane.int_bits, a.membrane.frac_bits};
    if (draw(r, 0, 3) == 0) { // the law that has an instance of its own
        a = (struct law){.input = {4, 4},
                         .weight = {8, 8},
                         .membrane = {8, 8},
                         .leak = {0, 16},
                         .round_current = FX_NEAREST_EVEN,
                         .round_leak = FX_NEAREST_EVEN,
                         .leak_kind = LAW_LEAK_EXPONENTIAL,
                         .reset_subtract = true};
    }
    return a;
}

static struct image_shape random_shape(struct random *r)
{
    struct image_shape s = {.n_layers = (int)draw(r, 1, 3)};
    int n_in = (int)draw(r, 1, 20);
    for (int l = 0; l < s.n_layers; l++) {
        bool one = draw(r, 0, 3) == 0;
        s.layer[l].n_in = n_in;
        s.layer[l].n_out = one ? n_in : (int)draw(r, 1, draw(r, 0, 4) ? 40 : 140);
        s.layer[l].topology = one ? IMAGE_ONE_TO_ONE : IMAGE_DENSE;
        s.layer[l].recurrent = !one && draw(r, 0, 1);
        n_in = s.layer[l].n_out;
    }
    return s;
}

static int32_t leak_word(struct random *r, const struct law *a, enum law_leak kind)
{
    if (kind == LAW_LEAK_SHIFT) return (int32_t)draw(r, 0, draw(r, 0, 3) ? 12 : 31);
    int64_t top = fx_umax(law_bits(a->leak));
    return (int32_t)(draw(r, 0, 9) ? draw(r, 0, top) : draw(r, 0, 1) * top);
}

static void random_words(struct random *r, struct image *im)
{
    const struct law *a = &im->law;
    int64_t v_max = fx_max(law_bits(a->membrane)), w_max = fx_max(law_bits(a->weight));
    int64_t w_top = draw(r, 0, 2) ? w_max / 16 + 1 : w_max;
    for (int l = 0; l < im->n_layers; l++) {
        struct image_layer *y = &im->layer[l];
        for (int i = 0; i < y->n_source * y->n_out; i++)
            y->w[i] = (int16_t)(draw(r, 0, 99) ? draw(r, -w_top / 2, w_top) : -w_max - 1);
        for (int n = 0; n < y->n_out; n++)
            y->neuron[n] = (struct law_neuron){
                .lambda = leak_word(r, a, a->leak_kind),
                .lambda_slope = (int32_t)draw(r, 0, fx_umax(16)),
                .mu = leak_word(r, a, a->decay_kind),
                .mu_slope = (int32_t)draw(r, 0, fx_umax(16)),
                .theta = (int32_t)draw(r, draw(r, 0, 9) ? 1 : -v_max, v_max / 2 + 1),
                .bias = (int32_t)(draw(r, 0, 2) ? 0 : draw(r, -v_max / 8, v_max / 8)),
            };
    }
}

struct watch {
    const struct image *im;
    const int16_t *jitter;
    int64_t *hits;
};

static void count_corners(void *context, int tick, int l, int n, const struct law_state *before,
                          const struct law_stages *s)
{
    struct watch *w = context;
    const struct law *a = &w->im->law;
    const struct law_neuron *p = &w->im->layer[l].neuron[n];
    int bits = law_bits(a->membrane), frac = a->leak.frac_bits;
    int64_t moved = p->lambda + fx_shr_rne((int64_t)p->lambda_slope * w->jitter[tick], 15);
    w->hits[SATURATED_HIGH] += !a->wrap && s->integrate > fx_max(bits);
    w->hits[SATURATED_LOW] += !a->wrap && !a->floor_zero && s->integrate < fx_min(bits);
    w->hits[WRAPPED] += a->wrap && s->integrate != s->clamp;
    w->hits[FLOORED] += a->floor_zero && s->integrate < 0;
    w->hits[FIRED_AT_THRESHOLD] += s->clamp == p->theta && before->r == 0;
    w->hits[REFRACTORY_HELD] += before->r > 0;
    w->hits[LEAK_TIE] += a->leak_kind == LAW_LEAK_EXPONENTIAL && !a->integrate_first && frac > 0 &&
                         fx_umax(frac) / 2 + 1 == (((int64_t)before->v * moved) & fx_umax(frac));
    w->hits[JITTER_CLAMPED] += moved < 0 || moved > fx_umax(law_bits(a->leak));
}

enum { TICKS = 24, STRIDE = 160 };

struct record {
    uint64_t z[IMAGE_MAX_LAYERS][TICKS * 3];
    int32_t words[IMAGE_MAX_LAYERS][4][TICKS * STRIDE];
    int32_t count[STRIDE];
    int64_t spikes[IMAGE_MAX_LAYERS];
};

static struct trace trace_into(struct record *m, const struct law *a)
{
    struct trace t = {.count = m->count, .spikes = m->spikes};
    for (int l = 0; l < IMAGE_MAX_LAYERS; l++)
        t.layer[l] = (struct trace_layer){.z = m->z[l],
                                          .c = m->words[l][0],
                                          .v = m->words[l][1],
                                          .u = a->currents ? m->words[l][2] : 0,
                                          .r = a->refractory_ticks ? m->words[l][3] : 0,
                                          .stride = STRIDE};
    return t;
}

// Padding neurons are the kernel's own business: only what exists is compared.
static void assert_same(const struct image *im, const struct record *a, const struct record *b)
{
    for (int l = 0; l < im->n_layers; l++) {
        int n_out = im->layer[l].n_out, words = trace_spike_words(n_out);
        assert_memory_equal(a->z[l], b->z[l], (size_t)(TICKS * words) * sizeof(uint64_t));
        for (int k = 0; k < 4; k++)
            for (int t = 0; t < TICKS; t++)
                assert_memory_equal(&a->words[l][k][t * STRIDE], &b->words[l][k][t * STRIDE],
                                    (size_t)n_out * sizeof(int32_t));
        assert_int_equal(a->spikes[l], b->spikes[l]);
    }
    assert_memory_equal(a->count, b->count,
                        (size_t)im->layer[im->n_layers - 1].n_out * sizeof(int32_t));
}

static void test_kernel_equals_reference(void **unused)
{
    (void)unused;
    struct random r = {2026};
    int64_t hits[CORNERS] = {0};
    struct record *expected = aligned_alloc(64, (sizeof *expected + 63) / 64 * 64);
    struct record *got = aligned_alloc(64, (sizeof *got + 63) / 64 * 64);
    for (int round = 0; round < 600; round++) {
        struct law law = random_law(&r);
        struct image_shape shape = random_shape(&r);
        assert_null(image_shape_check(&shape));
        assert_null(law_check(&law));
        void *im_memory = aligned_alloc(64, image_size(&law, &shape));
        void *net_memory = aligned_alloc(64, network_size(&law, &shape));
        struct image im;
        struct network net;
        image_init(&im, &law, &shape, im_memory);
        random_words(&r, &im);
        assert_null(image_check(&im));
        network_init(&net, &im, net_memory);

        uint8_t x[TICKS * 20];
        int16_t jitter[TICKS];
        int quiet = (int)draw(&r, 0, 3);
        for (int i = 0; i < TICKS * shape.layer[0].n_in; i++)
            x[i] = (uint8_t)(draw(&r, 0, quiet) ? 0 : draw(&r, 0, fx_umax(law_bits(law.input))));
        int64_t j_top = draw(&r, 0, 2) ? 1000 : 32767;
        for (int t = 0; t < TICKS; t++)
            jitter[t] = (int16_t)draw(&r, -j_top - (j_top > 1000), j_top);

        struct stimulus s = {.n_ticks = TICKS, .x = x, .jitter = jitter};
        memset(expected, 0, sizeof *expected);
        struct trace t = trace_into(expected, &law);
        struct watch w = {&im, jitter, hits};
        network_run_watched(&net, &s, &t, count_corners, &w);
        for (int isa = 0; isa < ISAS; isa++) {
            if (!network_use_isa(&net, (enum isa)isa)) continue;
            memset(got, 0, sizeof *got);
            t = trace_into(got, &law);
            network_run(&net, &s, &t);
            assert_same(&im, expected, got);
        }
        hits[net.fast ? KERNEL_RAN : REFERENCE_RAN]++;
        for (int l = 0; l < im.n_layers; l++) {
            hits[net.layer[l].narrow ? NARROW : WIDE]++;
            hits[ONE_TO_ONE] += im.layer[l].topology == IMAGE_ONE_TO_ONE;
            hits[RECURRENT] += im.layer[l].recurrent;
        }
        free(net_memory);
        free(im_memory);
    }
    for (int c = 0; c < CORNERS; c++) {
        print_message("corner %-20s %lld\n", corner_names[c], (long long)hits[c]);
        assert_true(hits[c] > 0);
    }
    free(got);
    free(expected);
}

static void test_decide_takes_the_first_of_equals(void **unused)
{
    (void)unused;
    assert_int_equal(network_decide((int32_t[]){3, 3, 1}, 3), 0);
    assert_int_equal(network_decide((int32_t[]){2, 3, 3}, 3), 1);
    assert_int_equal(network_decide((int32_t[]){0, 0}, 2), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kernel_equals_reference),
        cmocka_unit_test(test_decide_takes_the_first_of_equals),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
