// Backward pass: the gradient of one clip's loss through the ticks that the golden model ran.
//
// Mirrors model/lif/network.h: forward recorded c (membrane at the clamp stage) and z (spikes) of every
// tick; backward reads them, in float, and differentiates the law of model/lif/law.h with a surrogate
// for the step of `fire`. Equations: docs/numerics.md, "Backward". Sums have a fixed order and
// every fused product is written fmaf(), so the bits do not depend on compiler, instruction set or
// threads.
#ifndef TWIN_LIF_BACKWARD_H
#define TWIN_LIF_BACKWARD_H

#include "model/lif/network.h"
#include "twin/lif/loss.h"
#include "twin/net/virtual_chip.h"

struct backward_options {
    float slope;           // β of the surrogate dz/dc = (1/θ)/(1 + β|c − θ|/θ)^2
    float reset_grad;      // 1: differentiate through the reset, 0: treat it as a constant
    bool neuron_gradients; // of the values of neurons too
    struct loss_rate rate[IMAGE_MAX_LAYERS]; // firing-rate target of each layer
    float wrap_weight;                       // of loss_wrap, where the law wraps; 0: none
};

enum {
    BACKWARD_LANES = 16, // rows of the backward pass are whole vectors of so many floats
    BACKWARD_GROUP =
        4 // clips of one chip that go back together: each row of weights read serves all
};

static inline int backward_padded(int n)
{
    return (n + BACKWARD_LANES - 1) / BACKWARD_LANES * BACKWARD_LANES;
}

// One layer of the drawn chip as real numbers, for the way back. n_pad: n_out rounded up to
// BACKWARD_LANES, in_pad: n_in; the padding holds what adds 0.
struct backward_layer {
    int n_in, n_out, in_pad, n_pad;
    int taps, spacing, n_heard; // as in struct image_layer
    int n_source;               // rows of w as in struct image_layer
    bool one_to_one, recurrent;
    bool narrow;      // at most one vector of neurons: gw has the sources along its rows
    float *w_in;      // (taps, n_out, in_pad) weights of the inputs, a row a neuron; one-to-one:
                      // (n_pad)
    float *w_own;     // (n_out, n_pad) of its own spikes
    int32_t *theta;   // (n_pad) words
    float *inv_theta; // (n_pad) 1/θ in membrane units, 0 in the padding
    float *beta;      // (n_pad) slope of the surrogate a word away from θ
    float *lambda;    // (n_pad) exponential, shift: fraction that leaks; linear: membrane units
    float *slope;     // (n_pad) change of λ per whole tick of jitter
    float *mu,
        *mu_slope;       // (n_pad) the same of the synaptic decay; of laws beyond the plain one, as
    float *gain;         // (n_pad) γ; 1 without
    float *rest, *reset; // (n_pad) membrane units; 0 without
    bool delayed;
    int max_spikes, in_spikes; // of a neuron, and of a source, in a tick
    float *gw_in;  // (n_heard, n_pad), narrow: (taps, n_out, in_pad), one-to-one: (n_pad): gradient
                   // of the words, summed over the clips of a chunk
    float *gw_own; // (n_out, n_pad) the same of its own spikes: [source][neuron], narrow:
                   // [neuron][source]
    float *gvalue[NET_NEURON]; // (n_pad) of the neuron's values, but for its gain
    float *gz;                 // (GROUP, n_pad) dL/dz that is the same in each tick of a clip
    float *gv;                 // (GROUP, n_pad) dL/dv carried to the tick before
    float *gu;                 // (GROUP, n_pad) dL/du carried to the tick before
    float *sum[NET_NEURON];    // (GROUP, n_pad) the same of a clip
    float *gs; // (GROUP, n_ticks + 2 + late, n_pad) dL/dz, then dL/d what was gathered; the rows
               // after the last are 0
    int32_t *count; // (n_pad) spikes in a clip
};

struct backward {
    struct law law;
    struct backward_options options;
    float lsb;         // membrane units of one LSB
    float x_lsb;       // real value of one LSB of the input words
    bool binary_input; // input words are 0 or 1, and mean it
    bool plain;        // the law is leaky integrate-and-fire without more: see backward_plain
    enum isa isa;      // the best that there is; a test may choose another: same bits
    int n_layers, n_ticks;
    struct backward_layer layer[IMAGE_MAX_LAYERS];
    void *memory;
    size_t gradient_floats; // gw and gvalue of all layers lie in one block
    float *gradient;
    float *jitter;    // (GROUP, n_ticks) fractions of a tick
    uint64_t *active; // (n_ticks, words) of a clip: which inputs are not 0, or which spiked
    uint64_t *ticks;  // (sources, words) of a clip: in which ticks each of a layer's sources was
    uint8_t *counts;  // (n_ticks, sources) of a clip: spikes, where a source has several in a tick
    float *gx;        // (n_ticks, in_pad of layer 0) of a clip, then a row of zeros
};

// Floats of a clip in gs.
static inline size_t backward_gs_size(const struct backward *b, const struct backward_layer *y)
{
    return (size_t)(b->n_ticks + 2 + (y->taps - 1) * y->spacing) * (size_t)y->n_pad;
}

// One clip that went forward.
struct backward_clip {
    struct stimulus stimulus; // n_ticks as given to backward_init
    const struct trace
        *trace;          // of every layer z and c16 (c, if membranes are over 16 bits); if the
                         // law has them u and r; n of one with several spikes a tick
    const float *gcount; // (n_out of the last layer) dL/d count; NULL: 0
    const float *gz;     // (n_ticks, n_out of the last layer) dL/dz of each tick besides; NULL: 0
    float *gx; // (n_ticks, n_in) becomes dL/dx of the inputs as real values; NULL: not wanted
};

// Whether a law is leaky integrate-and-fire with no current, refractory period, gain, rest and the
// like: the way back has no choice left inside a tick.
bool backward_plain(const struct law *law);

// The first choice of a law that the way back does not know, as a chip file has it; NULL: none.
const char *backward_lacks(const struct law *law);

// Allocates for this shape and number of ticks; backward_fini(&zeroed) is legal.
int backward_init(struct backward *b, const struct image_shape *shape, int n_ticks, struct fail *f);
void backward_fini(struct backward *b);

// Takes the words of a chip and sets the gradient to zero: the start of a chunk.
void backward_load(struct backward *b, const struct image *im, const struct backward_options *o);

// The kernels of backward_isa.c and backward_weights_isa.c, one after the other over some clips.
typedef void backward_kernel(struct backward *b, const struct backward_clip *clips, int n_clips);

// Adds the gradient of 1..BACKWARD_GROUP clips; returns their losses of rate targets and of wrapping.
double backward_run(struct backward *b, const struct backward_clip *clips, int n_clips);

// Gradient of the word of source s (a row of struct image_layer) and neuron n of layer l.
float backward_weight_gradient(const struct backward *b, int l, int s, int n);

// Gradient of a value of neuron n of layer l; of a shift's count of bits the fraction's. With
// neuron_gradients.
float backward_value_gradient(const struct backward *b, int l, enum net_neuron value, int n);

// Adds the chunk's gradient to `g` (laid out as net->values), times the chip's own gains: of weights and,
// with neuron_gradients, of θ, λ, bias, exponential decays and gains. Rest and reset are not learnt.
void backward_collect(const struct backward *b, const struct net *n,
                      const struct virtual_chip_note *note, float *g);

#endif
