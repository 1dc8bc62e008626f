// A network that runs: the fast kernel over an image, and the reference that it must equal.
//
// network_run and network_run_ref return the same bits for every image, stimulus and instruction
// set; tests/unit/model/lif/test_network.c compares them on random networks, formats and corners.
#ifndef MODEL_LIF_NETWORK_H
#define MODEL_LIF_NETWORK_H

#include "base/isa.h"
#include "model/lif/trace.h"

enum { NETWORK_PAD = 32 }; // neurons of a layer are padded to a multiple of this

static inline int network_padded(int n)
{
    return (n + NETWORK_PAD - 1) / NETWORK_PAD * NETWORK_PAD;
}

// The image laid out for the kernel: rows padded, neuron words as arrays. In the caller's memory.
struct network_layer {
    int n_in;
    int n_out;
    int n_pad; // n_out rounded up to NETWORK_PAD; padding has zero weights and never fires
    enum image_topology topology;
    bool recurrent;
    bool delayed;
    int max_spikes;
    int taps, spacing;    // 1 and 0, or more
    int n_heard;          // rows of a synapse that are inputs
    int n_source;         // rows of a synapse
    bool narrow;          // image_gather_bound proves that 16-bit accumulators cannot overflow
    int align;            // law_align of this layer
    int16_t *w;           // (n_rows, n_pad)
    int32_t *word[WORDS]; // (n_pad) each, by enum image_word; no weights
    int32_t *v, *u, *r;   // state of a run: the same, by name
    int32_t *lambda_t, *mu_t, *mu2_t;             // (n_pad) moved by the present tick's jitter
    const int32_t *lambda_now, *mu_now, *mu2_now; // of the present tick: those, or the words
    int32_t *spikes, *spikes_before;              // (n_pad) of this tick and the last one
    uint64_t *z, *z_before;                       // (words) the same as bits: any spike
    uint64_t *late; // (IMAGE_MAX_LATE + 1, words of n_in) with taps: which sources were heard in
                    // the last ticks, a row a tick
};

// Which sources a layer with taps heard so many ticks before `tick`.
static inline uint64_t *network_late(const struct network_layer *y, int tick, int late)
{
    return y->late + (size_t)((tick - late) & IMAGE_MAX_LATE) * (size_t)trace_spike_words(y->n_in);
}
_Static_assert((IMAGE_MAX_LATE & (IMAGE_MAX_LATE + 1)) == 0, "rows of `late` come round");

// Products of a law that need 64 bits: of the leak's factor, the decay's, the gain.
struct network_wide {
    bool leak, decay, gain;
};

// How lanes of 32 bits make a·b / 2^n.
enum lanes_product {
    LANES_32,           // a·b fits 32 bits, rounded too
    LANES_HALVES,       // so does b times any number below 2^n: a's upper and lower bits apart
    LANES_SHORT_HALVES, // and 0 <= b < 2^15, n <= 15, a / 2^n fits 16 bits
    LANES_64
};

struct lanes_products {
    enum lanes_product leak, decay, gain;
};

struct network {
    struct law law;
    const struct image *image; // must outlive the network
    int n_layers;
    int next_write; // of the present stimulus
    bool written;   // a run wrote words: they are laid out anew before the next
    bool fast;      // the law and the words fit the kernel's 32-bit lanes; else the reference runs
    struct network_wide wide;
    enum isa isa;
    struct network_layer layer[IMAGE_MAX_LAYERS];
};

// Bytes of memory that network_init needs, aligned to 64: a multiple of 64.
size_t network_size(const struct law *law, const struct image_shape *s);

// Prepares `im` in `memory`. One network serves one thread at a time: it holds the state of a run.
void network_init(struct network *net, const struct image *im, void *memory);

// Runs one stimulus from rest (v at its rest word, u = r = 0, no spikes) and records into *t. A
// stimulus that writes weights runs by the reference.
void network_run(struct network *net, const struct stimulus *s, struct trace *t);
void network_run_ref(struct network *net, const struct stimulus *s, struct trace *t);

// The same tick by tick, by the reference: network_rest, then ticks 0, 1, ... of the stimulus.
void network_rest(struct network *net, struct trace *t);

// What a run may watch, tick by tick (network_run_ref only): all stages of one neuron's tick.
typedef void network_watch(void *context, int tick, int layer, int neuron,
                           const struct law_state *before, const struct law_stages *stages);
void network_tick_watched(struct network *net, const struct stimulus *s, struct trace *t, int tick,
                          network_watch *watch, void *context);
void network_run_watched(struct network *net, const struct stimulus *s, struct trace *t,
                         network_watch *watch, void *context);

// Class with the most output spikes; of equals the first.
int network_decide(const int32_t *count, int n_out);

// The kernel of model/lif/kernel.c over ticks from..to - 1.
typedef void network_kernel(struct network *net, const struct stimulus *s, struct trace *t,
                            int from, int to);

// network_init takes the best instruction set that this machine has. False, and nothing changed, if
// this machine or build has not got it.
bool network_use_isa(struct network *net, enum isa isa);

#endif
