#include "cosim/adequacy/wrong.h"

#include "cosim/adequacy/moment.h"
#include "model/fields.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const wrong_groups[WRONG_GROUPS] = {
    "the law",      "a rounding",     "all words of a kind",
    "a state word", "order and time", "one source or neuron"};

static const char *const word_changes[WORD_CHANGES] = {
    "one bit narrower", "without its lowest bit", "0 in all neurons", "one LSB more",
    "one LSB less",     "the next neuron's",      "stuck at 0",       "stuck at 1"};
static const char *const round_changes[ROUND_CHANGES] = {
    "rounds half up",        "rounds half down",  "rounds half away from zero",
    "rounds half to zero",   "one LSB more",      "one LSB less",
    "rounds to floor",       "rounds to ceiling", "rounds to zero",
    "rounds to nearest even"};
static const char *const order_changes[ORDER_CHANGES] = {
    [ORDER_NO_JITTER] = "jitter is ignored",
    [ORDER_LATE_JITTER] = "jitter is that of the tick before",
    [ORDER_MINUS_JITTER] = "jitter has the other sign",
    [ORDER_OWN_AT_ONCE] = "own spikes are heard in the same tick",
    [ORDER_OWN_UNHEARD] = "own spikes are not heard",
    [ORDER_OWN_LATE] = "own spikes are heard two ticks later",
    [ORDER_LAYER_LATE] = "the layer before is heard a tick late",
    [ORDER_TAPS_UNHEARD] = "only the first tap is heard",
    [ORDER_TAPS_AT_ONCE] = "all taps hear this tick",
    [ORDER_EVENTS_LATE] = "events are heard a tick late",
    [ORDER_FIRST_LOST] = "the first event of a tick is lost",
    [ORDER_LAST_LOST] = "the last event of a tick is lost",
    [ORDER_FIRST_TWICE] = "the first event of a tick counts twice",
    [ORDER_HALF_LOST] = "events beyond half of the sources are lost",
    [ORDER_REVERSED] = "sources in reversed order",
    [ORDER_NEXT_ROW] = "weights of the next source",
    [ORDER_OWN_FIRST] = "weights of own spikes before those of inputs",
    [ORDER_NEXT_NEURON] = "weights of the next neuron",
    [ORDER_X_NARROW] = "events one bit narrower",
    [ORDER_X_COARSE] = "events without their lowest bit",
    [ORDER_X_ONE] = "every event counts as 1",
    [ORDER_SUM_NARROW] = "a sum one bit too narrow, wraps",
    [ORDER_SUM_NARROWER] = "a sum three bits too narrow, wraps",
    [ORDER_SUM_SATURATES] = "a sum one bit too narrow, saturates",
    [ORDER_SUM_PLUS_1] = "a sum one LSB more",
    [ORDER_SUM_MINUS_1] = "a sum one LSB less",
    [ORDER_ONLY_EVENTS] = "nothing happens in a tick without events",
    [ORDER_NOT_CLEARED] = "state stays from clip to clip",
    [ORDER_SYNAPSES] = "the two synapses swapped"};

// Counts what would be added, or adds it.
struct list {
    struct adequacy *a;
    int n, n_laws;
    struct wrong nowhere; // where what is only counted goes
};

static struct wrong *add(struct list *to, enum wrong_group group, int what, int word, int bit,
                         const char *format, ...)
{
    struct wrong *w = to->a->wrong ? &to->a->wrong[to->n] : &to->nowhere;
    va_list args;
    to->n++;
    *w = (struct wrong){.group = group, .what = what, .word = word, .bit = bit};
    va_start(args, format);
    vsnprintf(w->name, sizeof w->name, format, args);
    va_end(args);
    return w;
}

// --- laws ----------------------------------------------------------------------------------------

// Whether words of the chip are the same ones under another law: a device of other tables is another one.
static bool same_tables(const struct law_kind *kind, const void *a, const void *b)
{
    for (int word = 0; word < kind->first_state; word++) {
        const struct law_word *x = &kind->word[word];
        if (x->scope != LAW_CHIP) continue;
        if (x->range(a).bits != x->range(b).bits) return false;
        if (x->entries && x->entries(a) != x->entries(b)) return false;
    }
    return true;
}

