// A network as it is trained: real-valued master weights, before any quantisation.
//
// Real numbers are in membrane units (θ of the chip, say 8.0): a spike through weight w moves v by
// w.
#ifndef TWIN_NET_NET_H
#define TWIN_NET_NET_H

#include "model/lif/image.h"
#include "twin/chip/physics.h"
#include "twin/io/labels.h"

// Which values of a neuron there are, by the law's row; of LIF θ, λ and bias always.
struct net_words {
    const struct law_kind *kind;
    bool has[CHIP_VALUES];
};

struct net_layer {
    float *w; // (n_source, n_out) weights, rows as in struct image_layer; a second synapse of the
              // law stays without weights
    float *lambda; // (n_out) leak a tick: exponential: fraction 0..1; shift: bits; linear: membrane
                   // units
    float *theta;  // (n_out) threshold, membrane units
    float *bias;   // (n_out) membrane units a tick
    float *decay;  // (n_out) of the synaptic current, as lambda; NULL: the law has none
    float *gain;   // (n_out) of what was gathered; NULL: the law has none
    float *rest, *reset;       // (n_out) membrane units; NULL: the law has none
    float *value[CHIP_VALUES]; // (n_out) each, by the law's row: of LIF the same arrays; NULL: none
    int n_source;
    int n_out;
};

struct net {
    struct image_shape shape;
    struct net_layer layer[IMAGE_MAX_LAYERS];
    float *values;   // one block that all layers' arrays lie in, in the order of net_layer
    size_t n_values; // of all layers
    struct net_words words;
    enum law_leak leak_kind, decay_kind; // what λ and the decay count: for NIR
    struct labels labels; // classes, each of one or more neurons of the last layer; none: not said
    char chip[64];        // name of the chip it was trained for
    uint64_t chip_hash;   // of chip_file as it was read when the net was saved; 0: not loaded
    char *chip_file;      // the text of that chip's file, owned; NULL: not known (older files)
    int clip_ms;          // heard of a recording when it was trained; 0: SPEECH_CLIP_MS, or none
    // Whom it was trained on, as far as names, a list or an expression said who speaks (docs/data.md):
    uint64_t *speaker; // (n_speakers) ascending, hashes of twin/task/dataset.h; owned
    int n_speakers;    // 0: not known
};

// Adds speakers in any order, those that are there as well.
int net_add_speakers(struct net *n, const uint64_t *speaker, int n_speakers, struct fail *f);

bool net_knows_speaker(const struct net *n, uint64_t speaker);

// The values that a chip's law has words for.
struct net_words net_words_of(const struct chip *c);

// Refuses a net whose values are not those that the chip's law has words for. Rest and reset may be
// missing: they are 0.
int net_check_words(const struct net *n, const struct chip *c, struct fail *f);

// Output spikes of each class: class k is heard through the `population` neurons from
// k · population on. sum (n_out / population); population divides n_out.
void net_class_counts(const int32_t *count, int n_out, int population, int32_t *sum);

// Class that the output counts say: of population-coded outputs (n_out / labels neurons a label)
// the one whose neurons fired most together, of equals the first. A net without labels: each neuron
// is a class.
int net_decide(const struct net *n, const int32_t *count);

// Values of all layers of a net of this shape.
size_t net_size(const struct image_shape *shape, const struct net_words *words);

// Allocates a net of this shape: zeroed, or with all values of neurons and the name of the chip.
// net_fini(&zeroed) is legal.
int net_new(struct net *n, const struct image_shape *shape, const struct net_words *words,
            struct fail *f);
int net_init(struct net *n, const struct image_shape *shape, const struct chip *c, struct fail *f);
void net_fini(struct net *n);

// Keeps a copy of a chip file's text (NULL: of none): what net_save writes with the net.
int net_keep_chip(struct net *n, const char *text, struct fail *f);

// NIR file (HDF5; Python's `nir` opens it) with a group /spiketwin for what NIR cannot say: chip
// file, labels, the real-valued master weights bit for bit and the quantised codes. Sealed
// (twin/io/ hdf5_seal.h), written to a temporary name, synced, renamed. c: the chip of chip_file,
// as a whole or under a condition.
int net_save(const struct net *n, const struct chip *c, const char *path, struct fail *f);

// Reads any net, sealed or of an older version (which has no chip_file). Refuses what is damaged,
// and weights that differ in /node and /spiketwin. λ, θ, weights: as they were saved.
int net_load(struct net *n, const char *path, struct fail *f);

// The codes that the file stores, of each layer (n_source, n_out) of the loaded net. All NULL on
// failure; the caller frees each.
int net_load_codes(int16_t *code[IMAGE_MAX_LAYERS], const struct net *n, const char *path,
                   struct fail *f);

#endif
