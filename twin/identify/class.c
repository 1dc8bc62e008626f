#include "twin/identify/class.h"

#include "model/lif/law_fields.h"

#include <stdlib.h>
#include <string.h>

// --- choices -----------------------------------------------------------------------------------------

static bool rounds(enum law_leak kind)
{
    return kind == LAW_LEAK_EXPONENTIAL || law_leak_shifts(kind);
}

static bool is(const struct field *field, const char *name)
{
    return !strcmp(field->name, name);
}

bool class_untouched(const struct law_class *k, const struct field *f)
{
    const bool of_spikes =
        is(f, "fire") || is(f, "reset") || is(f, "refractory") || is(f, "refractory_ticks");
    return (of_spikes && !k->spikes) || (is(f, "round_current") && !k->rounds_in);
}

bool class_chooses(const struct law_class *k, const struct field *f, const struct law *law)
{
    if (f->kind != FIELD_CHOICE && f->kind != FIELD_SWITCH && !is(f, "refractory_ticks"))
        return false;
    if (f->kind == FIELD_SWITCH && f->of) return false; // follows from a format
    if (is(f, "rest")) return false;                    // follows from the words
    if (is(f, "leak_when") || is(f, "ends") || is(f, "fire_on")) return false; // not sought
    if (class_untouched(k, f)) return false;
    if (is(f, "round_leak")) return rounds(law->leak_kind);
    if (is(f, "order")) return law->leak_kind != LAW_LEAK_NONE;
    if (is(f, "round_decay")) return law->currents && rounds(law->decay_kind);
    if (is(f, "decay_kind") || is(f, "decay_order") || is(f, "saturation")) return law->currents;
    if (is(f, "refractory")) return law->refractory_ticks;
    return true;
}

static uint64_t key_of(const struct law_class *k, const struct law *law)
{
    uint64_t key = law->currents;
    for (const struct field *f = law_fields; f->name; f++) {
        const int most = f->kind == FIELD_BYTE ? 255 : f->hi;
        if (f->kind == FIELD_FORMAT || f->kind == FIELD_SIGN || is(f, "currents")) continue;
        key = key * (uint64_t)(most + 2) +
              (class_chooses(k, f, law) ? 1 + (uint64_t)field_get(f, law) : 0);
    }
    return key;
}

bool class_same(const struct law_class *k, const struct law *a, const struct law *b)
{
    return key_of(k, a) == key_of(k, b);
}

bool class_fires(const struct law_class *k, int neuron)
{
    const struct unit *u = k->neuron[neuron].unit;
    bool any = !u->z;
    for (int t = 0; !any && t < u->n; t++)
        any = u->z[t] != 0;
    return any;
}

// --- what was tried ----------------------------------------------------------------------------------

struct seen {
    struct {
        uint64_t key;
        int seed; // of neuron 0; -1: an empty place
    } * at;
    size_t room, n;
};

static int seen_grow(struct seen *s)
{
    struct seen to = {.room = s->room ? s->room * 2 : 256};
    to.at = malloc(to.room * sizeof *to.at);
    if (!to.at) return -1;
    for (size_t i = 0; i < to.room; i++)
        to.at[i].seed = -1;
    for (size_t i = 0; i < s->room; i++) {
        if (s->at[i].seed < 0) continue;
        size_t at =
            (size_t)(s->at[i].key * UINT64_C(0x9E3779B97F4A7C15) / 0x100000) & (to.room - 1);
        while (to.at[at].seed >= 0)
            at = (at + 1) & (to.room - 1);
        to.at[at] = s->at[i];
        to.n++;
    }
    free(s->at);
    *s = to;
    return 0;
}

// 1: it is new, and no longer; -1: out of memory.
static int seen_add(struct seen *s, uint64_t key, int seed)
{
    if (s->n * 2 >= s->room && seen_grow(s)) return -1;
    size_t at = (size_t)(key * UINT64_C(0x9E3779B97F4A7C15) / 0x100000) & (s->room - 1);
    for (; s->at[at].seed >= 0; at = (at + 1) & (s->room - 1))
        if (s->at[at].key == key && s->at[at].seed == seed) return 0;
    s->at[at].key = key;
    s->at[at].seed = seed;
    s->n++;
    return 1;
}

// --- one law on all neurons --------------------------------------------------------------------------

static const struct candidate *seed_of(const struct law_class *k, int neuron, int seed)
{
    return &k->neuron[neuron].seeds->m[seed].c;
}

