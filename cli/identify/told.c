#include "cli/identify/told.h"

#include "cli/cli.h"
#include "model/fields.h"
#include "model/lif/law_fields.h"
#include "twin/identify/found.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A choice of the law in plain words.
static const struct {
    const char *field, *question;
} questions[] = {
    {"round_leak", "how the leak's product is rounded"},
    {"round_current", "how the weighted input is rounded"},
    {"round_decay", "how the current's decay is rounded"},
    {"leak_kind", "what leaks from the membrane"},
    {"decay_kind", "what leaks from the current"},
    {"decay_order", "whether the current decays before its input or after"},
    {"saturation", "whether a current saturates after each source or at the end"},
    {"saturate_sum", "whether what the membrane moves by saturates before it is added"},
    {"clamp", "what the membrane does at the ends of its word"},
    {"floor", "whether the membrane may be below 0"},
    {"fire", "whether it fires at the threshold or above it"},
    {"reset", "whether a spike resets the membrane or takes the threshold away"},
    {"rest", "whether the membrane rests, or is reset, elsewhere than at 0"},
    {"order", "whether the leak acts before the input or after"},
    {"refractory", "what the membrane does while refractory"},
    {"refractory_ticks", "how many ticks a neuron is refractory"},
};

static const char *question(const struct field *x)
{
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
        if (!strcmp(questions[i].field, x->name)) return questions[i].question;
    return x->name;
}

static double real(const struct neuron_found *n, int64_t word)
{
    return ldexp((double)word, -n->frac);
}

static void leak_text(const struct neuron_found *n, const struct member *m,
                      const struct candidate *c)
{
    const struct law *law = &c->law;
    const char *open = m->c.law.leak_kind == law->leak_kind ? "" : " (as another kind)";
    if (n->unit.leak)
        printf("  leak: the column's word / 2^%d\n", law->leak.frac_bits);
    else if (law->leak_kind == LAW_LEAK_EXPONENTIAL && !*open)
        printf("  leak: %d / 2^%d, any factor from %.9g to %.9g\n", c->n.lambda,
               law->leak.frac_bits, m->leak_lo, m->leak_hi);
    else if (law->leak_kind == LAW_LEAK_EXPONENTIAL)
        printf("  leak: %d / 2^%d\n", c->n.lambda, law->leak.frac_bits);
    else if (law_leak_shifts(law->leak_kind))
        printf("  leak: shift by %d\n", c->n.lambda);
    else if (law->leak_kind == LAW_LEAK_LINEAR)
        printf("  leak: %g a tick\n", real(n, c->n.lambda));
    for (int k = 0; k < law->currents; k++) {
        const int32_t mu = k ? c->n.mu2 : c->n.mu;
        if (law->decay_kind == LAW_LEAK_EXPONENTIAL)
            printf("  decay%s: %d / 2^%d\n", k ? " 2" : "", mu, law->leak.frac_bits);
        else if (law->decay_kind != LAW_LEAK_NONE)
            printf("  decay%s: %d%s\n", k ? " 2" : "", mu,
                   law_leak_shifts(law->decay_kind) ? " bits" : "");
    }
}

// The words of a neuron under the first law; what the recording does not settle is said.
static void words_text(const struct identified *x, int neuron)
{
    const struct neuron_found *n = &x->neuron[neuron];
    const struct member *m = found_member(x, neuron);
    struct candidate c;
    class_candidate(&x->alike, 0, neuron, &c);
    const bool fires = class_fires(&x->alike, neuron);
    if (*n->key) printf("neuron %s:\n", n->key);
    leak_text(n, m, &c);
    if (fires)
        printf("  threshold: %g, anything from %g to %g\n", real(n, c.n.theta),
               real(n, m->theta.lo), real(n, m->theta.hi));
    else
        printf("  threshold: open, %g or more: it never fires\n", real(n, m->theta.lo));
    const struct bounds bias = class_bias(&x->alike, neuron);
    if (!n->unit.bias && bias.lo < bias.hi)
        printf("  bias: %g; open, from %g to %g under other laws\n", real(n, c.n.bias),
               real(n, bias.lo), real(n, bias.hi));
    else if (!n->unit.bias && c.n.bias)
        printf("  bias: %g\n", real(n, c.n.bias));
    if (n->view.from_row)
        printf("  rest: %g; where a run begins is not known\n", real(n, c.n.rest));
    else if (c.n.rest)
        printf("  rest: %g\n", real(n, c.n.rest));
    if (!fires)
        printf("  reset: open, it never fires\n");
    else if (!c.law.reset_subtract && c.n.reset)
        printf("  reset: to %g\n", real(n, c.n.reset));
    for (int k = 0; k < n->unit.n_x; k++) {
        const char *name = x->r->column[n->source[k]].name;
        if (!m->told[k]) printf("  weight of %s: open, it is not heard by itself\n", name);
        for (int s = 0; s < (c.law.currents > 1 ? 2 : 1) && m->told[k]; s++)
            if (c.w[s][k] || n->unit.n_x == 1)
                printf("  weight of %s%s: %.10g\n", name, s ? " on the second synapse" : "",
                       found_weight(x, n, &c, s, k));
    }
    if (n->n_listed > n->unit.n_x)
        printf("  %d more columns are not heard, %d are the most\n", n->n_listed - n->unit.n_x,
               UNIT_SOURCES);
}

