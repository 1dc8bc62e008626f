// A NIR graph as it lies in a file of others (HDF5, https://neuroir.org): nodes and edges.
//
// Subgraphs are laid open: their nodes are named SUBGRAPH.NODE, their inputs and outputs pass on what
// they get. What NIR calls metadata is not read. Values stay in the file's table, whatever their type;
// what is in a node is asked for by name. Files come from anywhere: twin/io/hdf5_read.h reads them.
#ifndef TWIN_NIR_GRAPH_H
#define TWIN_NIR_GRAPH_H

#include "twin/io/hdf5_read.h"

enum nir_type {
    NIR_INPUT,
    NIR_OUTPUT,
    NIR_LINEAR,
    NIR_AFFINE,
    NIR_SCALE,
    NIR_FLATTEN,
    NIR_DELAY,
    NIR_CONV1D,
    NIR_CONV2D,
    NIR_SUM_POOL2D,
    NIR_AVG_POOL2D,
    NIR_THRESHOLD, // from here on neurons
    NIR_IF,
    NIR_LIF,
    NIR_CUBA_LIF,
    NIR_I, // from here on neurons without a threshold
    NIR_LI,
    NIR_CUBA_LI,
    NIR_TYPES,
    NIR_PORT = NIR_TYPES // an input or output of a subgraph
};
extern const char *const nir_type_names[NIR_TYPES]; // as in files

static inline bool nir_is_neuron(enum nir_type t)
{
    return t >= NIR_THRESHOLD && t <= NIR_CUBA_LI;
}

struct nir_node {
    char *name;  // as it may be shown, of a subgraph's node with the subgraph's and a dot
    char *place; // in the file
    enum nir_type type;
};

struct nir_edge {
    int from, to; // nodes
};

// What is said of a graph and what was made of it, a line each.
struct nir_notes {
    int n;
    char **text; // (n) owned
};
int nir_note(struct nir_notes *l, struct fail *f, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void nir_notes_fini(struct nir_notes *l);

struct nir_graph {
    struct hdf5_file file;
    const char *path; // of the file, for messages; the caller's
    int n_nodes, n_edges;
    struct nir_node *node;  // (n_nodes)
    struct nir_edge *edge;  // (n_edges) each once
    struct nir_notes notes; // what of the file had to be guessed
    int n_made;
    double **made; // (n_made) values that were no reals in the file
};

// Refuses a file without a graph, nodes of unknown types, and edges to what is no node, by name. On
// failure *g is zeroed.
int nir_graph_read(struct nir_graph *g, const char *path, struct fail *f);
void nir_graph_fini(struct nir_graph *g); // a zeroed one is legal

// Numbers of a node.
struct nir_array {
    int n_dims; // 0: one value
    uint64_t dims[HDF5_DIMS];
    size_t n;
    const double *x; // (n)
};

// 1: there are none of this name; 0; -1: no numbers, or one that is not finite (`infinite`: NaN).
int nir_find(struct nir_graph *g, int node, const char *field, bool infinite, struct nir_array *a,
             struct fail *f);

// The same, refused where it is missing.
int nir_get(struct nir_graph *g, int node, const char *field, bool infinite, struct nir_array *a,
            struct fail *f);

// A text of a node, or NULL.
const char *nir_text(const struct nir_graph *g, int node, const char *field);

#endif
