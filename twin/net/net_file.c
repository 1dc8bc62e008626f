// Networks written as NIR files, with what NIR cannot say in a group /spiketwin. Layout:
// docs/network-file.md. Read by twin/net/net_load.c.
#include "twin/net/net_file.h"

#include "twin/net/net_nir.h"
#include "twin/chip/physics.h"
#include "twin/net/quantise.h"
#include "twin/io/hdf5_io.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const NIR_VERSION = "1.0";

static int put_port(hid_t nodes, const char *name, const char *type, int n)
{
    hsize_t one = 1;
    int64_t size = n;
    hid_t at = hdf5_make_group(nodes, name);
    int bad = at < 0 || hdf5_put_text(at, "type", type) ||
              hdf5_put(at, "shape", H5T_STD_I64LE, 1, &one, &size);
    if (at >= 0) H5Gclose(at);
    return bad;
}

static int put_array(void *context, const struct net_nir *a)
{
    hid_t nodes = *(const hid_t *)context;
    hsize_t dims[2] = {a->dims[0], a->dims[1]};
    const char *field = strchr(a->field, '/'); // in the node's metadata
    hid_t at = a->first ? hdf5_make_group(nodes, a->node) : H5Gopen2(nodes, a->node, H5P_DEFAULT);
    hid_t in = at;
    if (field && at >= 0)
        in = H5Lexists(at, "metadata", H5P_DEFAULT) > 0 ? H5Gopen2(at, "metadata", H5P_DEFAULT)
                                                        : hdf5_make_group(at, "metadata");
    int bad = in < 0 || (a->first && hdf5_put_text(at, "type", a->type)) ||
              hdf5_put(in, field ? field + 1 : a->field, H5T_IEEE_F64LE, a->n_dims, dims, a->value);
    if (in >= 0 && in != at) H5Gclose(in);
    if (at >= 0) H5Gclose(at);
    return bad;
}

static int put_edges(hid_t node, const struct image_shape *s)
{
    struct net_nir_edges e;
    net_nir_edges(&e, s);
    return hdf5_put_texts(node, "edges", 2, (hsize_t[]){(hsize_t)e.n, 2}, &e.edge[0][0]);
}

// Spikes of a neuron in a tick, at most, a number a layer: "15,1"; "" where it is 1 in all.
static void spikes_text(const struct image_shape *s, char *text, size_t size)
{
    bool several = false;
    *text = 0;
    for (int l = 0; l < s->n_layers; l++) {
        const int most = s->layer[l].max_spikes > 1 ? s->layer[l].max_spikes : 1;
        const size_t used = strlen(text);
        several |= most > 1;
        snprintf(text + used, size - used, "%s%d", l ? "," : "", most);
    }
    if (!several) *text = 0;
}

// What NIR leaves open, for whoever reads the graph: Python's nir keeps it. hash: of the chip file.
static int put_metadata(hid_t node, const struct net *net, const struct chip *c, uint64_t hash)
{
    const struct law *law = &c->law;
    char hex[17], layers[IMAGE_MAX_LAYERS + 1] = "", most[8 * IMAGE_MAX_LAYERS];
    char *labels = net->labels.n ? labels_list(&net->labels) : 0;
    hid_t at = hdf5_make_group(node, "metadata");
    snprintf(hex, sizeof hex, "%016" PRIx64, hash);
    for (int l = 0; l < net->shape.n_layers; l++)
        layers[l] = net->shape.layer[l].topology == IMAGE_ONE_TO_ONE ? 'o' : 'd';
    spikes_text(&net->shape, most, sizeof most);
    int bad =
        at < 0 || (net->labels.n && !labels) || (*most && hdf5_put_text(at, "max_spikes", most)) ||
        hdf5_put_text(at, "writer", "spiketwin") || hdf5_put_text(at, "chip", c->name) ||
        hdf5_put_text(at, "chip_hash", hex) ||
        hdf5_put(at, "dt", H5T_IEEE_F64LE, 0, 0, &c->tick_s) ||
        hdf5_put_text(at, "order", law->integrate_first ? "integrate_first" : "leak_first") ||
        (law->currents &&
         hdf5_put_text(at, "decay_order", law->decay_last ? "gather_first" : "decay_first")) ||
        hdf5_put_text(at, "fire", law->fire_gt ? "gt" : "ge") ||
        hdf5_put_text(at, "reset", law->reset_subtract ? "subtract" : "zero") ||
        hdf5_put_text(at, "spikes", "next layer: same tick; own layer: next tick") ||
        hdf5_put_text(at, "layers", layers) || (labels && hdf5_put_text(at, "labels", labels));
    if (at >= 0) H5Gclose(at);
    free(labels);
    return bad;
}

