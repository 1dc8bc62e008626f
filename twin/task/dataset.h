// A folder of spoken words in the layout of Speech Commands (Warden, arXiv 1804.03209).
//
//   DIR/WORD/SPEAKER_nohash_N.wav     one folder a word; .flac, .ogg and .aiff as well
//   DIR/validation_list.txt           lines WORD/FILE; what no list names is training
//   DIR/testing_list.txt              both may be absent; the extension in a list does not count
//
// No speaker is on two sides of training, validation and test: a folder where one is, is refused.
#ifndef TWIN_TASK_DATASET_H
#define TWIN_TASK_DATASET_H

#include "base/fail.h"

#include <stdint.h>

enum dataset_split {
    SPLIT_TRAIN,
    SPLIT_HELD, // training speakers held back: speaker % 100 < held_percent
    SPLIT_VALIDATION,
    SPLIT_TEST,
    DATASET_SPLITS
};

extern const char *const dataset_split_names[DATASET_SPLITS];

struct dataset_clip {
    char *path;       // DIR/WORD/FILE
    int label;        // index into word
    uint64_t speaker; // FNV-1a (64 bit) of the file name up to `_nohash_`, or up to its extension
    uint64_t id;      // FNV-1a of word and file name without extension: the clip wherever it lies
    enum dataset_split split;
};

struct dataset {
    char **word; // (n_words) in the order asked for, else sorted
    int n_words; // >= 2
    struct dataset_clip
        *clip; // (n_clips) sorted by path without extension: same order on every machine
    int n_clips;
    int n_split[DATASET_SPLITS]; // clips of each split
};

// `words` is "yes,no", or NULL for all folders that hold audio and do not start with `_` or `.`.
// held_percent: 0..99. On failure *d is empty and needs no close.
int dataset_open(struct dataset *d, const char *dir, const char *words, int held_percent,
                 struct fail *f);
void dataset_close(struct dataset *d); // a closed or zeroed one is legal

// Identity of what a run learns from: words, clips' file names, labels and splits; not the folder.
uint64_t dataset_hash(const struct dataset *d);

uint64_t dataset_speaker(const char *file_name); // the hash of base/fnv.h

#endif
