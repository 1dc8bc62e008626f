// The device under test behind a thin C ABI: one Verilated top, built for one law and shape.
//
// A shared object that cosim/dut/dut_build.c makes from rtl/ and cosim/dut/dut.cpp exports one symbol,
// `dut_ops`. The same for every law: its words, states and stages are those of its row
// (model/law_kind.h). The contract:
//   - The caller notifies, the DUT answers, the caller compares. Nothing that a DUT says is ever an
//     input of the model.
//   - `law` and `shape` are what the RTL was elaborated for; dut_load refuses an image of another
//     law or shape, and one with a word outside its format. The operations trust their caller.
//   - A DUT is in reset state after `create`; `clear` puts it to rest and keeps the words.
//   - `tick` fills one commit a neuron, in the order in which they happened: layer by layer, neuron
//     by neuron. Fewer, more or other commits than neurons are reported as a broken DUT.
#ifndef COSIM_DUT_DUT_H
#define COSIM_DUT_DUT_H

#ifdef __cplusplus
extern "C" {
#endif

#include "model/laws/law_image.h"
#include "model/lif/trace.h"

enum { DUT_ABI = 4 };

// What one neuron did in one tick, every word sign-extended to its C type: a commit begins with its
// place; then come the state before, the stages and the state after, the law's structs.
struct dut_place {
    int32_t layer;
    int32_t neuron;
};

struct lif_commit {
    struct dut_place at;
    struct law_state before;
    struct law_stages stages;
    struct law_state after;
};

struct dpi_commit {
    struct dut_place at;
    struct dpi_state before;
    struct dpi_stages stages;
    struct dpi_state after;
};

// The same by the law's row, in bytes.
static inline size_t dut_before(void)
{
    return sizeof(struct dut_place);
}

static inline size_t dut_stages(const struct law_kind *k)
{
    return dut_before() + k->state;
}

static inline size_t dut_after(const struct law_kind *k)
{
    return dut_stages(k) + k->stages;
}

static inline size_t dut_commit_size(const struct law_kind *k)
{
    return dut_after(k) + k->state;
}

struct dut; // opaque: the Verilated model and its time

struct dut_ops {
    int abi;                         // DUT_ABI
    bool waves;                      // built with FST tracing
    bool tells_before;               // commits have the state before; else it is 0
    bool rests;                      // clear puts all state to rest; else state is what was written
    const char *kind;                // the law's name
    const void *law;                 // what the RTL was elaborated for: the law's parameters
    const struct image_shape *shape; // n_layers and the sizes of each

    // In reset, no words. NULL: out of memory.
    struct dut *(*create)(void);
    void (*free)(struct dut *d); // NULL is legal

    // No spikes, no events; state as `rests` says. 0, or -1 with a message.
    int (*clear)(struct dut *d, char *message, size_t size);

    // Writes one word of the law between ticks. Address: of a weight neuron · rows + row, of a
    // chip's word its entry, else the neuron. 0, or -1 with a message.
    int (*write)(struct dut *d, int layer, int word, int address, int64_t value, char *message,
                 size_t size);

    // One tick of a stimulus: its events and jitter word in, one commit a neuron out; the
    // stimulus' writes are the caller's. Returns the clock cycles that it took, or -1 with a
    // message.
    int64_t (*tick)(struct dut *d, const struct stimulus *s, int tick, void *commits, char *message,
                    size_t size);

    // What the model has for each commit of the ticks to come, (neurons) as `tick` fills them;
    // shown in waves beside the RTL, as the signals of cosim/dut/stw_twin.sv. NULL: nothing. Must
    // outlive them. The operation is NULL where the law has no such signals.
    void (*twin)(struct dut *d, const void *expected);

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
int dut_load(struct dut_handle *h, const struct law_image *im, char *message, size_t size);

// Puts the state to rest, or to `state`, (neurons) of the law's struct. 0, or -1 with a message.
int dut_rest(struct dut_handle *h, const struct law_image *im, const void *state, char *message,
             size_t size);

// Writes one word between ticks; row as in law_image_word. 0, or -1 with a message.
int dut_write(struct dut_handle *h, const struct law_image *im, int layer, int word, int neuron,
              int row, int64_t value, char *message, size_t size);

// NULL if law and shape are those of the image, else what differs.
const char *dut_mismatch(const struct dut_ops *ops, const struct law_image *im, char text[64]);

#ifdef __cplusplus
}
#endif
#endif
