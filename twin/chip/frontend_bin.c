// The second half of the front end: sums of hops, and words by the best instruction set at hand.
#include "twin/chip/frontend.h"

#include "base/isa.h"

#include <string.h>

ISA_KERNEL(frontend_bin_kernel, frontend_bin)

void frontend_sums(const struct frontend *fe, const uint16_t *envelope, int n_hops, uint32_t *sums)
{
    int n = fe->spec.n_filters;
    memset(sums, 0, (size_t)n * sizeof *sums);
    for (int b = 1; b <= n_hops / FRONTEND_BLOCK; b++)
        for (int k = 0; k < n; k++) {
            uint32_t sum = sums[(b - 1) * n + k];
            for (int h = (b - 1) * FRONTEND_BLOCK; h < b * FRONTEND_BLOCK; h++)
                sum += envelope[h * n + k];
            sums[b * n + k] = sum;
        }
}

void frontend_bin(const struct frontend *fe, const uint16_t *envelope, const uint32_t *sums,
                  int n_hops, int shift_hops, const int16_t *jitter, int n_ticks, uint8_t *words)
{
    frontend_bin_isa[isa_best()](fe, envelope, sums, n_hops, shift_hops, jitter, n_ticks, words);
}
