// Every word of a virtual chip is in its format: any law, weights stored in any way, values of a
// net that no format holds, mismatch as far as a sweep takes it. Formats: oracle_word_bits.
#include "twin/chip/faults.h"
#include "twin/net/virtual_chip.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/oracle/oracle_net.h"
#include "tests/rtl/rtl_random.h"

enum { CHIPS = 400 / ORACLE_SHARE + 40, DRAWS = 5 };

static double real(struct random *r, double lo, double hi)
{
    return lo + (hi - lo) * (double)draw(r, 0, 1 << 20) / (1 << 20);
}

// Often an end.
static double spread(struct random *r, double most)
{
    return draw(r, 0, 2) ? real(r, 0, most) : draw(r, 0, 1) ? most : 0;
}

static struct chip random_chip(struct random *r)
{
    struct chip c = {.kind = &lif_kind, .name = "random", .tick_s = 0.008, .tau_s = 0.064};
    do
        c.law = random_law(r);
    while (law_check(&c.law));
    double lsb = ldexp(1, -c.law.weight.frac_bits);
    double top = lsb * (double)oracle_high(law_bits(c.law.weight));
    double unit = ldexp(1, c.law.membrane.frac_bits);
    c.threshold = real(r, 1, (double)oracle_high(law_bits(c.law.membrane))) / unit;
    c.tau_s = ldexp(c.tick_s, (int)draw(r, -8, 40));
    c.weight.min = -top * (draw(r, 0, 1) ? 1 : real(r, 0.01, 1));
    c.weight.max = -c.weight.min;
    if (draw(r, 0, 2) == 0) c.weight.bits = (int)draw(r, 1, 6);
    if (draw(r, 0, 3) == 0) c.weight.sign_block = (int)draw(r, 1, 6);
    if (c.weight.bits && draw(r, 0, 1)) {
        c.weight.charges.n = 1 << c.weight.bits;
        for (int i = 0; i < c.weight.charges.n; i++)
            c.weight.charges.x[i] = top * (2.0 * i + 1 - c.weight.charges.n) / c.weight.charges.n;
    }
    struct chip_variation *all[] = {&c.mismatch.weight_gain, &c.mismatch.weight_offset,
                                    &c.mismatch.threshold, &c.mismatch.leak,
                                    &c.mismatch.input_gain};
    for (int i = 0; i < 5; i++)
        *all[i] = (struct chip_variation){spread(r, i == 1 ? 1000 : 2), spread(r, 2)};
    c.mismatch.front_end = draw(r, 0, 1);
    c.jitter.acts_leak = draw(r, 0, 1);
    c.faults.stuck_bits = draw(r, 0, 1) ? 0.3 : 0;
    c.faults.dead_neurons = draw(r, 0, 1) ? 0.3 : 0;
    return c;
}

static void random_net(struct random *r, const struct chip *c, struct net *n)
{
    struct image_shape s = random_shape(r);
    struct fail f;
    for (int l = 0; l < s.n_layers; l++)
        if (s.layer[l].n_out > 20 && s.layer[l].n_in > 20) s.layer[l].recurrent = false;
    if (net_init(n, &s, c, &f)) fail_msg("%s", f.text);
    for (int l = 0; l < s.n_layers; l++) {
        struct net_layer *y = &n->layer[l];
        for (int i = 0; i < y->n_source * y->n_out; i++)
            y->w[i] = (float)real(r, 1.5 * c->weight.min, 1.5 * c->weight.max);
        for (int i = 0; draw(r, 0, 1) && i < y->n_out; i++) { // what no word holds
            y->theta[i] = (float)real(r, -1, draw(r, 0, 1) ? 1e9 : 100);
            y->bias[i] = (float)real(r, -1e9, 1e9);
            y->lambda[i] = (float)real(r, -3, draw(r, 0, 1) ? 1e9 : 40);
        }
    }
}

