#include "twin/nir/import.h"

#include "base/basic_math.h"
#include "twin/net/quantise.h"
#include "twin/net/rules.h"
#include "twin/nir/own.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The values of a layer's neurons as NIR has them, broadcast; (n_out) each.
enum value { TAU, TAU_SYN, R, V_LEAK, THRESHOLD, V_RESET, W_IN, VALUES };

struct work {
    struct nir_import *m;
    struct net *net;
    struct nir_graph *g;
    const struct chip *c;
    const struct nir_choice *choice;
    struct fail *f;
    const struct nir_layers *layers;
    struct nir_own own;
    size_t room; // of m->offence
};

static int no_memory(const struct work *w)
{
    return fail(w->f, "%s: out of memory", w->g->path);
}

// Where a layer's neuron is in the graph: the node's name, and which of its neurons.
static const char *name_of(const struct work *w, int layer, int neuron)
{
    return w->g->node[nir_part_of(&w->layers->layer[layer], neuron)->node].name;
}

static int within(const struct work *w, int layer, int neuron)
{
    return neuron - nir_part_of(&w->layers->layer[layer], neuron)->first;
}

// A net of ours is for this very chip: what of it the chip clips was so before, and drc tells it.
// The neuron is told as the layer has it.
static int offend(struct work *w, int layer, const struct nir_offence *o)
{
    const struct nir_part *of = nir_part_of(&w->layers->layer[layer], o->neuron);
    struct nir_import *m = w->m;
    if (w->own.is && !o->never) return 0;
    if (m->n_offences == w->room) {
        size_t room = w->room ? 2 * w->room : 64;
        void *more = realloc(m->offence, room * sizeof *m->offence);
        if (!more) return no_memory(w);
        m->offence = more;
        w->room = room;
    }
    m->offence[m->n_offences] = *o;
    m->offence[m->n_offences].node = of->node;
    m->offence[m->n_offences++].neuron -= of->first;
    m->n_never += o->never;
    return 0;
}

// theta of every neuron: the chip's, and of a chip that says none a sixteenth of what its membrane holds.
static double theta_of(const struct chip *c)
{
    const struct law_format m = c->law.membrane;
    return c->threshold > 0 ? c->threshold : ldexp((double)fx_max(law_bits(m)), -m.frac_bits) / 16;
}

// --- What a node says

static const struct {
    const char *field[VALUES];
    bool leaks, integrates, has_current, fires; // integrates: v is a state
} kinds[NIR_TYPES] = {
    [NIR_THRESHOLD] = {{[THRESHOLD] = "threshold"}, .leaks = true, .fires = true},
    [NIR_IF] = {{[R] = "r", [THRESHOLD] = "v_threshold", [V_RESET] = "v_reset"},
                .integrates = true,
                .fires = true},
    [NIR_LIF] = {{"tau", 0, "r", "v_leak", "v_threshold", "v_reset"}, true, true, false, true},
    [NIR_CUBA_LIF] = {{"tau_mem", "tau_syn", "r", "v_leak", "v_threshold", "v_reset", "w_in"},
                      true,
                      true,
                      true,
                      true},
    [NIR_I] = {{[R] = "r"}, .integrates = true},
    [NIR_LI] = {{"tau", 0, "r", "v_leak"}, true, true, false, false},
    [NIR_CUBA_LI] = {
        {"tau_mem", "tau_syn", "r", "v_leak", [W_IN] = "w_in"}, true, true, true, false}};

// What may be missing, and is 0 or 1.
static bool may_lack(enum value v)
{
    return v == V_RESET || v == W_IN;
}

static int read_value(struct work *w, const struct nir_part *y, enum value v, double *to)
{
    static const double otherwise[VALUES] = {[TAU_SYN] = 1, [R] = 1, [W_IN] = 1};
    const struct nir_node *node = &w->g->node[y->node];
    const char *field = kinds[node->type].field[v];
    struct nir_array a = {.n = 1, .x = &otherwise[v]};
    if (v == THRESHOLD && !field) a.x = &w->choice->li_threshold;
    if (field) {
        int none = (may_lack(v) ? nir_find : nir_get)(w->g, y->node, field, v == TAU, &a, w->f);
        if (none < 0) return -1;
    }
    if (a.n != 1 && a.n != (size_t)y->n)
        return fail(w->f, "%s: node %s: %s has %zu values, allowed 1 or %d, one a neuron",
                    w->g->path, node->name, field, a.n, y->n);
    for (int i = 0; i < y->n; i++)
        to[i] = a.x[a.n == 1 ? 0 : i];
    return 0;
}

