#include "cosim/adequacy/moment.h"

#include <stdlib.h>
#include <string.h>

enum { BYTES = LAW_MAX_WORDS * sizeof(int64_t) };

// A neuron's tick as a wrong device has it.
struct wrong_tick {
    _Alignas(8) char neuron[BYTES], state[BYTES], stages[BYTES];
    struct law_tick in;
    int64_t sum; // more than what is gathered
};

static int most_sources(const struct law_image *im)
{
    int most = 0;
    for (int l = 0; l < im->shape.n_layers; l++)
        most = im->layer[l].n_source > most ? im->layer[l].n_source : most;
    return most;
}

bool moment_room_new(struct moment_room *r, const struct law_image *im)
{
    size_t n = (size_t)most_sources(im) + 2;
    r->w = calloc(2 * n, im->kind->word->size);
    r->x = calloc(n, sizeof *r->x);
    r->hidden = calloc((size_t)law_image_neurons(im), im->kind->state);
    return r->w && r->x && r->hidden;
}

void moment_room_free(struct moment_room *r)
{
    free(r->w);
    free(r->x);
    free(r->hidden);
    *r = (struct moment_room){0};
}

// --- words ---------------------------------------------------------------------------------------

static int64_t in_format(const struct law_range *range, int bits, int64_t x)
{
    return range->is_signed ? fx_wrap(x, bits) : x & fx_umax(bits);
}

static int64_t changed(const struct law_range *range, int change, int bit, int64_t x)
{
    switch (change) {
    case WORD_NARROW:
        return range->bits > 1 ? in_format(range, range->bits - 1, x) : 0;
    case WORD_COARSE:
        return x & ~(int64_t)1;
    case WORD_ZERO:
        return 0;
    case WORD_PLUS_1:
        return fx_sat(x + 1, range->lo, range->hi);
    case WORD_MINUS_1:
        return fx_sat(x - 1, range->lo, range->hi);
    case WORD_STUCK_0:
        return in_format(range, range->bits, x & ~(int64_t)fx_one(bit));
    case WORD_STUCK_1:
        return in_format(range, range->bits, x | (int64_t)fx_one(bit));
    default:
        return x;
    }
}

// What a word cannot be under its law (a current of 0, whose logarithm is asked) no device is asked for.
int64_t moment_word(const struct law_range *range, int change, int bit, int64_t x)
{
    return fx_sat(changed(range, change, bit, x), range->lo, range->hi);
}

// --- sources -------------------------------------------------------------------------------------

// A weight of the moment's neuron, or of another one of its layer.
static int64_t weight(const struct adequacy *a, const struct moment *m, int synapse, int row,
                      int neuron)
{
    if (synapse * m->in.n_source + row >= a->im.layer[m->layer].n_rows) return 0;
    return law_image_word(&a->im, m->layer, 0, neuron, synapse * m->in.n_source + row);
}

// The sources that a device hears, one by one: word, row and neuron of the weight.
struct source {
    int64_t x;
    int row, neuron;
};

