// spiketwin predict: what accuracy will chips 1..N have, and how many pass?
#include "cli/cli.h"

#include "twin/predict.h"

#include <stdio.h>
#include <stdlib.h>

struct options {
    struct cli_common common;
    const char *net;
    const char *chip;
    int chips;
    double limit;    // accuracy that a chip must reach; below 0: a share of nominal
    double relative; // share of the quantised chip's accuracy
    bool list;
    const char *faults;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->child_inputs[1] = &o->common;
        return 0;
    case 'c':
        o->chip = arg;
        return 0;
    case 'n':
        o->chips = (int)cli_integer("--chips", arg, 1, 10000000);
        return 0;
    case 'l':
        o->limit = cli_number("--limit", arg, 0, 1);
        return 0;
    case 'r':
        o->relative = cli_number("--relative-limit", arg, 0, 1);
        return 0;
    case 'F':
        o->faults = arg;
        return 0;
    case 'L':
        o->list = true;
        return 0;
    case ARGP_KEY_ARG:
        if (o->net) return ARGP_ERR_UNKNOWN;
        o->net = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"chips", 'n', "N", 0, "Virtual chips 1..N (default 100)", 1},
    {"limit", 'l', "X", 0, "A chip passes with at least this accuracy, 0..1", 1},
    {"relative-limit", 'r', "X", 0,
     "Without --limit: passes with at least X of the nominal chip's accuracy (default 0.98)", 1},
    {"chip", 'c', "CHIP", 0, "Another chip file than the net's own", 1},
    {"list", 'L', 0, 0, "A line for each chip", 1},
    {"faults", 'F', "FILE", 0,
     "Stuck weight bits, dead neurons and bit flips that every chip suffers (docs/faults.md)", 1},
    {0}};

static cJSON *to_json(const struct options *o, const struct speech *s,
                      const struct predict_chip *chips, int n_clips, double ideal, double quantised,
                      const struct predict_summary *y, double limit)
{
    cJSON *json = cJSON_CreateObject(), *accuracy, *of_chips, *yield, *list;
    char hash[32];
    cJSON_AddItemToObject(json, "provenance", cli_provenance(&o->common));
    cJSON_AddStringToObject(json, "net", o->net);
    cJSON_AddStringToObject(json, "data", o->common.data);
    if (o->faults) cJSON_AddStringToObject(json, "faults", o->faults);
    cJSON_AddStringToObject(json, "split", dataset_split_names[o->common.split]);
    cJSON_AddNumberToObject(json, "clips", n_clips);
    cJSON *words = cJSON_AddArrayToObject(json, "words");
    for (int i = 0; i < s->set.n_words; i++)
        cJSON_AddItemToArray(words, cJSON_CreateString(s->set.word[i]));
    accuracy = cJSON_AddObjectToObject(json, "accuracy");
    cJSON_AddNumberToObject(accuracy, "nominal", ideal);
    cJSON_AddNumberToObject(accuracy, "quantised", quantised);
    of_chips = cJSON_AddObjectToObject(accuracy, "chips");
    cJSON_AddNumberToObject(of_chips, "n", y->n);
    cJSON_AddNumberToObject(of_chips, "mean", y->mean);
    cJSON_AddNumberToObject(of_chips, "sd", y->sd);
    cJSON_AddNumberToObject(of_chips, "p5", y->p5);
    cJSON_AddNumberToObject(of_chips, "worst", y->worst);
    cJSON_AddNumberToObject(of_chips, "worst_chip", y->worst_chip);
    yield = cJSON_AddObjectToObject(json, "yield");
    cJSON_AddNumberToObject(yield, "limit", limit);
    cJSON_AddNumberToObject(yield, "value", y->yield);
    cJSON_AddNumberToObject(yield, "low", y->yield_low);
    cJSON_AddNumberToObject(yield, "high", y->yield_high);
    list = cJSON_AddArrayToObject(json, "chips");
    for (int i = 0; i <= y->n; i++) {
        cJSON *one = cJSON_CreateObject();
        cJSON_AddNumberToObject(one, "k", chips[i].k);
        cJSON_AddNumberToObject(one, "accuracy", (double)chips[i].correct / n_clips);
        cJSON_AddNumberToObject(one, "clamped", (double)chips[i].clamped);
        snprintf(hash, sizeof hash, "%016llx", (unsigned long long)chips[i].hash);
        cJSON_AddStringToObject(one, "hash", hash);
        cJSON_AddItemToArray(list, one);
    }
    return json;
}

