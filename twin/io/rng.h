// Random numbers: PCG by its own library (libpcg-cpp), one stream for each use.
//
// A stream is named by (seed, id, kind, index); elements are drawn in order. Nothing shares a
// generator. Normals come by inversion, one 64-bit draw each, with IEEE basic operations only: the
// same bits on every machine and compiler.
#ifndef TWIN_IO_RNG_H
#define TWIN_IO_RNG_H

#include <stddef.h>
#include <stdint.h>

enum rng_kind {
    RNG_WEIGHT_GAIN = 1,
    RNG_WEIGHT_OFFSET,
    RNG_THRESHOLD,
    RNG_LEAK,
    RNG_INPUT_GAIN,
    RNG_JITTER,
    RNG_INITIAL_WEIGHTS,
    RNG_SHUFFLE,
    RNG_SHIFT,
    RNG_STUCK,
    RNG_DEAD,
    RNG_FLIP,
    RNG_CIRCUIT,       // circuit parameters of a DPI neuron; index: the neuron
    RNG_EVENTS,        // input of a DPI task
    RNG_STIMULUS,      // events at random; index: the tick
    RNG_VALUE,         // values of a neuron in their order: 8 kinds
    RNG_DECAY = 24,    // of LIF neurons
    RNG_GAIN,          // the same
    RNG_MASK,          // what training hides of clips; index: 0 ticks, 1 filters
    RNG_QUANTISE = 32, // starts of a fit: neither a chip nor a net depends on its number
    RNG_BOOTSTRAP = 64 // what is drawn about results, not for chips, begins here
};

struct rng_stream {
    uint64_t seed;
    uint64_t id;        // chip k, epoch, ...
    enum rng_kind kind; //
    uint64_t index;     // layer, clip, ...
};

// Fills x[0..n) with the first n elements of the stream.
void rng_words(struct rng_stream s, uint64_t *x, size_t n);
void rng_words_from(struct rng_stream s, size_t first, uint64_t *x,
                    size_t n);                              // from element `first`
void rng_normals(struct rng_stream s, double *x, size_t n); // N(0, 1)
void rng_normals_from(struct rng_stream s, size_t first, double *x,
                      size_t n);                             // from element `first`
void rng_uniforms(struct rng_stream s, double *x, size_t n); // [0, 1)

// Standard normal quantile of the 64-bit word u. Wichura 1988, AS 241 (PPND16).
double rng_normal_of(uint64_t u);

#endif
