// What identifies the stimulus of a clip, so that a device in the pipe cannot drop or change it
// unseen: `gen` writes it into the head, the reader holds it against what came back.
#ifndef COSIM_VECTORS_VECTORS_STIMULUS_H
#define COSIM_VECTORS_VECTORS_STIMULUS_H

#include "model/lif/trace.h"

#include <stdint.h>

struct vectors_stimulus {
    int clip; // its number
    int ticks;
    int64_t events;
    uint64_t events_hash; // FNV-1a over tick (8 bytes), source (8), word (8) of each event
    uint64_t jitter_hash; // FNV-1a over each tick's word (8 bytes, sign-extended)
    bool jitters;         // a jitter word that is not 0
};

void vectors_stimulus_begin(struct vectors_stimulus *s, int clip);
void vectors_stimulus_tick(struct vectors_stimulus *s, int jitter, const int32_t *x, int n_in);
struct vectors_stimulus vectors_stimulus_of(int clip, const struct stimulus *s, int n_in);

// All clips of a file, in their order.
struct vectors_sent {
    int64_t clips, ticks, events;
    uint64_t
        hash; // FNV-1a over number, ticks, events and the two hashes of each clip, 8 bytes each
};

void vectors_sent_begin(struct vectors_sent *s);
void vectors_sent_add(struct vectors_sent *s, const struct vectors_stimulus *clip);

#endif
