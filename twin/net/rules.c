#include "twin/net/rules.h"

#include "twin/net/project.h"
#include "twin/chip/physics.h"
#include "twin/net/quantise.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const rules_names[RULES] = {"range", "grid",   "sign",  "code",   "neuron",
                                        "cores", "fan-in", "delay", "filters"};

// What is looked at: the report that it goes into, and how.
struct check {
    struct rules_report *r;
    const struct chip *c;
    const struct net *n, *legal;
    bool words;
    size_t room; // of r->offence
};

static int offend(struct check *a, const struct rules_offence *o, struct fail *f)
{
    struct rules_report *r = a->r;
    if (r->n_offences == a->room) {
        size_t room = a->room ? 2 * a->room : 64;
        void *more = realloc(r->offence, room * sizeof *r->offence);
        if (!more) return fail(f, "rule check: out of memory");
        r->offence = more;
        a->room = room;
    }
    r->offence[r->n_offences++] = *o;
    for (int i = 0; i < RULES; i++)
        r->count[i] += o->broken[i];
    return 0;
}

// A level in single precision, however it was computed, is less than this away from it.
static double tolerance(const struct chip *c)
{
    return ldexp(fmax(c->weight.max, -c->weight.min), -22);
}

static bool on_level(const struct chip *c, double w)
{
    double first = quantise_level(c, 0), step = quantise_level(c, 1) - first;
    return fabs(w - (first + nearbyint((w - first) / step) * step)) <= tolerance(c);
}

// Whether a value of the block's members (n_source, n_out) is on the wrong side of their sum.
static bool wrong_sign(const struct quantise_block *b, const double *value, int n_out, int source,
                       int neuron)
{
    double sum = 0, own = value[source * n_out + neuron];
    for (int i = b->first; i <= b->last; i++)
        sum += b->of_sources ? value[i * n_out + neuron] : value[source * n_out + i];
    return sum >= 0 ? own < 0 : own > 0;
}

// code: as stored, made: what the master weights make; both NULL if real-valued weights are
// checked.
static int check_weights(struct check *a, int layer, const double *value, const int16_t *code,
                         const int16_t *made, struct fail *f)
{
    const struct chip *c = a->c;
    const struct net_layer *y = &a->n->layer[layer];
    bool grid = !code && (c->weight.bits || a->words);
    int lo, hi;
    quantise_codes(c, &lo, &hi);
    for (int i = 0; i < y->n_source; i++)
        for (int k = 0; k < y->n_out; k++) {
            size_t at = (size_t)i * (size_t)y->n_out + (size_t)k;
            double w = value[at];
            struct quantise_block b;
            struct rules_offence o = {"weight", layer, i, k, w, a->legal->layer[layer].w[at],
                                      {false}};
            o.broken[RULE_RANGE] =
                code ? code[at] < lo || code[at] > hi
                     : w < c->weight.min - tolerance(c) || w > c->weight.max + tolerance(c);
            o.broken[RULE_GRID] = grid && !on_level(c, w);
            o.broken[RULE_SIGN] = quantise_block_of(c, a->n, layer, i, k, &b) &&
                                  wrong_sign(&b, value, y->n_out, i, k);
            bool any = o.broken[RULE_RANGE] || o.broken[RULE_GRID] || o.broken[RULE_SIGN];
            o.broken[RULE_CODE] = code && !any && code[at] != made[at];
            if ((any || o.broken[RULE_CODE]) && offend(a, &o, f)) return -1;
        }
    a->r->n_weights += (size_t)y->n_source * (size_t)y->n_out;
    return 0;
}

static int check_layer(struct check *a, int layer, const int16_t *code, struct fail *f)
{
    const struct net_layer *y = &a->n->layer[layer];
    size_t n = (size_t)y->n_source * (size_t)y->n_out;
    double *value = malloc(n * sizeof *value);
    int16_t *made = malloc(n * sizeof *made);
    int bad = value && made ? 0 : fail(f, "rule check: out of memory");
    for (size_t i = 0; !bad && i < n; i++)
        value[i] = code ? quantise_level(a->c, code[i]) : (double)y->w[i];
    if (!bad && code) quantise_layer(a->c, a->n, layer, &(struct quantised){.code = made});
    if (!bad) bad = check_weights(a, layer, value, code, made, f);
    free(value);
    free(made);
    return bad;
}

