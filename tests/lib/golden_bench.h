// A net at random with the files of the golden library in FOLDER, and what the model makes of a
// clip on it: what the tests of the library share. A test defines its own FOLDER first.
#ifndef TESTS_LIB_GOLDEN_BENCH_H
#define TESTS_LIB_GOLDEN_BENCH_H

#include "cosim/golden/golden.h"
#include "cosim/vectors/vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/rtl/rtl_random.h"

enum { TICKS = 9 };

// A net, a clip, and what the model makes of it.
struct bench {
    struct image im;
    void *memory, *net_memory;
    struct network net;
    struct stimulus s;
    uint8_t *x;
    int32_t *wide;
    int16_t jitter[TICKS];
    struct trace t;
    struct law_stages *stages; // (TICKS, neurons)
    int neurons;
};

static inline void keep(void *context, int tick, int layer, int neuron,
                        const struct law_state *before, const struct law_stages *stages)
{
    struct bench *b = context;
    (void)before;
    for (int l = 0; l < layer; l++)
        neuron += b->im.layer[l].n_out;
    b->stages[tick * b->neurons + neuron] = *stages;
}

static inline int32_t *rows(const struct trace_layer *y)
{
    return aligned_alloc(64, (size_t)(TICKS * y->stride) * sizeof(int32_t));
}

static inline void bench_init(struct bench *b, struct random *r, const struct law *law,
                              const struct image_shape *shape)
{
    struct fail f;
    *b = (struct bench){0};
    b->memory = random_image(r, law, shape, &b->im);
    b->neurons = image_neurons(&b->im);
    b->x = malloc((size_t)(TICKS * shape->layer[0].n_in));
    random_stimulus(r, &b->im, TICKS, b->x, b->jitter);
    b->s = (struct stimulus){.n_ticks = TICKS, .x = b->x, .jitter = b->jitter};
    if (law->input_signed) {
        b->s.wide = b->wide = malloc((size_t)(TICKS * shape->layer[0].n_in) * sizeof *b->wide);
        random_wide(r, &b->im, TICKS, b->wide);
    }
    for (int l = 0; l < shape->n_layers; l++) {
        struct trace_layer *y = &b->t.layer[l];
        y->stride = network_padded(shape->layer[l].n_out);
        y->z = calloc((size_t)(TICKS * trace_spike_words(shape->layer[l].n_out)), sizeof *y->z);
        y->v = rows(y);
        y->u = law->currents ? rows(y) : 0;
        y->u2 = law->currents > 1 ? rows(y) : 0;
        y->r = law->refractory_ticks ? rows(y) : 0;
    }
    b->t.count = calloc((size_t)shape->layer[shape->n_layers - 1].n_out, sizeof *b->t.count);
    b->stages = calloc((size_t)(TICKS * b->neurons), sizeof *b->stages);
    b->net_memory = aligned_alloc(64, network_size(law, shape));
    network_init(&b->net, &b->im, b->net_memory);
    network_run_watched(&b->net, &b->s, &b->t, keep, b);
    const struct law_image view = law_image_of(&b->im);
    if (vectors_memories(&view, FOLDER, &f)) fail_msg("%s", f.text);
}

static inline void bench_fini(struct bench *b)
{
    for (int l = 0; l < b->im.n_layers; l++) {
        free(b->t.layer[l].z);
        free(b->t.layer[l].v);
        free(b->t.layer[l].u);
        free(b->t.layer[l].u2);
        free(b->t.layer[l].r);
    }
    free(b->t.count);
    free(b->stages);
    free(b->x);
    free(b->wide);
    free(b->memory);
    free(b->net_memory);
}

static inline void write_vectors(const struct bench *b)
{
    struct vectors_writer w;
    char message[512] = "";
    FILE *f = fopen(FOLDER "/in.vec", "w");
    assert_non_null(f);
    const struct law_image view = law_image_of(&b->im);
    vectors_begin(&w, f, &view, VECTORS_VERSION);
    vectors_head_image(&w, &view);
    for (int clip = 0; clip < 2; clip++) {
        struct vectors_stimulus sent = vectors_stimulus_of(clip, &b->s, b->im.layer[0].n_in);
        vectors_head_clip(&w, &sent);
    }
    vectors_shape(&w);
    vectors_whole_clip(&w, 0, "one", &b->s, 0);
    vectors_whole_clip(&w, 1, "two", &b->s, 0);
    assert_int_equal(vectors_end(&w, message, sizeof message), 0);
    fclose(f);
}

#endif
