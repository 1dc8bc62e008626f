#include "twin/nir/lower.h"

#include "twin/nir/linear.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_VALUES ((double)(1 << 24)) // of a matrix between two nodes
#define MOST_HELD   ((double)(1 << 26)) // of all that are held at once
#define MOST_WORK   2e10                // products

// What a source contributes to a node.
struct term {
    int source;   // the Input, or a node of neurons
    double delay; // s
    bool at_once; // by way of a Delay of 0
    int64_t n;    // values of the source
    double *m;    // (n, values of the node); NULL: the source itself
};

// What a node gives, or gets, as a linear map of the sources.
struct map {
    int n_terms;
    struct term *term;
    int64_t n;    // values
    double *bias; // (n); NULL: 0
};

enum mark { NEW, OPEN, DONE };

struct lowering {
    struct nir_graph *g;
    struct fail *f;
    double dt;
    double held, work; // values, products
    struct {
        enum mark shape_mark, map_mark;
        struct nir_shape shape; // of what the node gives
        struct map map;         // of a node without state: what it gives
        int n_out;              // edges from it
    } * node;
};

static const char *name_of(const struct lowering *w, int node)
{
    return w->g->node[node].name;
}

static const char *type_name(const struct lowering *w, int node)
{
    enum nir_type t = w->g->node[node].type;
    return t == NIR_PORT ? "a port" : nir_type_names[t];
}

static int no_memory(const struct lowering *w)
{
    return fail(w->f, "%s: out of memory", w->g->path);
}

static bool is_source(const struct lowering *w, int node)
{
    enum nir_type t = w->g->node[node].type;
    return t == NIR_INPUT || nir_is_neuron(t);
}

// --- Shapes

static int shape_of(struct lowering *w, int node);
static int shape_before(struct lowering *w, int node, struct nir_shape *s);

// The shape of an Input, or of a node's own values where there is more than one for all.
static int own_shape(struct lowering *w, int node, struct nir_shape *s)
{
    static const char *const field[NIR_TYPES] = {
        [NIR_INPUT] = "shape", [NIR_THRESHOLD] = "threshold", [NIR_IF] = "r",
        [NIR_LIF] = "tau",     [NIR_CUBA_LIF] = "tau_mem",    [NIR_I] = "r",
        [NIR_LI] = "tau",      [NIR_CUBA_LI] = "tau_mem"};
    enum nir_type t = w->g->node[node].type;
    int64_t dims[HDF5_DIMS] = {0};
    struct nir_array a;
    if (nir_get(w->g, node, field[t], true, &a, w->f)) return -1;
    int n = t == NIR_INPUT ? (int)(a.n <= HDF5_DIMS ? a.n : HDF5_DIMS + 1) : a.n_dims;
    if (t == NIR_INPUT && (a.n_dims > 1 || n < 1 || n > HDF5_DIMS))
        return fail(w->f, "%s: node %s: shape is no list of 1..%d numbers", w->g->path,
                    name_of(w, node), HDF5_DIMS);
    for (int i = 0; i < n; i++) {
        double x = t == NIR_INPUT ? a.x[i] : (double)a.dims[i];
        if (!(x >= 1 && x <= NIR_MOST && x == floor(x)))
            return fail(w->f, "%s: node %s: shape, %g, allowed 1..%d", w->g->path, name_of(w, node),
                        x, NIR_MOST);
        dims[i] = (int64_t)x;
    }
    *s = nir_shape_of(n, dims);
    if (t != NIR_INPUT && s->n == 1) *s = (struct nir_shape){0}; // one value for all neurons
    if (t == NIR_INPUT && s->n > IMAGE_MAX_NEURONS)
        return fail(w->f, "%s: node %s: %lld inputs, allowed 1..%d", w->g->path, name_of(w, node),
                    (long long)s->n, IMAGE_MAX_NEURONS);
    return 0;
}

