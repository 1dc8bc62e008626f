#include "twin/net/net_nir.h"

#include "twin/chip/physics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_DIAGONAL = 1024 }; // neurons of a one-to-one layer as a whole matrix

struct visitor {
    int (*visit)(void *context, const struct net_nir *array);
    void *context;
    const struct net *net;
    const struct net_nir_how *how;
};

// The part that a leak or decay takes in a tick, never 0.
static double part_of(const struct net_nir_how *how, enum law_leak kind, double x, double theta)
{
    if (law_leak_shifts(kind)) return fmin(physics_share(kind, (int)x), 1);
    if (kind == LAW_LEAK_LINEAR && !how->older) x = theta > 0 ? fmin(x / theta, 1) : x;
    return x > 0 ? x : 1e-12;
}

static double lambda_of(const struct visitor *v, const struct net_layer *y, int i)
{
    return part_of(v->how, v->net->leak_kind, y->lambda[i], y->theta[i]);
}

static double mu_of(const struct visitor *v, const struct net_layer *y, int i)
{
    return y->decay ? part_of(v->how, v->net->decay_kind, y->decay[i], y->theta[i]) : 1;
}

// What is left of what comes where the leak acts after it.
static double left_of(bool late, double part)
{
    return late && part < 1 ? 1 - part : 1;
}

// What a weight of the net is in the graph.
static double times_of(const struct visitor *v, const struct net_layer *y, int i)
{
    if (v->how->older) return 1;
    double lambda = lambda_of(v, y, i), mu = mu_of(v, y, i);
    return (y->gain ? (double)y->gain[i] : 1) * left_of(v->how->integrate_first, lambda) *
           left_of(v->how->decay_last && y->decay, mu) / lambda;
}

// Weight of NIR is (to, from); ours has a row a source. Rows first..first+n_from of layer y.
static int visit_linear(const struct visitor *v, const char *node, const struct net_layer *y,
                        int first, int n_from)
{
    struct net_nir a = {
        .type = "Linear", .field = "weight", .first = true, .n_dims = 2, .dims = {0}};
    double *t = malloc((size_t)y->n_out * (size_t)n_from * sizeof *t);
    if (!t) return -1;
    for (int n = 0; n < y->n_out; n++) {
        double times = times_of(v, y, n);
        for (int i = 0; i < n_from; i++)
            t[(size_t)n * (size_t)n_from + (size_t)i] =
                y->w[(size_t)(first + i) * (size_t)y->n_out + (size_t)n] * times;
    }
    snprintf(a.node, sizeof a.node, "%s", node);
    a.dims[0] = (uint64_t)y->n_out;
    a.dims[1] = (uint64_t)n_from;
    a.value = t;
    int bad = v->visit(v->context, &a);
    free(t);
    return bad;
}

// One to one: a diagonal, which every framework reads; a large one as a Scale.
static int visit_diagonal(const struct visitor *v, const char *node, const struct net_layer *y)
{
    const size_t n = (size_t)y->n_out;
    bool scale = v->how->older || y->n_out > MOST_DIAGONAL;
    struct net_nir a = {.type = scale ? "Scale" : "Linear",
                        .field = scale ? "scale" : "weight",
                        .first = true,
                        .n_dims = scale ? 1 : 2,
                        .dims = {n, scale ? 0 : n}};
    double *t = calloc(scale ? n : n * n, sizeof *t);
    if (!t) return -1;
    for (size_t i = 0; i < n; i++)
        t[scale ? i : i * n + i] = y->w[i] * times_of(v, y, (int)i);
    snprintf(a.node, sizeof a.node, "%s", node);
    a.value = t;
    int bad = v->visit(v->context, &a);
    free(t);
    return bad;
}

static int visit_delay(const struct visitor *v, const char *node, int n, int ticks)
{
    struct net_nir a = {.type = "Delay", .field = "delay", .first = true, .n_dims = 1};
    double *t = malloc((size_t)n * sizeof *t);
    if (!t) return -1;
    for (int i = 0; i < n; i++)
        t[i] = ticks * v->how->dt;
    snprintf(a.node, sizeof a.node, "%s", node);
    a.dims[0] = (uint64_t)n;
    a.value = t;
    int bad = v->visit(v->context, &a);
    free(t);
    return bad;
}

// Of a neuron what NIR says, and then what it has no word for: a leak that is no part of v, and what was
// folded into the weights or v_leak.
enum { TAU, R, V_LEAK, V_THRESHOLD, V_RESET, TAU_SYN, W_IN, LEAK, DECAY, GAIN, REST, FIELDS };

static void neuron_of(const struct visitor *v, const struct net_layer *y, int i, double x[FIELDS])
{
    const double dt = v->how->dt, lambda = lambda_of(v, y, i), mu = mu_of(v, y, i);
    const double gain = y->gain ? y->gain[i] : 1;
    x[TAU] = dt / lambda;
    x[R] = !v->how->older ? 1 : (y->decay ? 1 : gain) / lambda;
    x[V_LEAK] = y->bias[i] / lambda + (y->rest ? (double)y->rest[i] : 0);
    if (!v->how->older && v->how->integrate_first)
        x[V_LEAK] =
            y->bias[i] * left_of(true, lambda) / lambda + (y->rest ? (double)y->rest[i] : 0);
    x[V_THRESHOLD] = y->theta[i];
    x[V_RESET] = y->reset ? (double)y->reset[i] : 0;
    x[TAU_SYN] = dt / mu;
    x[W_IN] = (v->how->older ? gain : 1) / mu;
    x[LEAK] = y->lambda[i];
    x[DECAY] = y->decay ? (double)y->decay[i] : 0;
    x[GAIN] = gain;
    x[REST] = y->rest ? (double)y->rest[i] : 0;
}