static int put_graph(hid_t file, const struct net *net, const struct chip *c, uint64_t hash)
{
    const struct image_shape *s = &net->shape;
    const struct net_nir_how how = {c->tick_s, false, c->law.integrate_first,
                                    c->law.currents && c->law.decay_last};
    hid_t node = hdf5_make_group(file, "node");
    hid_t nodes = node < 0 ? -1 : hdf5_make_group(node, "nodes");
    int bad = nodes < 0 || hdf5_put_text(file, "version", NIR_VERSION) ||
              hdf5_put_text(node, "type", "NIRGraph") ||
              put_port(nodes, "input", "Input", s->layer[0].n_in) ||
              put_port(nodes, "output", "Output", s->layer[s->n_layers - 1].n_out) ||
              net_nir_each(net, &how, put_array, &nodes) || put_edges(node, s) ||
              put_metadata(node, net, c, hash);
    if (nodes >= 0) H5Gclose(nodes);
    if (node >= 0) H5Gclose(node);
    return bad;
}

// Codes that the chip stores.
static int put_codes(hid_t own, const struct net *net, const struct chip *c)
{
    for (int l = 0; l < net->shape.n_layers; l++) {
        const struct net_layer *y = &net->layer[l];
        hsize_t dims[2] = {(hsize_t)y->n_source, (hsize_t)y->n_out};
        size_t n = dims[0] * dims[1];
        int16_t *code = malloc(n * sizeof *code);
        char name[24];
        if (!code) return -1;
        quantise_layer(c, net, l, &(struct quantised){.code = code});
        snprintf(name, sizeof name, "codes%d", l);
        int bad = hdf5_put(own, name, H5T_STD_I16LE, 2, dims, code);
        free(code);
        if (bad) return -1;
    }
    return 0;
}

// Which values of a neuron `master` has beyond leak, threshold and bias, and what leak and decay
// count; nothing of a net that is plain. Of another law than lif its name: it has all values.
static int put_values(hid_t own, const struct net *net)
{
    const struct physics *p = physics_of(net->words.kind);
    const char *name[CHIP_VALUES];
    hsize_t n = 0;
    if (net->words.kind != &lif_kind) return hdf5_put_text(own, "law", net->words.kind->name);
    for (int i = NET_DECAY; i < p->n; i++)
        if (net->words.has[i]) name[n++] = p->value[i].name;
    return (n && hdf5_put_texts(own, "neuron", 1, &n, name)) ||
           (net->leak_kind != LAW_LEAK_EXPONENTIAL &&
            hdf5_put_text(own, "leak_kind", law_leak_names[net->leak_kind])) ||
           (net->decay_kind != LAW_LEAK_EXPONENTIAL && net->words.has[NET_DECAY] &&
            hdf5_put_text(own, "decay_kind", law_leak_names[net->decay_kind]));
}

