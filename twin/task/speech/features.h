// Envelopes of recordings in a file, so that what was heard once is not decoded, resampled and filtered again.
//
// An envelope is known by the bytes of its recording (SHA-256), which window of how many it is, and
// by the file's one front end and clip length. So a recording that changed, or moved, is never another's:
// it is heard, and added. A file of another front end or length is refused, and so is a damaged one.
//
//   spiketwin-features 1\n                     the rest in words of the machine, lowest byte first
//   uint64 front                               what it makes of a fixed sound, its coefficients, and the libraries that decode
//   int32 clip_ms, n_hops, n_filters, 0
//   int64 n; n entries (struct entry); uint32 crc-32 of all before, uint32 0
//   n envelopes (n_hops, n_filters), uint16, in the order of the entries
#ifndef TWIN_TASK_SPEECH_FEATURES_H
#define TWIN_TASK_SPEECH_FEATURES_H

#include "base/fail.h"
#include "twin/chip/frontend.h"
#include "twin/io/sha256.h"
#include "twin/task/speech/audio.h"

#include <stddef.h>

// A recording, or a window of it.
struct features_key {
    char sha256[SHA256_TEXT]; // of the file
    int window, windows;      // which of how many
};

struct features;

// What is in the file, all of the same front end and length. A file that is not there has nothing.
// NULL with a message.
struct features *features_open(const char *path, const struct frontend *front, int clip_ms,
                               int n_hops, struct fail *f);
void features_close(struct features *x); // NULL is legal

// Whose bytes they are. False: the file cannot be read.
bool features_key(struct features_key *key, const char *recording);

// The place of an envelope in the file, or -1; then what became of its recording, and its words (n_hops,
// n_filters). Threads may look and read at once. -1 with a message: it cannot be read, or is damaged.
int64_t features_find(const struct features *x, const struct features_key *key);
void features_heard(const struct features *x, int64_t at, struct audio_heard *heard);
int features_read(const struct features *x, int64_t at, uint16_t *envelope, struct fail *f);

// Of n envelopes those that the file has not are added to it, each once; the file is written whole, and
// nothing where nothing is new. Those of sha256 "" are passed over.
struct features_new {
    struct features_key key;
    struct audio_heard heard;
    const uint16_t *envelope;
};
int features_add(const struct features *x, const struct features_new *list, size_t n,
                 struct fail *f);

#endif
