// Training of LIF nets on recordings.
#include "cli/train/train.h"

#include "cli/predict/undecided.h"
#include "cli/report/report.h"
#include "twin/jobs/lif_job.h"
#include "twin/train/train_rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct lif_run {
    struct train_options options;
    struct chip chip; // under the condition
    const struct corpus *corpus;
    struct train state;
    cJSON *first; // what neurons do with first weights; NULL: it is not asked for
};

static const struct merit *merit_of(const struct corpus *s)
{
    return s->targets ? s->targets->merit : &merit_accuracy;
}

static int after_epoch(void *context, const struct train *t, const struct train_epoch *e,
                       struct fail *f)
{
    struct train_run *r = context;
    const struct lif_run *x = r->of;
    const struct merit *m = merit_of(x->corpus);
    char train[MERIT_TEXT], held[MERIT_TEXT];
    train_show(r,
               "epoch %3d of %d  loss %.4f  train %s  held-back %s  rate %.1f %%  %.0f clips/s\n",
               e->epoch, x->options.epochs, e->loss, merit_text(m, e->train, train),
               merit_text(m, e->held, held), 100 * e->rate, e->clips_per_s);
    train_watch_row(&r->watch, e->epoch, e->loss, &e->undecided);
    if (e->redrawn) {
        cli_warn("epoch %d: nothing was learned in %d epochs: first weights are drawn anew",
                 e->epoch, e->redrawn);
        cli_say_warnings();
    }
    if (run_folder_epoch(r->folder, e, f)) return -1;
    (void)t;
    return train_keep(r, x->options.epochs, f);
}

// A row a neuron on stderr, a line a layer.
static void print_moments(const struct image_shape *s, const struct initialise_moment *at,
                          double threshold)
{
    for (int l = 0; l < s->n_layers; l++) {
        int dead = 0;
        fprintf(stderr, "layer %d  neuron   membrane mean       sd   spikes a tick\n", l);
        for (int k = 0; k < s->layer[l].n_out; k++, at++) {
            dead += at->rate == 0;
            fprintf(stderr, "         %6d  %14.4f %8.4f        %8.5f%s\n", k, at->mean / threshold,
                    at->sd / threshold, at->rate, at->rate == 0 ? "  dead" : "");
        }
        fprintf(stderr, "layer %d: %d of %d neurons never fire; membranes in thresholds\n", l, dead,
                s->layer[l].n_out);
    }
}

static cJSON *moments_json(const struct image_shape *s, const struct initialise_moment *at,
                           double threshold)
{
    cJSON *layers = cJSON_CreateArray();
    for (int l = 0; l < s->n_layers; l++) {
        cJSON *layer = cJSON_CreateArray();
        for (int k = 0; k < s->layer[l].n_out; k++, at++) {
            cJSON *one = cJSON_CreateObject();
            cJSON_AddNumberToObject(one, "membrane_mean", at->mean / threshold);
            cJSON_AddNumberToObject(one, "membrane_sd", at->sd / threshold);
            cJSON_AddNumberToObject(one, "spike_rate", at->rate);
            cJSON_AddBoolToObject(one, "dead", at->rate == 0);
            cJSON_AddItemToArray(layer, one);
        }
        cJSON_AddItemToArray(layers, layer);
    }
    return layers;
}

// What neurons do with first weights, on the clips by which those were measured.
static cJSON *tell_moments(const struct lif_run *x, bool quiet)
{
    struct fail f;
    const struct net *n = &x->state.net;
    int *clip = malloc((size_t)x->corpus->set.n_clips * sizeof *clip), neurons = 0;
    for (int l = 0; l < n->shape.n_layers; l++)
        neurons += n->shape.layer[l].n_out;
    struct initialise_moment *at = malloc((size_t)neurons * sizeof *at);
    if (!clip || !at) cli_no_memory();
    int n_clips = corpus_split(x->corpus, SPLIT_TRAIN, clip);
    if (n_clips > TRAIN_MEASURED) n_clips = TRAIN_MEASURED;
    if (initialise_moments(n, &x->chip, x->corpus, clip, n_clips, at, &f)) cli_die("%s", f.text);
    if (!quiet) print_moments(&n->shape, at, x->chip.threshold);
    cJSON *json = moments_json(&n->shape, at, x->chip.threshold);
    free(at);
    free(clip);
    return json;
}

