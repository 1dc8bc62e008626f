#include "cosim/corners/corners_law.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Families of corners, in the order of the list, and how many each slot has.
enum family { STATE, ROUNDING, CLAMP, COMPARE, FLAG, WORD, EVENTS, END };
enum { STATE_N = 6, ROUNDING_N = 6, CLAMP_N = 6, COMPARE_N = 3, FLAG_N = 1, WORD_N = 2 };

static const char *const state_names[STATE_N] = {"at its lower end",
                                                 "one above its lower end",
                                                 "one below its upper end",
                                                 "at its upper end",
                                                 "bits at 0",
                                                 "bits at 1"};
static const char *const rounding_names[ROUNDING_N] = {"tie over an even word, above 0",
                                                       "tie over an odd word, above 0",
                                                       "tie over an even word, below 0",
                                                       "tie over an odd word, below 0",
                                                       "a fraction, above 0",
                                                       "a fraction, below 0"};
static const char *const clamp_names[CLAMP_N] = {
    "beyond its lower end",    "at its lower end", "one above its lower end",
    "one below its upper end", "at its upper end", "beyond its upper end"};
static const char *const compare_names[COMPARE_N] = {"one below the threshold", "the threshold",
                                                     "one above the threshold"};
static const char *const word_names[WORD_N] = {"bits at 0", "bits at 1"};

enum event {
    NONE,
    ALL,
    LARGEST_X,
    SMALLEST_X,
    X_ONE,
    LARGEST_SUM,
    SMALLEST_SUM,
    ALL_FIRE,
    NONE_FIRE,
    JITTER_LOW,
    JITTER_0,
    JITTER_HIGH,
    EVENT_N
};
static const char *const event_names[EVENT_N] = {
    [NONE] = "events: none in a tick",
    [ALL] = "events: of all sources in a tick",
    [LARGEST_X] = "events: the largest word",
    [SMALLEST_X] = "events: the smallest word",
    [X_ONE] = "events: the word 1",
    [LARGEST_SUM] = "gather: the largest sum of a neuron",
    [SMALLEST_SUM] = "gather: the smallest sum of a neuron",
    [ALL_FIRE] = "fire: all neurons of a layer in a tick",
    [NONE_FIRE] = "fire: no neuron of a layer in a tick",
    [JITTER_LOW] = "jitter: -32768",
    [JITTER_0] = "jitter: 0",
    [JITTER_HIGH] = "jitter: 32767"};

// What is known of a neuron beforehand.
struct corners_neuron {
    struct corners_interval sum[2]; // of a synapse
    int32_t fired;                  // of layer's first neuron: how many fired in the tick so far
};

static const struct corners_law *const laws[] = {&corners_lif, &corners_izhikevich, 0};

const struct corners_law *corners_law_of(const struct law_kind *kind)
{
    for (const struct corners_law *const *law = laws; *law; law++)
        if ((*law)->kind == kind) return *law;
    return 0;
}

static int first_neuron(const struct corners *c, int layer)
{
    int first = 0;
    for (int l = 0; l < layer; l++)
        first += c->im.shape.layer[l].n_out;
    return first;
}

static int slots(const char *const *names)
{
    int n = 0;
    while (n < CORNERS_SLOTS && names[n])
        n++;
    return n;
}

struct corners_interval corners_inputs(const struct law_image *im, int layer)
{
    struct corners_interval x = {0, 1};
    if (layer) {
        x.hi =
            im->shape.layer[layer - 1].max_spikes > 1 ? im->shape.layer[layer - 1].max_spikes : 1;
    } else {
        const struct law_range range = law_image_inputs(im);
        x = (struct corners_interval){range.lo, range.hi};
    }
    return x;
}

// Words of source `row` of a layer's synapse.
static struct corners_interval words_of(const struct law_image *im, int layer, int row)
{
    int spikes = im->shape.layer[layer].max_spikes;
    if (im->shape.layer[layer].topology == IMAGE_DENSE && row >= image_heard(&im->shape, layer))
        return (struct corners_interval){0, spikes > 1 ? spikes : 1};
    return corners_inputs(im, layer);
}

