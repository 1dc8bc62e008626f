// The front end: sound to one UQ word a filter and tick, in integers from the sample on.
//
//   stage     formula                                                          word
//   filter    y = rne((b0·(x − x₋₂) − a1·y₋₁ − a2·y₋₂) / 2^20), twice          Q22.10 sample LSB
//   rectify   e = Σ |y| over the samples of a hop                              exact
//   envelope  E = sat(rne(e / (hop·2^9)))                                      UQ15.1 sample LSB
//   bin       S = Σ E over the hops between two clock edges                    exact
//   compress  L = log2(1 + S / 2^floor_bits), fx_log2                          UQ.(frac_bits + 4)
//   adapt     L' = L − rne(M / 2^k), M' = M + L', from M = 0; k = adapt_shift   (k > 0)
//   word      W = sat(rne(L'·gain / 2^8))                                      UQ int.frac
//
// Double precision only designs the coefficients, in frontend_init; after it every compiler and
// instruction set gives the same bits. Filters: band pass with 0 dB at the centre of
// R. Bristow-Johnson's Audio EQ Cookbook, two equal ones in cascade.
#ifndef TWIN_CHIP_FRONTEND_H
#define TWIN_CHIP_FRONTEND_H

#include "base/fail.h"

#include <stdint.h>

enum { FRONTEND_MAX_FILTERS = 64, FRONTEND_COEF_FRAC = 20, FRONTEND_GUARD = 10 };

struct frontend_spec {
    int rate_hz;      // Hz, of the samples
    int n_filters;    // 1..64, centres evenly spaced on the mel scale between
    double f_low_hz;  // Hz, the lower neighbour of the first centre
    double f_high_hz; // Hz, the upper neighbour of the last; below rate_hz / 2
    double bandwidth; // −3 dB width of a filter over the mean distance to its neighbours
    int hop_samples;  // samples, a power of two up to 16: the grain of clock edges and time shifts
    double bin_ms;    // ms, a tick of the nominal clock; a whole number of hops
    int int_bits;     // of the words, UQ int_bits.frac_bits, at most 8 bits
    int frac_bits;    //
    int floor_bits;   // log2 of the bin sum that gives L = 1; 6 at 32 hops: a mean |y| of 1 LSB
    int adapt_shift;  // log2 of the ticks over which a filter's mean is tracked; 0 = not
    int gain;         // UQ.4, 16 = 1
};

struct frontend {
    struct frontend_spec spec;
    int bin_hops; // hops of a nominal tick
    double centre_hz[FRONTEND_MAX_FILTERS];
    double width_hz[FRONTEND_MAX_FILTERS]; // −3 dB, of the cascade
    int32_t b0[FRONTEND_MAX_FILTERS];      // Q2.20, of each of the two; 0 behind n_filters
    int32_t a1[FRONTEND_MAX_FILTERS];      // Q2.20
    int32_t a2[FRONTEND_MAX_FILTERS];      // Q2.20
};

// Checks the spec and designs the filters. Nothing to release.
int frontend_init(struct frontend *fe, const struct frontend_spec *s, struct fail *f);

// samples (n_samples, Q1.15) to envelope (n_samples / hop_samples, n_filters); a last hop that is
// not whole is dropped. Filters start at rest.
void frontend_envelope(const struct frontend *fe, const int16_t *samples, int n_samples,
                       uint16_t *envelope);

// Sums of whole blocks of hops, (n_hops / FRONTEND_BLOCK + 1, n_filters): row b is the sum of all
// hops before b·FRONTEND_BLOCK, modulo 2^32. With them a bin of any length takes a few additions.
enum { FRONTEND_BLOCK = 8 };
void frontend_sums(const struct frontend *fe, const uint16_t *envelope, int n_hops, uint32_t *sums);

// envelope (n_hops, n_filters), with its sums or NULL, to words (n_ticks, n_filters). Tick t lasts
// bin·(1 + jitter[t]), jitter in Q1.15 fractions of a tick (n_ticks) or NULL for none; an edge is
// the exact sum of the ticks before it, rounded to a hop (nearest even). The clip is moved later by
// shift_hops; hops outside it are 0.
typedef void frontend_bin_kernel(const struct frontend *fe, const uint16_t *envelope,
                                 const uint32_t *sums, int n_hops, int shift_hops,
                                 const int16_t *jitter, int n_ticks, uint8_t *words);
frontend_bin_kernel frontend_bin;

#endif
