// spiketwin train: a run folder with the best net, the log and what is needed to resume.
#include "cli/train/train.h"

#include "cli/command.h"
#include "cli/report/report.h"
#include "cli/train/run_folder.h"
#include "cli/stop.h"
#include "cli/streams.h"
#include "cli/train/train_watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CONDITIONS = 3 };

struct run {
    const struct train_command *o;
    const struct chip *chip;
    struct run_folder *folder;
    const struct speech *speech;
    struct train_watch watch;
    const char *again; // the command that goes on
    char checkpoint[FILE_PATH];
};

static int after_epoch(void *context, const struct train *t, const struct train_epoch *e,
                       struct fail *f)
{
    struct run *r = context;
    if (!r->o->common.quiet) streams_clear_line();
    if (!r->o->common.quiet)
        fprintf(stderr,
                "epoch %3d of %d  loss %.4f  train %.2f %%  held-back %.2f %%  rate %.1f %%"
                "  %.0f clips/s\n",
                e->epoch, r->o->train.epochs, e->loss, 100 * e->train, 100 * e->held, 100 * e->rate,
                e->clips_per_s);
    train_watch_epoch(&r->watch, t, r->speech, e);
    if (run_folder_log(
            r->folder, f,
            "{\"epoch\":%d,\"loss\":%.9g,\"train\":%.9g,\"held\":%.9g,\"rate\":%.9g,\"lr\":%.9g,"
            "\"rate_loss\":%.9g,\"weight_loss\":%.9g,\"bad_steps\":%ld,\"seconds\":%.3f,"
            "\"clips_per_s\":%.0f}\n",
            e->epoch, e->loss, e->train, e->held, e->rate, e->lr, e->rate_loss, e->weight_loss,
            e->bad_steps, e->seconds, e->clips_per_s))
        return -1;
    if (train_save(t, r->chip, &r->o->train, r->checkpoint, f)) return -1;
    if (r->o->ablate)
        stop_says(": %s is kept up to epoch %d of %d; --ablate begins again with --force",
                  r->folder->path, e->epoch, r->o->train.epochs);
    else
        stop_says(" after epoch %d of %d; go on with: %s", e->epoch, r->o->train.epochs, r->again);
    return 0;
}

// The layers of a net to go on from, as options.
static void shape_of(struct train_options *t, const struct net *from)
{
    const struct image_shape *s = &from->shape;
    memset(t->n_hidden, 0, sizeof t->n_hidden);
    for (int l = 1; l < s->n_layers - 1; l++)
        t->n_hidden[l - 1] = s->layer[l].n_out;
    t->recurrent = s->layer[1].recurrent;
    int labels = from->labels.n;
    t->population = labels ? s->layer[s->n_layers - 1].n_out / labels : 1;
}

static void first_state(struct train *t, struct train_command *o, const struct run *r,
                        const struct speech *s)
{
    struct fail f;
    struct net from = {0};
    const struct chip *c = r->chip;
    if (o->from && net_load(&from, o->from, &f)) cli_die("%s", f.text);
    if (o->from) shape_of(&o->train, &from);
    if (train_init(t, c, s, &o->train, o->from ? &from : 0, &f)) cli_die("%s", f.text);
    net_fini(&from);
    if (o->train.front_start > 0 && !o->common.quiet && !o->from)
        fprintf(stderr, "front end: rates within %.4f of %.4f spikes a tick\n", t->front_miss,
                o->train.front_start);
    if (run_folder_resumes(r->folder) && train_load(t, c, &o->train, r->checkpoint, &f))
        cli_die("%s", f.text);
}

// Curves of the run in `folder`, from its log.
static void write_curves(const char *folder, cJSON *json)
{
    char path[4096];
    cJSON *log = report_read_log(folder);
    char *svg = report_plot_learning(log, cJSON_GetObjectItem(json, "best_epoch")->valuedouble);
    snprintf(path, sizeof path, "%s/curves.svg", folder);
    cli_write_text(svg, path);
    cJSON_Delete(log);
    free(svg);
}

// Trains on the chip under a condition into the folder; returns the numbers of the run. *best: the
// net of the best epoch, the caller's to net_fini.
static cJSON *train_into(struct run_folder *to, struct train_command *o, const struct chip *c,
                         const struct speech *s, struct progress *p, struct net *best)
{
    struct fail f;
    struct train t;
    char path[4096];
    struct run r = {.o = o, .folder = to, .chip = c, .speech = s};
    const char *folder = to->path;
    char *again = command_text(0, "--force", "--resume");
    r.again = again;
    snprintf(r.checkpoint, sizeof r.checkpoint, "%s/checkpoint.h5", folder);
    first_state(&t, o, &r, s);
    run_folder_begin(to, "epoch", t.epoch);
    if (t.epoch) {
        cJSON *log = report_read_log(folder);
        train_watch_resume(&r.watch, s, log);
        cJSON_Delete(log);
    }
    if (!o->ablate)
        stop_says(t.epoch ? ": nothing new is kept; go on with: %s"
                          : " before epoch 1; go on with: %s",
                  again);
    if (train_run(&t, c, s, &o->train, p, after_epoch, &r, &f)) cli_die("%s", f.text);

    snprintf(path, sizeof path, "%s/net.nir", folder);
    if (net_keep_chip(&t.best, cli_chip_file(), &f) || net_save(&t.best, c, path, &f))
        cli_die("%s", f.text);
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "provenance", cli_provenance(&o->common));
    cJSON_AddStringToObject(json, "net", path);
    cJSON_AddStringToObject(json, "chip", c->name);
    cJSON_AddStringToObject(json, "condition", chip_condition_names[o->condition]);
    char *text = train_identity(&t, c, &o->train);
    if (!text) cli_die("out of memory");
    cJSON_AddStringToObject(json, "options", text);
    free(text);
    cJSON_AddNumberToObject(json, "epochs", t.epoch);
    cJSON_AddNumberToObject(json, "best_epoch", t.best_epoch);
    cJSON_AddNumberToObject(json, "held", t.best_held);
    cJSON_AddNumberToObject(json, "bad_steps", (double)t.bad_steps);
    train_watch_end(&r.watch, json, &t, c, s, &o->train);
    snprintf(path, sizeof path, "%s/train.json", folder);
    cli_write_json(json, path);
    write_curves(folder, json);
    if (best) {
        *best = t.best;
        t.best = (struct net){0};
    }
    train_fini(&t);
    run_folder_close(to);
    stop_says(": %s is done", folder);
    free(again);
    return json;
}