// A word within oracle_word_bits; 0 where the law has no such word.
static void in_format(const struct law *law, enum image_word word, int64_t x, int chip)
{
    bool is_signed;
    int bits = oracle_word_bits(law, word, &is_signed);
    int64_t lo = bits && is_signed ? (int64_t)oracle_low(bits) : 0;
    int64_t hi = !bits       ? 0
                 : is_signed ? (int64_t)oracle_high(bits)
                             : (int64_t)oracle_power(bits) - 1;
    if (x < lo || x > hi)
        fail_msg("chip %d: %s %lld, of %d bits", chip, lif_kind.word[word].name, (long long)x,
                 bits);
    assert_true(image_word_min(law, word) == lo && image_word_max(law, word) == hi);
}

static void test_every_word_is_in_its_format(void **unused)
{
    (void)unused;
    struct random r = {411};
    int kinds[LAW_LEAKS] = {0}, is_signed = 0, clamped = 0, clean = 0, refused = 0;
    int64_t words = 0;
    for (int chip = 0; chip < CHIPS; chip++) {
        struct chip c = random_chip(&r);
        struct net n;
        random_net(&r, &c, &n);
        struct image *im = virtual_chip_new(&c, &n.shape);
        struct fail f;
        bool sound = virtual_chip_check(&c, &n, &f) == 0;
        assert_non_null(im);
        for (uint32_t k = 0; k < DRAWS; k++) {
            struct virtual_chip_note note = {0};
            virtual_chip_make(im, &c, &n, (uint64_t)chip, k, &note);
            const char *what = image_check(im);
            if (what) assert_string_equal(what, "weights: their sum");
            if (what && k == 0) assert_false(sound);
            for (int l = 0; l < im->n_layers; l++) {
                const struct image_layer *y = &im->layer[l];
                for (int i = 0; i < y->n_rows * y->n_out; i++, words++)
                    in_format(&c.law, WORD_WEIGHT, y->w[i], chip);
                for (int i = 0; i < y->n_out; i++)
                    for (int word = WORD_LAMBDA; word < WORD_V; word++, words++)
                        in_format(&c.law, (enum image_word)word,
                                  law_get(&lif_kind.word[word], &y->neuron[i]), chip);
                for (int i = 0; i < y->n_out; i++)
                    assert_true(y->neuron[i].theta > 0); // 0 fires at rest
            }
            clamped += note.clamped > 0;
            clean += note.clamped == 0;
        }
        refused += !sound;
        kinds[c.law.leak_kind]++;
        is_signed += c.law.leak_signed;
        virtual_chip_free(im);
        net_fini(&n);
    }
    print_message("%lld words of %d chips, %d with words held, %d nets refused\n", (long long)words,
                  CHIPS * DRAWS, clamped, refused);
    for (int i = 0; i < LAW_LEAKS; i++)
        assert_true(kinds[i] > 0);
    assert_true(is_signed > 3 && clamped > 10 && clean > 3 && refused > 10 && refused < CHIPS);
}

struct refusal {
    const char *what;
    void (*make)(struct chip *c, struct net *n);
};

static struct chip plain_chip(void)
{
    struct chip c = {.kind = &lif_kind,
                     .name = "plain",
                     .tick_s = 0.008,
                     .tau_s = 0.064,
                     .threshold = 8,
                     .law = law_of_demo,
                     .weight = {.min = -128, .max = 127.99609375}};
    return c;
}

#define MAKE(name, statement)                                                                      \
    static void name(struct chip *c, struct net *n)                                                \
    {                                                                                              \
        (void)c;                                                                                   \
        (void)n;                                                                                   \
        statement;                                                                                 \
    }
