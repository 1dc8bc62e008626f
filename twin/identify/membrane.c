#include "twin/identify/membrane.h"

#include "twin/identify/stage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WIDEST = 32, LONGEST = 255, GUESSED = 8, FEW_PAIRS = 16 };

struct work {
    const struct unit *u;
    struct members *to;
    struct nearest *nearest;
    int64_t *z;    // (n) spikes, recorded or inferred
    int64_t *c;    // (n) what the membrane came to before it fired
    bool *deaf;    // (n) refractory, so that it could not fire
    bool inferred; // the spikes are
    int64_t *sum;  // (n) what the present candidate's synapses add
    int bits;      // that hold every membrane word
};

struct member *members_add(struct members *to)
{
    if (to->n == to->room) {
        const int room = to->room ? to->room * 2 : 16;
        struct member *more = realloc(to->m, (size_t)room * sizeof *more);
        to->lost |= !more;
        if (!more) return 0;
        to->m = more;
        to->room = room;
    }
    struct member *m = &to->m[to->n++];
    memset(m, 0, sizeof *m);
    return m;
}

void members_fini(struct members *x)
{
    free(x->m);
    *x = (struct members){0};
}

static int bits_of(int64_t lo, int64_t hi)
{
    int bits = 4;
    while (bits < WIDEST && (lo < fx_min(bits) || hi > fx_max(bits)))
        bits++;
    return bits;
}

static void widen(struct bounds *x, int64_t word)
{
    x->lo = word < x->lo ? word : x->lo;
    x->hi = word > x->hi ? word : x->hi;
}

// --- one pass with the spikes as they were recorded --------------------------------------------------

// v after the spike of a tick, where the row does not show it: NULL for AFTER.
struct after {
    bool subtract;
    int64_t word; // the reset word, or θ
};

// The membrane of a law alone, which its synapses' sums enter as they are.
static void set_membrane(struct candidate *to, const struct candidate *from)
{
    to->law = from->law;
    to->n = from->n;
    to->layer = (struct law_layer){0, from->layer.max_spikes};
    to->law.currents = 0;
    to->law.has_gain = to->law.decay_last = to->law.saturate_each = false;
}

// What the synapses add in each tick, by the law itself: a current's words are those that were recorded.
static void set_sum(struct work *w, const struct candidate *c)
{
    const struct unit *u = w->u;
    for (int t = 0; t < u->n; t++) {
        struct law_state s = {0};
        if (!c->law.currents)
            w->sum[t] = unit_step(u, c, &s, t, 0).current;
        else
            w->sum[t] = u->u[0][t] + (u->u[1] ? u->u[1][t] : 0);
    }
}

// Runs the law tick by tick from the states that were recorded, spikes and all; stops where more than `most`
// ticks are wrong. Returns how many.
static int pass(struct work *w, const struct candidate *whole, const struct after *after, int most)
{
    static const int32_t never = INT32_MAX;
    const struct unit *u = w->u;
    struct unit alone = *u; // its synapses are w->sum
    struct candidate only;
    const struct candidate *c = &only;
    struct law_state s = {0};
    alone.n_x = 0;
    alone.gain = 0;
    alone.sum[0] = w->sum;
    set_membrane(&only, whole);
    int wrong = 0;
    for (int t = 0; t < u->n && wrong <= most; t++) {
        if (u->begins[t]) {
            s = unit_rest(u, c, t);
            if (u->from_row) {
                w->c[t] = s.v;
                w->deaf[t] = true;
                continue;
            }
        } else if (u->shown == SHOWN_AFTER || !w->z[t - 1])
            s.v = (int32_t)u->v[t - 1];
        else
            s.v =
                (int32_t)(after->subtract ? w->c[t - 1] - w->z[t - 1] * after->word : after->word);
        const bool deaf = s.r > 0;
        const struct law_stages done = unit_step(&alone, c, &s, t, &never);
        w->c[t] = done.clamp;
        w->deaf[t] = deaf;
        bool bad = w->z[t] ? deaf || (u->shown == SHOWN_BEFORE && done.clamp != u->v[t])
                           : done.clamp != u->v[t];
        if (w->z[t]) s.r = c->law.refractory_ticks;
        if (u->r && s.r != u->r[t]) bad = true;
        wrong += bad;
    }
    return wrong;
}

