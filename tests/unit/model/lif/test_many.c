// Many clips at once against the reference, clip by clip: the same bits for random laws, shapes,
// words, stimuli and numbers of clips and ticks, on every instruction set that this machine has.
// Corners are named and counted; one never hit fails.
#include "model/lif/many.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum corner {
    KERNEL_RAN,
    FELL_BACK,
    SATURATED,
    WRAPPED,
    FLOORED,
    AT_THRESHOLD,
    LEAK_TIE,
    HALF_OF_ODD,
    JITTER_CLAMPED,
    JITTER_WITHIN,
    HIGH_LAMBDA,
    LINEAR,
    SHIFT,
    LEFT_SHIFT,
    RIGHT_SHIFT,
    ONE_TO_ONE,
    WIDE,
    WIDE_RECURRENT,
    FOUR,
    EIGHT,
    SIXTEEN,
    OWN_INSTANCE,
    TWO_BLOCKS,
    TAPS,
    TAPS_PACKED,
    TAPS_OWN,
    TAPS_WIDE,
    TAPS_TWO_BLOCKS,
    TAPS_BY_LAYERS,
    TAPS_ALONE,
    CORNERS
};
static const char *const corner_names[CORNERS] = {"kernel ran",
                                                  "fell back",
                                                  "saturated",
                                                  "wrapped",
                                                  "floored",
                                                  "at threshold",
                                                  "leak tie",
                                                  "half of odd",
                                                  "jitter end",
                                                  "jitter within",
                                                  "lambda >= 1/2",
                                                  "linear leak",
                                                  "shift",
                                                  "shifted left",
                                                  "rounded sums",
                                                  "one to one",
                                                  "wide",
                                                  "wide recurrent",
                                                  "4 neurons",
                                                  "8 neurons",
                                                  "16 neurons",
                                                  "instance",
                                                  "two blocks",
                                                  "taps",
                                                  "taps, packed",
                                                  "taps, recurrent",
                                                  "taps of many sources",
                                                  "taps, two blocks",
                                                  "taps by layers",
                                                  "taps, one by one"};

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
    static const int8_t frac[] = {8, 8, 8, 6, 10, 0};
    struct law a = {
        .input = {(int8_t)draw(r, 1, 4), 0},
        .weight = {8, frac[draw(r, 0, 5)]},
        .membrane = {(int8_t)draw(r, 6, 8), 8},
        .leak = {0, 16},
        .round_current = (enum fx_round)draw(r, 0, FX_ROUNDS - 1),
        .round_leak = (enum fx_round)draw(r, 0, FX_ROUNDS - 1),
        .leak_kind = (enum law_leak)draw(r, 0, 3),
        .wrap = draw(r, 0, 3) == 0,
        .fire_gt = draw(r, 0, 1),
        .reset_subtract = draw(r, 0, 1),
        .refractory_ticks = draw(r, 0, 19) == 0,
    };
    if (draw(r, 0, 1)) a.input = (struct law_format){4, (int8_t)draw(r, 0, 4)};
    if (draw(r, 0, 1)) a.leak = (struct law_format){(int8_t)-draw(r, 0, 3), (int8_t)draw(r, 6, 16)};
    if (draw(r, 0, 1)) a.membrane.int_bits = 8;
    if (a.weight.frac_bits > 8) a.weight.int_bits = 6;
    a.floor_zero = !a.wrap && draw(r, 0, 1) == 0;
    if (draw(r, 0, 2) == 0) { // laws like those that have an instance of their own
        a.wrap = a.fire_gt = false, a.refractory_ticks = 0;
        a.membrane = a.weight = (struct law_format){8, 8};
        a.leak = (struct law_format){0, 16};
        a.round_leak = FX_NEAREST_EVEN;
        a.leak_kind = draw(r, 0, 2) ? LAW_LEAK_EXPONENTIAL : LAW_LEAK_LINEAR;
    }
    return a;
}