static int check_tau(struct work *w, const struct nir_part *y, enum value v, const double *tau)
{
    const struct nir_node *node = &w->g->node[y->node];
    const char *field = kinds[node->type].field[v];
    const double dt = w->choice->dt, least = dt * (1 - 1e-6); // a float32 of dt is dt
    for (int i = 0; field && i < y->n; i++)
        if (!(tau[i] >= least))
            return fail(w->f,
                        "%s: node %s, neuron %d: %s, %.9g ms, allowed from %.9g ms, a tick (--dt)",
                        w->g->path, node->name, i, field, 1e3 * tau[i], 1e3 * dt);
    return 0;
}

// value (VALUES, stride), of which the part's columns begin there.
static int read_values(struct work *w, const struct nir_part *y, size_t n, double *value)
{
    const struct nir_node *node = &w->g->node[y->node];
    if (!kinds[node->type].fires && !(w->choice->li_threshold > 0))
        return fail(w->f,
                    "%s: node %s: %s has no spikes, and a chip's neurons answer with nothing else; "
                    "--li-threshold V makes them fire at V",
                    w->g->path, node->name, nir_type_names[node->type]);
    for (int v = 0; v < VALUES; v++)
        if (read_value(w, y, (enum value)v, value + (size_t)v * n)) return -1;
    if (check_tau(w, y, TAU, value + TAU * n) || check_tau(w, y, TAU_SYN, value + TAU_SYN * n))
        return -1;
    for (int i = 0; i < y->n; i++) {
        double theta = value[THRESHOLD * n + (size_t)i];
        double reset = value[V_RESET * n + (size_t)i];
        if (!(theta > reset))
            return fail(w->f,
                        "%s: node %s, neuron %d: threshold, %.9g, allowed above %.9g (v_reset)",
                        w->g->path, node->name, i, theta, reset);
    }
    return 0;
}

// --- What the chip makes of it

// The part that goes in a tick of dt.
static double part_of(const struct work *w, double tau)
{
    double x = w->choice->dt / tau;
    if (isinf(tau)) return 0;
    return w->choice->dialect->exact ? -basic_expm1(-x) : fmin(x, 1);
}

// A part as what λ and the decay of the chip count, and why it is none; *held: the part that it stands for.
static double counted(enum law_leak kind, double part, double theta, const char **why, double *held)
{
    *why = 0;
    *held = part;
    switch (kind) {
    case LAW_LEAK_EXPONENTIAL:
        return part;
    case LAW_LEAK_NONE:
        if (part > 0) *why = "the chip's does not";
        return 0;
    case LAW_LEAK_LINEAR:
        if (part > 0)
            *why = "the chip's is a constant current: nearest, one that takes as long from theta";
        return theta * part;
    default:
        break;
    }
    if (kind == LAW_LEAK_TWO_SHIFTS) {
        const int word = physics_shifts(kind, part);
        *held = physics_share(kind, word);
        if (fabs(*held - part) > 1e-6)
            *why = "the chip's is two shifts, a sum of two powers of two";
        return word;
    }
    double bits = part > 0 ? -basic_log(part) / basic_log(2) : 31,
           whole = fmin(fmax(round(bits), 0), 31);
    if (fabs(bits - whole) > 1e-6 || part <= 0) *why = "the chip's is a shift, a power of two";
    *held = ldexp(1, -(int)whole);
    return whole;
}

// A value of the row into the net: held to its word. Less than a word beyond the last one is rounding.
static int put_value(struct work *w, int layer, int i, int which, double x)
{
    const struct physics *p = physics_of(w->c->kind);
    const struct physics_word word = p->word_of(w->c, which);
    float *to = w->net->layer[layer].value[which];
    if (!to || !word.bits) return 0;
    if (!isfinite(x))
        return fail(w->f, "%s: node %s, neuron %d: %s, %g, must be finite", w->g->path,
                    name_of(w, layer, i), within(w, layer, i), p->value[which].name, x);
    double held = physics_held(w->c, which, x);
    to[i] = (float)(w->own.is ? x : held);
    if (fabs(x - held) * word.unit < 1 + 1e-6) return 0;
    return offend(w, layer,
                  &(struct nir_offence){.what = p->value[which].name,
                                        .neuron = i,
                                        .source = -1,
                                        .value = x,
                                        .lo = (double)word.lo / word.unit,
                                        .hi = (double)word.hi / word.unit,
                                        .nearest = held});
}