struct corners_interval corners_sums(const struct law_image *im, int layer, int neuron, int synapse)
{
    struct corners_interval sum = {0, 0};
    int n = im->layer[layer].n_source;
    if ((synapse + 1) * n > im->layer[layer].n_rows) return sum;
    for (int row = 0; row < n; row++) {
        int64_t w = law_image_word(im, layer, 0, neuron, synapse * n + row);
        const struct corners_interval x = words_of(im, layer, row);
        sum.lo += w < 0 ? w * x.hi : w * x.lo;
        sum.hi += w < 0 ? w * x.lo : w * x.hi;
    }
    return sum;
}

static void name(struct corner *x, const char *what, const char *how)
{
    snprintf(x->name, sizeof x->name, "%s%s%s", what, how ? ": " : "", how ? how : "");
    x->bits = 1;
}

// --- what is proven out of reach -----------------------------------------------------------------

static bool within(struct corners_interval of, int64_t x)
{
    return of.lo <= x && x <= of.hi;
}

// Whether a word of the interval has bit b as asked. Of a two's complement, bits above are like them.
static bool can_be(struct corners_interval of, int b, bool one)
{
    if (of.lo > of.hi) return false;
    int64_t half = (int64_t)fx_one(b), next;
    if (fx_bit((uint64_t)of.lo, b) == one || fx_bit((uint64_t)of.hi, b) == one) return true;
    next = fx_shl(fx_shr_floor(of.lo, b), b) + half; // the first word above lo whose bit b differs
    return next <= of.hi;
}

// Whether lo..hi has a number q·2^k with q of class 1 or 3 modulo 4.
static bool has_odd(struct corners_interval of, int k, int class)
{
    int64_t q = fx_shr_ceil(of.lo, k);
    while ((q & 3) != class)
        q++;
    return q <= fx_shr_floor(of.hi, k);
}

// Whether value · factor can lie at the middle between two multiples of 2^shift: m·2^(shift-1) with m
// of a class modulo 4 (1: over an even word, 3: over an odd one), below or above 0.
static bool can_tie(struct corners_interval value, struct corners_interval factor, int shift,
                    int class, bool below)
{
    struct corners_interval side =
        below ? (struct corners_interval){value.lo, -1} : (struct corners_interval){1, value.hi};
    if (factor.lo < 0) return true; // not looked at
    for (int k = 0; k < shift; k++)
        for (int q = 1; q < 4; q += 2)
            if (has_odd(factor, k, q) && has_odd(side, shift - 1 - k, q == 1 ? class : 4 - class))
                return true;
    return false;
}

// Whether a multiple of a factor of the range need not be one of 2^shift.
static bool has_fraction(struct corners_interval factor, int shift)
{
    for (int k = 0; k < shift; k++)
        if (has_odd(factor, k, 1) || has_odd(factor, k, 3)) return true;
    return false;
}

static void forbid(struct corner *x, int layer, bool possible, const char *why)
{
    if (possible) return;
    x->never[layer] |= 1;
    x->why = why;
}

// The law has what stands in a slot; until a neuron shows that, its corners have no bits.
static void have(struct corners *c, enum family family, int of_slot, int slot)
{
    for (int j = 0; j < of_slot; j++)
        c->corner[c->first[family] + of_slot * slot + j].bits = 1;
}

// What a neuron of these bounds may reach, (corners of the law) each.
static void open_neuron(struct corners *c, uint64_t *open, const struct corners_bounds *b)
{
    const struct law_kind *kind = c->im.kind;
    for (int i = 0; i < kind->n_words - kind->first_state; i++) {
        const struct law_range range = law_states(kind)[i].range(c->im.law);
        uint64_t *to = open + c->first[STATE] + STATE_N * i;
        const int64_t due[4] = {range.lo, range.lo + 1, range.hi - 1, range.hi};
        for (int j = 0; j < 4; j++)
            to[j] |= within(b->state[i], due[j]);
        for (int bit = 0; bit < range.bits; bit++) {
            if (can_be(b->state[i], bit, false)) to[4] |= fx_one(bit);
            if (can_be(b->state[i], bit, true)) to[5] |= fx_one(bit);
        }
    }
    for (int i = 0; i < slots(c->law->rounding); i++) {
        uint64_t *to = open + c->first[ROUNDING] + ROUNDING_N * i;
        const struct corners_interval value = b->rounding[i].value, factor = b->rounding[i].factor;
        int shift = b->rounding[i].shift;
        if (!shift) continue;
        have(c, ROUNDING, ROUNDING_N, i);
        for (int j = 0; j < 4; j++)
            to[j] |= can_tie(value, factor, shift, j % 2 ? 3 : 1, j >= 2);
        bool some = has_fraction(factor, shift);
        to[4] |= some && value.hi > 0;
        to[5] |= some && value.lo < 0;
        if (factor.lo < 0) to[4] |= some, to[5] |= some;
    }
    for (int i = 0; i < slots(c->law->clamp); i++) {
        uint64_t *to = open + c->first[CLAMP] + CLAMP_N * i;
        const struct corners_interval of = b->clamp[i], end = b->ends[i];
        if (end.lo >= end.hi) continue;
        have(c, CLAMP, CLAMP_N, i);
        const bool may[CLAMP_N] = {of.lo<end.lo, within(of, end.lo), within(of, end.lo + 1),
                                         within(of, end.hi - 1), within(of, end.hi), of.hi>
                                       end.hi};
        for (int j = 0; j < CLAMP_N; j++)
            to[j] |= may[j];
    }
    for (int i = 0; i < slots(c->law->compare); i++, have(c, COMPARE, COMPARE_N, i - 1))
        for (int j = 0; j < COMPARE_N; j++)
            open[c->first[COMPARE] + COMPARE_N * i + j] |= within(b->compare[i], j - 1);
    for (int i = 0; i < slots(c->law->flag); i++) {
        if (!b->lacks[i]) have(c, FLAG, FLAG_N, i);
        open[c->first[FLAG] + i] |= b->flag[i];
    }
}

