// The signature of a tick: 32 bits over all state words that neurons have after it, each with its place. A board sends
// it in place of a full trace; rtl/stw_signature.sv makes the same.
//
// CRC-32 of zlib, PNG and Ethernet (polynomial 04c11db7, reflected; from and xor ffffffff) over the neurons of
// the tick, layer by layer, neuron by neuron:
//
//   bytes   what
//   2       place: neuron + 4096 · layer, the lower byte first
//   1       spikes in the tick
//   ..      states as one number, the first of the law's row lowest, each of its bits in two's complement,
//           0 up to a whole byte; the lowest byte first
//
// It is linear: what is flipped alone decides how it changes. One flipped bit, however many states there are, and any
// change of one word of up to 32 bits always show, and one flipped bit is known by its change.
#ifndef COSIM_VECTORS_SIGNATURE_H
#define COSIM_VECTORS_SIGNATURE_H

#include "cosim/vectors/vectors.h"

// words: (vectors_tick_words) of a tick.
uint32_t signature_of(const struct vectors_shape *s, const int64_t *words);

// The word that alone would give `got`; of several that with the fewest flipped bits. Words of more than 24 bits are
// looked at for one flipped bit: of more any change would fit by chance.
struct signature_clue signature_clue(const struct vectors_shape *s, const int64_t *words,
                                     uint32_t got);

// Of each tick of a file with all results its signature, a line of 8 hexadecimal digits. Ticks, or -1 with a message.
int64_t signature_lines(FILE *in, const char *name, FILE *out, char *message, size_t size);

#endif