static bool no_part(enum law_leak kind)
{
    return kind == LAW_LEAK_LINEAR || kind == LAW_LEAK_NONE;
}

static bool has_field(const struct visitor *v, const struct net_layer *y, int field)
{
    switch (field) {
    case TAU_SYN:
    case W_IN:
        return y->decay;
    case LEAK:
        return !v->how->older && no_part(v->net->leak_kind);
    case DECAY:
        return !v->how->older && y->decay && no_part(v->net->decay_kind);
    case GAIN:
        return !v->how->older && y->gain;
    case REST:
        return !v->how->older && y->rest;
    default:
        return true;
    }
}

static int visit_neurons(const struct visitor *v, const char *node, const struct net_layer *y)
{
    static const char *const field[FIELDS] = {
        "tau",          "r",    "v_leak",        "v_threshold",    "v_reset",
        "tau_syn",      "w_in", "metadata/leak", "metadata/decay", "metadata/gain",
        "metadata/rest"};
    const size_t n = (size_t)y->n_out;
    double *value = malloc(FIELDS * n * sizeof *value), x[FIELDS];
    int bad = 0;
    if (!value) return -1;
    for (size_t i = 0; i < n; i++) {
        neuron_of(v, y, (int)i, x);
        for (int k = 0; k < FIELDS; k++)
            value[(size_t)k * n + i] = x[k];
    }
    for (int k = 0; !bad && k < FIELDS; k++) {
        struct net_nir a = {.type = y->decay ? "CubaLIF" : "LIF",
                            .field = y->decay && k == TAU ? "tau_mem" : field[k],
                            .first = k == TAU,
                            .n_dims = 1};
        if (!has_field(v, y, k)) continue;
        snprintf(a.node, sizeof a.node, "%s", node);
        a.dims[0] = n;
        a.value = value + (size_t)k * n;
        bad = v->visit(v->context, &a);
    }
    free(value);
    return bad;
}

// The node of a layer's tap, "w1" of the first, "w1_2" of the third.
static const char *name_of(char name[NET_NIR_NAME], char what, int layer, int tap)
{
    if (tap)
        snprintf(name, NET_NIR_NAME, "%c%d_%d", what, layer, tap);
    else
        snprintf(name, NET_NIR_NAME, "%c%d", what, layer);
    return name;
}

static int taps_of(const struct image_shape *s, int l)
{
    return s->layer[l].taps > 1 ? s->layer[l].taps : 1;
}

// Ticks between a spike and the layer that hears it by this tap.
static int ticks_of(const struct image_shape *s, int l, int tap)
{
    return s->layer[l].delayed + tap * s->layer[l].spacing;
}

// The inputs of a layer: Delay and Linear of each tap.
static int visit_taps(const struct visitor *v, int l)
{
    const struct image_shape *s = &v->net->shape;
    const int n_in = s->layer[l].n_in;
    char name[NET_NIR_NAME];
    int bad = 0;
    for (int k = 0; !bad && k < taps_of(s, l); k++) {
        const int ticks = ticks_of(s, l, k);
        if (ticks) bad = visit_delay(v, name_of(name, 'd', l, k), n_in, ticks);
        name_of(name, 'w', l, k);
        if (bad)
            return bad;
        else if (s->layer[l].topology == IMAGE_ONE_TO_ONE)
            bad = visit_diagonal(v, name, &v->net->layer[l]);
        else
            bad = visit_linear(v, name, &v->net->layer[l], k * n_in, n_in);
    }
    return bad;
}

int net_nir_each(const struct net *n, const struct net_nir_how *how,
                 int (*visit)(void *context, const struct net_nir *array), void *context)
{
    const struct visitor v = {visit, context, n, how};
    char name[NET_NIR_NAME];
    int bad = 0;
    for (int l = 0; !bad && l < n->shape.n_layers; l++) {
        const struct net_layer *y = &n->layer[l];
        bad = visit_taps(&v, l);
        if (!bad) bad = visit_neurons(&v, name_of(name, 'n', l, 0), y);
        if (!bad && n->shape.layer[l].recurrent)
            bad =
                visit_linear(&v, name_of(name, 'r', l, 0), y, image_heard(&n->shape, l), y->n_out);
    }
    return bad;
}

static void add_edge(struct net_nir_edges *e, const char *from, const char *to)
{
    e->edge[e->n][0] = from;
    e->edge[e->n++][1] = to;
}

void net_nir_edges(struct net_nir_edges *e, const struct image_shape *s)
{
    const char *before = "input";
    int names = 0;
    e->n = 0;
    for (int l = 0; l < s->n_layers; l++) {
        const char *n = name_of(e->name[names++], 'n', l, 0);
        for (int k = 0; k < taps_of(s, l); k++) {
            const char *w = name_of(e->name[names++], 'w', l, k), *from = before;
            if (ticks_of(s, l, k)) {
                from = name_of(e->name[names++], 'd', l, k);
                add_edge(e, before, from);
            }
            add_edge(e, from, w);
            add_edge(e, w, n);
        }
        if (s->layer[l].recurrent) {
            const char *r = name_of(e->name[names++], 'r', l, 0);
            add_edge(e, n, r);
            add_edge(e, r, n);
        }
        before = n;
    }
    add_edge(e, before, "output");
}
