// Many clips through one chip: what training and prediction do, faster than clip by clip.
//
// many_run returns network_run's bits for every image and stimulus; tests/unit/model/lif/test_many.c
// compares them with network_run_ref's. Where the image proves that 16 bits hold every sum, and the
// law is leaky integrate-and-fire without synaptic currents or refractory periods, it runs in
// 16-bit lanes (model/lif/kernel_many.c); else, clip by clip, it runs layers_run (model/lif/layers.h) or, where
// that cannot, network_run.
//
// Layers run one after the other over MANY_TICKS ticks, since no layer hears a later one. Lanes are
// neurons in a wide layer, and neurons of several clips in a narrow one.
#ifndef MODEL_LIF_MANY_H
#define MODEL_LIF_MANY_H

#include "model/lif/layers.h"

enum {
    MANY_CLIPS = 16,    // run side by side; more are run in turns
    MANY_TICKS = 128,   // of a layer before the next layer runs
    MANY_NEURONS = 256, // of a layer, at most, and sources
    MANY_HEARD = 512,   // sources with each tap counted, in whole units
    MANY_OWN = 128,     // of a recurrent layer, at most
    MANY_LANES = 64,    // of a slice of a layer; 128 where it is recurrent and larger
    MANY_UNIT = 16      // sources in a word of spike bits
};

// A layer in slices of `lanes` lanes. A slice of a dense layer of more than 16 neurons, or of a
// recurrent one, is `lanes` neurons of one clip; else it is at most 16 neurons, padded to
// `neurons`, of lanes / neurons clips.
struct many_layer {
    int n_in;
    int n_out;
    int taps, spacing;
    int units_tap; // words of MANY_UNIT sources
    int units_in;  // of all taps
    int units_out; // the same of its own neurons, of whole slices
    int n_slices;
    int lanes;   // of a slice
    int neurons; // of a clip in a slice: 4, 8 or 16, or `lanes`
    int align;   // law_align; > 0: sums are rounded before the bias is added
    bool one_to_one;
    bool recurrent;
    bool jitters_within; // no jitter takes λ_t out of its format, nor to 2^15 or more
    bool high_lambda;    // some λ_t may be 2^15 or more
    int16_t *w;          // (n_slices · 16) of a one-to-one layer
    int16_t *table;      // sums of subsets of sources, see kernel_many.c
    int16_t *lambda;     // (n_slices · lanes) each; λ as a fraction of 2^16 if exponential
    int16_t *slope;
    int16_t *theta;
    int16_t *bias;
    int16_t *v;     // (MANY_CLIPS, n_slices · lanes) state between blocks of ticks; packed: fewer
    uint16_t *z;    // (MANY_TICKS, MANY_CLIPS, units_out) spikes of the present block
    uint16_t *x;    // (MANY_TICKS, MANY_CLIPS, units_in) with taps: what it hears in the block
    uint16_t *late; // (IMAGE_MAX_LATE, MANY_CLIPS, units_tap) with taps: what it heard before
};

// Row of a synapse that bit i of all units of a layer's sources stands for; -1: none.
static inline int many_source(const struct many_layer *y, int i)
{
    const int each = y->units_tap * MANY_UNIT, source = i % each;
    return source < y->n_in ? i / each * y->n_in + source : -1;
}

static inline size_t many_late_words(const struct many_layer *y)
{
    return (size_t)(IMAGE_MAX_LATE * MANY_CLIPS * y->units_tap);
}

struct many {
    const struct image *image; // must outlive it
    struct law law;
    int n_layers;
    bool fast;     // the 16-bit kernel takes this image
    bool prepared; // `fallback` is ready
    enum isa isa;
    enum law_leak leak_kind; // a shift is an exponential leak by a power of two
    int leak_shift;          // bits from λ's format to a fraction of 2^16
    struct many_layer layer[IMAGE_MAX_LAYERS];
    uint16_t *x;    // (MANY_TICKS, MANY_CLIPS, units_in of layer 0) inputs that are not 0, as bits
    int16_t *input; // (MANY_TICKS, MANY_LANES) current and bias of a slice of several clips; then c
    int16_t *jitter; // (MANY_TICKS, MANY_LANES) the same clips' jitter
    uint64_t *fired; // (MANY_TICKS) spikes of those lanes
    struct network fallback;
    struct layers layers; // of the fallback
    bool by_layers;       // it can run so
    void *memory;         // of the fallback
};

// Bytes of memory that many_init needs, aligned to 64: a multiple of 64.
size_t many_size(const struct law *law, const struct image_shape *s);

// Prepares `im` in `memory`. Serves one thread at a time.
void many_init(struct many *m, const struct image *im, void *memory);

// The kernel of model/lif/kernel_many.c: prepares an image, false if it cannot; runs some clips.
typedef bool many_build_kernel(struct many *m);
typedef void many_run_kernel(struct many *m, int n, const struct stimulus *s, struct trace *t);

// Runs n clips, each from rest, s[i] into t[i], as network_run does.
void many_run(struct many *m, int n, const struct stimulus *s, struct trace *t);

// False, and nothing changed, if this machine or build has not got it.
bool many_use_isa(struct many *m, enum isa isa);

#endif
