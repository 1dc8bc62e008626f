// Faults: weight bits that are stuck, neurons that are dead, state or weight bits that flip.
//
// A list from a file, the same for every chip, or rates in the chip file, drawn for each chip k and
// clip. What is stuck or dead is in the image, what flips is a write of the stimulus, so the golden
// model and the RTL get the very same faults.
//
//   stuck LAYER NEURON ROW BIT 0|1          a weight's bit, from power-up on
//   dead LAYER NEURON                       never fires: weights and bias 0, threshold at its top
//   flip TICK LAYER NEURON STATE BIT        a state bit, before the tick begins, in every clip
//   flip TICK LAYER NEURON weight BIT ROW   a weight's bit, to the end of the clip
//
// One fault a line; # begins a comment. Rows as in struct image_layer. STATE is a state word of the law's row
// (model/law_kind.h) of which every pattern of bits is a word: of LIF v, u, u2, r, of DPI isyn, gaba, iahp,
// imem, vmem, timer, those that the chip's law has.
#ifndef TWIN_CHIP_FAULTS_H
#define TWIN_CHIP_FAULTS_H

#include "model/laws/law_image.h"
#include "model/lif/trace.h"
#include "twin/chip/chip.h"

struct fault_fixed {
    bool dead;
    int layer, neuron;
    int row, bit, value; // of a stuck bit
};

struct faults {
    struct fault_fixed *fixed; // (n_fixed)
    int n_fixed;
    struct stimulus_write *flip; // (n_flips), ticks ascending
    int n_flips;
};

// Reads a list for nets of this law (its row and parameters) and shape. Refuses the whole file with
// "FILE:LINE: ...". faults_free(&zeroed) is legal.
int faults_read(struct faults *a, const char *path, const struct law_kind *kind, const void *law,
                const struct image_shape *shape, struct fail *f);
void faults_free(struct faults *a);

// Writes what is stuck or dead into the image that is shown. `a` may be NULL.
void faults_fix(const struct faults *a, const struct law_image *im);

static inline void faults_fix_image(const struct faults *a, struct image *im)
{
    if (!a) return;
    const struct law_image view = law_image_of(im);
    faults_fix(a, &view);
}

// Of a list as a text of its own: what the bits of a prediction depend on.
uint32_t faults_crc(const struct faults *a);

// What the chip file's rates make stuck or dead in chip k; none for k = 0.
void faults_draw_fixed(const struct chip *c, uint64_t seed, uint32_t k, struct image *im);

// Writes that a stimulus of n_ticks can have: the list's and, with a rate, all that could be drawn.
int faults_room(const struct faults *a, const struct chip *c, const struct image_shape *shape,
                int n_ticks);

// Adds the flips of the list, and those drawn for (chip k, clip), to the stimulus. `write` has
// faults_room entries and must outlive it. `a` may be NULL.
void faults_flip(const struct faults *a, const struct chip *c, const struct image *im,
                 uint64_t seed, uint32_t k, uint64_t clip, struct stimulus *s,
                 struct stimulus_write *write);

#endif
