// Sensitivity: every kind of probe against the reference network, one word moved by the test's own
// arithmetic, margins by sums of the test's own.
#include "model/izhikevich/izhikevich.h"
#include "model/laws/reference.h"
#include "twin/task/speech/speech.h"
#include "twin/jobs/sensitivity.h"

#include <math.h>
#include <omp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FILTERS = 16, HIDDEN = 12, OUT = 4, WORDS_OF = 2, CLIPS = 6, HOPS = 4000, TICKS = 125 };

struct fixture {
    bool izhikevich;
    struct chip chip;
    struct net net;
    struct speech speech;
    struct dataset_clip clips[CLIPS];
    uint16_t envelope[CLIPS * HOPS * FILTERS];
    int clip[CLIPS];
};

static uint32_t draw(void)
{
    static uint32_t state = 7;
    state = state * 1664525 + 1013904223;
    return state >> 8;
}

static float drawn(double lo, double hi)
{
    return (float)(lo + (hi - lo) * draw() / 16777216.0);
}

static void make_net(struct fixture *fx)
{
    static const struct image_shape s = {.n_layers = 3,
                                         .layer = {{FILTERS, FILTERS, IMAGE_ONE_TO_ONE, false},
                                                   {FILTERS, HIDDEN, IMAGE_DENSE, true},
                                                   {HIDDEN, OUT, IMAGE_DENSE, false}}};
    struct fail f;
    if (net_init(&fx->net, &s, &fx->chip, &f)) fail_msg("%s", f.text);
    for (int i = 0; i < WORDS_OF; i++)
        if (labels_add(&fx->net.labels, (const char[]){(char)('a' + i), 0}, &f))
            fail_msg("%s", f.text);
    for (int l = 0; l < 3; l++)
        for (int i = 0; i < fx->net.layer[l].n_source * fx->net.layer[l].n_out; i++)
            fx->net.layer[l].w[i] = fx->izhikevich ? l == 0 ? drawn(2, 6) : drawn(-10, 30)
                                    : l == 0 ? drawn(0.3, 1.2)
                                                   : drawn(-2, 3);
}

// What the chips of both laws vary in, and by how much: the test's own arithmetic takes it from here.
static const double value_sigma[2][CHIP_VALUES] = {{[NET_THETA] = 0.05, [NET_LAMBDA] = 0.1},
                                                   {0.05, 0.01, 0.01, 0.05, 0.02, 0, 0.05, 0.03}};

static int set_up(void **state, bool izhikevich)
{
    struct fixture *fx = calloc(1, sizeof *fx);
    struct fail f;
    fx->izhikevich = izhikevich;
    if (chip_load(&fx->chip,
                  izhikevich ? SPIKETWIN_ROOT "/chips/izhikevich.yaml"
                             : SPIKETWIN_ROOT "/chips/fpga-q8.8.yaml",
                  &f))
        fail_msg("%s", f.text);
    fx->chip.mismatch.weight_offset.local = 0.02;
    fx->chip.mismatch.leak.local = 0.1;
    if (izhikevich)
        for (int i = 0; i < CHIP_VALUES; i++)
            fx->chip.mismatch.value[i].local = value_sigma[1][i];
    make_net(fx);
    fx->speech = (struct speech){.n_hops = HOPS,
                                 .envelope = fx->envelope,
                                 .corpus = {.kind = &speech_kind,
                                            .front = true,
                                            .n_in = FILTERS,
                                            .n_ticks = TICKS,
                                            .grain_ms = 0.25}};
    if (frontend_init(&fx->speech.front, &fx->chip.frontend, &f)) fail_msg("%s", f.text);
    fx->speech.corpus.set.clip = fx->clips;
    for (int i = 0; i < CLIPS; i++) {
        fx->clip[i] = CLIPS - 1 - i;
        fx->clips[i] = (struct dataset_clip){.label = i % WORDS_OF};
        for (int k = 0; k < FILTERS; k++) {
            int begin = (int)(draw() % 2000), loud = (int)(draw() % 3000);
            for (int h = begin; h < begin + 1500; h++)
                fx->envelope[(i * HOPS + h) * FILTERS + k] = (uint16_t)loud;
        }
    }
    *state = fx;
    return 0;
}

static int setup(void **state)
{
    return set_up(state, false);
}

static int setup_izhikevich(void **state)
{
    return set_up(state, true);
}

static int teardown(void **state)
{
    struct fixture *fx = *state;
    net_fini(&fx->net);
    free(fx);
    return 0;
}

