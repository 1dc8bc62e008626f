// Training of DYNAP-SE2 nets on sound, events and arrays, or on event patterns.
#include "cli/train/dpi_shown.h"
#include "cli/train/train.h"

#include "twin/train/dpi_train_rows.h"

#include <stdio.h>
#include <stdlib.h>

struct dpi_command {
    struct dpi_run run;
    struct dpi_data data; // of no event patterns
    char *front_file;     // what of it hears sound
};

static struct dpi_run *run_of(const struct train_run *r)
{
    return &((struct dpi_command *)r->of)->run;
}

static int after_steps(void *context, const struct dpi_train *t, const struct dpi_train_row *e,
                       struct fail *f)
{
    struct train_run *r = context;
    const struct dpi_run *x = run_of(r);
    const struct undecided u = {.n_chips = e->chips,
                                .n_items = x->corpus ? x->options.clips : dpi_task_shown(&x->task),
                                .n_layers = 1,
                                .n_out = {t->net.n_neurons},
                                .layer = {e->silent}};
    train_show(r, "step %6ld of %d  loss %.4f  right on %.2f %% of %s\n", e->step, x->options.steps,
               e->loss, 100 * e->right, x->corpus ? "clips, on fresh chips" : "fresh chips");
    train_watch_row(&r->watch, (int)e->step, e->loss, &u);
    if (run_folder_steps(r->folder, e, t->bad_chips, f)) return -1;
    return train_keep(r, x->options.steps, f);
}

static long done(const struct train_run *r)
{
    return run_of(r)->state.step;
}

static int load(struct train_run *r, struct fail *f)
{
    struct dpi_run *x = run_of(r);
    return dpi_train_load(&x->state, &x->chip, &x->task, &x->options, r->folder->checkpoint, f);
}

static int keep(const struct train_run *r, struct fail *f)
{
    const struct dpi_run *x = run_of(r);
    return dpi_train_save(&x->state, &x->chip, &x->task, &x->options, r->folder->checkpoint, f);
}

static int run_all(struct train_run *r, const struct progress *p, struct fail *f)
{
    struct dpi_run *x = run_of(r);
    return dpi_train_run(&x->state, &x->chip, &x->task, &x->options, DPI_RUN_EVERY, p, after_steps,
                         r, f);
}

static int save(struct train_run *r, const char *path, struct fail *f)
{
    struct dpi_run *x = run_of(r);
    return dpi_run_keep(x, cli_chip_file(), f) || dpi_net_save(&x->seen, path, f) ? -1 : 0;
}

static void tell(struct train_run *r, cJSON *json)
{
    struct fail f;
    struct dpi_run *x = run_of(r);
    const struct dpi_train *t = &x->state;
    cJSON_AddStringToObject(json, "chip", x->chip.name);
    cJSON_AddStringToObject(json, "law", r->o->patterns.law);
    if (!x->corpus) cJSON_AddStringToObject(json, "task", r->o->patterns.task);
    train_tell_options(json, dpi_train_identity(t, &x->chip, &x->task, &x->options));
    if (dpi_run_judge(x, 0, &f)) cli_die("%s", f.text);
    cJSON_AddNumberToObject(json, "steps", (double)t->step);
    cJSON_AddNumberToObject(json, "held", x->held_right);
    cJSON_AddNumberToObject(json, "bad_chips", (double)t->bad_chips);
    train_watch_end(&r->watch, json, (int)t->step, &x->undecided);
}

static const struct trainer trainer = {"net.h5", "step", done, load, keep, run_all, save, tell};

static void take_options(struct dpi_run *x, struct train_command *o)
{
    struct fail f;
    const struct dpi_run_told told = {options_told(&o->told, "mismatch") != 0,
                                      options_told(&o->told, "weight-mismatch") != 0};
    patterns_parse_law(&o->patterns, o->patterns.law);
    o->dpi.run.train.seed = o->common.seed;
    o->dpi.run.train.law = patterns_law(o->patterns.law);
    if (o->common.data) train_hidden(o->dpi.hidden, 0, DPI_HIDDEN, o->dpi.run.train.shape.n_hidden);
    if (dpi_run_take(x, &o->dpi.run, &told, o->common.data, o->from, &f)) cli_die("--%s", f.text);
}

