// What predict runs of a DYNAP-SE2 net: event patterns.
#include "cli/predict.h"
#include "twin/predict/dpi_job.h"

#include <stdio.h>
#include <stdlib.h>

struct opened {
    struct dynapse_chip file;
    struct dpi_varied chip;
    struct dpi_net net;
    struct dpi_task task;
    struct dpi_job dpi;
};

static void close_all(void *of)
{
    struct opened *x = of;
    dpi_net_fini(&x->net);
    dpi_task_free(&x->task);
    free(x);
}

static void refuse_others(const struct predict_options *o)
{
    const char *given = o->common.data                      ? "--data"
                        : o->common.words                   ? "--words"
                        : o->common.split != DATASET_SPLITS ? "--split"
                        : o->common.speaker                 ? "--speaker"
                                                            : 0;
    if (given)
        cli_die("%s: %s is a DYNAP-SE2 net: it is shown event patterns (--events)", given, o->net);
    if (o->faults) cli_die("--faults: %s is a DYNAP-SE2 net: faults are of LIF nets", o->net);
    if (o->draws && !o->patterns.general)
        cli_die("--draws: without --general every showing is the same");
}

void predict_open_dpi(struct predict_result *r, struct predict_options *o, struct progress *p)
{
    struct fail f;
    struct opened *x = calloc(1, sizeof *x);
    (void)p;
    if (!x) cli_no_memory();
    refuse_others(o);
    cli_load_dpi_net(&x->net, &x->file, o->net, o->chip);
    dpi_varied_init(&x->chip, &x->file, o->mismatch);
    r->job = (struct predict_job){.by = &dpi_predictor, .chip = &x->chip};
    predict_ask(r, o);
    patterns_load(&x->task, &o->patterns, o->common.quiet);
    patterns_check_net(&x->net, &x->task, o->net);
    x->dpi = (struct dpi_job){.net = &x->net,
                              .task = &x->task,
                              .law = patterns_law(o->patterns.law),
                              .truncate = o->truncate,
                              .draws = !x->task.general ? 1
                                       : o->draws       ? o->draws
                                                        : 10};
    if (dpi_job_task(&r->task, &x->dpi, &f)) cli_die("%s", f.text);
    r->job.inputs = &x->dpi;
    r->job.task = &r->task;
    r->job.seed = o->common.seed;
    r->sound = r->job;
    r->data = o->patterns.events;
    snprintf(r->title, sizeof r->title, "%s, law %s, on %d showings of %d patterns%s", x->file.name,
             o->patterns.law, r->task.n_items, x->task.n_patterns,
             x->task.general ? ", varied, and of noise" : "");
    cli_say_warnings();
    r->opened = x;
    r->close = close_all;
}
