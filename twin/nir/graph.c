#include "twin/nir/graph.h"

#include "base/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const nir_type_names[NIR_TYPES] = {
    "Input", "Output", "Linear",  "Affine",    "Scale",     "Flatten",
    "Delay", "Conv1d", "Conv2d",  "SumPool2d", "AvgPool2d", "Threshold",
    "IF",    "LIF",    "CubaLIF", "I",         "LI",        "CubaLI"};

enum { EDGES = 16384 };
enum { SHOWN = 80 };  // bytes of a name
enum { PLACE = 512 }; // bytes of a name in the file, as HDF5's walk allows them

int nir_note(struct nir_notes *l, struct fail *f, const char *format, ...)
{
    va_list arguments;
    char **more = realloc(l->text, (size_t)(l->n + 1) * sizeof *more);
    if (more) l->text = more;
    va_start(arguments, format);
    int n = more ? vasprintf(&l->text[l->n], format, arguments) : -1;
    va_end(arguments);
    if (n < 0) return fail(f, "out of memory");
    l->n++;
    return 0;
}

void nir_notes_fini(struct nir_notes *l)
{
    for (int i = 0; i < l->n; i++)
        free(l->text[i]);
    free(l->text);
    *l = (struct nir_notes){0};
}

// A member of a group of nodes: a node, or a graph with an input and an output.
struct member {
    const char *name; // in the file's table
    size_t size;
    bool graph, named; // named: by an edge
    int node;          // of a node
    int in, out;       // of a graph: its only input and output; -1: none, -2: more than one
};

struct reading {
    struct nir_graph *g;
    struct fail *f;
};

static int no_memory(const struct reading *r)
{
    return fail(r->f, "%s: out of memory", r->g->path);
}

// What may be shown of a name: its letters, ? for all else; of a long one the first.
static void put_shown(FILE *to, const char *name, size_t size)
{
    bool cut = size > SHOWN;
    for (size_t i = 0; i < (cut ? SHOWN : size);) {
        int n = text_shown((const unsigned char *)name + i, size - i);
        bool letter = n > 0 && name[i] != '\n' && name[i] != '\t';
        if (letter)
            fwrite(name + i, 1, (size_t)n, to);
        else
            fputc('?', to);
        i += letter ? (size_t)n : 1;
    }
    if (cut) fputs("...", to);
}

// The end of a long name, from a letter on.
static const char *tail_of(const char *name)
{
    size_t size = strlen(name), at = size > SHOWN ? size - SHOWN : 0;
    while (((unsigned char)name[at] & 0xC0) == 0x80)
        at++;
    return name + at;
}

// "outer.name", malloc'd.
static char *shown_name(const char *outer, const char *name, size_t size)
{
    char *text = 0;
    size_t length;
    FILE *to = open_memstream(&text, &length);
    if (!to) return 0;
    if (*outer) fprintf(to, "%s.", tail_of(outer));
    put_shown(to, name, size);
    if (fclose(to)) {
        free(text);
        return 0;
    }
    return text;
}

static int add_node(const struct reading *r, const char *place, char *name, enum nir_type type)
{
    struct nir_graph *g = r->g;
    struct nir_node *more = realloc(g->node, (size_t)(g->n_nodes + 1) * sizeof *more);
    if (more) g->node = more;
    char *copy = more && name ? strdup(place) : 0;
    if (!copy) {
        free(name);
        return no_memory(r);
    }
    g->node[g->n_nodes++] = (struct nir_node){name, copy, type};
    return 0;
}

// An edge that is there already says nothing.
static int add_edge(const struct reading *r, int from, int to)
{
    struct nir_graph *g = r->g;
    for (int i = 0; i < g->n_edges; i++)
        if (g->edge[i].from == from && g->edge[i].to == to)
            return nir_note(&g->notes, r->f, "edge %s -> %s stands twice, and is taken once",
                            g->node[from].name, g->node[to].name);
    struct nir_edge *more = realloc(g->edge, (size_t)(g->n_edges + 1) * sizeof *more);
    if (!more) return no_memory(r);
    g->edge = more;
    g->edge[g->n_edges++] = (struct nir_edge){from, to};
    return 0;
}

static int read_graph(const struct reading *r, const char *place, const char *outer, int *in,
                      int *out);

static int unknown_type(const struct reading *r, const char *name, const char *type)
{
    char all[256] = "", given[48] = "none";
    size_t used = 0;
    for (int i = 0; i < NIR_TYPES && used < sizeof all; i++)
        used += (size_t)snprintf(all + used, sizeof all - used, "%s%s", i ? ", " : "",
                                 nir_type_names[i]);
    if (type) {
        FILE *to = fmemopen(given, sizeof given - 1, "w");
        if (to) put_shown(to, type, strnlen(type, 40));
        if (to) fclose(to);
    }
    return fail(r->f, "%s: node %s: type %s, allowed %s, NIRGraph", r->g->path, name, given, all);
}

static void count_port(int *port, int node)
{
    *port = *port == -1 ? node : -2;
}

