// Training of DYNAP-SE2 nets on event patterns.
#include "cli/train/train.h"

#include "cli/predict/undecided.h"
#include "twin/jobs/dpi_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EVERY = 100 }; // steps a row of the log and a checkpoint

struct dpi_run {
    const struct train_command *o;
    struct dpi_train_options options;
    struct dynapse_chip chip;
    struct dpi_task task;
    struct dpi_train state;
    struct dpi_net seen; // what is kept: as the last forward pass saw it
    double held;         // accuracy of chips that judge it
    struct task shown;
    struct undecided undecided; // of the same
};

static int after_steps(void *context, const struct dpi_train *t, const struct dpi_train_row *e,
                       struct fail *f)
{
    struct train_run *r = context;
    const struct dpi_run *x = r->of;
    const struct undecided u = {.n_chips = e->chips,
                                .n_items = dpi_task_shown(&x->task),
                                .n_layers = 1,
                                .n_out = {t->net.n_neurons},
                                .layer = {e->silent}};
    train_show(r, "step %6ld of %d  loss %.4f  right on %.2f %% of fresh chips\n", e->step,
               x->options.steps, e->loss, 100 * e->right);
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
                                .task = &x->task,
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
        x->held += (double)chips[i].correct / x->shown.n_items / TRAIN_JUDGES;
    free(said);
}

static void tell(struct train_run *r, cJSON *json)
{
    struct dpi_run *x = r->of;
    const struct dpi_train *t = &x->state;
    cJSON_AddStringToObject(json, "chip", x->chip.name);
    cJSON_AddStringToObject(json, "law", r->o->patterns.law);
    cJSON_AddStringToObject(json, "task", r->o->patterns.task);
    train_tell_options(json, dpi_train_identity(t, &x->chip, &x->task, &x->options));
    judge(x);
    cJSON_AddNumberToObject(json, "steps", (double)t->step);
    cJSON_AddNumberToObject(json, "held", x->held);
    cJSON_AddNumberToObject(json, "bad_chips", (double)t->bad_chips);
    train_watch_end(&r->watch, json, (int)t->step, &x->undecided);
}

static const struct trainer trainer = {"net.h5", "step", done, load, keep, run_all, save, tell};

// The weights of --from, and with --quantise the base currents that are fitted to them.
static void go_on_from(struct dpi_run *x, const char *from)
{
    struct fail f;
    struct dpi_net net;
    struct dpi_quantised q;
    if (dpi_net_load(&net, from, &f)) cli_die("%s", f.text);
    patterns_check_net(&net, &x->task, from);
    if (dpi_train_from(&x->state, &net, &f)) cli_die("%s", f.text);
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
    t->seed = o->common.seed;
    t->law = patterns_law(o->patterns.law);
    t->variation = dpi_variation_of(&x->chip, o->dpi.mismatch, o->dpi.weight, o->dpi.truncate);
    x->options = *t;
}

cJSON *train_dpi(struct train_command *o, struct progress *p)
{
    struct fail f;
    struct run_folder folder;
    static struct dpi_run x;
    struct train_run r = {.o = o, .by = &trainer, .of = &x, .folder = &folder};
    x = (struct dpi_run){.o = o};
    patterns_refuse_recordings(&o->common, o->chip, "chip");
    cli_load_dynapse(&x.chip, o->chip);
    take_options(&x, o);
    patterns_load(&x.task, &o->patterns, o->common.quiet);
    const struct dpi_job shown = {.task = &x.task, .draws = patterns_draws(&o->patterns)};
    if (dpi_job_task(&x.shown, &shown, &f)) cli_die("%s", f.text);
    if (o->from)
        go_on_from(&x, o->from);
    else if (dpi_train_init(&x.state, &x.chip, &x.task, x.task.n_classes, &x.options, &f))
        cli_die("%s", f.text);
    run_folder_open(&folder, o->out, o->resume, o->force);
    r.watch = (struct train_watch){
        .unit = "step",
        .items = "showings",
        .guess = dpi_train_silent_loss(&x.options, &x.task, x.state.net.n_neurons),
        .costs = "a net that never fires",
        .words = x.shown.words};
    cJSON *json = train_into(&r, p);
    cli_progress_done(p);
    if (!o->common.json)
        printf("%ld steps of %d chips: %.2f %% right on %d fresh ones; gradients that were no "
               "number: %ld\nnet: %s/net.h5\n",
               x.state.step, x.options.groups * DPI_LANES, 100 * x.held, TRAIN_JUDGES,
               x.state.bad_chips, o->out);
    task_fini(&x.shown);
    dpi_net_fini(&x.seen);
    dpi_train_fini(&x.state);
    dpi_task_free(&x.task);
    return json;
}