// A law that differs in one choice, if it is one and the model computes it on this image.
static void add_law(struct list *to, const void *law, const char *format, ...)
{
    const struct law_kind *kind = to->a->im.kind;
    char name[80];
    va_list args;
    if (kind->check(law) || !same_tables(kind, law, to->a->im.law)) return;
    if (kind->fits && kind != &dpi_kind) {
        struct image im = *(const struct image *)to->a->im.image;
        memcpy(im.params, law, kind->law);
        if (kind->fits(&im)) return;
    }
    va_start(args, format);
    vsnprintf(name, sizeof name, format, args);
    va_end(args);
    struct wrong *w = add(to, WRONG_LAW, 0, 0, 0, "law: %s", name);
    if (to->a->laws) {
        unsigned char *at = to->a->laws + (size_t)to->n_laws * LAW_BYTES;
        memcpy(at, law, kind->law);
        w->law = at;
    }
    to->n_laws++;
}

// Whether a change leaves every word of the kind as it is: the same device on this chip.
static bool same(const struct law_image *im, int word, int change, int bit)
{
    const struct law_word *x = &im->kind->word[word];
    const struct law_range range = x->range(im->law);
    for (int l = 0; l < im->shape.n_layers; l++) {
        int n_out = im->shape.layer[l].n_out;
        for (int row = 0; row < (word ? 1 : im->layer[l].n_rows); row++)
            for (int n = 0; n < n_out; n++) {
                int64_t own = law_image_word(im, l, word, n, row);
                int64_t now = change == WORD_NEIGHBOUR
                                  ? law_image_word(im, l, word, (n + 1) % n_out, row)
                                  : moment_word(&range, change, bit, own);
                if (now != own) return false;
            }
    }
    return true;
}

static const char *told(const struct field *x, int value, char text[16])
{
    if (x->names && x->names[value]) return x->names[value];
    if (x->kind == FIELD_SWITCH || x->kind == FIELD_SIGN) return value ? "true" : "false";
    snprintf(text, 16, "%d", value);
    return text;
}

static void add_formats(struct list *to, const struct field *x)
{
    static const struct {
        int whole, frac;
        const char *what;
    } moves[] = {{-1, 0, "one bit narrower"},
                 {1, 0, "one bit wider"},
                 {-1, 1, "its point one bit higher"},
                 {1, -1, "its point one bit lower"}};
    for (size_t i = 0; i < sizeof moves / sizeof *moves; i++) {
        unsigned char law[LAW_BYTES] = {0};
        struct law_format f;
        memcpy(law, to->a->im.law, to->a->im.kind->law);
        memcpy(&f, law + x->at, sizeof f);
        if (law_bits(f) + moves[i].whole + moves[i].frac < 2) continue;
        if (i == 0 && !strcmp(x->name, to->a->im.kind->word->name) &&
            same(&to->a->im, 0, WORD_NARROW, 0))
            continue;
        f.int_bits = (int8_t)(f.int_bits + moves[i].whole);
        f.frac_bits = (int8_t)(f.frac_bits + moves[i].frac);
        memcpy(law + x->at, &f, sizeof f);
        add_law(to, law, "%s %s", x->name, moves[i].what);
    }
}

static void add_laws(struct list *to)
{
    const void *right = to->a->im.law;
    for (const struct field *x = to->a->im.kind->parameter; x->name; x++) {
        if (!field_counts(x, right) || !strcmp(x->name, "input") ||
            !strcmp(x->name, "input_signed"))
            continue; // what comes in is the stimulus'
        if (x->kind == FIELD_FORMAT || x->kind == FIELD_UNSIGNED) {
            add_formats(to, x);
            continue;
        }
        int own = field_get(x, right);
        const bool one_of =
            x->kind == FIELD_CHOICE || x->kind == FIELD_SWITCH || x->kind == FIELD_SIGN;
        int lo = one_of ? 0 : own - 1, hi = x->kind == FIELD_CHOICE ? x->hi : one_of ? 1 : own + 1;
        for (int value = lo; value <= hi; value++) {
            unsigned char law[LAW_BYTES] = {0};
            char from[16], now[16];
            if (value == own || (!one_of && (value < x->lo || value > x->hi))) continue;
            memcpy(law, right, to->a->im.kind->law);
            field_set(x, law, value);
            add_law(to, law, "%s %s instead of %s", x->name, told(x, value, now),
                    told(x, own, from));
        }
    }
}

