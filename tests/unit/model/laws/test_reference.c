// The reference of any law against the network of LIF, which walks its layers by code of its own: every
// word of random laws, shapes and stimuli, with writes in mid-run, run after run. And what has to fit the
// rooms that generic code keeps for a law.
#include "model/laws/reference.h"
#include "model/lif/law_fields.h"
#include "model/lif/network.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/rtl/rtl_random.h"

enum { TICKS = 40, WRITES = 12 };

static void *room(size_t bytes)
{
    bytes = (bytes + 63) / 64 * 64;
    void *memory = aligned_alloc(64, bytes);
    memset(memory, 0x55, bytes);
    return memory;
}

static void trace_new(struct trace *t, const struct image *im)
{
    *t = (struct trace){.count = room(IMAGE_MAX_NEURONS * sizeof(int32_t)),
                        .spikes = room(IMAGE_MAX_LAYERS * sizeof(int64_t))};
    for (int l = 0; l < im->n_layers; l++) {
        struct trace_layer *y = &t->layer[l];
        y->stride = network_padded(im->layer[l].n_out);
        size_t words = (size_t)TICKS * (size_t)y->stride * sizeof(int32_t);
        int32_t **const all[] = {&y->c, &y->v, &y->u, &y->u2, &y->r, &y->n};
        for (int i = 0; i < 6; i++)
            *all[i] = room(words);
        y->z = room((size_t)TICKS * (size_t)trace_spike_words(im->layer[l].n_out) * 8);
    }
}

static void trace_free(struct trace *t)
{
    for (int l = 0; l < IMAGE_MAX_LAYERS; l++) {
        struct trace_layer *y = &t->layer[l];
        void *const all[] = {y->c, y->v, y->u, y->u2, y->r, y->n, y->z};
        for (int i = 0; i < 7; i++)
            free(all[i]);
    }
    free(t->count);
    free(t->spikes);
}

// Words compared.
static int64_t expect_same(const struct image *im, const struct trace *a, const struct trace *b)
{
    int64_t words = 0;
    for (int l = 0; l < im->n_layers; l++) {
        const struct trace_layer *x = &a->layer[l], *y = &b->layer[l];
        const int32_t *const left[] = {x->c, x->v, x->u, x->u2, x->r, x->n};
        const int32_t *const right[] = {y->c, y->v, y->u, y->u2, y->r, y->n};
        int n_out = im->layer[l].n_out;
        assert_int_equal(a->spikes[l], b->spikes[l]);
        for (int tick = 0; tick < TICKS; tick++)
            for (int n = 0; n < n_out; n++) {
                size_t at = (size_t)tick * (size_t)x->stride + (size_t)n;
                assert_int_equal(trace_spiked(x, n_out, tick, n), trace_spiked(y, n_out, tick, n));
                for (int i = 0; i < 6; i++, words++)
                    if (left[i][at] != right[i][at])
                        fail_msg("layer %d, tick %d, neuron %d, array %d: %d, reference %d", l,
                                 tick, n, i, left[i][at], right[i][at]);
            }
    }
    for (int n = 0; n < im->layer[im->n_layers - 1].n_out; n++)
        assert_int_equal(a->count[n], b->count[n]);
    return words;
}

static void test_reference_is_the_network_of_lif(void **unused)
{
    (void)unused;
    struct random r = {77};
    int64_t words = 0, fired = 0, late = 0, taps = 0, alone = 0, own = 0, many = 0;
    for (int round = 0; round < 150; round++) {
        struct law law;
        struct image_shape s;
        struct image im;
        do {
            law = random_law(&r);
            s = random_shape(&r);
            random_taps(&r, &s);
        } while (law_check(&law) || image_shape_check(&s));
        void *memory = random_image(&r, &law, &s, &im);
        const struct law_image view = law_image_of(&im);
        void *of_network = room(network_size(&law, &s)), *of_any = room(reference_size(&view));
        uint8_t *x = room((size_t)TICKS * (size_t)im.layer[0].n_in);
        int32_t *wide = room((size_t)TICKS * (size_t)im.layer[0].n_in * sizeof *wide);
        int16_t jitter[TICKS];
        struct stimulus_write write[WRITES];
        struct network net;
        struct reference any;
        struct trace a, b;
        network_init(&net, &im, of_network);
        reference_init(&any, &view, of_any);
        trace_new(&a, &im);
        trace_new(&b, &im);
        for (int run = 0; run < 3; run++) { // the second one finds what the first one wrote undone
            random_stimulus(&r, &im, TICKS, x, jitter);
            random_wide(&r, &im, TICKS, wide);
            random_writes(&r, &im, TICKS, write, WRITES);
            struct stimulus in = {TICKS,
                                  x,
                                  run ? jitter : 0,
                                  law.input_signed ? wide : 0,
                                  write,
                                  run == 1 ? 0 : WRITES};
            network_run_ref(&net, &in, &a);
            reference_run(&any, &in, &b);
            words += expect_same(&im, &a, &b);
            for (int l = 0; l < s.n_layers; l++)
                fired += b.spikes[l];
        }
        for (int l = 0; l < s.n_layers; l++) {
            late += s.layer[l].delayed;
            taps += s.layer[l].taps > 1;
            alone += s.layer[l].topology == IMAGE_ONE_TO_ONE;
            own += s.layer[l].recurrent;
            many += s.layer[l].max_spikes > 1;
        }
        trace_free(&a);
        trace_free(&b);
        free(memory);
        free(of_network);
        free(of_any);
        free(x);
        free(wide);
    }
    print_message(
        "%lld words, %lld spikes; layers: %lld late, %lld one to one, %lld recurrent, %lld "
        "of many spikes\n",
        (long long)words, (long long)fired, (long long)late, (long long)alone, (long long)own,
        (long long)many);
    assert_true(words > 1000000 && fired > 10000 && taps && late && alone && own && many);
}

// What a law whose images struct image holds has to keep to.
static void test_laws_fit_their_rooms(void **unused)
{
    (void)unused;
    for (const struct law_kind *const *at = law_kinds; *at; at++) {
        const struct law_kind *k = *at;
        assert_true(k->law <= LAW_BYTES && k->n_words <= LAW_MAX_WORDS);
        assert_true(k->state <= LAW_MAX_WORDS * 8 && k->stages <= LAW_MAX_WORDS * 8);
        assert_non_null(k->check);
        assert_non_null(k->rest);
        assert_non_null(k->step);
        if (k->word->size != sizeof(int16_t)) continue;
        static const char *const first[] = {"input", "weight", "membrane"};
        for (int i = 0; i < 3; i++) { // where generic code reads the formats of any law
            assert_string_equal(k->parameter[i].name, first[i]);
            assert_int_equal(k->parameter[i].at, law_fields[i].at);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference_is_the_network_of_lif),
        cmocka_unit_test(test_laws_fit_their_rooms),
    };
    return cmocka_run_group_tests(tests, 0, 0);
}
