// The image: every word of one chip, ready to run, to be loaded into RTL, or to be hashed.
//
// It is where twin/ (which makes images) and cosim/ (which loads them into RTL) meet. Plain data in
// the caller's memory; nothing here allocates.
#ifndef MODEL_LIF_IMAGE_H
#define MODEL_LIF_IMAGE_H

#include "model/lif/law.h"
#include "model/law_kind.h"

#include <stddef.h>

enum { IMAGE_MAX_LAYERS = 8, IMAGE_MAX_NEURONS = 4096 };
enum { IMAGE_MAX_TAPS = 64, IMAGE_MAX_LATE = 63 }; // ticks

// Who feeds a layer.
enum image_topology {
    IMAGE_DENSE,     // every source reaches every neuron
    IMAGE_ONE_TO_ONE // source n reaches neuron n only
};

// The kinds of word in an image and of state, numbered as write_select_i of rtl/stw_net.sv. What each
// is stands in lif_kind (model/law_kind.h).
enum image_word {
    WORD_WEIGHT,
    WORD_LAMBDA,
    WORD_LAMBDA_SLOPE,
    WORD_MU,
    WORD_MU_SLOPE,
    WORD_THETA,
    WORD_BIAS,
    WORD_MU2,
    WORD_MU2_SLOPE,
    WORD_GAIN,
    WORD_REST,
    WORD_RESET,
    WORD_V, // state from here on
    WORD_U,
    WORD_U2,
    WORD_R,
    WORDS
};

struct image_shape {
    int n_layers;
    struct {
        int n_in;
        int n_out;
        enum image_topology topology; // IMAGE_ONE_TO_ONE: n_in == n_out, not recurrent
        bool recurrent;               // own spikes of the tick before are further sources
        bool delayed;                 // hears the layer before it one tick late; not layer 0
        int max_spikes;               // of a neuron in a tick: 1, 3, 7, .. 63; 0 stands for 1
        int taps; // times that it hears each source, each with weights of its own; 0 stands for 1
        int spacing; // ticks from a tap to the next; 0 with one tap
    } layer[IMAGE_MAX_LAYERS];
};

struct image_layer {
    int n_in;
    int n_out;
    int n_heard;  // rows of the inputs: taps · n_in (row k·n_in + f: source f, k·spacing ticks
                  // late); one-to-one: 1
    int n_source; // rows of a synapse: n_heard, + n_out if recurrent (row n_heard + m: own neuron m)
    int n_rows;   // of w: n_source, twice that with a second synapse
    enum image_topology topology;
    bool recurrent;
    bool delayed;
    int max_spikes;                // 1 or more
    int taps, spacing;             // 1 and 0, or more
    int input_frac;                // fraction bits of x: the law's input format in layer 0, else 0
    int16_t *w;                    // (n_rows, n_out), weight format; the second synapse's rows last
    union {                        // (n_out)
        struct law_neuron *neuron; // of the law lif
        void *words;               // of any: the struct of its row
    };
};

struct image {
    const struct law_kind *kind;
    union {
        struct law law; // of the row lif. Of any other its first members: the formats of input
                        // words, weights and membrane stand first in every law's struct
        unsigned char params[LAW_BYTES];
    };
    int n_layers;
    struct image_layer layer[IMAGE_MAX_LAYERS]; // layer l feeds layer l + 1 within the tick
};

// NULL if the shape can be built, else what is wrong with it.
const char *image_shape_check(const struct image_shape *s);

// Rows of a synapse of a layer: of its inputs, and with those of its own spikes.
int image_heard(const struct image_shape *s, int layer);
int image_fan_in(const struct image_shape *s, int layer);

// Ticks that its last tap is late; 0 without.
int image_late(const struct image_shape *s, int layer);

// Bytes that image_lay_out needs for the words of this law and shape: a multiple of 64. params: the law's
// parameters, the struct of its row.
size_t image_bytes(const struct law_kind *kind, const void *params, const struct image_shape *s);

// Lays the image out in `memory` (image_bytes, aligned to 64, zeroed by the caller).
void image_lay_out(struct image *im, const struct law_kind *kind, const void *params,
                   const struct image_shape *s, void *memory);

// The same of the law lif.
size_t image_size(const struct law *law, const struct image_shape *s);
void image_init(struct image *im, const struct law *law, const struct image_shape *s, void *memory);

struct image_shape image_shape_of(const struct image *im);

// The words of a neuron: the struct of the law's row.
static inline void *image_words(const struct image *im, int layer, int neuron)
{
    return (char *)im->layer[layer].words + (size_t)neuron * im->kind->neuron;
}

// NULL if every word is within its format and no sum can exceed what the model computes in, else
// the kind of word that is not.
const char *image_check(const struct image *im);

// What law_step_ref needs to know of a layer.
struct law_layer image_law_layer(const struct image *im, int layer);

// Largest word that a source of the layer can have: of its inputs, and of its own spikes.
int64_t image_input_max(const struct image *im, int layer);

// Bits of a kind of word (0: the law has no such word), and whether it has a sign.
int image_word_bits(const struct law *law, enum image_word word);
bool image_word_signed(const struct law *law, enum image_word word);

// Smallest and largest word of a kind; both 0 where the law has no such word.
int64_t image_word_min(const struct law *law, enum image_word word);
int64_t image_word_max(const struct law *law, enum image_word word);

// FNV-1a over law, shape and words in a fixed byte order: the same on every machine.
uint64_t image_hash(const struct image *im);

// Largest |acc| that any input can gather in a layer; the proof that narrow accumulators suffice.
int64_t image_gather_bound(const struct image *im, int layer);

int image_neurons(const struct image *im); // of all layers

#endif
