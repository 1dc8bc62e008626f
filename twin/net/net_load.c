// Networks read back: sealed ones, and those of older versions, which say everything twice.
#include "twin/net/net.h"

#include "twin/net/net_file.h"
#include "twin/net/net_nir.h"
#include "twin/chip/physics.h"
#include "twin/io/hdf5_read.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Opens the file and makes sure that it is one of ours.
static int open_own(struct hdf5_file *h, const char *path, struct fail *f)
{
    if (hdf5_read(h, path, f)) return -1;
    const char *version = hdf5_text(h, "spiketwin/version");
    bool older = version && !strcmp(version, "1");
    int bad = -1;
    if (!hdf5_has_group(h, "spiketwin"))
        fail(f, "%s: no group /spiketwin: not written by spiketwin", path);
    else if (version && strncmp(version, "dpi-", 4) == 0)
        fail(f, "%s: a DYNAP-SE2 net (%.20s): a net of LIF neurons is needed here", path, version);
    else if (!version || (!older && strcmp(version, "2") && strcmp(version, NET_FILE_VERSION)))
        fail(f, "%s: /spiketwin/version is %.20s, allowed 1, 2, %s", path,
             version ? version : "none", NET_FILE_VERSION);
    else if (!older && !h->sealed)
        fail(f, "%s: damaged: a file of version %s without its seal", path, version);
    else
        bad = 0;
    if (bad) hdf5_close(h);
    return bad;
}

// What few layers have: a delay, several spikes a tick.
static int get_more(const struct hdf5_file *h, struct image_shape *s, const char *path,
                    struct fail *f)
{
    const uint64_t dims[2] = {(uint64_t)s->n_layers, NET_FILE_MORE};
    const int64_t *row = hdf5_wholes(h, "spiketwin/shape_more", 2, dims);
    if (!row && hdf5_find(h, "spiketwin/shape_more"))
        return fail(f, "%s: /spiketwin/shape_more is damaged", path);
    for (int l = 0; row && l < s->n_layers; l++, row += NET_FILE_MORE) {
        if (row[0] < 0 || row[0] > 1)
            return fail(f, "%s: layer %d: delayed %" PRId64 ", allowed 0..1", path, l, row[0]);
        if (row[1] < 1 || row[1] > LAW_MAX_SPIKES)
            return fail(f, "%s: layer %d: %" PRId64 " spikes a tick, allowed 1..%d", path, l,
                        row[1], LAW_MAX_SPIKES);
        s->layer[l].delayed = row[0] != 0;
        s->layer[l].max_spikes = row[1] > 1 ? (int)row[1] : 0;
    }
    return 0;
}

static int get_taps(const struct hdf5_file *h, struct image_shape *s, const char *path,
                    struct fail *f)
{
    const uint64_t dims[2] = {(uint64_t)s->n_layers, NET_FILE_TAPS};
    const int64_t *row = hdf5_wholes(h, "spiketwin/shape_taps", 2, dims);
    if (!row && hdf5_find(h, "spiketwin/shape_taps"))
        return fail(f, "%s: /spiketwin/shape_taps is damaged", path);
    for (int l = 0; row && l < s->n_layers; l++, row += NET_FILE_TAPS) {
        if (row[0] < 1 || row[0] > IMAGE_MAX_TAPS)
            return fail(f, "%s: layer %d: %" PRId64 " taps, allowed 1..%d", path, l, row[0],
                        IMAGE_MAX_TAPS);
        if (row[1] < 0 || row[1] > IMAGE_MAX_LATE)
            return fail(f, "%s: layer %d: taps %" PRId64 " ticks apart, allowed 0..%d", path, l,
                        row[1], IMAGE_MAX_LATE);
        s->layer[l].taps = row[0] > 1 ? (int)row[0] : 0;
        s->layer[l].spacing = (int)row[1];
    }
    return 0;
}