static struct class_words words_of(const struct law_class *k, int neuron, int seed)
{
    const struct candidate *c = seed_of(k, neuron, seed);
    return (struct class_words){seed, c->layer, c->law.leak, c->law.leak_signed, c->n};
}

static void join(struct candidate *to, const struct law *law, const struct class_words *w,
                 const struct candidate *seed)
{
    struct law_format weight = seed->law.weight;
    to->law = *law;
    to->law.weight = weight;
    to->law.leak = w->leak;
    to->law.leak_signed = w->leak_signed;
    to->law.has_rest = w->n.rest || w->n.reset;
    to->layer = w->layer;
    to->n = w->n;
}

struct bounds class_bias(const struct law_class *k, int neuron)
{
    struct bounds x = {k->words[neuron].n.bias, k->words[neuron].n.bias};
    for (int i = 1; i < k->n; i++) {
        const int32_t bias = k->words[i * k->n_neurons + neuron].n.bias;
        x.lo = bias < x.lo ? bias : x.lo;
        x.hi = bias > x.hi ? bias : x.hi;
    }
    return x;
}

void class_candidate(const struct law_class *k, int i, int neuron, struct candidate *to)
{
    const struct class_words *w = &k->words[i * k->n_neurons + neuron];
    const struct candidate *seed = seed_of(k, neuron, w->seed);
    join(to, &k->law[i], w, seed);
    memcpy(to->w, seed->w, sizeof to->w);
}

static bool explains(struct law_class *k, int neuron, const struct law *law,
                     const struct class_words *w)
{
    struct class_neuron *n = &k->neuron[neuron];
    const struct candidate *seed = seed_of(k, neuron, w->seed);
    struct candidate c;
    struct unit u = *n->unit;
    join(&c, law, w, seed);
    memcpy(c.w[0], seed->w[0], (size_t)u.n_x * sizeof *c.w[0]);
    if (law->currents > 1) memcpy(c.w[1], seed->w[1], (size_t)u.n_x * sizeof *c.w[1]);
    if (law_check(&c.law)) return false;
    if (!law->saturate_each) {
        if (n->summed != w->seed) {
            unit_sums(n->unit, &c, n->sum[0], law->currents > 1 ? n->sum[1] : 0);
            n->summed = w->seed;
        }
        u.sum[0] = n->sum[0];
        u.sum[1] = law->currents > 1 ? n->sum[1] : 0;
    }
    return unit_run(&u, &c).tick == u.n;
}

// --- words for another choice ------------------------------------------------------------------------

enum { WAYS = 4 };

// Exponential words share the leak's format; a longer fraction moves those that are there.
static bool set_fraction(struct class_words *w, const struct law *law, int frac)
{
    const int by = frac - w->leak.frac_bits;
    if (by <= 0) return true;
    if (law->leak_kind == LAW_LEAK_EXPONENTIAL) w->n.lambda = (int32_t)fx_shl(w->n.lambda, by);
    if (law->currents && law->decay_kind == LAW_LEAK_EXPONENTIAL) {
        w->n.mu = (int32_t)fx_shl(w->n.mu, by);
        w->n.mu2 = (int32_t)fx_shl(w->n.mu2, by);
    }
    w->leak.frac_bits = (int8_t)frac;
    if (law_bits(w->leak) < frac + w->leak_signed) w->leak.int_bits = w->leak_signed;
    return law_bits(w->leak) <= (w->leak_signed ? 28 : 16);
}

