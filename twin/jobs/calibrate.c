#include "twin/jobs/calibrate.h"

#include "model/laws/engine.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bench { // what one thread needs
    struct image *image, *trimmed;
    const struct engine *engine;
    void *memory;    // of the engine
    uint8_t *words;  // (n_clips, n_ticks, n_in)
    int16_t *jitter; // (n_clips, n_ticks)
    uint64_t *z;     // (n_ticks, words of the widest layer)
    int32_t *count;
    int64_t *fired; // (neurons of a layer)
    int64_t *best;  // (neurons) distance of the best code
    int32_t *below; // (neurons) bisection: the code sought is above it,
    int32_t *above; // and not above this one
};

static int neurons_of(const struct image_shape *s)
{
    int n = 0;
    for (int l = 0; l < s->n_layers; l++)
        n += s->layer[l].n_out;
    return n;
}

static int bench_init(struct bench *b, const struct lif_job *job)
{
    const struct image_shape *s = &job->net->shape;
    size_t ticks = (size_t)job->corpus->n_ticks, clips = (size_t)job->n_clips;
    size_t neurons = (size_t)neurons_of(s);
    b->image = virtual_chip_new(job->chip, s);
    b->trimmed = virtual_chip_new(job->chip, s);
    b->engine = recorder_of(job->chip->kind);
    b->memory = b->image ? aligned_alloc(64, b->engine->size(b->image)) : 0;
    b->words = malloc(clips * ticks * (size_t)s->layer[0].n_in);
    b->jitter = malloc(clips * ticks * sizeof *b->jitter);
    b->z = aligned_alloc(64, (ticks * neurons * 8 + 63) / 64 * 64);
    b->count = malloc((size_t)s->layer[s->n_layers - 1].n_out * sizeof *b->count);
    b->fired = malloc(neurons * sizeof *b->fired);
    b->best = malloc(neurons * sizeof *b->best);
    b->below = malloc(neurons * sizeof *b->below);
    b->above = malloc(neurons * sizeof *b->above);
    return b->image && b->trimmed && b->memory && b->words && b->jitter && b->z && b->count &&
                   b->fired && b->best && b->below && b->above
               ? 0
               : -1;
}

static void bench_fini(struct bench *b)
{
    virtual_chip_free(b->image);
    virtual_chip_free(b->trimmed);
    free(b->memory);
    free(b->words);
    free(b->jitter);
    free(b->z);
    free(b->count);
    free(b->fired);
    free(b->best);
    free(b->below);
    free(b->above);
}

static struct stimulus stimulus_of(const struct bench *b, const struct lif_job *job, int clip)
{
    size_t ticks = (size_t)job->corpus->n_ticks, n_in = (size_t)job->net->shape.layer[0].n_in;
    return (struct stimulus){
        .n_ticks = (int)ticks,
        .x = b->words + (size_t)clip * ticks * n_in,
        .jitter = job->chip->jitter.acts_leak ? b->jitter + (size_t)clip * ticks : 0};
}

// A chip with its clips as it hears them.
static void take_chip(struct bench *b, const struct lif_job *job, uint32_t k)
{
    size_t ticks = (size_t)job->corpus->n_ticks, n_in = (size_t)job->net->shape.layer[0].n_in;
    virtual_chip_make(b->image, job->chip, job->net, job->seed, k, 0);
    faults_fix_image(job->faults, b->image);
    for (int i = 0; i < job->n_clips; i++)
        corpus_stimulus(job->corpus, job->chip, job->seed, k, job->clip[i], 0,
                        b->words + (size_t)i * ticks * n_in, b->jitter + (size_t)i * ticks);
}

// Spikes of each neuron of a layer over all clips.
static void count_layer(struct bench *b, const struct lif_job *job, const struct image *im,
                        int layer)
{
    int n = im->layer[layer].n_out, ticks = job->corpus->n_ticks;
    b->engine->init(b->memory, im);
    memset(b->fired, 0, (size_t)n * sizeof *b->fired);
    for (int i = 0; i < job->n_clips; i++) {
        struct stimulus s = stimulus_of(b, job, i);
        struct trace t = {.count = b->count};
        t.layer[layer].z = b->z;
        b->engine->run(b->memory, 1, &s, &t);
        for (int tick = 0; tick < ticks; tick++)
            for (int j = 0; j < n; j++)
                b->fired[j] += trace_spiked(&t.layer[layer], n, tick, j);
    }
}

// Spikes of every neuron of the nominal chip, (neurons).
static void target_of(struct bench *b, const struct lif_job *job, int64_t *count)
{
    take_chip(b, job, 0);
    for (int l = 0; l < job->net->shape.n_layers; l++) {
        count_layer(b, job, b->image, l);
        memcpy(count, b->fired, (size_t)b->image->layer[l].n_out * sizeof *count);
        count += b->image->layer[l].n_out;
    }
}

