#include "twin/identify/stage.h"

#include "twin/identify/lines.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { FRACTION = 16, FRACTION_SIGNED = 31, ALIGN = 16, REPAIRS = 4 };

struct line {     // what least squares says, early or late
    double keeps; // 1 − λ; of a constant current: the current
    double w[UNIT_SOURCES];
    double whole[UNIT_SOURCES]; // as words, where they are
    bool told[UNIT_SOURCES];
    double bias;
    double share; // of pairs that lie within a word of it
};

struct search {
    const struct pairs *p; // those that are looked at: all, or some of them
    const struct pairs *all;
    const struct pairs *few;
    int64_t *in, *s, *l;   // (n) what came in, what leaked of, what leaked
    struct interval *vote; // (n)
    double *memory;        // of lines
    const double **column;
    struct trial *trial; // (TRIALS)
    struct stage *to;
    int n, most, best;
    double x_most; // largest size of a source's word
};

// What leaks; of words beyond the model's, more than any pair shows.
static int64_t leaked(const struct stage *g, int64_t s, int64_t word)
{
    const int64_t most = INT64_C(1) << 32;
    if (s > most || s < -most) return INT64_MAX / 2;
    return law_leaked(g->kind, s, word, g->frac, g->round);
}

static void gather(struct search *q, const struct stage *g)
{
    const struct pairs *p = q->p;
    for (int i = 0; i < p->n; i++) {
        int64_t acc = 0;
        for (int k = 0; p->gathers && k < p->n_x; k++)
            acc += g->w[k] * p->x[(size_t)i * (size_t)p->n_x + (size_t)k];
        if (g->align) acc = fx_shr(acc, g->align, g->round_in);
        q->in[i] = acc + p->known[i] + g->bias;
    }
}

// What leaked, and of what, if this came in.
static void split(struct search *q, const struct stage *g)
{
    const struct pairs *p = q->p;
    for (int i = 0; i < p->n; i++) {
        q->s[i] = p->y[i] - g->rest + (g->late ? q->in[i] : 0);
        q->l[i] = p->y[i] + q->in[i] - p->next[i];
    }
}

// Whether a pair follows, in whole or but for what a clamp that wraps takes away.
static bool follows(const struct pairs *p, const struct stage *g, int64_t s, int64_t l, int i)
{
    int64_t off = leaked(g, s, p->leak ? p->leak[i] : g->word) - l;
    return off == 0 || (p->leak && fx_wrap(off, p->bits) == 0);
}

static int count_right(struct search *q, const struct stage *g)
{
    const struct pairs *p = q->p;
    int right = 0;
    for (int i = 0; i < p->n; i++)
        right += follows(p, g, q->s[i], q->l[i], i);
    return right;
}

// --- votes ----------------------------------------------------------------------------------------

// The factors that make l of s.
static struct interval factors(int64_t s, int64_t l, enum fx_round round)
{
    double lo = (double)l, hi = (double)l;
    bool lo_open = false, hi_open = false;
    if (round == FX_NEAREST_EVEN) {
        lo -= 0.5;
        hi += 0.5;
        lo_open = hi_open = l % 2 != 0;
    } else {
        bool up =
            round == FX_FLOOR || (round == FX_TOWARD_ZERO && l >= 0) || (round == FX_AWAY && l < 0);
        bool down = round == FX_CEILING || (round == FX_TOWARD_ZERO && l <= 0) ||
                    (round == FX_AWAY && l > 0);
        hi += up;
        lo -= down;
        hi_open = up;
        lo_open = down;
    }
    const double d = (double)s;
    struct interval x =
        s > 0 ? (struct interval){lo / d, hi / d} : (struct interval){hi / d, lo / d};
    const double little = 4e-15;
    if (s > 0 ? lo_open : hi_open) x.lo += little * fmax(fabs(x.lo), 0.01);
    if (s > 0 ? hi_open : lo_open) x.hi -= little * fmax(fabs(x.hi), 0.01);
    return x;
}