static int get_shape(const struct hdf5_file *h, struct image_shape *s, const char *path,
                     struct fail *f)
{
    const struct hdf5_array *a = hdf5_find(h, "spiketwin/shape");
    if (!a || a->kind != HDF5_WHOLE || a->n_dims != 2 || a->dims[1] != NET_FILE_ROW ||
        a->dims[0] < 1 || a->dims[0] > IMAGE_MAX_LAYERS)
        return fail(f, "%s: /spiketwin/shape is missing or has not 1..%d layers", path,
                    IMAGE_MAX_LAYERS);
    const int64_t *row = a->data;
    *s = (struct image_shape){.n_layers = (int)a->dims[0]};
    for (int l = 0; l < s->n_layers; l++, row += NET_FILE_ROW) {
        for (int k = 0; k < 2; k++)
            if (row[k] < 1 || row[k] > IMAGE_MAX_NEURONS)
                return fail(f, "%s: layer %d: %" PRId64 " %s, allowed 1..%d", path, l, row[k],
                            k ? "neurons" : "sources", IMAGE_MAX_NEURONS);
        if (row[2] < IMAGE_DENSE || row[2] > IMAGE_ONE_TO_ONE)
            return fail(f, "%s: layer %d: topology %" PRId64 ", allowed 0..1", path, l, row[2]);
        if (row[3] < 0 || row[3] > 1)
            return fail(f, "%s: layer %d: recurrent %" PRId64 ", allowed 0..1", path, l, row[3]);
        s->layer[l].n_in = (int)row[0];
        s->layer[l].n_out = (int)row[1];
        s->layer[l].topology = (enum image_topology)row[2];
        s->layer[l].recurrent = row[3] != 0;
    }
    if (get_more(h, s, path, f) || get_taps(h, s, path, f)) return -1;
    const char *wrong = image_shape_check(s);
    return wrong ? fail(f, "%s: shape: %s", path, wrong) : 0;
}

static int get_labels(const struct hdf5_file *h, struct net *n, const char *path, struct fail *f)
{
    struct fail why = {""};
    uint64_t one = 1;
    const int64_t *count = hdf5_wholes(h, "spiketwin/n_words", 1, &one);
    const struct hdf5_array *a = hdf5_find(h, "spiketwin/words");
    int n_out = n->layer[n->shape.n_layers - 1].n_out;
    if (!count) return fail(f, "%s: /spiketwin/n_words is missing or damaged", path);
    if (*count < 0 || *count > n_out)
        return fail(f, "%s: %" PRId64 " labels, allowed 0..%d (the last layer's neurons)", path,
                    *count, n_out);
    if (*count == 0) return 0;
    if (!a || a->kind != HDF5_TEXT || a->n_dims != 1 || a->n != (size_t)*count)
        return fail(f, "%s: /spiketwin/words is missing, damaged or not %" PRId64 " labels", path,
                    *count);
    const char *text = a->data;
    for (size_t i = 0; i < a->n; i++, text += strlen(text) + 1)
        if (labels_add(&n->labels, text, &why)) return fail(f, "%s: %s", path, why.text);
    return 0;
}

// Hashes, as signed numbers of the same bits; older nets have none.
// Of recordings: what of one was heard.
static int get_clip(const struct hdf5_file *h, struct net *n, const char *path, struct fail *f)
{
    enum { MOST_MS = 600000 };
    const struct hdf5_array *a = hdf5_find(h, "spiketwin/clip_ms");
    if (!a) return 0;
    int64_t ms = a->kind == HDF5_WHOLE && a->n == 1 ? *(const int64_t *)a->data : 0;
    if (ms < 1 || ms > MOST_MS)
        return fail(f, "%s: /spiketwin/clip_ms is damaged, allowed 1..%d", path, MOST_MS);
    n->clip_ms = (int)ms;
    return 0;
}