// --- threshold and reset -----------------------------------------------------------------------------

static int64_t divide_down(int64_t a, int64_t b)
{
    return a >= 0 ? a / b : -((-a + b - 1) / b);
}

// What each tick says of θ: z of them fit into c, and no more, unless z is the most.
static struct bounds threshold(const struct work *w, int max_spikes, int bits, bool gt)
{
    struct bounds x = {fx_min(bits), fx_max(bits)};
    for (int t = 0; t < w->u->n; t++) {
        if (w->deaf[t]) continue;
        const int64_t c = w->c[t], z = w->z[t];
        if (z > 0) {
            const int64_t most = divide_down(c - gt, z);
            x.hi = most < x.hi ? most : x.hi;
        }
        if (z < max_spikes) {
            const int64_t least = gt ? -divide_down(-c, z + 1) : divide_down(c, z + 1) + 1;
            x.lo = least > x.lo ? least : x.lo;
        }
    }
    return x;
}

// Words that differ are another member: which of them is right the recording may leave open.
static bool same_words(const struct candidate *a, const struct candidate *b, int n_x)
{
    return !memcmp(&a->law, &b->law, sizeof a->law) && a->n.bias == b->n.bias &&
           a->n.rest == b->n.rest && a->n.reset == b->n.reset && a->layer.align == b->layer.align &&
           !memcmp(a->w[0], b->w[0], (size_t)n_x * sizeof *a->w[0]);
}

static void add(struct work *w, const struct candidate *c, const struct stage *g,
                struct bounds bits, struct bounds theta)
{
    for (int i = 0; i < w->to->n; i++)
        if (same_words(&w->to->m[i].c, c, w->u->n_x)) return;
    if (law_check(&c->law) || unit_run(w->u, c).tick < w->u->n) return;
    struct member *m = members_add(w->to);
    if (!m) return;
    m->c = *c;
    m->bits = bits;
    m->theta = theta;
    m->leak_lo = g->lo;
    m->leak_hi = g->hi;
    memcpy(m->told, g->told, sizeof m->told);
}

static int most_spikes(const struct work *w)
{
    int64_t z = 1;
    for (int t = 0; t < w->u->n; t++)
        z = w->z[t] > z ? w->z[t] : z;
    int bits = fx_ubits((uint64_t)z);
    return (int)fx_umax(bits);
}

// Both ways to compare, with a reset that is known but for a threshold from the words.
static void add_fires(struct work *w, struct candidate c, const struct stage *g, struct bounds bits,
                      const int64_t *exact)
{
    for (int gt = 0; gt < 2; gt++) {
        struct bounds theta = threshold(w, c.layer.max_spikes, law_bits(c.law.membrane), gt);
        if (exact) {
            if (*exact < theta.lo || *exact > theta.hi) continue;
            theta = (struct bounds){*exact, *exact};
        }
        if (theta.lo > theta.hi) continue;
        bool any = false;
        for (int t = 0; t < w->u->n && !any; t++)
            any = w->z[t] > 0;
        c.law.fire_gt = gt;
        c.n.theta = (int32_t)(any ? theta.hi : theta.lo);
        if (any && theta.lo > 0 && theta.hi - theta.lo > 1) { // the roundest number of the interval
            int64_t step = 1;
            while (divide_down(theta.hi, step * 2) * step * 2 >= theta.lo)
                step *= 2;
            c.n.theta = (int32_t)(divide_down(theta.hi, step) * step);
        }
        add(w, &c, g, bits, theta);
    }
}