// The shortest k / 2^frac of an interval; false: it has none.
static bool shortest(struct interval x, int most, int64_t *word, int *frac)
{
    for (int f = 0; f <= most; f++) {
        double k = ceil(ldexp(x.lo, f));
        if (k > ldexp(x.hi, f) || fabs(k) > 2147483647.) continue;
        *word = (int64_t)k;
        *frac = f;
        return true;
    }
    return false;
}

static bool vote_factor(struct search *q, struct stage *g)
{
    struct interval at;
    int n = 0;
    for (int i = 0; i < q->p->n; i++)
        if (q->s[i]) q->vote[n++] = factors(q->s[i], q->l[i], g->round);
    if (!n)
        at = (struct interval){0, 0};
    else
        intervals_meet(q->vote, n, &at);
    g->lo = at.lo;
    g->hi = at.hi;
    return shortest(at, FRACTION, &g->word, &g->frac) ||
           shortest(at, FRACTION_SIGNED, &g->word, &g->frac);
}

// Of the first pairs; as soon as there cannot be `least`, what there is.
static int count_first(const struct search *q, const struct stage *g, int most, int least)
{
    int right = 0;
    most = most < q->p->n ? most : q->p->n;
    for (int i = 0; i < most && right + most - i >= least; i++)
        right += leaked(g, q->s[i], g->word) == q->l[i];
    return right;
}

// The count of bits that explains most of the first pairs; of two that do, the one that explains most of all.
static void vote_shift(struct search *q, struct stage *g)
{
    enum { FIRST = 64, NEAR = 3 };
    struct stage trial = *g;
    int right[32], best = 0;
    for (int d = 0; d < 32; d++) {
        trial.word = d;
        right[d] = count_first(q, &trial, FIRST, best - NEAR);
        best = right[d] > best ? right[d] : best;
    }
    g->right = -1;
    for (int d = 0; d < 32; d++) {
        if (right[d] < best - (best > FIRST / 3 ? NEAR : 0)) continue;
        trial.word = d;
        trial.right = count_right(q, &trial);
        if (trial.right > g->right) *g = trial;
        if (g->right == q->p->n || best <= FIRST / 3) return;
    }
}

