// Signatures: one flipped bit of a tick's words is found and named in 10,000 of 10,000 trials, over states that random
// nets of random laws pass through; two and three bits, a word, words that change places; zlib makes the same.
#include "cosim/vectors/signature.h"
#include "cosim/vectors/vectors_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <zlib.h>

#include "tests/rtl/rtl_random.h"

enum { NETS = 100, TICKS = 20, FLIPS = 10000 };

struct net {
    struct image im;
    struct law_image view;
    struct vectors_shape shape;
    void *memory;
    int64_t *words; // (TICKS, row)
    int row;
};

static void open_net(struct net *n, struct random *r)
{
    const struct law law = random_law(r);
    struct image_shape shape = random_shape(r);
    struct vectors_model m;
    random_taps(r, &shape);
    n->memory = random_image(r, &law, &shape, &n->im);
    n->view = law_image_of(&n->im);
    n->shape = vectors_shape_of(&n->view);
    n->row = vectors_tick_words(&n->shape);
    n->words = calloc((size_t)(TICKS * n->row), sizeof *n->words);
    int32_t *x = calloc((size_t)(TICKS * n->shape.n_in), sizeof *x);
    int16_t jitter[TICKS];
    const struct law_range inputs = law_image_inputs(&n->view);
    for (int i = 0; i < TICKS * n->shape.n_in; i++)
        x[i] = draw(r, 0, 2) ? 0 : (int32_t)draw(r, inputs.lo, inputs.hi);
    for (int t = 0; t < TICKS; t++)
        jitter[t] = (int16_t)draw(r, -32768, 32767);
    struct stimulus s = {.n_ticks = TICKS, .wide = x, .jitter = jitter};
    assert_true(vectors_model_init(&m, &n->view));
    vectors_model_run(&m, &s, n->words, 0);
    vectors_model_fini(&m);
    free(x);
}

static void close_net(struct net *n)
{
    free(n->words);
    free(n->memory);
}

// A word of the tick: its place in the row, and what is said of it.
static int64_t *any_word(struct random *r, const struct net *n, int64_t *row, int *bits,
                         struct signature_clue *at)
{
    const struct vectors_shape *s = &n->shape;
    at->layer = (int)draw(r, 0, s->n_layers - 1);
    at->neuron = (int)draw(r, 0, s->n_out[at->layer] - 1);
    at->kind = (int)draw(r, 0, s->n_states);
    *bits = at->kind ? s->state[at->kind - 1].bits : s->spike_bits[at->layer];
    return row + vectors_place(s, at->layer, at->kind) + at->neuron;
}

// The word with a bit of it turned over, as a file has it.
static int64_t flipped(const struct net *n, const struct signature_clue *at, int64_t word, int bits,
                       int bit)
{
    const bool is_signed = at->kind && n->shape.state[at->kind - 1].is_signed;
    const int64_t x = word ^ fx_one(bit);
    return is_signed ? fx_wrap(x, bits) : x & fx_umax(bits);
}

static void test_one_bit(void **unused)
{
    (void)unused;
    struct random r = {11};
    int found = 0, named = 0, spikes = 0, states = 0, last = 0;
    for (int i = 0; i < NETS; i++) {
        struct net n;
        open_net(&n, &r);
        for (int k = 0; k < FLIPS / NETS; k++) {
            int64_t *row = n.words + (size_t)draw(&r, 0, TICKS - 1) * (size_t)n.row;
            struct signature_clue at;
            int bits;
            const uint32_t right = signature_of(&n.shape, row);
            int64_t *word = any_word(&r, &n, row, &bits, &at), old = *word;
            *word = flipped(&n, &at, old, bits, (int)draw(&r, 0, bits - 1));
            const uint32_t wrong = signature_of(&n.shape, row);
            const int64_t got = *word;
            *word = old;
            const struct signature_clue c = signature_clue(&n.shape, row, wrong);
            found += wrong != right;
            named += c.flipped == 1 && c.layer == at.layer && c.neuron == at.neuron &&
                     c.kind == at.kind && c.expected == old && c.got == got;
            spikes += !at.kind;
            states += at.kind > 0;
            last += at.layer == n.shape.n_layers - 1 && at.neuron == n.shape.n_out[at.layer] - 1;
        }
        close_net(&n);
    }
    assert_int_equal(found, FLIPS);
    assert_int_equal(named, FLIPS);
    assert_true(spikes > 1000 && states > 1000 && last > 10);
}

