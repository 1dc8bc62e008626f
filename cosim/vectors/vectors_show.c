#include "cosim/vectors/vectors_show.h"

#include "cosim/vectors/vectors_model.h"

#include <stdio.h>
#include <stdlib.h>

// Room for the longest item.
struct room {
    int32_t *words;
    int16_t *jitter;
    int64_t *results, *stages; // NULL: not wanted
    struct vectors_model model;
};

static bool room_init(struct room *r, const struct vectors_writer *w, const struct law_image *im,
                      const struct vectors_shown *s)
{
    const size_t ticks = (size_t)s->n_ticks;
    *r = (struct room){.words = malloc(ticks * (size_t)w->shape.n_in * sizeof *r->words),
                       .jitter = malloc(ticks * sizeof *r->jitter)};
    if (!r->words || !r->jitter) return false;
    if (!s->expect && !s->stages) return true;
    r->results = calloc(ticks, (size_t)vectors_tick_words(&w->shape) * sizeof *r->results);
    if (!r->results || !vectors_model_init(&r->model, im)) return false;
    if (!s->stages) return true;
    r->stages = calloc(ticks, (size_t)vectors_stage_words(im) * sizeof *r->stages);
    r->model.stages = r->stages;
    return r->stages;
}

static void room_fini(struct room *r)
{
    vectors_model_fini(&r->model);
    free(r->results);
    free(r->stages);
    free(r->jitter);
    free(r->words);
}

int vectors_show(struct vectors_writer *w, const struct law_image *im,
                 const struct vectors_shown *s, char *message, size_t size)
{
    struct room r;
    char name[32];
    if (!room_init(&r, w, im, s)) {
        room_fini(&r);
        snprintf(message, size, "out of memory");
        return -1;
    }
    for (int i = 0; i < s->n_items; i++) {
        const struct stimulus in = s->show(s->context, i, r.words, r.jitter);
        const struct vectors_stimulus sent = vectors_stimulus_of(i, &in, w->shape.n_in);
        vectors_head_clip(w, &sent);
    }
    vectors_shape(w);
    const struct vectors_results results = {r.results, im, r.stages};
    for (int i = 0; i < s->n_items; i++) {
        const struct stimulus in = s->show(s->context, i, r.words, r.jitter);
        if (r.results) vectors_model_run(&r.model, &in, r.results, 0);
        vectors_whole_clip(w, i, s->name(s->context, i, name), &in, r.results ? &results : 0);
    }
    room_fini(&r);
    return vectors_end(w, message, size);
}