// Whether every spike leaves one word behind it; *word.
static bool one_word(const struct work *w, int64_t *word)
{
    bool any = false;
    for (int t = 0; t < w->u->n; t++) {
        if (!w->z[t] || w->deaf[t]) continue;
        if (any && w->u->v[t] != *word) return false;
        *word = w->u->v[t];
        any = true;
    }
    return any;
}

// Whether every spike takes one θ away; *theta.
static bool one_step(const struct work *w, int64_t *theta)
{
    bool any = false;
    for (int t = 0; t < w->u->n; t++) {
        if (!w->z[t] || w->deaf[t]) continue;
        int64_t off = w->c[t] - w->u->v[t];
        if (off % w->z[t] || (any && off / w->z[t] != *theta)) return false;
        *theta = off / w->z[t];
        any = true;
    }
    return any;
}

static void add_resets(struct work *w, struct candidate c, const struct stage *g,
                       struct bounds bits, const struct after *after)
{
    int64_t word, theta;
    bool any = false;
    for (int t = 0; t < w->u->n && !any; t++)
        any = w->z[t] > 0;
    c.layer.max_spikes = most_spikes(w);
    c.law.reset_subtract = false;
    if (after) {
        c.law.reset_subtract = after->subtract;
        c.law.has_rest |= !after->subtract && after->word;
        c.n.reset = (int32_t)(after->subtract ? 0 : after->word);
        add_fires(w, c, g, bits, after->subtract ? &after->word : 0);
        return;
    }
    if (!any) {
        add_fires(w, c, g, bits, 0);
        c.law.reset_subtract = true;
        add_fires(w, c, g, bits, 0);
        return;
    }
    if (one_word(w, &word)) {
        struct candidate to = c;
        to.law.has_rest |= word != 0;
        to.n.reset = (int32_t)word;
        add_fires(w, to, g, bits, 0);
    }
    if (one_step(w, &theta) && theta >= INT32_MIN && theta <= INT32_MAX) {
        c.law.reset_subtract = true;
        add_fires(w, c, g, bits, &theta);
    }
}

// --- what happens at the ends ------------------------------------------------------------------------

static void set_bits(struct candidate *c, int bits)
{
    c->law.membrane = (struct law_format){(int8_t)bits, 0};
}

static void hear(struct work *w, const struct candidate *c, int wrong)
{
    if (w->nearest->wrong >= 0 && w->nearest->wrong <= wrong) return;
    w->nearest->c = *c;
    w->nearest->wrong = wrong;
}

// Widths with which no tick is wrong: that of a clamp that acts, or all from the narrowest on.
static struct bounds widths(struct work *w, struct candidate *c, const struct after *after)
{
    struct bounds x = {WIDEST + 1, 0};
    for (int bits = w->bits; bits <= WIDEST; bits++) {
        set_bits(c, bits);
        if (pass(w, c, after, 0)) {
            if (x.hi) break;
            continue;
        }
        x.lo = bits < x.lo ? bits : x.lo;
        x.hi = bits;
        set_bits(c, WIDEST);
        if (!pass(w, c, after, 0)) x.hi = WIDEST; // nothing is clamped: wider is the same
        if (x.hi == WIDEST) break;
    }
    return x;
}

// Where nothing is clamped, the usual width that holds every word, also before it fired.
static int usual(struct work *w, struct candidate *c, const struct after *after, struct bounds bits)
{
    static const int widths[] = {8, 12, 16, 24, WIDEST};
    struct bounds words = {0, 0};
    set_bits(c, WIDEST);
    pass(w, c, after, 0);
    for (int t = 0; t < w->u->n; t++)
        widen(&words, w->c[t]);
    int needed = bits_of(words.lo, words.hi), i = 0;
    needed = needed > (int)bits.lo ? needed : (int)bits.lo;
    while (widths[i] < needed)
        i++;
    return widths[i];
}