static int read_member(const struct reading *r, const char *place, const char *outer,
                       struct member *m, int *in, int *out)
{
    char own[PLACE + 16], text[PLACE + 32];
    snprintf(own, sizeof own, "%s/nodes/%.*s", place, (int)m->size, m->name);
    snprintf(text, sizeof text, "%s/type", own);
    const char *type = hdf5_text(&r->g->file, text);
    char *name = shown_name(outer, m->name, m->size);
    if (!name) return no_memory(r);
    if (type && strcmp(type, "NIRGraph") == 0) {
        m->graph = true;
        int bad = read_graph(r, own, name, &m->in, &m->out);
        free(name);
        return bad;
    }
    enum nir_type t = 0;
    while (t < NIR_TYPES && (!type || strcmp(type, nir_type_names[t]) != 0))
        t++;
    if (t == NIR_TYPES) {
        int bad = unknown_type(r, name, type);
        free(name);
        return bad;
    }
    m->node = r->g->n_nodes;
    if (t == NIR_INPUT) count_port(in, m->node);
    if (t == NIR_OUTPUT) count_port(out, m->node);
    if (*outer && (t == NIR_INPUT || t == NIR_OUTPUT)) t = NIR_PORT;
    return add_node(r, own, name, t);
}

// The groups in `place`/nodes, in the file's order of names.
static int read_members(const struct reading *r, const char *place, const char *outer,
                        struct member **all, int *n, int *in, int *out)
{
    char prefix[PLACE + 8];
    size_t skip = (size_t)snprintf(prefix, sizeof prefix, "%s/nodes/", place);
    const struct hdf5_file *h = &r->g->file;
    for (int i = 0; i < h->n; i++) {
        const char *name = h->array[i].name;
        if (strncmp(name, prefix, skip) != 0) continue;
        name += skip;
        size_t size = strcspn(name, "/");
        const struct member *last = *n ? &(*all)[*n - 1] : 0;
        if (!name[size] || (last && last->size == size && !memcmp(last->name, name, size)))
            continue;
        struct member *more = realloc(*all, (size_t)(*n + 1) * sizeof *more);
        if (!more) return no_memory(r);
        *all = more;
        more[*n] = (struct member){.name = name, .size = size, .in = -1, .out = -1};
        if (read_member(r, place, outer, &more[(*n)++], in, out)) return -1;
    }
    return 0;
}

static struct member *find(struct member *all, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (strlen(name) == all[i].size && !memcmp(name, all[i].name, all[i].size)) return &all[i];
    return 0;
}

// The one name in the edges that is no member, where all such names are the same; NULL: there is none,
// or there are several.
static const char *stranger(const struct hdf5_array *edges, struct member *all, int n)
{
    const char *name = 0, *text = edges->data;
    for (size_t i = 0; i < edges->n; i++, text += strlen(text) + 1) {
        struct member *m = find(all, n, text);
        if (m) m->named = true;
        if (m || (name && strcmp(name, text) == 0)) continue;
        if (name) return 0;
        name = text;
    }
    return name;
}

// Files are about in which a graph's edges name its neurons otherwise than its nodes do. Where exactly
// one name has no node and exactly one node no edge, they are each other's.
static struct member *adopt(const struct reading *r, const char *graph,
                            const struct hdf5_array *edges, struct member *all, int n)
{
    const char *name = stranger(edges, all, n);
    struct member *alone = 0;
    for (int i = 0; name && i < n; i++) {
        if (all[i].named) continue;
        if (alone) return 0;
        alone = &all[i];
    }
    if (!alone) return 0;
    char *of = shown_name("", name, strlen(name)), *to = shown_name("", alone->name, alone->size);
    if (!of || !to ||
        nir_note(&r->g->notes, r->f, "%s: edges name %s, which is no node; node %s is taken for it",
                 graph, of, to))
        alone = 0;
    free(of);
    free(to);
    return alone;
}

static int refuse_end(const struct reading *r, const char *graph, const char *name,
                      const struct member *m)
{
    char *shown = shown_name("", name, strlen(name));
    const char *all = shown ? shown : "";
    int bad =
        !m ? fail(r->f, "%s: %s: an edge names %.100s, which is no node", r->g->path, graph, all)
           : fail(r->f, "%s: subgraph %.100s has not one input and one output", r->g->path, all);
    free(shown);
    return bad;
}