static void apply(const struct lif_job *job, const struct trim_options *t, const int32_t *code,
                  struct image *im)
{
    const struct physics *p = physics_of(job->chip->kind);
    const int value = p->trim.value;
    const struct law_word *word = &im->kind->word[p->value[value].word];
    const struct physics_word range = p->word_of(job->chip, value);
    for (int l = 0; l < im->n_layers; l++)
        for (int j = 0; j < im->layer[l].n_out; j++) {
            const double nominal = job->net->layer[l].value[value][j];
            const double step = t->range * fabs(nominal) * range.unit / ldexp(1, t->bits - 1);
            void *neuron = image_words(im, l, j);
            const int64_t moved = law_get(word, neuron) + (int64_t)nearbyint(*code++ * step);
            law_set(word, neuron,
                    moved < range.lo   ? range.lo
                    : moved > range.hi ? range.hi
                                       : moved);
        }
}

static void copy_words(struct image *to, const struct image *from)
{
    for (int l = 0; l < from->n_layers; l++) {
        const struct image_layer *y = &from->layer[l];
        memcpy(to->layer[l].w, y->w, (size_t)y->n_rows * (size_t)y->n_out * sizeof *y->w);
        memcpy(to->layer[l].words, y->words, (size_t)y->n_out * from->kind->neuron);
    }
}

static void try_codes(struct bench *b, const struct lif_job *job, const struct trim_options *t,
                      const int32_t *code, int layer)
{
    copy_words(b->trimmed, b->image);
    apply(job, t, code, b->trimmed);
    count_layer(b, job, b->trimmed, layer);
}

// `code` of the layers before is found, of this and the later ones 0.
static void trim_layer(struct bench *b, const struct lif_job *job, const struct trim_options *t,
                       const int64_t *target, int32_t *code, int layer, int at)
{
    int n = b->image->layer[layer].n_out, top = (int)fx_umax(t->bits - 1);
    const bool more = physics_of(job->chip->kind)->trim.more; // a higher code fires more often
    int32_t best[IMAGE_MAX_NEURONS] = {0};
    for (int step = 0; step <= t->bits; step++) {
        try_codes(b, job, t, code, layer);
        for (int j = 0; j < n; j++) {
            int64_t off = llabs(b->fired[j] - target[at + j]);
            if (step == 0) { // untrimmed: what any other has to beat
                b->below[j] = -top - 2;
                b->above[j] = top;
            }
            if (step == 0 || off < b->best[j]) {
                b->best[j] = off;
                best[j] = code[at + j];
            }
            if (more ? b->fired[j] <= target[at + j] : b->fired[j] > target[at + j])
                b->below[j] = code[at + j];
            else
                b->above[j] = code[at + j];
            int middle = (b->below[j] + b->above[j]) / 2;
            code[at + j] = middle < -top - 1 ? -top - 1 : middle;
        }
    }
    memcpy(code + at, best, (size_t)n * sizeof *code);
}

static int tune(const struct predict_job *of, const struct trim_options *t, int32_t *code,
                const struct progress *p, struct fail *f)
{
    struct lif_job job = *(const struct lif_job *)of->inputs;
    const struct image_shape *s = &job.net->shape;
    size_t neurons = (size_t)neurons_of(s);
    long done = 0;
    int starved = 0;
    int64_t *target = calloc(neurons, sizeof *target);
    job.chip = of->chip;
    if (!target) return fail(f, "calibration: out of memory");
    memset(code, 0, (size_t)of->n_chips * neurons * sizeof *code);
#pragma omp parallel
    {
        struct bench b = {0};
        int bad = bench_init(&b, &job);
#pragma omp critical(calibrate)
        starved |= bad;
#pragma omp single
        if (!bad) target_of(&b, &job, target);
#pragma omp for schedule(dynamic, 1)
        for (int i = 0; i < of->n_chips; i++) {
            if (!bad) take_chip(&b, &job, of->first_chip + (uint32_t)i);
            for (int l = 0, at = 0; !bad && l < s->n_layers; at += s->layer[l++].n_out)
                trim_layer(&b, &job, t, target, code + (size_t)i * neurons, l, at);
#pragma omp critical(calibrate)
            progress_tell(p, "chips calibrated", ++done, of->n_chips);
        }
        bench_fini(&b);
    }
    free(target);
    return starved ? fail(f, "calibration: out of memory") : 0;
}

void calibrate_apply(const struct predict_job *job, uint32_t k, struct image *im)
{
    const struct lif_job *lif = job->inputs;
    size_t n = (size_t)neurons_of(&lif->net->shape);
    apply(lif, job->trim, job->code + (size_t)(k - job->first_chip) * n, im);
}

static int n_codes(const struct predict_job *job, const struct trim_options *o)
{
    (void)o;
    return neurons_of(&((const struct lif_job *)job->inputs)->net->shape);
}

static void name_of(const struct predict_job *job, const struct trim_options *o, int code,
                    char *text, size_t size)
{
    const struct lif_job *lif = job->inputs;
    const struct image_shape *s = &lif->net->shape;
    const struct physics *p = physics_of(lif->chip->kind);
    int l = 0;
    (void)o;
    for (; code >= s->layer[l].n_out; l++)
        code -= s->layer[l].n_out;
    snprintf(text, size, "%s of layer %d neuron %d", p->value[p->trim.value].name, l, code);
}

const struct predict_trims lif_trims = {.n = n_codes, .name = name_of, .tune = tune};
