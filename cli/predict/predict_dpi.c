// What predict runs of a DYNAP-SE2 net.
#include "cli/predict/predict.h"
#include "cli/train/dpi_shown.h"

#include <stdlib.h>

static void close_all(void *of)
{
    dpi_shown_close(of);
    free(of);
}

void predict_open_dpi(struct predict_result *r, struct predict_options *o, struct progress *p)
{
    struct dpi_shown *x = calloc(1, sizeof *x);
    if (!x) cli_no_memory();
    dpi_shown_open(x, &r->job, &r->task, o->net, o->chip, o->faults, &o->patterns, &o->common, 0,
                   p);
    predict_ask(r, o);
    r->sound = r->job;
    x->sound = x->dpi;
    x->sound.faults = 0;
    r->sound.inputs = &x->sound;
    r->faulty = o->faults;
    r->n_faults = x->faults.n_fixed + x->faults.n_flips;
    r->data = dpi_shown_data(x, &o->patterns, &o->common);
    r->split = dpi_shown_split(x, &o->common);
    if (!r->split) r->task_name = o->patterns.task;
    r->law = o->patterns.law;
    dpi_shown_title(x, &r->task, &o->patterns, &o->common, r->title, sizeof r->title);
    r->opened = x;
    r->close = close_all;
}
