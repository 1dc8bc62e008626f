// The 4-bit weights of a DYNAP-SE2 core: four base currents, a mask over them for each synapse, the
// sign by the dendrite (AMPA or GABA).
//
// Given all real weights of a core, the base currents are chosen whose 16 subset sums lie nearest
// to the magnitudes, in (weighted) mean square: alternating least squares from many starts, then
// branch and bound, which finds what they missed and proves that there is nothing better.
#ifndef TWIN_DYNAPSE2_DPI_QUANTISE_H
#define TWIN_DYNAPSE2_DPI_QUANTISE_H

#include "twin/dpi/dpi_fit.h"
#include "base/fail.h"

#include <stdint.h>

struct dpi_quantise_options {
    int starts;               // of alternating least squares, from 1
    uint64_t seed;            // of the starts
    long boxes;               // branch and bound stops after so many; 0: no proof is tried
    const double *importance; // (n) ≥ 0 of each weight, such as its squared gradient; NULL: all 1
};

// What `map` uses: 300 starts; 1 << 20 boxes, of which the matrices tried so far took up to 16 %.
extern const struct dpi_quantise_options dpi_quantise_default;

struct dpi_quantised {
    double base[DPI_BASES]; // ascending, in the unit of the weights
    double rms;             // sqrt(Σ s·error² / Σ s) over the weights that are not 0
    double worst;           // largest |error|
    size_t n;               // weights that are not 0
    bool proved;            // no other base currents have a lower rms (but for rounding)
    long boxes;             // that the proof looked at
};

// w (n): the weights, any sign. Refuses what is not finite and an importance that is negative or
// not finite, by its index. The same bits for the same input everywhere.
int dpi_quantise(struct dpi_quantised *q, const double *w, size_t n,
                 const struct dpi_quantise_options *o, struct fail *f);

// The quantised weight: sign(w)·nearest level of |w|.
double dpi_quantised_weight(const double base[DPI_BASES], double w);

#endif
