// Stimulus and trace: what goes into a network and what happened in it.
//
// Where twin/ and cosim/ meet: the golden model fills a trace, the RTL fills one too, and they are
// compared word for word. Plain data in the caller's memory.
#ifndef MODEL_LIF_TRACE_H
#define MODEL_LIF_TRACE_H

#include "model/lif/image.h"

// A word that changes before a tick begins: a register that a host writes, or (flip) bits that a
// particle turns over. Lasts to the end of the run.
struct stimulus_write {
    int tick;
    int layer;
    int neuron;
    int row;       // of the weight; else 0
    int word;      // of the law's table: enum image_word, enum dpi_word
    bool flip;     // value is XORed into the word instead of taking its place
    int32_t value; // within the word's format; flip: the bits, of which the format's are used
};

// The word that a write makes of `word`, in the word's format.
static inline int64_t stimulus_written(const struct law_range *range,
                                       const struct stimulus_write *e, int64_t word)
{
    int64_t x = e->flip ? word ^ e->value : e->value;
    return range->is_signed ? fx_wrap(x, range->bits) : x & fx_umax(range->bits);
}

// What enters a network: words of the first layer's sources and the clock's jitter, tick by tick.
struct stimulus {
    int n_ticks;
    const uint8_t *x;      // (n_ticks, n_in of layer 0), the law's input format; 0 = no event
    const int16_t *jitter; // (n_ticks), Q1.15 fraction of a tick; NULL = 0 in every tick
    const int32_t *wide;   // the same as x, in its place where input words are signed; else NULL
    const struct stimulus_write *write; // (n_writes), ticks ascending
    int n_writes;
};

// Word of source i in a tick.
static inline int32_t stimulus_x(const struct stimulus *s, int n_in, int tick, int i)
{
    size_t at = (size_t)tick * (size_t)n_in + (size_t)i;
    return s->wide ? s->wide[at] : s->x[at];
}

// Spikes of one tick are kept as bits: neuron n is bit n % 64 of word n / 64.
static inline int trace_spike_words(int n_out)
{
    return (n_out + 63) / 64;
}

// What a layer did. Each array may be NULL: then it is not recorded. Arrays are aligned to 64
// bytes.
struct trace_layer {
    uint64_t *z;  // (n_ticks, trace_spike_words) spikes
    int32_t *c;   // (n_ticks, stride) membrane at the clamp stage, before the reset
    int16_t *c16; // the same in 16 bits, of membranes that have no more
    int32_t *v;   // (n_ticks, stride) state words after the tick
    int32_t *u;
    int32_t *r;
    int32_t *u2;
    int32_t *n; // spikes of the tick; z has n > 0
    int stride; // multiple of 32; entries from tick to tick in c .. n: >= n_out rounded up to 32
};

struct trace {
    struct trace_layer layer[IMAGE_MAX_LAYERS];
    int32_t *count;  // (n_out of the last layer) output spikes over all ticks; never NULL
    int64_t *spikes; // (n_layers) spikes of each layer over all ticks; NULL = not counted
};

// The array of a state word that a trace keeps, by its name; NULL: it keeps no such word.
static inline int32_t *trace_state(const struct trace_layer *t, const char *word)
{
    return !strcmp(word, "v")    ? t->v
           : !strcmp(word, "u")  ? t->u
           : !strcmp(word, "u2") ? t->u2
           : !strcmp(word, "r")  ? t->r
                                 : 0;
}

static inline bool trace_spiked(const struct trace_layer *t, int n_out, int tick, int n)
{
    return fx_bit(t->z[tick * trace_spike_words(n_out) + n / 64], n % 64);
}

#endif
