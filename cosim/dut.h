// The device under test behind a thin C ABI: one Verilated network, built for one law and shape.
//
// A shared object that cosim/dut_build.c makes from rtl/ and cosim/dut.cpp exports one symbol,
// `dut_ops`. The contract:
//   - The caller notifies, the DUT answers, the caller compares. Nothing that a DUT says is ever an
//     input of the model.
//   - `law` and `shape` are what the RTL was elaborated for; dut_load refuses an image of another
//     law or shape, and one with a word outside its format. ops->load trusts its caller.
//   - A DUT is in reset state after `create`; `load` writes every word of an image and leaves the
//     state at rest; `rest` puts the state to rest again and keeps the words.
//   - `tick` fills one commit a neuron, in the order in which they happened: layer by layer, neuron
//     by neuron. Fewer, more or other commits than neurons are reported as a broken DUT.
#ifndef COSIM_DUT_H
#define COSIM_DUT_H

#ifdef __cplusplus
extern "C" {
#endif

#include "model/trace.h"

enum { DUT_ABI = 2 };

// What one neuron did in one tick, every word sign-extended to its C type.
struct dut_commit {
    int32_t layer;
    int32_t neuron;
    struct law_state before;
    struct law_stages stages;
    struct law_state after;
};

struct dut; // opaque: the Verilated model and its time

struct dut_ops {
    int abi;                         // DUT_ABI
    bool waves;                      // built with FST tracing
    const struct law *law;           // what the RTL was elaborated for
    const struct image_shape *shape; // n_layers and the sizes of each

    // In reset, no words. NULL: out of memory.
    struct dut *(*create)(void);
    void (*free)(struct dut *d); // NULL is legal

    // Writes all words of the image, then rests. 0, or -1 with a message.
    int (*load)(struct dut *d, const struct image *im, char *message, size_t size);

    // v at its rest word, u = r = 0 everywhere, no spikes, no events. 0, or -1 with a message.
    int (*rest)(struct dut *d, char *message, size_t size);

    // Writes one word between ticks, `row` being the weight's. 0, or -1 with a message.
    int (*write)(struct dut *d, int layer, enum image_word word, int neuron, int row, int32_t value,
                 char *message, size_t size);

    // One tick of a stimulus: its events and jitter word in, one commit a neuron out; the
    // stimulus' writes are the caller's. Returns the clock cycles that it took, or -1 with a
    // message.
    int64_t (*tick)(struct dut *d, const struct stimulus *s, int tick, struct dut_commit *commits,
                    char *message, size_t size);

    // Starts an FST file at the present cycle, or with NULL ends it. -1 in a build without waves.
    int (*wave)(struct dut *d, const char *path, char *message, size_t size);
};

// A loaded shared object and its one instance. In the caller's storage.
struct dut_handle {
    void *library;
    const struct dut_ops *ops;
    struct dut *dut;
};

// Loads the shared object at `path` and creates the DUT in it. 0, or -1 with a message.
int dut_open(struct dut_handle *h, const char *path, char *message, size_t size);
void dut_close(struct dut_handle *h); // legal after a failed dut_open

// Loads an image that fits the DUT, and rests. 0, or -1 with a message.
int dut_load(struct dut_handle *h, const struct image *im, char *message, size_t size);

// NULL if law and shape are those of the image, else what differs.
const char *dut_mismatch(const struct dut_ops *ops, const struct image *im);

#ifdef __cplusplus
}
#endif
#endif
