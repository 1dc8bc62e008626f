#include "twin/predict.h"

#include "model/network.h"

#include <math.h>
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
    int64_t spikes[IMAGE_MAX_LAYERS];
    struct virtual_chip_note note = {0};
    struct network network;
    struct trace trace = {.count = r->count, .spikes = spikes};
    virtual_chip_make(r->image, job->chip, job->net, job->seed, out->k, &note);
    faults_fix(job->faults, r->image);
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
        int said = net_decide(job->net, trace.count);
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

void predict_wilson(int pass, int n, double *low, double *high)
{
    const double z = 1.959963984540054; // 97.5 % quantile of the standard normal
    double p = (double)pass / n, zz = z * z / n;
    double centre = (p + zz / 2) / (1 + zz);
    double half = z / (1 + zz) * sqrt(p * (1 - p) / n + zz / (4 * n));
    *low = pass == 0 ? 0 : centre - half;
    *high = pass == n ? 1 : centre + half;
}

static int by_correct(const void *a, const void *b)
{
    const struct predict_chip *x = a, *y = b;
    if (x->correct != y->correct) return x->correct < y->correct ? -1 : 1;
    return x->k < y->k ? -1 : x->k > y->k;
}

struct predict_summary predict_summarise(const struct predict_chip *chips, int n_chips, int n_clips,
                                         double limit)
{
    struct predict_summary s = {.n = n_chips};
    struct predict_chip *sorted = malloc((size_t)n_chips * sizeof *sorted);
    double sum = 0, squares = 0;
    int pass = 0;
    for (int i = 0; i < n_chips; i++) {
        double accuracy = (double)chips[i].correct / n_clips;
        sum += accuracy;
        pass += accuracy >= limit;
        if (sorted) sorted[i] = chips[i];
    }
    s.mean = sum / n_chips;
    for (int i = 0; i < n_chips; i++) {
        double off = (double)chips[i].correct / n_clips - s.mean;
        squares += off * off;
    }
    s.sd = n_chips > 1 ? sqrt(squares / (n_chips - 1)) : 0;
    if (sorted) {
        qsort(sorted, (size_t)n_chips, sizeof *sorted, by_correct);
        s.worst = (double)sorted[0].correct / n_clips;
        s.worst_chip = sorted[0].k;
        s.p5 = (double)sorted[(n_chips - 1) / 20].correct / n_clips;
    }
    s.yield = (double)pass / n_chips;
    predict_wilson(pass, n_chips, &s.yield_low, &s.yield_high);
    free(sorted);
    return s;
}
