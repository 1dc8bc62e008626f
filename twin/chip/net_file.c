// Networks as NIR files, with what NIR cannot say in a group /spiketwin. Layout:
// docs/network-file.md.
#include "twin/chip/net.h"

#include "twin/io/hdf5_io.h"
#include "twin/chip/quantise.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const NIR_VERSION = "1.0";
static const char *const FILE_VERSION = "1";

enum { ROW = 4 }; // n_in, n_out, topology, recurrent of a layer in /spiketwin/shape

// A dataset of doubles: out[i] = a[i]·scale.
static int put_doubles(hid_t at, const char *name, int n_dims, const hsize_t *dims, const float *a)
{
    size_t n = 1;
    for (int i = 0; i < n_dims; i++)
        n *= dims[i];
    double *wide = malloc(n * sizeof *wide);
    if (!wide) return -1;
    for (size_t i = 0; i < n; i++)
        wide[i] = a[i];
    int bad = hdf5_put(at, name, H5T_IEEE_F64LE, n_dims, dims, wide);
    free(wide);
    return bad;
}

// Weight of NIR is (to, from); ours has a row a source. Rows first..first+n_from of layer y.
static int put_linear(hid_t nodes, const char *name, const struct net_layer *y, int first,
                      int n_from)
{
    hsize_t dims[2] = {(hsize_t)y->n_out, (hsize_t)n_from};
    float *t = malloc(dims[0] * dims[1] * sizeof *t);
    hid_t at = hdf5_make_group(nodes, name);
    if (t)
        for (int n = 0; n < y->n_out; n++)
            for (int i = 0; i < n_from; i++)
                t[n * n_from + i] = y->w[(first + i) * y->n_out + n];
    int bad = !t || at < 0 || hdf5_put_text(at, "type", "Linear") ||
              put_doubles(at, "weight", 2, dims, t);
    if (at >= 0) H5Gclose(at);
    free(t);
    return bad;
}

static int put_scale(hid_t nodes, const char *name, const struct net_layer *y)
{
    hsize_t n = (hsize_t)y->n_out;
    hid_t at = hdf5_make_group(nodes, name);
    int bad = at < 0 || hdf5_put_text(at, "type", "Scale") || put_doubles(at, "scale", 1, &n, y->w);
    if (at >= 0) H5Gclose(at);
    return bad;
}

// Forward Euler of NIR's LIF, v += dt/τ·(v_leak − v + R·I), is our law v += bias − λ·v + w·x for
// τ = dt/λ, R = τ/dt, v_leak = bias/λ. Without a leak (λ = 0) τ is infinite: IF.
static int put_lif(hid_t nodes, const char *name, const struct net_layer *y, double dt)
{
    enum { FIELDS = 5 };
    static const char *const field[FIELDS] = {"tau", "r", "v_leak", "v_threshold", "v_reset"};
    hsize_t n = (hsize_t)y->n_out;
    double *value = malloc(FIELDS * n * sizeof *value);
    hid_t at = hdf5_make_group(nodes, name);
    int bad = !value || at < 0 || hdf5_put_text(at, "type", "LIF");
    for (size_t i = 0; value && i < n; i++) {
        double lambda = y->lambda[i] > 0 ? y->lambda[i] : 1e-12;
        value[i] = dt / lambda;
        value[n + i] = 1 / lambda;
        value[2 * n + i] = y->bias[i] / lambda;
        value[3 * n + i] = y->theta[i];
        value[4 * n + i] = 0;
    }
    for (int k = 0; !bad && k < FIELDS; k++)
        bad = hdf5_put(at, field[k], H5T_IEEE_F64LE, 1, &n, value + (size_t)k * n);
    if (at >= 0) H5Gclose(at);
    free(value);
    return bad;
}

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