static void refuse_options(const struct train_command *o, const char *const *name, const char *why)
{
    for (; *name; name++)
        if (options_told(&o->told, *name)) cli_die("--%s: %s", *name, why);
}

// Sound, events or arrays: clips of training, and those that judge.
static void open_data(struct dpi_command *x, struct train_command *o, struct progress *p)
{
    struct fail f;
    static const char *const of_sound[] = {DPI_TRAIN_OF_SOUND, 0};
    if (o->patterns.pattern)
        cli_die("%s: of event patterns, --data shows something else", o->patterns.pattern);
    dpi_data_train(&x->data, &x->run.chip, o->dpi.front, &o->common, o->dpi.run.held_percent, p,
                   &x->front_file);
    if (!x->front_file) refuse_options(o, of_sound, "of recordings, these are events or arrays");
    x->run.front_file = x->front_file;
    if (dpi_run_hear(&x->run, &o->dpi.run, &x->data.ears, x->data.corpus, o->common.data, &f))
        cli_die("%s", f.text);
    if (o->dpi.run.epochs && options_told(&o->told, "steps"))
        cli_die("--steps and --epochs: each says how long to train; give one of them");
    if (dpi_run_shape(&x->run, &o->dpi.run, &f)) cli_die("--%s", f.text);
}

static void open_patterns(struct dpi_run *x, const struct train_command *o)
{
    const struct cli_common *c = &o->common;
    static const char *const of_data[] = {DPI_TRAIN_OF_DATA, 0};
    patterns_refuse_data(c, o->chip);
    refuse_options(o, of_data, "of --data; event patterns have nets of their own");
    patterns_load(&x->task, &o->patterns, c->quiet);
}

static void first_state(struct dpi_run *x, const struct train_command *o)
{
    struct fail f;
    struct dpi_net from = {0};
    const char *name = o->from ? cli_net(o->from) : 0;
    if (name && dpi_net_load(&from, name, &f)) cli_die("%s", f.text);
    x->draws = patterns_draws(&o->patterns);
    if (dpi_run_begin(x, name ? &from : 0, name, &f)) cli_die("%s", f.text);
    dpi_net_fini(&from);
}

cJSON *train_dpi(struct train_command *o, struct progress *p)
{
    struct fail f;
    struct run_folder folder;
    static struct dpi_command command;
    struct dpi_run *x = &command.run;
    struct train_run r = {.o = o, .by = &trainer, .of = &command, .folder = &folder};
    cli_load_dynapse(&x->chip, o->chip);
    take_options(x, o);
    if (o->common.data)
        open_data(&command, o, p);
    else
        open_patterns(x, o);
    first_state(x, o);
    if (run_folder_open(&folder, o->out, o->resume, o->force, &f)) cli_die("%s", f.text);
    r.watch = (struct train_watch){
        .unit = "step",
        .items = o->common.data ? "held-back clips" : "showings",
        .guess = dpi_train_silent_loss(&x->options, &x->task, x->state.net.n_neurons),
        .costs = "a net that never fires",
        .words = x->shown.words};
    cJSON *json = train_into(&r, p);
    cli_progress_done(p);
    if (!o->common.json)
        printf("%ld steps of %d chips: %.2f %% right on %d fresh ones%s; gradients that were no "
               "number: %ld\nnet: %s/net.h5\n",
               x->state.step, x->options.groups * DPI_LANES, 100 * x->held_right, TRAIN_JUDGES,
               o->common.data ? " and held-back speakers" : "", x->state.bad_chips, o->out);
    dpi_run_fini(x);
    dpi_data_close(&command.data);
    free(command.front_file);
    return json;
}
