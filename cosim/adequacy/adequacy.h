// Which wrong devices would vectors let through? Laws that differ in one choice, words and states narrower or
// with a bit that is stuck, roundings that are off, orders that are swapped: each is run beside the right
// model, neuron by neuron and tick by tick from the right model's state, up to the first tick in which it
// leaves another state word or spike. What never does would pass.
#ifndef COSIM_ADEQUACY_ADEQUACY_H
#define COSIM_ADEQUACY_ADEQUACY_H

#include "cosim/corners/clips.h"
#include "cosim/corners/corners_law.h"

enum wrong_group {
    WRONG_LAW,      // one parameter
    WRONG_ROUNDING, // one product or quotient
    WRONG_WORDS,    // all words of a kind
    WRONG_STATE,    // a state word of all neurons
    WRONG_ORDER,    // what is heard, of whom and when
    WRONG_PART,     // one source or neuron
    WRONG_GROUPS
};
extern const char *const wrong_groups[WRONG_GROUPS];

struct wrong {
    char name[96];
    enum wrong_group group;
    int what, word, bit; // of its group: an operation, a word of the row or a slot, a bit
    int layer, source;   // WRONG_PART
    const void *law;     // WRONG_LAW: the parameters
    bool found;          // these vectors tell it from the right device
};

// One bit of one word, stuck: too many to be named each.
struct wrong_bits {
    int word;
    int64_t n, found;
    int each;       // of large nets one word of so many is asked; else 1
    char first[96]; // of those that pass
};

struct adequacy {
    struct law_image im;
    const struct corners_law *law; // NULL: the law has no corners of its own
    int n;
    struct wrong *wrong; // (n)
    int n_bits;
    struct wrong_bits bits[LAW_MAX_WORDS];
    int64_t ticks;
    int sum_bits[IMAGE_MAX_LAYERS]; // that the sums of a layer need, with the sign
    // of the inside
    unsigned char *laws; // (.., LAW_BYTES)
    uint64_t **alive[2]; // [stuck at][word]: (words) bits of each that are not found yet
    char *kept;          // state at the end of the clip before
    bool keeps;
};

// All wrong devices of an image, which must outlive it. False: out of memory; adequacy_fini is legal all
// the same.
bool adequacy_init(struct adequacy *a, const struct law_image *im);
void adequacy_fini(struct adequacy *a);

// Shows a clip, from rest, to all that are not found yet, in threads. False: out of memory.
bool adequacy_show(struct adequacy *a, const struct stimulus *s);

// After all clips: counts single bits and names the first of them that pass.
void adequacy_end(struct adequacy *a);

// How many there are, and are found: of each group, and of single bits.
struct adequacy_sum {
    int n, found, of[WRONG_GROUPS], found_of[WRONG_GROUPS];
    int64_t bits, bits_found;
};
struct adequacy_sum adequacy_sum(const struct adequacy *a);

// Clips that find more of them, searched for from the seed. False: out of memory.
bool adequacy_kill(struct adequacy *a, uint64_t seed, int ticks, struct corners_clips *to);

#endif
