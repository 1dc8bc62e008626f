#include "twin/jobs/lif_job.h"

#include "model/laws/engine.h"
#include "twin/chip/physics.h"
#include "twin/jobs/calibrate.h"
#include "twin/jobs/corpus_task.h"
#include "twin/jobs/said.h"

#include <stdlib.h>
#include <string.h>

// What the chips of a job share: the stored weights, and the clips' words where no chip's clock
// moves the edges.
struct shared {
    struct virtual_chip_stored stored;
    uint8_t *words; // (n_clips, n_ticks, n_in); NULL: each chip hears its own
};

#define SHARED_BYTES ((size_t)1000000000) // beyond, words are made at each use: the same

struct runner {
    struct image *image;
    const struct engine *engine;
    void *memory;    // of the engine
    uint8_t *words;  // (ENGINE_STIMULI, n_ticks, n_in)
    int16_t *jitter; // (ENGINE_STIMULI, n_ticks)
    int32_t *count;  // (ENGINE_STIMULI, n_out)
    struct said said[ENGINE_STIMULI];
    struct stimulus_write *write; // (ENGINE_STIMULI, writes)
    size_t writes;                // that a clip can have, and one
    int64_t spikes[ENGINE_STIMULI][IMAGE_MAX_LAYERS];
    struct stimulus stimulus[ENGINE_STIMULI];
    struct trace trace[ENGINE_STIMULI];
};

static size_t clip_words(const struct lif_job *lif)
{
    return (size_t)lif->corpus->n_ticks * (size_t)lif->net->shape.layer[0].n_in;
}

// Whether a chip's own clock bins its input.
static bool edges_move(const struct chip *c)
{
    return c->jitter.acts_edges && c->jitter.sigma > 0;
}

static void shared_free(void *of)
{
    struct shared *s = of;
    if (!s) return;
    virtual_chip_stored_fini(&s->stored);
    free(s->words);
    free(s);
}

static void *shared_new(const struct predict_job *job, struct fail *f)
{
    const struct lif_job *lif = job->inputs;
    struct shared *s = calloc(1, sizeof *s);
    if (!s || virtual_chip_stored_init(&s->stored, &lif->net->shape)) {
        free(s);
        fail(f, "prediction: out of memory");
        return 0;
    }
    virtual_chip_store(&s->stored, job->chip, lif->net);
    if (edges_move(job->chip)) return s;
    size_t each = clip_words(lif), all = (size_t)lif->n_clips * each;
    if (all > SHARED_BYTES) return s;
    s->words = malloc(all + 1);
    if (!s->words) {
        shared_free(s);
        fail(f, "prediction: out of memory for %d clips", lif->n_clips);
        return 0;
    }
#pragma omp parallel for schedule(static)
    for (int i = 0; i < lif->n_clips; i++)
        corpus_words(lif->corpus, lif->clip[i], 0, 0, s->words + (size_t)i * each);
    return s;
}

static void runner_free(void *of)
{
    struct runner *r = of;
    if (!r) return;
    virtual_chip_free(r->image);
    free(r->memory);
    free(r->words);
    free(r->jitter);
    free(r->count);
    free(r->write);
    for (int p = 0; p < ENGINE_STIMULI; p++)
        said_fini(&r->said[p]);
    free(r);
}

static void *runner_new(const struct predict_job *job, struct fail *f)
{
    const struct lif_job *lif = job->inputs;
    const struct chip *c = job->chip;
    const struct image_shape *s = &lif->net->shape;
    size_t ticks = (size_t)lif->corpus->n_ticks;
    size_t classes = (size_t)s->layer[s->n_layers - 1].n_out;
    struct runner *r = calloc(1, sizeof *r);
    if (r) {
        r->writes = (size_t)faults_room(lif->faults, c, s, lif->corpus->n_ticks) + 1;
        r->image = virtual_chip_new(c, s);
        r->engine = lif->corpus->targets ? recorder_of(c->kind) : engine_of(c->kind);
        r->memory = r->image ? aligned_alloc(64, r->engine->size(r->image)) : 0;
        r->words = malloc(ENGINE_STIMULI * clip_words(lif));
        r->jitter = malloc(ENGINE_STIMULI * ticks * sizeof *r->jitter);
        r->count = malloc(ENGINE_STIMULI * classes * sizeof *r->count);
        r->write = malloc(ENGINE_STIMULI * r->writes * sizeof *r->write);
    }
    bool good = r && r->image && r->memory && r->words && r->jitter && r->count && r->write;
    for (int p = 0; good && lif->corpus->targets && p < ENGINE_STIMULI; p++)
        good = said_init(&r->said[p], lif->corpus->targets, s);
    if (good) return r;
    runner_free(r);
    fail(f, "prediction: out of memory");
    return 0;
}