// The NIR graph: input -> w0 -> n0 -> w1 -> n1 ... -> output, and own spikes n -> r -> n.
static int put_graph(hid_t file, const struct net *net, double dt)
{
    const struct image_shape *s = &net->shape;
    char name[3 * IMAGE_MAX_LAYERS][16];
    const char *edge[4 * IMAGE_MAX_LAYERS + 1][2];
    int n_edges = 0, last = s->n_layers - 1;
    hid_t node = hdf5_make_group(file, "node");
    hid_t nodes = node < 0 ? -1 : hdf5_make_group(node, "nodes");
    int bad = nodes < 0 || hdf5_put_text(file, "version", NIR_VERSION) ||
              hdf5_put_text(node, "type", "NIRGraph") ||
              put_port(nodes, "input", "Input", s->layer[0].n_in) ||
              put_port(nodes, "output", "Output", s->layer[last].n_out);
    const char *before = "input";
    for (int l = 0; !bad && l <= last; l++) {
        char *w = name[3 * l], *n = name[3 * l + 1], *r = name[3 * l + 2];
        snprintf(w, 16, "w%d", l);
        snprintf(n, 16, "n%d", l);
        snprintf(r, 16, "r%d", l);
        bad = (s->layer[l].topology == IMAGE_ONE_TO_ONE
                   ? put_scale(nodes, w, &net->layer[l])
                   : put_linear(nodes, w, &net->layer[l], 0, s->layer[l].n_in)) ||
              put_lif(nodes, n, &net->layer[l], dt);
        edge[n_edges][0] = before, edge[n_edges++][1] = w;
        edge[n_edges][0] = w, edge[n_edges++][1] = n;
        if (s->layer[l].recurrent) {
            bad = bad || put_linear(nodes, r, &net->layer[l], s->layer[l].n_in, s->layer[l].n_out);
            edge[n_edges][0] = n, edge[n_edges++][1] = r;
            edge[n_edges][0] = r, edge[n_edges++][1] = n;
        }
        before = n;
    }
    edge[n_edges][0] = before, edge[n_edges++][1] = "output";
    hsize_t dims[2] = {(hsize_t)n_edges, 2};
    if (!bad) bad = hdf5_put_texts(node, "edges", 2, dims, &edge[0][0]);
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

static int put_own(hid_t file, const struct net *net, const struct chip *c)
{
    int32_t shape[IMAGE_MAX_LAYERS][ROW];
    const char *words[16];
    hsize_t dims[2] = {(hsize_t)net->shape.n_layers, ROW}, n_words = (hsize_t)net->n_words;
    hsize_t n_values = net->n_values, n_speakers = (hsize_t)net->n_speakers;
    for (int l = 0; l < net->shape.n_layers; l++) {
        shape[l][0] = net->shape.layer[l].n_in;
        shape[l][1] = net->shape.layer[l].n_out;
        shape[l][2] = net->shape.layer[l].topology;
        shape[l][3] = net->shape.layer[l].recurrent;
    }
    for (int i = 0; i < net->n_words; i++)
        words[i] = net->words[i];
    int32_t count = net->n_words;
    hsize_t one = 1;
    hid_t own = hdf5_make_group(file, "spiketwin");
    int bad =
        own < 0 || hdf5_put_text(own, "version", FILE_VERSION) ||
        hdf5_put_text(own, "chip", c->name) ||
        hdf5_put(own, "tick_s", H5T_IEEE_F64LE, 0, 0, &c->tick_s) ||
        hdf5_put(own, "n_words", H5T_STD_I32LE, 1, &one, &count) ||
        (net->n_words && hdf5_put_texts(own, "words", 1, &n_words, words)) ||
        hdf5_put(own, "shape", H5T_STD_I32LE, 2, dims, shape) ||
        hdf5_put(own, "master", H5T_IEEE_F32LE, 1, &n_values, net->values) ||
        (n_speakers && hdf5_put(own, "speakers", H5T_STD_U64LE, 1, &n_speakers, net->speaker)) ||
        put_codes(own, net, c);
    if (own >= 0) H5Gclose(own);
    return bad;
}

int net_save(const struct net *n, const struct chip *c, const char *path, struct fail *f)
{
    hid_t file = hdf5_create();
    if (file < 0) return fail(f, "%s: HDF5 could not begin it", path);
    return hdf5_commit(file, put_graph(file, n, c->tick_s) || put_own(file, n, c), path, f);
}

// Opens the file and its group /spiketwin; both are the caller's to close.
static int open_own(const char *path, hid_t *file, hid_t *own, struct fail *f)
{
    char version[16];
    if (access(path, F_OK)) return fail(f, "%s: no such file", path);
    *file = hdf5_open(path);
    if (*file < 0) return fail(f, "%s: not an HDF5 file, or damaged", path);
    *own = H5Gopen2(*file, "spiketwin", H5P_DEFAULT);
    if (*own < 0) {
        H5Fclose(*file);
        return fail(f, "%s: no group /spiketwin: not written by spiketwin", path);
    }
    if (hdf5_get_text(*own, "version", version, sizeof version) || strcmp(version, FILE_VERSION)) {
        H5Gclose(*own);
        H5Fclose(*file);
        return fail(f, "%s: /spiketwin/version is not %s", path, FILE_VERSION);
    }
    return 0;
}

int net_chip_name(const char *path, char *name, struct fail *f)
{
    hid_t file, own;
    if (open_own(path, &file, &own, f)) return -1;
    int bad = hdf5_get_text(own, "chip", name, 64);
    H5Gclose(own);
    H5Fclose(file);
    return bad ? fail(f, "%s: /spiketwin/chip is missing", path) : 0;
}

static int get_shape(hid_t own, struct image_shape *s, const char *path, struct fail *f)
{
    int32_t row[IMAGE_MAX_LAYERS][ROW];
    for (int n = 1; n <= IMAGE_MAX_LAYERS; n++) {
        hsize_t dims[2] = {(hsize_t)n, ROW};
        if (hdf5_get(own, "shape", H5T_NATIVE_INT32, 2, dims, row)) continue;
        s->n_layers = n;
        for (int l = 0; l < n; l++) {
            if (row[l][2] < IMAGE_DENSE || row[l][2] > IMAGE_ONE_TO_ONE)
                return fail(f, "%s: layer %d: topology %d, allowed 0..1", path, l, row[l][2]);
            s->layer[l].n_in = row[l][0];
            s->layer[l].n_out = row[l][1];
            s->layer[l].topology = (enum image_topology)row[l][2];
            s->layer[l].recurrent = row[l][3] != 0;
        }
        const char *wrong = image_shape_check(s);
        return wrong ? fail(f, "%s: shape: %s", path, wrong) : 0;
    }
    return fail(f, "%s: /spiketwin/shape is missing or has not 1..%d layers", path,
                IMAGE_MAX_LAYERS);
}

static int get_words(hid_t own, struct net *n)
{
    int32_t count;
    hsize_t one = 1, n_words;
    char *word[16] = {0};
    if (hdf5_get(own, "n_words", H5T_NATIVE_INT32, 1, &one, &count) || count < 0 || count > 16)
        return -1;
    n_words = (hsize_t)count;
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    int bad = count && hdf5_get(own, "words", type, 1, &n_words, word);
    for (int i = 0; i < count; i++) {
        bad |= !word[i];
        if (word[i]) snprintf(n->words[i], sizeof n->words[i], "%s", word[i]);
        if (word[i]) H5free_memory(word[i]);
    }
    n->n_words = count;
    H5Tclose(type);
    return bad ? -1 : 0;
}

// A row of any length; nets of older versions have none.
static int get_speakers(hid_t own, struct net *n, const char *path, struct fail *f)
{
    enum { MOST = 1 << 24 };
    if (H5Lexists(own, "speakers", H5P_DEFAULT) <= 0) return 0;
    hid_t set = H5Dopen2(own, "speakers", H5P_DEFAULT), space = set < 0 ? -1 : H5Dget_space(set);
    hssize_t size = space < 0 ? -1 : H5Sget_simple_extent_npoints(space);
    if (space >= 0) H5Sclose(space);
    if (set >= 0) H5Dclose(set);
    if (size < 1 || size > MOST) return fail(f, "%s: /spiketwin/speakers is damaged", path);
    hsize_t n_speakers = (hsize_t)size;
    uint64_t *speaker = malloc((size_t)size * sizeof *speaker);
    if (!speaker) return fail(f, "%s: out of memory", path);
    int bad = hdf5_get(own, "speakers", H5T_NATIVE_UINT64, 1, &n_speakers, speaker)
                  ? fail(f, "%s: /spiketwin/speakers is damaged", path)
                  : net_add_speakers(n, speaker, (int)size, f);
    free(speaker);
    return bad;
}

static int check_finite(const struct net *n, const char *path, struct fail *f)
{
    for (int l = 0; l < n->shape.n_layers; l++) {
        const struct net_layer *y = &n->layer[l];
        const float *array[] = {y->w, y->lambda, y->theta, y->bias};
        static const char *const name[] = {"weight", "leak", "threshold", "bias"};
        for (int a = 0; a < 4; a++) {
            int size = y->n_out * (a ? 1 : y->n_source);
            for (int i = 0; i < size; i++)
                if (!isfinite(array[a][i]))
                    return fail(f, "%s: layer %d, %s %d: %g, must be finite", path, l, name[a], i,
                                (double)array[a][i]);
        }
    }
    return 0;
}

static int load(struct net *n, const struct chip *c, hid_t own, const char *path, struct fail *f)
{
    struct image_shape shape = {0};
    if (get_shape(own, &shape, path, f) || net_init(n, &shape, c, f)) return -1;
    hsize_t n_values = n->n_values;
    if (hdf5_get(own, "master", H5T_NATIVE_FLOAT, 1, &n_values, n->values))
        return fail(f, "%s: /spiketwin/master is missing, damaged or has not %zu values", path,
                    n->n_values);
    if (get_words(own, n)) return fail(f, "%s: /spiketwin/words is missing or damaged", path);
    if (hdf5_get_text(own, "chip", n->chip, sizeof n->chip))
        return fail(f, "%s: /spiketwin/chip is missing", path);
    if (get_speakers(own, n, path, f)) return -1;
    return check_finite(n, path, f);
}

int net_load(struct net *n, const struct chip *c, const char *path, struct fail *f)
{
    hid_t file, own;
    *n = (struct net){0};
    if (open_own(path, &file, &own, f)) return -1;
    int bad = load(n, c, own, path, f);
    H5Gclose(own);
    H5Fclose(file);
    if (bad) net_fini(n);
    return bad;
}

int net_load_codes(int16_t *code[IMAGE_MAX_LAYERS], const struct net *n, const char *path,
                   struct fail *f)
{
    hid_t file = -1, own = -1;
    memset(code, 0, IMAGE_MAX_LAYERS * sizeof *code);
    if (open_own(path, &file, &own, f)) return -1;
    int bad = 0;
    for (int l = 0; !bad && l < n->shape.n_layers; l++) {
        hsize_t dims[2] = {(hsize_t)n->layer[l].n_source, (hsize_t)n->layer[l].n_out};
        char name[24];
        snprintf(name, sizeof name, "codes%d", l);
        code[l] = malloc(dims[0] * dims[1] * sizeof *code[l]);
        if (!code[l])
            bad = fail(f, "%s: out of memory", path);
        else if (hdf5_get(own, name, H5T_NATIVE_INT16, 2, dims, code[l]))
            bad = fail(f, "%s: /spiketwin/%s is missing, damaged or not %d x %d", path, name,
                       n->layer[l].n_source, n->layer[l].n_out);
    }
    H5Gclose(own);
    H5Fclose(file);
    for (int l = 0; bad && l < n->shape.n_layers; l++) {
        free(code[l]);
        code[l] = 0;
    }
    return bad;
}
