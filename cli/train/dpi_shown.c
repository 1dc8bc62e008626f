#include "cli/train/dpi_shown.h"

#include <stdio.h>
#include <string.h>

static void read_faults(struct dpi_shown *x, const char *path)
{
    struct fail f;
    const struct image_shape shape = {
        .n_layers = 1,
        .layer = {{.n_in = x->net.n_in, .n_out = x->net.n_neurons, .recurrent = true}}};
    if (!x->dpi.law) cli_die("--faults: bits are of integers, law double has none");
    if (faults_read(&x->faults, path, &dpi_kind, x->dpi.law, &shape, &f)) cli_die("%s", f.text);
    x->dpi.faults = &x->faults;
}

// Event patterns, for a net that was trained on them.
static void open_patterns(struct dpi_shown *x, const char *path, const struct patterns_options *o,
                          const struct cli_common *c)
{
    patterns_refuse_data(c, path);
    if (x->net.labels.n && !o->pattern) {
        char *labels = labels_list(&x->net.labels);
        cli_die("--data DIR is needed: %s was trained for %s", path, labels ? labels : "labels");
    }
    if (o->draws && !patterns_general(o))
        cli_die("--draws: without --task general every showing is the same");
    patterns_load(&x->shown, o, c->quiet);
    patterns_check_net(&x->net, &x->shown, path);
}

void dpi_shown_load(struct dpi_shown *x, struct predict_job *job, const char *path,
                    const char *chip, struct patterns_options *o, const struct cli_common *common)
{
    cli_load_dpi_net(&x->net, &x->file, path, chip);
    patterns_law_of(o, &x->net, path);
    dpi_varied_init(&x->chip, &x->file, o->mismatch);
    x->dpi = (struct dpi_job){.net = &x->net,
                              .task = &x->shown,
                              .law = patterns_law(o->law),
                              .truncate = o->truncate,
                              .draws = patterns_draws(o)};
    *job = (struct predict_job){
        .by = &dpi_predictor, .inputs = &x->dpi, .chip = &x->chip, .seed = common->seed};
}

void dpi_shown_open(struct dpi_shown *x, struct predict_job *job, struct task *task,
                    const char *path, const char *chip, const char *faults,
                    struct patterns_options *o, struct cli_common *common, int held_percent,
                    struct progress *p)
{
    struct fail f;
    if (common->data && o->pattern)
        cli_die("%s: of event patterns, --data shows something else", o->pattern);
    dpi_shown_load(x, job, path, chip, o, common);
    if (common->data) {
        dpi_data_open(&x->data, &x->net, path, x->file.name, common, held_percent, p);
        dpi_data_task(&x->shown, &x->data, x->data.clip, x->data.n, x->net.dt, x->net.front_rate);
    } else
        open_patterns(x, path, o, common);
    if (faults) read_faults(x, faults);
    if (dpi_job_task(task, &x->dpi, &f)) cli_die("%s", f.text);
    job->task = task;
    cli_say_warnings();
}

void dpi_shown_words(const struct dpi_shown *x, uint64_t seed, uint32_t k, int item, uint8_t *words)
{
    struct dpi_events made = {0};
    struct fail f;
    const struct dpi_events *events = dpi_job_events(&x->dpi, seed, k, item, &made, &f);
    if (!events || dpi_events_words(events, 0, x->shown.n_in, words, &f))
        cli_die("item %d: %s", item, f.text);
    dpi_events_free(&made);
}

void dpi_shown_close(struct dpi_shown *x)
{
    dpi_task_free(&x->shown);
    dpi_data_close(&x->data);
    dpi_net_fini(&x->net);
    faults_free(&x->faults);
}

void dpi_shown_title(const struct dpi_shown *x, const struct task *task,
                     const struct patterns_options *o, const struct cli_common *common, char *text,
                     size_t size)
{
    if (x->data.corpus)
        snprintf(text, size, "%s, law %s, on %d clips of %d speakers (%s)", x->file.name, o->law,
                 task->n_items, task->n_sources, dataset_split_names[common->split]);
    else
        snprintf(text, size, "%s, law %s, on %d showings of %d patterns%s", x->file.name, o->law,
                 task->n_items, x->shown.n_classes,
                 patterns_general(o) ? ", varied, and of noise" : "");
}

const char *dpi_shown_data(const struct dpi_shown *x, const struct patterns_options *o,
                           const struct cli_common *common)
{
    return x->data.corpus ? common->data : o->events;
}

const char *dpi_shown_split(const struct dpi_shown *x, const struct cli_common *common)
{
    return x->data.corpus ? dataset_split_names[common->split] : 0;
}
