// Whom a net was trained on: hashes of speakers (twin/task/dataset.h), ascending, each once.
#ifndef TWIN_IO_SPEAKERS_H
#define TWIN_IO_SPEAKERS_H

#include "base/fail.h"

#include <stdbool.h>
#include <stdint.h>

// Adds speakers in any order, those that are there as well, to *list of *n, on the heap.
int speakers_add(uint64_t **list, int *n, const uint64_t *speaker, int n_speakers, struct fail *f);

bool speakers_have(const uint64_t *list, int n, uint64_t speaker);

#endif