static void put_sources(const struct adequacy *a, const struct moment *m, const struct wrong *w,
                        struct moment_room *room, struct wrong_tick *t)
{
    const struct law_word *weights = a->im.kind->word;
    const struct law_range range = weights->range(a->im.law);
    const struct law_range told = weights->range(w && w->group == WRONG_LAW ? w->law : a->im.law);
    const int n = m->in.n_source, n_out = a->im.shape.layer[m->layer].n_out;
    const int own = a->im.shape.layer[m->layer].recurrent ? n - n_out : n;
    const bool one = a->im.shape.layer[m->layer].topology == IMAGE_ONE_TO_ONE;
    const int order = w && w->group == WRONG_ORDER ? w->what : -1;
    const int part = w && w->group == WRONG_PART && w->layer == m->layer ? w->what : -1;
    const bool words = w && w->group == WRONG_WORDS && w->word == 0;
    const struct corners_interval of = corners_inputs(&a->im, m->layer);
    const int x_bits = of.lo < 0 ? fx_ubits((uint64_t)of.hi) + 1 : fx_ubits((uint64_t)of.hi);
    const struct law_range x_range = {of.lo, of.hi, x_bits, 0, of.lo < 0};
    // Where words of other sources than those of this tick may count, all are looked at.
    const int n_in = one ? n : a->im.shape.layer[m->layer].n_in;
    const bool all = order == ORDER_TAPS_AT_ONCE || order == ORDER_OWN_AT_ONCE ||
                     order == ORDER_OWN_LATE || order == ORDER_LAYER_LATE ||
                     order == ORDER_EVENTS_LATE || part == PART_SOURCE_NEXT;
    int n_put = 0, n_seen = 0, n_all = all ? n : m->n_active;
    for (int i = 0; i < n_all; i++) {
        int row = all ? i : m->active[i], neuron = m->neuron, of_row = row;
        int64_t x = m->in.x[row];
        bool mine = row >= own;
        int source = one ? m->neuron : row; // of the layer
        if (order == ORDER_OWN_AT_ONCE && mine) x = m->own_now[row - own];
        if (order == ORDER_OWN_LATE && mine) x = m->own_late ? m->own_late[row - own] : 0;
        if (order == ORDER_OWN_UNHEARD && mine) x = 0;
        if (order == ORDER_TAPS_UNHEARD && !mine && row >= n_in) x = 0;
        if (order == ORDER_TAPS_AT_ONCE && !mine) x = m->in.x[row % n_in];
        if (!mine &&
            ((order == ORDER_LAYER_LATE && m->layer) || (order == ORDER_EVENTS_LATE && !m->layer)))
            x = m->heard_late ? m->heard_late[source] : 0;
        if (part == PART_SOURCE_DEAD && source == w->source) x = 0;
        if (part == PART_SOURCE_NEXT && !one && (source == w->source || source == w->source + 1))
            x = m->in.x[source == w->source ? w->source + 1 : w->source];
        if (!mine && !m->layer) {
            if (order == ORDER_X_NARROW) x = x_bits > 1 ? in_format(&x_range, x_bits - 1, x) : x;
            if (order == ORDER_X_COARSE) x &= ~(int64_t)1;
            if (order == ORDER_X_ONE && x) x = 1;
        }
        if (!x) continue;
        n_seen++;
        if (order == ORDER_FIRST_LOST && n_seen == 1) continue;
        if (order == ORDER_LAST_LOST && i == n_all - 1) continue;
        if (order == ORDER_HALF_LOST && 2 * n_seen > n + 1) continue;
        if (order == ORDER_FIRST_TWICE && n_seen == 1) x = 2 * x;
        if (order == ORDER_REVERSED) of_row = n - 1 - row;
        if (order == ORDER_NEXT_ROW) of_row = (row + 1) % n;
        if (order == ORDER_OWN_FIRST && own < n) of_row = (row + n_out) % n;
        if (order == ORDER_NEXT_NEURON || (words && w->what == WORD_NEIGHBOUR))
            neuron = (neuron + 1) % n_out;
        for (int synapse = 0; synapse < 2; synapse++) {
            int from = order == ORDER_SYNAPSES ? 1 - synapse : synapse;
            int64_t word = weight(a, m, from, of_row, neuron);
            if (words) word = moment_word(&range, w->what, w->bit, word);
            if (w && w->group == WRONG_LAW) word = in_format(&told, told.bits, word);
            law_set(weights, (char *)room->w + (size_t)(n_put + synapse * (n + 2)) * weights->size,
                    word);
        }
        room->x[n_put++] = (int32_t)x;
    }
    t->in.n_source = n_put;
}

// More than what was gathered, as a source of its own; the second synapse's weights behind the first's.
static void put_sum(const struct adequacy *a, const struct moment *m, struct moment_room *room,
                    struct wrong_tick *t)
{
    const struct law_word *weights = a->im.kind->word;
    int n = t->in.n_source, apart = m->in.n_source + 2;
    if (t->sum) {
        law_set(weights, (char *)room->w + (size_t)n * weights->size, 1);
        law_set(weights, (char *)room->w + (size_t)(n + apart) * weights->size, 0);
        room->x[n++] = (int32_t)t->sum;
    }
    memmove((char *)room->w + (size_t)n * weights->size,
            (char *)room->w + (size_t)apart * weights->size, (size_t)n * weights->size);
    t->in.n_source = n;
    t->in.w = room->w;
    t->in.x = room->x;
    t->in.stride = 1;
}

// --- devices -------------------------------------------------------------------------------------

static int64_t gathered(const struct adequacy *a, const struct moment *m)
{
    int64_t sum = 0;
    for (int i = 0; i < m->n_active; i++)
        sum += weight(a, m, 0, m->active[i], m->neuron) * m->in.x[m->active[i]];
    return sum;
}

// What an accumulator of fewer bits than the sums of the layer need adds to a sum.
static int64_t narrow_sum(const struct adequacy *a, const struct moment *m, int change)
{
    int64_t sum = gathered(a, m);
    int bits = a->sum_bits[m->layer] - (change == ORDER_SUM_NARROWER ? 3 : 1);
    if (bits < 2) return 0;
    if (change == ORDER_SUM_SATURATES) return fx_sat(sum, fx_min(bits), fx_max(bits)) - sum;
    return fx_wrap(sum, bits) - sum;
}

