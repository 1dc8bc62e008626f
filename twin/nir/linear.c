#include "twin/nir/linear.h"

#include <math.h>
#include <string.h>

struct nir_shape nir_shape_of(int n_dims, const int64_t *dims)
{
    struct nir_shape s = {.n_dims = n_dims, .n = 1};
    for (int i = 0; i < n_dims; i++) {
        s.dims[i] = dims[i];
        s.n = s.n > NIR_MOST ? s.n : s.n * dims[i]; // no overflow: each dimension is checked
    }
    return s;
}

static struct nir_shape flat(int64_t n)
{
    return nir_shape_of(1, &n);
}

// What is being read.
struct reading {
    struct nir_graph *g;
    int node;
    struct fail *f;
};

static int refuse(const struct reading *r, const char *what)
{
    const struct nir_node *n = &r->g->node[r->node];
    return fail(r->f, "%s: node %s: %s: %s", r->g->path, n->name, nir_type_names[n->type], what);
}

static int wrong_size(const struct reading *r, const struct nir_shape *gets, int64_t wants)
{
    const struct nir_node *n = &r->g->node[r->node];
    bool more = gets->n_dims > 1 && gets->dims[gets->n_dims - 1] == wants;
    return fail(r->f, "%s: node %s: gets %lld values, its %s takes %lld%s", r->g->path, n->name,
                (long long)gets->n, nir_type_names[n->type], (long long)wants,
                more ? ": the Input's shape has a batch or time steps in it" : "");
}

static int read_bias(const struct reading *r, struct nir_op *op, int64_t n)
{
    int none = nir_find(r->g, r->node, "bias", false, &op->bias, r->f);
    if (none < 0) return -1;
    if (none || op->bias.n == (size_t)n || op->bias.n == 1) return 0;
    return refuse(r, "bias is of another size than the weight");
}

static int read_linear(const struct reading *r, struct nir_op *op)
{
    struct nir_array *w = &op->weight;
    if (nir_get(r->g, r->node, "weight", false, w, r->f)) return -1;
    if (w->n_dims != 2 || w->n == 0) return refuse(r, "weight is no matrix (to, from)");
    if ((int64_t)w->dims[1] != op->in.n) return wrong_size(r, &op->in, (int64_t)w->dims[1]);
    op->out = flat((int64_t)w->dims[0]);
    return op->type == NIR_AFFINE ? read_bias(r, op, op->out.n) : 0;
}

static int read_scale(const struct reading *r, struct nir_op *op)
{
    if (nir_get(r->g, r->node, "scale", false, &op->weight, r->f)) return -1;
    op->out = op->in;
    if (op->weight.n == 1 || (int64_t)op->weight.n == op->in.n) return 0;
    return wrong_size(r, &op->in, (int64_t)op->weight.n);
}

// One whole number for each of `n` directions, or one for all. Missing: `otherwise`.
static int read_wholes(const struct reading *r, const char *field, int n, int64_t lo,
                       int64_t otherwise, int64_t to[2])
{
    struct nir_array a;
    int none = nir_find(r->g, r->node, field, false, &a, r->f);
    if (none < 0) return -1;
    to[0] = to[1] = otherwise;
    if (none) return 0;
    if (a.n != 1 && a.n != (size_t)n)
        return fail(r->f, "%s: node %s: %s has %zu values, allowed 1 or %d", r->g->path,
                    r->g->node[r->node].name, field, a.n, n);
    for (int i = 0; i < n; i++) {
        double x = a.x[a.n == 1 ? 0 : i];
        if (!(x >= (double)lo && x <= NIR_MOST && x == floor(x)))
            return fail(r->f, "%s: node %s: %s, %g, allowed whole numbers %lld..%d", r->g->path,
                        r->g->node[r->node].name, field, x, (long long)lo, NIR_MOST);
        to[i] = (int64_t)x;
    }
    return 0;
}

