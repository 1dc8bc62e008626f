// The nodes of NIR that have no state and are linear: what comes out of one for what goes in.
#ifndef TWIN_NIR_LINEAR_H
#define TWIN_NIR_LINEAR_H

#include "twin/nir/graph.h"

// Shape of what a node gives: (channels, height, width) where it is an image, row by row.
struct nir_shape {
    int n_dims; // 0: not known
    int64_t dims[HDF5_DIMS];
    int64_t n;
};
struct nir_shape nir_shape_of(int n_dims, const int64_t *dims);

enum { NIR_MOST = 1 << 20 }; // values that any node gives

// A window that moves over an image: a convolution, or a pool, whose weight is one number.
struct nir_window {
    int64_t c_in, c_out, groups;
    int64_t in[2], out[2], kernel[2], stride[2], padding[2], dilation[2]; // height, width
};

struct nir_op {
    enum nir_type type;
    struct nir_shape in, out;
    struct nir_array weight; // of Linear, Affine (to, from); of Scale; of a convolution
    struct nir_array bias;   // n 0: none
    struct nir_window window;
    double share; // weight of a pool
};

// Reads a node that gets values of this shape. Refuses what does not fit, by name. A port, a Delay and
// a Flatten pass on what they get.
int nir_op_init(struct nir_op *op, struct nir_graph *g, int node, const struct nir_shape *in,
                struct fail *f);

// y += the node's answer to x, without its bias. x (in.n), mostly 0; y (out.n).
void nir_op_add(const struct nir_op *op, const double *x, double *y);

// y += the bias.
void nir_op_add_bias(const struct nir_op *op, double *y);

#endif