MAKE(make_theta, n->layer[1].theta[2] = 128)
MAKE(make_no_theta, n->layer[1].theta[2] = 0)
MAKE(make_bias, n->layer[0].bias[1] = -128.5f)
MAKE(make_lambda, n->layer[0].lambda[3] = 1)
MAKE(make_shift, (c->law.leak_kind = LAW_LEAK_SHIFT_MOVES, n->layer[0].lambda[0] = 32))
MAKE(make_part_of_shift, (c->law.leak_kind = LAW_LEAK_SHIFT, n->layer[0].lambda[0] = 0.5f))
MAKE(make_current, (c->law.currents = 1, c->law.current = c->law.membrane,
                    c->law.decay_kind = LAW_LEAK_EXPONENTIAL))
MAKE(make_gain, (c->law.has_gain = true, c->law.gain = c->law.membrane))

// A nominal word that does not fit is refused; the same by mismatch is held and counted.
static void test_nominal_words_are_refused(void **unused)
{
    (void)unused;
    static const struct refusal cases[] = {
        {"layer 1, neuron 2: threshold, 128, allowed 0.00390625..127.996094 (the word of plain)",
         make_theta},
        {"layer 1, neuron 2: threshold, 0, allowed 0.00390625..127.996094 (the word of plain)",
         make_no_theta},
        {"layer 0, neuron 1: bias, -128.5, allowed -128..127.996094 (the word of plain)",
         make_bias},
        {"layer 0, neuron 3: leak, 1, allowed 0..0.999984741 (the word of plain)", make_lambda},
        {"layer 0, neuron 0: leak, 32, allowed whole numbers 0..31 (the word of plain)",
         make_shift},
        {"layer 0, neuron 0: leak, 0.5, allowed whole numbers 0..31 (the word of plain)",
         make_part_of_shift},
        {"plain: law.currents, the decay of a synaptic current: the net has no value for it",
         make_current},
        {"plain: law.gain, the gain of the input: the net has no value for it", make_gain}};
    struct image_shape s = {2, {{4, 4, IMAGE_ONE_TO_ONE, false}, {4, 3, IMAGE_DENSE, true}}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct chip c = plain_chip();
        struct net n;
        struct fail f = {""};
        assert_int_equal(net_init(&n, &s, &c, &f), 0);
        assert_int_equal(virtual_chip_check(&c, &n, &f), 0);
        if (cases[i].make == make_shift || cases[i].make == make_part_of_shift)
            for (int l = 0; l < 2; l++)
                for (int k = 0; k < n.layer[l].n_out; k++)
                    n.layer[l].lambda[k] = 3;
        cases[i].make(&c, &n);
        assert_int_equal(virtual_chip_check(&c, &n, &f), -1);
        assert_string_equal(f.text, cases[i].what);
        net_fini(&n);
    }
    // λ of Q2.25: the float next to its largest word is a word too large, and held.
    struct chip c = plain_chip();
    struct net n;
    struct fail f;
    c.law.leak_signed = true;
    c.law.leak = (struct law_format){2, 25};
    c.law.membrane = (struct law_format){12, 4};
    c.law.weight = (struct law_format){4, 4};
    c.law.round_leak = FX_CEILING;
    assert_null(law_check(&c.law));
    assert_int_equal(net_init(&n, &s, &c, &f), 0);
    n.layer[0].lambda[0] = 2;
    struct image *im = virtual_chip_new(&c, &s);
    struct virtual_chip_note note = {0};
    assert_int_equal(virtual_chip_check(&c, &n, &f), 0);
    c.mismatch.leak = (struct chip_variation){0.03, 1};
    int64_t clamped = 0;
    for (uint32_t k = 400; k < 430; k++, clamped += note.clamped) {
        virtual_chip_make(im, &c, &n, 1, k, &note);
        assert_null(image_check(im));
        for (int i = 0; i < 4; i++)
            assert_in_range(im->layer[0].neuron[i].lambda, 0, (1 << 26) - 1);
    }
    assert_true(clamped > 30);
    virtual_chip_free(im);
    net_fini(&n);
}