static int get_speakers(const struct hdf5_file *h, struct net *n, const char *path, struct fail *f)
{
    const struct hdf5_array *a = hdf5_find(h, "spiketwin/speakers");
    if (!a) return 0;
    if (a->kind != HDF5_WHOLE || a->n_dims != 1 || a->n > INT32_MAX)
        return fail(f, "%s: /spiketwin/speakers is damaged", path);
    return net_add_speakers(n, (const uint64_t *)a->data, (int)a->n, f);
}

static int get_chip(const struct hdf5_file *h, struct net *n, const char *path, struct fail *f)
{
    const char *name = hdf5_text(h, "spiketwin/chip"), *text = hdf5_text(h, "spiketwin/chip_file");
    if (!name || !*name || strlen(name) >= sizeof n->chip || strchr(name, '/') ||
        !labels_utf8(name, strlen(name)))
        return fail(f,
                    "%s: /spiketwin/chip is missing or no name of a chip: 1..%zu bytes without /",
                    path, sizeof n->chip - 1);
    strcpy(n->chip, name);
    if (!text && hdf5_find(h, "spiketwin/chip_file"))
        return fail(f, "%s: /spiketwin/chip_file is no text", path);
    const char *hex = hdf5_text(h, "spiketwin/chip_hash");
    if (text && (!hex || sscanf(hex, "%16" SCNx64, &n->chip_hash) != 1))
        return fail(f, "%s: /spiketwin/chip_hash is missing or no hash", path);
    return net_keep_chip(n, text, f);
}

// What a kind of leak or decay that stands in the file is; exponential where none does.
static int get_kind(const struct hdf5_file *h, const char *name, enum law_leak *kind,
                    const char *path, struct fail *f)
{
    const char *text = hdf5_text(h, name);
    *kind = LAW_LEAK_EXPONENTIAL;
    if (!text && !hdf5_find(h, name)) return 0;
    for (int i = 0; text && i < LAW_LEAKS; i++)
        if (!strcmp(text, law_leak_names[i])) {
            *kind = (enum law_leak)i;
            return 0;
        }
    return fail(f, "%s: /%s is %.20s, no kind of leak", path, name, text ? text : "no text");
}

// The law, and the values that all its nets have.
static int get_law(const struct hdf5_file *h, struct net_words *words, const char *path,
                   struct fail *f)
{
    const char *text = hdf5_text(h, "spiketwin/law");
    const struct law_kind *kind = text ? law_kind_of(text) : &lif_kind;
    const struct physics *p = kind ? physics_of(kind) : 0;
    if (!p || (!text && hdf5_find(h, "spiketwin/law")))
        return fail(f, "%s: /spiketwin/law is %.20s, no law of such nets", path,
                    text ? text : "no text");
    *words = (struct net_words){.kind = kind};
    for (int i = 0; i < p->n; i++)
        words->has[i] = kind != &lif_kind || i < NET_DECAY;
    return 0;
}

// Which values of a neuron there are beyond leak, threshold and bias.
static int get_words(const struct hdf5_file *h, struct net_words *words, const char *path,
                     struct fail *f)
{
    const struct hdf5_array *a = hdf5_find(h, "spiketwin/neuron");
    if (get_law(h, words, path, f)) return -1;
    const struct physics *p = physics_of(words->kind);
    if (!a || words->kind != &lif_kind) return 0;
    if (a->kind != HDF5_TEXT || a->n_dims != 1)
        return fail(f, "%s: /spiketwin/neuron is damaged", path);
    const char *text = a->data;
    int which = NET_BIAS;
    for (size_t i = 0; i < a->n; i++, text += strlen(text) + 1) {
        which++; // the order is that of the values
        while (which < NET_NEURON && strcmp(text, p->value[which].name) != 0)
            which++;
        if (which >= NET_NEURON)
            return fail(f,
                        "%s: /spiketwin/neuron: %.20s, allowed decay, gain, rest, reset in order",
                        path, text);
        words->has[which] = true;
    }
    return 0;
}

