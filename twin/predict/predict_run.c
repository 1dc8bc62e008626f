#include "twin/predict/predict_run.h"

#include "model/many.h"

#include <stdlib.h>
#include <string.h>

struct predict_runner {
    struct image *image;
    struct many many;
    void *memory;                 // of many
    uint8_t *words;               // (MANY_CLIPS, n_ticks, n_in)
    int16_t *jitter;              // (MANY_CLIPS, n_ticks)
    int32_t *count;               // (MANY_CLIPS, n_out)
    struct stimulus_write *write; // (MANY_CLIPS, writes)
    size_t writes;                // that a clip can have, and one
    int64_t spikes[MANY_CLIPS][IMAGE_MAX_LAYERS];
    struct stimulus stimulus[MANY_CLIPS];
    struct trace trace[MANY_CLIPS];
};

static size_t clip_words(const struct predict_job *job)
{
    return (size_t)job->speech->n_ticks * (size_t)job->net->shape.layer[0].n_in;
}

// Whether a chip's own clock bins its input.
static bool edges_move(const struct predict_job *job)
{
    return job->chip->jitter.acts_edges && job->chip->jitter.sigma > 0;
}

int predict_shared_init(struct predict_shared *s, const struct predict_job *job, struct fail *f)
{
    *s = (struct predict_shared){0};
    if (virtual_chip_stored_init(&s->stored, &job->net->shape))
        return fail(f, "prediction: out of memory");
    virtual_chip_store(&s->stored, job->chip, job->net);
    if (edges_move(job)) return 0;
    size_t each = clip_words(job);
    s->words = malloc((size_t)job->n_clips * each + 1);
    if (!s->words) {
        predict_shared_fini(s);
        return fail(f, "prediction: out of memory for %d clips", job->n_clips);
    }
#pragma omp parallel for schedule(static)
    for (int i = 0; i < job->n_clips; i++)
        speech_words(job->speech, job->clip[i], 0, 0, s->words + (size_t)i * each);
    return 0;
}

void predict_shared_fini(struct predict_shared *s)
{
    virtual_chip_stored_fini(&s->stored);
    free(s->words);
    *s = (struct predict_shared){0};
}

struct predict_runner *predict_runner_new(const struct predict_job *job)
{
    const struct image_shape *s = &job->net->shape;
    size_t ticks = (size_t)job->speech->n_ticks;
    size_t classes = (size_t)s->layer[s->n_layers - 1].n_out;
    struct predict_runner *r = calloc(1, sizeof *r);
    if (!r) return 0;
    r->writes = (size_t)faults_room(job->faults, job->chip, s, job->speech->n_ticks) + 1;
    r->image = virtual_chip_new(job->chip, s);
    r->memory = aligned_alloc(64, many_size(&job->chip->law, s));
    r->words = malloc(MANY_CLIPS * clip_words(job));
    r->jitter = malloc(MANY_CLIPS * ticks * sizeof *r->jitter);
    r->count = malloc(MANY_CLIPS * classes * sizeof *r->count);
    r->write = malloc(MANY_CLIPS * r->writes * sizeof *r->write);
    if (r->image && r->memory && r->words && r->jitter && r->count && r->write) return r;
    predict_runner_free(r);
    return 0;
}

void predict_runner_free(struct predict_runner *r)
{
    if (!r) return;
    virtual_chip_free(r->image);
    free(r->memory);
    free(r->words);
    free(r->jitter);
    free(r->count);
    free(r->write);
    free(r);
}

// What the chip hears of clip i of the job, at place p of the runner.
static void hear(struct predict_runner *r, const struct predict_job *job,
                 const struct predict_shared *shared, uint32_t k, int i, int p)
{
    const struct chip *c = job->chip;
    int clip = job->clip[i], n_ticks = job->speech->n_ticks;
    uint64_t id = job->speech->set.clip[clip].id;
    int16_t *jitter = r->jitter + (size_t)p * (size_t)n_ticks;
    struct stimulus *s = &r->stimulus[p];
    if (!shared->words) {
        *s = speech_stimulus(job->speech, c, job->seed, k, clip, 0,
                             r->words + (size_t)p * clip_words(job), jitter);
    } else {
        bool leaks = c->jitter.acts_leak && c->jitter.sigma > 0;
        if (leaks) virtual_chip_jitter(c, job->seed, k, id, jitter, n_ticks);
        *s = (struct stimulus){.n_ticks = n_ticks,
                               .x = shared->words + (size_t)i * clip_words(job),
                               .jitter = leaks ? jitter : 0};
    }
    if (!k) s->jitter = 0; // the nominal chip's clock is even
    faults_flip(job->faults, c, r->image, job->seed, k, id, s, r->write + (size_t)p * r->writes);
}

void predict_runner_run(struct predict_runner *r, const struct predict_job *job,
                        const struct predict_shared *shared, struct predict_chip *out,
                        uint16_t *decision)
{
    const struct image_shape *shape = &job->net->shape;
    int n_out = shape->layer[shape->n_layers - 1].n_out;
    struct virtual_chip_note note = {0};
    virtual_chip_draw(r->image, job->chip, job->net, &shared->stored, job->seed, out->k, &note);
    faults_fix(job->faults, r->image);
    if (job->adjust) job->adjust(job->adjust_context, out->k, r->image);
    many_init(&r->many, r->image, r->memory);
    out->hash = image_hash(r->image);
    out->clamped = note.clamped;
    for (int first = 0; first < job->n_clips; first += MANY_CLIPS) {
        int n = job->n_clips - first < MANY_CLIPS ? job->n_clips - first : MANY_CLIPS;
        for (int p = 0; p < n; p++) {
            hear(r, job, shared, out->k, first + p, p);
            r->trace[p] = (struct trace){.count = r->count + p * n_out, .spikes = r->spikes[p]};
        }
        many_run(&r->many, n, r->stimulus, r->trace);
        for (int p = 0; p < n; p++) {
            uint16_t said = decision_of(job->net, r->trace[p].count);
            out->correct +=
                decision_class(said) == job->speech->set.clip[job->clip[first + p]].label;
            out->tied += (said & DECISION_TIED) != 0;
            out->silent += (said & DECISION_SILENT) != 0;
            if (decision) decision[first + p] = said;
            for (int l = 0; l < shape->n_layers; l++)
                out->spikes[l] += r->spikes[p][l];
        }
    }
}