static struct image_shape random_shape(struct random *r, const struct law *law)
{
    static const int sizes[] = {1, 2, 3, 5, 8, 9, 16, 17, 40, 64, 65, 100, 128, 130};
    struct image_shape s = {.n_layers = (int)draw(r, 1, 3)};
    int n_in = (int)draw(r, 1, 40);
    for (int l = 0; l < s.n_layers; l++) {
        bool one = l == 0 && law_bits(law->input) > 1 ? draw(r, 0, 9) > 0 : draw(r, 0, 5) == 0;
        s.layer[l].n_in = n_in;
        s.layer[l].n_out = one ? n_in : sizes[draw(r, 0, 13)];
        s.layer[l].topology = one ? IMAGE_ONE_TO_ONE : IMAGE_DENSE;
        s.layer[l].recurrent = !one && draw(r, 0, 1);
        if (l && !one && draw(r, 0, 2) == 0) {
            s.layer[l].taps = (int)draw(r, 2, n_in > 64 ? 4 : 8);
            s.layer[l].spacing = (int)draw(r, 1, IMAGE_MAX_LATE / (s.layer[l].taps - 1));
        }
        n_in = s.layer[l].n_out;
    }
    return s;
}

static int32_t leak_word(struct random *r, const struct law *a)
{
    if (a->leak_kind == LAW_LEAK_SHIFT) return (int32_t)draw(r, draw(r, 0, 99) ? 1 : 0, 20);
    int64_t top = fx_umax(law_bits(a->leak));
    if (a->leak_kind == LAW_LEAK_LINEAR && top > 400) top = draw(r, 0, 9) ? 400 : top;
    return (int32_t)(draw(r, 0, 49) ? draw(r, 0, top) : draw(r, 0, 1) * top);
}

