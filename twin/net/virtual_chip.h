// Virtual chips: image(chip, net, seed, k), a pure function.
//
// The same k is the same chip on every machine and for any number of threads. k = 0 is the nominal
// chip; k >= 1 vary. Evaluation uses chips 1..2^31 − 1; training draws from 2^31 up, so the two
// never meet. Order of the steps: master weight -> code that is stored -> physical value -> varied
// -> rounded to the word -> clamped (clamps are counted) -> faults of the chip file's rates.
#ifndef TWIN_NET_VIRTUAL_CHIP_H
#define TWIN_NET_VIRTUAL_CHIP_H

#include "twin/net/net.h"

enum { VIRTUAL_CHIP_TRAINING = 1u << 31 }; // first k that training may draw

// How far the words of a chip went from the net's master weights; for the backward pass and
// reports.
struct virtual_chip_note {
    float *gain[IMAGE_MAX_LAYERS]; // (n_source, n_out) d word / d master weight: 1 + variation, 0
                                   // where the weight is out of the chip's range; NULL = not wanted
    int64_t clamped;               // words that did not fit their format and were clamped
};

// Allocates an image of this shape, and what virtual_chip_draw and virtual_chip_make work in; NULL:
// out of memory. virtual_chip_free(NULL) is legal.
struct image *virtual_chip_new(const struct chip *c, const struct image_shape *shape);
void virtual_chip_free(struct image *im);

// Refuses a net that this chip cannot be made of, by layer, neuron and value: a nominal θ, λ or
// bias that its word does not hold, a law that wants words which no net has, sums beyond what the
// model computes in. Mismatch may still take a word out of its format: that is clamped and counted.
int virtual_chip_check(const struct chip *c, const struct net *n, struct fail *f);

// What all chips of a net have in common: its weights as they are stored. (n_source, n_out) each.
struct virtual_chip_stored {
    double *charge[IMAGE_MAX_LAYERS]; // membrane units, see struct quantised
    float *slope[IMAGE_MAX_LAYERS];
    void *memory;
};

// Room for a net of this shape; -1 if there is none. virtual_chip_stored_fini(&zeroed) is legal.
int virtual_chip_stored_init(struct virtual_chip_stored *q, const struct image_shape *shape);
void virtual_chip_stored_fini(struct virtual_chip_stored *q);
void virtual_chip_store(struct virtual_chip_stored *q, const struct chip *c, const struct net *n);

// Chip k of a net that is stored already: the words of virtual_chip_make. *im: of virtual_chip_new.
void virtual_chip_draw(struct image *im, const struct chip *c, const struct net *n,
                       const struct virtual_chip_stored *q, uint64_t seed, uint32_t k,
                       struct virtual_chip_note *note);

// Fills *im (virtual_chip_new's, of the net's shape) with the words of chip k, each within its
// format. `note` may be NULL.
void virtual_chip_make(struct image *im, const struct chip *c, const struct net *n, uint64_t seed,
                       uint32_t k, struct virtual_chip_note *note);

// Jitter words of chip k for one clip (its id in the dataset): Q1.15 fractions of a tick, 0 for k =
// 0.
void virtual_chip_jitter(const struct chip *c, uint64_t seed, uint32_t k, uint64_t clip,
                         int16_t *jitter, int n_ticks);

#endif