static int by_word(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

// The constant current that most pairs show in part; where none does, one that takes all.
static void vote_current(struct search *q, struct stage *g)
{
    int64_t *seen = (int64_t *)q->vote, largest = 0;
    int n = 0, most = 0;
    for (int i = 0; i < q->p->n; i++) {
        int64_t s = q->s[i], l = q->l[i], size = s < 0 ? -s : s;
        largest = size > largest ? size : largest;
        if (s && (s > 0 ? l >= 0 && l < s : l <= 0 && l > s)) seen[n++] = l < 0 ? -l : l;
    }
    qsort(seen, (size_t)n, sizeof *seen, by_word);
    g->word = largest;
    for (int i = 0, from = 0; i < n; i++) {
        if (seen[i] != seen[from]) from = i;
        if (i - from + 1 <= most) continue;
        most = i - from + 1;
        g->word = seen[i];
    }
}

static bool vote(struct search *q, struct stage *g)
{
    gather(q, g);
    split(q, g);
    if (g->kind == LAW_LEAK_EXPONENTIAL && !q->p->leak && !vote_factor(q, g)) return false;
    if (law_leak_shifts(g->kind)) vote_shift(q, g);
    if (g->kind == LAW_LEAK_LINEAR) vote_current(q, g);
    g->right = count_right(q, g);
    return true;
}

// --- lines ----------------------------------------------------------------------------------------

enum leaking { LEAKING_PART, LEAKING_CONSTANT, LEAKING_NOT };

static double sign_of(int64_t x)
{
    return x > 0 ? 1 : x < 0 ? -1 : 0;
}

static bool draw(struct search *q, enum leaking how, bool late, struct line *line)
{
    const struct pairs *p = q->p;
    const int n = p->n, n_x = p->gathers ? p->n_x : 0;
    int m = 0, at_x, at_one = -1, at_rest = -1;
    double *to = q->memory, *y = to;
    double a[UNIT_SOURCES + 4];
    bool told[UNIT_SOURCES + 4];
    to += n;
    for (int i = 0; i < n; i++) {
        const double known = (double)p->known[i];
        y[i] = (double)p->next[i];
        if (p->leak || how != LEAKING_PART)
            y[i] -= (double)p->y[i] + known;
        else if (!late)
            y[i] -= known;
        if (p->leak)
            to[i] = -(double)p->y[i] * (double)p->leak[i];
        else if (how == LEAKING_PART)
            to[i] = (double)p->y[i] + (late ? known : 0);
        else
            to[i] = -sign_of(late ? p->next[i] : p->y[i]);
    }
    if (how != LEAKING_NOT || p->leak) {
        q->column[m++] = to;
        to += n;
    }
    at_x = m;
    for (int k = 0; k < n_x; k++, to += n) {
        for (int i = 0; i < n; i++)
            to[i] = (double)p->x[(size_t)i * (size_t)n_x + (size_t)k];
        q->column[m++] = to;
    }
    if (p->biased) {
        at_one = m;
        for (int i = 0; i < n; i++)
            to[i] = 1;
        q->column[m++] = to;
        to += n;
    }
    if (p->leak && p->biased) {
        at_rest = m;
        for (int i = 0; i < n; i++)
            to[i] = (double)p->leak[i];
        q->column[m++] = to;
    }
    if (!lines_fit(n, m, q->column, y, a, told)) return false;
    *line = (struct line){0};
    for (int i = 0; i < n; i++) {
        double off = y[i];
        for (int k = 0; k < m; k++)
            off -= a[k] * q->column[k][i];
        line->share += fabs(off) < 1.05 ? 1. / n : 0;
    }
    line->keeps = how != LEAKING_NOT || p->leak ? a[0] : 1;
    for (int k = 0; k < n_x; k++) {
        line->w[k] = a[at_x + k];
        line->told[k] = told[at_x + k];
    }
    if (at_one >= 0) line->bias = a[at_one];
    if (n_x > 1 && how == LEAKING_PART && !p->leak && fabs(line->keeps) > 1. / 128) {
        const double scale = late ? line->keeps : 1;
        double w[UNIT_SOURCES];
        for (int i = 0; i < n; i++)
            y[i] = (y[i] - line->keeps * q->column[0][i] - line->bias) / scale;
        if (!lines_whole(n, n_x, q->column + at_x, y, w, told)) return false;
        for (int k = 0; k < n_x; k++)
            line->whole[k] = w[k];
    } else
        for (int k = 0; k < n_x; k++)
            line->whole[k] = line->w[k] / (late && how == LEAKING_PART ? line->keeps : 1);
    if (at_one >= 0) line->bias = a[at_one];
    if (at_rest >= 0 && a[0] != 0) line->bias = a[at_rest] / a[0]; // of rest itself
    return true;
}

// --- stages ---------------------------------------------------------------------------------------

static void keep(struct search *q, const struct stage *g)
{
    int near = q->p->n / 50 + 1;
    if (g->right > q->best) q->best = g->right;
    if (g->right < q->best - near) return;
    if (q->n == q->most) {
        int least = 0;
        for (int i = 1; i < q->n; i++)
            if (q->to[i].right < q->to[least].right) least = i;
        if (q->to[least].right >= g->right) return;
        q->to[least] = *g;
        return;
    }
    q->to[q->n++] = *g;
}

// What s has to be so that s less its leak is `next`: the middle of all that do, or the nearest.
static double undone(const struct stage *g, int64_t next, double scale)
{
    const int64_t guess = (int64_t)rint((double)next / scale),
                  reach = (int64_t)fmin(3 / fabs(scale), 64) + 2;
    double sum = 0;
    int n = 0;
    for (int64_t s = guess - reach; s <= guess + reach; s++) {
        if (s - leaked(g, s, g->word) != next) continue;
        sum += (double)s;
        n++;
    }
    return n ? sum / n : (double)next / scale;
}

// Weights anew, as whole words, from what came in by the stage's leak as it is.
static bool repair(struct search *q, struct stage *g, double scale)
{
    const struct pairs *p = q->p;
    if (!p->gathers || g->right == p->n || !p->n_x) return false;
    double *y = q->memory, *to = y + p->n, a[UNIT_SOURCES];
    bool told[UNIT_SOURCES], moved = false;
    for (int i = 0; i < p->n; i++) {
        const int64_t s = p->y[i] - g->rest;
        const int64_t word = p->leak ? p->leak[i] : g->word;
        if (g->late && g->kind != LAW_LEAK_NONE && !p->leak)
            y[i] = undone(g, p->next[i] - g->rest, scale) - (double)s;
        else
            y[i] = (double)(p->next[i] - p->y[i] + leaked(g, s, word));
        y[i] = ldexp(y[i] - (double)(p->known[i] + g->bias), g->align);
    }
    for (int k = 0; k < p->n_x; k++, to += p->n) {
        for (int i = 0; i < p->n; i++)
            to[i] = (double)p->x[(size_t)i * (size_t)p->n_x + (size_t)k];
        q->column[k] = to;
    }
    if (!lines_whole(p->n, p->n_x, q->column, y, a, told)) return false;
    for (int k = 0; k < p->n_x; k++) {
        if (!(fabs(a[k]) * q->x_most * p->n_x < 0x1p58)) return false;
        moved |= g->w[k] != (int64_t)a[k];
        g->w[k] = (int64_t)a[k];
    }
    return moved;
}

// A weight of the only source, as a fraction, from what came in by the stage as it is.
static bool vote_weight(struct search *q, struct stage *g, int source)
{
    const struct pairs *p = q->p;
    struct interval at;
    int n = 0;
    gather(q, g);
    for (int i = 0; i < p->n; i++) {
        int64_t x = p->x[(size_t)i * (size_t)p->n_x + (size_t)source];
        int64_t s = p->y[i] - g->rest;
        int64_t i_in = p->next[i] - p->y[i] + leaked(g, s, p->leak ? p->leak[i] : g->word) -
                       p->known[i] - g->bias;
        if (x) q->vote[n++] = factors(x, i_in, g->round_in);
    }
    if (!n) return false;
    intervals_meet(q->vote, n, &at);
    return shortest(at, ALIGN, &g->w[source], &g->align);
}

enum { FINE = 10 }; // fraction bits of weights while they are sought

// What a number was before it was rounded to l.
static struct interval unrounded(int64_t l, enum fx_round round)
{
    const double little = 1e-7;
    const struct interval x = factors(1, l, round);
    return (struct interval){x.lo + (x.lo < (double)l ? little : 0),
                             x.hi - (x.hi > (double)l ? little : 0)};
}

// What the weighted input of each pair may have been before it was rounded, by the stage's leak.
static void find_spans(const struct search *q, const struct stage *g, double scale,
                       struct interval *span)
{
    const struct pairs *p = q->p;
    const bool late = g->late && g->kind != LAW_LEAK_NONE && !p->leak;
    const int64_t reach = (int64_t)fmin(3 / fabs(scale), 32) + 2;
    for (int i = 0; i < p->n; i++) {
        const int64_t s = p->y[i] - g->rest, next = p->next[i] - g->rest;
        const int64_t less = p->known[i] + g->bias;
        int64_t lo = INT64_MAX, hi = INT64_MIN;
        if (late) {
            const int64_t guess = (int64_t)rint((double)next / scale);
            for (int64_t at = guess - reach; at <= guess + reach; at++) {
                if (at - leaked(g, at, g->word) != next) continue;
                lo = at < lo ? at : lo;
                hi = at > hi ? at : hi;
            }
            if (lo > hi) lo = hi = guess;
            lo -= s + less;
            hi -= s + less;
        } else
            lo = hi = next - s + leaked(g, s, p->leak ? p->leak[i] : g->word) - less;
        span[i].lo = unrounded(lo, g->round_in).lo;
        span[i].hi = unrounded(hi, g->round_in).hi;
    }
}

// One weight anew, the others as they are: where most pairs meet.
static void vote_source(struct search *q, struct stage *g, int source, const struct interval *span)
{
    const struct pairs *p = q->p;
    struct interval at;
    int n = 0;
    for (int i = 0; i < p->n; i++) {
        const int64_t *x = p->x + (size_t)i * (size_t)p->n_x;
        int64_t others = 0;
        if (!x[source]) continue;
        for (int k = 0; k < p->n_x; k++)
            others += k == source ? 0 : g->w[k] * x[k];
        const double lo = (ldexp(span[i].lo, g->align) - (double)others) / (double)x[source];
        const double hi = (ldexp(span[i].hi, g->align) - (double)others) / (double)x[source];
        q->vote[n++] = lo < hi ? (struct interval){lo, hi} : (struct interval){hi, lo};
    }
    if (!n) return;
    intervals_meet(q->vote, n, &at);
    const double word = rint((at.lo + at.hi) / 2);
    if (fabs(word) * q->x_most * p->n_x < 0x1p58) g->w[source] = (int64_t)word;
}

// Leak and weights by turns, until no more pairs follow.
static void settle(struct search *q, struct stage *g, double scale, int turns)
{
    struct interval *span = (struct interval *)q->memory;
    if (!vote(q, g)) return;
    for (int turn = 0; turn < turns && g->right < q->p->n; turn++) {
        struct stage next = *g;
        find_spans(q, g, scale, span);
        for (int k = 0; k < q->p->n_x; k++)
            if (g->told[k]) vote_source(q, &next, k, span);
        if (!vote(q, &next) || next.right < g->right) return;
        const bool same = next.right == g->right;
        *g = next;
        if (same && turn > 1) return;
    }
}

static void try_align(struct search *q, const struct line *line, struct stage g, double scale,
                      int only)
{
    enum { TURNS = 8, MANY = 24 };
    struct stage best = g;
    if (q->p->n_x > MANY) return;
    for (int round = 0; round < FX_ROUNDS && !deadline_passed(q->all->deadline); round++) {
        struct stage trial = g;
        trial.round_in = (enum fx_round)round;
        if (only >= 0 && !g.late) {
            for (int again = 0; again < 3; again++)
                if (!vote_weight(q, &trial, only) || !vote(q, &trial)) break;
            if (trial.align && trial.right >= best.right) {
                keep(q, &trial);
                best = trial;
            }
            continue;
        }
        trial.align = FINE;
        for (int k = 0; k < q->p->n_x; k++)
            trial.w[k] = (int64_t)rint(ldexp(line->w[k] / scale, FINE));
        settle(q, &trial, scale, TURNS);
        if (trial.right < best.right)
            continue; // another rounding with other weights may do as well
        best = trial;
        for (int align = 1; align <= FINE; align++) { // as few bits as do
            struct stage shorter = trial;
            shorter.align = align;
            for (int k = 0; k < q->p->n_x; k++)
                shorter.w[k] = (int64_t)rint(ldexp((double)trial.w[k], align - FINE));
            settle(q, &shorter, scale, 2);
            if (shorter.right < trial.right && align < FINE) continue;
            keep(q, &shorter);
            break;
        }
    }
}

// Weights of the line, and what follows from them for all pairs that are looked at.
static bool set_line(struct search *q, const struct line *line, struct stage *g)
{
    for (int k = 0; q->p->gathers && k < q->p->n_x; k++) {
        const double w = line->whole[k];
        if (!(fabs(w) * q->x_most * q->p->n_x < 0x1p58)) return false;
        g->w[k] = (int64_t)rint(w);
        g->told[k] = line->told[k];
    }
    return vote(q, g);
}

static void try_one(struct search *q, const struct line *line, struct stage g, bool aligns)
{
    const struct pairs *p = q->all;
    const double scale = g.late && g.kind != LAW_LEAK_LINEAR ? line->keeps : 1;
    int active = 0, only = -1;
    q->p = p;
    if (!set_line(q, line, &g)) return;
    for (int again = 0; again < REPAIRS && g.right < p->n; again++) {
        struct stage other = g;
        if (!repair(q, &other, scale) || !vote(q, &other)) break;
        if (other.right < g.right) break;
        g = other;
    }
    keep(q, &g);
    for (int k = 0; p->gathers && k < p->n_x; k++) {
        active += g.told[k];
        only = g.told[k] ? k : only;
    }
    if (aligns && p->gathers && g.right < p->n - p->n / 20)
        try_align(q, line, g, scale, active == 1 ? only : -1);
}

enum { PLACES = 96 };
struct place {
    int64_t bias, rest;
};

static int add_place(struct place *to, int n, int64_t bias, int64_t rest)
{
    for (int i = 0; i < n; i++)
        if (to[i].bias == bias && to[i].rest == rest) return n;
    if (n < PLACES) to[n++] = (struct place){bias, rest};
    return n;
}

// What is added each tick, and where the leak goes to: the line knows one number of both.
static int places(const struct search *q, const struct line *line, const struct stage *g,
                  struct place *to)
{
    const struct pairs *p = q->p;
    int n = add_place(to, 0, 0, 0);
    if (!p->biased) return n;
    const bool late = g->late && g->kind != LAW_LEAK_LINEAR;
    const double leaks = 1 - line->keeps;
    const bool part = g->kind != LAW_LEAK_LINEAR && g->kind != LAW_LEAK_NONE;
    if (p->leak) {
        for (int i = 0; i < p->n_rests; i++)
            n = add_place(to, n, 0, p->rest[i]);
        for (int by = -2; by <= 2; by++)
            n = add_place(to, n, 0, (int64_t)rint(line->bias) + by);
        return n;
    }
    const double bias = late ? line->bias / line->keeps : line->bias;
    const double step = late ? fmin(1 / fabs(line->keeps), 8) : 1;
    for (int i = -1; i < p->n_rests && fabs(bias) < 2e9; i++) {
        const double rest = i < 0 ? 0 : (double)p->rest[i];
        double of = part ? bias - (late ? leaks / line->keeps : leaks) * rest : bias;
        if (i >= 0 && fabs(of) < 2 * step) n = add_place(to, n, 0, p->rest[i]);
        for (int by = -1; by <= 1; by++)
            n = add_place(to, n, (int64_t)rint(of + by * step / 2), (int64_t)rest);
        if (i < 0 && late)
            for (int by = (int)-step; by <= (int)step; by++)
                n = add_place(to, n, (int64_t)rint(of) + by, 0);
    }
    if (!part || fabs(leaks) < 1e-4 || fabs(bias) < 1.5) return n;
    const double at = line->bias / leaks, off = fmin(0.6 / fabs(leaks) + 1, 30);
    for (int by = (int)-off; by <= (int)off && fabs(at) < 2e9; by++)
        n = add_place(to, n, 0, (int64_t)rint(at) + by);
    return n;
}

struct trial {
    struct stage g;
    int right; // of the few
};

static int by_few(const void *a, const void *b)
{
    return ((const struct trial *)b)->right - ((const struct trial *)a)->right;
}

enum { TRIALS = 4096, TRIED = 16, ALIGNED = 3 };

// All roundings and places on a few pairs, and the best of them on all.
static void try_kind(struct search *q, const struct line *line, enum law_leak kind, bool late)
{
    const bool rounds = kind == LAW_LEAK_EXPONENTIAL || law_leak_shifts(kind);
    int n_trials = 0;
    if (late && kind != LAW_LEAK_LINEAR && !(fabs(line->keeps) > 1. / 128)) return;
    for (int round = 0; round < (rounds ? FX_ROUNDS : 1); round++) {
        struct stage g = {.kind = kind, .round = (enum fx_round)round, .late = late};
        struct place at[PLACES];
        int n = places(q, line, &g, at);
        for (int i = 0; i < n && !deadline_passed(q->all->deadline); i++) {
            g.bias = at[i].bias;
            g.rest = at[i].rest;
            for (int frac = q->p->leak ? 0 : 30; frac <= 30; frac++) {
                if (q->p->leak && fabs(ldexp(line->keeps, frac) - 1) > 0.75) continue;
                g.frac = frac;
                struct trial *t = &q->trial[n_trials];
                t->g = g;
                q->p = q->few;
                if (!set_line(q, line, &t->g)) continue;
                if (q->p->through && repair(q, &t->g, 1)) vote(q, &t->g);
                t->right = t->g.right;
                t->g = g;
                n_trials += n_trials < TRIALS - 1;
            }
        }
    }
    if (!n_trials) return;
    qsort(q->trial, (size_t)n_trials, sizeof *q->trial, by_few);
    bool seen[FX_ROUNDS] = {false};
    const bool perfect = q->trial[0].right == q->few->n;
    for (int i = 0; i < n_trials && !deadline_passed(q->all->deadline); i++) {
        const struct trial *t = &q->trial[i];
        const bool near = i < TRIED && t->right >= q->trial[0].right - q->few->n / 6 - 1;
        // The line's constant weights take up what a rounding does: the best of each is tried with its own.
        const bool first = !seen[t->g.round] && !perfect && q->all->gathers;
        seen[t->g.round] = true;
        if (!near && !first) continue;
        // Where few of the few follow, the line alone is of use: it is what the recording is nearest to.
        const bool hopeless = t->right < q->few->n / 5 && !q->all->gathers;
        try_one(q, line, t->g, i < ALIGNED && !hopeless);
        if (hopeless) break;
    }
    q->p = q->all;
}

static int by_right(const void *a, const void *b)
{
    const struct stage *x = a, *y = b;
    if (x->right != y->right) return y->right - x->right;
    if (x->kind != y->kind) return (int)x->kind - (int)y->kind;
    if (x->late != y->late) return x->late - y->late;
    return (int)x->round - (int)y->round;
}

// Leak and gain of each tick are recorded, so that all that is left are fractions and roundings.
static void try_written(struct search *q)
{
    const struct pairs *p = q->all;
    if (!p->leak || p->n_x != 1 || !p->gathers) return;
    for (int late = 0; late < 2; late++)
        for (int rest = -1; rest < p->n_rests; rest++)
            for (int frac = 0; frac <= 30 && !deadline_passed(p->deadline); frac++)
                for (int align = 0; align <= 30; align++) {
                    struct stage g = {.kind = LAW_LEAK_EXPONENTIAL,
                                      .late = late,
                                      .frac = frac,
                                      .align = align,
                                      .rest = rest < 0 ? 0 : p->rest[rest],
                                      .w = {1},
                                      .told = {true}};
                    for (int round = 0; round < FX_ROUNDS * FX_ROUNDS; round++) {
                        g.round = (enum fx_round)(round % FX_ROUNDS);
                        g.round_in = (enum fx_round)(round / FX_ROUNDS);
                        if (!align && g.round_in) break;
                        int wrong = 0, seen = 0;
                        for (; seen < p->n && seen < 48 && wrong < 10 + seen / 3; seen++) {
                            int64_t in = p->x[seen];
                            if (align) in = fx_shr(in, align, g.round_in);
                            in += p->known[seen];
                            int64_t s = p->y[seen] - g.rest + (late ? in : 0);
                            wrong += !follows(p, &g, s, p->y[seen] + in - p->next[seen], seen);
                        }
                        if (wrong >= 10 + seen / 3) continue;
                        q->p = p;
                        vote(q, &g);
                        keep(q, &g);
                    }
                }
}

// Pairs from all over the recording.
static struct pairs some(const struct pairs *p, int64_t *to)
{
    enum { FEW = 160 };
    struct pairs few = *p;
    int n = p->n < FEW ? p->n : FEW;
    const size_t n_x = (size_t)p->n_x;
    int64_t *y = to, *next = y + n, *known = next + n, *leak = known + n, *x = leak + n;
    for (int i = 0; i < n; i++) {
        size_t from = (size_t)((int64_t)i * p->n / n);
        y[i] = p->y[from];
        next[i] = p->next[from];
        known[i] = p->known[from];
        leak[i] = p->leak ? p->leak[from] : 0;
        memcpy(x + (size_t)i * n_x, p->x + from * n_x, n_x * sizeof *x);
    }
    few.n = n;
    few.y = y;
    few.next = next;
    few.known = known;
    few.x = x;
    if (p->leak) few.leak = leak;
    return few;
}

static bool search_init(struct search *q, const struct pairs *p, struct stage *to, int most)
{
    const size_t n = (size_t)p->n + 1, m = (size_t)p->n_x + 4;
    *q = (struct search){.p = p, .all = p, .few = p, .to = to, .most = most, .best = -1};
    q->in = malloc(n * ((3 + m) * sizeof *q->in + sizeof *q->vote));
    q->memory = malloc(n * (m + 2) * sizeof *q->memory);
    q->column = malloc(m * sizeof *q->column);
    q->trial = malloc(TRIALS * sizeof *q->trial);
    if (!q->in || !q->memory || !q->column || !q->trial) return false;
    q->s = q->in + n;
    q->l = q->in + 2 * n;
    q->vote = (struct interval *)(q->in + 3 * n);
    for (size_t i = 0; i < (size_t)p->n * (size_t)p->n_x; i++)
        q->x_most = fmax(q->x_most, fabs((double)p->x[i]));
    return true;
}

static void search_fini(struct search *q)
{
    free(q->in);
    free(q->memory);
    free(q->column);
    free(q->trial);
}

double stages_promise(const struct pairs *p)
{
    struct search q;
    struct line part, constant;
    double share = -1;
    if (!p->n) return 0;
    if (search_init(&q, p, 0, 0) && draw(&q, LEAKING_PART, false, &part)) {
        share = part.share;
        if (!p->leak && draw(&q, LEAKING_CONSTANT, false, &constant))
            share = fmax(share, constant.share);
    }
    search_fini(&q);
    return share;
}

int stages_find(const struct pairs *p, struct stage *to, int most)
{
    struct search q;
    if (search_init(&q, p, to, most) && p->n) {
        const struct pairs few = some(p, (int64_t *)(q.vote + p->n + 1));
        q.few = &few;
        try_written(&q);
        for (int late = 0; late < (p->through ? 1 : 2) && !(p->leak && q.n); late++) {
            struct line line;
            if (!draw(&q, LEAKING_PART, late, &line)) continue;
            try_kind(&q, &line, LAW_LEAK_EXPONENTIAL, late);
            if (p->leak) continue;
            try_kind(&q, &line, LAW_LEAK_SHIFT, late);
            try_kind(&q, &line, LAW_LEAK_SHIFT_MOVES, late);
            if (draw(&q, LEAKING_CONSTANT, late, &line)) try_kind(&q, &line, LAW_LEAK_LINEAR, late);
            if (!late && draw(&q, LEAKING_NOT, late, &line))
                try_kind(&q, &line, LAW_LEAK_NONE, late);
        }
    }
    search_fini(&q);
    qsort(to, (size_t)q.n, sizeof *to, by_right);
    int near = p->n / 50 + 1;
    while (q.n && to[q.n - 1].right < q.best - near)
        q.n--;
    return q.n;
}