// Weights that, mostly, 16 bits can sum up; even ones, so that halves of λ meet ties.
static void random_words(struct random *r, struct image *im)
{
    const struct law *a = &im->law;
    int64_t v_max = fx_max(law_bits(a->membrane)), w_max = fx_max(law_bits(a->weight));
    bool gentle = draw(r, 0, 2) > 0, ties = draw(r, 0, 3) == 0;
    int64_t lambda_top = fx_umax(law_bits(a->leak)) / (gentle ? 4 : 1);
    for (int l = 0; l < im->n_layers; l++) {
        struct image_layer *y = &im->layer[l];
        int64_t x_max = l ? 1 : fx_umax(law_bits(a->input));
        int64_t w_top = 44000 / (x_max * (y->topology == IMAGE_DENSE ? y->n_source : 1));
        int align = law_align(a, y->input_frac);
        if (align < 0) w_top = fx_shr_floor(w_top, -align);
        if (y->topology != IMAGE_DENSE) w_top = fx_shl(w_top, align > 0 ? align : 0) / 2;
        w_top = w_top < w_max ? w_top : w_max;
        if (w_top < 1) w_top = 1;
        for (int i = 0; i < y->n_source * y->n_out; i++)
            y->w[i] = (int16_t)(draw(r, 0, 2999) ? draw(r, -w_top / 2, w_top) : -w_max - 1);
        for (int n = 0; n < y->n_out; n++) {
            y->neuron[n] = (struct law_neuron){
                .lambda = leak_word(r, a),
                .lambda_slope = (int32_t)draw(r, 0, gentle ? fx_umax(13) : fx_umax(15)),
                .theta = (int32_t)draw(r, draw(r, 0, 9) ? 1 : -v_max, v_max / 8 + 1),
                .bias = (int32_t)(draw(r, 0, 2) ? 0 : draw(r, -v_max / 64, v_max / 64)),
            };
            struct law_neuron *p = &y->neuron[n];
            if (a->leak_kind == LAW_LEAK_EXPONENTIAL && gentle)
                p->lambda = (int32_t)draw(r, 0, lambda_top);
            if (a->leak_kind == LAW_LEAK_EXPONENTIAL && ties)
                p->lambda = (int32_t)fx_one((int)draw(r, 0, law_bits(a->leak) - 1));
            if (p->lambda_slope > p->lambda && gentle) p->lambda_slope = p->lambda;
        }
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
    int64_t jitter = w->jitter ? w->jitter[tick] : 0;
    int64_t product = p->lambda_slope * jitter, moved = p->lambda + fx_shr_rne(product, 15);
    bool moves = a->leak_kind == LAW_LEAK_EXPONENTIAL || a->leak_kind == LAW_LEAK_LINEAR;
    w->hits[SATURATED] += !a->wrap && (s->integrate > fx_max(bits) || s->integrate < fx_min(bits));
    w->hits[WRAPPED] += a->wrap && s->integrate != s->clamp;
    w->hits[FLOORED] += a->floor_zero && s->integrate < 0;
    w->hits[AT_THRESHOLD] += s->clamp == p->theta;
    w->hits[LEAK_TIE] += a->leak_kind == LAW_LEAK_EXPONENTIAL && frac > 0 &&
                         fx_umax(frac) / 2 + 1 == (((int64_t)before->v * moved) & fx_umax(frac));
    w->hits[HALF_OF_ODD] += moves && (product & fx_umax(15)) == fx_umax(14) + 1;
    w->hits[JITTER_CLAMPED] += moves && (moved < 0 || moved > fx_umax(law_bits(a->leak)));
    w->hits[HIGH_LAMBDA] +=
        a->leak_kind == LAW_LEAK_EXPONENTIAL && before->v < 0 && fx_shl(moved, 16 - frac) > 32767;
}

enum { MOST_TICKS = 300, MOST_CLIPS = 21, STRIDE = 160, SOURCES = 40 };

struct record {
    uint64_t z[IMAGE_MAX_LAYERS][MOST_TICKS * 3];
    int16_t c[IMAGE_MAX_LAYERS][MOST_TICKS * STRIDE];
    int32_t count[STRIDE];
    int64_t spikes[IMAGE_MAX_LAYERS];
};

static struct trace trace_into(struct record *m, bool whole)
{
    struct trace t = {.count = m->count, .spikes = m->spikes};
    for (int l = 0; whole && l < IMAGE_MAX_LAYERS; l++)
        t.layer[l] = (struct trace_layer){.z = m->z[l], .c16 = m->c[l], .stride = STRIDE};
    return t;
}

static void assert_same(const struct image *im, int ticks, const struct record *a,
                        const struct record *b, bool whole)
{
    for (int l = 0; l < im->n_layers; l++) {
        int n_out = im->layer[l].n_out, words = trace_spike_words(n_out);
        assert_int_equal(a->spikes[l], b->spikes[l]);
        if (!whole) continue;
        assert_memory_equal(a->z[l], b->z[l], (size_t)(ticks * words) * sizeof(uint64_t));
        for (int t = 0; t < ticks; t++)
            assert_memory_equal(&a->c[l][t * STRIDE], &b->c[l][t * STRIDE],
                                (size_t)n_out * sizeof(int16_t));
    }
    assert_memory_equal(a->count, b->count,
                        (size_t)im->layer[im->n_layers - 1].n_out * sizeof(int32_t));
}

static void count_shapes(const struct many *m, int64_t *hits)
{
    bool graded = m->law.leak_kind == LAW_LEAK_EXPONENTIAL;
    hits[m->fast ? KERNEL_RAN : FELL_BACK]++;
    for (int l = 0; m->fast && l < m->n_layers; l++) {
        const struct many_layer *y = &m->layer[l];
        bool packed = y->neurons < y->lanes;
        hits[TAPS] += y->taps > 1;
        hits[TAPS_PACKED] += y->taps > 1 && packed;
        hits[TAPS_OWN] += y->taps > 1 && y->recurrent;
        hits[TAPS_WIDE] += y->taps > 1 && y->n_in > 64;
        hits[ONE_TO_ONE] += y->one_to_one;
        hits[WIDE] += !packed && !y->recurrent && y->n_out > 64;
        hits[WIDE_RECURRENT] += y->recurrent && y->n_out > 64;
        hits[FOUR] += packed && y->neurons == 4;
        hits[EIGHT] += packed && y->neurons == 8;
        hits[SIXTEEN] += packed && y->neurons == 16 && !y->one_to_one;
        hits[LEFT_SHIFT] += y->align < 0;
        hits[RIGHT_SHIFT] += y->align > 0;
        hits[JITTER_WITHIN] += y->jitters_within && graded;
        hits[OWN_INSTANCE] += m->law.reset_subtract && graded && !m->law.wrap &&
                              m->law.round_leak == FX_NEAREST_EVEN && !y->high_lambda;
        hits[LINEAR] += m->law.leak_kind == LAW_LEAK_LINEAR;
        hits[SHIFT] += m->law.leak_kind == LAW_LEAK_SHIFT;
    }
}

static void test_many_equals_reference(void **unused)
{
    (void)unused;
    struct random r = {2027};
    int64_t hits[CORNERS] = {0};
    size_t bytes = (MOST_CLIPS * sizeof(struct record) + 63) / 64 * 64;
    struct record *expected = aligned_alloc(64, bytes), *got = aligned_alloc(64, bytes);
    uint8_t *x = malloc(MOST_CLIPS * MOST_TICKS * SOURCES);
    int16_t *jitter = malloc(MOST_CLIPS * MOST_TICKS * sizeof *jitter);
    for (int round = 0; round < 700; round++) {
        struct law law = random_law(&r);
        struct image_shape shape = random_shape(&r, &law);
        assert_null(image_shape_check(&shape));
        assert_null(law_check(&law));
        size_t room = many_size(&law, &shape);
        assert_int_equal(room % 64, 0);
        assert_int_equal(image_size(&law, &shape) % 64, 0);
        assert_int_equal(network_size(&law, &shape) % 64, 0);
        void *im_memory = aligned_alloc(64, image_size(&law, &shape));
        char *memory = aligned_alloc(64, room + 64);
        void *net_memory = aligned_alloc(64, network_size(&law, &shape));
        struct image im;
        struct network net;
        struct many m;
        image_init(&im, &law, &shape, im_memory);
        random_words(&r, &im);
        assert_null(image_check(&im));
        network_init(&net, &im, net_memory);
        memset(memory, 0xa5, room + 64);

        int n = (int)draw(&r, 1, draw(&r, 0, 3) ? 5 : MOST_CLIPS);
        int ticks = (int)(draw(&r, 0, 9) ? draw(&r, 1, 20) : draw(&r, 129, MOST_TICKS));
        int quiet = (int)draw(&r, 0, 3), n_in = shape.layer[0].n_in;
        for (int i = 0; i < n * ticks * n_in; i++)
            x[i] = (uint8_t)(draw(&r, 0, quiet) ? 0 : draw(&r, 0, fx_umax(law_bits(law.input))));
        int64_t j_top = draw(&r, 0, 1) ? 2048 : 32767;
        for (int i = 0; i < n * ticks; i++) // even ones, so that halves occur
            jitter[i] = (int16_t)(draw(&r, -j_top - (j_top > 2048), j_top) & ~15);

        struct stimulus s[MOST_CLIPS];
        bool jitters = draw(&r, 0, 1), whole = draw(&r, 0, 3) > 0;
        for (int k = 0; k < n; k++) { // each row ends where its memory does
            s[k] = (struct stimulus){.n_ticks = ticks, .x = x + k * ticks * n_in};
            if (jitters && draw(&r, 0, 19)) s[k].jitter = jitter + k * ticks;
        }
        memset(expected, 0, (size_t)n * sizeof *expected);
        for (int k = 0; k < n; k++) {
            struct trace t = trace_into(&expected[k], whole);
            struct watch w = {&im, s[k].jitter, hits};
            network_run_watched(&net, &s[k], &t, count_corners, &w);
        }
        many_init(&m, &im, memory);
        count_shapes(&m, hits);
        hits[TWO_BLOCKS] += m.fast && ticks > MANY_TICKS;
        for (int l = 1; l < shape.n_layers && ticks > MANY_TICKS; l++)
            hits[TAPS_TWO_BLOCKS] += m.fast && shape.layer[l].taps > 1;
        for (int isa = 0; isa < ISAS; isa++) {
            if (!many_use_isa(&m, (enum isa)isa)) continue;
            struct trace t[MOST_CLIPS];
            memset(got, 0x5a, (size_t)n * sizeof *got);
            for (int k = 0; k < n; k++)
                t[k] = trace_into(&got[k], whole);
            many_run(&m, n, s, t);
            for (int l = 1; l < shape.n_layers && !m.fast; l++)
                hits[m.by_layers ? TAPS_BY_LAYERS : TAPS_ALONE] += shape.layer[l].taps > 1;
            for (int k = 0; k < n; k++)
                assert_same(&im, ticks, &expected[k], &got[k], whole);
        }
        for (int i = 0; i < 64; i++)
            assert_int_equal(memory[room + (size_t)i], (char)0xa5);
        free(net_memory);
        free(memory);
        free(im_memory);
    }
    for (int c = 0; c < CORNERS; c++) {
        print_message("corner %-20s %lld\n", corner_names[c], (long long)hits[c]);
        assert_true(hits[c] > 0);
    }
    free(jitter);
    free(x);
    free(got);
    free(expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_many_equals_reference)};
    return cmocka_run_group_tests(tests, 0, 0);
}
