// Training of DYNAP-SE2 nets on sound, events and arrays, or on event patterns.
#include "cli/train/dpi_shown.h"
#include "cli/train/train.h"

#include "cli/predict/undecided.h"
#include "twin/io/speakers.h"
#include "twin/jobs/dpi_job.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    EVERY = 100, // steps a row of the log and a checkpoint
    MOST_STEPS = 10000000
};

struct dpi_run {
    const struct train_command *o;
    struct dpi_train_options options;
    struct dynapse_chip chip;
    struct dpi_data data; // of no event patterns
    char *front_file;     // what of it hears sound
    struct dpi_task task;
    struct dpi_task judged; // clips held back, which judge the net
    struct dpi_train state;
    struct dpi_net seen; // what is kept: as the last forward pass saw it
    double held_right;   // accuracy of chips that judge it
    struct task shown;
    struct undecided undecided; // of the same
};

static int after_steps(void *context, const struct dpi_train *t, const struct dpi_train_row *e,
                       struct fail *f)
{
    struct train_run *r = context;
    const struct dpi_run *x = r->of;
    const struct undecided u = {.n_chips = e->chips,
                                .n_items =
                                    x->task.corpus ? x->options.clips : dpi_task_shown(&x->task),
                                .n_layers = 1,
                                .n_out = {t->net.n_neurons},
                                .layer = {e->silent}};
    train_show(r, "step %6ld of %d  loss %.4f  right on %.2f %% of %s\n", e->step, x->options.steps,
               e->loss, 100 * e->right, x->task.corpus ? "clips, on fresh chips" : "fresh chips");
    train_watch_row(&r->watch, (int)e->step, e->loss, &u);
    if (run_folder_log(
            r->folder, f,
            "{\"step\":%ld,\"loss\":%.17g,\"train\":%.17g,\"lr\":%.17g,\"bad_chips\":%ld}\n",
            e->step, e->loss, e->right, e->lr, t->bad_chips))
        return -1;
    return train_keep(r, x->options.steps, f);
}

static long done(const struct train_run *r)
{
    return ((const struct dpi_run *)r->of)->state.step;
}

static int load(struct train_run *r, struct fail *f)
{
    struct dpi_run *x = r->of;
    return dpi_train_load(&x->state, &x->chip, &x->task, &x->options, r->checkpoint, f);
}

static int keep(const struct train_run *r, struct fail *f)
{
    const struct dpi_run *x = r->of;
    return dpi_train_save(&x->state, &x->chip, &x->task, &x->options, r->checkpoint, f);
}

static int run_all(struct train_run *r, const struct progress *p, struct fail *f)
{
    struct dpi_run *x = r->of;
    return dpi_train_run(&x->state, &x->chip, &x->task, &x->options, EVERY, p, after_steps, r, f);
}

static int save(struct train_run *r, const char *path, struct fail *f)
{
    struct dpi_run *x = r->of;
    struct dpi_net *seen = &x->seen;
    if (dpi_net_like(seen, &x->state.net, f)) return -1;
    if (x->data.corpus) seen->clip_ms = x->data.corpus->clip_ms;
    dpi_train_seen(&x->options, &x->state.net, seen);
    // A net that went on from another keeps the name of that one's chip; the file is this run's.
    const char *file = strcmp(seen->chip, x->chip.name) ? 0 : cli_chip_file();
    return dpi_net_keep_chip(seen, file, f) || dpi_net_save(seen, path, f) ? -1 : 0;
}

// The net that is kept, on chips that training never draws, varied as its own were.
static void judge(struct dpi_run *x)
{
    struct fail f;
    struct dpi_varied varied;
    struct predict_chip chips[TRAIN_JUDGES];
    const struct dpi_variation *v = &x->options.variation;
    dpi_varied_init(&varied, &x->chip, 1);
    varied.chip.cv.circuit = v->cv;
    varied.chip.cv.weight = v->weight_cv;
    const struct dpi_job dpi = {.net = &x->seen,
                                .task = x->data.corpus ? &x->judged : &x->task,
                                .law = x->options.law,
                                .truncate = v->limit,
                                .draws = patterns_draws(&x->o->patterns)};
    const struct predict_job job = {.by = &dpi_predictor,
                                    .inputs = &dpi,
                                    .chip = &varied,
                                    .task = &x->shown,
                                    .seed = x->options.seed,
                                    .first_chip = TRAIN_FIRST_JUDGE,
                                    .n_chips = TRAIN_JUDGES};
    uint16_t *said = malloc((size_t)TRAIN_JUDGES * (size_t)x->shown.n_items * sizeof *said);
    if (!said) cli_no_memory();
    if (predict_run(&job, chips, said, 0, &f)) cli_die("%s", f.text);
    undecided_of(&x->undecided, &job, chips, said, TRAIN_JUDGES, 2);
    for (int i = 0; i < TRAIN_JUDGES; i++)
        x->held_right += (double)chips[i].correct / x->shown.n_items / TRAIN_JUDGES;
    free(said);
}

