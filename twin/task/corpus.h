// A corpus: labelled items, and what each of them puts on the inputs of a net. A kind of data is a row.
//
// What runs or trains nets knows a corpus and no kind of data: sound by way of the chip's front end
// (speech.h), events and arrays as they are (events.h). Words are a pure function of
// (item, shift, jitter).
#ifndef TWIN_TASK_CORPUS_H
#define TWIN_TASK_CORPUS_H

#include "model/lif/trace.h"
#include "twin/chip/chip.h"
#include "twin/task/dataset.h"
#include "twin/task/targets.h"

struct corpus {
    struct dataset set;
    const struct corpus_kind *kind;
    int n_in;                      // words of a tick
    int n_ticks;                   // of an item
    double grain_ms;               // of a time shift
    int clip_ms;                   // of recordings where it is not SPEECH_CLIP_MS; else 0
    const struct targets *targets; // of items that have them, in place of labels; else NULL
    bool
        front; // words are the chip's front end's, or stand in their place: a one-to-one layer of a net hears them
};

struct corpus_kind {
    // Words of an item, (n_ticks, n_in), shifted later by so many grains; jitter (n_ticks) of the
    // edges of ticks, NULL: none.
    void (*words)(const struct corpus *c, int item, int shift, const int16_t *jitter,
                  uint8_t *words);
    // CRC-32 of what an item's words are made of, added to crc.
    uint32_t (*crc)(const struct corpus *c, uint32_t crc, int item);
    void (*close)(struct corpus *c); // frees all that opening made, but not *c
};

// Indices of the items of a split, in order, into `index` (room for n_clips); returns how many.
int corpus_split(const struct corpus *c, enum dataset_split split, int *index);

// `wanted` of n items spread evenly, so that every label and speaker has its share; how many they are.
int corpus_spread(int *index, int n, int wanted);

void corpus_words(const struct corpus *c, int item, int shift, const int16_t *jitter,
                  uint8_t *words);
uint32_t corpus_crc(const struct corpus *c, uint32_t crc, int item);

// What chip k hears of an item: its words and its clock's jitter, as far as the chip file lets
// jitter act. words (n_ticks, n_in) and jitter (n_ticks) are filled and must outlive the stimulus.
struct stimulus corpus_stimulus(const struct corpus *s, const struct chip *c, uint64_t seed,
                                uint32_t k, int item, int shift, uint8_t *words, int16_t *jitter);

void corpus_close(struct corpus *c); // NULL, and one that was never opened, is legal

#endif
