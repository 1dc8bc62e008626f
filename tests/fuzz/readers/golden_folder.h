// The folder of a golden library: chip 3 of vectors/tiny.nir as the program writes it.
#ifndef TESTS_FUZZ_READERS_GOLDEN_FOLDER_H
#define TESTS_FUZZ_READERS_GOLDEN_FOLDER_H

#include "cosim/golden/golden_load.h"
#include "cosim/vectors/vectors.h"
#include "tests/fuzz/harness.h"

#include <stdio.h>
#include <stdlib.h>

// Once: its files.
static inline void golden_folder(void)
{
    static bool there;
    struct fail f = {""};
    if (there) return;
    there = true;
    const struct law_image view = law_image_of(fuzz_image());
    fuzz_need(!vectors_memories(&view, fuzz_folder(), &f), f.text);
}

static inline size_t golden_read(const char *file, uint8_t *bytes, size_t room)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/%s", fuzz_folder(), file);
    FILE *f = fopen(path, "rb");
    fuzz_need(f, path);
    size_t n = fread(bytes, 1, room, f);
    fclose(f);
    return n;
}

static inline int golden_show(const char *file, const uint8_t *bytes, size_t n)
{
    struct golden_chip chip;
    struct fail f = {""};
    fuzz_put(file, bytes, n);
    if (!golden_load(&chip, fuzz_folder(), &f)) {
        fuzz_need(!law_image_check(&chip.view), "a word out of its format was taken");
        fuzz_taken();
    } else {
        fuzz_refused(f.text);
    }
    golden_free(&chip);
    return 0;
}

#endif