// What each imperfection costs, and what training through it wins back.
static cJSON *ablate(struct run_folder *to, struct train_command *o, const struct chip *c,
                     const struct speech *s, struct progress *p)
{
    struct fail f;
    cJSON *json = cJSON_CreateObject(), *rows = cJSON_AddArrayToObject(json, "ablation");
    cJSON_AddItemToObject(json, "provenance", cli_provenance(&o->common));
    for (int i = 0; i < CONDITIONS; i++) {
        struct net best;
        struct chip trained = chip_under(c, (enum chip_condition)i);
        o->condition = (enum chip_condition)i;
        cJSON_Delete(train_into(&to[i], o, &trained, s, p, &best));
        cJSON *row = cJSON_CreateObject(), *on = cJSON_AddObjectToObject(row, "held_back_on");
        cJSON_AddStringToObject(row, "trained", chip_condition_names[i]);
        for (int k = 0; k < CONDITIONS; k++) {
            struct chip judged = chip_under(c, (enum chip_condition)k);
            int n_chips = k == CHIP_FULL ? TRAIN_JUDGES : 1;
            struct train_judged held;
            if (train_judge(&best, &judged, s, 1, 1, n_chips, &held, &f)) cli_die("%s", f.text);
            cJSON_AddNumberToObject(on, chip_condition_names[k], held.accuracy);
        }
        cJSON_AddItemToArray(rows, row);
        net_fini(&best);
    }
    char path[4096];
    snprintf(path, sizeof path, "%s/ablation.json", o->out);
    cli_write_json(json, path);
    return json;
}

static void print_ablation(const cJSON *json)
{
    const cJSON *row, *on;
    printf("accuracy on held-back speakers, %%   ideal  quantised  full hardware\n");
    cJSON_ArrayForEach(row, cJSON_GetObjectItem(json, "ablation"))
    {
        printf("  trained %-22s", cJSON_GetObjectItem(row, "trained")->valuestring);
        cJSON_ArrayForEach(on, cJSON_GetObjectItem(row, "held_back_on"))
            printf("  %9.2f", 100 * on->valuedouble);
        printf("\n");
    }
}

static int run(int argc, char **argv)
{
    struct train_command o;
    struct chip chip;
    struct speech speech;
    train_command_parse(&o, argc, argv);
    cli_load_chip(&chip, o.chip);
    cli_require_lif(&chip, "no other law of such nets has a backward pass");
    struct train_options suited = o.train;
    train_suit(&suited, &chip);
    if (!o.reset_grad_told) o.train.reset_grad = suited.reset_grad;
    o.train.initial.least = suited.initial.least;
    if (!o.front_start_told) o.train.front_start = suited.front_start;
    struct run_folder outer, inner[CONDITIONS];
    char name[CONDITIONS][FILE_PATH];
    run_folder_open(&outer, o.out, o.resume, o.force);
    for (int i = 0; o.ablate && i < CONDITIONS; i++) {
        snprintf(name[i], FILE_PATH, "%.4096s/%s", o.out, chip_condition_names[i]);
        run_folder_open(&inner[i], name[i], false, o.force);
    }
    struct progress *p = cli_progress(&o.common);
    cli_open_speech(&speech, &chip, 0, &o.common, o.held_percent, SPLIT_TRAIN, SPLIT_HELD, p);
    cJSON *json;
    if (o.ablate) {
        run_folder_clear(&outer);
        json = ablate(inner, &o, &chip, &speech, p);
        run_folder_close(&outer);
    } else {
        chip = chip_under(&chip, o.condition);
        json = train_into(&outer, &o, &chip, &speech, p, 0);
    }
    cli_progress_done(p);
    if (o.common.json)
        cli_print_json(json);
    else if (o.ablate)
        print_ablation(json);
    else
        printf("best epoch %.0f of %.0f: %.2f %% on held-back speakers (%d virtual chips); steps "
               "not finite: %.0f\nnet: %s/net.nir\n",
               cJSON_GetObjectItem(json, "best_epoch")->valuedouble,
               cJSON_GetObjectItem(json, "epochs")->valuedouble,
               100 * cJSON_GetObjectItem(json, "held")->valuedouble, o.train.held_chips,
               cJSON_GetObjectItem(json, "bad_steps")->valuedouble, o.out);
    if (!o.common.json) cJSON_Delete(json);
    speech_close(&speech);
    return EXIT_SAME;
}

const struct verb verb_train = {"train", "train a network through the integer model", run};