static int too_many(struct lowering *w, int node, int64_t n)
{
    for (int i = 0; i < w->g->n_edges; i++) {
        int from = w->g->edge[i].from;
        enum nir_type t = w->g->node[from].type;
        if (w->g->edge[i].to != node || t < NIR_CONV1D || t > NIR_AVG_POOL2D) continue;
        struct nir_shape in = {0};
        if (shape_before(w, from, &in)) return -1;
        return fail(w->f,
                    "%s: node %s: %s as rows of weights: %lld x %lld, %.0f weights, allowed %d "
                    "neurons in a layer (node %s)",
                    w->g->path, name_of(w, from), nir_type_names[t], (long long)in.n, (long long)n,
                    (double)in.n * (double)n, IMAGE_MAX_NEURONS, name_of(w, node));
    }
    return fail(w->f, "%s: node %s: %lld neurons, allowed 1..%d", w->g->path, name_of(w, node),
                (long long)n, IMAGE_MAX_NEURONS);
}

// What reaches a node: of the first node before it whose shape is known.
static int shape_before(struct lowering *w, int node, struct nir_shape *s)
{
    *s = (struct nir_shape){0};
    for (int i = 0; i < w->g->n_edges; i++) {
        const struct nir_edge *e = &w->g->edge[i];
        if (e->to != node || w->node[e->from].shape_mark == OPEN) continue;
        if (shape_of(w, e->from)) return -1;
        const struct nir_shape *from = &w->node[e->from].shape;
        if (from->n_dims && s->n_dims && from->n != s->n)
            return fail(w->f, "%s: node %s: gets %lld values and %lld, allowed as many of each",
                        w->g->path, name_of(w, node), (long long)s->n, (long long)from->n);
        if (!s->n_dims) *s = *from;
    }
    return 0;
}

static int shape_of(struct lowering *w, int node)
{
    struct nir_shape before = {0}, *own = &w->node[node].shape;
    struct nir_op op;
    if (w->node[node].shape_mark != NEW) return 0;
    w->node[node].shape_mark = OPEN;
    bool source = is_source(w, node);
    if (source && own_shape(w, node, own)) return -1;
    if (!source || !own->n_dims) {
        if (shape_before(w, node, &before)) return -1;
        if (source)
            *own = before;
        else if (before.n_dims) {
            if (nir_op_init(&op, w->g, node, &before, w->f)) return -1;
            *own = op.out;
        }
    }
    if (nir_is_neuron(w->g->node[node].type) && !own->n_dims)
        *own = nir_shape_of(1, (const int64_t[]){1});
    if (nir_is_neuron(w->g->node[node].type) && own->n > IMAGE_MAX_NEURONS)
        return too_many(w, node, own->n);
    w->node[node].shape_mark = DONE;
    return 0;
}

// --- Maps

static void map_fini(struct lowering *w, struct map *m)
{
    for (int i = 0; i < m->n_terms; i++) {
        if (m->term[i].m) w->held -= (double)(m->term[i].n * m->n);
        free(m->term[i].m);
    }
    free(m->term);
    free(m->bias);
    *m = (struct map){0};
}

// Zeroed room for a matrix (rows, columns), or NULL: refused by the node's name.
static double *matrix_new(struct lowering *w, int node, int64_t rows, int64_t columns)
{
    double n = (double)rows * (double)columns;
    if (n > MOST_VALUES || w->held + n > MOST_HELD) {
        fail(w->f,
             "%s: node %s: %s as rows of weights: %lld sources x %lld values, %.0f weights, "
             "allowed %.0f",
             w->g->path, name_of(w, node), type_name(w, node), (long long)rows, (long long)columns,
             n, MOST_VALUES);
        return 0;
    }
    double *m = calloc((size_t)n + 1, sizeof *m);
    if (!m) no_memory(w);
    if (m) w->held += n;
    return m;
}

static int add_term(struct lowering *w, struct map *to, const struct term *t)
{
    struct term *more = realloc(to->term, (size_t)(to->n_terms + 1) * sizeof *more);
    if (!more) return no_memory(w);
    to->term = more;
    more[to->n_terms++] = *t;
    return 0;
}