static void try_ends(struct work *w, struct candidate c, const struct stage *g,
                     const struct after *after)
{
    for (int way = 0; way < 6; way++) {
        c.law.saturate_increment = way == 4 || way == 5;
        c.law.floor_zero = way == 1 || way == 5;
        c.law.wrap = way == 2;
        if (way == 3 || (c.law.saturate_increment && c.law.refractory_hold)) continue;
        if (c.law.wrap && c.law.saturate_each) continue;
        const struct bounds bits = widths(w, &c, after);
        if (!bits.hi) continue;
        const int before = w->to->n;
        int width = bits.hi == WIDEST ? usual(w, &c, after, bits) : (int)bits.lo;
        set_bits(&c, width);
        pass(w, &c, after, 0);
        add_resets(w, c, g, bits, after);
        // A clamp that acts in ticks with a spike alone: the rows do not show it, the spikes do.
        for (width = (int)bits.lo; w->to->n == before && width < bits.hi; width++) {
            set_bits(&c, width);
            pass(w, &c, after, 0);
            add_resets(w, c, g, (struct bounds){width, width}, after);
        }
        if (w->to->n > before) return; // the other ways differ in one choice: class.h tries them
    }
}

static void try_refractory(struct work *w, struct candidate c, const struct stage *g,
                           const struct after *after)
{
    enum { BEST = 4 };
    struct {
        int ticks, hold, wrong;
    } best[BEST];
    const struct unit *u = w->u;
    int n = 0, gap = LONGEST + 1, last = -1;
    for (int t = 0; t < u->n; t++) {
        if (u->begins[t]) last = -1;
        if (!w->z[t]) continue;
        if (last >= 0 && t - last < gap) gap = t - last;
        last = t;
    }
    bool any = last >= 0 || gap <= LONGEST;
    for (int t = 0; t < u->n && !any; t++)
        any = w->z[t] > 0;
    int most = any ? gap - 1 : 0, least = 0;
    if (after && most > GUESSED) most = GUESSED;
    if (u->r && any) {
        for (int t = 0; t < u->n; t++)
            least = u->r[t] > least ? (int)u->r[t] : least;
        if (least > LONGEST) return;
        most = least;
    }
    set_bits(&c, WIDEST);
    for (int ticks = least; ticks <= most; ticks++)
        for (int hold = 0; hold < (ticks ? 2 : 1); hold++) {
            c.law.refractory_ticks = (uint8_t)ticks;
            c.law.refractory_hold = hold;
            int limit = n ? best[0].wrong + best[0].wrong / 4 + 2 : u->n, at;
            if (n == BEST && limit >= best[n - 1].wrong) limit = best[n - 1].wrong - 1;
            int wrong = pass(w, &c, after, limit);
            if (wrong > limit) continue;
            hear(w, &c, wrong);
            n -= n == BEST;
            for (at = n++; at > 0 && best[at - 1].wrong > wrong; at--)
                best[at] = best[at - 1];
            best[at].ticks = ticks;
            best[at].hold = hold;
            best[at].wrong = wrong;
        }
    for (int i = 0; i < n; i++) {
        if (best[i].wrong > best[0].wrong + best[0].wrong / 4 + 2) break;
        c.law.refractory_ticks = (uint8_t)best[i].ticks;
        c.law.refractory_hold = best[i].hold;
        try_ends(w, c, g, after);
    }
}

// --- from a stage to a law ---------------------------------------------------------------------------

