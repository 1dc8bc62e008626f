#include "cosim/vectors/signature.h"

#include "model/fx.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { CLUE_BITS = 24, REGISTER = 32 };
static const uint32_t polynomial = 0xedb88320, top = 0x80000000;

static uint32_t step(uint32_t crc, unsigned bit)
{
    crc ^= bit;
    return crc / 2 ^ (crc & 1 ? polynomial : 0);
}

// What gives crc with a bit of 0.
static uint32_t back(uint32_t crc, int bits)
{
    for (; bits; bits--)
        crc = crc & top ? (crc ^ polynomial) * 2 + 1 : crc * 2;
    return crc;
}

static uint32_t take(uint32_t crc, int64_t word, int bits)
{
    uint64_t left = (uint64_t)word;
    for (; bits; bits--, left /= 2)
        crc = step(crc, left & 1);
    return crc;
}

enum { PLACE = 16, SPIKES = 8, LAYER = 4096 };

static int state_bits(const struct vectors_shape *s)
{
    int bits = 0;
    for (int i = 0; i < s->n_states; i++)
        bits += s->state[i].bits;
    return bits;
}

uint32_t signature_of(const struct vectors_shape *s, const int64_t *words)
{
    const int pad = (8 - state_bits(s) % 8) % 8;
    uint32_t crc = UINT32_MAX;
    for (int l = 0; l < s->n_layers; l++)
        for (int n = 0; n < s->n_out[l]; n++) {
            crc = take(crc, n + LAYER * l, PLACE);
            crc = take(crc, words[vectors_place(s, l, 0) + n], SPIKES);
            for (int i = 0; i < s->n_states; i++)
                crc = take(crc, words[vectors_place(s, l, 1 + i) + n], s->state[i].bits);
            crc = take(crc, 0, pad);
        }
    return ~crc;
}

// The word as it is read: with its sign.
static int64_t as_read(uint64_t word, int bits, bool is_signed)
{
    return is_signed ? fx_wrap((int64_t)word, bits) : (int64_t)word;
}

// change: of the register, right after the last bit of a word of `bits`.
static void try_word(const struct vectors_shape *s, const int64_t *words, uint32_t change,
                     struct signature_clue *best, struct signature_clue at)
{
    const int bits = at.kind ? s->state[at.kind - 1].bits : s->spike_bits[at.layer];
    const int wide = at.kind ? bits : SPIKES;
    if (wide > REGISTER) return;
    uint64_t flipped = back(change, REGISTER); // the last 32 bits before, the first lowest
    if (wide < REGISTER && flipped & fx_umax(REGISTER - wide)) return;
    for (int i = wide; i < REGISTER; i++)
        flipped /= 2;
    if (!flipped || flipped > (uint64_t)fx_umax(bits)) return;
    at.flipped = __builtin_popcountll(flipped);
    if (bits > CLUE_BITS && at.flipped > 1) return;
    if (best->flipped && best->flipped <= at.flipped) return;
    at.expected = words[vectors_place(s, at.layer, at.kind) + at.neuron];
    at.got = as_read(((uint64_t)at.expected & (uint64_t)fx_umax(bits)) ^ flipped, bits,
                     at.kind && s->state[at.kind - 1].is_signed);
    *best = at;
}

struct signature_clue signature_clue(const struct vectors_shape *s, const int64_t *words,
                                     uint32_t got)
{
    const int pad = (8 - state_bits(s) % 8) % 8;
    uint32_t change = signature_of(s, words) ^ got;
    struct signature_clue clue = {0};
    for (int l = s->n_layers - 1; l >= 0; l--)
        for (int n = s->n_out[l] - 1; n >= 0; n--) {
            change = back(change, pad);
            for (int kind = s->n_states; kind >= 0; kind--) {
                try_word(s, words, change, &clue, (struct signature_clue){0, l, n, kind, 0, 0});
                change = back(change, kind ? s->state[kind - 1].bits : SPIKES);
            }
            change = back(change, PLACE);
        }
    return clue;
}

int64_t signature_lines(FILE *in, const char *name, FILE *out, char *message, size_t size)
{
    struct vectors_reader *r = vectors_open(in, name);
    const struct vectors_shape *s = 0;
    struct vectors_record record;
    int64_t ticks = 0, *words = 0;
    int rc = r ? 1 : -1, bad = 0;
    snprintf(message, size, "%s: out of memory", name);
    while (rc > 0 && !bad && (rc = vectors_next(r, &record, message, size)) > 0) {
        if (record.kind == VECTORS_SHAPE) {
            s = vectors_reader_shape(r);
            words = calloc((size_t)vectors_tick_words(s), sizeof *words);
            bad = !words;
        }
        if (record.kind != VECTORS_RESULT) continue;
        memcpy(words + vectors_place(s, record.layer, record.of), record.word,
               (size_t)s->n_out[record.layer] * sizeof *words);
        if (record.layer != s->n_layers - 1 || record.of != s->n_states) continue;
        fprintf(out, "%08" PRIx32 "\n", signature_of(s, words));
        ticks++;
    }
    if (bad) snprintf(message, size, "%s: out of memory", name);
    if (!bad && !rc && !ticks) {
        snprintf(message, size, "%s: no result in it", name);
        bad = 1;
    }
    free(words);
    vectors_close(r);
    return rc < 0 || bad ? -1 : ticks;
}
