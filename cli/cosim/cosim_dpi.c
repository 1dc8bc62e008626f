// spiketwin cosim on a DYNAP-SE2 net: virtual chips as those of predict, a layer's RTL with their
// words, and what the net is shown. The twin's answer comes from the lanes of training and prediction, the words
// that are compared from the reference, so that all three are held against each other.
#include "cli/cosim/cosim_run.h"

#include "base/file.h"
#include "cli/train/dpi_shown.h"
#include "cosim/dut/dut_build.h"
#include "cosim/dut/dut_save.h"
#include "twin/dpi/dpi_engine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct dpi_cosim {
    const struct dpi_shown *job; // net, chip, task, law
    struct dpi_variation variation;
    struct image_shape shape;
    const struct task *task;
    int first; // item that is shown first, of all
};

struct room { // of one thread
    struct dut_handle dut;
    struct dpi_engine engine;
    struct dpi_image *image;
    uint8_t *x; // (n_ticks, n_in)
};

static int room_init(void *of, const struct cosim_job *j, char *message, size_t size)
{
    struct room *b = of;
    const struct dpi_cosim *d = j->dpi;
    struct fail f;
    struct dpi_image sizes = {
        .n_layers = 1,
        .layer = {{.n_in = d->job->net.n_in, .n_out = d->job->net.n_neurons, .recurrent = true}}};
    if (dpi_engine_init(&b->engine, &d->job->file, d->job->dpi.law, d->job->net.n_in,
                        d->job->net.n_neurons, 0, &f)) {
        snprintf(message, size, "%s", f.text);
        return -1;
    }
    b->engine.faults = d->job->dpi.faults;
    b->image = dpi_image_new(d->job->dpi.law, &sizes);
    b->x = malloc((size_t)d->job->shown.n_ticks * (size_t)d->job->shown.n_in);
    if (!b->image || !b->x) {
        snprintf(message, size, "out of memory");
        return -1;
    }
    return dut_open(&b->dut, j->library, message, size);
}

static void room_fini(void *of)
{
    struct room *b = of;
    dut_close(&b->dut);
    dpi_engine_fini(&b->engine);
    dpi_image_free(b->image);
    free(b->x);
}

// Virtual chip k into the engine, all its lanes, and as the words of an image.
static void make_chip(struct room *b, const struct cosim_job *j, uint32_t k)
{
    const struct dpi_cosim *d = j->dpi;
    struct dpi_engine_note note = {.image = b->image};
    for (int lane = 0; lane < DPI_LANES; lane++)
        dpi_engine_load(&b->engine, lane, &d->job->net, &d->variation, j->o->common.seed, k, &note);
}

// Item `item` as the RTL hears it; *said is the twin's decision, as predict has it. 0 or -1.
static int show(struct room *b, const struct cosim_job *j, uint32_t k, int item, uint16_t *said,
                char *message, size_t size)
{
    const struct dpi_cosim *d = j->dpi;
    const struct dpi_task *t = &d->job->shown;
    struct dpi_events made = {0};
    struct fail f;
    const struct dpi_events *events =
        dpi_job_events(&d->job->dpi, j->o->common.seed, k, item, &made, &f);
    if (!events) {
        snprintf(message, size, "%s", f.text);
        return -1;
    }
    int rc = dpi_events_words(events, 0, t->n_in, b->x, &f);
    if (rc) snprintf(message, size, "item %d, %s", item, f.text);
    dpi_engine_run(&b->engine, events, false);
    dpi_events_free(&made);
    *said = dpi_job_decision(t, b->engine.counts, b->engine.n, DPI_LANES, b->engine.chips.sound[0]);
    return rc;
}

// What is shown, with the flips of the list that come in time.
static struct stimulus stimulus_of(const struct room *b, const struct dpi_cosim *d)
{
    const struct faults *a = &d->job->faults;
    int n_ticks = d->job->shown.n_ticks, n = 0;
    while (n < a->n_flips && a->flip[n].tick < n_ticks)
        n++;
    return (struct stimulus){.n_ticks = n_ticks, .x = b->x, .write = a->flip, .n_writes = n};
}

static uint16_t dut_said(const struct room *b, const struct dpi_cosim *d, const int32_t *count)
{
    float counts[DPI_MAX_NEURONS];
    for (int i = 0; i < b->engine.n; i++)
        counts[i] = (float)count[i];
    return dpi_job_decision(&d->job->shown, counts, b->engine.n, 1, b->engine.chips.sound[0]);
}

static bool same_counts(const struct room *b, const int32_t *count)
{
    for (int i = 0; i < b->engine.n; i++)
        if (b->engine.count[i * DPI_LANES] != count[i]) return false;
    return true;
}

