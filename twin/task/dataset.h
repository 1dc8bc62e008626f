// A folder of recordings in the layout of Speech Commands (Warden, arXiv 1804.03209).
//
//   DIR/LABEL/FILE             one folder a label; sound by its extension: dataset_is_sound
//   DIR/validation_list.txt    lines LABEL/FILE; what no list names is training
//   DIR/testing_list.txt       both may be absent; the extension in a list does not count
//   DIR/speakers.txt           lines LABEL/FILE<blank or tab>SPEAKER; may be absent
//
// Text files are UTF-8; a byte order mark, any line end, blanks around an entry and `./` before it
// are nothing. An entry whose label has a folder here names a clip or is refused; entries of
// folders that are not here are counted, and their speakers are never trained on.
//
// Who speaks: by a regular expression, or speakers.txt, or names SPEAKER_nohash_N; a file whose
// name does not say is a speaker of its own. No speaker is on two sides of training, validation
// and test: a folder where one is, is refused.
#ifndef TWIN_TASK_DATASET_H
#define TWIN_TASK_DATASET_H

#include "base/fail.h"
#include "twin/io/labels.h"

#include <stdbool.h>
#include <stdint.h>

enum dataset_split {
    SPLIT_TRAIN,
    SPLIT_HELD, // training speakers held back: speaker % 100 < held_percent
    SPLIT_VALIDATION,
    SPLIT_TEST,
    DATASET_SPLITS
};

extern const char *const dataset_split_names[DATASET_SPLITS];

// By file: what is told beside the items of a file.
enum dataset_speakers { SPEAKERS_BY_NAME, SPEAKERS_BY_LIST, SPEAKERS_BY_REGEX, SPEAKERS_BY_FILE };

struct dataset_clip {
    char *path;       // DIR/LABEL/FILE
    int label;        // index into labels
    char *who;        // name of the speaker, owned
    uint64_t speaker; // FNV-1a (64 bit) of it
    bool alone;       // nothing says who speaks: the file is a speaker of its own
    uint64_t id;      // FNV-1a of label and file name without extension: the clip wherever it lies
    enum dataset_split split;
    int window; // of a recording that is cut, from 1: path ends in # and the one before; 0: it is whole
};

// What of the folder is not used as it lies there.
struct dataset_notes {
    int n_unread; // files and folders in the labels' folders that are no sound by their extension
    char unread[300];           // one of them, below DIR
    int n_unread_folders;       // folders that hold files, but no sound, and so are no labels
    char unread_folder[300];    // one of them
    int n_elsewhere[2];         // entries of the validation and test list of folders not here
    int n_elsewhere_folders[2]; // so many folders
    int n_nameless;             // clips whose file name names no speaker
    int n_speakers_elsewhere;   // entries of speakers.txt that name no clip of the labels
};

struct dataset {
    struct labels labels; // two or more, in the order asked for, else sorted
    struct dataset_clip
        *clip; // (n_clips) sorted by path without extension: same order on every machine
    int n_clips;
    int n_split[DATASET_SPLITS];    // clips of each split
    int n_speakers[DATASET_SPLITS]; // speakers of each split
    enum dataset_speakers speakers;
    struct dataset_notes notes;
    bool events; // of folders: clips are .csv, not sound
    uint64_t
        content; // what a file holds, for dataset_hash; 0: of a folder, whose files are not read
};

// How a folder is read.
struct dataset_ask {
    const char *dir;
    const struct labels *labels; // NULL: all folders that hold sound and do not start with `_`, `.`
    int held_percent;            // 0..99
    const char *speaker;  // POSIX extended regular expression, matched on LABEL/FILE; its first
                          // group, or all of the match, is the speaker. NULL: see above
    bool only;            // with labels: items of others are passed over, else of files refused
    bool events;          // clips are events, .csv
    int clip_ms;          // heard of a recording; 0: SPEECH_CLIP_MS, -1: all of the longest
    const char *features; // file of envelopes that were heard (features.h); NULL: none
    bool windows;         // what is longer is heard on, each clip_ms as a clip of its own
};

// On failure *d is empty and needs no close.
int dataset_open(struct dataset *d, const struct dataset_ask *ask, struct fail *f);
void dataset_close(struct dataset *d); // a closed or zeroed one is legal

// Whether each label has training clips.
int dataset_trainable(const struct dataset *d, const struct dataset_ask *ask, struct fail *f);

// Identity of what a run learns from: labels, clips' file names, labels and splits, and speakers
// where names do not say them; not the folder.
uint64_t dataset_hash(const struct dataset *d);

bool dataset_is_sound(const char *file_name);                       // by its extension
bool dataset_takes(const struct dataset *d, const char *file_name); // as a clip of this one

#endif
