// Envelopes to words by the edges of a chip's clock, compiled once for each instruction set
// (ISA_NAME).
#include "base/isa.h"
#include "twin/chip/frontend.h"

#include "model/fx.h"
#include "model/fx_lanes.h"

#include <string.h>

#define FRONTEND_BIN ISA_FUNCTION(frontend_bin)

frontend_bin_kernel FRONTEND_BIN;

// A block of filters is a vector of lanes; its state stays in registers from tick to tick.
enum {
    LANES = 16,
    LEVEL_FRAC = 4, // bits that the level has after the word's
    GAIN_FRAC = 4
};
_Static_assert(FRONTEND_MAX_FILTERS % LANES == 0, "blocks of filters are whole");

// The first `lanes` of a block, 0 in the others.
FX_LANES_INLINE fx_lanes hop_row(const uint16_t *row, int lanes)
{
    typedef uint16_t narrow __attribute__((vector_size(2 * LANES)));
    narrow x = {0};
    if (lanes == LANES)
        memcpy(&x, row, sizeof x);
    else
        memcpy(&x, row, (size_t)lanes * sizeof *row);
    return __builtin_convertvector(x, fx_lanes);
}

FX_LANES_INLINE fx_lanes sum_row(const uint32_t *row, int lanes)
{
    fx_lanes x = {0};
    if (lanes == LANES)
        memcpy(&x, row, sizeof x);
    else
        memcpy(&x, row, (size_t)lanes * sizeof *row);
    return x;
}

// Sum of hops begin..end−1 of a block, rows of n filters; modulo 2^32, as all sums here.
FX_LANES_INLINE fx_lanes hops_between(const uint16_t *envelope, int n, int64_t begin, int64_t end,
                                      int lanes)
{
    fx_lanes sum = {0};
    for (int64_t h = begin; h < end; h++)
        sum = fxl_add(sum, hop_row(envelope + h * n, lanes));
    return sum;
}

// All that lies before a hop: whole blocks of hops, and what is left.
FX_LANES_INLINE fx_lanes hops_before(const uint16_t *envelope, const uint32_t *sums, int n,
                                     int64_t hop, int lanes)
{
    int64_t block = hop / FRONTEND_BLOCK;
    return fxl_add(sum_row(sums + block * n, lanes),
                   hops_between(envelope, n, block * FRONTEND_BLOCK, hop, lanes));
}

// Stages compress, adapt and word of a tick. mean: M.
FX_LANES_INLINE fx_lanes words_of(const struct frontend_spec *s, fx_lanes sum, fx_lanes *mean)
{
    fx_lanes level = fxl_log2(sum, s->floor_bits, s->frac_bits + LEVEL_FRAC);
    fx_lanes above = level - fxl_shr(*mean, s->adapt_shift, FX_NEAREST_EVEN);
    if (s->adapt_shift) *mean += above; // stays 0 otherwise
    fx_lanes word = fxl_shr(above * s->gain, LEVEL_FRAC + GAIN_FRAC, FX_NEAREST_EVEN);
    return fxl_sat(word, fxl_set(0), fxl_set((int32_t)fx_umax(s->int_bits + s->frac_bits)));
}

// One block of filters over all ticks.
FX_LANES_INLINE void bin_block(const struct frontend *fe, const uint16_t *envelope,
                               const uint32_t *sums, int n_hops, int shift_hops,
                               const int16_t *jitter, int n_ticks, uint8_t *words, int lanes)
{
    int n = fe->spec.n_filters;
    int64_t edge = 0;                                       // Q15 of a hop, exact
    int64_t from = fx_sat(-(int64_t)shift_hops, 0, n_hops); // the hop at which the tick begins
    fx_lanes mean = {0}, before = sums ? hops_before(envelope, sums, n, from, lanes) : mean;
    for (int t = 0; t < n_ticks; t++) {
        edge += fe->bin_hops * (fx_shl(1, 15) + (jitter ? jitter[t] : 0));
        int64_t to = fx_sat(fx_shr_rne(edge, 15) - shift_hops, 0, n_hops);
        fx_lanes sum;
        if (sums) {
            fx_lanes until = hops_before(envelope, sums, n, to, lanes);
            sum = fxl_sub(until, before);
            before = until;
        } else
            sum = hops_between(envelope, n, from, to, lanes);
        from = to;
        typedef uint8_t bytes __attribute__((vector_size(LANES)));
        bytes word = __builtin_convertvector(words_of(&fe->spec, sum, &mean), bytes);
        memcpy(words + (int64_t)t * n, &word, (size_t)lanes);
    }
}

void FRONTEND_BIN(const struct frontend *fe, const uint16_t *envelope, const uint32_t *sums,
                  int n_hops, int shift_hops, const int16_t *jitter, int n_ticks, uint8_t *words)
{
    for (int first = 0; first < fe->spec.n_filters; first += LANES) {
        int lanes = fe->spec.n_filters - first;
        const uint32_t *blocks = sums ? sums + first : 0;
        if (lanes >= LANES) // a count known to the compiler
            bin_block(fe, envelope + first, blocks, n_hops, shift_hops, jitter, n_ticks,
                      words + first, LANES);
        else
            bin_block(fe, envelope + first, blocks, n_hops, shift_hops, jitter, n_ticks,
                      words + first, lanes);
    }
}