// The image that goes in: of the values' shape, or of the node's own input_shape.
static int read_image(const struct reading *r, struct nir_op *op, int n)
{
    struct nir_window *w = &op->window;
    const struct nir_shape *s = &op->in;
    const int64_t *dims = s->dims;
    int skip = s->n_dims - (n + 1); // of dimensions of 1: a batch, a time step
    for (int i = 0; i < skip; i++)
        if (dims[i] != 1) return refuse(r, "what it gets has too many dimensions");
    if (skip >= 0) {
        w->c_in = dims[skip];
        w->in[0] = dims[skip + 1];
        w->in[1] = n > 1 ? dims[skip + 2] : 1;
        return 0;
    }
    if (read_wholes(r, "input_shape", n, 0, 0, w->in)) return -1;
    if (n == 1) w->in[1] = 1;
    int64_t area = w->in[0] * w->in[1];
    if (area == 0) return refuse(r, "the shape of what it gets is not known, nor its input_shape");
    w->c_in = s->n / area;
    return w->c_in * area == s->n ? 0 : wrong_size(r, s, area);
}

static int place_window(const struct reading *r, struct nir_op *op, int n)
{
    struct nir_window *w = &op->window;
    for (int i = 0; i < 2; i++) {
        int64_t reach = w->dilation[i] * (w->kernel[i] - 1) + 1;
        int64_t room = w->in[i] + 2 * w->padding[i] - reach;
        if (w->padding[i] < 0) { // as wide as what goes in; the odd one goes behind
            if (w->stride[i] != 1) return refuse(r, "padding same with a stride");
            w->padding[i] = (reach - 1) / 2;
            w->out[i] = w->in[i];
        } else if (room < 0)
            return refuse(r, "its kernel is larger than what it gets");
        else
            w->out[i] = room / w->stride[i] + 1;
    }
    op->out = nir_shape_of(n + 1, (const int64_t[]){w->c_out, w->out[0], w->out[1]});
    return op->out.n > NIR_MOST ? refuse(r, "gives more than 1048576 values") : 0;
}

static int read_padding(const struct reading *r, int n, int64_t to[2])
{
    const char *text = nir_text(r->g, r->node, "padding");
    bool same = text && strcmp(text, "same") == 0;
    if (text && !same && strcmp(text, "valid") != 0)
        return refuse(r, "padding, allowed numbers, same and valid");
    if (!text) return read_wholes(r, "padding", n, 0, 0, to);
    to[0] = same ? -1 : 0;
    to[1] = same && n > 1 ? -1 : 0;
    return 0;
}

static int read_convolution(const struct reading *r, struct nir_op *op)
{
    struct nir_window *w = &op->window;
    int n = op->type == NIR_CONV2D ? 2 : 1;
    int64_t groups[2];
    if (nir_get(r->g, r->node, "weight", false, &op->weight, r->f) || read_image(r, op, n) ||
        read_wholes(r, "stride", n, 1, 1, w->stride) || read_padding(r, n, w->padding) ||
        read_wholes(r, "dilation", n, 1, 1, w->dilation) ||
        read_wholes(r, "groups", 1, 1, 1, groups))
        return -1;
    const uint64_t *dims = op->weight.dims;
    if (op->weight.n_dims != n + 2 || op->weight.n == 0)
        return refuse(r, n > 1 ? "weight is not (to, from, height, width)"
                               : "weight is not (to, from, length)");
    w->groups = groups[0];
    w->c_out = (int64_t)dims[0];
    w->kernel[0] = (int64_t)dims[2];
    w->kernel[1] = n > 1 ? (int64_t)dims[3] : 1;
    if (n == 1) w->stride[1] = w->dilation[1] = 1, w->padding[1] = 0;
    if (w->c_out % w->groups || (int64_t)dims[1] * w->groups != w->c_in)
        return refuse(r, "weight, groups and the channels that it gets do not agree");
    return place_window(r, op, n) ? -1 : read_bias(r, op, w->c_out);
}