static int unlike(struct work *w, int layer, int i, const char *what, double value, double nearest,
                  const char *why, bool never)
{
    return offend(w, layer,
                  &(struct nir_offence){.what = what,
                                        .neuron = i,
                                        .source = -1,
                                        .value = value,
                                        .nearest = nearest,
                                        .why = why,
                                        .never = never});
}

// A weight whose charge is x, where charges are no straight line: on the line between two levels.
static double weight_of(const struct chip *c, double x)
{
    int n = c->weight.charges.n, k = 0;
    if (!n) return x;
    while (k < n - 2 && c->weight.charges.x[k + 1] < x)
        k++;
    double a = c->weight.charges.x[k], b = c->weight.charges.x[k + 1];
    return quantise_level(c, k) +
           (x - a) / (b - a) * (quantise_level(c, k + 1) - quantise_level(c, k));
}

static int put_weight(struct work *w, int layer, int source, int i, double charge)
{
    const struct chip *c = w->c;
    struct net_layer *y = &w->net->layer[layer];
    double x = w->own.is ? charge : weight_of(c, charge), lo = c->weight.min, hi = c->weight.max;
    double half = (quantise_level(c, 1) - quantise_level(c, 0)) / 2 * (1 + 1e-6);
    bool fits = w->own.is || (x >= lo - half && x <= hi + half);
    y->w[(size_t)source * (size_t)y->n_out + (size_t)i] = (float)(fits ? x : fmin(fmax(x, lo), hi));
    if (fits) return 0;
    return offend(w, layer,
                  &(struct nir_offence){.what = "weight",
                                        .neuron = i,
                                        .source = source,
                                        .value = x,
                                        .lo = lo,
                                        .hi = hi,
                                        .nearest = fmin(fmax(x, lo), hi)});
}

// A neuron in the chip's terms.
struct neuron {
    double scale;      // s
    double lambda, mu; // parts of a tick that the chip's words stand for
    double gain;       // of what reaches it, r·λ and a current's μ·w_in included, s as well
    double steady;     // the same of a constant: a current adds up
};

// Leak and decay.
static int put_leaks(struct work *w, int layer, int i, double tau, double tau_syn,
                     enum nir_type type, struct neuron *n)
{
    const struct law *law = &w->c->law;
    const char *why;
    double part = type == NIR_THRESHOLD ? 1 : kinds[type].leaks ? part_of(w, tau) : 0, held;
    double counts = counted(law->leak_kind, part, theta_of(w->c), &why, &held);
    n->lambda = part;
    if (nir_own_has(&w->own, layer, OWN_LEAK)) {
        counts = nir_own_value(&w->own, layer, OWN_LEAK, i);
        why = 0;
    }
    if (put_value(w, layer, i, NET_LAMBDA, counts)) return -1;
    if (why && unlike(w, layer, i, "leak", part, held, why, law->leak_kind == LAW_LEAK_NONE))
        return -1;
    if (law->integrate_first && part >= 1 &&
        unlike(w, layer, i, "leak", part, part, "all that is integrated leaks at once on this chip",
               true))
        return -1;
    n->mu = kinds[type].has_current ? part_of(w, tau_syn) : 1;
    if (!law->currents) {
        if (n->mu >= 1 - 1e-6) return 0;
        return unlike(w, layer, i, "tau_syn", 1e3 * tau_syn, 1e3 * w->choice->dt,
                      "ms: the chip has no synaptic current, only what a tick brings", true);
    }
    // A current that stays is the chip's, no value of a neuron; NIR has none, so that our graphs have neurons without.
    if (w->own.is && law->decay_kind == LAW_LEAK_NONE) return 0;
    counts = counted(law->decay_kind, n->mu, theta_of(w->c), &why, &held);
    if (nir_own_has(&w->own, layer, OWN_DECAY)) {
        counts = nir_own_value(&w->own, layer, OWN_DECAY, i);
        why = 0;
    }
    if (put_value(w, layer, i, NET_DECAY, counts)) return -1;
    if (why && unlike(w, layer, i, "decay", n->mu, held, why, law->decay_kind == LAW_LEAK_NONE))
        return -1;
    if (law->decay_last && n->mu >= 1)
        return unlike(w, layer, i, "decay", n->mu, n->mu,
                      "a current without memory is gone on this chip before it is heard", true);
    return 0;
}

