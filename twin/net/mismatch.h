// What mismatch makes of a net's words: virtual chips against the nominal one, kind by kind, without data.
#ifndef TWIN_NET_MISMATCH_H
#define TWIN_NET_MISMATCH_H

#include "twin/io/progress.h"
#include "twin/net/image_diff.h"
#include "twin/net/virtual_chip.h"

enum { MISMATCH_BINS = 64, MISMATCH_MOST_CHIPS = 1000000 };

// One kind of word of one layer. A change is a chip's word less the nominal one's, LSB; means and squares
// are over all words of all chips.
struct mismatch_row {
    struct image_diff largest; // the change that is largest, of the first chip that has it
    uint32_t k;                // that chip
    int64_t words, differ;     // of all chips
    double nominal_square;     // mean square of the nominal words, LSB^2
    double mean, mean_size, mean_square; // of a change, of its size, of its square
    int32_t lo, hi;                      // of all words, the nominal ones too
    // Words in MISMATCH_BINS equal parts of lo..hi, if they were asked for.
    int64_t nominal[MISMATCH_BINS], chips[MISMATCH_BINS];
};

struct mismatch {
    int n;                    // rows
    int64_t clamped;          // words of all chips that did not fit their format
    int64_t words;            // of all chips
    struct mismatch_row *row; // (n)
};

// Chips first..first + n_chips - 1 of this seed, first >= 1. The same result for any number of threads. bins: each
// chip is drawn once more, for its distributions.
// Refuses a net that the chip cannot be made of, and a list of no chips.
int mismatch_of(struct mismatch *m, const struct chip *c, const struct net *n, uint64_t seed,
                uint32_t first, int n_chips, bool bins, const struct progress *p, struct fail *f);
void mismatch_fini(struct mismatch *m); // of zeroed is legal

// Which bin of a row a word is in.
int mismatch_bin(const struct mismatch_row *r, int32_t word);

// sd of a change over the root mean square of the nominal words; NaN where these are all 0.
double mismatch_relative(const struct mismatch_row *r);

#endif