static bool prove(struct corners *c)
{
    int end = c->first[WORD];
    uint64_t *open = calloc((size_t)c->im.shape.n_layers * (size_t)end + 1, sizeof *open);
    if (!open) return false;
    for (int i = c->first[ROUNDING]; i < end; i++)
        c->corner[i].bits = 0;
    for (int l = 0; l < c->im.shape.n_layers; l++) {
        for (int n = 0; n < c->im.shape.layer[l].n_out; n++) {
            struct corners_bounds b;
            memset(&b, 0, sizeof b);
            c->law->bounds(&c->im, l, n, c->neuron[first_neuron(c, l) + n].sum, &b);
            open_neuron(c, open + l * end, &b);
        }
    }
    for (int l = 0; l < c->im.shape.n_layers; l++)
        for (int i = 0; i < end; i++) {
            c->corner[i].never[l] = c->corner[i].bits & ~open[l * end + i];
            c->corner[i].why = i < c->first[ROUNDING]  ? "beyond the range of the state here"
                               : i < c->first[CLAMP]   ? "no product in range lies there"
                               : i < c->first[COMPARE] ? "beyond the range of what is held"
                               : i < c->first[FLAG]    ? "beyond the range of the membrane here"
                                                       : "the chip's words do not let it happen";
        }
    free(open);
    return true;
}

// What a chip's own words have, and what no event can be.
static void prove_events(struct corners *c)
{
    for (int l = 0; l < c->im.shape.n_layers; l++) {
        struct corner *x = c->corner + c->first[EVENTS];
        bool rises = false, falls = false;
        for (int n = 0; n < c->im.shape.layer[l].n_out; n++) {
            const struct corners_interval sum = c->neuron[first_neuron(c, l) + n].sum[0];
            rises |= sum.hi > 0;
            falls |= sum.lo < 0;
        }
        for (int i = 0; i < EVENT_N; i++)
            if (i != LARGEST_SUM && i != SMALLEST_SUM && i != ALL_FIRE && i != NONE_FIRE)
                forbid(&x[i], l, !l, "of the first layer only");
        forbid(&x[LARGEST_SUM], l, rises, "no weight lets a sum rise");
        forbid(&x[SMALLEST_SUM], l, falls, "no weight lets a sum fall");
    }
    for (int i = JITTER_LOW; i <= JITTER_HIGH; i++)
        c->corner[c->first[EVENTS] + i].bits &= c->jitters; // else it has no effect
}

// --- the list ------------------------------------------------------------------------------------

