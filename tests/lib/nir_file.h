// NIR graphs as files, written by hand: what tests of their reader begin with.
#ifndef TESTS_LIB_NIR_FILE_H
#define TESTS_LIB_NIR_FILE_H

#include "twin/io/hdf5_io.h"

#include <stdio.h>
#include <string.h>

enum { NIR_FILE_EDGES = 64 };

struct nir_file {
    hid_t file, graph, nodes, at; // at: the node that values go to
    const char *edge[NIR_FILE_EDGES][2];
    int n_edges;
};

static inline void nir_file_graph(struct nir_file *f, hid_t in, const char *name)
{
    f->graph = hdf5_make_group(in, name);
    hdf5_put_text(f->graph, "type", "NIRGraph");
    f->nodes = hdf5_make_group(f->graph, "nodes");
    f->n_edges = 0;
}

static inline void nir_file_begin(struct nir_file *f)
{
    *f = (struct nir_file){.file = hdf5_create(), .at = -1};
    hdf5_put_text(f->file, "version", "1.0");
    nir_file_graph(f, f->file, "node");
}

static inline void nir_file_node(struct nir_file *f, const char *name, const char *type)
{
    if (f->at >= 0) H5Gclose(f->at);
    f->at = hdf5_make_group(f->nodes, name);
    hdf5_put_text(f->at, "type", type);
}

// Values of the node: a scalar (n_dims 0) or an array.
static inline void nir_file_put(struct nir_file *f, const char *field, int n_dims,
                                const hsize_t *dims, const double *x)
{
    hdf5_put(f->at, field, H5T_NATIVE_DOUBLE, n_dims, dims, x);
}

static inline void nir_file_one(struct nir_file *f, const char *field, double x)
{
    nir_file_put(f, field, 0, 0, &x);
}

static inline void nir_file_list(struct nir_file *f, const char *field, int n, const double *x)
{
    nir_file_put(f, field, 1, (hsize_t[]){(hsize_t)n}, x);
}

static inline void nir_file_matrix(struct nir_file *f, const char *field, int rows, int columns,
                                   const double *x)
{
    nir_file_put(f, field, 2, (hsize_t[]){(hsize_t)rows, (hsize_t)columns}, x);
}

static inline void nir_file_port(struct nir_file *f, const char *name, const char *type, int n)
{
    nir_file_node(f, name, type);
    nir_file_list(f, "shape", 1, (double[]){n});
}

static inline void nir_file_edge(struct nir_file *f, const char *from, const char *to)
{
    f->edge[f->n_edges][0] = from;
    f->edge[f->n_edges++][1] = to;
}

static inline void nir_file_edges(struct nir_file *f)
{
    if (f->n_edges)
        hdf5_put_texts(f->graph, "edges", 2, (hsize_t[]){(hsize_t)f->n_edges, 2}, &f->edge[0][0]);
    if (f->at >= 0) H5Gclose(f->at);
    f->at = -1;
    H5Gclose(f->nodes);
    H5Gclose(f->graph);
}

// A LIF of n neurons with these values for all.
static inline void nir_file_lif(struct nir_file *f, const char *name, double tau, double r,
                                double v_leak, double threshold)
{
    nir_file_node(f, name, "LIF");
    nir_file_one(f, "tau", tau);
    nir_file_one(f, "r", r);
    nir_file_one(f, "v_leak", v_leak);
    nir_file_one(f, "v_threshold", threshold);
}

static inline int nir_file_end(struct nir_file *f, const char *path, struct fail *why)
{
    nir_file_edges(f);
    return hdf5_commit(f->file, 0, path, why);
}

#endif