static void nearest_text(const struct identified *x, const struct neuron_found *n)
{
    const struct recording *r = x->r;
    const struct law *law = &n->nearest.c.law;
    const char *of = *n->key ? n->key : r->column[n->membrane].name;
    if (n->nearest.wrong < 0) {
        printf("neuron %s: nothing to compare, %d rows are too few\n", of, r->n_rows);
        return;
    }
    if (n->by_current) {
        printf("neuron %s: nearest is a current with a decay of kind %s; %d of %d ticks differ\n",
               of, law_leak_names[law->decay_kind], n->nearest.wrong, r->n_rows);
        return;
    }
    printf("neuron %s: nearest is a leak of kind %s, rounded %s, %s; of %d ticks %d do not follow "
           "from the row before\n",
           of, law_leak_names[law->leak_kind], law_round_names[law->round_leak],
           law->integrate_first ? "after integration" : "before integration", r->n_rows,
           n->nearest.wrong);
    for (int t = 0; t < n->unit.n; t++) {
        struct law_state s = unit_rest(&n->unit, &n->nearest.c, t);
        static const int32_t never = INT32_MAX;
        if (n->unit.begins[t] && n->view.from_row) continue;
        if (!n->unit.begins[t]) s.v = (int32_t)n->unit.v[t - 1];
        if (n->unit.u[0] && !n->unit.begins[t]) s.u = (int32_t)n->unit.u[0][t - 1];
        if (n->unit.u[1] && !n->unit.begins[t]) s.u2 = (int32_t)n->unit.u[1][t - 1];
        const int64_t c = unit_step(&n->unit, &n->nearest.c, &s, t, &never).clamp;
        if ((n->unit.z && n->unit.z[t]) || c == n->unit.v[t]) continue;
        printf("  it fails first at line %d: %s is %.12g, the law makes %.12g of the row before\n",
               r->line[t], r->column[n->membrane].name, r->column[n->membrane].x[t], real(n, c));
        return;
    }
    printf("  no row without a spike fails: what a spike leaves behind, or when one comes, is of "
           "no law "
           "here\n");
}

// What was not looked at, a line each.
static void cut_text(const struct identified *x)
{
    if (x->deadline.passed && !x->explained)
        printf("cut: the search ended by --seconds; %d of %d ways to read the rows were tried\n",
               x->views_tried, x->views);
    else if (x->deadline.passed)
        printf("cut: the search ended by --seconds: there may be more laws than are told\n");
    if (x->alike.full)
        printf(
            "cut: more than %d laws give every word; each open choice was tried, not all of them "
            "together\n",
            x->alike.n);
}

static void none_text(const struct identified *x)
{
    const struct recording *r = x->r;
    int explained = 0, first = -1;
    if (!x->whole)
        printf(
            "no law fits: the numbers of column %s have no step of 2^-%d or more, so they are no "
            "words of a fixed-point machine\n",
            x->rough, RECORDING_FRACTION);
    else
        printf("no law fits all %d ticks\n", r->n_rows);
    for (int i = 0; i < x->n; i++) {
        explained += x->neuron[i].laws.n > 0;
        if (first < 0 && (!x->neuron[i].laws.n || !x->whole)) first = i;
    }
    if (first < 0)
        printf("each neuron follows a law, and no one law is shared by all\n");
    else {
        if (explained && x->whole)
            printf("%d of %d neurons follow a law each, these do not:\n", explained, x->n);
        for (int i = first; i < x->n; i++)
            if (i == first || (x->whole && explained && !x->neuron[i].laws.n))
                nearest_text(x, &x->neuron[i]);
    }
}

void told_text(const struct identified *x, const char *file)
{
    const struct recording *r = x->r;
    char text[512];
    printf("%s: %d ticks, %d run%s, %d neuron%s\n", file, r->n_rows, r->n_runs,
           r->n_runs == 1 ? "" : "s", x->n, x->n == 1 ? "" : "s");
    cut_text(x);
    if (!x->explained) {
        none_text(x);
        return;
    }
    const struct member *m = found_member(x, 0);
    found_rows(x, text, sizeof text);
    if (x->alike.n == 1)
        printf("one law: every word follows\n");
    else
        printf("a class of %s%d laws, the first of which is told: every word follows\n",
               x->alike.full || x->alike.cut ? "more than " : "", x->alike.n);
    printf("rows: %s\n", text);
    printf("words: membrane has %d fraction bits, by the smallest step of its numbers\n",
           x->neuron[0].frac);
    if (m->bits.lo == m->bits.hi)
        printf("membrane: %" PRId64 " bits, by a clamp that acts\n", m->bits.lo);
    else
        printf("membrane: %" PRId64 " bits or more, its ends are not reached; %d assumed\n",
               m->bits.lo, found_bits(x, false));
    for (const struct field *f = law_fields; f->name; f++) {
        char one[16];
        if (found_values(x, f, text, sizeof text) == 1 && !class_untouched(&x->alike, f))
            printf("%s: %s\n", f->name, found_value(f, field_get(f, found_law(x, 0)), one));
    }
    for (const struct field *f = law_fields; f->name; f++) {
        if (found_values(x, f, text, sizeof text) > 1)
            printf("open: %s: %s (%s)\n", f->name, text, question(f));
        if (class_untouched(&x->alike, f))
            printf("open: %s: any (%s; %s)\n", f->name, question(f), found_untouched(f));
    }
    for (int i = 0; i < x->n; i++)
        words_text(x, i);
}