// What the chip hears of clip i of the job, at place p of the runner.
static void hear(struct runner *r, const struct predict_job *job, const struct shared *shared,
                 uint32_t k, int i, int p)
{
    const struct lif_job *lif = job->inputs;
    const struct chip *c = job->chip;
    int clip = lif->clip[i], n_ticks = lif->corpus->n_ticks;
    uint64_t id = lif->corpus->set.clip[clip].id;
    int16_t *jitter = r->jitter + (size_t)p * (size_t)n_ticks;
    struct stimulus *s = &r->stimulus[p];
    if (!shared->words) {
        *s = corpus_stimulus(lif->corpus, c, job->seed, k, clip, 0,
                             r->words + (size_t)p * clip_words(lif), jitter);
    } else {
        bool leaks = c->jitter.acts_leak && c->jitter.sigma > 0;
        if (leaks) virtual_chip_jitter(c, job->seed, k, id, jitter, n_ticks);
        *s = (struct stimulus){.n_ticks = n_ticks,
                               .x = shared->words + (size_t)i * clip_words(lif),
                               .jitter = leaks ? jitter : 0};
    }
    if (!k) s->jitter = 0; // the nominal chip's clock is even
    faults_flip(lif->faults, c, r->image, job->seed, k, id, s, r->write + (size_t)p * r->writes);
}

static int run(void *of, const struct predict_job *job, const void *of_all,
               struct predict_chip *out, int n_chips, uint16_t *decision, struct fail *f)
{
    (void)n_chips, (void)f;
    struct runner *r = of;
    const struct shared *shared = of_all;
    const struct lif_job *lif = job->inputs;
    const struct image_shape *shape = &lif->net->shape;
    int n_out = shape->layer[shape->n_layers - 1].n_out;
    struct virtual_chip_note note = {0};
    virtual_chip_draw(r->image, job->chip, lif->net, &shared->stored, job->seed, out->k, &note);
    faults_fix_image(lif->faults, r->image);
    if (job->code) calibrate_apply(job, out->k, r->image);
    r->engine->init(r->memory, r->image);
    out->hash = image_hash(r->image);
    out->clamped = note.clamped;
    for (int first = 0; first < lif->n_clips; first += ENGINE_STIMULI) {
        int n = lif->n_clips - first < ENGINE_STIMULI ? lif->n_clips - first : ENGINE_STIMULI;
        for (int p = 0; p < n; p++) {
            hear(r, job, shared, out->k, first + p, p);
            r->trace[p] = (struct trace){.count = r->count + p * n_out, .spikes = r->spikes[p]};
            r->trace[p].layer[shape->n_layers - 1] = r->said[p].layer;
        }
        r->engine->run(r->memory, n, r->stimulus, r->trace);
        for (int p = 0; p < n; p++) {
            decision[first + p] = said_decision(&r->said[p], lif, first + p, r->trace[p].count);
            for (int l = 0; l < shape->n_layers; l++)
                out->spikes[l] += r->spikes[p][l];
        }
    }
    return 0;
}

static uint64_t hash_of_chip(const void *chip)
{
    return chip_hash(chip);
}

static struct predict_extent extent(const struct predict_job *job)
{
    const struct lif_job *lif = job->inputs;
    const struct image_shape *shape = &lif->net->shape;
    const int n_words = lif->net->words.kind->n_words;
    struct predict_extent e = {.n_layers = shape->n_layers};
    for (int l = 0; l < shape->n_layers; l++) {
        int64_t n_out = shape->layer[l].n_out, sources = image_heard(shape, l) + n_out;
        int each = shape->layer[l].max_spikes > 1 ? shape->layer[l].max_spikes : 1;
        e.n_out[l] = (int)n_out;
        e.spikes[l] = lif->corpus->n_ticks * n_out * each;
        e.words += (2 * sources + n_words) * n_out;
    }
    return e;
}

static const char *ideal_lacks(const struct predict_job *job)
{
    const struct chip *c = job->chip;
    const struct lif_job *lif = job->inputs;
    if (c->kind != &lif_kind) return "this law";
    return lif_ideal_lacks(&c->law, &lif->net->shape);
}

