// spiketwin train: a run folder with the best net, the log and what is needed to resume.
#include "cli/cli.h"

#include "twin/file.h"
#include "twin/train.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
    struct cli_common common;
    struct train_options train;
    const char *chip;
    const char *out;
    int held_percent;
    bool resume;
};

enum {
    KEY_LR_LEAK = 1000,
    KEY_CLIP,
    KEY_SURROGATE,
    KEY_RESET_GRAD,
    KEY_LOGIT_SCALE,
    KEY_RATE_TARGET,
    KEY_RATE_WEIGHT,
    KEY_SHIFT,
    KEY_HELD_CHIPS,
    KEY_HELD_PERCENT,
    KEY_TAU_HIDDEN,
    KEY_TAU_OUT,
    KEY_CLIPS_PER_CHIP
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    struct train_options *t = &o->train;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->child_inputs[1] = &o->common;
        return 0;
    case 'c':
        o->chip = arg;
        return 0;
    case 'o':
        o->out = arg;
        return 0;
    case 'r':
        o->resume = true;
        return 0;
    case 'R':
        t->recurrent = 1;
        return 0;
    case 'n':
        t->n_hidden = (int)cli_integer("--hidden", arg, 1, 1024);
        return 0;
    case 'e':
        t->epochs = (int)cli_integer("--epochs", arg, 1, 100000);
        return 0;
    case 'b':
        t->batch = (int)cli_integer("--batch", arg, 1, 65536);
        return 0;
    case 'l':
        t->lr = cli_number("--lr", arg, 1e-9, 10);
        return 0;
    case KEY_LR_LEAK:
        t->lr_leak = cli_number("--lr-leak", arg, 0, 1);
        return 0;
    case KEY_CLIP:
        t->clip_norm = cli_number("--clip-norm", arg, 1e-9, 1e9);
        return 0;
    case KEY_SURROGATE:
        t->surrogate = cli_number("--surrogate", arg, 0, 1000);
        return 0;
    case KEY_RESET_GRAD:
        t->reset_grad = cli_number("--reset-grad", arg, 0, 1);
        return 0;
    case KEY_LOGIT_SCALE:
        t->logit_scale = cli_number("--logit-scale", arg, 1e-6, 1e3);
        return 0;
    case KEY_RATE_TARGET:
        t->rate_target = cli_number("--rate-target", arg, 0, 1);
        return 0;
    case KEY_RATE_WEIGHT:
        t->rate_weight = cli_number("--rate-weight", arg, 0, 1e6);
        return 0;
    case KEY_SHIFT:
        t->shift_ms = cli_number("--shift", arg, 0, 1000);
        return 0;
    case KEY_HELD_CHIPS:
        t->held_chips = (int)cli_integer("--held-chips", arg, 1, 64);
        return 0;
    case KEY_HELD_PERCENT:
        o->held_percent = (int)cli_integer("--held-percent", arg, 1, 90);
        return 0;
    case KEY_TAU_HIDDEN:
        t->tau_hidden_s = 1e-3 * cli_number("--tau-hidden", arg, 0.1, 1e5);
        return 0;
    case KEY_TAU_OUT:
        t->tau_out_s = 1e-3 * cli_number("--tau-out", arg, 0.1, 1e5);
        return 0;
    case KEY_CLIPS_PER_CHIP:
        t->clips_per_chip = (int)cli_integer("--clips-per-chip", arg, 1, 65536);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"out", 'o', "DIR", 0, "Run folder: net.nir, log.jsonl, checkpoint.h5 (needed)", 1},
    {"chip", 'c', "CHIP", 0, "Chip: a name in chips/ or a file (default fpga-q8.8)", 1},
    {"resume", 'r', 0, 0, "Go on where the run in --out was interrupted, to the same bits", 1},
    {"hidden", 'n', "N", 0, "Hidden neurons (default 64)", 2},
    {"recurrent", 'R', 0, 0, "The hidden layer also hears its own last spikes", 2},
    {"epochs", 'e', "N", 0, "Passes over the training clips", 3},
    {"batch", 'b', "N", 0, "Clips a step", 3},
    {"clips-per-chip", KEY_CLIPS_PER_CHIP, "N", 0, "A fresh virtual chip every N clips", 3},
    {"lr", 'l', "X", 0, "Learning rate of the weights, in thresholds a step (cosine schedule)", 3},
    {"lr-leak", KEY_LR_LEAK, "X", 0, "Learning rate of the leaks; 0: leaks stay", 3},
    {"clip-norm", KEY_CLIP, "X", 0, "Largest norm of a step's gradient", 3},
    {"surrogate", KEY_SURROGATE, "BETA", 0, "Steepness of the surrogate derivative", 3},
    {"reset-grad", KEY_RESET_GRAD, "X", 0, "1: differentiate through the reset, 0: not", 3},
    {"logit-scale", KEY_LOGIT_SCALE, "X", 0, "Logits = X times output spike counts", 3},
    {"rate-target", KEY_RATE_TARGET, "X", 0, "Spikes a hidden neuron and tick that cost nothing",
     3},
    {"rate-weight", KEY_RATE_WEIGHT, "X", 0, "Weight of the penalty on rates above", 3},
    {"shift", KEY_SHIFT, "MS", 0, "Clips are moved by up to MS either way", 3},
    {"tau-hidden", KEY_TAU_HIDDEN, "MS", 0, "First time constant of hidden neurons", 3},
    {"tau-out", KEY_TAU_OUT, "MS", 0, "First time constant of output neurons", 3},
    {"held-percent", KEY_HELD_PERCENT, "N", 0, "Training speakers held back to judge epochs", 3},
    {"held-chips", KEY_HELD_CHIPS, "N", 0, "Virtual chips that judge an epoch", 3},
    {0}};