static struct term *same_term(const struct map *m, const struct term *t)
{
    for (int i = 0; i < m->n_terms; i++)
        if (m->term[i].source == t->source && m->term[i].delay == t->delay) return &m->term[i];
    return 0;
}

static void add_identity(double *m, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        m[i * n + i] += 1;
}

// to += from; *from stays.
static int map_add(struct lowering *w, struct map *to, const struct map *from, int node)
{
    for (int i = 0; i < from->n_terms; i++) {
        const struct term *t = &from->term[i];
        struct term *sum = same_term(to, t);
        if (!sum) {
            if (add_term(w, to, t)) return -1;
            sum = &to->term[to->n_terms - 1];
            sum->m = 0;
            if (!t->m) continue;
        } else if (!sum->m) {
            if (!(sum->m = matrix_new(w, node, t->n, to->n))) return -1;
            add_identity(sum->m, to->n);
        }
        if (!sum->m && !(sum->m = matrix_new(w, node, t->n, to->n))) return -1;
        sum->at_once |= t->at_once;
        if (!t->m) add_identity(sum->m, to->n);
        for (int64_t k = 0; t->m && k < t->n * to->n; k++)
            sum->m[k] += t->m[k];
    }
    if (!from->bias) return 0;
    if (!to->bias && !(to->bias = calloc((size_t)to->n, sizeof *to->bias))) return no_memory(w);
    for (int64_t k = 0; k < to->n; k++)
        to->bias[k] += from->bias[k];
    return 0;
}

static int map_of(struct lowering *w, int node);

// What a node gives: of a source itself, of others by map_of. *to is empty.
static int take_given(struct lowering *w, int node, struct map *to)
{
    to->n = w->node[node].shape.n;
    if (is_source(w, node))
        return add_term(w, to, &(struct term){.source = node, .n = w->node[node].shape.n});
    if (map_of(w, node)) return -1;
    if (w->node[node].n_out > 1) return map_add(w, to, &w->node[node].map, node);
    *to = w->node[node].map; // nobody else wants it
    w->node[node].map = (struct map){0};
    return 0;
}

// The sum of what reaches a node.
static int map_before(struct lowering *w, int node, struct map *to)
{
    *to = (struct map){0};
    bool first = true;
    for (int i = 0; i < w->g->n_edges; i++) {
        struct map given = {0};
        if (w->g->edge[i].to != node) continue;
        int bad = take_given(w, w->g->edge[i].from, &given);
        if (!bad && !first && given.n != to->n)
            bad = fail(w->f, "%s: node %s: gets %lld values and %lld, allowed as many of each",
                       w->g->path, name_of(w, node), (long long)to->n, (long long)given.n);
        if (!bad && first) {
            *to = given;
            given = (struct map){0};
        } else if (!bad)
            bad = map_add(w, to, &given, node);
        map_fini(w, &given);
        if (bad) return -1;
        first = false;
    }
    return 0;
}

// The columns of a term that are `delay` late behind a Delay, as a term of their own.
static int add_delayed(struct lowering *w, int node, struct map *to, const struct term *t,
                       const struct nir_array *delay, double of)
{
    struct term part = *t;
    part.delay += of;
    part.at_once |= of == 0;
    if (!(part.m = matrix_new(w, node, t->n, to->n))) return -1;
    for (int64_t i = 0; i < t->n; i++)
        for (int64_t k = 0; k < to->n; k++)
            if (delay->x[k] == of)
                part.m[i * to->n + k] = t->m ? t->m[i * to->n + k] : (double)(i == k);
    if (!add_term(w, to, &part)) return 0;
    free(part.m);
    return -1;
}

// Values of a Delay each later by its own: a term becomes one for each delay that there is.
static int apply_delays(struct lowering *w, int node, struct map *m, const struct nir_array *delay)
{
    struct map to = {.n = m->n};
    int bad = 0;
    if (delay->n != (size_t)m->n)
        return fail(w->f, "%s: node %s: delay has %zu values, allowed 1 or %lld", w->g->path,
                    name_of(w, node), delay->n, (long long)m->n);
    for (int i = 0; !bad && i < m->n_terms; i++)
        for (size_t k = 0; !bad && k < delay->n; k++) {
            size_t first = 0;
            while (delay->x[first] != delay->x[k])
                first++;
            if (first == k) bad = add_delayed(w, node, &to, &m->term[i], delay, delay->x[k]);
        }
    to.bias = m->bias;
    m->bias = 0;
    map_fini(w, m);
    *m = to;
    return bad;
}