// --- words, states, roundings --------------------------------------------------------------------

static void add_words(struct list *to)
{
    const struct law_kind *kind = to->a->im.kind;
    for (int word = 0; word < kind->first_state; word++) {
        const struct law_word *x = &kind->word[word];
        const struct law_range range = x->range(to->a->im.law);
        if (!range.bits || x->scope == LAW_CHIP) continue;
        for (int change = 0; change < WORD_STUCK_0; change++)
            if (!same(&to->a->im, word, change, 0))
                add(to, WRONG_WORDS, change, word, 0, "%s: %s", x->name, word_changes[change]);
        for (int bit = 0; bit < range.bits; bit++)
            for (int change = WORD_STUCK_0; change <= WORD_STUCK_1; change++)
                if (!same(&to->a->im, word, change, bit))
                    add(to, WRONG_WORDS, change, word, bit, "%s: bit %d %s", x->name, bit,
                        word_changes[change]);
    }
}

static void add_states(struct list *to)
{
    const struct law_kind *kind = to->a->im.kind;
    for (int word = kind->first_state; word < kind->n_words; word++) {
        const struct law_word *x = &kind->word[word];
        const struct law_range range = x->range(to->a->im.law);
        if (!range.bits) continue;
        add(to, WRONG_STATE, STATE_WRAPS, word, 0, "%s: one bit narrower, wraps", x->name);
        add(to, WRONG_STATE, STATE_SATURATES, word, 0, "%s: one bit narrower, saturates", x->name);
        add(to, WRONG_STATE, STATE_COARSE, word, 0, "%s: without its lowest bit", x->name);
        add(to, WRONG_STATE, STATE_KEPT, word, 0, "%s: never changes", x->name);
        for (int bit = 0; bit < range.bits; bit++) {
            add(to, WRONG_STATE, STATE_STUCK_0, word, bit, "%s: bit %d stuck at 0", x->name, bit);
            add(to, WRONG_STATE, STATE_STUCK_1, word, bit, "%s: bit %d stuck at 1", x->name, bit);
        }
    }
}

// What is not the law's own way, and no law of another choice either.
static bool apart(const struct adequacy *a, int slot, int change)
{
    enum fx_round right = a->law->way(a->im.law, slot);
    const bool chosen = a->law->chosen(slot);
    switch (change) {
    case ROUND_FLOOR:
        return !chosen && right != FX_FLOOR;
    case ROUND_CEILING:
        return !chosen && right != FX_CEILING;
    case ROUND_ZERO:
        return !chosen && right != FX_TOWARD_ZERO;
    case ROUND_EVEN:
        return !chosen && right != FX_NEAREST_EVEN;
    default:
        return true;
    }
}

static void add_roundings(struct list *to)
{
    const struct adequacy *a = to->a;
    for (int slot = 0; a->law && slot < CORNERS_SLOTS && a->law->rounding[slot]; slot++) {
        if (!a->law->nudges(&a->im, slot)) continue;
        for (int change = 0; change < ROUND_CHANGES; change++)
            if (apart(a, slot, change))
                add(to, WRONG_ROUNDING, change, slot, 0, "%s: %s", a->law->rounding[slot],
                    round_changes[change]);
    }
}

// --- orders and parts ----------------------------------------------------------------------------

static bool any_recurrent(const struct law_image *im)
{
    for (int l = 0; l < im->shape.n_layers; l++)
        if (im->shape.layer[l].recurrent) return true;
    return false;
}

static bool any_taps(const struct law_image *im)
{
    for (int l = 0; l < im->shape.n_layers; l++)
        if (im->shape.layer[l].taps > 1) return true;
    return false;
}

