// Spoken words as a corpus: every clip of a folder as its front-end envelope.
//
// The envelope (0.25 ms hops) is what clips have in common for all chips; a chip's clock edges, and
// training's time shifts, act when it is binned into ticks. An envelope and its sums take 160 kB at
// 16 filters, and no code that keeps each bit takes less than 40 kB; the samples that it is made of
// take 18 kB (sound_pack.h). So envelopes are kept up to SPEECH_OPEN_BYTES, first of the clips that
// are heard by many chips; further clips are kept as samples, and go through the front end at each
// use. Words are the same bits either way.
#ifndef TWIN_TASK_SPEECH_SPEECH_H
#define TWIN_TASK_SPEECH_SPEECH_H

#include "twin/io/progress.h"
#include "twin/task/corpus.h"

#include <stddef.h>

// What became of the recordings on their way to the front end: clips of a kind, and an example (the
// first in order; of the longer ones the longest).
struct speech_notes {
    int n_heard;
    int n_longer, longest; // than clip_ms, and not cut in windows; an index into corpus.set.clip
    double longest_ms;
    int n_clipped, clipped; // with samples over full scale
    int64_t clipped_samples;
    int n_silent, silent; // all zero, as far as they are heard
    int n_resampled;
    int n_mixed; // several channels averaged
    int n_cut;   // recordings that are several windows
    int n_tails; // of which the end is shorter than half a window, and not heard
    double tails_ms;
};

extern const struct corpus_kind speech_kind;

// With ask->features the envelopes that are kept come of that file where it has them, and are added to it
// where it has not; the samples of further clips do not.
struct speech {
    struct corpus corpus; // of speech_kind: what all but the notes are heard through
    struct speech_notes notes;
    struct frontend front;
    int clip_ms; // heard of each
    int n_hops;
    uint16_t *envelope; // (n_open, n_hops, n_filters)
    uint32_t *sums;     // (n_open, n_hops / FRONTEND_BLOCK + 1, n_filters) of it; may be NULL
    int *row;           // (n_clips) of a clip in envelope, or −1; NULL: clip i is row i
    struct speech_packed *packed; // the other clips; NULL: none
    size_t n_open, n_packed;      // clips
    size_t packed_bytes;          // of all packed clips
    int n_saved;                  // clips that came of ask->features
};

#define SPEECH_OPEN_BYTES ((size_t)1600000000) // 10,000 clips of 16 filters

// Speech Commands: at most 1 s; shorter clips are padded with zeros.
enum { SPEECH_CLIP_MS = 1000, SPEECH_LEAST_MS = 10, SPEECH_MOST_MS = 600000 };

// Opens the folder and runs the front end over the clips of the wanted splits, in parallel. wanted:
// (DATASET_SPLITS), NULL: all; a clip of another split is known but not read, and has no words.
// speech_close(&zeroed) is legal.
int speech_open(struct speech *s, const struct chip *c, const struct dataset_ask *ask,
                const bool *wanted, const struct progress *p, struct fail *f);

// The same with another limit of memory for envelopes, for tests and benches.
int speech_open_within(struct speech *s, const struct chip *c, const struct dataset_ask *ask,
                       const bool *wanted, size_t open_bytes, const struct progress *p,
                       struct fail *f);
void speech_close(struct speech *s);

#endif