static int apply_delay(struct lowering *w, int node, struct map *m)
{
    struct nir_array a;
    bool same = true;
    if (nir_get(w->g, node, "delay", false, &a, w->f)) return -1;
    for (size_t i = 0; i < a.n; i++) {
        same = same && a.x[i] == a.x[0];
        if (!(a.x[i] >= 0))
            return fail(w->f, "%s: node %s: delay, value %zu is %g s, allowed from 0", w->g->path,
                        name_of(w, node), i, a.x[i]);
    }
    if (!same) return apply_delays(w, node, m, &a);
    for (int i = 0; i < m->n_terms; i++) {
        m->term[i].delay += a.n ? a.x[0] : 0;
        m->term[i].at_once |= !a.n || a.x[0] == 0;
    }
    return 0;
}

static double products_of(const struct nir_op *op)
{
    const struct nir_window *k = &op->window;
    if (op->type == NIR_LINEAR || op->type == NIR_AFFINE)
        return (double)op->in.n * (double)op->out.n;
    if (!k->groups) return (double)op->in.n;
    return (double)op->in.n * ((double)k->c_out / (double)k->groups) * (double)k->kernel[0] *
           (double)k->kernel[1];
}

// The rows of a term, one after the other, through a node.
static int apply_term(struct lowering *w, int node, const struct nir_op *op, struct term *t)
{
    double *to = matrix_new(w, node, t->n, op->out.n), *unit = 0;
    bool bad = !to;
    if (!bad && !t->m && !(unit = calloc((size_t)op->in.n, sizeof *unit))) bad = no_memory(w);
    for (int64_t i = 0; !bad && i < t->n; i++) {
        if (unit) unit[i] = 1;
        nir_op_add(op, unit ? unit : t->m + i * op->in.n, to + i * op->out.n);
        if (unit) unit[i] = 0;
    }
    free(unit);
    if (bad) {
        free(to);
        return -1;
    }
    if (t->m) w->held -= (double)(t->n * op->in.n);
    free(t->m);
    t->m = to;
    return 0;
}

static int apply(struct lowering *w, int node, const struct nir_op *op, struct map *m)
{
    double *bias = 0;
    const double products = products_of(op);
    for (int i = 0; i < m->n_terms; i++) // a source itself is a row of one 1 each
        w->work +=
            m->term[i].m ? (double)m->term[i].n * products : products + (double)m->n * (double)m->n;
    if (m->bias) w->work += products;
    if (w->work > MOST_WORK)
        return fail(w->f, "%s: node %s: more than %g products to make rows of weights of it",
                    w->g->path, name_of(w, node), MOST_WORK);
    if ((m->bias || op->bias.n) && !(bias = calloc((size_t)op->out.n, sizeof *bias)))
        return no_memory(w);
    if (m->bias) nir_op_add(op, m->bias, bias);
    if (bias) nir_op_add_bias(op, bias);
    free(m->bias);
    m->bias = bias;
    for (int i = 0; i < m->n_terms; i++)
        if (apply_term(w, node, op, &m->term[i])) return -1;
    m->n = op->out.n;
    return 0;
}

// The nodes of a cycle in which a node without state lies: "a, b".
static int refuse_cycle(struct lowering *w, int node)
{
    char names[200] = "";
    size_t used = 0;
    for (int i = 0; i < w->g->n_nodes && used < sizeof names; i++)
        if (w->node[i].map_mark == OPEN)
            used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "",
                                     name_of(w, i));
    return fail(w->f, "%s: node %s lies in a cycle without neurons (%s)", w->g->path,
                name_of(w, node), names);
}

