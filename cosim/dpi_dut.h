// A layer under the DPI law as Verilated RTL behind a thin C ABI; cosim/dut.h is the same for leaky
// integrate-and-fire, and its contract is this one's.
//
// A shared object that dpi_dut_build makes from rtl/ and cosim/dpi_dut.cpp exports `dpi_dut_ops`.
// It is one layer of an image: a network of several is co-simulated layer by layer, each fed with
// what the model's layer before it did.
#ifndef COSIM_DPI_DUT_H
#define COSIM_DPI_DUT_H

#ifdef __cplusplus
extern "C" {
#endif

#include "model/dpi_network.h"

enum { DPI_DUT_ABI = 1 };

// What RTL is elaborated for.
struct dpi_dut_shape {
    struct dpi_law law;
    int n_in;
    int n_out;
    bool recurrent;
};

// What one neuron did in one tick, every word sign-extended.
struct dpi_commit {
    int32_t neuron;
    struct dpi_stages stages;
    struct dpi_state after;
};

struct dpi_dut; // opaque

struct dpi_dut_ops {
    int abi; // DPI_DUT_ABI
    const struct dpi_dut_shape *shape;
    struct dpi_dut *(*create)(void); // in reset, no words. NULL: out of memory
    void (*free)(struct dpi_dut *d); // NULL is legal

    // Forgets the events of the tick before. State stays what was written.
    void (*clear)(struct dpi_dut *d);

    // Writes one word between ticks: of a weight address is neuron · sources + source, of a table
    // the entry, else the neuron. A z that is not 0 is also an event of the next tick.
    void (*write)(struct dpi_dut *d, enum dpi_word word, int address, int64_t value);

    // One tick: x, (n_in) event counts, in; one commit a neuron out, in their order. Returns the
    // cycles that it took, or -1 with a message.
    int64_t (*tick)(struct dpi_dut *d, const uint8_t *x, struct dpi_commit *commits, char *message,
                    size_t size);
};

struct dpi_dut_handle {
    void *library;
    const struct dpi_dut_ops *ops;
    struct dpi_dut *dut;
};

struct dut_build_options;

// The path of the shared object for this shape, built if it is not there. 0, or -1 with a message.
int dpi_dut_build(const struct dpi_dut_shape *shape, const struct dut_build_options *o, char *path,
                  char *message, size_t size);

// Loads the shared object at `path`. 0, or -1 with a message.
int dpi_dut_open(struct dpi_dut_handle *h, const char *path, char *message, size_t size);
void dpi_dut_close(struct dpi_dut_handle *h); // legal after a failed dpi_dut_open

// Writes the words of one layer of an image. 0, or -1 with a message: another shape or law, or a
// word out of its format.
int dpi_dut_load(struct dpi_dut_handle *h, const struct dpi_image *im, int layer, char *message,
                 size_t size);

// Writes the state, (n_out), in which a run begins.
void dpi_dut_start(struct dpi_dut_handle *h, const struct dpi_state *state);

#ifdef __cplusplus
}
#endif
#endif
