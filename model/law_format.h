// Formats of words, and what holds under every law.
#ifndef MODEL_LAW_FORMAT_H
#define MODEL_LAW_FORMAT_H

#include "model/fx.h"

#include <stdint.h>

// Qm.n has m + n bits with the sign among the m; UQm.n is unsigned. One LSB is 2^-frac.
struct law_format {
    int8_t int_bits;
    int8_t frac_bits;
};

static inline int law_bits(struct law_format f)
{
    return f.int_bits + f.frac_bits;
}

extern const char *const law_round_names[FX_ROUNDS]; // as in chip files

enum { LAW_MAX_SPIKES = 63 }; // of a neuron in a tick

#endif