static int map_of(struct lowering *w, int node)
{
    struct nir_op op;
    enum nir_type type = w->g->node[node].type;
    if (w->node[node].map_mark == DONE) return 0;
    if (w->node[node].map_mark == OPEN) return refuse_cycle(w, node);
    w->node[node].map_mark = OPEN;
    struct map *m = &w->node[node].map;
    if (map_before(w, node, m)) return -1;
    if (m->n_terms) { // else no input leads here
        struct nir_shape in = w->node[node].shape;
        if (shape_before(w, node, &in)) return -1;
        if (in.n != m->n) in = nir_shape_of(1, &m->n);
        if (type == NIR_DELAY && apply_delay(w, node, m)) return -1;
        if (nir_op_init(&op, w->g, node, &in, w->f)) return -1;
        bool passes =
            type == NIR_DELAY || type == NIR_FLATTEN || type == NIR_PORT || type == NIR_OUTPUT;
        if (!passes && apply(w, node, &op, m)) return -1;
    }
    w->node[node].map_mark = DONE;
    return 0;
}

// --- Layers

// A path's delay in whole ticks, up to `most`.
static int ticks_of(struct lowering *w, int node, const struct term *t, int most, int *ticks)
{
    double n = t->delay / w->dt;
    *ticks = n < most + 0.5 ? (int)nearbyint(n) : most;
    if (fabs(n - *ticks) <= 1e-6 * (1 + *ticks)) return 0;
    return fail(w->f,
                "%s: node %s: hears %s after a delay of %g s, %.6g ticks, allowed whole ticks "
                "0..%d (of %g s)",
                w->g->path, name_of(w, node), name_of(w, t->source), t->delay, n, most, w->dt);
}

static int common(int a, int b)
{
    return b ? common(b, a % b) : a;
}

enum { LATEST = IMAGE_MAX_LATE + 1 }; // ticks that the last tap of a delayed layer is late

// The part of a layer that a node is, or NULL.
static const struct nir_part *part_of(const struct nir_layer *y, int node)
{
    for (int p = 0; p < y->n_parts; p++)
        if (y->part[p].node == node) return &y->part[p];
    return 0;
}

// What a layer hears and when, of one part after the other: ticks of each of its terms but own spikes.
struct hearing {
    const struct map *map; // of each node
    const struct nir_layer *y, *before;
    int p, i; // where it is
    const struct term *t;
    int ticks;
};

// The next term. 1, 0 behind the last one, -1: no whole ticks.
static int next_heard(struct lowering *w, struct hearing *h)
{
    for (; h->p < h->y->n_parts; h->p++, h->i = 0) {
        const int node = h->y->part[h->p].node;
        const struct map *m = &h->map[node];
        while (h->i < m->n_terms) {
            h->t = &m->term[h->i++];
            if (part_of(h->before, h->t->source))
                return ticks_of(w, node, h->t, LATEST, &h->ticks) ? -1 : 1;
        }
    }
    return 0;
}

// When a layer hears the one before it: taps at the delays that the graph has. Of a tick late or not
// what takes fewer taps.
static int find_taps(struct lowering *w, struct nir_layer *y, const struct map *map,
                     const struct nir_layer *before)
{
    int least = LATEST, most = 0, more;
    struct hearing h = {.map = map, .y = y, .before = before};
    while ((more = next_heard(w, &h)) > 0) {
        if (h.ticks < least) least = h.ticks;
        if (h.ticks > most) most = h.ticks;
    }
    if (more < 0) return -1;
    y->taps = 0;
    for (int late = 0; late <= 1 && late <= least; late++) {
        int spacing = 0;
        h = (struct hearing){.map = map, .y = y, .before = before};
        while (next_heard(w, &h) > 0)
            spacing = common(spacing, h.ticks - late);
        int taps = spacing ? (most - late) / spacing + 1 : 1;
        if (y->taps && taps >= y->taps) continue;
        y->taps = taps;
        y->spacing = spacing;
        y->delayed = late;
    }
    if (y->taps <= IMAGE_MAX_TAPS && y->taps * (int64_t)y->n_in <= IMAGE_MAX_NEURONS) return 0;
    return fail(w->f,
                "%s: node %s: hears %d values of %s by %d taps, %d ticks apart, allowed %d taps "
                "and %d values of all",
                w->g->path, name_of(w, y->part[0].node), y->n_in, name_of(w, before->part[0].node),
                y->taps, y->spacing, IMAGE_MAX_TAPS, IMAGE_MAX_NEURONS);
}

