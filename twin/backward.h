// Backward pass: the gradient of one clip's loss through the ticks that the golden model ran.
//
// Mirrors model/network.h: forward recorded c (membrane at the clamp stage) and z (spikes) of every
// tick; backward reads them, in float, and differentiates the law of model/law.h with a surrogate
// for the step of `fire`. Equations: docs/numerics.md, "Backward". Sums have a fixed order and
// every fused product is written fmaf(), so the bits do not depend on compiler, instruction set or
// threads.
#ifndef TWIN_BACKWARD_H
#define TWIN_BACKWARD_H

#include "model/network.h"
#include "twin/loss.h"
#include "twin/virtual_chip.h"

struct backward_options {
    float slope;           // β of the surrogate dz/dc = (1/θ)/(1 + β|c − θ|/θ)^2
    float reset_grad;      // 1: differentiate through the reset, 0: treat it as a constant
    bool neuron_gradients; // of λ, θ and bias too; needs v in the trace
    struct loss_rate rate[IMAGE_MAX_LAYERS]; // firing-rate target of each layer
};

// One layer of the drawn chip as real numbers, for the way back. Arrays are padded with what adds
// 0.
struct backward_layer {
    int n_in, n_out;
    int n_pad;      // n_out rounded up to NETWORK_PAD
    int n_source;   // rows of w as in struct image_layer
    int source_pad; // n_source rounded up so that whole lanes can be read from any source on
    bool one_to_one, recurrent;
    float *wt;        // (n_out, source_pad) words as real numbers, transposed; one-to-one: (n_pad)
    float *lambda;    // (n_pad) exponential: fraction; linear: membrane units; shift: 2^-k
    float *slope;     // (n_pad) change of λ per whole tick of jitter
    float *theta;     // (n_pad) membrane units
    float *inv_theta; // (n_pad) 1/θ, 0 in the padding
    float *gw;        // (n_source, n_pad) gradient of the words, summed over the clips of a chunk
    float *gtheta;    // (n_pad)
    float *glambda;   // (n_pad)
    float *gbias;     // (n_pad)
    float *gz;        // (n_pad) dL/dz of this tick
    float *gs;        // (n_pad) dL/ds of the tick after, then of this one
    float *gv;        // (n_pad) dL/dv carried to the tick before
    float *grate;     // (n_pad) dL/dz of the rate target, the same in each tick of a clip
    int32_t *count;   // (n_pad) spikes in the clip
};

struct backward {
    struct law law;
    struct backward_options options;
    float lsb;            // membrane units of one LSB
    float x_lsb;          // real value of one LSB of the input words
    enum network_isa isa; // the best that there is; a test may choose another: same bits
    int n_layers;
    struct backward_layer layer[IMAGE_MAX_LAYERS];
    void *memory;
    size_t gradient_floats; // gw, gtheta, glambda, gbias of all layers lie in one block
    float *gradient;
};

// NULL if the law can be differentiated here, else the choice that is not covered.
const char *backward_check(const struct law *law);

// Allocates for this shape; backward_fini(&zeroed) is legal.
int backward_init(struct backward *b, const struct image_shape *shape, struct fail *f);
void backward_fini(struct backward *b);

// Takes the words of a chip and sets the gradient to zero: the start of a chunk.
void backward_load(struct backward *b, const struct image *im, const struct backward_options *o);

// Adds the gradient of one clip; returns its loss of the rate targets. gcount: (n_out of the last
// layer) dL/d count. t has z and c; also v for a linear leak or neuron_gradients.
double backward_run(struct backward *b, const struct stimulus *s, const struct trace *t,
                    const float *gcount);

// Adds the chunk's gradient to `g` (laid out as net->values), times the chip's own gains.
void backward_collect(const struct backward *b, const struct net *n,
                      const struct virtual_chip_note *note, float *g);

#endif