static bool has_slopes(const struct law_image *im)
{
    struct corners c;
    bool moves = corners_init(&c, im) && c.jitters;
    corners_fini(&c);
    return moves;
}

static void add_orders(struct list *to)
{
    const struct law_image *im = &to->a->im;
    const bool slopes = has_slopes(im), own = any_recurrent(im), taps = any_taps(im);
    const bool graded = corners_inputs(im, 0).hi > 1;
    bool two = false;
    for (int l = 0; l < im->shape.n_layers; l++)
        two |= im->layer[l].n_rows > im->layer[l].n_source;
    for (int i = 0; i < ORDER_CHANGES; i++) {
        if (i <= ORDER_MINUS_JITTER && !slopes) continue;
        if ((i == ORDER_OWN_AT_ONCE || i == ORDER_OWN_UNHEARD || i == ORDER_OWN_LATE ||
             i == ORDER_OWN_FIRST) &&
            !own)
            continue;
        if ((i == ORDER_TAPS_UNHEARD || i == ORDER_TAPS_AT_ONCE) && !taps) continue;
        if (i == ORDER_LAYER_LATE && im->shape.n_layers == 1) continue;
        if ((i == ORDER_X_NARROW || i == ORDER_X_COARSE || i == ORDER_X_ONE) && !graded) continue;
        if (i == ORDER_SYNAPSES && !two) continue;
        add(to, WRONG_ORDER, i, 0, 0, "%s", order_changes[i]);
    }
}

static void add_parts(struct list *to)
{
    const struct law_image *im = &to->a->im;
    for (int l = 0; l < im->shape.n_layers; l++) {
        const bool one = im->shape.layer[l].topology == IMAGE_ONE_TO_ONE;
        int sources = one ? im->shape.layer[l].n_in : im->layer[l].n_source;
        for (int i = 0; i < sources; i++) {
            struct wrong *w = add(to, WRONG_PART, PART_SOURCE_DEAD, 0, 0,
                                  "layer %d: source %d is not heard", l, i);
            w->layer = l;
            w->source = i;
        }
        for (int i = 0; i + 1 < sources && !one; i++) {
            struct wrong *w = add(to, WRONG_PART, PART_SOURCE_NEXT, 0, 0,
                                  "layer %d: sources %d and %d swapped", l, i, i + 1);
            w->layer = l;
            w->source = i;
        }
        for (int i = 0; i < im->shape.layer[l].n_out; i++) {
            struct wrong *w = add(to, WRONG_PART, PART_NEURON_DEAD, 0, 0,
                                  "layer %d: neuron %d does nothing", l, i);
            w->layer = l;
            w->source = i;
        }
    }
}

static struct list all(struct adequacy *a)
{
    struct list to = {.a = a};
    add_laws(&to);
    add_roundings(&to);
    add_words(&to);
    add_states(&to);
    add_orders(&to);
    add_parts(&to);
    return to;
}

// --- single bits ---------------------------------------------------------------------------------

size_t wrong_weight(const struct law_image *im, int layer, int row, int neuron)
{
    size_t at = 0;
    for (int l = 0; l < layer; l++)
        at += (size_t)im->layer[l].n_rows * (size_t)im->shape.layer[l].n_out;
    return at + (size_t)row * (size_t)im->shape.layer[layer].n_out + (size_t)neuron;
}

enum { ASKED = 1 << 18 }; // words of a kind, of each bit, at most