// hash: of the chip that chip_file reads as.
static int put_own(hid_t file, const struct net *net, const struct chip *c, uint64_t hash)
{
    int32_t shape[IMAGE_MAX_LAYERS][NET_FILE_ROW], n_labels = net->labels.n;
    hsize_t dims_more[2] = {(hsize_t)net->shape.n_layers, NET_FILE_MORE};
    hsize_t dims[2] = {(hsize_t)net->shape.n_layers, NET_FILE_ROW}, n = (hsize_t)n_labels;
    const int32_t clip_ms = net->clip_ms;
    hsize_t n_values = net->n_values, one = 1, n_speakers = (hsize_t)net->n_speakers;
    char hex[17];
    int32_t more[IMAGE_MAX_LAYERS][NET_FILE_MORE], taps[IMAGE_MAX_LAYERS][NET_FILE_TAPS];
    hsize_t dims_taps[2] = {(hsize_t)net->shape.n_layers, NET_FILE_TAPS};
    bool has_more = false, has_taps = false;
    for (int l = 0; l < net->shape.n_layers; l++) {
        int most = net->shape.layer[l].max_spikes;
        more[l][0] = net->shape.layer[l].delayed;
        more[l][1] = most ? most : 1;
        has_more |= more[l][0] || more[l][1] > 1;
        taps[l][0] = net->shape.layer[l].taps > 1 ? net->shape.layer[l].taps : 1;
        taps[l][1] = net->shape.layer[l].spacing;
        has_taps |= taps[l][0] > 1;
        shape[l][0] = net->shape.layer[l].n_in;
        shape[l][1] = net->shape.layer[l].n_out;
        shape[l][2] = net->shape.layer[l].topology;
        shape[l][3] = net->shape.layer[l].recurrent;
    }
    snprintf(hex, sizeof hex, "%016" PRIx64, hash);
    hid_t own = hdf5_make_group(file, "spiketwin");
    int bad =
        own < 0 || hdf5_put_text(own, "version", NET_FILE_VERSION) ||
        hdf5_put_text(own, "chip", c->name) ||
        (net->chip_file && (hdf5_put_text(own, "chip_file", net->chip_file) ||
                            hdf5_put_text(own, "chip_hash", hex))) ||
        hdf5_put(own, "tick_s", H5T_IEEE_F64LE, 0, 0, &c->tick_s) ||
        hdf5_put(own, "n_words", H5T_STD_I32LE, 1, &one, &n_labels) ||
        (n_labels && hdf5_put_texts(own, "words", 1, &n, (const char *const *)net->labels.text)) ||
        hdf5_put(own, "shape", H5T_STD_I32LE, 2, dims, shape) ||
        (has_more && hdf5_put(own, "shape_more", H5T_STD_I32LE, 2, dims_more, more)) ||
        (has_taps && hdf5_put(own, "shape_taps", H5T_STD_I32LE, 2, dims_taps, taps)) ||
        put_values(own, net) ||
        hdf5_put(own, "master", H5T_IEEE_F32LE, 1, &n_values, net->values) ||
        (clip_ms && hdf5_put(own, "clip_ms", H5T_STD_I32LE, 1, &one, &clip_ms)) ||
        (n_speakers && hdf5_put(own, "speakers", H5T_STD_I64LE, 1, &n_speakers, net->speaker)) ||
        put_codes(own, net, c);
    if (own >= 0) H5Gclose(own);
    return bad;
}

int net_save(const struct net *n, const struct chip *c, const char *path, struct fail *f)
{
    struct chip whole = *c;
    int n_out = n->shape.layer[n->shape.n_layers - 1].n_out;
    if (n->labels.n > n_out)
        return fail(f, "%s: %d labels, allowed 0..%d (the last layer's neurons)", path, n->labels.n,
                    n_out);
    if (n->chip_file && chip_load_text(&whole, n->chip_file, "the chip file to be kept", f))
        return -1;
    if (strcmp(whole.name, c->name) != 0)
        return fail(f, "%s: made for chip %s, the chip file to be kept is of %s", path, c->name,
                    whole.name);
    hid_t file = hdf5_create();
    if (file < 0) return fail(f, "%s: HDF5 could not begin it", path);
    int bad = (physics_of(c->kind)->nir && put_graph(file, n, c, chip_hash(&whole))) ||
              put_own(file, n, c, chip_hash(&whole));
    return hdf5_commit(file, bad, path, f);
}
