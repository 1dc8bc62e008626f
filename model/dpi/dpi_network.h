// Networks under the DPI law: the words of one chip, and runs of them.
//
// As model/lif/image.h is for the leaky integrate-and-fire law: where twin/ (which makes images) and
// cosim/ (which loads them into RTL) meet. Plain data in the caller's memory; nothing allocates.
#ifndef MODEL_DPI_DPI_NETWORK_H
#define MODEL_DPI_DPI_NETWORK_H

#include "model/dpi/dpi.h"
#include "model/law_kind.h"

#include <stddef.h>

enum { DPI_MAX_LAYERS = 4, DPI_MAX_NEURONS = 4096 };

// The kinds of word in an image and of state, numbered as write_select_i of rtl/stw_dpi_net.sv. What
// each is stands in dpi_kind (model/law_kind.h).
enum dpi_word {
    DPI_WEIGHT,
    DPI_IO, // of a neuron from here on
    DPI_IDC,
    DPI_ITAU,
    DPI_IGAIN,
    DPI_FLOOR0,
    DPI_FLOOR1,
    DPI_JUMP,
    DPI_DECAY0,
    DPI_DECAY1,
    DPI_DECAY_AHP,
    DPI_ALPHA,
    DPI_GAIN,
    DPI_GAIN_TAU,
    DPI_LOG_IO,
    DPI_LOG_GAIN,
    DPI_THETA,
    DPI_PERIOD,
    DPI_LOG2, // of the tables
    DPI_EXP2,
    DPI_EFOLD,
    DPI_ISYN, // of state
    DPI_GABA,
    DPI_IAHP,
    DPI_IMEM,
    DPI_VMEM,
    DPI_TIMER,
    DPI_Z,
    DPI_WORDS
};

// Smallest and largest value of a kind of word. A weight, theta and vmem have a sign.
int64_t dpi_word_min(const struct dpi_law *law, enum dpi_word word);
int64_t dpi_word_max(const struct dpi_law *law, enum dpi_word word);

struct dpi_layer {
    int n_in;
    int n_out;
    bool recurrent;            // own spikes of the tick before are further sources
    int32_t *w;                // (n_in, + n_out if recurrent: row n_in + m is own neuron m; n_out),
                               // weight format; a spike of the source adds w to its sum
    struct dpi_neuron *neuron; // (n_out)
};

struct dpi_image {
    struct dpi_law law;
    struct dpi_tables *tables;
    int n_layers;
    struct dpi_layer layer[DPI_MAX_LAYERS]; // layer l feeds layer l + 1 within the tick
};

static inline int dpi_sources(const struct dpi_layer *y)
{
    return y->n_in + (y->recurrent ? y->n_out : 0);
}

// NULL if law, sizes and every word keep their rules, else the kind of word that does not.
const char *dpi_image_check(const struct dpi_image *im);

// FNV-1a over law, sizes, tables and words in a fixed byte order: the same on every machine.
uint64_t dpi_image_hash(const struct dpi_image *im);

int dpi_image_neurons(const struct dpi_image *im); // of all layers

// What enters a network: event counts of the first layer's inputs, tick by tick.
struct dpi_stimulus {
    int n_ticks;
    const uint8_t *x; // (n_ticks, n_in of layer 0)
};

// What happened in a layer, (n_ticks, n_out) each. An array may be NULL: not recorded.
struct dpi_trace_layer {
    uint8_t *z;                // spikes of the tick
    int64_t *c;                // imem at the integrate stage, before the reset
    struct dpi_state *state;   // after the tick
    struct dpi_stages *stages; // every intermediate
};

struct dpi_trace {
    struct dpi_trace_layer layer[DPI_MAX_LAYERS];
    int32_t *count; // (n_out of the last layer) spikes over all ticks; never NULL
};

// Runs one stimulus; `state`, (neurons of all layers, layer by layer), is that before the first
// tick (dpi_image_rest) and after the last, so that a run can be carried on.
void dpi_run(const struct dpi_image *im, const struct dpi_stimulus *s, struct dpi_state *state,
             struct dpi_trace *t);

// The state in which runs begin, (neurons of all layers).
void dpi_image_rest(const struct dpi_image *im, struct dpi_state *state);

#endif
