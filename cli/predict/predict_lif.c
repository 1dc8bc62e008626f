// What predict runs of a LIF net: recordings.
#include "cli/predict/predict.h"
#include "twin/net/rules.h"
#include "twin/jobs/lif_job.h"

#include <stdio.h>
#include <stdlib.h>

struct opened {
    struct chip chip;
    struct net net;
    struct corpus *corpus;
    struct faults faults;
    struct lif_job lif, sound;
    int *clip;
};

static void close_all(void *of)
{
    struct opened *x = of;
    faults_free(&x->faults);
    free(x->clip);
    cli_close_data(x->corpus);
    net_fini(&x->net);
    free(x);
}

void predict_open_lif(struct predict_result *r, struct predict_options *o, struct progress *p)
{
    struct fail f;
    struct opened *x = calloc(1, sizeof *x);
    if (!x) cli_no_memory();
    patterns_refuse(&o->patterns, o->net);
    cli_load_runnable(&x->net, &x->chip, o->net, o->chip);
    if (x->net.labels.n > UINT8_MAX + 1)
        cli_die("%s: %d labels, allowed up to %d (a decision is a byte)", o->net, x->net.labels.n,
                UINT8_MAX + 1);
    if (rules_check_shape(&x->chip, &x->net.shape, &f)) cli_die("%s: %s", o->net, f.text);
    r->job = (struct predict_job){.by = &lif_predictor, .chip = &x->chip};
    predict_ask(r, o);
    if (o->faults &&
        faults_read(&x->faults, o->faults, x->chip.kind, &x->chip.law, &x->net.shape, &f))
        cli_die("%s", f.text);
    r->faulty = o->faults;
    r->n_faults = x->faults.n_fixed + x->faults.n_flips;
    int n;
    o->common.targets = true;
    x->corpus = cli_open_split(&x->chip, &x->net, &o->common, &x->clip, &n, p);
    r->lif = &x->net;
    r->lif_chip = &x->chip;
    r->data = o->common.data;
    r->split = dataset_split_names[o->common.split];
    x->sound = (struct lif_job){.chip = &x->chip,
                                .net = &x->net,
                                .corpus = x->corpus,
                                .clip = x->clip,
                                .n_clips = n,
                                .seed = o->common.seed};
    x->lif = x->sound;
    x->lif.faults = o->faults ? &x->faults : 0;
    if (lif_task(&r->task, &x->lif, &f) || lif_task_speakers(&r->task, &x->lif, &f))
        cli_die("%s", f.text);
    r->job = lif_predict_job(&x->lif, &r->task);
    r->sound = lif_predict_job(&x->sound, &r->task);
    if (x->corpus->targets)
        snprintf(r->title, sizeof r->title, "%s on %d items (%s), %s", x->chip.name, n, r->split,
                 r->task.merit->name);
    else
        snprintf(r->title, sizeof r->title, "%s on %d clips of %d speakers (%s)", x->chip.name, n,
                 r->task.n_sources, r->split);
    r->opened = x;
    r->close = close_all;
}
