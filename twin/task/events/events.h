// Events and arrays as a corpus: what is shown goes to the net's inputs as it is, past any front end.
//
// An event is (time, unit). Unit is the input of the net. A tick lasts as the chip's; an event falls
// into the tick whose edges it lies between, to 2^-15 of a tick, and a chip's jitter moves those edges as it
// does those of sound. An input word is the number of events of its unit in the tick: 1.0 each in the
// law's input format, or, where that does not hold 1.0, its largest word for one. What the word does not hold
// is left out and counted. Time shifts are whole ticks.
//
// An array is (clips, ticks, inputs): a row a tick, each value an input word; no edge moves it.
#ifndef TWIN_TASK_EVENTS_EVENTS_H
#define TWIN_TASK_EVENTS_EVENTS_H

#include "twin/io/labels.h"
#include "twin/task/corpus.h"
#include "twin/task/items.h"

enum { EVENTS_TICKS = 65535 }; // most ticks of an item

enum events_time { TIME_TOLD, TIME_S, TIME_MS, TIME_US, TIME_NS, TIME_TICKS, EVENTS_TIMES };
extern const char *const events_time_names[EVENTS_TIMES + 1]; // "told", "s", .. ; ends in NULL

struct events_ask {
    struct dataset_ask set;
    const bool *wanted; // (DATASET_SPLITS), NULL: all; items of others are known, but not kept
    const struct chip *chip;
    int n_in;              // inputs of the net; 0: as many as it takes
    int n_ticks;           // heard of an item; 0: as many as the longest takes
    enum events_time time; // unit of times
};

// A file that was read.
struct events_file {
    char *path;
    char sha256[65];
    int n_items;
    int64_t n_events;
};

// What became of the events on their way to the net, of all items or, where it says so, of those that
// are kept; and an example.
struct events_notes {
    int64_t n_events;  // heard
    int64_t n_late;    // behind n_ticks: not heard
    char late[200];    // of the latest: its item and time
    double latest;     // ticks
    int64_t n_over;    // kept ones that their word does not hold beside others
    int over;          // item that has most of them
    int64_t n_rounded; // values of arrays that are no words
    int n_empty, empty;
    int highest; // unit; -1: none
};

struct events {
    struct corpus corpus;
    struct items items; // its set is moved to the corpus at the end
    struct events_ask ask;
    struct events_notes notes;
    struct targets targets; // of a folder of targets: corpus.targets
    struct labels keys;     // names of labels by their number, in the order of the files
    bool array;             // else events
    int one, most;          // word of an event; largest word
    bool has_step;          // a word of one event is 1.0
    size_t *first;          // (n_clips + 1) of an item's events; of an array's bytes
    uint32_t *at;           // (n) 2^-15 ticks
    uint16_t *unit;         // (n)
    uint8_t *word;          // (n) of arrays: (n_ticks, n_in) of each item that is kept
    size_t n, room;
    struct events_file *file; // (n_files)
    int n_files;
    char sha256[65]; // of the lines "SHA256  PATH" of a folder of files; else of the one file
};

// All that `ask.set.dir` names: a file, a folder of files, or a folder of label folders with CSV.
int events_open(struct events *e, const struct events_ask *ask, struct fail *f);
void events_close(struct events *e); // a zeroed one is legal

// Arrays in memory, which are what the file `name` (.npz) with them as x would be; item i is called by its number.
struct events_arrays {
    const char *name;
    size_t n; // items
    int n_ticks, n_in;
    const uint8_t *word;        // (n, n_ticks, n_in) input words of the chip,
    const float *real;          // or real values
    const char *const *label;   // (n)
    const char *const *speaker; // (n); NULL: not told
    enum dataset_split split;   // of all; DATASET_SPLITS: not told, each is on the side of its hash
};
int events_take_arrays(struct events *e, const struct events_ask *ask,
                       const struct events_arrays *a, struct fail *f);

// Whether that is what lies there: 1, or 0 for a folder of sound or of nothing known, and a file of no
// such name; -1: nothing does.
int events_are(const char *path, struct fail *f);

extern const struct corpus_kind events_kind;

#endif