// Only source n reaches neuron n.
static bool is_diagonal(const struct term *t, int64_t n_out)
{
    if (t->n != n_out) return false;
    if (!t->m) return true;
    for (int64_t i = 0; i < t->n; i++)
        for (int64_t k = 0; k < n_out; k++)
            if (i != k && t->m[i * n_out + k] != 0) return false;
    return n_out > 1;
}

// w += the rows of a term, in n of `stride` columns.
static void put_rows(double *w, const struct term *t, int64_t n, size_t stride)
{
    for (int64_t i = 0; i < t->n; i++, w += stride)
        for (int64_t k = 0; k < n; k++) {
            const double x = t->m ? t->m[i * n + k] : (double)(i == k);
            w[k] = w[k] == 0 && t->m ? x : w[k] + x; // a -0 stays what it is
        }
}

// Own spikes of a part, or NULL; checked.
static int own_of(struct lowering *w, const struct map *m, int node, const struct term **own,
                  int *loop)
{
    *own = 0;
    *loop = 0;
    for (int i = 0; i < m->n_terms; i++)
        if (m->term[i].source == node) *own = &m->term[i];
    if (!*own) return 0;
    if (ticks_of(w, node, *own, 1, loop)) return -1;
    if (!(*own)->at_once || *loop) return 0;
    return fail(w->f, "%s: node %s: a cycle of Delay 0: own spikes come back after a tick",
                w->g->path, name_of(w, node));
}

static int make_layer(struct lowering *w, struct nir_layer *y, const struct map *map,
                      const struct nir_layer *before, bool first)
{
    const struct term *own[NIR_PARTS];
    y->n_in = before->n_out;
    y->loop_said = true;
    if (find_taps(w, y, map, before)) return -1;
    for (int p = 0, loop; p < y->n_parts; p++) {
        if (own_of(w, &map[y->part[p].node], y->part[p].node, &own[p], &loop)) return -1;
        y->recurrent |= own[p] != 0;
        y->loop_said &= !own[p] || loop == 1;
    }
    y->loop_said &= y->recurrent;
    const int node = y->part[0].node;
    const struct map *m = &map[node];
    if (first && (y->delayed || y->taps > 1))
        return fail(w->f, "%s: node %s: hears the input after a delay: allowed 0, show it later",
                    w->g->path, name_of(w, node));
    struct hearing h = {.map = map, .y = y, .before = before};
    const bool alone = y->n_parts == 1 && before->n_parts == 1 && next_heard(w, &h) > 0;
    y->one_to_one = alone && !y->recurrent && y->taps == 1 && is_diagonal(h.t, m->n);
    const size_t n_out = (size_t)y->n_out, n_in = (size_t)y->n_in, heard = (size_t)y->taps * n_in;
    const size_t rows = y->one_to_one ? 1 : heard + (y->recurrent ? n_out : 0);
    y->w = calloc(rows * n_out, sizeof *y->w);
    y->b = calloc(n_out, sizeof *y->b);
    if (!y->w || !y->b) return no_memory(w);
    for (int p = 0; p < y->n_parts; p++) {
        const struct nir_part *to = &y->part[p];
        const double *bias = map[to->node].bias;
        if (bias) memcpy(y->b + to->first, bias, (size_t)to->n * sizeof *y->b);
        if (own[p])
            put_rows(y->w + (heard + (size_t)to->first) * n_out + to->first, own[p], to->n, n_out);
    }
    for (size_t i = 0; y->one_to_one && i < n_out; i++)
        y->w[i] = h.t->m ? h.t->m[i * n_out + i] : 1;
    h = (struct hearing){.map = map, .y = y, .before = before};
    while (!y->one_to_one && next_heard(w, &h) > 0) {
        const struct nir_part *to = &y->part[h.p], *from = part_of(before, h.t->source);
        const size_t tap = y->spacing ? (size_t)((h.ticks - y->delayed) / y->spacing) : 0;
        put_rows(y->w + (tap * n_in + (size_t)from->first) * n_out + to->first, h.t, to->n, n_out);
    }
    return 0;
}