static int read_pool(const struct reading *r, struct nir_op *op)
{
    struct nir_window *w = &op->window;
    if (read_image(r, op, 2) || read_wholes(r, "kernel_size", 2, 1, 0, w->kernel)) return -1;
    if (!w->kernel[0]) return refuse(r, "has no kernel_size");
    *w = (struct nir_window){.c_in = w->c_in,
                             .c_out = w->c_in,
                             .groups = w->c_in,
                             .in = {w->in[0], w->in[1]},
                             .kernel = {w->kernel[0], w->kernel[1]},
                             .dilation = {1, 1}};
    if (read_wholes(r, "stride", 2, 1, 0, w->stride) ||
        read_wholes(r, "padding", 2, 0, 0, w->padding))
        return -1;
    for (int i = 0; i < 2; i++)
        if (!w->stride[i]) w->stride[i] = w->kernel[i];
    op->share = op->type == NIR_AVG_POOL2D ? 1.0 / (double)(w->kernel[0] * w->kernel[1]) : 1;
    return place_window(r, op, 2);
}

int nir_op_init(struct nir_op *op, struct nir_graph *g, int node, const struct nir_shape *in,
                struct fail *f)
{
    const struct reading r = {g, node, f};
    *op = (struct nir_op){.type = g->node[node].type, .in = *in, .out = *in};
    switch (op->type) {
    case NIR_LINEAR:
    case NIR_AFFINE:
        return read_linear(&r, op);
    case NIR_SCALE:
        return read_scale(&r, op);
    case NIR_CONV1D:
    case NIR_CONV2D:
        return read_convolution(&r, op);
    case NIR_SUM_POOL2D:
    case NIR_AVG_POOL2D:
        return read_pool(&r, op);
    case NIR_FLATTEN:
        op->out = flat(in->n);
        return 0;
    default:
        return 0;
    }
}

// What one value of the image adds to all windows that it lies in.
static void add_windows(const struct nir_op *op, int64_t at, double x, double *y)
{
    const struct nir_window *w = &op->window;
    int64_t area = w->in[0] * w->in[1], c = at / area, row = at % area / w->in[1],
            column = at % w->in[1];
    int64_t from = w->c_in / w->groups, to = w->c_out / w->groups, group = c / from;
    for (int64_t k = 0; k < to; k++)
        for (int64_t i = 0; i < w->kernel[0]; i++)
            for (int64_t j = 0; j < w->kernel[1]; j++) {
                int64_t m = row + w->padding[0] - i * w->dilation[0];
                int64_t n = column + w->padding[1] - j * w->dilation[1];
                if (m < 0 || n < 0 || m % w->stride[0] || n % w->stride[1]) continue;
                m /= w->stride[0];
                n /= w->stride[1];
                if (m >= w->out[0] || n >= w->out[1]) continue;
                int64_t o = group * to + k;
                double weight =
                    op->share > 0
                        ? op->share
                        : op->weight
                              .x[((o * from + c % from) * w->kernel[0] + i) * w->kernel[1] + j];
                y[(o * w->out[0] + m) * w->out[1] + n] += weight * x;
            }
}

void nir_op_add(const struct nir_op *op, const double *x, double *y)
{
    for (int64_t j = 0; j < op->in.n; j++) {
        if (x[j] == 0) continue;
        switch (op->type) {
        case NIR_LINEAR:
        case NIR_AFFINE:
            for (int64_t i = 0; i < op->out.n; i++)
                y[i] += op->weight.x[i * op->in.n + j] * x[j];
            break;
        case NIR_SCALE:
            y[j] += op->weight.x[op->weight.n == 1 ? 0 : j] * x[j];
            break;
        case NIR_CONV1D:
        case NIR_CONV2D:
        case NIR_SUM_POOL2D:
        case NIR_AVG_POOL2D:
            add_windows(op, j, x[j], y);
            break;
        default:
            y[j] += x[j];
        }
    }
}

void nir_op_add_bias(const struct nir_op *op, double *y)
{
    if (!op->bias.n) return;
    int64_t each = op->out.n / (op->bias.n == 1 ? 1 : (int64_t)op->bias.n);
    for (int64_t i = 0; i < op->out.n; i++)
        y[i] += op->bias.x[op->bias.n == 1 ? 0 : i / each];
}