static int list(struct corners *c, struct corner *to)
{
    const struct law_kind *kind = c->im.kind;
    int at = 0;
#define ADD(what, how)                                                                             \
    do {                                                                                           \
        if (to) name(&to[at], what, how);                                                          \
        at++;                                                                                      \
    } while (0)
    c->first[STATE] = at;
    for (const struct law_word *x = law_states(kind); x < kind->word + kind->n_words; x++)
        for (int j = 0; j < STATE_N; j++)
            ADD(x->name, state_names[j]);
    c->first[ROUNDING] = at;
    for (int i = 0; c->law && i < slots(c->law->rounding); i++)
        for (int j = 0; j < ROUNDING_N; j++)
            ADD(c->law->rounding[i], rounding_names[j]);
    c->first[CLAMP] = at;
    for (int i = 0; c->law && i < slots(c->law->clamp); i++)
        for (int j = 0; j < CLAMP_N; j++)
            ADD(c->law->clamp[i], clamp_names[j]);
    c->first[COMPARE] = at;
    for (int i = 0; c->law && i < slots(c->law->compare); i++)
        for (int j = 0; j < COMPARE_N; j++)
            ADD(c->law->compare[i], compare_names[j]);
    c->first[FLAG] = at;
    for (int i = 0; c->law && i < slots(c->law->flag); i++)
        ADD(c->law->flag[i], 0);
    c->first[WORD] = at;
    for (const struct law_word *x = kind->word; x < law_states(kind); x++)
        for (int j = 0; j < WORD_N; j++)
            ADD(x->name, word_names[j]);
    c->first[EVENTS] = at;
    for (int j = 0; j < EVENT_N; j++)
        ADD(event_names[j], 0);
    c->first[END] = at;
#undef ADD
    return at;
}

static uint64_t bits_of(const struct law_range *range)
{
    return range->bits ? (uint64_t)fx_umax(range->bits > 62 ? 62 : range->bits) : 0;
}

// Corners of bits know which; a word that the law has not got has none.
static void take_bits(struct corners *c)
{
    const struct law_kind *kind = c->im.kind;
    for (int i = 0; i < kind->n_words - kind->first_state; i++) {
        const struct law_range range = law_states(kind)[i].range(c->im.law);
        struct corner *x = c->corner + c->first[STATE] + STATE_N * i;
        for (int j = 0; j < STATE_N; j++) {
            x[j].of_bits = j >= 4;
            x[j].bits = j >= 4 ? bits_of(&range) : range.bits > 0;
        }
    }
    for (int i = 0; i < kind->first_state; i++) {
        const struct law_range range = kind->word[i].range(c->im.law);
        struct corner *x = c->corner + c->first[WORD] + WORD_N * i;
        for (int j = 0; j < WORD_N; j++) {
            x[j].of_bits = true;
            x[j].bits = bits_of(&range);
        }
    }
}

static void see_bits(struct corner *zeros, int layer, int64_t word)
{
    struct corner *ones = zeros + 1;
    zeros->seen[layer] |= zeros->bits & ~(uint64_t)word;
    ones->seen[layer] |= ones->bits & (uint64_t)word;
    zeros->count[layer]++;
    ones->count[layer]++;
}

static const char of_chip[] = "the chip's words have no others";

// The words of the chip, but for its weights: those count where an event meets them.
static void see_words(struct corners *c)
{
    const struct law_kind *kind = c->im.kind;
    for (int l = 0; l < c->im.shape.n_layers; l++)
        for (int word = 1; word < kind->first_state; word++) {
            const struct law_word *w = &kind->word[word];
            if (!w->range(c->im.law).bits) continue;
            int n = w->scope == LAW_NEURON ? c->im.shape.layer[l].n_out : 1;
            struct corner *x = c->corner + c->first[WORD] + WORD_N * word;
            for (int i = 0; i < n; i++)
                see_bits(x, l, law_image_word(&c->im, l, word, i, 0));
            for (int j = 0; j < WORD_N; j++) {
                x[j].never[l] = x[j].bits & ~x[j].seen[l];
                x[j].why = of_chip;
            }
        }
}

static void see_weights(struct corners *c)
{
    for (int l = 0; l < c->im.shape.n_layers; l++) {
        struct corner *x = c->corner + c->first[WORD];
        uint64_t ones = 0, zeros = 0;
        for (int row = 0; row < c->im.layer[l].n_rows; row++)
            for (int n = 0; n < c->im.shape.layer[l].n_out; n++) {
                uint64_t w = (uint64_t)law_image_word(&c->im, l, 0, n, row);
                ones |= w;
                zeros |= ~w;
            }
        x[0].never[l] = x[0].bits & ~zeros;
        x[1].never[l] = x[1].bits & ~ones;
        x[0].why = x[1].why = of_chip;
    }
}

