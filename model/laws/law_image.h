// An image of any law, read through its row: what loads it, checks it against a device and tells of it
// needs no more. A view: image and row stay where they are, and must outlive it.
#ifndef MODEL_LAWS_LAW_IMAGE_H
#define MODEL_LAWS_LAW_IMAGE_H

#include "model/dpi/dpi_network.h"
#include "model/lif/image.h"

struct law_image {
    const struct law_kind *kind;
    const void *image; // struct image, struct dpi_image
    const void *law;   // its parameters
    const void *chip;  // the chip's words; NULL: it has none
    int first;         // the image's layer that is layer 0 here
    struct image_shape shape;
    struct {
        int n_source; // rows of a synapse
        int n_rows;   // of w
        int input_frac;
        const void *w;      // (n_rows, n_out)
        const void *neuron; // (n_out)
    } layer[IMAGE_MAX_LAYERS];
};

// All layers of an image; one layer of a DPI image.
struct law_image law_image_of(const struct image *im);
struct law_image law_image_dpi(const struct dpi_image *im, int layer);

// Where a word lies that is not of the state. row: of the weight, or the entry of a chip's word.
const void *law_image_at(const struct law_image *v, int layer, int word, int neuron, int row);
int64_t law_image_word(const struct law_image *v, int layer, int word, int neuron, int row);

// NULL if every word is in its format, else the kind of word that is not.
const char *law_image_check(const struct law_image *v);

int law_image_neurons(const struct law_image *v); // of all its layers

// Words that a source of layer 0 can have in a tick; 0: no event. Without a sign from 0 on.
struct law_range law_image_inputs(const struct law_image *v);

// image_hash, dpi_image_hash: of the whole image.
uint64_t law_image_hash(const struct law_image *v);

#endif