static void tell(struct train_run *r, cJSON *json)
{
    struct dpi_run *x = r->of;
    const struct dpi_train *t = &x->state;
    cJSON_AddStringToObject(json, "chip", x->chip.name);
    cJSON_AddStringToObject(json, "law", r->o->patterns.law);
    if (!x->data.corpus) cJSON_AddStringToObject(json, "task", r->o->patterns.task);
    train_tell_options(json, dpi_train_identity(t, &x->chip, &x->task, &x->options));
    judge(x);
    cJSON_AddNumberToObject(json, "steps", (double)t->step);
    cJSON_AddNumberToObject(json, "held", x->held_right);
    cJSON_AddNumberToObject(json, "bad_chips", (double)t->bad_chips);
    train_watch_end(&r->watch, json, (int)t->step, &x->undecided);
}

static const struct trainer trainer = {"net.h5", "step", done, load, keep, run_all, save, tell};

// A net to go on from hears what it heard and has the layers that are asked for.
static void check_from(const struct dpi_run *x, const struct dpi_net *net, const char *from)
{
    struct dpi_shape shape = x->options.shape;
    shape.n_out = x->task.n_classes;
    int n = dpi_shape_neurons(&shape);
    if (net->n_in != x->task.n_in || net->n_neurons != n)
        cli_die("%s: %d inputs and %d neurons, --hidden %s and the data are %d and %d", from,
                net->n_in, net->n_neurons, x->o->dpi.hidden, x->task.n_in, n);
    if (!labels_equal(&net->labels, &x->data.corpus->set.labels))
        cli_die("%s: trained for other labels than those of %s", from, x->o->common.data);
}

// The weights of --from, and with --quantise the base currents that are fitted to them.
static void go_on_from(struct dpi_run *x, const char *from)
{
    struct fail f;
    struct dpi_net net;
    struct dpi_quantised q;
    if (dpi_net_load(&net, from, &f)) cli_die("%s", f.text);
    if (x->data.corpus)
        check_from(x, &net, from);
    else
        patterns_check_net(&net, &x->task, from);
    if (dpi_train_from(&x->state, &x->task, &net, &x->options, &f)) cli_die("%s", f.text);
    dpi_net_fini(&net);
    if (!x->options.quantised) return;
    size_t n = dpi_train_weights(&x->state.net);
    double *w = malloc(n * sizeof *w);
    if (!w) cli_no_memory();
    for (size_t i = 0; i < n; i++)
        w[i] = *dpi_train_weight(&x->state.net, i);
    if (dpi_quantise(&q, w, n, &dpi_quantise_default, &f)) cli_die("%s: %s", from, f.text);
    memcpy(x->options.base, q.base, sizeof q.base);
    free(w);
}

static void take_options(struct dpi_run *x, struct train_command *o)
{
    struct dpi_train_options *t = &o->dpi.train;
    if (t->quantised && !o->from) cli_die("--quantise: needs --from NET, whose weights are fitted");
    if (o->dpi.batch % DPI_LANES)
        cli_die("--batch: %d, allowed 16..%d in sixteens: so many chips run side by side",
                o->dpi.batch, 1024 * DPI_LANES);
    if (o->dpi.batch) t->groups = o->dpi.batch / DPI_LANES;
    if (o->dpi.logit_scale > 0) t->scale = 1 / o->dpi.logit_scale;
    patterns_parse_law(&o->patterns, o->patterns.law);
    // Bigger nets than those of patterns: as far as the chip file says, no further.
    if (o->common.data && !options_told(&o->told, "mismatch")) o->dpi.mismatch = 1;
    if (o->common.data && !options_told(&o->told, "weight-mismatch")) o->dpi.weight = 1;
    t->seed = o->common.seed;
    t->law = patterns_law(o->patterns.law);
    t->variation = dpi_variation_of(&x->chip, o->dpi.mismatch, o->dpi.weight, o->dpi.truncate);
    x->options = *t;
}

static void refuse_options(const struct train_command *o, const char *const *name, const char *why)
{
    for (; *name; name++)
        if (options_told(&o->told, *name)) cli_die("--%s: %s", *name, why);
}

