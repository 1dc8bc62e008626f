// What adequacy says of a wrong device, tick by tick from the right model's state, is what the whole wrong
// device would show: nets of other laws and other words run beside the right one, on random laws.
#include "cosim/adequacy/moment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/rtl/rtl_random.h"

enum { TICKS = 12, CLIPS = 2, LAWS = 80 };

struct shown {
    struct stimulus s[CLIPS];
    uint8_t *x[CLIPS];
    int32_t *wide[CLIPS];
    int16_t jitter[CLIPS][TICKS];
};

static void show(struct random *r, const struct image *im, struct shown *to)
{
    size_t n = TICKS * (size_t)im->layer[0].n_in;
    for (int clip = 0; clip < CLIPS; clip++) {
        to->x[clip] = calloc(n, 1);
        to->wide[clip] = calloc(n, sizeof **to->wide);
        random_stimulus(r, im, TICKS, to->x[clip], to->jitter[clip]);
        to->s[clip] =
            (struct stimulus){.n_ticks = TICKS, .x = to->x[clip], .jitter = to->jitter[clip]};
        if (!im->law.input_signed) continue;
        random_wide(r, im, TICKS, to->wide[clip]);
        to->s[clip].wide = to->wide[clip];
    }
}

struct record {
    const struct image *im;
    int64_t *word; // (TICKS, neurons, 5)
    int neurons;
    int first[IMAGE_MAX_LAYERS];
};

static void record(void *context, int tick, int layer, int neuron, const void *before,
                   const void *of_stages, const void *of_after)
{
    struct record *to = context;
    const struct law_state *s = of_after;
    const struct law_stages *stages = of_stages;
    int64_t *word = to->word + 5 * (tick * to->neurons + to->first[layer] + neuron);
    (void)before;
    word[0] = stages->fire, word[1] = s->v, word[2] = s->u, word[3] = s->u2, word[4] = s->r;
}

static int64_t *run(const struct image *im, const struct stimulus *s)
{
    const struct law_image view = law_image_of(im);
    struct reference r;
    struct record to = {.im = im, .neurons = image_neurons(im)};
    for (int l = 1; l < im->n_layers; l++)
        to.first[l] = to.first[l - 1] + im->layer[l - 1].n_out;
    void *memory = aligned_alloc(64, reference_size(&view));
    to.word = calloc(TICKS * (size_t)to.neurons, 5 * sizeof *to.word);
    reference_init(&r, &view, memory);
    reference_rest(&r);
    for (int tick = 0; tick < s->n_ticks; tick++)
        reference_tick(&r, s, tick, record, &to);
    free(memory);
    return to.word;
}

// Whether two nets show other words of the states that the right one has.
static bool other(const struct image *right, const struct image *wrong, const struct shown *shown)
{
    const struct law *law = &right->law;
    const bool has[5] = {true, true, law->currents > 0, law->currents > 1,
                         law->refractory_ticks > 0};
    bool differ = false;
    for (int clip = 0; clip < CLIPS && !differ; clip++) {
        int64_t *a = run(right, &shown->s[clip]), *b = run(wrong, &shown->s[clip]);
        for (int i = 0; i < TICKS * image_neurons(right); i++)
            for (int k = 0; k < 5; k++)
                differ |= has[k] && a[5 * i + k] != b[5 * i + k];
        free(a);
        free(b);
    }
    return differ;
}

static int64_t held(const struct law_range *range, int64_t x)
{
    if (!range->bits) return 0;
    return range->is_signed ? fx_wrap(x, range->bits) : x & fx_umax(range->bits);
}

// The image of a device: other words, or another law with its words in that law's formats. NULL where the
// image itself would be another one.
static void *changed(const struct image *im, const struct wrong *w, struct image *to)
{
    struct law law = im->law;
    if (w->group == WRONG_LAW) memcpy(&law, w->law, sizeof law);
    if ((law.currents > 1) != (im->law.currents > 1)) return 0;
    const struct image_shape shape = image_shape_of(im);
    void *memory = calloc(1, image_size(&law, &shape) + 64);
    image_init(to, &law, &shape, memory);
    for (int l = 0; l < im->n_layers; l++)
        for (int n = 0; n < im->layer[l].n_out; n++) {
            for (int word = 0; word < WORD_V; word++) {
                const struct law_word *x = &lif_kind.word[word];
                const struct law_range old = x->range(&im->law), new = x->range(&law);
                for (int row = 0; row < (word ? 1 : im->layer[l].n_rows); row++) {
                    const struct law_image view = law_image_of(im);
                    int from =
                        w->group == WRONG_WORDS && w->word == word && w->what == WORD_NEIGHBOUR
                            ? (n + 1) % im->layer[l].n_out
                            : n;
                    int64_t value = law_image_word(&view, l, word, from, row);
                    if (w->group == WRONG_WORDS && w->word == word)
                        value = moment_word(&old, w->what, w->bit, value);
                    value = held(&new, value);
                    if (word)
                        law_set(x, image_words(to, l, n), value);
                    else
                        to->layer[l].w[row * im->layer[l].n_out + n] = (int16_t)value;
                }
            }
        }
    return memory;
}

static void test_whole_devices(void **unused)
{
    (void)unused;
    struct random r = {5};
    int64_t asked[WRONG_GROUPS] = {0}, found[WRONG_GROUPS] = {0};
    for (int i = 0; i < LAWS; i++) {
        const struct law law = random_law(&r);
        struct image_shape shape = random_shape(&r);
        random_taps(&r, &shape);
        struct image im;
        struct adequacy a;
        struct shown shown;
        void *memory = random_image(&r, &law, &shape, &im);
        const struct law_image view = law_image_of(&im);
        show(&r, &im, &shown);
        assert_true(adequacy_init(&a, &view));
        for (int clip = 0; clip < CLIPS; clip++)
            assert_true(adequacy_show(&a, &shown.s[clip]));
        adequacy_end(&a);
        for (int k = 0; k < a.n; k += 1 + (int)draw(&r, 0, 6)) {
            const struct wrong *w = &a.wrong[k];
            struct image wrong;
            if (w->group != WRONG_LAW && w->group != WRONG_WORDS) continue;
            void *other_memory = changed(&im, w, &wrong);
            if (!other_memory) continue;
            bool differs = other(&im, &wrong, &shown);
            if (differs != w->found)
                fail_msg("law %d: \"%s\": %s, the whole device %s", i, w->name,
                         w->found ? "found" : "passes", differs ? "differs" : "is the same");
            asked[w->group]++;
            found[w->group] += differs;
            free(other_memory);
        }
        adequacy_fini(&a);
        for (int clip = 0; clip < CLIPS; clip++) {
            free(shown.x[clip]);
            free(shown.wide[clip]);
        }
        free(memory);
    }
    for (int g = 0; g < WRONG_GROUPS; g++)
        if (g == WRONG_LAW || g == WRONG_WORDS)
            assert_true(asked[g] > 250 && found[g] > 50 && found[g] < asked[g]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_whole_devices)};
    return cmocka_run_group_tests(tests, 0, 0);
}
