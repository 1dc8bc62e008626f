// Seeds of the readers of vectors: a clip on the image of the harnesses, with results and without.
#ifndef TESTS_FUZZ_READERS_VECTORS_SEEDS_H
#define TESTS_FUZZ_READERS_VECTORS_SEEDS_H

#include "cosim/vectors/vectors.h"
#include "model/lif/network.h"
#include "tests/fuzz/harness.h"

#include <stdlib.h>
#include <string.h>

static inline void vectors_seed(const char *folder, const char *name, int version,
                                bool with_results)
{
    enum { TICKS = 4 };
    const struct image *im = fuzz_image();
    struct image_shape shape = image_shape_of(im);
    struct network net;
    struct trace t = {0};
    struct vectors_writer w;
    char path[4096], message[512] = "";
    void *memory = aligned_alloc(64, network_size(&im->law, &shape));
    uint8_t *x = calloc(TICKS, (size_t)im->layer[0].n_in);
    int16_t jitter[TICKS] = {0, 100, -100, 7};
    struct stimulus s = {.n_ticks = TICKS, .x = x, .jitter = jitter};
    for (int i = 0; i < TICKS * im->layer[0].n_in; i += 3)
        x[i] = (uint8_t)(i % 200);
    for (int l = 0; l < im->n_layers; l++) {
        struct trace_layer *y = &t.layer[l];
        y->stride = network_padded(im->layer[l].n_out);
        y->z = calloc(TICKS * (size_t)trace_spike_words(im->layer[l].n_out), sizeof *y->z);
        y->v = aligned_alloc(64, TICKS * (size_t)y->stride * sizeof *y->v);
        fuzz_need(y->z && y->v, "no memory");
    }
    t.count = calloc((size_t)im->layer[im->n_layers - 1].n_out, sizeof *t.count);
    fuzz_need(memory && x && t.count, "no memory");
    network_init(&net, im, memory);
    network_run(&net, &s, &t);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "w");
    fuzz_need(f, path);
    vectors_begin(&w, f, im, version);
    vectors_head(&w, "generator", "harness");
    vectors_head_image(&w, im);
    for (int clip = 0; clip < 2 && version > 1; clip++) {
        struct vectors_stimulus sent = vectors_stimulus_of(clip, &s, im->layer[0].n_in);
        vectors_head_clip(&w, &sent);
    }
    vectors_shape(&w);
    for (int clip = 0; clip < 2; clip++)
        vectors_whole_clip(&w, clip, "a_clip.wav", &s, with_results ? &t : 0);
    fuzz_need(!vectors_end(&w, message, sizeof message) && !fclose(f), message);
    for (int l = 0; l < im->n_layers; l++) {
        free(t.layer[l].z);
        free(t.layer[l].v);
    }
    free(t.count);
    free(memory);
    free(x);
}

#endif