// Whether a node of neurons hears the layer `before`, and then nothing else but itself. 1, 0 or -1.
static int hears(struct lowering *w, int node, const struct map *m, const struct nir_layer *before)
{
    const struct term *from = 0, *other = 0, *own = 0;
    for (int i = 0; i < m->n_terms; i++) {
        const struct term *t = &m->term[i];
        if (t->source == node && own)
            return fail(w->f,
                        "%s: node %s: hears %s and %s after another delay: a layer hears the one "
                        "before it, and itself after one delay",
                        w->g->path, name_of(w, node), name_of(w, node), name_of(w, node));
        if (t->source == node)
            own = t;
        else if (part_of(before, t->source))
            from = from ? from : t;
        else
            other = other ? other : t;
    }
    if (!from && !other)
        return fail(w->f, "%s: node %s: hears no input", w->g->path, name_of(w, node));
    if (!from || !other) return from != 0;
    const bool first = from < other; // as the graph has them
    return fail(w->f,
                "%s: node %s: hears %s and %s: a layer hears the one before it, and itself after "
                "one delay",
                w->g->path, name_of(w, node), name_of(w, (first ? from : other)->source),
                name_of(w, (first ? other : from)->source));
}

// The next layer: the neurons that hear `before`, which is none of the list where it is the input. It has no
// parts if there are none.
static int next_layer(struct lowering *w, struct nir_layers *l, const struct map *map,
                      const struct nir_layer *before, bool first)
{
    struct nir_layer y = {.n_parts = 0};
    for (int i = 0; i < w->g->n_nodes; i++) {
        if (!nir_is_neuron(w->g->node[i].type)) continue;
        const int does = hears(w, i, &map[i], before);
        if (does < 0) return -1;
        if (!does) continue;
        if (y.n_parts == NIR_PARTS || y.n_out + map[i].n > IMAGE_MAX_NEURONS)
            return fail(w->f,
                        "%s: nodes %s and %s both hear %s: allowed side by side %d nodes of %d "
                        "neurons",
                        w->g->path, name_of(w, y.n_parts ? y.part[0].node : i), name_of(w, i),
                        name_of(w, before->part[0].node), NIR_PARTS, IMAGE_MAX_NEURONS);
        y.part[y.n_parts++] = (struct nir_part){i, y.n_out, (int)map[i].n};
        y.n_out += (int)map[i].n;
    }
    if (!y.n_parts) return 0;
    if (l->n == IMAGE_MAX_LAYERS)
        return fail(w->f, "%s: node %s: layer %d, allowed %d layers", w->g->path,
                    name_of(w, y.part[0].node), l->n + 1, IMAGE_MAX_LAYERS);
    l->layer[l->n] = y;
    return make_layer(w, &l->layer[l->n++], map, before, first);
}

// The Output is the spikes of the last layer.
static int check_output(struct lowering *w, int output, const struct nir_layer *end)
{
    struct map m;
    const int last = end->part[0].node;
    if (end->n_parts > 1)
        return fail(w->f,
                    "%s: nodes %s and %s both hear the layer before and lead to no other layer: "
                    "the last layer is one node",
                    w->g->path, name_of(w, last), name_of(w, end->part[1].node));
    int bad = map_before(w, output, &m);
    if (!bad && !m.n_terms)
        bad = fail(w->f, "%s: node %s: gets nothing", w->g->path, name_of(w, output));
    for (int i = 0; !bad && i < m.n_terms; i++) {
        const struct term *t = &m.term[i];
        if (t->source != last)
            bad = fail(w->f, "%s: node %s: gets %s, allowed the spikes of the last layer, %s",
                       w->g->path, name_of(w, output), name_of(w, t->source), name_of(w, last));
        else if (t->m || m.bias || t->delay > 0)
            bad = fail(
                w->f,
                "%s: node %s: gets sums of the spikes of %s, or late ones: a chip's outputs are "
                "spikes; end with neurons",
                w->g->path, name_of(w, output), name_of(w, last));
    }
    map_fini(w, &m);
    return bad;
}

