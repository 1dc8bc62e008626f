// Corners of a law: where a wrong device differs from a right one, and how often a stimulus was there.
//
// The list follows from the law's row: ends and bits of each state word, bits of each word of the chip,
// events and jitter; and from the law's corners_law: its roundings, clamps, comparisons and what else may
// happen in a tick. An observer of the reference counts them. What no stimulus can reach on this chip is
// proven by the ranges of sums and states; what is neither reached nor proven is not known.
#ifndef COSIM_CORNERS_CORNERS_H
#define COSIM_CORNERS_CORNERS_H

#include "model/laws/reference.h"

#include <stdio.h>

enum { CORNERS_NAME = 72, CORNERS_SLOTS = 12, CORNERS_LAYERS = IMAGE_MAX_LAYERS };

struct corner {
    char name[CORNERS_NAME];
    bool of_bits;                  // it stands for bits of a word, each of which has to be seen
    const char *why;               // where `never` says so
    int64_t count[CORNERS_LAYERS]; // how often; of bits: in how many neurons and ticks
    uint64_t bits, seen[CORNERS_LAYERS],
        never[CORNERS_LAYERS]; // of bits: which there are, were seen
                               // and cannot be; else 1: reached
};

struct corners_law;

struct corners {
    struct law_image im;
    const struct corners_law *law; // NULL: only what follows from its row
    int n, first[8];               // of each family of them
    struct corner *corner;         // (n)
    struct corners_neuron *neuron; // (neurons of all layers)
    bool jitters;                  // a word of the chip moves with jitter
};

// The list for an image, which must outlive it. False: out of memory; corners_fini is legal all the same.
bool corners_init(struct corners *c, const struct law_image *im);
void corners_fini(struct corners *c);

// Counts back to 0; what is of the chip alone stays.
void corners_clear(struct corners *c);

// One tick of one neuron of a reference, and the words that entered: to be called by its watch.
void corners_see(struct corners *c, const struct law_tick *in, int layer, int neuron,
                 const void *before, const void *stages, const void *after);

// A tick's events and jitter word, once a tick.
void corners_see_tick(struct corners *c, const struct stimulus *s, int tick);

struct corners_interval {
    int64_t lo, hi; // lo > hi: none
};

// Words that a source of the layer can have.
struct corners_interval corners_inputs(const struct law_image *im, int layer);

// Smallest and largest sum of w·x of a neuron's synapse (0 or 1).
struct corners_interval corners_sums(const struct law_image *im, int layer, int neuron,
                                     int synapse);

// Runs a tick of a stimulus from where the reference is, and counts.
void corners_tick_of(struct corners *c, struct reference *r, const struct stimulus *s, int tick);

// Runs a stimulus from rest and counts. r: a reference of the same image.
void corners_run(struct corners *c, struct reference *r, const struct stimulus *s);

// The counts alone, which corners_add and what is below take. False: out of memory.
bool corners_copy(struct corners *to, const struct corners *from);

// Adds the counts of another of the same law and shape; out of reach is what is so in both.
void corners_add(struct corners *c, const struct corners *from);

bool corner_there(const struct corner *x); // the law has it
// How often in all layers; of bits: how many were seen in any.
int64_t corner_count(const struct corner *x);
bool corner_reached(const struct corner *x); // all of its bits
// What of it is neither reached nor proven out of reach.
uint64_t corner_open(const struct corners *c, const struct corner *x);

// Of `n`: reached, proven out of reach, not known.
struct corners_sum {
    int reached, impossible, open;
};
struct corners_sum corners_sum(const struct corners *c);

// A line for a corner: its name, count, and what is left of it. size: 200 or more.
void corner_line(const struct corners *c, const struct corner *x, char *text, size_t size);

// "reached: ..." with the sum, then a line for each corner.
void corners_print(const struct corners *c, FILE *to);

// What is left of a corner, "" if nothing: "not reached", "bits 3, 7 not reached", "out of reach: ...".
void corner_left(const struct corners *c, const struct corner *x, char *text, size_t size);

#endif