// The leak's words and their format, which those of the decay share.
static bool set_leak(struct candidate *c, const struct stage *g, const struct unit *u)
{
    struct law *law = &c->law;
    const bool factor = g->kind == LAW_LEAK_EXPONENTIAL;
    const bool decays = law->currents && law->decay_kind == LAW_LEAK_EXPONENTIAL;
    const int own = decays ? law->leak.frac_bits : 0;
    const int frac = factor && g->frac > own ? g->frac : own;
    struct bounds words = {0, 0};
    law->leak_kind = g->kind;
    law->round_leak = g->round;
    law->integrate_first = g->late;
    if (u->leak && frac > g->frac) return false;
    c->n.lambda = (int32_t)(factor ? fx_shl(g->word, frac - g->frac) : g->word);
    if (decays) {
        c->n.mu = (int32_t)fx_shl(c->n.mu, frac - own);
        c->n.mu2 = (int32_t)fx_shl(c->n.mu2, frac - own);
        widen(&words, c->n.mu);
        widen(&words, c->n.mu2);
    }
    if (factor || g->kind == LAW_LEAK_LINEAR) widen(&words, c->n.lambda);
    for (int t = 0; u->leak && t < u->n; t++)
        widen(&words, u->leak[t]);
    int bits = fx_ubits((uint64_t)(words.hi > 0 ? words.hi : 0));
    bits = bits > frac ? bits : frac;
    bits = bits > 1 ? bits : 1;
    law->leak_signed = words.lo < 0 || bits > 16 || u->leak;
    if (law->leak_signed) {
        if (g->kind == LAW_LEAK_LINEAR) return false;
        bits = bits_of(words.lo, words.hi);
        bits = bits > frac + 1 ? bits : frac + 1;
    }
    law->leak = (struct law_format){(int8_t)(bits - frac), (int8_t)frac};
    return bits + WIDEST <= 60;
}

static bool set_weights(struct candidate *c, const struct stage *g, const struct unit *u)
{
    int bits = 2;
    c->law.round_current = g->round_in;
    c->layer.align = g->align;
    for (int k = 0; k < u->n_x; k++) {
        if (g->w[k] < fx_min(16) || g->w[k] > fx_max(16)) return false;
        c->w[0][k] = (int32_t)g->w[k];
        while (g->w[k] < fx_min(bits) || g->w[k] > fx_max(bits))
            bits++;
    }
    c->law.weight = (struct law_format){(int8_t)bits, 0};
    return true;
}

// Ticks that the stage does not explain, where no one recorded spikes.
static void infer_spikes(struct work *w, const struct candidate *c)
{
    memset(w->z, 0, (size_t)w->u->n * sizeof *w->z);
    struct candidate wide = *c;
    set_bits(&wide, WIDEST);
    pass(w, &wide, 0, w->u->n);
    for (int t = 0; t < w->u->n; t++)
        w->z[t] =
            w->c[t] != w->u->v[t] && w->c[t] > w->u->v[t] && !(w->u->begins[t] && w->u->from_row);
}

static int add_guess(struct after *to, int n, int most, struct after x)
{
    for (int i = 0; i < n; i++)
        if (to[i].subtract == x.subtract && to[i].word == x.word) return n;
    if (n < most) to[n++] = x;
    return n;
}

// What the membrane goes on from after spikes whose rows show another word.
static int guesses(struct work *w, const struct candidate *c, const struct stage *g,
                   struct after *to, int most)
{
    const struct unit *u = w->u;
    int n = 0, spikes = 0;
    to[n++] = (struct after){false, 0};
    if (g->rest) to[n++] = (struct after){false, g->rest};
    for (int t = 1; t < u->n && spikes < 3; t++) {
        if (!w->z[t - 1] || u->begins[t] || w->z[t]) continue;
        spikes++;
        // The v from which the next row follows, by halving: more leads to more.
        int64_t lo = fx_min(31), hi = fx_max(31);
        for (int i = 0; i < 40 && lo < hi; i++) {
            struct law_state s = {.v = (int32_t)(lo + (hi - lo) / 2)};
            struct candidate free = *c;
            static const int32_t never = INT32_MAX;
            set_bits(&free, WIDEST);
            int64_t mid = s.v;
            int64_t out = unit_step(u, &free, &s, t, &never).clamp;
            if (out < u->v[t])
                lo = mid + 1;
            else
                hi = mid;
        }
        for (int by = -1; by < 4; by++) {
            n = add_guess(to, n, most, (struct after){false, lo + by});
            if (u->shown == SHOWN_BEFORE)
                n = add_guess(to, n, most, (struct after){true, w->u->v[t - 1] - lo - by});
        }
    }
    return n;
}