// All items on one chip, up to its first divergence.
static int run_chip(void *of, const struct cosim_job *j, struct cosim_result *r, char *message,
                    size_t size)
{
    struct room *b = of;
    const struct dpi_cosim *d = j->dpi;
    const struct lockstep_options how = {.stages = j->o->stages};
    int status = 0;
    make_chip(b, j, r->k);
    const struct law_image view = law_image_dpi(b->image, 0);
    struct lockstep *both = lockstep_new(&b->dut, &view, d->job->shown.n_ticks, message, size);
    struct reached reached = {0};
    if (!both) return -1;
    if (j->o->reached && !reached_init(&reached, &view)) {
        snprintf(message, size, "out of memory");
        status = -1;
    }
    for (int i = 0; status == 0 && i < j->n_clips; i++) {
        uint16_t twin = 0;
        const struct stimulus s = stimulus_of(b, d);
        status = show(b, j, r->k, d->first + i, &twin, message, size);
        if (status == 0) status = lockstep_run(both, &s, &how, &r->lockstep, message, size);
        if (status < 0) break;
        if (status > 0) r->divergent_clip = i;
        if (i < j->o->reached) corners_run(&reached.corners, &reached.reference, &s);
        const int32_t *count = lockstep_dut_count(both);
        if (status == 0 && !same_counts(b, count)) {
            snprintf(message, size, "chip %u, item %d: lanes and reference of the model differ",
                     r->k, d->first + i);
            status = -1;
            break;
        }
        const uint16_t rtl = dut_said(b, d, count), label = d->task->label[d->first + i];
        r->twin_correct += decision_class(twin) == label;
        r->rtl_correct += decision_class(rtl) == label;
        r->decisions_differ += twin != rtl;
        if (r->said) r->said[i] = rtl;
        r->clips++;
    }
    if (status >= 0 && j->o->reached && !reached_add(j->reached, &reached)) {
        snprintf(message, size, "out of memory");
        status = -1;
    }
    reached_fini(&reached);
    lockstep_free(both);
    return status < 0 ? -1 : 0;
}

static const struct cosim_worker worker = {sizeof(struct room), room_init, run_chip, room_fini};

static void write_waves(const struct cosim_job *j, const struct law_image *view,
                        const struct stimulus *s, int tick)
{
    const struct dpi_cosim *d = j->dpi;
    struct dut_build_options where = {j->o->source, j->o->out, true};
    struct dut_handle waves = {0};
    struct file_new wave;
    struct fail f;
    char library[DUT_PATH], message[1024];
    int last = tick + 1 < s->n_ticks ? tick + 1 : s->n_ticks - 1;
    if (file_begin(&wave, j->o->wave, &f)) cli_die("%s", f.text);
    if (dut_build(&dpi_kind, d->job->dpi.law, &d->shape, &where, library, message,
                  sizeof message) ||
        dut_open(&waves, library, message, sizeof message) ||
        lockstep_wave(&waves, view, s, tick > 3 ? tick - 3 : 0, last, wave.temporary, message,
                      sizeof message)) {
        file_drop(&wave);
        cli_die("%s", message);
    }
    dut_close(&waves); // which ends the file
    if (file_commit(&wave, j->o->wave, &f) ||
        dut_save(j->o->wave, &dpi_kind, d->job->dpi.law, &d->shape, &f))
        cli_die("%s", f.text);
    fprintf(stderr, "waves: %s\n", j->o->wave);
}

static void explain(const struct cosim_job *j, const struct cosim_result *r)
{
    const struct cosim_options *o = j->o;
    const struct dpi_cosim *d = j->dpi;
    struct room b = {0};
    char message[1024], seed[24], chip[16], at[16];
    char mismatch[32], truncate[32], draws[16], jitter[32], drop[32], reject[16];
    char ticks[16], clip_ms[16];
    uint16_t said;
    int item = d->first + r->divergent_clip;
    if (room_init(&b, j, message, sizeof message)) cli_die("%s", message);
    make_chip(&b, j, r->k);
    if (show(&b, j, r->k, item, &said, message, sizeof message)) cli_die("%s", message);
    const struct law_image view = law_image_dpi(b.image, 0);
    fprintf(stderr, "first divergence: chip %u, seed %" PRIu64 ", item %d\n", r->k, o->common.seed,
            item);
    lockstep_explain(stderr, &view, &r->lockstep.first);
    snprintf(seed, sizeof seed, "%" PRIu64, o->common.seed);
    snprintf(chip, sizeof chip, "%" PRIu32, r->k);
    snprintf(at, sizeof at, "%d", item);
    const struct patterns_options *shown = &o->patterns;
    const struct cli_common *c = &o->common;
    snprintf(mismatch, sizeof mismatch, "%.17g", shown->mismatch);
    snprintf(truncate, sizeof truncate, "%.17g", shown->truncate);
    snprintf(draws, sizeof draws, "%d", shown->draws);
    snprintf(jitter, sizeof jitter, "%.17g", shown->jitter);
    snprintf(drop, sizeof drop, "%.17g", shown->drop);
    snprintf(reject, sizeof reject, "%d", shown->reject);
    snprintf(ticks, sizeof ticks, "%d", c->ticks);
    snprintf(clip_ms, sizeof clip_ms, "%d", c->clip_ms);
    bool general = patterns_general(shown), data = c->data;
    const struct cosim_given given[] = {{"-d", c->data},
                                        {"-w", c->words},
                                        {"--speaker", c->speaker},
                                        {"--ticks", c->ticks ? ticks : 0},
                                        {"--time-unit", c->time ? events_time_names[c->time] : 0},
                                        {"--clip-ms", c->clip_ms == -1 ? "longest"
                                                      : c->clip_ms     ? clip_ms
                                                                       : 0},
                                        {"-S", data ? dataset_split_names[c->split] : 0},
                                        {"-E", shown->events},
                                        {"--law", shown->law},
                                        {"--mismatch", mismatch},
                                        {"--truncate", truncate},
                                        {"--task", general ? shown->task : 0},
                                        {"--jitter", general ? jitter : 0},
                                        {"--drop", general ? drop : 0},
                                        {"--reject", general ? reject : 0},
                                        {"--draws", shown->draws ? draws : 0},
                                        {"-s", seed},
                                        {"-F", o->faults},
                                        {"-c", o->chip},
                                        {"--source", strcmp(o->source, cli_home()) ? o->source : 0},
                                        {"--build", o->out},
                                        {"-k", chip},
                                        {"-i", at},
                                        {"-W", o->wave ? o->wave : "wave.fst"},
                                        {c->windows ? "--windows -T --" : "-T --", o->net},
                                        {0}};
    cosim_print_again(given);
    const struct stimulus s = stimulus_of(&b, d);
    if (o->wave) write_waves(j, &view, &s, r->lockstep.first.tick);
    room_fini(&b);
}

