// Seeds of the readers of vectors: a clip on the image of the harnesses, with results and without.
#ifndef TESTS_FUZZ_READERS_VECTORS_SEEDS_H
#define TESTS_FUZZ_READERS_VECTORS_SEEDS_H

#include "cosim/vectors/vectors_model.h"
#include "tests/fuzz/harness.h"

#include <stdlib.h>
#include <string.h>

static inline void vectors_seed(const char *folder, const char *name, int version,
                                bool with_results)
{
    enum { TICKS = 4 };
    const struct law_image view = law_image_of(fuzz_image()), *im = &view;
    const int n_in = view.shape.layer[0].n_in;
    struct vectors_model m;
    struct vectors_writer w;
    char path[4096], message[512] = "";
    uint8_t *x = calloc(TICKS, (size_t)n_in);
    int16_t jitter[TICKS] = {0, 100, -100, 7};
    struct stimulus s = {.n_ticks = TICKS, .x = x, .jitter = jitter};
    for (int i = 0; i < TICKS * n_in; i += 3)
        x[i] = (uint8_t)(i % 200);
    fuzz_need(vectors_model_init(&m, im) && x, "no memory");
    int64_t *words = calloc(TICKS, (size_t)m.row * sizeof *words);
    fuzz_need(words, "no memory");
    vectors_model_run(&m, &s, words, 0);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    fuzz_need(f, path);
    vectors_begin(&w, f, im, version);
    vectors_head(&w, "generator", "harness");
    vectors_head_image(&w, im);
    for (int clip = 0; clip < 2 && version > 1; clip++) {
        struct vectors_stimulus sent = vectors_stimulus_of(clip, &s, n_in);
        vectors_head_clip(&w, &sent);
    }
    vectors_shape(&w);
    for (int clip = 0; clip < 2; clip++)
        vectors_whole_clip(&w, clip, "a_clip.wav", &s,
                           with_results ? &(struct vectors_results){.words = words} : 0);
    fuzz_need(!vectors_end(&w, message, sizeof message) && !fclose(f), message);
    vectors_model_fini(&m);
    free(words);
    free(x);
}

#endif
