#include "twin/jobs/lif_trace.h"

#include "model/laws/engine.h"

#include <stdlib.h>

struct image *lif_image(const struct lif_job *job, uint32_t k)
{
    struct image *im = virtual_chip_new(job->chip, &job->net->shape);
    if (!im) return 0;
    virtual_chip_make(im, job->chip, job->net, job->seed, k, 0);
    faults_fix_image(job->faults, im);
    return im;
}

struct room {
    void *memory;
    uint8_t *words;
    int16_t *jitter;
    struct stimulus_write *write;
    struct trace t;
};

static bool room_init(struct room *x, const struct lif_job *job, const struct engine *engine,
                      const struct image *im)
{
    const struct image_shape *s = &job->net->shape;
    const size_t ticks = (size_t)job->corpus->n_ticks;
    bool all = true;
    x->memory = aligned_alloc(64, engine->size(im));
    x->words = malloc(ticks * (size_t)s->layer[0].n_in);
    x->jitter = calloc(ticks, sizeof *x->jitter);
    x->write =
        malloc(((size_t)faults_room(job->faults, job->chip, s, (int)ticks) + 1) * sizeof *x->write);
    x->t.count = calloc((size_t)s->layer[s->n_layers - 1].n_out, sizeof *x->t.count);
    x->t.spikes = calloc(IMAGE_MAX_LAYERS, sizeof *x->t.spikes);
    for (int l = 0; l < s->n_layers; l++) {
        size_t bytes = ticks * (size_t)trace_spike_words(s->layer[l].n_out) * 8;
        x->t.layer[l].z = aligned_alloc(64, (bytes + 63) / 64 * 64);
        all = all && x->t.layer[l].z;
    }
    return all && x->memory && x->words && x->jitter && x->write && x->t.count && x->t.spikes;
}

static void room_fini(struct room *x)
{
    for (int l = 0; l < IMAGE_MAX_LAYERS; l++)
        free(x->t.layer[l].z);
    free(x->t.spikes);
    free(x->t.count);
    free(x->write);
    free(x->jitter);
    free(x->words);
    free(x->memory);
}

int lif_trace(struct lif_trace *to, const struct lif_job *job, const struct image *im, uint32_t k,
              int item, struct fail *f)
{
    const struct image_shape *s = &job->net->shape;
    const struct corpus *corpus = job->corpus;
    const struct engine *engine = recorder_of(im->kind);
    struct room x = {0};
    int clip = job->clip[item], ticks = corpus->n_ticks;
    if (!room_init(&x, job, engine, im)) {
        room_fini(&x);
        return fail(f, "replay: out of memory");
    }
    struct stimulus stimulus =
        corpus_stimulus(corpus, job->chip, job->seed, k, clip, 0, x.words, x.jitter);
    faults_flip(job->faults, job->chip, im, job->seed, k, corpus->set.clip[clip].id, &stimulus,
                x.write);
    engine->init(x.memory, im);
    engine->run(x.memory, 1, &stimulus, &x.t);
    if (to->shown) {
        const struct law_image view = law_image_of(im);
        to->shown(to->context, &view, &stimulus);
    }
    to->jitter_largest = 0;
    for (int i = 0; i < ticks; i++)
        if (abs(x.jitter[i]) > to->jitter_largest) to->jitter_largest = abs(x.jitter[i]);
    to->n_heard = decision_heard(job->net, x.t.count, to->heard);
    for (int l = 0; l < s->n_layers; l++) {
        int n_out = s->layer[l].n_out;
        for (int i = 0; i < ticks * n_out; i++)
            to->z[l][i] = trace_spiked(&x.t.layer[l], n_out, i / n_out, i % n_out);
    }
    room_fini(&x);
    return 0;
}
