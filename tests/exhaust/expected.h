// What a block of lanes must return: the two sides of the comparison meet here.
#ifndef TESTS_EXHAUST_EXPECTED_H
#define TESTS_EXHAUST_EXPECTED_H

#include <stdint.h>

// out (outputs, LANES), as out_o of the generated module. a: v, or u, or the leaking word; b: acc,
// or λ. Both run through all 16-bit words.
void expected(const int16_t a[], const int16_t b[], int64_t out[]);
extern const int expected_outputs;

// The words that stay fixed in the leak stage alone. They move λ by 1628 LSB: out of its range at
// the lower end, or, with the jitter's sign changed (odd roundings), at the upper.
enum { LEAK_SLOPE = 12345, LEAK_JITTER = -4321, LEAK_FRAC = 16 };

static inline int leak_jitter(int round)
{
    return round % 2 ? -LEAK_JITTER : LEAK_JITTER;
}

#endif