// The rounded value of a product by a wrong device, less the right one.
static int64_t rounded_apart(enum round_change change, int64_t value, int shift,
                             enum fx_round right)
{
    int64_t low = value & fx_umax(shift), floor = fx_shr_floor(value, shift), wrong = floor;
    int64_t half = (int64_t)fx_one(shift - 1);
    const bool tie = low == half, above = low > half, negative = value < 0;
    switch (change) {
    case ROUND_HALF_UP:
        wrong += above || tie;
        break;
    case ROUND_HALF_DOWN:
        wrong += above;
        break;
    case ROUND_HALF_AWAY:
        wrong += above || (tie && !negative);
        break;
    case ROUND_HALF_ZERO:
        wrong += above || (tie && negative);
        break;
    case ROUND_FLOOR:
        break;
    case ROUND_CEILING:
        wrong += low != 0;
        break;
    case ROUND_ZERO:
        wrong += low != 0 && negative;
        break;
    case ROUND_EVEN:
        wrong = fx_shr_rne(value, shift);
        break;
    default:
        return change == ROUND_PLUS_1 ? 1 : -1;
    }
    return wrong - fx_shr(value, shift, right);
}

// Changes what a device has of the neuron's words. False: nothing is changed.
static bool change_words(const struct adequacy *a, const struct wrong *w, const struct moment *m,
                         struct wrong_tick *t)
{
    const struct law_word *x = &a->im.kind->word[w->word];
    const struct law_range range = x->range(a->im.law);
    if (w->word == 0) return true; // with the sources
    int n_out = a->im.shape.layer[m->layer].n_out;
    int64_t word = law_get(x, t->neuron);
    int64_t other = w->what == WORD_NEIGHBOUR
                        ? law_image_word(&a->im, m->layer, w->word, (m->neuron + 1) % n_out, 0)
                        : moment_word(&range, w->what, w->bit, word);
    if (other == word) return false;
    law_set(x, t->neuron, other);
    if (m->first) a->im.kind->rest(a->im.law, t->neuron, t->state);
    return true;
}

// The states that the right law has not.
static void copy_hidden(const struct adequacy *a, const void *from, void *to)
{
    const struct law_kind *kind = a->im.kind;
    for (const struct law_word *x = law_states(kind); x < kind->word + kind->n_words; x++)
        if (!x->range(a->im.law).bits) law_set(x, to, law_get(x, from));
}

// A device of another law has its words in that law's formats.
static void take_law(const struct adequacy *a, const struct wrong *w, const struct moment *m,
                     struct wrong_tick *t)
{
    const struct law_kind *kind = a->im.kind;
    if (m->hidden) copy_hidden(a, m->hidden, t->state);
    t->in.law = w->law;
    for (const struct law_word *x = kind->word + 1; x < kind->word + kind->n_words; x++) {
        char *at = x->scope == LAW_STATE ? t->state : x->scope == LAW_NEURON ? t->neuron : 0;
        const struct law_range range = x->range(w->law);
        if (!at) continue;
        int64_t word = law_get(x, at);
        word = range.bits ? in_format(&range, range.bits, word) : 0;
        law_set(x, at, fx_sat(word, range.lo, range.hi));
    }
    if (m->first) kind->rest(w->law, t->neuron, t->state);
}

static bool change_state(const struct adequacy *a, const struct wrong *w, const struct moment *m)
{
    const struct law_word *x = &a->im.kind->word[w->word];
    const struct law_range range = x->range(a->im.law);
    int64_t word = law_get(x, m->after), other = word;
    int bits = range.bits - 1;
    if (w->what == STATE_KEPT) other = law_get(x, m->before);
    if (w->what == STATE_WRAPS) other = bits ? in_format(&range, bits, word) : 0;
    if (w->what == STATE_SATURATES)
        other = fx_sat(word, range.is_signed && bits ? fx_min(bits) : 0,
                       range.is_signed ? (bits ? fx_max(bits) : 0) : fx_umax(bits));
    if (w->what == STATE_COARSE) other = changed(&range, WORD_COARSE, 0, word);
    if (w->what == STATE_STUCK_0) other = changed(&range, WORD_STUCK_0, w->bit, word);
    if (w->what == STATE_STUCK_1) other = changed(&range, WORD_STUCK_1, w->bit, word);
    return other != word;
}

// Whether anything that shows is another: the state words that the law has, and the spikes.
static bool other(const struct adequacy *a, const struct wrong_tick *t, const struct moment *m)
{
    const struct law_kind *kind = a->im.kind;
    const struct law_word *fire = &kind->stage[kind->fire];
    if (law_get(fire, t->stages) != law_get(fire, m->stages)) return true;
    for (const struct law_word *x = law_states(kind); x < kind->word + kind->n_words; x++)
        if (x->range(a->im.law).bits && law_get(x, t->state) != law_get(x, m->after)) return true;
    return false;
}

static void begin(const struct adequacy *a, const struct moment *m, struct wrong_tick *t)
{
    const struct law_kind *kind = a->im.kind;
    t->in = m->in;
    t->sum = 0;
    memcpy(t->neuron, m->in.neuron, kind->neuron);
    memcpy(t->state, m->before, kind->state);
    t->in.neuron = t->neuron;
}