static void first_state(struct lif_run *x, const struct train_command *o)
{
    struct fail f;
    struct net from = {0};
    if (o->from && net_load(&from, cli_net(o->from), &f)) cli_die("%s", f.text);
    if (o->from) train_shape_from(&x->options, &from);
    if (train_init(&x->state, &x->chip, x->corpus, &x->options, o->from ? &from : 0, &f))
        cli_die("%s", f.text);
    net_fini(&from);
    if (x->options.front_start > 0 && !o->common.quiet && !o->from)
        fprintf(stderr, "front end: rates within %.4f of %.4f spikes a tick\n", x->state.front_miss,
                x->options.front_start);
    if (o->lif.moments) x->first = tell_moments(x, o->common.quiet);
}

static long done(const struct train_run *r)
{
    return ((const struct lif_run *)r->of)->state.epoch;
}

static int load(struct train_run *r, struct fail *f)
{
    struct lif_run *x = r->of;
    return train_load(&x->state, &x->chip, &x->options, r->folder->checkpoint, f);
}

static int keep(const struct train_run *r, struct fail *f)
{
    const struct lif_run *x = r->of;
    return train_save(&x->state, &x->chip, &x->options, r->folder->checkpoint, f);
}

static int run_all(struct train_run *r, const struct progress *p, struct fail *f)
{
    struct lif_run *x = r->of;
    return train_run(&x->state, &x->chip, x->corpus, &x->options, p, after_epoch, r, f);
}

static int save(struct train_run *r, const char *path, struct fail *f)
{
    struct lif_run *x = r->of;
    struct net *best = &x->state.best;
    best->clip_ms = x->corpus->clip_ms;
    return net_keep_chip(best, cli_chip_file(), f) || net_save(best, &x->chip, path, f) ? -1 : 0;
}

static void tell(struct train_run *r, cJSON *json)
{
    struct fail f;
    struct lif_run *x = r->of;
    const struct train *t = &x->state;
    struct train_judged judged;
    cJSON_AddStringToObject(json, "chip", x->chip.name);
    cJSON_AddStringToObject(json, "condition", chip_condition_names[r->o->lif.condition]);
    train_tell_options(json, train_identity(t, &x->chip, &x->options));
    cJSON_AddNumberToObject(json, "epochs", t->epoch);
    cJSON_AddNumberToObject(json, "best_epoch", t->best_epoch);
    cJSON_AddNumberToObject(json, "held", t->best_held);
    cJSON_AddStringToObject(json, "figure", merit_of(x->corpus)->name);
    cJSON_AddNumberToObject(json, "held_figure", merit_value(merit_of(x->corpus), t->best_held));
    cJSON_AddNumberToObject(json, "bad_steps", (double)t->bad_steps);
    if (train_judge(&t->best, &x->chip, x->corpus, x->options.seed, TRAIN_FIRST_JUDGE,
                    x->options.held_chips, &judged, &f))
        cli_die("%s", f.text);
    train_watch_end(&r->watch, json, t->best_epoch, &judged.undecided);
    if (x->first) cJSON_AddItemToObject(json, "first_weights", x->first);
}

static const struct trainer trainer = {"net.nir", "epoch", done, load, keep, run_all, save, tell};