static int run(int argc, char **argv)
{
    static const struct argp_child children[] = {
        {&cli_data_argp, 0, 0, 0}, {&cli_common_argp, 0, 0, 0}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "NET",
        "Accuracy of virtual chips 1..N of a trained net, all on the same clips, and their yield.\v"
        "nominal: real arithmetic, weights not quantised. quantised: the nominal chip (k = 0) in "
        "the "
        "integer model. chips: mismatch and jitter drawn for each k.\n"
        "Example: spiketwin predict build/yes-no/net.nir -d speech_commands -n 1000 -l 0.93",
        children,
        0,
        0};
    struct options o = {.common = {.seed = 1, .split = SPLIT_VALIDATION},
                        .chips = 100,
                        .limit = -1,
                        .relative = 0.98};
    cli_parse(&argp, argc, argv, &o, sizeof o);
    if (!o.net) cli_die("NET is needed: the net.nir of a run folder");

    struct fail f;
    struct chip chip;
    struct net net;
    struct speech speech;
    cli_load_net(&net, &chip, o.net, o.chip);
    struct progress *p = cli_progress(&o.common);
    cli_open_speech(&speech, &chip, &net, &o.common, o.common.split == SPLIT_HELD ? 10 : 0,
                    o.common.split, o.common.split, p);
    int *clip = malloc((size_t)speech.set.n_clips * sizeof *clip);
    struct predict_chip *chips = malloc(((size_t)o.chips + 1) * sizeof *chips);
    if (!clip || !chips) cli_die("out of memory");
    int n_clips = speech_split(&speech, o.common.split, clip);
    if (n_clips == 0)
        cli_die("%s: no clips in split %s", o.common.data, dataset_split_names[o.common.split]);
    struct predict_job job = {.chip = &chip,
                              .net = &net,
                              .speech = &speech,
                              .clip = clip,
                              .n_clips = n_clips,
                              .seed = o.common.seed,
                              .n_chips = o.chips + 1};
    struct faults faults = {0};
    if (o.faults && faults_read(&faults, o.faults, &chip.law, &net.shape, &f))
        cli_die("%s", f.text);
    struct predict_job sound = job;
    sound.n_chips = 1;
    job.faults = o.faults ? &faults : 0;
    if (predict_run(&sound, chips, 0, p, &f)) cli_die("%s", f.text);
    double quantised = (double)chips[0].correct / n_clips;
    if (predict_run(&job, chips, 0, p, &f)) cli_die("%s", f.text);
    cli_progress_done(p);

    double ideal = predict_ideal(&chip, &net, &speech, clip, n_clips);
    double limit = o.limit >= 0 ? o.limit : o.relative * quantised;
    struct predict_summary y = predict_summarise(chips + 1, o.chips, n_clips, limit);
    if (o.common.json)
        cli_print_json(to_json(&o, &speech, chips, n_clips, ideal, quantised, &y, limit));
    else {
        if (o.list)
            for (int i = 0; i <= o.chips; i++)
                printf("chip %-6u %6.2f %%  %016llx\n", chips[i].k,
                       100.0 * chips[i].correct / n_clips, (unsigned long long)chips[i].hash);
        printf("%s on %d clips (%s)\n", chip.name, n_clips, dataset_split_names[o.common.split]);
        printf("  nominal (real arithmetic)  %6.2f %%\n", 100 * ideal);
        printf("  quantised (chip 0)         %6.2f %%\n", 100 * quantised);
        if (o.faults)
            printf("  the same with %4d faults   %6.2f %%\n", faults.n_fixed + faults.n_flips,
                   100.0 * chips[0].correct / n_clips);
        printf("  %5d virtual chips        %6.2f %%  sd %.2f  5th percentile %.2f  worst %.2f "
               "(chip %u)\n",
               y.n, 100 * y.mean, 100 * y.sd, 100 * y.p5, 100 * y.worst, y.worst_chip);
        printf("  yield at %.2f %%           %6.1f %%  (95 %% interval %.1f..%.1f)\n", 100 * limit,
               100 * y.yield, 100 * y.yield_low, 100 * y.yield_high);
    }
    faults_free(&faults);
    free(chips);
    free(clip);
    speech_close(&speech);
    net_fini(&net);
    return EXIT_SAME;
}

const struct verb verb_predict = {"predict", "accuracy and yield of virtual chips", run};
