#include "twin/identify/current.h"

#include "twin/identify/stage.h"

#include <stdlib.h>
#include <string.h>

enum { WIDEST = 32 };

// One current, as if it were the first: from the states that were recorded.
static int pass(const struct unit *u, const struct candidate *c, int which, int most)
{
    static const int32_t never = INT32_MAX;
    const int64_t *words = u->u[which];
    int wrong = 0;
    for (int t = 0; t < u->n && wrong <= most; t++) {
        if (u->begins[t] && u->from_row) continue;
        struct law_state s = {.u = u->begins[t] ? 0 : (int32_t)words[t - 1]};
        unit_step(u, c, &s, t, &never);
        wrong += s.u != words[t];
    }
    return wrong;
}

static int bits_that_hold(const int64_t *words, int n)
{
    int bits = 4;
    for (int t = 0; t < n; t++)
        while (bits < WIDEST && (words[t] < fx_min(bits) || words[t] > fx_max(bits)))
            bits++;
    return bits;
}

static void set_bits(struct candidate *c, int bits)
{
    c->law.current = (struct law_format){(int8_t)bits, 0};
}

static struct bounds widths(const struct unit *u, struct candidate *c, int which, int narrowest)
{
    struct bounds x = {WIDEST + 1, 0};
    for (int bits = narrowest; bits <= WIDEST; bits++) {
        set_bits(c, bits);
        if (pass(u, c, which, 0)) {
            if (x.hi) break;
            continue;
        }
        x.lo = bits < x.lo ? bits : x.lo;
        x.hi = bits;
        set_bits(c, WIDEST);
        if (!pass(u, c, which, 0)) x.hi = WIDEST;
        if (x.hi == WIDEST) break;
    }
    return x;
}

// Where nothing is clamped, the usual width.
static int usual(struct bounds bits)
{
    static const int widths[] = {8, 12, 16, 24, WIDEST};
    int i = 0;
    while (widths[i] < bits.lo)
        i++;
    return bits.hi < widths[i] ? (int)bits.lo : widths[i];
}

static bool set_stage(struct candidate *c, const struct stage *g, const struct unit *u)
{
    struct law *law = &c->law;
    int bits = 2, frac = g->kind == LAW_LEAK_EXPONENTIAL ? g->frac : 0;
    law->input = (struct law_format){32, 0};
    law->input_signed = true;
    law->membrane = (struct law_format){WIDEST, 0};
    law->currents = 1;
    law->decay_kind = g->kind;
    law->round_decay = g->round;
    law->decay_last = g->late;
    law->round_current = g->round_in;
    law->has_gain = u->gain != 0;
    if (law->has_gain) law->gain = (struct law_format){32, 0};
    c->layer = (struct law_layer){g->align, 1};
    c->n.mu = (int32_t)g->word;
    for (int k = 0; k < u->n_x; k++) {
        if (g->w[k] < fx_min(16) || g->w[k] > fx_max(16)) return false;
        c->w[0][k] = (int32_t)g->w[k];
        while (g->w[k] < fx_min(bits) || g->w[k] > fx_max(bits))
            bits++;
    }
    law->weight = (struct law_format){(int8_t)bits, 0};
    bits = fx_ubits((uint64_t)(g->word > 0 ? g->word : 0));
    bits = bits > frac ? bits : frac;
    if (g->word < 0 || bits > 16) return false;
    law->leak = (struct law_format){(int8_t)((bits ? bits : 1) - frac), (int8_t)frac};
    return true;
}

static void add(const struct unit *u, const struct candidate *c, const struct stage *g, int which,
                struct members *to)
{
    struct candidate trial = *c;
    const int narrowest = bits_that_hold(u->u[which], u->n);
    for (int way = 0; way < 3; way++) {
        trial.law.wrap = way == 1;
        trial.law.saturate_each = way == 2;
        if (way == 2 && (!trial.law.decay_last || trial.layer.align || trial.law.has_gain))
            continue;
        struct bounds bits = widths(u, &trial, which, narrowest);
        if (!bits.hi) continue;
        set_bits(&trial, usual(bits));
        struct member *m = members_add(to);
        if (!m) return;
        m->c = trial;
        m->current_bits = bits;
        m->decay_lo = g->lo;
        m->decay_hi = g->hi;
        memcpy(m->told, g->told, sizeof m->told);
    }
}

static int collect(const struct unit *u, int which, struct pairs *p)
{
    *p = (struct pairs){.gathers = true, .deadline = u->deadline};
    if (pairs_init(p, u->n, u->n_x, false)) return -1;
    for (int t = 0; t < u->n; t++) {
        if (u->begins[t] && u->from_row) continue;
        const size_t at = (size_t)p->n++;
        p->y[at] = u->begins[t] ? 0 : u->u[which][t - 1];
        p->next[at] = u->u[which][t];
        for (int k = 0; k < u->n_x; k++)
            p->x[at * (size_t)u->n_x + (size_t)k] =
                (int64_t)u->x[(size_t)t * (size_t)u->n_x + (size_t)k] * (u->gain ? u->gain[t] : 1);
    }
    return pairs_distinct(p);
}

