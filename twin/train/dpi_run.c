#include "twin/train/dpi_run.h"

#include "twin/dpi/dpi_engine.h"
#include "twin/io/speakers.h"
#include "twin/task/patterns/dpi_corpus.h"
#include "twin/task/patterns/dpi_ears.h"
#include "twin/train/train.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void dpi_run_defaults(struct dpi_run_options *o)
{
    *o = (struct dpi_run_options){
        .mismatch = 3, .weight_mismatch = 3, .truncate = 3, .held_percent = 10, .front_rate = 100};
    dpi_train_defaults(&o->train);
    o->train.shape.n_hidden[0] = 64;
}

int dpi_run_take(struct dpi_run *x, const struct dpi_run_options *o,
                 const struct dpi_run_told *told, bool is_data, bool is_on, struct fail *f)
{
    // Bigger nets than those of patterns: as far as the chip file says, no further.
    const double mismatch = is_data && !told->mismatch ? 1 : o->mismatch;
    const double weight = is_data && !told->weight_mismatch ? 1 : o->weight_mismatch;
    if (o->train.quantised && !is_on)
        return fail(f, "quantise: needs a net to go on from, whose weights are fitted");
    if (o->batch % DPI_LANES)
        return fail(f, "batch: %d, allowed 16..%d in sixteens: so many chips run side by side",
                    o->batch, 1024 * DPI_LANES);
    x->options = o->train;
    if (o->batch) x->options.groups = o->batch / DPI_LANES;
    if (o->logit_scale > 0) x->options.scale = 1 / o->logit_scale;
    x->options.variation = dpi_variation_of(&x->chip, mismatch, weight, o->truncate);
    return 0;
}

static int *split_of(const struct corpus *c, enum dataset_split split, int *n)
{
    int *clip = malloc(((size_t)c->set.n_clips + 1) * sizeof *clip);
    if (clip) *n = corpus_split(c, split, clip);
    return clip;
}

int dpi_run_hear(struct dpi_run *x, const struct dpi_run_options *o, const struct chip *ears,
                 const struct corpus *corpus, const char *name, struct fail *f)
{
    const struct dpi_encoder encoder = dpi_encodes(ears, o->front_rate);
    int n = 0, n_held = 0;
    x->corpus = corpus;
    x->front_rate = o->front_rate;
    x->clip = split_of(corpus, SPLIT_TRAIN, &n);
    x->held = split_of(corpus, SPLIT_HELD, &n_held);
    if (!x->clip || !x->held) return fail(f, "training: out of memory");
    if (!n_held)
        return fail(f, "%s: no speaker is held back to judge the net (held-percent %d)", name,
                    o->held_percent);
    if (dpi_task_of_corpus(&x->task, corpus, x->clip, n, x->chip.dt, &encoder, f)) return -1;
    return dpi_task_of_corpus(&x->judged, corpus, x->held, n_held, x->chip.dt, &encoder, f);
}

// "64,32".
static void hidden_text(const struct dpi_shape *s, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "%d", s->n_hidden[0]);
    for (int l = 1; l < DPI_HIDDEN && s->n_hidden[l] && used < size; l++)
        used += (size_t)snprintf(text + used, size - used, ",%d", s->n_hidden[l]);
}

int dpi_run_shape(struct dpi_run *x, const struct dpi_run_options *o, struct fail *f)
{
    struct dpi_shape *shape = &x->options.shape;
    const struct dynapse_chip *c = &x->chip;
    const int room = c->limits.chips * c->limits.cores * c->limits.neurons;
    char hidden[64];
    if (o->epochs) {
        const int64_t each = (int64_t)x->options.groups * DPI_LANES * x->options.clips;
        const int64_t steps = ((int64_t)o->epochs * x->task.n_clips + each - 1) / each;
        if (steps > DPI_RUN_STEPS)
            return fail(f, "epochs: %d, that is %" PRId64 " steps, allowed up to %d", o->epochs,
                        steps, DPI_RUN_STEPS);
        x->options.steps = (int)steps;
    }
    shape->fan_in = c->limits.cam_entries;
    shape->n_in = x->task.n_in;
    shape->n_out = x->task.n_classes;
    hidden_text(shape, hidden, sizeof hidden);
    if (dpi_shape_neurons(shape) > room)
        return fail(f, "hidden: %s and %d labels are %d neurons, allowed up to %d: all of %s",
                    hidden, x->task.n_classes, dpi_shape_neurons(shape), room, c->name);
    return 0;
}

// A net to go on from hears what it heard and has the layers that are asked for.
static int check_from(const struct dpi_run *x, const struct dpi_net *net, const char *name,
                      struct fail *f)
{
    const struct dpi_task *t = &x->task;
    char hidden[64];
    if (!x->corpus) {
        if (net->n_in == t->n_in && net->n_neurons >= t->n_classes) return 0;
        return fail(f, "%s: %d inputs and %d neurons, the task needs %d and at least %d", name,
                    net->n_in, net->n_neurons, t->n_in, t->n_classes);
    }
    const int n = dpi_shape_neurons(&x->options.shape);
    hidden_text(&x->options.shape, hidden, sizeof hidden);
    if (net->n_in != t->n_in || net->n_neurons != n)
        return fail(f,
                    "%s: %d inputs and %d neurons, hidden layers of %s and the data are %d and %d",
                    name, net->n_in, net->n_neurons, hidden, t->n_in, n);
    if (!labels_equal(&net->labels, &x->corpus->set.labels))
        return fail(f, "%s: trained for other labels than those of the data", name);
    return 0;
}