// Of source row s of `rows`: a layer that happens to be one to one may be meant as a dense one.
static double weight_at(const struct nir_layer *y, int rows, int s, int i)
{
    if (y->one_to_one && rows > 1) return s == i ? y->w[i] : 0;
    return y->w[(size_t)s * (size_t)y->n_out + (size_t)i];
}

// What a unit of what reaches a neuron moves v by, in NIR's units, in the tick in which it comes.
static double input_gain(const struct nir_choice *c, enum nir_type type, const struct neuron *n,
                         const double v[VALUES])
{
    const struct nir_dialect *d = c->dialect;
    if (type == NIR_THRESHOLD) return 1;
    double gain = kinds[type].leaks ? n->lambda * v[R] : c->dt * v[R];
    if (kinds[type].leaks ? d->unit_lif : d->unit_if) gain = 1;
    if (!kinds[type].has_current) return gain;
    if (!d->unit_syn) return gain * n->mu * v[W_IN];
    return d->late_decay ? gain * (1 - n->mu) : gain;
}

static int put_neuron(struct work *w, int layer, const struct nir_layer *y, int i,
                      const double *value)
{
    const struct law *law = &w->c->law;
    enum nir_type type = w->g->node[nir_part_of(y, i)->node].type;
    double v[VALUES];
    struct neuron n;
    for (int k = 0; k < VALUES; k++)
        v[k] = value[(size_t)k * (size_t)y->n_out + (size_t)i];
    const struct nir_own *own = &w->own;
    double origin = own->is ? 0 : v[V_RESET];
    double theta = v[THRESHOLD] - origin,
           rest = own->is ? nir_own_value(own, layer, OWN_REST, i) : 0;
    n.scale = own->is ? 1 : theta_of(w->c) / theta;
    if (put_leaks(w, layer, i, v[TAU], v[TAU_SYN], type, &n)) return -1;
    n.gain = n.scale * input_gain(w->choice, type, &n, v);
    n.steady = n.gain / n.mu;
    double bias = kinds[type].leaks && type != NIR_THRESHOLD
                      ? n.scale * n.lambda * (v[V_LEAK] - origin - rest)
                      : 0;
    bias += n.steady * y->b[i];
    double first = law->integrate_first && n.lambda < 1 ? 1 / (1 - n.lambda) : 1;
    double last = law->currents && law->decay_last && n.mu < 1 ? 1 / (1 - n.mu) : 1;
    double gamma = !law->has_gain   ? 1
                   : own->is        ? nir_own_value(own, layer, OWN_GAIN, i)
                   : w->c->gain > 0 ? w->c->gain
                                    : 1;
    n.gain *= first * last / gamma;
    if (put_value(w, layer, i, NET_THETA, n.scale * theta) ||
        put_value(w, layer, i, NET_GAIN, gamma) || put_value(w, layer, i, NET_REST, rest) ||
        put_value(w, layer, i, NET_RESET, own->is ? v[V_RESET] : 0))
        return -1;
    bias *= first;
    if (!w->own.is && w->c->weight.bits && fabs(bias) > 1e-9 * theta_of(w->c)) {
        w->net->layer[layer].bias[i] = 0;
        if (unlike(w, layer, i, "bias", bias, 0, "the chip's neurons have none", false)) return -1;
    } else if (put_value(w, layer, i, NET_BIAS, bias))
        return -1;
    int rows = w->net->layer[layer].n_source;
    for (int s = 0; s < rows; s++) {
        double x = weight_at(y, rows, s, i) * n.gain;
        if (!isfinite(x))
            return fail(w->f, "%s: node %s, neuron %d: weight of source %d, %g, must be finite",
                        w->g->path, name_of(w, layer, i), within(w, layer, i), s, x);
        if (put_weight(w, layer, s, i, x)) return -1;
    }
    return 0;
}

static int put_layer(struct work *w, int layer, const struct nir_layer *y)
{
    double *value = malloc(VALUES * (size_t)y->n_out * sizeof *value);
    if (!value) return no_memory(w);
    int bad = 0;
    for (int p = 0; !bad && p < y->n_parts; p++)
        bad = read_values(w, &y->part[p], (size_t)y->n_out, value + y->part[p].first);
    for (int i = 0; !bad && i < y->n_out; i++)
        bad = put_neuron(w, layer, y, i, value);
    free(value);
    return bad;
}