void cosim_dpi_chips(struct cosim_job *job, const struct dpi_shown *x, const struct task *task,
                     struct progress *p)
{
    static struct dpi_cosim d;
    static char library[DUT_PATH];
    const struct cosim_options *o = job->o;
    const struct dpi_net *net = &x->net;
    const struct dpi_law *law = x->dpi.law;
    char message[1024];
    if (!law) cli_die("--law: double: the RTL computes in integers: compat or silicon");
    if (net->n_neurons > DPI_MAX_NEURONS)
        cli_die("%s: %d neurons, allowed with RTL 1..%d", o->net, net->n_neurons, DPI_MAX_NEURONS);
    d = (struct dpi_cosim){
        .job = x,
        .variation = dpi_variation_of(&x->file, o->patterns.mismatch, o->patterns.mismatch,
                                      o->patterns.truncate),
        .shape = {1, {{net->n_in, net->n_neurons, IMAGE_DENSE, true, false, law->max_spikes}}},
        .task = task,
        .first = o->clip > 0 ? o->clip : 0};
    struct dut_build_options where = {o->source, o->out, false};
    if (!o->common.quiet)
        fprintf(stderr, "Verilator: the RTL of this law and shape (built if it is not kept yet)\n");
    if (dut_build(&dpi_kind, law, &d.shape, &where, library, message, sizeof message))
        cli_die("%s", message);
    job->library = library;
    job->shown = x->data.corpus ? "clips" : "patterns";
    job->law = o->patterns.law;
    job->explain = explain;
    job->dpi = &d;
    cosim_each(job, &worker, p);
}

int cosim_dpi(struct cosim_options *o)
{
    static struct dpi_shown x;
    struct predict_job predicted;
    struct task task;
    struct progress *p = cli_progress(&o->common);
    dpi_shown_open(&x, &predicted, &task, o->net, o->chip, o->faults, &o->patterns, &o->common, 0,
                   p);
    int items = task.n_items;
    if (o->clip >= items) cli_die("--clip: %d, allowed 0..%d", o->clip, items - 1);
    if (o->clips && o->clips < items) items = o->clips;

    char *source = realpath(o->source, 0); // Verilator runs elsewhere
    if (!source) cli_die("--source: %s: no such folder", o->source);
    o->source = source;
    struct cosim_result *result = calloc((size_t)o->n_chips, sizeof *result);
    struct corners reached = {0};
    const int shown = o->clip >= 0 ? 1 : items;
    uint16_t *said = malloc((size_t)o->n_chips * (size_t)shown * sizeof *said);
    if (!result || !said) cli_die("out of memory");
    for (int i = 0; i < o->n_chips; i++)
        result[i] = (struct cosim_result){
            .k = o->k[i], .divergent_clip = -1, .said = o->decisions ? said + i * shown : 0};
    struct cosim_job job = {.o = o, .n_clips = shown, .result = result, .reached = &reached};
    cosim_dpi_chips(&job, &x, &task, p);
    cli_progress_done(p);
    int status = cosim_conclude(&job);
    if (o->decisions && status == EXIT_SAME) // else some are missing
        cosim_write_decisions(&job, task.item_name + (o->clip > 0 ? o->clip : 0),
                              task.words.class_name);
    corners_fini(&reached);
    free(said);
    free(result);
    free(source);
    task_fini(&task);
    dpi_shown_close(&x);
    return status;
}