static int chain(struct lowering *w, struct nir_layers *l, struct map *map)
{
    int input = -1, output = -1, neurons = 0, placed = 0;
    for (int i = 0; i < w->g->n_nodes; i++) {
        enum nir_type t = w->g->node[i].type;
        if (t == NIR_INPUT) input = i;
        if (t == NIR_OUTPUT) output = i;
        if (!nir_is_neuron(t)) continue;
        neurons++;
        if (map_before(w, i, &map[i])) return -1;
        if (map[i].n_terms && map[i].n != w->node[i].shape.n)
            return fail(w->f, "%s: node %s: gets %lld values, has %lld neurons", w->g->path,
                        name_of(w, i), (long long)map[i].n, (long long)w->node[i].shape.n);
    }
    if (!neurons) return fail(w->f, "%s: no neurons in the graph", w->g->path);
    struct nir_layer shown = {.n_parts = 1, .n_out = (int)w->node[input].shape.n};
    shown.part[0] = (struct nir_part){input, 0, shown.n_out};
    for (int n = -1; n < l->n;) {
        n = l->n;
        if (next_layer(w, l, map, n ? &l->layer[n - 1] : &shown, !n)) return -1;
    }
    for (int k = 0; k < l->n; k++)
        placed += l->layer[k].n_parts;
    if (placed <
        neurons) // a chain of its own has no input and was refused: it hears itself in a circle
        return fail(w->f, "%s: %d nodes of neurons of %d hear the input, layer by layer",
                    w->g->path, placed, neurons);
    return check_output(w, output, &l->layer[l->n - 1]);
}

// Nodes that lead to nothing are left out, and noted.
static int note_dead_ends(struct lowering *w)
{
    for (int i = 0; i < w->g->n_nodes; i++)
        if (w->g->node[i].type != NIR_OUTPUT && w->node[i].n_out == 0 &&
            !nir_is_neuron(w->g->node[i].type) &&
            nir_note(&w->g->notes, w->f, "node %s leads to nothing, and is left out",
                     name_of(w, i)))
            return -1;
    return 0;
}

int nir_lower(struct nir_layers *l, struct nir_graph *g, double dt, struct fail *f)
{
    struct lowering w = {.g = g, .f = f, .dt = dt};
    *l = (struct nir_layers){0};
    *f = (struct fail){""};
    w.node = calloc((size_t)g->n_nodes + 1, sizeof *w.node);
    struct map *map = calloc((size_t)g->n_nodes + 1, sizeof *map);
    int bad = w.node && map ? 0 : no_memory(&w);
    for (int i = 0; !bad && i < g->n_edges; i++)
        w.node[g->edge[i].from].n_out++;
    for (int i = 0; !bad && i < g->n_nodes; i++)
        bad = shape_of(&w, i);
    if (!bad) bad = note_dead_ends(&w) || chain(&w, l, map);
    for (int i = 0; w.node && map && i < g->n_nodes; i++) {
        map_fini(&w, &w.node[i].map);
        map_fini(&w, &map[i]);
    }
    free(w.node);
    free(map);
    if (bad) nir_lower_fini(l);
    return bad ? -1 : 0;
}

const struct nir_part *nir_part_of(const struct nir_layer *y, int neuron)
{
    const struct nir_part *p = y->part;
    while (neuron >= p->first + p->n)
        p++;
    return p;
}

void nir_lower_fini(struct nir_layers *l)
{
    for (int i = 0; i < l->n; i++) {
        free(l->layer[i].w);
        free(l->layer[i].b);
    }
    *l = (struct nir_layers){0};
}