static struct sensitivity run(struct fixture *fx)
{
    struct sensitivity s;
    struct fail f;
    struct sensitivity_job job = {&fx->chip, &fx->net, &fx->speech.corpus, fx->clip, CLIPS};
    if (sensitivity_run(&s, &job, 0, &f)) fail_msg("%s", f.text);
    return s;
}

// Margins of all clips and who is right, by the reference; the two neurons of a class are summed.
static void margins(struct fixture *fx, const struct image *im, int *margin, bool *right)
{
    struct reference n;
    const struct law_image view = law_image_of(im);
    uint8_t words[TICKS * FILTERS];
    int32_t count[OUT];
    void *memory = aligned_alloc(64, (reference_size(&view) + 63) / 64 * 64);
    reference_init(&n, &view, memory);
    for (int i = 0; i < CLIPS; i++) {
        int clip = fx->clip[i], label = clip % WORDS_OF;
        frontend_bin(&fx->speech.front, fx->envelope + clip * HOPS * FILTERS, 0, HOPS, 0, 0, TICKS,
                     words);
        struct stimulus s = {.n_ticks = TICKS, .x = words};
        struct trace t = {.count = count};
        reference_run(&n, &s, &t);
        int first = count[0] + count[1], second = count[2] + count[3];
        margin[i] = label == 0 ? first - second : second - first;
        right[i] = label == 0 ? first >= second : second > first;
    }
    free(memory);
}

static int nearest(double x, int lo, int hi)
{
    double down = floor(x), part = x - down;
    int up = part > 0.5 || (part == 0.5 && fmod(down, 2) != 0);
    int word = (int)down + up;
    return word < lo ? lo : word > hi ? hi : word;
}

// What the two runs of a probe make of the image; returns how many runs it has.
static int disturb(struct fixture *fx, struct image *im, const struct sensitivity_probe *x, int run)
{
    struct image_layer *y = &im->layer[x->layer];
    const int value = x->kind - SENSITIVITY_VALUE;
    int16_t *w = &y->w[x->row * y->n_out + x->neuron];
    int sign = run ? -1 : 1;
    double offset = 0.02 * 256, gain = fx->chip.mismatch.weight_gain.local * *w;
    switch (x->kind) {
    case SENSITIVITY_WEIGHT:
        *w = (int16_t)nearest(*w + sign * sqrt(gain * gain + offset * offset), -32768, 32767);
        return 2;
    case SENSITIVITY_CUT:
        *w = 0;
        return 1;
    case SENSITIVITY_DEAD:
        for (int row = 0; row < y->n_source; row++)
            y->w[row * y->n_out + x->neuron] = 0;
        if (fx->izhikevich) {
            struct izhikevich_neuron *p = image_words(im, x->layer, x->neuron);
            *p = (struct izhikevich_neuron){.peak = 131071};
        } else {
            y->neuron[x->neuron].bias = 0;
            y->neuron[x->neuron].theta = 32767;
        }
        return 1;
    }
    const double off = sign * value_sigma[fx->izhikevich][value];
    if (fx->izhikevich) { // membranes of 18 bits, of Q9.8; factors of 18
        int32_t *p = (int32_t *)image_words(im, x->layer, x->neuron) + value;
        *p = nearest(*p + off * abs(*p), -131072, 131071);
    } else if (value == NET_THETA) {
        y->neuron[x->neuron].theta = nearest(y->neuron[x->neuron].theta * (1 + off), 1, 32767);
    } else {
        y->neuron[x->neuron].lambda = nearest(y->neuron[x->neuron].lambda * (1 + off), 0, 65535);
    }
    return 2;
}