// Sound, events or arrays: clips of training, and those that judge.
static void open_data(struct dpi_run *x, struct train_command *o, struct progress *p)
{
    const struct dynapse_chip *c = &x->chip;
    struct dpi_shape *shape = &x->options.shape;
    if (o->patterns.pattern)
        cli_die("%s: of event patterns, --data shows something else", o->patterns.pattern);
    dpi_data_train(&x->data, c, o->dpi.front, &o->common, o->dpi.held_percent, p, &x->front_file);
    static const char *const of_sound[] = {"front", "front-rate", 0};
    if (!x->front_file) refuse_options(o, of_sound, "of recordings, these are events or arrays");
    dpi_data_task(&x->task, &x->data, x->data.clip, x->data.n, c->dt, o->dpi.front_rate);
    dpi_data_task(&x->judged, &x->data, x->data.held, x->data.n_held, c->dt, o->dpi.front_rate);
    if (o->dpi.epochs) {
        int64_t each = (int64_t)x->options.groups * DPI_LANES * x->options.clips;
        int64_t steps = ((int64_t)o->dpi.epochs * x->data.n + each - 1) / each;
        if (options_told(&o->told, "steps"))
            cli_die("--steps and --epochs: each says how long to train; give one of them");
        if (steps > MOST_STEPS)
            cli_die("--epochs: %d, that is %" PRId64 " steps, allowed up to %d", o->dpi.epochs,
                    steps, MOST_STEPS);
        x->options.steps = (int)steps;
    }
    train_hidden(o->dpi.hidden, 0, DPI_HIDDEN, shape->n_hidden);
    shape->recurrent = o->dpi.recurrent;
    shape->fan_in = c->limits.cam_entries;
    shape->n_in = x->task.n_in;
    shape->n_out = x->task.n_classes;
    int n = dpi_shape_neurons(shape), room = c->limits.chips * c->limits.cores * c->limits.neurons;
    if (n > room)
        cli_die("--hidden: %s and %d labels are %d neurons, allowed up to %d: all of %s",
                o->dpi.hidden, x->task.n_classes, n, room, c->name);
}

static void open_patterns(struct dpi_run *x, const struct train_command *o)
{
    const struct cli_common *c = &o->common;
    static const char *const of_data[] = {
        "hidden",       "recurrent", "epochs",     "clips-per-chip",
        "held-percent", "front",     "front-rate", 0};
    patterns_refuse_data(c, o->chip);
    refuse_options(o, of_data, "of --data; event patterns have nets of their own");
    patterns_load(&x->task, &o->patterns, c->quiet);
}

// Whom the net was trained on, now and before, and the front end that it hears by.
static void note_data(struct dpi_run *x, const struct train_command *o)
{
    struct fail f;
    struct dpi_net *net = &x->state.net;
    const struct dataset *d = &x->data.corpus->set;
    uint64_t *speaker = malloc(((size_t)d->n_clips + 1) * sizeof *speaker);
    int n = 0;
    if (!speaker) cli_no_memory();
    for (int i = 0; i < d->n_clips; i++) {
        const struct dataset_clip *c = &d->clip[i];
        if ((c->split == SPLIT_TRAIN || c->split == SPLIT_HELD) && !c->alone)
            speaker[n++] = c->speaker;
    }
    if (speakers_add(&net->speaker, &net->n_speakers, speaker, n, &f) ||
        dpi_net_keep_front(net, x->front_file, &f))
        cli_die("%s", f.text);
    net->front_rate = x->front_file ? o->dpi.front_rate : 0;
    snprintf(net->law, sizeof net->law, "%s", o->patterns.law);
    free(speaker);
}

cJSON *train_dpi(struct train_command *o, struct progress *p)
{
    struct fail f;
    struct run_folder folder;
    static struct dpi_run x;
    struct train_run r = {.o = o, .by = &trainer, .of = &x, .folder = &folder};
    x = (struct dpi_run){.o = o};
    cli_load_dynapse(&x.chip, o->chip);
    take_options(&x, o);
    if (o->common.data)
        open_data(&x, o, p);
    else
        open_patterns(&x, o);
    const struct dpi_job shown = {.task = o->common.data ? &x.judged : &x.task,
                                  .draws = patterns_draws(&o->patterns)};
    if (dpi_job_task(&x.shown, &shown, &f)) cli_die("%s", f.text);
    const int n = o->common.data ? dpi_shape_neurons(&x.options.shape) : x.task.n_classes;
    if (o->from)
        go_on_from(&x, cli_net(o->from));
    else if (dpi_train_init(&x.state, &x.chip, &x.task, n, &x.options, &f))
        cli_die("%s", f.text);
    if (o->common.data) note_data(&x, o);
    run_folder_open(&folder, o->out, o->resume, o->force);
    r.watch = (struct train_watch){
        .unit = "step",
        .items = o->common.data ? "held-back clips" : "showings",
        .guess = dpi_train_silent_loss(&x.options, &x.task, x.state.net.n_neurons),
        .costs = "a net that never fires",
        .words = x.shown.words};
    cJSON *json = train_into(&r, p);
    cli_progress_done(p);
    if (!o->common.json)
        printf("%ld steps of %d chips: %.2f %% right on %d fresh ones%s; gradients that were no "
               "number: %ld\nnet: %s/net.h5\n",
               x.state.step, x.options.groups * DPI_LANES, 100 * x.held_right, TRAIN_JUDGES,
               o->common.data ? " and held-back speakers" : "", x.state.bad_chips, o->out);
    task_fini(&x.shown);
    dpi_net_fini(&x.seen);
    dpi_train_fini(&x.state);
    dpi_task_free(&x.task);
    dpi_data_close(&x.data);
    free(x.front_file);
    return json;
}