// A slope that is not 0 is what jitter acts by.
static bool moves(const struct law_image *im)
{
    for (int word = 0; word < im->kind->first_state; word++) {
        const char *at = strstr(im->kind->word[word].name, "_slope");
        for (int l = 0; at && l < im->shape.n_layers; l++)
            for (int n = 0; n < im->shape.layer[l].n_out; n++)
                if (law_image_word(im, l, word, n, 0)) return true;
    }
    return false;
}

bool corners_init(struct corners *c, const struct law_image *im)
{
    *c = (struct corners){.im = *im, .law = corners_law_of(im->kind)};
    c->n = list(c, 0);
    c->corner = calloc((size_t)c->n, sizeof *c->corner);
    c->neuron = calloc((size_t)law_image_neurons(im), sizeof *c->neuron);
    if (!c->corner || !c->neuron) return false;
    list(c, c->corner);
    take_bits(c);
    c->jitters = moves(im);
    for (int l = 0; l < im->shape.n_layers; l++)
        for (int n = 0; n < im->shape.layer[l].n_out; n++)
            for (int synapse = 0; synapse < 2; synapse++)
                c->neuron[first_neuron(c, l) + n].sum[synapse] = corners_sums(im, l, n, synapse);
    if (c->law && !prove(c)) return false;
    see_words(c);
    see_weights(c);
    prove_events(c);
    return true;
}

void corners_fini(struct corners *c)
{
    free(c->corner);
    free(c->neuron);
    c->corner = 0;
    c->neuron = 0;
}

void corners_clear(struct corners *c)
{
    for (int i = 0; i < c->n; i++) {
        if (i >= c->first[WORD] + WORD_N && i < c->first[EVENTS]) continue;
        memset(c->corner[i].count, 0, sizeof c->corner[i].count);
        memset(c->corner[i].seen, 0, sizeof c->corner[i].seen);
    }
}

bool corners_copy(struct corners *to, const struct corners *from)
{
    *to = *from;
    to->neuron = 0;
    to->corner = malloc((size_t)from->n * sizeof *to->corner);
    if (to->corner) memcpy(to->corner, from->corner, (size_t)from->n * sizeof *to->corner);
    return to->corner != 0;
}

void corners_add(struct corners *c, const struct corners *from)
{
    for (int i = 0; i < c->n; i++) {
        struct corner *x = &c->corner[i];
        const struct corner *y = &from->corner[i];
        if (!x->bits) memcpy(x->never, y->never, sizeof x->never);
        for (int l = 0; l < CORNERS_LAYERS; l++) {
            x->count[l] += y->count[l];
            x->seen[l] |= y->seen[l];
            if (y->bits) x->never[l] &= y->never[l];
        }
        x->bits |= y->bits;
        x->why = x->why ? x->why : y->why;
    }
}

// --- counting ------------------------------------------------------------------------------------

static void hit(struct corner *x, int layer, bool happened)
{
    x->count[layer] += happened;
    x->seen[layer] |= happened;
}

static void see_states(struct corners *c, int layer, const void *after)
{
    const struct law_kind *kind = c->im.kind;
    struct corner *x = c->corner + c->first[STATE];
    for (const struct law_word *s = law_states(kind); s < kind->word + kind->n_words;
         s++, x += STATE_N) {
        if (!x->bits) continue;
        const struct law_range range = s->range(c->im.law);
        int64_t word = law_get(s, after);
        hit(&x[0], layer, word == range.lo);
        hit(&x[1], layer, word == range.lo + 1);
        hit(&x[2], layer, word == range.hi - 1);
        hit(&x[3], layer, word == range.hi);
        see_bits(&x[4], layer, word);
    }
}

static void see_rounding(struct corner *x, int layer, int64_t value, int shift)
{
    int64_t below = value & fx_umax(shift), half = (int64_t)fx_one(shift - 1);
    bool odd = fx_bit((uint64_t)value, shift), negative = value < 0;
    if (!below) return;
    if (below == half) hit(&x[2 * negative + odd], layer, true);
    hit(&x[4 + negative], layer, true);
}