static void test_probes_equal_the_reference(void **state)
{
    struct fixture *fx = *state;
    struct sensitivity s = run(fx);
    struct image *im = virtual_chip_new(&fx->chip, &fx->net.shape);
    int nominal[CLIPS], margin[CLIPS], moved_of[SENSITIVITY_KINDS] = {0}, sum = 0, correct = 0;
    int changed = 0;
    bool was[CLIPS], right[CLIPS];
    virtual_chip_make(im, &fx->chip, &fx->net, 0, 0, 0);
    margins(fx, im, nominal, was);
    for (int i = 0; i < CLIPS; i++) {
        sum += nominal[i];
        correct += was[i];
    }
    assert_int_equal(s.margin, sum);
    assert_int_equal(s.correct, correct);
    for (int i = 0; i < s.n; i += s.probe[i].kind <= SENSITIVITY_CUT ? 13 : 1) {
        const struct sensitivity_probe *x = &s.probe[i];
        int moved = 0, lost = 0, won = 0, wrong = 0, runs = 1;
        for (int r = 0; r < runs; r++) {
            virtual_chip_make(im, &fx->chip, &fx->net, 0, 0, 0);
            runs = disturb(fx, im, x, r);
            margins(fx, im, margin, right);
            for (int c = 0; c < CLIPS; c++) {
                moved += abs(nominal[c] - margin[c]);
                lost += nominal[c] - margin[c];
                won += right[c] && !was[c];
                wrong += was[c] && !right[c];
            }
        }
        assert_int_equal(x->n_runs, runs);
        assert_int_equal(x->moved, moved);
        assert_int_equal(x->lost, lost);
        assert_int_equal(x->won, won);
        assert_int_equal(x->wrong, wrong);
        moved_of[x->kind] += moved;
        changed += won + wrong;
    }
    for (int kind = 0; kind < SENSITIVITY_KINDS; kind++) { // each was seen to act
        const int value = kind - SENSITIVITY_VALUE;
        const bool there = value < 0 || value_sigma[fx->izhikevich][value] > 0;
        print_message("%s%s %d", kind ? ", " : "", there ? s.name[kind] : "-", moved_of[kind]);
        assert_int_equal(moved_of[kind] > 0, there);
    }
    print_message("\n");
    assert_true(changed > 0);
    virtual_chip_free(im);
    sensitivity_free(&s);
}

static void test_every_word_once(void **state)
{
    struct fixture *fx = *state;
    struct sensitivity s = run(fx);
    int weights = FILTERS + (FILTERS + HIDDEN) * HIDDEN + HIDDEN * OUT;
    int neurons = FILTERS + HIDDEN + OUT;
    assert_int_equal(s.n, 2 * weights + 3 * neurons);
    for (int i = 1; i < s.n; i++) {
        const struct sensitivity_probe *a = &s.probe[i - 1], *b = &s.probe[i];
        int64_t key[2];
        for (int k = 0; k < 2; k++) {
            const struct sensitivity_probe *x = k ? b : a;
            key[k] = ((x->layer * 16L + x->kind) * 4096 + x->row) * 4096 + x->neuron;
        }
        assert_true(key[0] < key[1]);
    }
    sensitivity_free(&s);
}

static void test_same_for_any_threads(void **state)
{
    struct fixture *fx = *state;
    int threads = omp_get_max_threads();
    omp_set_num_threads(1);
    struct sensitivity one = run(fx);
    omp_set_num_threads(3);
    struct sensitivity three = run(fx);
    omp_set_num_threads(threads);
    assert_int_equal(one.n, three.n);
    for (int i = 0; i < one.n; i++) {
        assert_int_equal(one.probe[i].moved, three.probe[i].moved);
        assert_int_equal(one.probe[i].lost, three.probe[i].lost);
    }
    sensitivity_free(&one);
    sensitivity_free(&three);
}

// What the chip file does not vary has no probe off by one sigma; cut and dead always have.
static void test_kinds_follow_the_chip(void **state)
{
    struct fixture *fx = *state;
    struct chip kept = fx->chip;
    fx->chip.mismatch.weight_gain.local = fx->chip.mismatch.weight_offset.local = 0;
    fx->chip.mismatch.leak.local = 0;
    fx->chip.mismatch.front_end = false;
    struct sensitivity s = run(fx);
    for (int i = 0; i < s.n; i++) {
        assert_true(s.probe[i].kind != SENSITIVITY_WEIGHT &&
                    s.probe[i].kind != SENSITIVITY_VALUE + NET_LAMBDA);
        if (s.probe[i].layer == 0) assert_true(s.probe[i].kind != SENSITIVITY_VALUE + NET_THETA);
    }
    assert_int_equal(s.n, FILTERS + (FILTERS + HIDDEN) * HIDDEN + HIDDEN * OUT + HIDDEN + OUT +
                              FILTERS + HIDDEN + OUT);
    fx->chip = kept;
    sensitivity_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_probes_equal_the_reference, setup, teardown),
        cmocka_unit_test_setup_teardown(test_probes_equal_the_reference, setup_izhikevich,
                                        teardown),
        cmocka_unit_test(test_every_word_once),
        cmocka_unit_test(test_same_for_any_threads),
        cmocka_unit_test(test_kinds_follow_the_chip),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