// A leak's word of kind a as one of kind b that does the same, or (way 1) nothing, or (way 2) takes all.
static bool convert(struct class_words *w, const struct law *from, int32_t *word, enum law_leak a,
                    enum law_leak b, int way)
{
    enum { NOTHING = 31, LARGE = 65535, TRADED = 3 };
    if (way == TRADED && b != LAW_LEAK_LINEAR) return false;
    int shift = way == 1 ? NOTHING : 0;
    if (a != b && b == LAW_LEAK_TWO_SHIFTS) return false; // not sought
    if (a == b || (law_leak_shifts(a) && law_leak_shifts(b)) || b == LAW_LEAK_NONE) return way == 0;
    if (way == 0) {
        if (law_leak_shifts(a) && b == LAW_LEAK_EXPONENTIAL)
            shift = *word;
        else if (a == LAW_LEAK_EXPONENTIAL && law_leak_shifts(b)) {
            while (shift <= w->leak.frac_bits && *word != fx_shl(1, w->leak.frac_bits - shift))
                shift++;
            if (shift > w->leak.frac_bits) return false;
        } else
            return false;
    }
    if (law_leak_shifts(b)) {
        *word = shift;
        return shift <= NOTHING;
    }
    if (b == LAW_LEAK_LINEAR) {
        if (w->leak_signed || w->leak.frac_bits > 0) return false;
        w->leak.int_bits = 16;
        *word = way == 1 ? 0 : LARGE;
        if (way == TRADED) { // a bias that pulls down may be a current that leaks
            if (a != LAW_LEAK_NONE || word != &w->n.lambda || w->n.bias >= 0) return false;
            *word = -w->n.bias;
            w->n.bias = 0;
        }
        return *word <= LARGE;
    }
    if (way == 1) {
        *word = 0;
        return true;
    }
    if (shift > 16 || !set_fraction(w, from, shift)) return false;
    while (w->leak.int_bits < 1 && law_bits(w->leak) < 16 && shift == 0)
        w->leak.int_bits++;
    *word = (int32_t)fx_shl(1, w->leak.frac_bits - shift);
    return *word <= fx_umax(law_bits(w->leak));
}

static bool convert_all(struct class_words *w, const struct law *from, const struct law *law,
                        int way)
{
    if (!convert(w, from, &w->n.lambda, from->leak_kind, law->leak_kind,
                 from->leak_kind == law->leak_kind ? 0 : way))
        return false;
    if (!law->currents || from->decay_kind == law->decay_kind) return true;
    struct law half = *from; // whose membrane leaks by its new words already
    half.leak_kind = law->leak_kind;
    return convert(w, &half, &w->n.mu, from->decay_kind, law->decay_kind, way) &&
           (law->currents < 2 ||
            convert(w, &half, &w->n.mu2, from->decay_kind, law->decay_kind, way));
}

// The way-th set of words that a neuron may have under `law` in place of those under `from`; false: no more.
static bool words_for(struct class_words *w, const struct law *from, const struct law *law, int way)
{
    if (from->fire_gt != law->fire_gt) {
        static const int by[] = {0, -1, 1};
        if (way > 2) return false;
        int64_t theta = (int64_t)w->n.theta + by[way];
        if (theta < INT32_MIN || theta > INT32_MAX) return false;
        w->n.theta = (int32_t)theta;
        return true;
    }
    if (from->leak_kind != law->leak_kind || (law->currents && from->decay_kind != law->decay_kind))
        return convert_all(w, from, law, way);
    return way == 0;
}

// Words of all neurons under `law`; false: one is not explained.
static bool find_words(struct law_class *k, const struct law *from, const struct law *law,
                       const struct class_words *old, struct class_words *to)
{
    for (int i = 0; i < k->n_neurons; i++) {
        bool found = false;
        for (int way = 0; way < WAYS && !found; way++) {
            to[i] = old[i];
            if (words_for(&to[i], from, law, way)) found = explains(k, i, law, &to[i]);
        }
        if (!found) return false;
    }
    return true;
}

// --- the class ---------------------------------------------------------------------------------------

static int keep(struct law_class *k, const struct law *law, const struct class_words *words)
{
    if (k->n == k->most) {
        k->full = true;
        return 0;
    }
    if (k->n == k->room) {
        const int room = k->room ? k->room * 2 : 64;
        struct law *laws = realloc(k->law, (size_t)room * sizeof *laws);
        if (!laws) return -1;
        k->law = laws;
        struct class_words *all =
            realloc(k->words, (size_t)room * (size_t)k->n_neurons * sizeof *all);
        if (!all) return -1;
        k->words = all;
        k->room = room;
    }
    k->law[k->n] = *law;
    memcpy(k->words + k->n * k->n_neurons, words, (size_t)k->n_neurons * sizeof *words);
    k->n++;
    return 0;
}

// Tries one value of one choice on the i-th law.
static int try_value(struct law_class *k, int i, const struct field *f, int value,
                     struct class_words *words)
{
    const struct law from = k->law[i];
    struct law law = from;
    const struct class_words *old = k->words + i * k->n_neurons;
    if (value < f->lo || value > f->hi || value == field_get(f, &law)) return 0;
    field_set(f, &law, value);
    if (law_check(&law)) return 0;
    int fresh = seen_add(k->seen, key_of(k, &law), old[0].seed);
    if (fresh <= 0) return fresh;
    return find_words(k, &from, &law, old, words) ? keep(k, &law, words) : 0;
}

