// What the harnesses of readers share. A harness is a program tests/fuzz/readers/fuzz_READER.c with the
// function that libFuzzer calls and one that writes seeds: small files that the reader takes.
//
//   fuzz_READER --seeds FOLDER     writes its seeds
//   fuzz_READER CORPUS...          libFuzzer (MODE=fuzz), or tests/fuzz/replay.c: shows the files
//
// It shows the bytes to the reader, walks over all that the reader gave (so that a bad pointer or
// length is met), and asks what a reader promises: taken whole, or refused with a message.
#ifndef TESTS_FUZZ_HARNESS_H
#define TESTS_FUZZ_HARNESS_H

#include "base/fail.h"
#include "model/lif/image.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t n, size_t room); // libFuzzer's, for mutators of ours
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t n, size_t room, unsigned seed); // optional
void fuzz_seeds(const char *folder);

// The bytes as a file; its name, always the same, is good until the next call.
const char *fuzz_file(const uint8_t *bytes, size_t n);

// The bytes as a text on the heap, its end added; the caller frees it.
char *fuzz_text(const uint8_t *bytes, size_t n);

// An empty folder of this process's own; it and the files in it go when the process ends. A file of
// it, written.
const char *fuzz_folder(void);
void fuzz_put(const char *file, const uint8_t *bytes, size_t n);

// Says what became of the input. refused: ends the process where there is no message.
void fuzz_taken(void);
void fuzz_refused(const char *message);
long fuzz_count_taken(void);

// Reads bytes that a reader gave, so that AddressSanitizer and valgrind see each.
void fuzz_touch(const void *bytes, size_t n);

// Ends the process with the reason unless `good`: for what makes a harness and its seeds.
void fuzz_need(bool good, const char *what);

// Seeds: a file of the tree, or bytes, under a name in the folder.
void fuzz_seed_copy(const char *folder, const char *name, const char *file);
void fuzz_seed(const char *folder, const char *name, const void *bytes, size_t n);

// Chip 3 of vectors/tiny.nir: an image that stays.
const struct image *fuzz_image(void);

#endif