static void try_stage(struct work *w, const struct candidate *base, const struct stage *g)
{
    struct candidate c = *base;
    const bool gathers = !base->law.currents;
    if ((w->u->bias && g->bias) || !set_leak(&c, g, w->u)) return;
    if (gathers && (!unit_holds(w->u, g->w) || !set_weights(&c, g, w->u))) return;
    c.n.bias = (int32_t)g->bias;
    c.n.rest = (int32_t)g->rest;
    c.law.has_rest = g->rest != 0;
    if (w->u->gain) {
        c.law.has_gain = true;
        c.law.gain = (struct law_format){32, 0};
    }
    set_sum(w, &c);
    if (w->inferred) infer_spikes(w, &c);
    if (w->u->shown == SHOWN_AFTER) {
        try_refractory(w, c, g, 0);
        return;
    }
    struct after after[64];
    int n = guesses(w, &c, g, after, 64);
    for (int i = 0; i < n; i++)
        try_refractory(w, c, g, &after[i]);
}

// --- pairs -------------------------------------------------------------------------------------------

static void add_hint(struct pairs *p, int64_t word)
{
    for (int i = 0; i < p->n_rests; i++)
        if (p->rest[i] == word) return;
    if (word && p->n_rests < 8) p->rest[p->n_rests++] = word;
}

