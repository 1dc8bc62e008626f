// What the harnesses of files of events share: such a file is opened as a corpus, and its words are made.
#ifndef TESTS_FUZZ_READERS_EVENTS_FILES_H
#define TESTS_FUZZ_READERS_EVENTS_FILES_H

#include "tests/fuzz/harness.h"
#include "twin/task/events/events.h"

#include <stdio.h>
#include <stdlib.h>

// The bytes as a file of this name; ticks: heard, 0: all.
static inline int show_events(const char *name, int ticks, const uint8_t *bytes, size_t n)
{
    static struct chip chip;
    static struct events e;
    struct fail f = {""};
    char path[4200];
    if (!chip.tick_s)
        fuzz_need(!chip_load(&chip, SPIKETWIN_ROOT "/chips/fpga-q8.8.yaml", &f), f.text);
    fuzz_put(name, bytes, n);
    snprintf(path, sizeof path, "%s/%s", fuzz_folder(), name);
    const struct events_ask ask = {.set = {.dir = path}, .chip = &chip, .n_ticks = ticks};
    if (events_open(&e, &ask, &f)) {
        fuzz_refused(f.text);
        return 0;
    }
    const struct corpus *c = &e.corpus;
    fuzz_need(c->n_in > 0 && c->n_in <= IMAGE_MAX_NEURONS, "a corpus without inputs was taken");
    fuzz_need(c->n_ticks > 0 && c->n_ticks <= EVENTS_TICKS, "a corpus without ticks was taken");
    uint8_t *words = malloc((size_t)c->n_ticks * (size_t)c->n_in);
    for (int i = 0; i < c->set.n_clips && i < 100; i++) {
        fuzz_need(c->set.clip[i].label >= 0 && c->set.clip[i].label < c->set.labels.n,
                  "an item of no label was taken");
        corpus_words(c, i, i - 2, 0, words);
        fuzz_touch(words, (size_t)c->n_ticks * (size_t)c->n_in);
        corpus_crc(c, 0, i);
    }
    free(words);
    events_close(&e);
    fuzz_taken();
    return 0;
}

#endif