static int read_edges(const struct reading *r, const char *place, const char *graph,
                      struct member *all, int n)
{
    char name[PLACE + 8];
    snprintf(name, sizeof name, "%s/edges", place);
    const struct hdf5_array *edges = hdf5_find(&r->g->file, name);
    if (!edges) return fail(r->f, "%s: %s: no edges", r->g->path, graph);
    if (edges->n == 0) return 0;
    if (edges->kind != HDF5_TEXT || edges->n_dims != 2 || edges->dims[1] != 2)
        return fail(r->f, "%s: %s: edges are no list of pairs of names", r->g->path, graph);
    if (edges->dims[0] > EDGES)
        return fail(r->f, "%s: %s: more than %d edges", r->g->path, graph, EDGES);
    struct member *adopted = adopt(r, graph, edges, all, n);
    const char *text = edges->data;
    for (size_t i = 0; i < edges->dims[0]; i++) {
        int end[2];
        for (int k = 0; k < 2; k++, text += strlen(text) + 1) {
            const struct member *m = find(all, n, text);
            if (!m) m = adopted;
            end[k] = !m ? -1 : !m->graph ? m->node : k ? m->in : m->out;
            if (end[k] < 0) return refuse_end(r, graph, text, m);
        }
        if (add_edge(r, end[0], end[1])) return -1;
    }
    return 0;
}

static int read_graph(const struct reading *r, const char *place, const char *outer, int *in,
                      int *out)
{
    struct member *all = 0;
    int n = 0;
    const char *graph = *outer ? outer : "the graph";
    *in = *out = -1;
    int bad =
        read_members(r, place, outer, &all, &n, in, out) || read_edges(r, place, graph, all, n);
    free(all);
    return bad ? -1 : 0;
}

int nir_graph_read(struct nir_graph *g, const char *path, struct fail *f)
{
    const struct reading r = {g, f};
    int in, out, bad = -1;
    *g = (struct nir_graph){.path = path};
    if (hdf5_read_foreign(&g->file, path, f)) return -1;
    const char *type = hdf5_text(&g->file, "node/type");
    if (!hdf5_has_group(&g->file, "node"))
        fail(f, "%s: no group /node: not a NIR file", path);
    else if (!type || strcmp(type, "NIRGraph") != 0)
        fail(f, "%s: /node is no NIRGraph: a graph with an Input and an Output is needed", path);
    else if (!read_graph(&r, "node", "", &in, &out))
        bad = in >= 0 && out >= 0 ? 0
                                  : fail(f, "%s: %s %s, allowed one", path,
                                         in == -1 || out == -1 ? "no" : "more than one",
                                         in < 0 ? "Input" : "Output");
    if (bad) nir_graph_fini(g);
    return bad;
}

void nir_graph_fini(struct nir_graph *g)
{
    for (int i = 0; i < g->n_nodes; i++) {
        free(g->node[i].name);
        free(g->node[i].place);
    }
    for (int i = 0; i < g->n_made; i++)
        free(g->made[i]);
    free(g->made);
    free(g->node);
    free(g->edge);
    nir_notes_fini(&g->notes);
    hdf5_close(&g->file);
    *g = (struct nir_graph){0};
}

static const struct hdf5_array *array_of(const struct nir_graph *g, int node, const char *field)
{
    char name[PLACE + 64];
    snprintf(name, sizeof name, "%s/%s", g->node[node].place, field);
    return hdf5_find(&g->file, name);
}

// Whole numbers as reals, kept with the graph; NULL: out of memory.
static const double *made_of(struct nir_graph *g, const struct hdf5_array *a)
{
    double *x = malloc((a->n + 1) * sizeof *x);
    double **more = realloc(g->made, (size_t)(g->n_made + 1) * sizeof *more);
    if (more) g->made = more;
    if (!x || !more) {
        free(x);
        return 0;
    }
    for (size_t i = 0; i < a->n; i++)
        x[i] = (double)((const int64_t *)a->data)[i];
    return g->made[g->n_made++] = x;
}

int nir_find(struct nir_graph *g, int node, const char *field, bool infinite, struct nir_array *a,
             struct fail *f)
{
    const struct hdf5_array *from = array_of(g, node, field);
    const char *name = g->node[node].name;
    if (!from) return 1;
    if (from->kind == HDF5_TEXT)
        return fail(f, "%s: node %s: %s is text, allowed numbers", g->path, name, field);
    const double *x = from->kind == HDF5_REAL ? from->data : made_of(g, from);
    if (!x) return fail(f, "%s: out of memory", g->path);
    *a = (struct nir_array){.n_dims = from->n_dims, .n = from->n, .x = x};
    memcpy(a->dims, from->dims, sizeof a->dims);
    for (size_t i = 0; i < a->n; i++)
        if (isnan(x[i]) || (!infinite && isinf(x[i])))
            return fail(f, "%s: node %s: %s, value %zu is %g, must be finite", g->path, name, field,
                        i, x[i]);
    return 0;
}

int nir_get(struct nir_graph *g, int node, const char *field, bool infinite, struct nir_array *a,
            struct fail *f)
{
    int none = nir_find(g, node, field, infinite, a, f);
    if (none <= 0) return none;
    return fail(f, "%s: node %s: %s has no %s of numbers", g->path, g->node[node].name,
                nir_type_names[g->node[node].type], field);
}

const char *nir_text(const struct nir_graph *g, int node, const char *field)
{
    const struct hdf5_array *a = array_of(g, node, field);
    return a && a->kind == HDF5_TEXT && a->n == 1 ? a->data : 0;
}
