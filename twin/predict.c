#include "twin/predict.h"

#include "model/network.h"

#include <stdlib.h>

struct runner { // what one thread needs
    struct image *image;
    void *memory;
    uint8_t *words;
    int16_t *jitter;
    int32_t *count;
    struct stimulus_write *write;
};

static int runner_init(struct runner *r, const struct predict_job *job)
{
    const struct image_shape *s = &job->net->shape;
    size_t ticks = (size_t)job->speech->n_ticks;
    r->image = virtual_chip_new(job->chip, s);
    r->memory = aligned_alloc(64, (network_size(&job->chip->law, s) + 63) / 64 * 64);
    r->words = malloc(ticks * (size_t)s->layer[0].n_in);
    r->jitter = malloc(ticks * sizeof *r->jitter);
    r->count = malloc((size_t)s->layer[s->n_layers - 1].n_out * sizeof *r->count);
    int writes = faults_room(job->faults, job->chip, s, job->speech->n_ticks);
    r->write = malloc(((size_t)writes + 1) * sizeof *r->write);
    return r->image && r->memory && r->words && r->jitter && r->count && r->write ? 0 : -1;
}

static void runner_fini(struct runner *r)
{
    virtual_chip_free(r->image);
    free(r->memory);
    free(r->words);
    free(r->jitter);
    free(r->count);
    free(r->write);
}

static void run_chip(struct runner *r, const struct predict_job *job, struct predict_chip *out,
                     uint8_t *decision)
{
    const struct image_shape *shape = &job->net->shape;
    int n_classes = shape->layer[shape->n_layers - 1].n_out;
    int64_t spikes[IMAGE_MAX_LAYERS];
    struct virtual_chip_note note = {0};
    struct network network;
    struct trace trace = {.count = r->count, .spikes = spikes};
    virtual_chip_make(r->image, job->chip, job->net, job->seed, out->k, &note);
    faults_fix(job->faults, r->image);
    if (job->adjust) job->adjust(job->adjust_context, out->k, r->image);
    network_init(&network, r->image, r->memory);
    out->hash = image_hash(r->image);
    out->clamped = note.clamped;
    for (int i = 0; i < job->n_clips; i++) {
        int clip = job->clip[i];
        struct stimulus s = speech_stimulus(job->speech, job->chip, job->seed, out->k, clip, 0,
                                            r->words, r->jitter);
        faults_flip(job->faults, job->chip, r->image, job->seed, out->k,
                    job->speech->set.clip[clip].id, &s, r->write);
        network_run(&network, &s, &trace);
        int said = network_decide(trace.count, n_classes);
        out->correct += said == job->speech->set.clip[clip].label;
        if (decision) decision[i] = (uint8_t)said;
        for (int l = 0; l < shape->n_layers; l++)
            out->spikes[l] += spikes[l];
    }
}

int predict_run(const struct predict_job *job, struct predict_chip *chips, uint8_t *decision,
                const struct progress *p, struct fail *f)
{
    long done = 0;
    int starved = 0;
#pragma omp parallel
    {
        struct runner r = {0};
        int bad = runner_init(&r, job);
#pragma omp for schedule(dynamic, 1)
        for (int i = 0; i < job->n_chips; i++) {
            chips[i] = (struct predict_chip){.k = job->first_chip + (uint32_t)i};
            if (!bad)
                run_chip(&r, job, &chips[i],
                         decision ? decision + (size_t)i * (size_t)job->n_clips : 0);
#pragma omp critical(predict)
            {
                starved |= bad;
                progress_tell(p, "chips", ++done, job->n_chips);
            }
        }
        runner_fini(&r);
    }
    return starved ? fail(f, "prediction: out of memory") : 0;
}