static int ideal(const struct predict_job *job, double *accuracy, struct fail *f)
{
    struct lif_job lif = *(const struct lif_job *)job->inputs;
    lif.chip = job->chip;
    return lif_ideal(&lif, accuracy, f);
}

// Words that are not 0 in the items of the job together, by the nominal clock. -1: out of memory.
static double input_events(const struct lif_job *lif)
{
    const struct corpus *s = lif->corpus;
    const size_t words = (size_t)s->n_ticks * (size_t)s->n_in;
    uint8_t *x = malloc(words);
    double n = x ? 0 : -1;
    for (int i = 0; x && i < lif->n_clips; i++) {
        corpus_words(s, lif->clip[i], 0, 0, x);
        for (size_t k = 0; k < words; k++)
            n += x[k] != 0;
    }
    free(x);
    return n;
}

static bool power(const struct predict_job *job, const int64_t *spikes, int64_t n_items,
                  struct power_use *use)
{
    const struct chip *c = job->chip;
    const struct lif_job *lif = job->inputs;
    if (!power_known(c)) return false;
    const double inputs = c->power.synapse_j > 0 ? input_events(lif) : 0;
    if (inputs < 0) return false;
    const struct power_counts counts = {spikes, inputs * (double)n_items / lif->n_clips, n_items,
                                        lif->corpus->n_ticks, lif->corpus->n_ticks * c->tick_s};
    *use = power_of(c, &lif->net->shape, &counts);
    return true;
}

static const struct knobs *knobs_of(const void *chip)
{
    return physics_of(((const struct chip *)chip)->kind)->knobs;
}

const struct predictor lif_predictor = {.law = "lif",
                                        .group = 1,
                                        .knobs = knobs_of,
                                        .chip_hash = hash_of_chip,
                                        .extent = extent,
                                        .identity = lif_identity,
                                        .shared_new = shared_new,
                                        .shared_free = shared_free,
                                        .runner_new = runner_new,
                                        .runner_free = runner_free,
                                        .run = run,
                                        .ideal_lacks = ideal_lacks,
                                        .ideal = ideal,
                                        .neurobench = lif_neurobench,
                                        .trims = &lif_trims,
                                        .power = power};

struct predict_job lif_predict_job(const struct lif_job *lif, const struct task *task)
{
    return (struct predict_job){.by = &lif_predictor,
                                .inputs = lif,
                                .chip = lif->chip,
                                .task = task,
                                .seed = lif->seed,
                                .first_chip = lif->first_chip,
                                .n_chips = lif->n_chips};
}

// A graded item is silent or not.
static int takes_graded(const struct task *t, uint16_t said)
{
    (void)t;
    return !(said & DECISION_SILENT);
}

// Silence says class 0, a tie the first of the classes that are equal.
static int takes(const struct task *t, uint16_t said)
{
    int class = decision_class(said), marks = said & ~DECISION_CLASS;
    if (marks == DECISION_SILENT) return class == 0 ? 0 : -1;
    if (marks == DECISION_TIED) return class < t->n_classes - 1 ? 2 : -1;
    return marks ? -1 : 1;
}

struct task_words lif_words(const struct corpus *s)
{
    const struct dataset *set = &s->set;
    return (struct task_words){.items = s->targets ? "items" : "clips",
                               .sources = s->targets ? 0 : "speakers",
                               .undecided = "they go to the first label",
                               .impossible_class = -1,
                               .class_name = (const char *const *)set->labels.text};
}

int lif_task(struct task *t, const struct lif_job *lif, struct fail *f)
{
    const struct dataset *set = &lif->corpus->set;
    if (task_init(t, lif->n_clips, 0, 0)) return fail(f, "prediction: out of memory");
    t->words = lif_words(lif->corpus);
    t->n_ticks = lif->corpus->n_ticks;
    t->n_classes = decision_classes(lif->net);
    t->takes = takes;
    t->decisions = "silence says class 0, a tie one before another, and neither is both";
    if (lif->corpus->targets) {
        t->merit = lif->corpus->targets->merit;
        t->takes = takes_graded;
    }
    corpus_task_items(t, set, lif->clip);
    return 0;
}

int lif_task_speakers(struct task *t, const struct lif_job *lif, struct fail *f)
{
    if (lif->corpus->targets) return 0; // no others are known
    return corpus_task_speakers(t, &lif->corpus->set, lif->clip, f);
}