// Trains under a condition into the folder. *best: the net of the best epoch, the caller's to
// net_fini; NULL: it is not wanted.
static cJSON *train_under(struct run_folder *to, struct train_command *o,
                          enum chip_condition condition, const struct chip *c,
                          const struct corpus *s, const struct progress *p, struct net *best)
{
    char guess[64];
    o->lif.condition = condition;
    struct lif_run x = {.options = o->lif.train, .chip = chip_under(c, condition), .corpus = s};
    struct train_run r = {.o = o, .by = &trainer, .of = &x, .folder = to};
    if (o->lif.ablate) r.no_resume = "--ablate begins again with --force";
    if (s->targets)
        snprintf(guess, sizeof guess, "the best constant");
    else
        snprintf(guess, sizeof guess, "a guess among %d labels", s->set.labels.n);
    r.watch = (struct train_watch){.unit = "epoch",
                                   .items = s->targets ? "held-back items" : "held-back clips",
                                   .guess = s->targets ? 1 : log(s->set.labels.n),
                                   .costs = guess,
                                   .words = lif_words(s)};
    if (!s->targets)
        snprintf(r.watch.stands_at, sizeof r.watch.stands_at, "ln(%d) = ", s->set.labels.n);
    first_state(&x, o);
    cJSON *json = train_into(&r, p);
    if (best) {
        *best = x.state.best;
        x.state.best = (struct net){0};
    }
    train_fini(&x.state);
    return json;
}

// The curves of all conditions in one picture, from their logs.
static void write_ablation_curves(const struct run_folder *of, const char *out,
                                  const struct merit *m)
{
    char path[FILE_PATH];
    cJSON *log[CHIP_CONDITIONS];
    for (int i = 0; i < CHIP_CONDITIONS; i++)
        log[i] = report_read_log(of[i].path);
    char *svg = report_plot_runs(log, chip_condition_names, CHIP_CONDITIONS, m);
    snprintf(path, sizeof path, "%.4096s/curves.svg", out);
    cli_write_text(svg, path);
    for (int i = 0; i < CHIP_CONDITIONS; i++)
        cJSON_Delete(log[i]);
    free(svg);
}

// What each imperfection costs, and what training through it wins back.
static cJSON *ablate(struct run_folder *to, struct train_command *o, const struct chip *c,
                     const struct corpus *s, const struct progress *p)
{
    struct fail f;
    cJSON *json = cJSON_CreateObject(), *rows = cJSON_AddArrayToObject(json, "ablation");
    cJSON_AddItemToObject(json, "provenance", cli_provenance(&o->common));
    for (int i = 0; i < CHIP_CONDITIONS; i++) {
        struct net best;
        cJSON_Delete(train_under(&to[i], o, (enum chip_condition)i, c, s, p, &best));
        cJSON *row = cJSON_CreateObject(), *on = cJSON_AddObjectToObject(row, "held_back_on");
        cJSON_AddStringToObject(row, "trained", chip_condition_names[i]);
        double held[CHIP_CONDITIONS];
        if (train_judge_conditions(&best, c, s, held, &f)) cli_die("%s", f.text);
        for (int k = 0; k < CHIP_CONDITIONS; k++)
            cJSON_AddNumberToObject(on, chip_condition_names[k], held[k]);
        cJSON_AddItemToArray(rows, row);
        net_fini(&best);
    }
    char path[4096];
    snprintf(path, sizeof path, "%s/ablation.json", o->out);
    cli_write_json(json, path);
    write_ablation_curves(to, o->out, merit_of(s));
    return json;
}

static void print_ablation(const cJSON *json, const struct merit *m)
{
    char text[MERIT_TEXT];
    const cJSON *row, *on;
    if (m->of_item)
        printf("%-33s ideal  quantised  full hardware\n", m->name);
    else
        printf("accuracy on held-back speakers, %%   ideal  quantised  full hardware\n");
    cJSON_ArrayForEach(row, cJSON_GetObjectItem(json, "ablation"))
    {
        printf("  trained %-22s", cJSON_GetObjectItem(row, "trained")->valuestring);
        cJSON_ArrayForEach(on, cJSON_GetObjectItem(row, "held_back_on"))
            printf("  %9s", merit_bare(m, on->valuedouble, text));
        printf("\n");
    }
}

