// spiketwin dynapse2 train: a run folder with the net, the log and what is needed to resume.
#include "cli/dynapse2/dynapse2.h"

#include "cli/command.h"
#include "cli/train/run_folder.h"
#include "cli/stop.h"
#include "cli/streams.h"
#include "twin/train/dpi_train.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    struct dynapse2_common common;
    struct dpi_train_options train;
    const char *out, *from;
    double circuit, weight, limit; // mismatch
    bool resume, force;
};

enum {
    KEY_INIT = 1000,
    KEY_WEIGHT_MAX,
    KEY_SCALE,
    KEY_MARGIN,
    KEY_CLIP,
    KEY_WEIGH,
    KEY_SURROGATE,
    KEY_BACK,
    KEY_OFF,
    KEY_LIMIT,
    KEY_FROM,
    KEY_QUANTISE,
    KEY_FORCE
};
enum { EVERY = 100 }; // steps a row of the log and a checkpoint

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    struct dpi_train_options *t = &o->train;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->common;
        return 0;
    case 'o':
        o->out = arg;
        return 0;
    case 'r':
        o->resume = true;
        return 0;
    case 'n':
        t->steps = (int)cli_integer("--steps", arg, 1, 10000000);
        return 0;
    case 'g':
        t->groups = (int)cli_integer("--groups", arg, 1, 1024);
        return 0;
    case 'l':
        t->lr = cli_number("--lr", arg, 1e-9, 1e3);
        return 0;
    case 'm':
        o->circuit = cli_number("--mismatch", arg, 0, 10);
        return 0;
    case 'w':
        o->weight = cli_number("--weight-mismatch", arg, 0, 10);
        return 0;
    case KEY_LIMIT:
        o->limit = cli_number("--limit", arg, 0, 100);
        return 0;
    case KEY_FROM:
        o->from = arg;
        return 0;
    case KEY_FORCE:
        o->force = true;
        return 0;
    case KEY_QUANTISE:
        t->quantised = true;
        return 0;
    case KEY_INIT:
        t->init = cli_number("--init", arg, 0, 1e6);
        return 0;
    case KEY_WEIGHT_MAX:
        t->weight_max = cli_number("--weight-max", arg, 0, 1e6);
        return 0;
    case KEY_SCALE:
        t->scale = cli_number("--scale", arg, 1e-3, 1e6);
        return 0;
    case KEY_MARGIN:
        t->margin = cli_number("--margin", arg, -1e3, 1e3);
        return 0;
    case KEY_CLIP:
        t->clip = cli_number("--clip-norm", arg, 1e-9, 1e9);
        return 0;
    case KEY_WEIGH:
        t->weigh = true;
        return 0;
    case KEY_SURROGATE:
        t->backward.slope = (float)cli_number("--surrogate", arg, 0, 1000);
        return 0;
    case KEY_BACK:
        t->backward.back = (float)cli_number("--back", arg, 0, 1);
        return 0;
    case KEY_OFF:
        t->backward.off = (float)cli_number("--off", arg, 0, 1);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"out", 'o', "DIR", 0, "Run folder: net.h5, log.jsonl, checkpoint.h5 (needed)", 1},
    {"resume", 'r', 0, 0, "Go on where the run in --out was interrupted, to the same bits", 1},
    {"force", KEY_FORCE, 0, 0, "Begin anew where --out holds a run: removes it", 1},
    {"from", KEY_FROM, "NET", 0, "Begin with the weights and circuits of this net: fine-tuning", 1},
    {"quantise", KEY_QUANTISE, 0, 0,
     "Forward with 4-bit weights, each at its nearest sum of four base currents that are fitted to "
     "the weights of --from",
     1},
    {"steps", 'n', "N", 0, "Steps (default 2000)", 2},
    {"groups", 'g', "N", 0, "Times sixteen fresh virtual chips a step (default 4)", 2},
    {"mismatch", 'm', "X", 0,
     "Circuit parameters of training chips vary by X times the chip file's coefficients (default "
     "3: 30 %)",
     2},
    {"weight-mismatch", 'w', "X", 0, "The same of their weights (default 3)", 2},
    {"limit", KEY_LIMIT, "SIGMA", 0,
     "Training chips stay within so many standard deviations (default 3)", 2},
    {"lr", 'l', "X", 0,
     "Learning rate of a weight, units of Iscale a step (default 0.1, cosine schedule)", 2},
    {"init", KEY_INIT, "X", 0, "Standard deviation of the first weights (default 2)", 2},
    {"weight-max", KEY_WEIGHT_MAX, "X", 0, "Largest weight (default 15)", 2},
    {"scale", KEY_SCALE, "N", 0, "Spikes that make a unit of the loss (default 5)", 3},
    {"margin", KEY_MARGIN, "X", 0, "Units by which the right neuron is to lead (default 1)", 3},
    {"clip-norm", KEY_CLIP, "X", 0, "Largest norm of one chip's gradient (default 1)", 3},
    {"weigh", KEY_WEIGH, 0, 0,
     "A chip's gradient counts by how far the chip is from what is wanted, else all alike", 3},
    {"surrogate", KEY_SURROGATE, "BETA", 0,
     "Steepness of the surrogate derivative below threshold, in e-folds (default 3)", 3},
    {"back", KEY_BACK, "SHARE", 0,
     "Share of the gradient that passes back through spikes: recurrence and AHP (default 0)", 3},
    {"off", KEY_OFF, "SHARE", 0, "Share that passes a synapse without drive (default 0)", 3},
    {0}};