// The weights of a net and, where they are quantised, the base currents that are fitted to them.
static int go_on_from(struct dpi_run *x, const struct dpi_net *from, const char *name,
                      struct fail *f)
{
    struct dpi_quantised q;
    struct fail why;
    if (check_from(x, from, name, f) || dpi_train_from(&x->state, &x->task, from, &x->options, f))
        return -1;
    if (!x->options.quantised) return 0;
    const size_t n = dpi_train_weights(&x->state.net);
    double *w = malloc(n * sizeof *w);
    if (!w) return fail(f, "training: out of memory");
    for (size_t i = 0; i < n; i++)
        w[i] = *dpi_train_weight(&x->state.net, i);
    const int bad = dpi_quantise(&q, w, n, &dpi_quantise_default, &why);
    free(w);
    if (bad) return fail(f, "%s: %s", name, why.text);
    memcpy(x->options.base, q.base, sizeof q.base);
    return 0;
}

// Whom the net was trained on, now and before, and the front end that it hears by.
static int note_data(struct dpi_run *x, struct fail *f)
{
    struct dpi_net *net = &x->state.net;
    const struct dataset *d = &x->corpus->set;
    uint64_t *speaker = malloc(((size_t)d->n_clips + 1) * sizeof *speaker);
    int n = 0;
    if (!speaker) return fail(f, "training: out of memory");
    for (int i = 0; i < d->n_clips; i++) {
        const struct dataset_clip *c = &d->clip[i];
        if ((c->split == SPLIT_TRAIN || c->split == SPLIT_HELD) && !c->alone)
            speaker[n++] = c->speaker;
    }
    const int bad = speakers_add(&net->speaker, &net->n_speakers, speaker, n, f);
    free(speaker);
    net->front_rate = x->front_file ? x->front_rate : 0;
    net->clip_ms = x->corpus->clip_ms;
    snprintf(net->law, sizeof net->law, "%s", dpi_law_name(x->options.law));
    return bad ? -1 : dpi_net_keep_front(net, x->front_file, f);
}

int dpi_run_begin(struct dpi_run *x, const struct dpi_net *from, const char *name, struct fail *f)
{
    const struct dpi_job shown = {.task = x->corpus ? &x->judged : &x->task,
                                  .draws = x->draws ? x->draws : 1};
    const int n = x->corpus ? dpi_shape_neurons(&x->options.shape) : x->task.n_classes;
    if (dpi_job_task(&x->shown, &shown, f)) return -1;
    if (from ? go_on_from(x, from, name, f)
             : dpi_train_init(&x->state, &x->chip, &x->task, n, &x->options, f))
        return -1;
    return x->corpus ? note_data(x, f) : 0;
}

int dpi_run_keep(struct dpi_run *x, const char *chip_file, struct fail *f)
{
    dpi_net_fini(&x->seen);
    if (dpi_net_like(&x->seen, &x->state.net, f)) return -1;
    dpi_train_seen(&x->options, &x->state.net, &x->seen);
    // A net that went on from another keeps the name of that one's chip; the file is this run's.
    return dpi_net_keep_chip(&x->seen, strcmp(x->seen.chip, x->chip.name) ? 0 : chip_file, f);
}

int dpi_run_judge(struct dpi_run *x, const struct progress *p, struct fail *f)
{
    struct dpi_varied varied;
    struct predict_chip chips[TRAIN_JUDGES];
    const struct dpi_variation *v = &x->options.variation;
    dpi_varied_init(&varied, &x->chip, 1);
    varied.chip.cv.circuit = v->cv;
    varied.chip.cv.weight = v->weight_cv;
    const struct dpi_job dpi = {.net = &x->seen,
                                .task = x->corpus ? &x->judged : &x->task,
                                .law = x->options.law,
                                .truncate = v->limit,
                                .draws = x->draws ? x->draws : 1};
    const struct predict_job job = {.by = &dpi_predictor,
                                    .inputs = &dpi,
                                    .chip = &varied,
                                    .task = &x->shown,
                                    .seed = x->options.seed,
                                    .first_chip = TRAIN_FIRST_JUDGE,
                                    .n_chips = TRAIN_JUDGES};
    uint16_t *said = malloc((size_t)TRAIN_JUDGES * (size_t)x->shown.n_items * sizeof *said);
    if (!said) return fail(f, "training: out of memory");
    int bad = predict_run(&job, chips, said, p, f);
    if (!bad && undecided_count(&x->undecided, &job, chips, said, TRAIN_JUDGES, 2))
        bad = fail(f, "training: out of memory");
    free(said);
    x->held_right = 0;
    for (int i = 0; !bad && i < TRAIN_JUDGES; i++)
        x->held_right += (double)chips[i].correct / x->shown.n_items / TRAIN_JUDGES;
    return bad;
}

void dpi_run_fini(struct dpi_run *x)
{
    task_fini(&x->shown);
    dpi_net_fini(&x->seen);
    dpi_train_fini(&x->state);
    dpi_task_free(&x->task);
    dpi_task_free(&x->judged);
    free(x->clip);
    free(x->held);
    *x = (struct dpi_run){.draws = 0};
}