// What is no question of the neuron's own tick. 1 differs, 0 not, -1: the tick has to be run.
static int beside(const struct adequacy *a, const struct wrong *w, const struct moment *m,
                  struct wrong_tick *t)
{
    const struct law_kind *kind = a->im.kind;
    if (w->group == WRONG_STATE) return change_state(a, w, m);
    if (w->group == WRONG_PART &&
        (w->layer != m->layer || (w->what == PART_NEURON_DEAD && w->source != m->neuron)))
        return 0;
    if (w->group == WRONG_PART && w->what == PART_NEURON_DEAD) {
        memcpy(t->state, m->before, kind->state);
        memset(t->stages, 0, kind->stages);
        return other(a, t, m);
    }
    if (w->group != WRONG_ORDER) return -1;
    if (w->what == ORDER_ONLY_EVENTS) {
        if (m->n_active) return 0;
        memset(t->stages, 0, kind->stages);
        return other(a, t, m); // its state is that of before
    }
    if (w->what == ORDER_NOT_CLEARED) {
        if (!m->kept || !memcmp(m->kept, m->before, kind->state)) return 0;
        memcpy(t->state, m->kept, kind->state);
    }
    return -1;
}

bool moment_tells(const struct adequacy *a, const struct wrong *w, const struct moment *m,
                  struct moment_room *room)
{
    struct wrong_tick t;
    const bool back =
        w->group == WRONG_ORDER && (w->what == ORDER_LATE_JITTER || w->what == ORDER_OWN_AT_ONCE ||
                                    w->what == ORDER_OWN_LATE || w->what == ORDER_LAYER_LATE ||
                                    w->what == ORDER_EVENTS_LATE || w->what == ORDER_NOT_CLEARED);
    if (back && m->alone) return false;
    begin(a, m, &t);
    int known = beside(a, w, m, &t);
    if (known >= 0) return known;
    if (w->group == WRONG_LAW) take_law(a, w, m, &t);
    if (w->group == WRONG_WORDS && !change_words(a, w, m, &t)) return false;
    if (w->group == WRONG_ROUNDING) {
        const int shift = m->inside->rounding[w->word].shift;
        const int64_t value = m->inside->rounding[w->word].value;
        if (shift <= 0) return false;
        int64_t delta = rounded_apart((enum round_change)w->what, value, shift,
                                      a->law->way(a->im.law, w->word));
        if (!delta || !a->law->nudge(w->word, value, delta, &m->in, m->before, t.neuron, &t.sum))
            return false;
    }
    if (w->group == WRONG_ORDER) {
        if (w->what == ORDER_NO_JITTER) t.in.jitter = 0;
        if (w->what == ORDER_LATE_JITTER) t.in.jitter = m->late_jitter;
        if (w->what == ORDER_MINUS_JITTER)
            t.in.jitter = (int)fx_sat(-m->in.jitter, INT16_MIN, INT16_MAX);
        if (w->what == ORDER_SUM_PLUS_1) t.sum = 1;
        if (w->what == ORDER_SUM_MINUS_1) t.sum = -1;
        if (w->what == ORDER_SUM_NARROW || w->what == ORDER_SUM_NARROWER ||
            w->what == ORDER_SUM_SATURATES) {
            t.sum = narrow_sum(a, m, w->what);
            if (!t.sum || t.sum != (int32_t)t.sum) return t.sum != 0;
        }
    }
    put_sources(a, m, w, room, &t);
    put_sum(a, m, room, &t);
    a->im.kind->step(&t.in, t.state, t.stages);
    if (w->group == WRONG_LAW && m->hidden) copy_hidden(a, t.state, m->hidden);
    return other(a, &t, m);
}

bool moment_tells_word(const struct adequacy *a, int word, int row, int64_t value,
                       const struct moment *m, struct moment_room *room)
{
    struct wrong_tick t;
    const struct law_word *x = &a->im.kind->word[word];
    begin(a, m, &t);
    const struct law_range range = x->range(a->im.law);
    value = fx_sat(value, range.lo, range.hi);
    if (word) law_set(x, t.neuron, value);
    if (word && m->first) a->im.kind->rest(a->im.law, t.neuron, t.state);
    put_sources(a, m, 0, room, &t);
    for (int i = 0; !word && i < m->n_active; i++) { // row: of both synapses
        int synapse = row / m->in.n_source;
        if (m->active[i] == row % m->in.n_source)
            law_set(x, (char *)room->w + (size_t)(i + synapse * (m->in.n_source + 2)) * x->size,
                    value);
    }
    put_sum(a, m, room, &t);
    a->im.kind->step(&t.in, t.state, t.stages);
    return other(a, &t, m);
}