static int check_finite(const struct net *n, const char *path, struct fail *f)
{
    for (int l = 0; l < n->shape.n_layers; l++) {
        const struct net_layer *y = &n->layer[l];
        const struct physics *p = physics_of(n->words.kind);
        for (int a = -1; a < p->n; a++) {
            const float *array = a < 0 ? y->w : y->value[a];
            int size = y->n_out * (a < 0 ? y->n_source : 1);
            for (int i = 0; array && i < size; i++)
                if (!isfinite(array[i]))
                    return fail(f, "%s: layer %d, %s %d: %g, must be finite", path, l,
                                a < 0 ? "weight" : p->value[a].name, i, (double)array[i]);
        }
    }
    return 0;
}

struct agree {
    const struct hdf5_file *h;
    const char *path;
    struct fail *f;
};

// One array of /node against what the master weights make of it: the writer's own arithmetic.
static int compare_array(void *context, const struct net_nir *a)
{
    const struct agree *g = context;
    char name[64];
    size_t n = a->dims[0] * (a->n_dims > 1 ? a->dims[1] : 1);
    snprintf(name, sizeof name, "node/nodes/%s/type", a->node);
    const char *type = hdf5_text(g->h, name);
    if (!type || strcmp(type, a->type) != 0)
        return fail(g->f, "%s: /%s is %.20s, /spiketwin has %s", g->path, name,
                    type ? type : "missing", a->type);
    snprintf(name, sizeof name, "node/nodes/%s/%s", a->node, a->field);
    const double *stored = hdf5_reals(g->h, name, a->n_dims, a->dims);
    if (!stored)
        return fail(g->f, "%s: /%s is missing or of another shape than /spiketwin/shape", g->path,
                    name);
    for (size_t i = 0; i < n; i++)
        if (stored[i] != a->value[i])
            return fail(g->f, "%s: /%s differs from /spiketwin: value %zu is %.9g, not %.9g",
                        g->path, name, i, stored[i], a->value[i]);
    return 0;
}

// Whether a text of the graph's metadata is this one.
static bool says(const struct hdf5_file *h, const char *name, const char *what)
{
    const char *text = hdf5_text(h, name);
    return text && strcmp(text, what) == 0;
}

// Edges as the writer makes them, and no node that is in none of them.
static int check_edges(const struct hdf5_file *h, const struct net *n, const char *path,
                       struct fail *f)
{
    static const char nodes[] = "node/nodes/";
    struct net_nir_edges e;
    net_nir_edges(&e, &n->shape);
    const struct hdf5_array *a = hdf5_find(h, "node/edges");
    if (!a || a->kind != HDF5_TEXT || a->n != 2 * (size_t)e.n)
        return fail(f, "%s: /node/edges is missing, or not the %d of /spiketwin", path, e.n);
    const char *text = a->data;
    for (int i = 0; i < e.n; i++)
        for (int k = 0; k < 2; k++, text += strlen(text) + 1)
            if (strcmp(text, e.edge[i][k]) != 0)
                return fail(f, "%s: /node/edges: edge %d %s node %.60s, /spiketwin has %s", path, i,
                            k ? "leads to" : "is from", text, e.edge[i][k]);
    for (int i = 0; i < h->n; i++) {
        const char *name = h->array[i].name + strlen(nodes);
        bool known = strncmp(h->array[i].name, nodes, strlen(nodes)) != 0;
        size_t size = known ? 0 : strcspn(name, "/");
        for (int k = 0; !known && k < 2 * e.n; k++) {
            const char *one = e.edge[k / 2][k % 2];
            known = strlen(one) == size && memcmp(one, name, size) == 0;
        }
        if (!known)
            return fail(f, "%s: /node/nodes/%.*s: /spiketwin has no such node", path, (int)size,
                        name);
    }
    return 0;
}