struct run {
    const struct options *o;
    const struct dynapse_chip *chip;
    const struct dpi_task *task;
    struct run_folder folder;
    const char *again; // the command that goes on
    char checkpoint[FILE_PATH];
};

static int after(void *context, const struct dpi_train *t, const struct dpi_train_row *e,
                 struct fail *f)
{
    struct run *r = context;
    if (!r->o->common.common.quiet) streams_clear_line();
    if (!r->o->common.common.quiet)
        fprintf(stderr, "step %6ld of %d  loss %.4f  right on %.2f %% of fresh chips\n", e->step,
                r->o->train.steps, e->loss, 100 * e->right);
    if (run_folder_log(
            &r->folder, f,
            "{\"step\":%ld,\"loss\":%.17g,\"right\":%.17g,\"lr\":%.17g,\"bad_chips\":%ld}\n",
            e->step, e->loss, e->right, e->lr, t->bad_chips))
        return -1;
    if (dpi_train_save(t, r->chip, r->task, &r->o->train, r->checkpoint, f)) return -1;
    stop_says(" after step %ld of %d; go on with: %s", e->step, r->o->train.steps, r->again);
    return 0;
}

static void begin(struct dpi_train *t, const struct dynapse_chip *chip, const struct dpi_task *task,
                  struct options *o)
{
    struct fail f;
    struct dpi_net net;
    if (!o->from) {
        if (o->train.quantised) cli_die("--quantise: needs --from NET, whose weights are fitted");
        if (dpi_train_init(t, chip, task, task->n_patterns, &o->train, &f)) cli_die("%s", f.text);
        return;
    }
    if (dpi_net_load(&net, o->from, &f)) cli_die("%s", f.text);
    patterns_check_net(&net, task, o->from);
    if (dpi_train_from(t, &net, &f)) cli_die("%s", f.text);
    dpi_net_fini(&net);
    if (!o->train.quantised) return;
    struct dpi_quantised q;
    size_t n = dpi_train_weights(&t->net);
    double *w = malloc(n * sizeof *w);
    if (!w) cli_die("out of memory");
    for (size_t i = 0; i < n; i++)
        w[i] = *dpi_train_weight(&t->net, i);
    if (dpi_quantise(&q, w, n, &dpi_quantise_default, &f)) cli_die("%s: %s", o->from, f.text);
    memcpy(o->train.base, q.base, sizeof q.base);
    free(w);
}