struct run {
    const struct options *o;
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
            "\"bad_steps\":%ld,\"seconds\":%.3f,\"clips_per_s\":%.0f}\n",
            e->epoch, e->loss, e->train, e->held, e->rate, e->lr, e->bad_steps, e->seconds,
            e->clips_per_s);
    if (fflush(r->log)) return fail(f, "%s/log.jsonl: %s", r->o->out, strerror(errno));
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

static int run(int argc, char **argv)
{
    static const struct argp_child children[] = {
        {&cli_data_argp, 0, 0, 0}, {&cli_common_argp, 0, 0, 0}, {0}};
    static const struct argp argp = {
        options,
        parse,
        0,
        "Trains 16 front-end neurons -> hidden layer -> one neuron a word, forward through the "
        "integer model of virtual chips, backward with a surrogate.\v"
        "Epochs are judged on held-back training speakers; validation clips are not touched.\n"
        "Example: spiketwin train -d speech_commands -w yes,no -R -o build/yes-no",
        children,
        0,
        0};
    struct options o = {
        .common = {.seed = 1, .split = SPLIT_VALIDATION}, .chip = "fpga-q8.8", .held_percent = 10};
    train_defaults(&o.train);
    cli_parse(&argp, argc, argv, &o, sizeof o);
    if (!o.out) cli_die("--out DIR is needed");
    o.train.seed = o.common.seed;

    struct fail f;
    struct chip chip;
    struct speech speech;
    struct train train;
    char path[4096];
    struct run r = {.o = &o, .chip = &chip};
    snprintf(r.checkpoint, sizeof r.checkpoint, "%s/checkpoint.h5", o.out);
    snprintf(path, sizeof path, "%s/log.jsonl", o.out);
    cli_load_chip(&chip, o.chip);
    cli_make_folder(o.out);
    struct progress *p = cli_progress(&o.common);
    cli_open_speech(&speech, &chip, 0, &o.common, o.held_percent, SPLIT_TRAIN, SPLIT_HELD, p);
    if (train_init(&train, &chip, &speech, &o.train, &f)) cli_die("%s", f.text);
    if (o.resume && train_load(&train, &chip, &o.train, r.checkpoint, &f)) cli_die("%s", f.text);
    r.log = open_log(path, train.epoch);
    if (train_run(&train, &chip, &speech, &o.train, p, after_epoch, &r, &f)) cli_die("%s", f.text);
    fclose(r.log);
    cli_progress_done(p);

    snprintf(path, sizeof path, "%s/net.nir", o.out);
    if (net_save(&train.best, &chip, path, &f)) cli_die("%s", f.text);
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "provenance", cli_provenance(&o.common));
    cJSON_AddStringToObject(json, "net", path);
    cJSON_AddNumberToObject(json, "best_epoch", train.best_epoch);
    cJSON_AddNumberToObject(json, "held", train.best_held);
    cJSON_AddNumberToObject(json, "bad_steps", (double)train.bad_steps);
    snprintf(path, sizeof path, "%s/train.json", o.out);
    cli_write_json(json, path);
    if (o.common.json)
        cli_print_json(json);
    else {
        printf("best epoch %d of %d: %.2f %% on held-back speakers (%d virtual chips); steps not "
               "finite: %ld\nnet: %s/net.nir\n",
               train.best_epoch, o.train.epochs, 100 * train.best_held, o.train.held_chips,
               train.bad_steps, o.out);
        cJSON_Delete(json);
    }
    train_fini(&train);
    speech_close(&speech);
    return EXIT_SAME;
}

const struct verb verb_train = {"train", "train a network through the integer model", run};