// θ, λ, bias and what else of a neuron the law has.
static int check_neurons(struct check *a, int layer, struct fail *f)
{
    const struct chip *c = a->c;
    const struct net_layer *y = &a->n->layer[layer], *legal = &a->legal->layer[layer];
    for (int k = 0; k < y->n_out; k++)
        for (int p = 0; p < physics_of(c->kind)->n; p++) {
            const float *value = y->value[p];
            if (!value) continue;
            float x = value[k];
            bool wrong = x != (float)physics_held(c, p, x);
            const bool grid = c->weight.bits && c->kind == &lif_kind;
            if (grid && p == NET_THETA) wrong = x != (float)c->threshold;
            if (grid && p == NET_BIAS) wrong = x != 0;
            struct rules_offence o = {
                physics_of(c->kind)->value[p].name, layer, -1, k, x, legal->value[p][k], {false}};
            o.broken[RULE_NEURON] = wrong;
            if (wrong && offend(a, &o, f)) return -1;
        }
    return 0;
}

static int check_fan_in(const struct chip *c, const struct image_shape *s, struct fail *f)
{
    for (int l = 0; c->cores.fan_in && l < s->n_layers; l++) {
        int sources = image_fan_in(s, l);
        if (sources > c->cores.fan_in)
            return fail(f, "layer %d has %d sources a neuron, %s allows %d", l, sources, c->name,
                        c->cores.fan_in);
    }
    return 0;
}

int rules_check_delay(const struct chip *c, const struct image_shape *s, struct fail *f)
{
    for (int l = 0; l < s->n_layers; l++)
        if (image_late(s, l) > c->delay_max)
            return fail(
                f, "layer %d: %d taps, the last %d ticks late, allowed 0..%d (delay.max of %s)", l,
                s->layer[l].taps, image_late(s, l), c->delay_max, c->name);
    return 0;
}

static int check_filters(const struct chip *c, const struct image_shape *s, struct fail *f)
{
    struct frontend fe;
    int n = s->layer[0].n_in, have = c->frontend.n_filters;
    if (!have) return 0;
    if (c->front_tau_s > 0 && !placement_in_front(s, 0))
        return fail(f, "layer 0 is dense, the front end of %s has a neuron for each filter",
                    c->name);
    if (n > have && !placement_in_front(s, 0)) return 0; // of a net that hears events past it
    if (n > have) return fail(f, "%d inputs, the front end of %s has %d filters", n, c->name, have);
    if (frontend_init(&fe, &c->frontend, f)) return -1;
    for (int k = 0; k < n; k++) {
        double top = fe.centre_hz[k] + fe.width_hz[k] / 2, nyquist = fe.spec.rate_hz / 2.0;
        if (top >= nyquist)
            return fail(f, "filter %d of %s reaches to %.0f Hz, allowed below %.0f (half the rate)",
                        k, c->name, top, nyquist);
    }
    return 0;
}

int rules_check_shape(const struct chip *c, const struct image_shape *s, struct fail *f)
{
    struct placement p;
    struct fail why;
    if (placement_find(&p, c, s, &why) || check_fan_in(c, s, &why) ||
        rules_check_delay(c, s, &why) || check_filters(c, s, &why))
        return fail(f, "network: %s", why.text);
    return 0;
}

static void note(struct rules_report *r, enum rule rule, int bad, const struct fail *why)
{
    r->count[rule] = bad != 0;
    snprintf(r->text[rule], sizeof r->text[rule], "%.255s", bad ? why->text : "");
}

int rules_check(struct rules_report *r, const struct chip *c, const struct net *n,
                int16_t *const *code, bool words, struct fail *f)
{
    struct net legal;
    struct fail why;
    struct check a = {.r = r, .c = c, .n = n, .legal = &legal, .words = words};
    *r = (struct rules_report){.stored = code != 0};
    if (project_legal(&legal, c, n, f)) return -1;
    int bad = 0;
    for (int l = 0; !bad && l < n->shape.n_layers; l++)
        bad = check_layer(&a, l, code ? code[l] : 0, f) || check_neurons(&a, l, f);
    note(r, RULE_CORES, placement_find(&r->placement, c, &n->shape, &why), &why);
    note(r, RULE_FAN_IN, check_fan_in(c, &n->shape, &why), &why);
    note(r, RULE_DELAY, rules_check_delay(c, &n->shape, &why), &why);
    note(r, RULE_FILTERS, check_filters(c, &n->shape, &why), &why);
    net_fini(&legal);
    if (bad) rules_fini(r);
    return bad ? -1 : 0;
}

void rules_fini(struct rules_report *r)
{
    free(r->offence);
    r->offence = 0;
    r->n_offences = 0;
}

bool rules_pass(const struct rules_report *r)
{
    for (int i = 0; i < RULES; i++)
        if (r->count[i]) return false;
    return true;
}