int dynapse2_train(int argc, char **argv)
{
    static const struct argp_child children[] = {{&dynapse2_argp, 0, 0, 0}, {0}};
    static const struct argp argp = {
        options,
        parse,
        0,
        "Trains 60 inputs -> 2 recurrent DPI neurons, forward in integers on fresh virtual chips, "
        "backward with a surrogate through the DPI chain.\v"
        "Chips of training are never among those that `yield` draws.\n"
        "Example: spiketwin dynapse2 train -E ../shared/data/dynapsim -L silicon -o build/se2",
        children,
        0,
        0};
    struct options o = {.common = {.common = {.seed = 1}, .patterns = patterns_defaults},
                        .circuit = 3,
                        .weight = 3,
                        .limit = 3};
    dpi_train_defaults(&o.train);
    cli_parse(&argp, argc, argv, &o, sizeof o);
    if (!o.out) cli_die("--out DIR is needed");

    struct fail f;
    struct dynapse_chip chip;
    struct dpi_task task;
    struct dpi_train train;
    struct dpi_net seen;
    char path[4096];
    struct run r = {.o = &o, .chip = &chip, .task = &task};
    snprintf(r.checkpoint, sizeof r.checkpoint, "%s/checkpoint.h5", o.out);
    cli_load_dynapse(&chip, o.common.chip ? o.common.chip : "dynapse2");
    patterns_load(&task, &o.common.patterns, o.common.common.quiet);
    o.train.seed = o.common.common.seed;
    o.train.law = patterns_law(o.common.patterns.law);
    o.train.variation = dpi_variation_of(&chip, o.circuit, o.weight, o.limit);
    begin(&train, &chip, &task, &o);
    run_folder_open(&r.folder, o.out, o.resume, o.force);
    if (run_folder_resumes(&r.folder) &&
        dpi_train_load(&train, &chip, &task, &o.train, r.checkpoint, &f))
        cli_die("%s", f.text);
    run_folder_begin(&r.folder, "step", train.step);
    char *again = command_text(0, "--force", "--resume");
    r.again = again;
    stop_says(train.step ? ": nothing new is kept; go on with: %s"
                         : " before step 1; go on with: %s",
              again);
    struct progress *p = cli_progress(&o.common.common);
    if (dpi_train_run(&train, &chip, &task, &o.train, EVERY, p, after, &r, &f))
        cli_die("%s", f.text);
    cli_progress_done(p);

    // What is kept is what the forward pass saw.
    if (dpi_net_init(&seen, train.net.n_in, train.net.n_neurons, train.net.circuit != 0, &f))
        cli_die("%s", f.text);
    if (seen.circuit)
        memcpy(seen.circuit, train.net.circuit, (size_t)seen.n_neurons * sizeof *seen.circuit);
    memcpy(seen.chip, train.net.chip, sizeof seen.chip);
    seen.Iscale = train.net.Iscale;
    seen.dt = train.net.dt;
    dpi_train_seen(&o.train, &train.net, &seen);
    snprintf(path, sizeof path, "%s/net.h5", o.out);
    // A net that went on from another keeps the name of that one's chip; the file is this run's.
    const char *file = strcmp(seen.chip, chip.name) ? 0 : cli_chip_file();
    if (dpi_net_keep_chip(&seen, file, &f) || dpi_net_save(&seen, path, &f)) cli_die("%s", f.text);
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "provenance", cli_provenance(&o.common.common));
    cJSON_AddStringToObject(json, "net", path);
    cJSON_AddNumberToObject(json, "steps", (double)train.step);
    cJSON_AddNumberToObject(json, "bad_chips", (double)train.bad_chips);
    snprintf(path, sizeof path, "%s/train.json", o.out);
    cli_write_json(json, path);
    if (o.common.common.json)
        cli_print_json(json);
    else {
        printf("%ld steps of %d chips; gradients that were no number: %ld\nnet: %s/net.h5\n",
               train.step, o.train.groups * DPI_LANES, train.bad_chips, o.out);
        cJSON_Delete(json);
    }
    run_folder_close(&r.folder);
    free(again);
    dpi_net_fini(&seen);
    dpi_train_fini(&train);
    dpi_task_free(&task);
    return EXIT_SAME;
}
