#include "twin/jobs/dpi_job.h"

#include "base/fnv.h"
#include "twin/dpi/dpi_words.h"
#include "twin/jobs/dpi_calibrate.h"
#include "twin/dpi/dpi_engine.h"
#include "twin/jobs/corpus_task.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define CV(value, may_be_zero, what)                                                               \
    {#value, "of its value", 2, offsetof(struct dpi_varied, chip.cv.circuit.value)},

// clang-format off
static const struct knob table[] = {
    DPI_CIRCUIT(CV)
    {"weight", "of the weight", 2, offsetof(struct dpi_varied, chip.cv.weight)},
    {"mismatch", "times the chip file's", 10, offsetof(struct dpi_varied, mismatch), true},
};
// clang-format on
static const struct knobs dpi_knobs = {table, sizeof table / sizeof *table,
                                       sizeof(struct dpi_varied)};

void dpi_varied_init(struct dpi_varied *v, const struct dynapse_chip *chip, double mismatch)
{
    memset(v, 0, sizeof *v);
    memcpy(&v->chip, chip, sizeof *chip);
    v->mismatch = mismatch;
}

static uint64_t hash_of_chip(const void *chip)
{
    const struct dpi_varied *v = chip;
    uint64_t h = dynapse_chip_hash(&v->chip);
    return fnv(h, &v->mismatch, sizeof v->mismatch);
}

struct runner {
    struct dpi_engine engine;
    struct dpi_variation variation;
    struct dpi_image *image; // the words of the chip that is loaded; NULL in double
};

static void runner_free(void *of)
{
    struct runner *r = of;
    if (!r) return;
    dpi_engine_fini(&r->engine);
    dpi_image_free(r->image);
    free(r);
}

// Up to `room` ticks of its runs can be recorded.
static struct runner *runner_with(const struct predict_job *job, int room, struct fail *f)
{
    const struct dpi_varied *v = job->chip;
    const struct dpi_job *dpi = job->inputs;
    struct dpi_image sizes = {
        .n_layers = 1,
        .layer = {{.n_in = dpi->net->n_in, .n_out = dpi->net->n_neurons, .recurrent = true}}};
    struct runner *r = calloc(1, sizeof *r);
    if (!r) {
        fail(f, "prediction: out of memory");
        return 0;
    }
    r->variation = dpi_variation_of(&v->chip, v->mismatch, v->mismatch, dpi->truncate);
    if (dpi_engine_init(&r->engine, &v->chip, dpi->law, dpi->net->n_in, dpi->net->n_neurons, room,
                        f)) {
        free(r);
        return 0;
    }
    if (dpi->law) r->image = dpi_image_new(dpi->law, &sizes);
    r->engine.faults = dpi->faults;
    if (r->image || !dpi->law) return r;
    runner_free(r);
    fail(f, "prediction: out of memory");
    return 0;
}

static void *runner_new(const struct predict_job *job, struct fail *f)
{
    return runner_with(job, 0, f);
}

// In double a chip is its circuits and weights.
static uint64_t hash_of_lane(const struct dpi_chips *c, int lane)
{
    uint64_t h = FNV_START;
    for (int i = 0; i < c->n; i++)
        h = fnv(h, &c->circuit[i * DPI_LANES + lane], sizeof *c->circuit);
    for (int i = 0; i < c->rows * c->n; i++)
        h = fnv(h, &c->w[i * DPI_LANES + lane], sizeof *c->w);
    return h;
}

static void load(struct runner *r, const struct predict_job *job, int lane, uint32_t k,
                 struct predict_chip *out)
{
    const struct dpi_job *dpi = job->inputs;
    struct dpi_engine_note note = {.image = r->image};
    dpi_engine_draw(&r->engine, lane, dpi->net, &r->variation, job->seed, k);
    if (job->code && out) dpi_calibrate_apply(job, k, &r->engine, lane);
    dpi_engine_words(&r->engine, lane, r->image && out ? &note : 0);
    if (!out) return;
    out->clamped = note.clamped.words;
    out->hash = r->image ? dpi_image_hash(r->image) : hash_of_lane(&r->engine.chips, lane);
}

uint16_t dpi_job_decision(const struct dpi_task *t, const float *counts, int n, int stride,
                          bool sound)
{
    int answer = sound ? dpi_task_answer(t, counts, n, stride) : DPI_NO_NUMBER;
    if (answer >= 0)
        return (uint16_t)(answer < t->n_classes ? answer : dpi_said(t, DPI_SAID_ANOTHER));
    if (answer == DPI_NO_NUMBER) return (uint16_t)dpi_said(t, DPI_SAID_IMPOSSIBLE);
    bool silent = answer == DPI_NOISE && !t->general;
    return (uint16_t)(dpi_said(t, DPI_SAID_NONE) | (answer == DPI_TIE ? DECISION_TIED
                                                    : silent          ? DECISION_SILENT
                                                                      : 0));
}

static void decide(const struct runner *r, const struct dpi_job *dpi, int lane,
                   struct predict_chip *out, uint16_t *said)
{
    const struct dpi_engine *e = &r->engine;
    float spikes = 0;
    for (int i = 0; i < e->n; i++) {
        float count = e->counts[i * DPI_LANES + lane];
        if (isfinite(count)) spikes += count;
    }
    // In integers a word that no circuit can have is clamped; in double it is what Rockpool makes
    // of it.
    bool counts = e->chips.sound[lane] || !dpi->law;
    *said = dpi_job_decision(dpi->task, e->counts + lane, e->n, DPI_LANES, counts);
    out->spikes[0] += (int64_t)spikes;
}

static int run(void *of, const struct predict_job *job, const void *shared,
               struct predict_chip *chips, int n, uint16_t *decision, struct fail *f)
{
    (void)shared;
    struct runner *r = of;
    const struct dpi_job *dpi = job->inputs;
    size_t items = (size_t)job->task->n_items;
    uint32_t k[DPI_LANES];
    for (int l = 0; l < DPI_LANES; l++) {
        k[l] = chips[0].k + (uint32_t)l; // behind the last chip: run, not counted
        load(r, job, l, k[l], l < n ? &chips[l] : 0);
    }
    for (int item = 0; item < job->task->n_items; item++) {
        struct dpi_events room = {0};
        const struct dpi_events *events = dpi_task_events(dpi->task, item / dpi->draws, job->seed,
                                                          k, item % dpi->draws, &room, f);
        if (!events) return -1;
        dpi_engine_run(&r->engine, events, false);
        dpi_events_free(&room);
        for (int l = 0; l < n; l++)
            decide(r, dpi, l, &chips[l], &decision[(size_t)l * items + (size_t)item]);
    }
    return 0;
}

struct dpi_image *dpi_job_image(const struct predict_job *job, uint32_t k, struct fail *f)
{
    struct runner *r = runner_new(job, f);
    struct predict_chip chip;
    if (!r) return 0;
    load(r, job, 0, k, &chip);
    struct dpi_image *im = r->image;
    r->image = 0;
    runner_free(r);
    return im;
}

const struct dpi_events *dpi_job_events(const struct dpi_job *dpi, uint64_t seed, uint32_t k,
                                        int item, struct dpi_events *made, struct fail *f)
{
    uint32_t all[DPI_LANES];
    for (int l = 0; l < DPI_LANES; l++)
        all[l] = k;
    return dpi_task_events(dpi->task, item / dpi->draws, seed, all, item % dpi->draws, made, f);
}

int dpi_job_spikes(const struct predict_job *job, uint32_t k, int item, uint8_t *z, struct fail *f)
{
    const struct dpi_job *dpi = job->inputs;
    struct predict_chip chip = {.k = k};
    struct dpi_events room = {0};
    size_t cells = (size_t)dpi->task->n_ticks * (size_t)dpi->net->n_neurons;
    struct runner *r = runner_with(job, dpi->task->n_ticks, f);
    if (!r) return -1;
    for (int l = 0; l < DPI_LANES; l++)
        load(r, job, l, k, &chip);
    const struct dpi_events *events = dpi_job_events(dpi, job->seed, k, item, &room, f);
    if (events) dpi_engine_run(&r->engine, events, true);
    for (size_t i = 0; events && i < cells; i++) {
        float spikes =
            dpi->law ? (float)r->engine.spikes[i].z[0] : r->engine.real_record[i].spikes[0];
        z[i] = spikes >= UINT8_MAX ? UINT8_MAX : spikes > 0 ? (uint8_t)spikes : 0;
    }
    dpi_events_free(&room);
    runner_free(r);
    return events ? 0 : -1;
}

static struct predict_extent extent(const struct predict_job *job)
{
    enum { E_FOLDS = 1500 }; // more than there are between two doubles
    const struct dpi_job *dpi = job->inputs;
    const struct dpi_net *net = dpi->net;
    int64_t n = net->n_neurons, words = DPI_PERIOD - DPI_IO + 1 + net->n_in + n;
    return (struct predict_extent){
        .n_layers = 1,
        .n_out = {net->n_neurons},
        .spikes = {dpi->task->n_ticks * n * (dpi->law ? dpi->law->max_spikes : E_FOLDS)},
        .words = dpi->law ? n * words : 0};
}

static uLong crc_of(uLong crc, const void *bytes, size_t n)
{
    return crc32_z(crc, bytes, n);
}

// What is shown, as it is read: events of patterns, or what a corpus has of its clips, with their labels.
static uLong crc_of_shown(const struct dpi_task *t)
{
    uLong crc = 0;
    for (int i = 0; i < t->n_clips; i++) {
        int label = dpi_task_class(t, i);
        crc = corpus_crc(t->corpus, (uint32_t)crc_of(crc, &label, sizeof label), t->clip[i]);
    }
    for (int p = 0; !t->corpus && p < t->n_classes; p++)
        crc = crc_of(crc, t->pattern[p].event,
                     (size_t)t->pattern[p].n_events * sizeof *t->pattern[p].event);
    return crc;
}

static void identity(const struct predict_job *job, const char *version, char *text, size_t size)
{
    const struct dpi_job *dpi = job->inputs;
    const struct dpi_task *t = dpi->task;
    const struct dpi_net *net = dpi->net;
    size_t n = (size_t)net->n_neurons, in = (size_t)net->n_in;
    uLong of_net = 0, events = crc_of_shown(t);
    const char *law = dpi_law_name(dpi->law);
    of_net = crc_of(of_net, &net->n_in, sizeof net->n_in);
    of_net = crc_of(of_net, &net->Iscale, sizeof net->Iscale);
    of_net = crc_of(of_net, &net->dt, sizeof net->dt);
    of_net = crc_of(of_net, net->w_in, in * n * sizeof *net->w_in);
    of_net = crc_of(of_net, net->w_rec, n * n * sizeof *net->w_rec);
    if (net->circuit) of_net = crc_of(of_net, net->circuit, n * sizeof *net->circuit);
    if (t->corpus)
        snprintf(text, size,
                 "version=%s law=%s net=%08lx clips=%08lx items=%d labels=%d ticks=%d hold=%d "
                 "step=%d truncate=%.17g seed=%" PRIu64 " faults=%08" PRIx32,
                 version, law, of_net, events, t->n_clips, t->n_classes, t->n_ticks, t->hold,
                 t->step, dpi->truncate, job->seed, faults_crc(dpi->faults));
    else
        snprintf(text, size,
                 "version=%s law=%s net=%08lx events=%08lx patterns=%d ticks=%d general=%d "
                 "jitter=%.17g drop=%.17g noise=%.17g reject=%d draws=%d truncate=%.17g "
                 "seed=%" PRIu64 " faults=%08" PRIx32,
                 version, law, of_net, events, t->n_classes, t->n_ticks, t->general,
                 t->general ? t->jitter : 0, t->general ? t->drop : 0,
                 t->general ? t->noise_rate : 0, t->general ? t->reject : 0, dpi->draws,
                 dpi->truncate, job->seed, faults_crc(dpi->faults));
}

static const char *ideal_lacks(const struct predict_job *job)
{
    const struct dpi_job *dpi = job->inputs;
    const struct dpi_law *law = dpi->law;
    return law && (law->gaba || law->leak_once || law->fresh_vmem) ? "the arithmetic of silicon"
                                                                   : 0;
}

// The nominal chip in double.
static int ideal(const struct predict_job *job, double *accuracy, struct fail *f)
{
    struct dpi_job dpi = *(const struct dpi_job *)job->inputs;
    struct predict_job nominal = *job;
    struct predict_chip chip;
    dpi.law = 0;
    dpi.faults = 0;
    nominal.inputs = &dpi;
    nominal.first_chip = 0;
    nominal.n_chips = 1;
    if (predict_run(&nominal, &chip, 0, 0, f)) return -1;
    *accuracy = (double)chip.correct / job->task->n_items;
    return 0;
}

static bool power(const struct predict_job *job, const int64_t *spikes, int64_t n_items,
                  struct power_use *use)
{
    (void)job, (void)spikes, (void)n_items, (void)use;
    return false;
}

static const struct knobs *knobs_of(const void *chip)
{
    (void)chip;
    return &dpi_knobs;
}

const struct predictor dpi_predictor = {.law = "dpi",
                                        .group = DPI_LANES,
                                        .knobs = knobs_of,
                                        .chip_hash = hash_of_chip,
                                        .extent = extent,
                                        .identity = identity,
                                        .runner_new = runner_new,
                                        .runner_free = runner_free,
                                        .run = run,
                                        .ideal_lacks = ideal_lacks,
                                        .ideal = ideal,
                                        .trims = &dpi_trims,
                                        .power = power};

// Silence and ties say that there is no neuron, and nothing else says so in a frozen task.
static int takes_frozen(const struct task *t, uint16_t said)
{
    int class = decision_class(said), marks = said & ~DECISION_CLASS;
    int none = t->n_classes - DPI_SAID + DPI_SAID_NONE;
    if (class == none) return marks == DECISION_SILENT ? 0 : marks == DECISION_TIED ? 2 : -1;
    return marks ? -1 : class < none;
}

// A tie says that there is no neuron, and so does what is no recognition, which is an answer.
static int takes_general(const struct task *t, uint16_t said)
{
    int class = decision_class(said), marks = said & ~DECISION_CLASS;
    int none = t->n_classes - DPI_SAID + DPI_SAID_NONE;
    if (class == none) return marks == DECISION_TIED ? 2 : marks ? -1 : 0;
    return marks ? -1 : class < none;
}

static struct task_words words_of(const struct dpi_task *of, const char *const *class_name)
{
    return (struct task_words){.items = of->corpus ? "clips" : "showings",
                               .sources = of->corpus ? "speakers" : 0,
                               .undecided = "they are right of none",
                               .silent_class = dpi_said(of, DPI_SAID_NONE),
                               .impossible_class = dpi_said(of, DPI_SAID_IMPOSSIBLE),
                               .class_name = class_name};
}

static int clips_task(struct task *t, const struct dpi_task *of, struct fail *f)
{
    const struct dataset *set = &of->corpus->set;
    int classes = dpi_said(of, DPI_SAID);
    if (task_init(t, of->n_clips, classes, 0)) return fail(f, "prediction: out of memory");
    const char **class_name = t->item_name + of->n_clips;
    for (int c = 0; c < of->n_classes; c++)
        class_name[c] = set->labels.text[c];
    // Labels are any words: these are in brackets.
    class_name[dpi_said(of, DPI_SAID_NONE)] = "(none)";
    class_name[dpi_said(of, DPI_SAID_IMPOSSIBLE)] = "(impossible)";
    corpus_task_items(t, set, of->clip);
    t->words = words_of(of, class_name);
    t->n_classes = classes;
    if (!corpus_task_speakers(t, set, of->clip, f)) return 0;
    task_fini(t);
    return -1;
}

static int patterns_task(struct task *t, const struct dpi_task *of, int draws, struct fail *f)
{
    enum { NAME = 32 };
    int n = dpi_task_shown(of) * draws, patterns = of->n_classes;
    int classes = dpi_said(of, DPI_SAID), none = dpi_said(of, DPI_SAID_NONE);
    if (task_init(t, n, classes, (size_t)(n + classes) * NAME))
        return fail(f, "prediction: out of memory");
    const char **class_name = t->item_name + n;
    char *at = t->text;
    for (int p = 0; p < patterns; p++, at += NAME) {
        snprintf(at, NAME, "pattern%d", p);
        class_name[p] = at;
    }
    class_name[dpi_said(of, DPI_SAID_ANOTHER)] = "another";
    class_name[none] = of->general ? "noise" : "none";
    class_name[dpi_said(of, DPI_SAID_IMPOSSIBLE)] = "impossible";
    for (int i = 0; i < n; i++, at += NAME) {
        int class = dpi_task_class(of, i / draws);
        t->label[i] = (uint16_t)(class == DPI_NOISE ? none : class);
        t->item_name[i] = class_name[t->label[i]];
        if (draws == 1) continue;
        snprintf(at, NAME, "%s/%d", class_name[t->label[i]], i % draws);
        t->item_name[i] = at;
    }
    t->words = words_of(of, class_name);
    t->n_classes = classes;
    t->n_sources = 1;
    return 0;
}

int dpi_job_task(struct task *t, const struct dpi_job *dpi, struct fail *f)
{
    const struct dpi_task *of = dpi->task;
    if (of->corpus ? clips_task(t, of, f) : patterns_task(t, of, dpi->draws, f)) return -1;
    t->n_ticks = of->n_ticks;
    t->takes = of->general ? takes_general : takes_frozen;
    t->decisions = of->general ? "a tie says noise, and nothing else is marked"
                               : "silence and a tie, and nothing else, say none";
    return 0;
}
