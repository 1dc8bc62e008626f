// The law, a network and an image's numbers said a second time, by definition: rounding is a
// division in 128 bits, saturation and wrapping are comparisons and remainders, sums go neuron by
// neuron. Shares types with model/, and no arithmetic.
#ifndef TESTS_MUTANTS_KILL_ORACLE_H
#define TESTS_MUTANTS_KILL_ORACLE_H

#include "model/lif/network.h"

int64_t oracle_divide(int64_t x, int64_t y, int n, enum fx_round r); // round(x·y / 2^n)
int64_t oracle_clamp(const struct law *a, __int128 x, int bits, bool wrap, bool floor_zero);
struct law_stages oracle_step(const struct law *a, const struct law_neuron *n, struct law_state *s,
                              struct law_gathered acc, int align, int max_spikes, int jitter);
int oracle_align(const struct law *a, int input_frac);
int64_t oracle_add(const struct law *a, int64_t acc, int64_t w, int64_t x); // one more source

// State and spikes of a whole network, in the oracle's own layout.
enum { ORACLE_NEURONS = 4096 };
struct oracle {
    struct law_state state[IMAGE_MAX_LAYERS][ORACLE_NEURONS];
    int32_t z[IMAGE_MAX_LAYERS][ORACLE_NEURONS];               // spikes of the last tick
    struct law_state before[IMAGE_MAX_LAYERS][ORACLE_NEURONS]; // of the last tick
    struct law_stages stages[IMAGE_MAX_LAYERS][ORACLE_NEURONS];
    int32_t count[ORACLE_NEURONS];
    int64_t spikes[IMAGE_MAX_LAYERS];
};
void oracle_rest(struct oracle *o, const struct image *im);
void oracle_tick(struct oracle *o, const struct image *im, const struct stimulus *s, int tick);

// Does the writes of a tick, to the words of an image of the caller's own and to the state.
void oracle_write(struct oracle *o, struct image *im, const struct stimulus *s, int tick);
int oracle_bits(const struct law *a, enum image_word word); // 0: the law has no such word
bool oracle_signed(const struct law *a, enum image_word word);
int32_t *oracle_word(struct law_neuron *n, struct law_state *s, enum image_word word);

uint64_t oracle_hash(const struct image *im);
int64_t oracle_bound(const struct image *im, int layer);

#endif