// Bits that a stuck one changes, of each word that is asked: one of *each.
static bool alive(struct adequacy *a, int word, int *each)
{
    const struct law_kind *kind = a->im.kind;
    const struct law_range range = kind->word[word].range(a->im.law);
    int last = a->im.shape.n_layers - 1;
    size_t n = word ? (size_t)law_image_neurons(&a->im)
                    : wrong_weight(&a->im, last, a->im.layer[last].n_rows, 0),
           at = 0;
    *each = (int)(n / ASKED) + 1;
    for (int stuck = 0; stuck < 2; stuck++)
        if (!(a->alive[stuck][word] = calloc(n + 1, sizeof **a->alive[stuck]))) return false;
    for (int l = 0; l < a->im.shape.n_layers; l++)
        for (int row = 0; row < (word ? 1 : a->im.layer[l].n_rows); row++)
            for (int i = 0; i < a->im.shape.layer[l].n_out; i++, at++) {
                uint64_t x = (uint64_t)law_image_word(&a->im, l, word, i, row);
                uint64_t bits = (uint64_t)fx_umax(range.bits > 62 ? 62 : range.bits);
                if (at % (size_t)*each) continue;
                a->alive[0][word][at] = x & bits;
                a->alive[1][word][at] = ~x & bits;
            }
    return true;
}

static int64_t count(uint64_t x)
{
    int64_t n = 0;
    for (; x; x &= x - 1)
        n++;
    return n;
}

void adequacy_end(struct adequacy *a)
{
    for (int i = 0; i < a->n_bits; i++) {
        struct wrong_bits *b = &a->bits[i];
        size_t at = 0;
        int64_t left = 0;
        b->first[0] = 0;
        for (int l = 0; l < a->im.shape.n_layers; l++)
            for (int row = 0; row < (b->word ? 1 : a->im.layer[l].n_rows); row++)
                for (int n = 0; n < a->im.shape.layer[l].n_out; n++, at++)
                    for (int stuck = 0; stuck < 2; stuck++) {
                        uint64_t bits = a->alive[stuck][b->word][at];
                        left += count(bits);
                        if (!bits || b->first[0]) continue;
                        int bit = 0;
                        while (!fx_bit(bits, bit))
                            bit++;
                        char source[24] = "";
                        if (!b->word) snprintf(source, sizeof source, ", source %d", row);
                        snprintf(b->first, sizeof b->first, "layer %d, neuron %d%s, bit %d at %d",
                                 l, n, source, bit, stuck);
                    }
        b->found = b->n - left;
    }
}

bool adequacy_init(struct adequacy *a, const struct law_image *im)
{
    const struct law_kind *kind = im->kind;
    *a = (struct adequacy){.im = *im, .law = corners_law_of(kind)};
    for (int l = 0; l < im->shape.n_layers; l++)
        for (int n = 0; n < im->shape.layer[l].n_out; n++) {
            const struct corners_interval sum = corners_sums(im, l, n, 0);
            int low = fx_ubits((uint64_t)-sum.lo), high = fx_ubits((uint64_t)sum.hi);
            int bits = 1 + (low > high ? low : high);
            a->sum_bits[l] = bits > a->sum_bits[l] ? bits : a->sum_bits[l];
        }
    struct list to = all(a);
    a->kept = calloc((size_t)law_image_neurons(im), kind->state);
    a->wrong = calloc((size_t)to.n + 1, sizeof *a->wrong);
    a->laws = calloc((size_t)to.n_laws + 1, LAW_BYTES);
    for (int stuck = 0; stuck < 2; stuck++)
        a->alive[stuck] = calloc(LAW_MAX_WORDS, sizeof *a->alive[stuck]);
    if (!a->kept || !a->wrong || !a->laws || !a->alive[0] || !a->alive[1]) return false;
    a->n = all(a).n;
    for (int word = 0; word < kind->first_state; word++) {
        if (!kind->word[word].range(im->law).bits || kind->word[word].scope == LAW_CHIP) continue;
        struct wrong_bits *b = &a->bits[a->n_bits++];
        b->word = word;
        if (!alive(a, word, &b->each)) return false;
    }
    adequacy_end(a); // all of them are left
    for (int i = 0; i < a->n_bits; i++)
        a->bits[i].n = -a->bits[i].found;
    return true;
}

void adequacy_fini(struct adequacy *a)
{
    for (int stuck = 0; stuck < 2; stuck++) {
        for (int word = 0; a->alive[stuck] && word < LAW_MAX_WORDS; word++)
            free(a->alive[stuck][word]);
        free(a->alive[stuck]);
    }
    free(a->wrong);
    free(a->laws);
    free(a->kept);
}