static void see_inside(struct corners *c, int layer, const struct corners_tick *t)
{
    for (int i = 0; i < slots(c->law->rounding); i++)
        if (t->rounding[i].shift > 0)
            see_rounding(c->corner + c->first[ROUNDING] + ROUNDING_N * i, layer,
                         t->rounding[i].value, t->rounding[i].shift);
    for (int i = 0; i < slots(c->law->clamp); i++) {
        struct corner *x = c->corner + c->first[CLAMP] + CLAMP_N * i;
        int64_t value = t->clamp[i].value, lo = t->clamp[i].lo, hi = t->clamp[i].hi;
        if (lo >= hi) continue;
        hit(&x[0], layer, value < lo);
        hit(&x[1], layer, value == lo);
        hit(&x[2], layer, value == lo + 1);
        hit(&x[3], layer, value == hi - 1);
        hit(&x[4], layer, value == hi);
        hit(&x[5], layer, value > hi);
    }
    for (int i = 0; i < slots(c->law->compare); i++) {
        struct corner *x = c->corner + c->first[COMPARE] + COMPARE_N * i;
        int64_t d = t->compare[i].difference;
        if (t->compare[i].asked && d >= -1 && d <= 1) hit(&x[d + 1], layer, true);
    }
    for (int i = 0; i < slots(c->law->flag); i++)
        hit(c->corner + c->first[FLAG] + i, layer, t->flag[i]);
}

static void see_sources(struct corners *c, const struct law_tick *in, int layer, int neuron)
{
    const struct law_word *weight = c->im.kind->word;
    const char *w = in->w;
    const struct corners_interval *due = c->neuron[first_neuron(c, layer) + neuron].sum;
    struct corner *x = c->corner + c->first[WORD];
    int64_t sum = 0;
    for (int r = 0; r < in->n_source; r++) {
        if (!in->x[r]) continue;
        int64_t word = law_get(weight, w + (size_t)r * (size_t)in->stride * weight->size);
        see_bits(x, layer, word);
        sum += word * in->x[r];
    }
    x = c->corner + c->first[EVENTS];
    hit(&x[LARGEST_SUM], layer, due->hi > 0 && sum == due->hi);
    hit(&x[SMALLEST_SUM], layer, due->lo < 0 && sum == due->lo);
}

static void see_fired(struct corners *c, int layer, int neuron, bool fired)
{
    int n_out = c->im.shape.layer[layer].n_out;
    struct corner *x = c->corner + c->first[EVENTS];
    int32_t *count = &c->neuron[first_neuron(c, layer)].fired;
    *count = (neuron ? *count : 0) + fired;
    if (neuron < n_out - 1) return;
    hit(&x[ALL_FIRE], layer, *count == n_out);
    hit(&x[NONE_FIRE], layer, *count == 0);
}

void corners_see(struct corners *c, const struct law_tick *in, int layer, int neuron,
                 const void *before, const void *stages, const void *after)
{
    const struct law_kind *kind = c->im.kind;
    see_states(c, layer, after);
    see_sources(c, in, layer, neuron);
    see_fired(c, layer, neuron, law_get(&kind->stage[kind->fire], stages) != 0);
    if (!c->law) return;
    struct corners_tick t;
    memset(&t, 0, sizeof t);
    c->law->tick(in, before, stages, after, &t);
    see_inside(c, layer, &t);
}

void corners_see_tick(struct corners *c, const struct stimulus *s, int tick)
{
    const struct corners_interval of = corners_inputs(&c->im, 0);
    struct corner *x = c->corner + c->first[EVENTS];
    int n_in = c->im.shape.layer[0].n_in, events = 0;
    int jitter = s->jitter ? s->jitter[tick] : 0;
    for (int i = 0; i < n_in; i++) {
        int32_t word = stimulus_x(s, n_in, tick, i);
        if (!word) continue;
        events++;
        hit(&x[LARGEST_X], 0, word == of.hi);
        hit(&x[SMALLEST_X], 0, word == (of.lo ? of.lo : 1));
        hit(&x[X_ONE], 0, word == 1);
    }
    hit(&x[NONE], 0, events == 0);
    hit(&x[ALL], 0, events == n_in);
    hit(&x[JITTER_LOW], 0, jitter == fx_min(16));
    hit(&x[JITTER_0], 0, jitter == 0);
    hit(&x[JITTER_HIGH], 0, jitter == fx_max(16));
}

struct watched {
    struct corners *c;
    const struct reference *r;
    const struct stimulus *s;
};

static void watch(void *context, int tick, int layer, int neuron, const void *before,
                  const void *stages, const void *after)
{
    const struct watched *w = context;
    const struct law_tick in = reference_inputs(w->r, w->s, tick, layer, neuron);
    corners_see(w->c, &in, layer, neuron, before, stages, after);
}