static void try_pairs(const struct unit *u, int which, const struct pairs *p, struct members *to,
                      struct nearest *nearest, struct stage *stage)
{
    const int n = stages_find(p, stage, STAGES_MOST);
    for (int i = 0; i < n && !deadline_passed(u->deadline); i++) {
        struct candidate c = {0};
        if (stage[i].kind == LAW_LEAK_LINEAR && stage[i].word > fx_umax(16)) continue;
        if (!unit_holds(u, stage[i].w) || !set_stage(&c, &stage[i], u)) continue;
        int before = to->n;
        add(u, &c, &stage[i], which, to);
        set_bits(&c, WIDEST);
        int wrong = to->n > before ? 0 : pass(u, &c, which, u->n);
        if (nearest->wrong < 0 || wrong < nearest->wrong) {
            nearest->c = c;
            nearest->wrong = wrong;
        }
    }
}

static int find_one(const struct unit *u, int which, struct members *to, struct nearest *nearest)
{
    struct stage *stage = malloc(STAGES_MOST * sizeof *stage);
    int rc = stage ? 0 : -1;
    for (int all = 0; rc == 0 && all < 2 && !to->n; all++) {
        struct pairs p;
        rc = collect(u, which, &p);
        const bool dropped = rc == 0 && !all && pairs_drop_ends(&p);
        if (rc == 0) try_pairs(u, which, &p, to, nearest, stage);
        pairs_fini(&p);
        if (!dropped) break;
    }
    free(stage);
    return to->lost ? -1 : rc;
}

// Two currents of one law: the same decay, its format the longer one of the two.
static bool join(struct member *a, const struct member *b)
{
    struct law *x = &a->c.law;
    const struct law *y = &b->c.law;
    const bool factor = x->decay_kind == LAW_LEAK_EXPONENTIAL;
    if (x->decay_kind != y->decay_kind || x->round_decay != y->round_decay ||
        x->decay_last != y->decay_last || x->wrap != y->wrap ||
        x->saturate_each != y->saturate_each || a->c.layer.align != b->c.layer.align)
        return false;
    struct bounds bits = {
        a->current_bits.lo > b->current_bits.lo ? a->current_bits.lo : b->current_bits.lo,
        a->current_bits.hi < b->current_bits.hi ? a->current_bits.hi : b->current_bits.hi};
    if (bits.lo > bits.hi) return false;
    int frac = x->leak.frac_bits > y->leak.frac_bits ? x->leak.frac_bits : y->leak.frac_bits;
    a->current_bits = bits;
    set_bits(&a->c, usual(bits));
    a->c.n.mu2 = (int32_t)(factor ? fx_shl(b->c.n.mu, frac - y->leak.frac_bits) : b->c.n.mu);
    if (factor) a->c.n.mu = (int32_t)fx_shl(a->c.n.mu, frac - x->leak.frac_bits);
    int whole = x->leak.int_bits > y->leak.int_bits ? x->leak.int_bits : y->leak.int_bits;
    x->leak = (struct law_format){(int8_t)whole, (int8_t)frac};
    if (law_bits(y->weight) > law_bits(x->weight)) x->weight = y->weight;
    x->currents = 2;
    memcpy(a->c.w[1], b->c.w[0], sizeof a->c.w[1]);
    for (int k = 0; k < UNIT_SOURCES; k++)
        a->told[k] &= b->told[k];
    return true;
}

int current_find(const struct unit *u, struct members *to, struct nearest *nearest)
{
    if (find_one(u, 0, to, nearest)) return -1;
    if (!u->u[1] || !to->n) return 0;
    struct members others = {0}, joined = {0};
    struct nearest other = {.wrong = -1};
    int rc = find_one(u, 1, &others, &other);
    if (!others.n) *nearest = other;
    for (int i = 0; rc == 0 && i < to->n; i++)
        for (int k = 0; k < others.n; k++) {
            struct member both = to->m[i];
            if (!join(&both, &others.m[k])) continue;
            struct member *m = members_add(&joined);
            if (m) *m = both;
            break;
        }
    members_fini(&others);
    members_fini(to);
    *to = joined;
    return rc || to->lost ? -1 : 0;
}

double current_promise(const struct unit *u)
{
    enum { ENOUGH = 256 };
    struct pairs p;
    double share = -1;
    if (!collect(u, 0, &p)) {
        pairs_drop_ends(&p);
        pairs_thin(&p, ENOUGH + 4 * p.n_x);
        share = stages_promise(&p);
    }
    pairs_fini(&p);
    return share;
}
