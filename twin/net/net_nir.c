#include "twin/net/net_nir.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct visitor {
    int (*visit)(void *context, const struct net_nir *array);
    void *context;
};

// Weight of NIR is (to, from); ours has a row a source. Rows first..first+n_from of layer y.
static int visit_linear(const struct visitor *v, const char *node, const struct net_layer *y,
                        int first, int n_from)
{
    struct net_nir a = {
        .type = "Linear", .field = "weight", .first = true, .n_dims = 2, .dims = {0}};
    double *t = malloc((size_t)y->n_out * (size_t)n_from * sizeof *t);
    if (!t) return -1;
    for (int n = 0; n < y->n_out; n++)
        for (int i = 0; i < n_from; i++)
            t[(size_t)n * (size_t)n_from + (size_t)i] =
                y->w[(size_t)(first + i) * (size_t)y->n_out + (size_t)n];
    snprintf(a.node, sizeof a.node, "%s", node);
    a.dims[0] = (uint64_t)y->n_out;
    a.dims[1] = (uint64_t)n_from;
    a.value = t;
    int bad = v->visit(v->context, &a);
    free(t);
    return bad;
}

static int visit_scale(const struct visitor *v, const char *node, const struct net_layer *y)
{
    struct net_nir a = {.type = "Scale", .field = "scale", .first = true, .n_dims = 1};
    double *t = malloc((size_t)y->n_out * sizeof *t);
    if (!t) return -1;
    for (int i = 0; i < y->n_out; i++)
        t[i] = y->w[i];
    snprintf(a.node, sizeof a.node, "%s", node);
    a.dims[0] = (uint64_t)y->n_out;
    a.value = t;
    int bad = v->visit(v->context, &a);
    free(t);
    return bad;
}

// The part that a leak or decay takes in a tick, never 0.
static double part_of(enum law_leak kind, double x)
{
    if (law_leak_shifts(kind)) return ldexp(1, -(int)x);
    return x > 0 ? x : 1e-12;
}

static int visit_lif(const struct visitor *v, const char *node, const struct net *net,
                     const struct net_layer *y, double dt)
{
    enum { FIELDS = 7 };
    static const char *const field[FIELDS] = {"tau",     "r",       "v_leak", "v_threshold",
                                              "v_reset", "tau_syn", "w_in"};
    size_t n = (size_t)y->n_out;
    int fields = y->decay ? FIELDS : FIELDS - 2;
    double *value = malloc(FIELDS * n * sizeof *value);
    int bad = 0;
    if (!value) return -1;
    for (size_t i = 0; i < n; i++) {
        double lambda = part_of(net->leak_kind, y->lambda[i]), gain = y->gain ? y->gain[i] : 1;
        double decay = y->decay ? part_of(net->decay_kind, y->decay[i]) : 1;
        value[i] = dt / lambda;
        value[n + i] = (y->decay ? 1 : gain) / lambda;
        value[2 * n + i] = y->bias[i] / lambda + (y->rest ? (double)y->rest[i] : 0);
        value[3 * n + i] = y->theta[i];
        value[4 * n + i] = y->reset ? (double)y->reset[i] : 0;
        value[5 * n + i] = dt / decay;
        value[6 * n + i] = gain / decay;
    }
    for (int k = 0; !bad && k < fields; k++) {
        struct net_nir a = {.type = y->decay ? "CubaLIF" : "LIF",
                            .field = y->decay && k == 0 ? "tau_mem" : field[k],
                            .first = k == 0,
                            .n_dims = 1};
        snprintf(a.node, sizeof a.node, "%s", node);
        a.dims[0] = n;
        a.value = value + (size_t)k * n;
        bad = v->visit(v->context, &a);
    }
    free(value);
    return bad;
}

int net_nir_each(const struct net *n, double dt,
                 int (*visit)(void *context, const struct net_nir *array), void *context)
{
    const struct visitor v = {visit, context};
    int bad = 0;
    for (int l = 0; !bad && l < n->shape.n_layers; l++) {
        const struct net_layer *y = &n->layer[l];
        int n_in = n->shape.layer[l].n_in;
        char w[16], neurons[16], r[16];
        snprintf(w, sizeof w, "w%d", l);
        snprintf(neurons, sizeof neurons, "n%d", l);
        snprintf(r, sizeof r, "r%d", l);
        bad = n->shape.layer[l].topology == IMAGE_ONE_TO_ONE ? visit_scale(&v, w, y)
                                                             : visit_linear(&v, w, y, 0, n_in);
        if (!bad) bad = visit_lif(&v, neurons, n, y, dt);
        if (!bad && n->shape.layer[l].recurrent) bad = visit_linear(&v, r, y, n_in, y->n_out);
    }
    return bad;
}
