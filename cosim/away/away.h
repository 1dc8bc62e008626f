// RTL to take away: a folder with a net's RTL, its words, benches, vectors and scripts, that needs nothing else.
//
// Its texts are the files of cosim/away/folder/, with @KEY@ where the net's own stands (away_keys.c), and those
// files of rtl/ that its top needs, as they are.
#ifndef COSIM_AWAY_AWAY_H
#define COSIM_AWAY_AWAY_H

#include "base/fail.h"
#include "model/lif/image.h"

#include <stdbool.h>
#include <stddef.h>

struct away {
    const char *root; // of the sources: rtl/ and cosim/away/ are in it
    const char *name; // letters, digits, '-' and '_'
    const struct image *image;
    const struct image_shape *shape;
    bool staged;         // registers between the stages of a neuron
    bool rom;            // words as constants, of as few bits as tell them apart; no write port
    const char *vectors; // of this image, with results
};

// NULL, or why there is no RTL of it to take away.
const char *away_check(const struct law_kind *kind, const void *law,
                       const struct image_shape *shape, bool staged);

// All files into `folder`, which is there and empty.
int away_write(const struct away *a, const char *folder, struct fail *f);

#endif