void corners_tick_of(struct corners *c, struct reference *r, const struct stimulus *s, int tick)
{
    struct watched w = {c, r, s};
    corners_see_tick(c, s, tick);
    reference_tick(r, s, tick, watch, &w);
}

void corners_run(struct corners *c, struct reference *r, const struct stimulus *s)
{
    reference_rest(r);
    for (int tick = 0; tick < s->n_ticks; tick++)
        corners_tick_of(c, r, s, tick);
}

// --- what was reached ----------------------------------------------------------------------------

static uint64_t seen_of(const struct corner *x)
{
    uint64_t seen = 0;
    for (int l = 0; l < CORNERS_LAYERS; l++)
        seen |= x->seen[l];
    return seen & x->bits;
}

// Bits that no layer of the image can have.
static uint64_t never_of(const struct corners *c, const struct corner *x)
{
    uint64_t never = x->bits;
    for (int l = 0; l < c->im.shape.n_layers; l++)
        never &= x->never[l];
    return never;
}

static int ones(uint64_t x)
{
    int n = 0;
    for (int i = 0; i < 64; i++)
        n += fx_bit(x, i);
    return n;
}

int64_t corner_count(const struct corner *x)
{
    int64_t n = 0;
    if (x->of_bits) return ones(seen_of(x));
    for (int l = 0; l < CORNERS_LAYERS; l++)
        n += x->count[l];
    return n;
}

bool corner_there(const struct corner *x)
{
    return x->bits != 0;
}

bool corner_reached(const struct corner *x)
{
    return seen_of(x) == x->bits;
}

uint64_t corner_open(const struct corners *c, const struct corner *x)
{
    return x->bits & ~seen_of(x) & ~never_of(c, x);
}

struct corners_sum corners_sum(const struct corners *c)
{
    struct corners_sum sum = {0};
    for (int i = 0; i < c->n; i++) {
        const struct corner *x = &c->corner[i];
        if (!corner_there(x)) continue;
        if (corner_reached(x))
            sum.reached++;
        else if (corner_open(c, x))
            sum.open++;
        else
            sum.impossible++;
    }
    return sum;
}

static size_t put_bits(char *text, size_t size, size_t at, uint64_t bits)
{
    const char *apart = " ";
    for (int i = 0; i < 64; i++)
        if (fx_bit(bits, i) && at < size) {
            at += (size_t)snprintf(text + at, size - at, "%s%d", apart, i);
            apart = ", ";
        }
    return at;
}

void corner_left(const struct corners *c, const struct corner *x, char *text, size_t size)
{
    uint64_t open = corner_open(c, x), never = x->bits & ~seen_of(x) & ~open;
    size_t at = 0;
    *text = 0;
    if (open && x->of_bits) {
        at = put_bits(
            text, size,
            (size_t)snprintf(text, size, "not reached: bit%s", open & (open - 1) ? "s" : ""), open);
    } else if (open)
        at = (size_t)snprintf(text, size, "not reached");
    if (never && at < size) {
        at += (size_t)snprintf(text + at, size - at, "%sout of reach: ", at ? "; " : "");
        if (x->of_bits && x->why != of_chip && at < size)
            at = put_bits(text, size,
                          at + (size_t)snprintf(text + at, size - at, "bit%s",
                                                never & (never - 1) ? "s" : ""),
                          never);
        if (at < size)
            snprintf(text + at, size - at, "%s%s", x->of_bits && x->why != of_chip ? ", " : "",
                     x->why ? x->why : "");
    }
}

void corner_line(const struct corners *c, const struct corner *x, char *text, size_t size)
{
    char left[160];
    size_t at = (size_t)snprintf(text, size, "%-60s %10lld", x->name, (long long)corner_count(x));
    corner_left(c, x, left, sizeof left);
    if (x->of_bits && at < size)
        at += (size_t)snprintf(text + at, size - at, " of %d", ones(x->bits));
    if (*left && at < size) snprintf(text + at, size - at, "  %s", left);
}

void corners_print(const struct corners *c, FILE *to)
{
    const struct corners_sum sum = corners_sum(c);
    char text[320];
    fprintf(to, "reached: %d of %d corners, %d out of reach, %d not reached\n", sum.reached,
            sum.reached + sum.impossible + sum.open, sum.impossible, sum.open);
    for (int i = 0; i < c->n; i++) {
        if (!corner_there(&c->corner[i])) continue;
        corner_line(c, &c->corner[i], text, sizeof text);
        fprintf(to, "  %s\n", text);
    }
}