// Two or three bits anywhere, another word, two neurons that change places.
static void test_more(void **unused)
{
    (void)unused;
    struct random r = {12};
    int trials = 0, found = 0, words = 0, named = 0;
    for (int i = 0; i < NETS; i++) {
        struct net n;
        open_net(&n, &r);
        int64_t *changed = malloc((size_t)n.row * sizeof *changed);
        for (int k = 0; k < FLIPS / NETS; k++) {
            const int64_t *row = n.words + (size_t)draw(&r, 0, TICKS - 1) * (size_t)n.row;
            struct signature_clue at;
            int bits;
            memcpy(changed, row, (size_t)n.row * sizeof *changed);
            for (int left = (int)draw(&r, 2, 3); left; left--) {
                int64_t *word = any_word(&r, &n, changed, &bits, &at);
                *word = flipped(&n, &at, *word, bits, (int)draw(&r, 0, bits - 1));
            }
            if (!memcmp(changed, row, (size_t)n.row * sizeof *changed)) continue;
            trials++;
            found += signature_of(&n.shape, changed) != signature_of(&n.shape, row);

            memcpy(changed, row, (size_t)n.row * sizeof *changed);
            int64_t *word = any_word(&r, &n, changed, &bits, &at);
            const int64_t old = *word;
            for (int bit = 0; bit < bits; bit++)
                if (draw(&r, 0, 1)) *word = flipped(&n, &at, *word, bits, bit);
            if (*word == old || bits > 16) continue;
            const struct signature_clue c =
                signature_clue(&n.shape, row, signature_of(&n.shape, changed));
            words++;
            named +=
                c.layer == at.layer && c.neuron == at.neuron && c.kind == at.kind && c.got == *word;
        }
        free(changed);
        close_net(&n);
    }
    assert_true(trials > FLIPS / 2 && words > 1000);
    assert_int_equal(found, trials);
    assert_true(named >= words - words / 200); // 16 of 32 bits: another word fits now and then
}

static void test_places(void **unused)
{
    (void)unused;
    const struct vectors_shape s = {1,   1,  {{"v", 16, 1}}, 8, 0, 1,
                                    {3}, {1}}; // three neurons, spikes then v
    const int64_t row[] = {0, 1, 0, 5, -7, 5}, other[] = {1, 0, 0, -7, 5, 5}, silent[6] = {0};
    assert_true(signature_of(&s, row) != signature_of(&s, other));
    struct vectors_shape fewer = s;
    fewer.n_out[0] = 2; // a neuron less that is at rest
    const int64_t same[4] = {0};
    assert_true(signature_of(&s, silent) != signature_of(&fewer, same));
    assert_int_equal(signature_clue(&s, row, signature_of(&s, row)).flipped, 0);
}

// The bytes as the head of signature.h has them, through zlib.
static void test_zlib(void **unused)
{
    (void)unused;
    struct random r = {13};
    for (int i = 0; i < NETS; i++) {
        struct net n;
        open_net(&n, &r);
        const struct vectors_shape *s = &n.shape;
        for (int t = 0; t < TICKS; t++) {
            const int64_t *row = n.words + t * n.row, *layer = row;
            uLong crc = crc32(0, 0, 0);
            for (int l = 0; l < s->n_layers; l++) {
                for (int neuron = 0; neuron < s->n_out[l]; neuron++) {
                    unsigned char bytes[64] = {(unsigned char)(neuron & 255),
                                               (unsigned char)(neuron / 256 + 16 * l),
                                               (unsigned char)layer[neuron]};
                    int at = 24;
                    for (int k = 1; k <= s->n_states; k++)
                        for (int bit = 0; bit < s->state[k - 1].bits; bit++, at++)
                            if ((uint64_t)layer[k * s->n_out[l] + neuron] >> bit & 1)
                                bytes[at / 8] |= (unsigned char)(1 << at % 8);
                    crc = crc32(crc, bytes, (uInt)(at + 7) / 8);
                }
                layer += (1 + s->n_states) * s->n_out[l];
            }
            assert_int_equal(signature_of(s, row), crc);
        }
        close_net(&n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_one_bit), cmocka_unit_test(test_more),
                                       cmocka_unit_test(test_places), cmocka_unit_test(test_zlib)};
    return cmocka_run_group_tests(tests, 0, 0);
}
