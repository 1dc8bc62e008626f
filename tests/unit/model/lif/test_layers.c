// Networks run layer by layer (model/lif/layers.h) against the reference: the same state words, spikes and counts
// under laws of all kinds, on every instruction set that this machine has. Corners are named and counted; one
// never hit fails.
#include "model/lif/many.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    MOST_CLIPS = LAYERS_CLIPS + 3,
    LAYERS = 3,
    MOST = 160,
    STRIDE = 160,
    MAX_TICKS = 150,
    WORDS_KEPT = 4
};
enum corner {
    RAN,
    FELL_BACK,
    NEAR_END,
    FAR_FROM_END,
    RECURRENT,
    TAPS,
    TAPS_AND_OWN,
    TAPS_OF_NEXT,
    TAPS_TWO_BLOCKS,
    TAPS_SHORT,
    TWO_SLICES,
    TWO_BLOCKS,
    SIGNED,
    JITTERED,
    SPIKED,
    SIDE_BY_SIDE,
    MORE_THAN_GO,
    BYTES_AND_WIDE,
    UNRECORDED,
    BY_HALVES,
    BY_SHORT_HALVES,
    BY_64_BITS,
    CORNERS
};
static const char *const corner_names[CORNERS] = {"ran",
                                                  "fell back",
                                                  "u near its end",
                                                  "u far from its end",
                                                  "recurrent",
                                                  "taps",
                                                  "taps and own spikes",
                                                  "taps of the next layer too",
                                                  "taps over blocks",
                                                  "taps over a short block",
                                                  "two slices",
                                                  "two blocks",
                                                  "signed words",
                                                  "jittered",
                                                  "spiked",
                                                  "side by side",
                                                  "more clips than go",
                                                  "bytes and wide",
                                                  "unrecorded",
                                                  "halves",
                                                  "short halves",
                                                  "64 bits"};

#define WHOLE                                                                                      \
    .weight = {16, 0}, .membrane = {16, 0}, .current = {16, 0}, .input = {4, 0}, .leak = {5, 0}
#define XYLO                                                                                       \
    .leak_kind = LAW_LEAK_SHIFT_MOVES, .decay_kind = LAW_LEAK_SHIFT_MOVES, .currents = 2,          \
    .decay_last = true, .saturate_each = true, .reset_subtract = true
#define Q88                                                                                        \
    .input = {4, 4}, .weight = {8, 8}, .membrane = {8, 8}, .current = {8, 8}, .leak = {0, 16},     \
    .gain = {8, 8}
#define Q88_24                                                                                     \
    .input = {4, 4}, .weight = {8, 8}, .membrane = {16, 8}, .leak_kind = LAW_LEAK_EXPONENTIAL
#define NEUROCORE                                                                                  \
    .input = {8, 8}, .weight = {8, 8}, .membrane = {8, 8}, .leak = {8, 8}, .gain = {8, 8},         \
    .round_leak = FX_CEILING, .leak_kind = LAW_LEAK_EXPONENTIAL, .input_signed = true,             \
    .leak_signed = true, .has_gain = true, .has_rest = true, .wrap = true, .refractory_hold = true