cJSON *train_lif(struct train_command *o, struct progress *p)
{
    struct fail f;
    struct chip chip;
    struct corpus *corpus;
    bool all = o->lif.ablate;
    patterns_refuse(&o->patterns, o->chip);
    if (o->common.split == DATASET_SPLITS) o->common.split = SPLIT_VALIDATION;
    if (o->lif.taps && train_taps(&o->lif.train, o->lif.taps, &f)) cli_die("--%s", f.text);
    if (o->lif.hidden) train_hidden(o->lif.hidden, 1, TRAIN_MAX_HIDDEN, o->lif.train.n_hidden);
    if (all && (o->lif.condition != CHIP_FULL || o->resume))
        cli_die("--ablate: not with --condition or --resume; it trains under each condition");
    if (options_told(&o->told, "epochs") && options_told(&o->told, "steps"))
        cli_die("--steps and --epochs: each says how long to train; give one of them");
    cli_load_chip(&chip, o->chip);
    cli_require_lif(&chip, "no other law of such nets has a backward pass");
    struct run_folder outer, inner[CHIP_CONDITIONS];
    char name[CHIP_CONDITIONS][FILE_PATH];
    if (run_folder_open(&outer, o->out, o->resume, o->force, &f)) cli_die("%s", f.text);
    for (int i = 0; all && i < CHIP_CONDITIONS; i++) {
        snprintf(name[i], FILE_PATH, "%.4096s/%s", o->out, chip_condition_names[i]);
        if (run_folder_open(&inner[i], name[i], false, o->force, &f)) cli_die("%s", f.text);
    }
    o->common.targets = true;
    corpus = cli_open_data(&chip, 0, &o->common, o->lif.held_percent, SPLIT_TRAIN, SPLIT_HELD, p);
    static const char *const of_front[] = {TRAIN_OF_FRONT};
    for (size_t i = 0; !corpus->front && i < sizeof of_front / sizeof *of_front; i++)
        if (options_told(&o->told, of_front[i]))
            cli_die("--%s: of the layer behind a front end; %s goes past it", of_front[i],
                    o->common.data);
    o->lif.train.seed = o->common.seed;
    const struct train_told told = {options_told(&o->told, "front-start") != 0,
                                    options_told(&o->told, "surrogate") != 0,
                                    options_told(&o->told, "rate-weight") != 0,
                                    options_told(&o->told, "epochs") != 0,
                                    options_told(&o->told, "mask") ||
                                        options_told(&o->told, "mask-inputs"),
                                    options_told(&o->told, "shift") != 0};
    if (corpus->targets && told.shift && o->lif.train.plan.shift_ms > 0)
        cli_die("--shift: %g, allowed 0: the targets of %s stay where they are",
                o->lif.train.plan.shift_ms, o->common.data);
    train_suit_data(&o->lif.train, &told, &chip, corpus);
    cJSON *json;
    if (all) {
        if (run_folder_clear(&outer, &f)) cli_die("%s", f.text);
        json = ablate(inner, o, &chip, corpus, p);
        if (run_folder_close(&outer, &f)) cli_die("%s", f.text);
    } else
        json = train_under(&outer, o, o->lif.condition, &chip, corpus, p, 0);
    const struct merit *m = merit_of(corpus);
    const bool targets = corpus->targets;
    char text[MERIT_TEXT];
    cli_close_data(corpus);
    cli_progress_done(p);
    if (o->common.json) return json;
    if (all)
        print_ablation(json, m);
    else
        printf("best epoch %.0f of %.0f: %s%s%s on held-back %s (%d virtual chips); steps not "
               "finite: %.0f\nnet: %s/net.nir\n",
               cJSON_GetObjectItem(json, "best_epoch")->valuedouble,
               cJSON_GetObjectItem(json, "epochs")->valuedouble, targets ? m->name : "",
               targets ? " " : "",
               merit_text(m, cJSON_GetObjectItem(json, "held")->valuedouble, text),
               targets ? "items" : "speakers", o->lif.train.held_chips,
               cJSON_GetObjectItem(json, "bad_steps")->valuedouble, o->out);
    return json;
}
