// What predict runs of a DYNAP-SE2 net: event patterns.
#include "cli/predict/predict.h"

#include <stdlib.h>

static void close_all(void *of)
{
    patterns_close(of);
    free(of);
}

void predict_open_dpi(struct predict_result *r, struct predict_options *o, struct progress *p)
{
    struct patterns_job *x = calloc(1, sizeof *x);
    (void)p;
    if (!x) cli_no_memory();
    patterns_open(x, &r->job, &r->task, o->net, o->chip, o->faults, &o->patterns, &o->common);
    predict_ask(r, o);
    r->sound = r->job;
    x->sound = x->dpi;
    x->sound.faults = 0;
    r->sound.inputs = &x->sound;
    r->faulty = o->faults;
    r->n_faults = x->faults.n_fixed + x->faults.n_flips;
    r->data = o->patterns.events;
    r->task_name = o->patterns.task;
    r->law = o->patterns.law;
    patterns_title(x, &r->task, &o->patterns, r->title, sizeof r->title);
    r->opened = x;
    r->close = close_all;
}