static int spread(struct law_class *k, int i, struct class_words *words)
{
    for (const struct field *f = law_fields; f->name; f++) {
        if (!class_chooses(k, f, &k->law[i])) continue;
        const int now = field_get(f, &k->law[i]);
        const bool byte = f->kind == FIELD_BYTE;
        const int lo = byte ? now - 1 : 0, hi = byte                      ? now + 1
                                                : f->kind == FIELD_SWITCH ? 1
                                                                          : f->hi;
        for (int value = lo; value <= hi; value++)
            if (try_value(k, i, f, value, words)) return -1;
    }
    return 0;
}

// The widest words that all neurons have been explained with: where no clamp acts, an open choice must not be closed by
// one that would.
static void set_widths(const struct law_class *k, int seed, struct law *law)
{
    struct bounds v = k->neuron[0].seeds->m[seed].bits,
                  u = k->neuron[0].seeds->m[seed].current_bits;
    for (int i = 1; i < k->n_neurons; i++) {
        int64_t most = 0, most_u = 0;
        for (int m = 0; m < k->neuron[i].seeds->n; m++) {
            const struct member *own = &k->neuron[i].seeds->m[m];
            most = own->bits.hi > most ? own->bits.hi : most;
            most_u = own->current_bits.hi > most_u ? own->current_bits.hi : most_u;
        }
        v.hi = most < v.hi ? most : v.hi;
        u.hi = most_u < u.hi ? most_u : u.hi;
    }
    law->membrane = (struct law_format){(int8_t)v.hi, 0};
    if (law->currents) law->current = (struct law_format){(int8_t)u.hi, 0};
}

// Laws that one seed of the first neuron makes with one of each other.
static int begin(struct law_class *k, int seed, struct class_words *words)
{
    struct law law = seed_of(k, 0, seed)->law;
    words[0] = words_of(k, 0, seed);
    set_widths(k, seed, &law);
    for (int i = 1; i < k->n_neurons; i++) {
        bool found = false;
        for (int m = 0; m < k->neuron[i].seeds->n && !found; m++) {
            words[i] = words_of(k, i, m);
            for (int way = 0; way < WAYS && !found; way++) {
                struct class_words w = words[i];
                if (!words_for(&w, &seed_of(k, i, m)->law, &law, way)) continue;
                found = explains(k, i, &law, &w);
                if (found) words[i] = w;
            }
        }
        if (!found) return 0;
    }
    int fresh = seen_add(k->seen, key_of(k, &law), seed);
    return fresh < 0 ? -1 : fresh ? keep(k, &law, words) : 0;
}

int class_find(struct law_class *k, struct class_neuron *neuron, int n_neurons)
{
    *k = (struct law_class){.n_neurons = n_neurons, .neuron = neuron};
    k->seen = calloc(1, sizeof *k->seen);
    struct class_words *words = malloc((size_t)n_neurons * sizeof *words);
    int rc = k->seen && words ? 0 : -1;
    for (int i = 0; i < n_neurons; i++) {
        struct class_neuron *n = &neuron[i];
        n->summed = -1;
        n->sum[0] = rc ? 0 : malloc((size_t)n->unit->n * 2 * sizeof *n->sum[0]);
        if (!n->sum[0]) rc = -1;
        n->sum[1] = n->sum[0] ? n->sum[0] + n->unit->n : 0;
        k->spikes |= class_fires(k, i);
        for (int m = 0; m < n->seeds->n; m++)
            k->rounds_in |= n->seeds->m[m].c.layer.align > 0;
    }
    struct deadline *late = neuron[0].unit->deadline;
    const int64_t fit = CLASS_TICKS / ((int64_t)neuron[0].unit->n * n_neurons);
    k->most = (int)fx_sat(fit, CLASS_LEAST, CLASS_MOST);
    for (int i = 0; rc == 0 && i < neuron[0].seeds->n && !deadline_passed(late); i++)
        rc = begin(k, i, words);
    for (int i = 0; rc == 0 && i < k->n && !k->full && !(k->cut = deadline_passed(late)); i++)
        rc = spread(k, i, words);
    free(words);
    return rc;
}

void class_fini(struct law_class *k)
{
    for (int i = 0; i < k->n_neurons && k->neuron; i++)
        free(k->neuron[i].sum[0]);
    if (k->seen) free(k->seen->at);
    free(k->seen);
    free(k->law);
    free(k->words);
    *k = (struct law_class){0};
}
