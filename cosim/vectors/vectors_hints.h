// Where results differ: what would match instead. A bench that is one tick late, or counts neurons
// the other way round, has every word wrong and only one fault.
#ifndef COSIM_VECTORS_VECTORS_HINTS_H
#define COSIM_VECTORS_VECTORS_HINTS_H

#include "cosim/vectors/vectors.h"

struct vectors_hints; // what was counted so far

struct vectors_hints *vectors_hints_new(void); // NULL: out of memory; the caller frees it

// Counts a clip that differs: (ticks, vectors_tick_words) each; recorded (ticks, neurons), the
// membrane before its reset, for the states v.
void vectors_hints_count(struct vectors_hints *h, const struct vectors_shape *s, int ticks,
                         const int64_t *expected, const int64_t *recorded, const int64_t *got);

// A sentence, or "" where nothing known would match.
void vectors_hints_tell(const struct vectors_hints *h, const struct vectors_shape *s, char *text,
                        size_t size);

#endif