// What the codes lose.
static int measure(struct work *w)
{
    double squares = 0;
    for (int l = 0; l < w->net->shape.n_layers; l++) {
        const struct net_layer *y = &w->net->layer[l];
        size_t n = (size_t)y->n_source * (size_t)y->n_out;
        int16_t *code = malloc(n * sizeof *code);
        if (!code) return no_memory(w);
        quantise_layer(w->c, w->net, l, &(struct quantised){.code = code});
        for (size_t i = 0; i < n; i++) {
            double stored = quantise_level(w->c, code[i]), off = stored - y->w[i];
            squares += off * off;
            w->m->n_lost += stored == 0 && y->w[i] != 0;
        }
        w->m->n_weights += n;
        free(code);
    }
    w->m->rms = sqrt(squares / (double)w->m->n_weights) / theta_of(w->c);
    return 0;
}

// Signs of blocks, room in cores and fan-in: the rules of drc.
static int check_rules(struct work *w)
{
    struct rules_report r;
    if (!chip_runs(w->c) || w->own.is) return 0;
    if (rules_check(&r, w->c, w->net, 0, false, w->f)) return -1;
    int bad = 0;
    for (size_t i = 0; !bad && i < r.n_offences; i++) {
        const struct rules_offence *o = &r.offence[i];
        if (!o->broken[RULE_SIGN]) continue;
        bad = offend(w, o->layer,
                     &(struct nir_offence){.what = "weight",
                                           .neuron = o->neuron,
                                           .source = o->source,
                                           .value = o->value,
                                           .nearest = o->legal,
                                           .why = "synapses of a block have one sign"});
    }
    snprintf(w->m->rules[0], sizeof w->m->rules[0], "%s", r.text[RULE_CORES]);
    snprintf(w->m->rules[1], sizeof w->m->rules[1], "%s", r.text[RULE_FAN_IN]);
    rules_fini(&r);
    return bad;
}

// --- What NIR leaves open

static int choose(struct work *w, const struct nir_layers *y)
{
    const struct law *law = &w->c->law;
    const struct nir_dialect *d = w->choice->dialect;
    struct nir_notes *to = &w->m->chosen;
    bool recurrent = false, said = false;
    for (int l = 0; l < y->n; l++) {
        recurrent |= y->layer[l].recurrent;
        said |= y->layer[l].loop_said;
    }
    return nir_note(to, w->f, "read as: %s", d == nir_dialects ? "NIR's equations" : d->name) ||
           nir_note(to, w->f, "dt: %.9g ms, a tick of %s", 1e3 * w->choice->dt, w->c->name) ||
           nir_note(to, w->f, "leak: %s",
                    d->exact ? "lambda = 1 - exp(-dt/tau)" : "lambda = dt/tau, forward Euler") ||
           (d->unit_lif && nir_note(to, w->f, "r: what reaches a neuron moves v by itself")) ||
           (d->unit_if && !d->unit_lif &&
            nir_note(to, w->f, "r: what reaches an IF moves v by itself")) ||
           (d->unit_syn && nir_note(to, w->f, "w_in: what reaches a current moves it by itself%s",
                                    d->late_decay ? ", and decays before it is heard" : "")) ||
           nir_note(to, w->f, "order: %s; weights are scaled for it",
                    law->integrate_first ? "what was integrated leaks in its own tick"
                                         : "the leak acts on v of the tick before") ||
           nir_note(to, w->f, "fires at v %s theta%s", law->fire_gt ? ">" : ">=",
                    law->refractory_ticks ? ", then refractory, which NIR has not" : "") ||
           nir_note(to, w->f, "reset: %s",
                    law->reset_subtract ? "v - theta (NIR: to v_reset)" : "to v_reset") ||
           nir_note(to, w->f, "v begins at v_reset%s",
                    law->currents ? ", a current where the bias holds it" : "") ||
           nir_note(to, w->f, "%s",
                    w->own.is ? "values: as the file has them, which is of this chip"
                    : w->c->threshold > 0
                        ? "values: v - v_reset of each neuron times what makes its theta the chip's"
                        : "values: v - v_reset; theta is a sixteenth of the membrane's range, the "
                          "chip says none") ||
           (law->floor_zero && nir_note(to, w->f, "v is never below v_reset")) ||
           nir_note(to, w->f, "a spike reaches the next layer in its own tick%s",
                    !recurrent ? ""
                    : said     ? ", its own layer in the next, as the graph's Delay says"
                               : ", its own layer in the next");
}