// The words of a neuron beyond leak, threshold and bias: each the nearest of its format to the net's
// value, on every chip the same; beyond the format refused. In plain arithmetic of the test's own.
static void test_words_of_other_laws(void **unused)
{
    (void)unused;
    struct image_shape s = {2, {{4, 4, IMAGE_ONE_TO_ONE, false}, {4, 3, IMAGE_DENSE, true}}};
    static const char *const chips[] = {"loihi", "xylo-v1", "xylo-v2", "sc-neurocore"};
    for (int i = 0; i < 4; i++) {
        struct chip c;
        struct net n;
        struct fail f = {""};
        char path[256];
        snprintf(path, sizeof path, "%s/chips/%s.yaml", SPIKETWIN_ROOT, chips[i]);
        if (chip_load(&c, path, &f) || net_init(&n, &s, &c, &f)) fail_msg("%s", f.text);
        assert_int_equal(virtual_chip_check(&c, &n, &f), 0);
        struct net_layer *y = &n.layer[1];
        struct image *im = virtual_chip_new(&c, &s);
        const struct law_neuron *p = &im->layer[1].neuron[2];
        c.jitter.acts_leak = true;
        if (i == 0) y->decay[2] = 0.3f;
        if (i == 3) {
            y->gain[2] = -1.253f;
            y->rest[2] = 0.5f;
            y->reset[2] = -3.001f;
        }
        for (uint32_t k = 0; k < 3; k++) {
            struct virtual_chip_note note = {0};
            virtual_chip_make(im, &c, &n, 1, k, &note);
            assert_null(image_check(im));
            assert_int_equal(note.clamped, 0);
            if (i == 0) { // UQ1.12; 8 ms of 8: 1 − e^-1
                double stays = 1 - 1229 / 4096.0;
                assert_int_equal(p->mu, 1229);
                assert_int_equal(p->mu_slope, lrint(-stays * log(stays) * 4096));
                assert_int_equal(p[-1].mu, lrint(-expm1(-1) * 4096));
            } else if (i < 3) { // 2 ticks, of both synapses; a shift has no slope
                assert_true(p->mu == 1 && p->mu2 == 1 && p->mu_slope == 0 && p->mu2_slope == 0);
                for (int w = 12; w < 24; w++)
                    assert_int_equal(im->layer[1].w[w + 9], 0); // the second synapse has no weights
            } else {                                            // Q8.8
                assert_true(p->gain == -321 && p->rest == 128 && p->reset == -768);
                assert_true(p[-1].gain == 256 && p[-1].rest == 0 && p[-1].reset == 0);
            }
        }
        if (i == 3) {
            y->gain[2] = 128;
            assert_int_equal(virtual_chip_check(&c, &n, &f), -1);
            assert_string_equal(f.text, "layer 1, neuron 2: gain, 128, allowed -128..127.996094 "
                                        "(the word of sc-neurocore)");
            struct virtual_chip_note note = {0};
            virtual_chip_make(im, &c, &n, 1, 1, &note); // held, and counted
            assert_true(p->gain == 32767 && note.clamped == 1);
            y->gain[2] = 1;
            y->reset[2] = -130;
            assert_int_equal(virtual_chip_check(&c, &n, &f), -1);
            assert_non_null(strstr(f.text, "neuron 2: reset, -130, allowed -128..127.996094"));
        } else {
            y->decay[2] = i == 0 ? 2 : 32;
            assert_int_equal(virtual_chip_check(&c, &n, &f), -1);
            assert_non_null(strstr(f.text, i == 0 ? "decay, 2, allowed 0..1.99975586 (the word of"
                                                  : "decay, 32, allowed whole numbers 0..31"));
        }
        // On a chip whose law has no such words.
        struct chip plain = plain_chip();
        assert_int_equal(virtual_chip_check(&plain, &n, &f), -1);
        assert_non_null(strstr(f.text, "the net has values for it, the chip has no such word"));
        virtual_chip_free(im);
        net_fini(&n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_word_is_in_its_format),
        cmocka_unit_test(test_words_of_other_laws),
        cmocka_unit_test(test_nominal_words_are_refused),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