static const struct law laws[] = {
    {WHOLE, XYLO},
    {WHOLE, XYLO, .saturate_increment = true},
    {.input = {4, 0},
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
    {NEUROCORE},
    {NEUROCORE, .refractory_ticks = 2},
    {Q88, .leak_kind = LAW_LEAK_LINEAR, .decay_kind = LAW_LEAK_LINEAR, .currents = 1,
     .integrate_first = true, .floor_zero = true},
    {Q88, .leak_kind = LAW_LEAK_EXPONENTIAL, .decay_kind = LAW_LEAK_SHIFT, .currents = 2,
     .decay_last = true, .refractory_ticks = 3, .reset_subtract = true,
     .round_leak = FX_NEAREST_EVEN},
    {Q88_24, .leak = {0, 16}, .round_leak = FX_NEAREST_EVEN, .reset_subtract = true}, // n > 15
    {Q88_24, .leak = {4, 14}, .leak_signed = true, .round_leak = FX_TOWARD_ZERO, .has_rest = true},
    {Q88_24, .leak = {1, 12}, .round_leak = FX_CEILING, .integrate_first = true},
    {Q88, .round_current = FX_NEAREST_EVEN, .round_leak = FX_NEAREST_EVEN,
     .leak_kind = LAW_LEAK_EXPONENTIAL, .reset_subtract = true},
    {Q88, .leak_kind = LAW_LEAK_SHIFT, .has_gain = true, .has_rest = true,
     .round_current = FX_TOWARD_ZERO},
    {Q88_24, .leak = {0, 16}, .leak_when = LAW_WHEN_EVENT, .reset_subtract = true},
    {Q88, .leak_kind = LAW_LEAK_TWO_SHIFTS, .decay_kind = LAW_LEAK_TWO_SHIFTS, .currents = 1},
    {Q88_24, .leak = {0, 16}, .fire_before = true, .reset_subtract = true},
    {Q88_24, .leak = {0, 16}, .wrap = true, .floor_zero = true, .reset_subtract = true},
    {Q88, .leak_kind = LAW_LEAK_LINEAR, .currents = 1, .symmetric = true},
    {WHOLE, XYLO, .leak_when = LAW_WHEN_NO_INPUT},
};
enum { LAWS = sizeof laws / sizeof *laws };

static uint64_t lcg = 5;
static int64_t draw(int64_t lo, int64_t hi) // Knuth's MMIX LCG
{
    lcg = lcg * 6364136223846793005u + 1442695040888963407u;
    return lo + (int64_t)((lcg >> 24) % (uint64_t)(hi - lo + 1));
}

struct side { // what a run did
    int32_t words[LAYERS][WORDS_KEPT][MAX_TICKS * STRIDE]
        __attribute__((aligned(64))); // c, v, u, r
    uint64_t z[LAYERS][MAX_TICKS * 3];
    int32_t count[MOST];
    int64_t spikes[IMAGE_MAX_LAYERS];
};

static struct trace trace_of(struct side *side, const struct law *law)
{
    struct trace t = {.count = side->count, .spikes = side->spikes};
    memset(side, 0, sizeof *side);
    for (int l = 0; l < LAYERS; l++) {
        t.layer[l] = (struct trace_layer){.z = side->z[l],
                                          .c = side->words[l][0],
                                          .v = side->words[l][1],
                                          .u = law->currents ? side->words[l][2] : 0,
                                          .r = law->refractory_ticks ? side->words[l][3] : 0,
                                          .stride = STRIDE};
    }
    return t;
}

static int32_t word_of(const struct law *law, enum image_word word)
{
    int64_t lo = image_word_min(law, word), hi = image_word_max(law, word);
    bool leak = word == WORD_LAMBDA || word == WORD_MU || word == WORD_MU2;
    if (leak && hi == 31) return (int32_t)draw(0, 5);
    if (leak) return (int32_t)draw(0, law->leak_signed ? 255 : hi / 3);
    if (word == WORD_THETA) return (int32_t)draw(hi / 64, hi / 8);
    if (word == WORD_GAIN) return (int32_t)draw(100, 400);
    return (int32_t)draw(lo / 200, hi / 200);
}

static void fill(struct image *im, int64_t reach, bool second)
{
    for (int l = 0; l < im->n_layers; l++) {
        struct image_layer *y = &im->layer[l];
        for (int i = 0; i < y->n_rows * y->n_out; i++)
            y->w[i] = (int16_t)(i < y->n_source * y->n_out || second ? draw(-reach, reach) : 0);
        for (int n = 0; n < y->n_out; n++)
            y->neuron[n] = (struct law_neuron){.lambda = word_of(&im->law, WORD_LAMBDA),
                                               .lambda_slope = (int32_t)draw(0, 100),
                                               .mu = word_of(&im->law, WORD_MU),
                                               .mu_slope = (int32_t)draw(0, 100),
                                               .mu2 = word_of(&im->law, WORD_MU2),
                                               .theta = word_of(&im->law, WORD_THETA),
                                               .bias = word_of(&im->law, WORD_BIAS),
                                               .gain = word_of(&im->law, WORD_GAIN),
                                               .rest = word_of(&im->law, WORD_REST),
                                               .reset = word_of(&im->law, WORD_RESET)};
    }
}

static void count_ends(const struct many *m, const struct side *s, int n_ticks, long *hits)
{
    for (int l = 1; m->law.saturate_each && l < LAYERS; l++)
        for (int tick = 0; tick < n_ticks; tick++)
            for (int n = 0; n < m->image->layer[l].n_out; n++) {
                int32_t u = s->words[l][2][tick * STRIDE + n], limit = m->layers.layer[l].limit[n];
                hits[u > limit || -u > limit ? NEAR_END : FAR_FROM_END]++;
            }
}

static void test_layers_equal_the_reference(void **unused)
{
    (void)unused;
    static struct side all_wanted[MOST_CLIPS], all_got[MOST_CLIPS];
    static uint8_t x[MOST_CLIPS][MAX_TICKS * MOST];
    static int32_t wide[MOST_CLIPS][MAX_TICKS * MOST];
    static int16_t jitter[MOST_CLIPS][MAX_TICKS];
    long hits[CORNERS] = {0};
    for (int round = 0; round < 240; round++) {
        const struct law *law = &laws[round % LAWS];
        int n_in = (int)draw(1, 40), hidden = (int)draw(1, 140), n_ticks = (int)draw(1, MAX_TICKS);
        bool recurrent = hidden <= 64 && draw(0, 1), second = law->currents > 1 && draw(0, 7) == 0;
        bool is_wide = law->input_signed && draw(0, 1), jitters = draw(0, 1);
        int n_clips = draw(0, 3) ? (int)draw(1, 4) : MOST_CLIPS,
            unrecorded = (int)draw(-8, n_clips - 1);
        struct image_shape s = {LAYERS,
                                {{n_in, n_in, IMAGE_ONE_TO_ONE, false},
                                 {n_in, hidden, IMAGE_DENSE, recurrent},
                                 {hidden, (int)draw(1, 20), IMAGE_DENSE, false}}};
        for (int l = 1; l < LAYERS; l++)
            if (draw(0, 2) == 0) {
                s.layer[l].taps = (int)draw(2, l == 1 ? 12 : 3);
                s.layer[l].spacing = (int)draw(1, IMAGE_MAX_LATE / (s.layer[l].taps - 1));
            }
        assert_null(image_shape_check(&s));
        assert_null(law_check(law));
        void *im_memory = aligned_alloc(64, image_size(law, &s));
        void *net_memory = aligned_alloc(64, network_size(law, &s));
        void *many_memory = aligned_alloc(64, many_size(law, &s));
        struct image im;
        memset(im_memory, 0, image_size(law, &s));
        image_init(&im, law, &s, im_memory);
        fill(&im,
             draw(0, 2) ? fx_max(law_bits(law->weight)) / 100 : fx_max(law_bits(law->weight)) / 6,
             second);
        if (image_check(&im)) fail_msg("%s", image_check(&im));
        struct stimulus stimulus[MOST_CLIPS];
        struct trace t[MOST_CLIPS];
        struct network net;
        network_init(&net, &im, net_memory);
        for (int clip = 0; clip < n_clips; clip++) {
            for (int i = 0; i < n_ticks * n_in; i++) {
                x[clip][i] =
                    (uint8_t)(draw(0, 3) ? 0 : draw(0, law_bits(law->input) < 8 ? 15 : 255));
                wide[clip][i] = (int32_t)draw(-400, 400);
            }
            for (int i = 0; i < n_ticks; i++)
                jitter[clip][i] = (int16_t)draw(-2000, 2000);
            stimulus[clip] =
                (struct stimulus){.n_ticks = n_ticks,
                                  .x = x[clip],
                                  .wide = is_wide && (clip == 0 || draw(0, 3)) ? wide[clip] : 0,
                                  .jitter = jitters && draw(0, 3) ? jitter[clip] : 0};
            struct trace reference = trace_of(&all_wanted[clip], law);
            network_run_ref(&net, &stimulus[clip], &reference);
        }
        for (int isa = 0; isa < ISAS; isa++) {
            struct many m;
            many_init(&m, &im, many_memory);
            if (!many_use_isa(&m, (enum isa)isa)) continue;
            bool some_bytes = false;
            for (int clip = 0; clip < n_clips; clip++) {
                t[clip] = trace_of(&all_got[clip], law);
                some_bytes = some_bytes || !stimulus[clip].wide;
                for (int l = 0; clip == unrecorded && l < LAYERS; l++)
                    t[clip].layer[l] = (struct trace_layer){.z = all_got[clip].z[l]};
            }
            many_run(&m, n_clips, stimulus, t);
            for (int clip = 0; clip < n_clips; clip++) {
                const struct side *got = &all_got[clip], *wanted = &all_wanted[clip];
                for (int l = 0; clip != unrecorded && l < LAYERS; l++)
                    for (int w = 0; w < WORDS_KEPT; w++)
                        for (int tick = 0; tick < n_ticks; tick++)
                            if (memcmp(&got->words[l][w][tick * STRIDE],
                                       &wanted->words[l][w][tick * STRIDE],
                                       (size_t)s.layer[l].n_out * sizeof(int32_t)))
                                fail_msg("round %d, %s, clip %d of %d, layer %d, word %d, tick %d",
                                         round, isa_names[isa], clip, n_clips, l, w, tick);
                assert_memory_equal(got->z, wanted->z, sizeof got->z);
                assert_memory_equal(got->count, wanted->count, sizeof got->count);
                assert_memory_equal(got->spikes, wanted->spikes, sizeof got->spikes);
            }
            if (!m.by_layers) {
                hits[FELL_BACK]++;
                continue;
            }
            hits[RAN]++;
            hits[RECURRENT] += recurrent;
            hits[TAPS] += image_late(&s, 1) > 0;
            hits[TAPS_AND_OWN] += recurrent && image_late(&s, 1) > 0;
            hits[TAPS_OF_NEXT] += image_late(&s, 1) > 0 && image_late(&s, 2) > 0;
            hits[TAPS_TWO_BLOCKS] += image_late(&s, 1) > 0 && n_ticks > LAYERS_TICKS;
            hits[TAPS_SHORT] +=
                image_late(&s, 1) > 0 && n_ticks % LAYERS_TICKS <= image_late(&s, 1);
            hits[TWO_SLICES] += hidden > 64;
            hits[TWO_BLOCKS] += n_ticks > LAYERS_TICKS;
            hits[SIGNED] += is_wide;
            hits[JITTERED] += jitters;
            hits[SPIKED] += all_wanted[0].spikes[2] > 0;
            hits[SIDE_BY_SIDE] += n_clips > 1;
            hits[MORE_THAN_GO] += n_clips > LAYERS_CLIPS;
            hits[BYTES_AND_WIDE] += is_wide && some_bytes;
            hits[UNRECORDED] += unrecorded >= 0 && n_clips > 1;
            count_ends(&m, &all_wanted[0], n_ticks, hits);
            for (int k = 0; k < 2; k++) {
                const struct lanes_products *p = &m.layers.products[k];
                hits[BY_HALVES] += p->leak == LANES_HALVES || p->gain == LANES_HALVES;
                hits[BY_SHORT_HALVES] += p->leak == LANES_SHORT_HALVES;
                hits[BY_64_BITS] += p->leak == LANES_64;
            }
        }
        free(im_memory);
        free(net_memory);
        free(many_memory);
    }
    for (int i = 0; i < CORNERS; i++) {
        print_message("%-20s %ld\n", corner_names[i], hits[i]);
        if (!hits[i]) fail_msg("never hit: %s", corner_names[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_layers_equal_the_reference)};
    return cmocka_run_group_tests(tests, 0, 0);
}