// A file has each weight twice, for NIR and for us: they agree, or one of them is damaged. Files of
// others may have no graph.
static int check_graph(const struct hdf5_file *h, const struct net *n, const char *path,
                       struct fail *f)
{
    struct agree g = {h, path, f};
    if (!hdf5_has_group(h, "node") || !physics_of(n->words.kind)->nir) return 0;
    const double *dt = hdf5_reals(h, "spiketwin/tick_s", 0, 0);
    if (!dt) return fail(f, "%s: /spiketwin/tick_s is missing or damaged", path);
    const struct net_nir_how how = {*dt, !says(h, "spiketwin/version", NET_FILE_VERSION),
                                    says(h, "node/metadata/order", "integrate_first"),
                                    says(h, "node/metadata/decay_order", "gather_first")};
    *f = (struct fail){""};
    if (check_edges(h, n, path, f)) return -1;
    if (!net_nir_each(n, &how, compare_array, &g)) return 0;
    return *f->text ? -1 : fail(f, "%s: out of memory", path);
}

static int load(struct net *n, const struct hdf5_file *h, const char *path, struct fail *f)
{
    struct image_shape shape;
    struct net_words words;
    if (get_shape(h, &shape, path, f) || get_words(h, &words, path, f)) return -1;
    uint64_t n_values = net_size(&shape, &words);
    const double *value = hdf5_reals(h, "spiketwin/master", 1, &n_values);
    if (!value)
        return fail(f, "%s: /spiketwin/master is missing, damaged or has not %" PRIu64 " values",
                    path, n_values);
    if (net_new(n, &shape, &words, f)) return -1;
    if (get_kind(h, "spiketwin/leak_kind", &n->leak_kind, path, f) ||
        get_kind(h, "spiketwin/decay_kind", &n->decay_kind, path, f))
        return -1;
    for (size_t i = 0; i < n->n_values; i++)
        n->values[i] = (float)value[i];
    return get_labels(h, n, path, f) || get_chip(h, n, path, f) || get_speakers(h, n, path, f) ||
                   get_clip(h, n, path, f) || check_finite(n, path, f) || check_graph(h, n, path, f)
               ? -1
               : 0;
}

int net_load(struct net *n, const char *path, struct fail *f)
{
    struct hdf5_file h;
    *n = (struct net){0};
    if (open_own(&h, path, f)) return -1;
    int bad = load(n, &h, path, f);
    hdf5_close(&h);
    if (bad) net_fini(n);
    return bad;
}

static int get_codes(int16_t **code, const struct hdf5_file *h, const struct net_layer *y, int l,
                     const char *path, struct fail *f)
{
    uint64_t dims[2] = {(uint64_t)y->n_source, (uint64_t)y->n_out};
    char name[40];
    snprintf(name, sizeof name, "spiketwin/codes%d", l);
    const int64_t *stored = hdf5_wholes(h, name, 2, dims);
    if (!stored)
        return fail(f, "%s: /%s is missing, damaged or not %d x %d", path, name, y->n_source,
                    y->n_out);
    *code = malloc(dims[0] * dims[1] * sizeof **code);
    if (!*code) return fail(f, "%s: out of memory", path);
    for (size_t i = 0; i < dims[0] * dims[1]; i++) {
        if (stored[i] < INT16_MIN || stored[i] > INT16_MAX)
            return fail(f, "%s: /%s: value %zu is %" PRId64 ", allowed 16 bits", path, name, i,
                        stored[i]);
        (*code)[i] = (int16_t)stored[i];
    }
    return 0;
}

int net_load_codes(int16_t *code[IMAGE_MAX_LAYERS], const struct net *n, const char *path,
                   struct fail *f)
{
    struct hdf5_file h;
    memset(code, 0, IMAGE_MAX_LAYERS * sizeof *code);
    if (open_own(&h, path, f)) return -1;
    int bad = 0;
    for (int l = 0; !bad && l < n->shape.n_layers; l++)
        bad = get_codes(&code[l], &h, &n->layer[l], l, path, f);
    hdf5_close(&h);
    for (int l = 0; bad && l < n->shape.n_layers; l++) {
        free(code[l]);
        code[l] = 0;
    }
    return bad;
}
