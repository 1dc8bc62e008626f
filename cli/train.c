// spiketwin train: a run folder with the best net, the log and what is needed to resume.
#include "cli/train.h"

#include "cli/report.h"

#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct run {
    const struct train_command *o;
    const char *folder;
    const struct chip *chip;
    FILE *log;
    char checkpoint[4096];
};

static int after_epoch(void *context, const struct train *t, const struct train_epoch *e,
                       struct fail *f)
{
    struct run *r = context;
    if (!r->o->common.quiet)
        fprintf(stderr,
                "%sepoch %3d of %d  loss %.4f  train %.2f %%  held-back %.2f %%  rate %.1f %%"
                "  %.0f clips/s\n",
                isatty(STDERR_FILENO) ? "\r\033[K" : "", e->epoch, r->o->train.epochs, e->loss,
                100 * e->train, 100 * e->held, 100 * e->rate, e->clips_per_s);
    fprintf(r->log,
            "{\"epoch\":%d,\"loss\":%.9g,\"train\":%.9g,\"held\":%.9g,\"rate\":%.9g,\"lr\":%.9g,"
            "\"rate_loss\":%.9g,\"weight_loss\":%.9g,\"bad_steps\":%ld,\"seconds\":%.3f,"
            "\"clips_per_s\":%.0f}\n",
            e->epoch, e->loss, e->train, e->held, e->rate, e->lr, e->rate_loss, e->weight_loss,
            e->bad_steps, e->seconds, e->clips_per_s);
    if (fflush(r->log)) return fail(f, "%s/log.jsonl: %s", r->folder, strerror(errno));
    return train_save(t, r->chip, &r->o->train, r->checkpoint, f);
}

// The log to append to. Of a run that is resumed, rows behind the checkpoint and a torn last line
// go.
static FILE *open_log(const char *path, int epochs_done)
{
    char temporary[4096], *line = 0;
    size_t room = 0;
    int epoch;
    struct fail f;
    FILE *old = epochs_done ? fopen(path, "r") : 0;
    file_temporary(path, temporary, sizeof temporary);
    FILE *log = fopen(temporary, "w");
    if (!log) cli_die("%s: %s", path, strerror(errno));
    while (old && getline(&line, &room, old) > 0)
        if (strchr(line, '\n') && sscanf(line, "{\"epoch\":%d,", &epoch) == 1 &&
            epoch <= epochs_done)
            fputs(line, log);
    free(line);
    if (old) fclose(old);
    if (fclose(log)) cli_die("%s: %s", path, strerror(errno));
    if (file_commit(temporary, path, &f)) cli_die("%s", f.text);
    log = fopen(path, "a");
    if (!log) cli_die("%s: %s", path, strerror(errno));
    return log;
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

static void first_state(struct train *t, struct train_command *o, const struct chip *c,
                        const struct speech *s, const char *checkpoint)
{
    struct fail f;
    struct net from = {0};
    if (o->from && net_load(&from, o->from, &f)) cli_die("%s", f.text);
    if (o->from) shape_of(&o->train, &from);
    if (train_init(t, c, s, &o->train, o->from ? &from : 0, &f)) cli_die("%s", f.text);
    net_fini(&from);
    if (o->train.front_start > 0 && !o->common.quiet && !o->from)
        fprintf(stderr, "front end: rates within %.4f of %.4f spikes a tick\n", t->front_miss,
                o->train.front_start);
    if (o->resume && train_load(t, c, &o->train, checkpoint, &f)) cli_die("%s", f.text);
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

// Trains on the chip under a condition into `folder`; returns the numbers of the run. *best: the
// net of the best epoch, the caller's to net_fini.
static cJSON *train_into(const char *folder, struct train_command *o, const struct chip *c,
                         const struct speech *s, struct progress *p, struct net *best)
{
    struct fail f;
    struct train t;
    char path[4096];
    struct run r = {.o = o, .folder = folder, .chip = c};
    cli_make_folder(folder);
    snprintf(r.checkpoint, sizeof r.checkpoint, "%s/checkpoint.h5", folder);
    snprintf(path, sizeof path, "%s/log.jsonl", folder);
    first_state(&t, o, c, s, r.checkpoint);
    r.log = open_log(path, t.epoch);
    if (train_run(&t, c, s, &o->train, p, after_epoch, &r, &f)) cli_die("%s", f.text);
    fclose(r.log);

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
    snprintf(path, sizeof path, "%s/train.json", folder);
    cli_write_json(json, path);
    write_curves(folder, json);
    if (best) {
        *best = t.best;
        t.best = (struct net){0};
    }
    train_fini(&t);
    return json;
}

// What each imperfection costs, and what training through it wins back.
static cJSON *ablate(struct train_command *o, const struct chip *c, const struct speech *s,
                     struct progress *p)
{
    struct fail f;
    cJSON *json = cJSON_CreateObject(), *rows = cJSON_AddArrayToObject(json, "ablation");
    cJSON_AddItemToObject(json, "provenance", cli_provenance(&o->common));
    for (int i = 0; i < 3; i++) {
        char folder[4096];
        struct net best;
        struct chip trained = chip_under(c, (enum chip_condition)i);
        snprintf(folder, sizeof folder, "%s/%s", o->out, chip_condition_names[i]);
        o->condition = (enum chip_condition)i;
        cJSON_Delete(train_into(folder, o, &trained, s, p, &best));
        cJSON *row = cJSON_CreateObject(), *on = cJSON_AddObjectToObject(row, "held_back_on");
        cJSON_AddStringToObject(row, "trained", chip_condition_names[i]);
        for (int k = 0; k < 3; k++) {
            struct chip judged = chip_under(c, (enum chip_condition)k);
            int n_chips = k == CHIP_FULL ? TRAIN_JUDGES : 1;
            double held;
            if (train_judge(&best, &judged, s, 1, 1, n_chips, &held, &f)) cli_die("%s", f.text);
            cJSON_AddNumberToObject(on, chip_condition_names[k], held);
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
    cli_make_folder(o.out);
    struct progress *p = cli_progress(&o.common);
    cli_open_speech(&speech, &chip, 0, &o.common, o.held_percent, SPLIT_TRAIN, SPLIT_HELD, p);
    cJSON *json;
    if (o.ablate)
        json = ablate(&o, &chip, &speech, p);
    else {
        chip = chip_under(&chip, o.condition);
        json = train_into(o.out, &o, &chip, &speech, p, 0);
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