static int by_word(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

// The word at which the membrane is most often: it may rest there.
static int64_t most_often(const struct unit *u)
{
    int64_t *v = malloc((size_t)u->n * sizeof *v), word = 0;
    int most = 0;
    if (!v) return 0;
    memcpy(v, u->v, (size_t)u->n * sizeof *v);
    qsort(v, (size_t)u->n, sizeof *v, by_word);
    for (int i = 0, from = 0; i < u->n; i++) {
        if (v[i] != v[from]) from = i;
        if (i - from + 1 <= most) continue;
        most = i - from + 1;
        word = v[i];
    }
    free(v);
    return word;
}

// through: ticks with a spike too, whose count is one more source, with −θ for its weight.
static int collect(const struct work *w, const struct candidate *base, int quiet, bool through,
                   struct pairs *p)
{
    const struct unit *u = w->u;
    int since = INT32_MAX / 2;
    *p = (struct pairs){.biased = true, .through = through, .deadline = u->deadline};
    const int n_x = base->law.currents ? 0 : u->n_x;
    if (pairs_init(p, u->n, n_x + through, u->leak)) return -1;
    p->bits = w->bits;
    add_hint(p, most_often(u));
    p->gathers = !base->law.currents || through;
    for (int t = 0; t < u->n; t++) {
        bool began = u->begins[t];
        if (began) {
            since = INT32_MAX / 2;
            add_hint(p, u->v[t]);
        }
        since = since < INT32_MAX / 2 ? since + 1 : since;
        bool after_spike = t > 0 && w->z[t - 1];
        if (after_spike && !began) add_hint(p, u->v[t]);
        if (w->z[t]) add_hint(p, u->v[t]);
        const bool deaf = u->r && t > 0 ? u->r[t - 1] > 0 : since <= quiet;
        bool use =
            !began && (through || !w->z[t]) && !deaf && (u->shown == SHOWN_AFTER || !after_spike);
        if (w->z[t]) since = 0;
        if (!use) continue;
        const size_t at = (size_t)p->n++;
        p->y[at] = u->v[t - 1];
        p->next[at] = u->v[t];
        p->known[at] = (base->law.currents ? u->u[0][t] + (u->u[1] ? u->u[1][t] : 0) : 0) +
                       (u->bias ? u->bias[t] : 0);
        if (u->leak) p->leak[at] = u->leak[t];
        int64_t *x = p->x + at * (size_t)p->n_x;
        for (int k = 0; k < n_x; k++)
            x[k] =
                (int64_t)u->x[(size_t)t * (size_t)u->n_x + (size_t)k] * (u->gain ? u->gain[t] : 1);
        if (through) x[n_x] = w->z[t];
    }
    return pairs_distinct(p);
}

enum { EXPLAINS = INT32_MAX, VARIANTS = 3 };

// Whether the same law has been found, or been tried with other words often enough.
static bool enough(const struct work *w, const struct stage *stage, int i)
{
    const struct stage *g = &stage[i];
    int tried = 0;
    for (int k = 0; k < i; k++) {
        const struct stage *x = &stage[k];
        if (x->kind != g->kind || x->round != g->round || x->late != g->late ||
            x->round_in != g->round_in || (x->rest != 0) != (g->rest != 0))
            continue;
        if (x->right == EXPLAINS) return true;
        tried++;
    }
    return w->nearest->wrong > w->u->n / 8 && tried >= VARIANTS;
}

// The laws whose membrane's stage is sought in these pairs.
static void try_pairs(struct work *w, const struct candidate *base, const struct pairs *p,
                      struct stage *stage)
{
    const int n = stages_find(p, stage, STAGES_MOST);
    // A view in which few pairs follow is tried for what it is nearest to.
    const int most = n && stage[0].right < p->n / 5 * 2 ? 1 : n;
    for (int i = 0; i < most; i++)
        if (!enough(w, stage, i) && !deadline_passed(w->u->deadline)) {
            int before = w->to->n;
            try_stage(w, base, &stage[i]);
            stage[i].right = w->to->n > before ? EXPLAINS : stage[i].right;
        }
}

int membrane_find(const struct unit *u, const struct candidate *base, int quiet, struct members *to,
                  struct nearest *nearest)
{
    struct work w = {.u = u, .to = to, .nearest = nearest};
    const size_t n = (size_t)u->n;
    const int before = to->n;
    struct stage *stage = malloc(STAGES_MOST * sizeof *stage);
    int64_t *words = malloc(n * (3 * sizeof *words + 1));
    int rc = stage && words ? 0 : -1;
    struct pairs p = {0};
    if (rc == 0) {
        w.z = words;
        w.c = words + n;
        w.sum = words + 2 * n;
        w.deaf = (bool *)(words + 3 * n);
        w.inferred = !u->z;
        int64_t lo = 0, hi = 0;
        for (int t = 0; t < u->n; t++) {
            w.z[t] = u->z ? u->z[t] : 0;
            lo = u->v[t] < lo ? u->v[t] : lo;
            hi = u->v[t] > hi ? u->v[t] : hi;
        }
        w.bits = bits_of(lo, hi);
    }
    for (int all = 0; rc == 0 && all < 2 && to->n == before; all++) {
        rc = collect(&w, base, quiet, false, &p);
        if (rc == 0 && p.n < FEW_PAIRS && u->z &&
            u->shown == SHOWN_AFTER) { // it fires all the time
            pairs_fini(&p);
            rc = collect(&w, base, 0, true, &p);
        }
        const bool dropped = rc == 0 && !all && pairs_drop_ends(&p);
        if (rc == 0) try_pairs(&w, base, &p, stage);
        pairs_fini(&p);
        if (!dropped) break;
    }
    free(words);
    free(stage);
    return to->lost ? -1 : rc;
}

double membrane_promise(const struct unit *u)
{
    enum { ENOUGH = 256 };
    static const struct candidate none;
    struct work w = {.u = u, .bits = WIDEST};
    double best = -1;
    w.z = calloc((size_t)u->n, sizeof *w.z);
    for (int t = 0; w.z && u->z && t < u->n; t++)
        w.z[t] = u->z[t];
    const int gap = unit_gap(u), quiet[] = {0, gap < u->n && gap <= LONGEST ? gap - 1 : 0};
    for (int i = 0; w.z && i < (quiet[1] > 0 ? 2 : 1); i++) {
        struct pairs p = {0};
        if (!collect(&w, &none, quiet[i], false, &p)) {
            pairs_drop_ends(&p);
            pairs_thin(&p, ENOUGH + 4 * p.n_x);
            best = fmax(best, stages_promise(&p));
        }
        pairs_fini(&p);
    }
    free(w.z);
    return best;
}