static struct image_shape shape_of(const struct nir_layers *y, const struct nir_own *own)
{
    struct image_shape s = {.n_layers = y->n};
    for (int l = 0; l < y->n; l++) {
        bool one = own->is ? own->one_to_one[l] : y->layer[l].one_to_one;
        s.layer[l].n_in = y->layer[l].n_in;
        s.layer[l].n_out = y->layer[l].n_out;
        s.layer[l].topology = one ? IMAGE_ONE_TO_ONE : IMAGE_DENSE;
        s.layer[l].recurrent = y->layer[l].recurrent;
        s.layer[l].delayed = y->layer[l].delayed;
        s.layer[l].taps = y->layer[l].taps > 1 ? y->layer[l].taps : 0;
        s.layer[l].spacing = y->layer[l].spacing;
        s.layer[l].max_spikes = own->is ? own->max_spikes[l] : 1;
    }
    return s;
}

static int fill(struct work *w, const struct nir_layers *y)
{
    if (w->c->kind != &lif_kind)
        return fail(w->f, "%s: law %s, allowed lif: NIR has no node for such neurons", w->c->name,
                    w->c->kind->name);
    w->layers = y;
    if (nir_own_read(&w->own, w->g, y, w->c, w->f)) return -1;
    w->m->own = w->own.is;
    const struct image_shape shape = shape_of(y, &w->own);
    const char *wrong = image_shape_check(&shape);
    struct fail late;
    if (wrong) return fail(w->f, "%s: shape: %s", w->g->path, wrong);
    if (rules_check_delay(w->c, &shape, &late))
        snprintf(w->m->rules[2], sizeof w->m->rules[2], "%.255s", late.text);
    if (net_init(w->net, &shape, w->c, w->f)) return -1;
    for (int l = 0; l < y->n; l++) {
        w->m->of[l].n = y->layer[l].n_parts;
        for (int p = 0; p < y->layer[l].n_parts; p++)
            w->m->of[l].node[p] = y->layer[l].part[p].node;
        if (put_layer(w, l, &y->layer[l])) return -1;
    }
    return choose(w, y) || measure(w) || check_rules(w) ? -1 : 0;
}

int nir_import(struct nir_import *m, struct net *net, struct nir_graph *g, const struct chip *c,
               const struct nir_choice *choice, struct fail *f)
{
    struct nir_layers y;
    struct work w = {m, net, g, c, choice, f, 0, {0}, 0};
    *m = (struct nir_import){0};
    if (nir_lower(&y, g, choice->dt, f)) return -1;
    int bad = fill(&w, &y);
    nir_lower_fini(&y);
    if (bad) nir_import_fini(m);
    return bad ? -1 : 0;
}

void nir_import_fini(struct nir_import *m)
{
    nir_notes_fini(&m->chosen);
    free(m->offence);
    *m = (struct nir_import){0};
}

bool nir_import_fits(const struct nir_import *m, bool rounded)
{
    if (*m->rules[0] || *m->rules[1] || *m->rules[2] || m->n_never) return false;
    return rounded || !m->n_offences;
}

void nir_import_nodes(const struct nir_import *m, const struct nir_graph *g, int layer, char *text,
                      size_t size)
{
    size_t used = 0;
    for (int p = 0; p < m->of[layer].n && used < size; p++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", p ? ", " : "",
                                 g->node[m->of[layer].node[p]].name);
}

size_t nir_offences_alike(const struct nir_offence *o, size_t n)
{
    size_t i = 1;
    for (; i < n && o->source < 0; i++)
        if (o[i].node != o->node || o[i].what != o->what || o[i].why != o->why ||
            o[i].source >= 0 || o[i].neuron != o->neuron + (int)i || o[i].value != o->value ||
            o[i].nearest != o->nearest)
            break;
    return i;
}

void nir_offence_text(const struct nir_graph *g, const struct nir_offence *o, size_t n, char *text,
                      size_t size)
{
    char source[32] = "", neurons[48], allowed[160], nearest[64] = ": no value comes near";
    if (o->source >= 0) snprintf(source, sizeof source, ", source %d", o->source);
    if (n > 1)
        snprintf(neurons, sizeof neurons, "neurons %d..%d", o->neuron, o->neuron + (int)n - 1);
    else
        snprintf(neurons, sizeof neurons, "neuron %d", o->neuron);
    if (o->why)
        snprintf(allowed, sizeof allowed, "%s", o->why);
    else
        snprintf(allowed, sizeof allowed, "allowed %.9g..%.9g", o->lo, o->hi);
    if (!o->never) snprintf(nearest, sizeof nearest, ", nearest %.9g", o->nearest);
    snprintf(text, size, "node %s%s, %s: %s %.9g, %s%s", g->node[o->node].name, source, neurons,
             o->what, o->value, allowed, nearest);
}
