// spiketwin calibrate: trims each chip's thresholds, and says what yield that wins.
#include "cli/predict/undecided.h"
#include "twin/jobs/calibrate.h"
#include "twin/predict/summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    struct cli_common common;
    const char *net;
    const char *chip;
    int chips;
    int clips;
    double limit, relative;
    struct calibrate_trim trim;
};

enum { HELD_PERCENT = 10 }; // as spiketwin train holds back

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
        o->chips = (int)cli_integer("--chips", arg, 2, 1000000);
        return 0;
    case 'm':
        o->clips = (int)cli_integer("--clips", arg, 1, 100000);
        return 0;
    case 'l':
        o->limit = cli_number("--limit", arg, 0, 1);
        return 0;
    case 'r':
        o->relative = cli_number("--relative-limit", arg, 0, 1);
        return 0;
    case 'R':
        o->trim.range = cli_number("--range", arg, 0.001, 1);
        return 0;
    case 'b':
        o->trim.bits = (int)cli_integer("--bits", arg, 1, 12);
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
    {"clips", 'm', "N", 0, "Clips for the calibration, of held-back training speakers (default 32)",
     1},
    {"bits", 'b', "N", 0, "Bits of each neuron's threshold trim (default 5)", 1},
    {"range", 'R', "X", 0, "Reach of a trim to either side, of the threshold (default 0.2)", 1},
    {"limit", 'l', "X", 0, "A chip passes with at least this accuracy, 0..1", 1},
    {"relative-limit", 'r', "X", 0,
     "Without --limit: passes with at least X of the nominal chip's accuracy (default 0.98)", 1},
    {"chip", 'c', "CHIP", 0, "Another chip file than the net's own", 1},
    {0}};

struct trims { // of all chips
    const struct lif_job *job;
    const struct calibrate_trim *trim;
    const int16_t *code; // (n_chips, n_neurons), chip 1 first
    size_t n_neurons;
};

static void adjust(const void *context, uint32_t k, struct image *im)
{
    const struct trims *t = context;
    calibrate_apply(t->job, t->trim, t->code + (size_t)(k - 1) * t->n_neurons, im);
}

struct result {
    struct summary before, after;
    double gain; // mean of accuracy after − before
    struct interval gain_interval;
    int mended, broken; // chips that pass only after, only before
    struct undecided nominal, undecided_before, undecided_after;
};

static void compare(struct result *r, const struct predict_chip *before,
                    const struct predict_chip *after, int n, int n_clips, double limit)
{
    double *gain = malloc((size_t)n * sizeof *gain);
    if (!gain || summary_make(&r->before, before, n, n_clips, limit) ||
        summary_make(&r->after, after, n, n_clips, limit))
        cli_die("out of memory");
    for (int i = 0; i < n; i++) {
        bool was = (double)before[i].correct / n_clips >= limit;
        bool is = (double)after[i].correct / n_clips >= limit;
        gain[i] = (double)(after[i].correct - before[i].correct) / n_clips;
        r->mended += is && !was;
        r->broken += was && !is;
    }
    r->gain = statistics_mean(gain, n);
    r->gain_interval = statistics_student(r->gain, statistics_sd(gain, n), n, 0.95);
    free(gain);
}

static cJSON *summary_json(const struct summary *s, const struct undecided *u)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "mean", s->mean);
    cJSON_AddNumberToObject(json, "sd", s->sd);
    cJSON_AddNumberToObject(json, "p5", s->p5);
    cJSON_AddNumberToObject(json, "worst", s->worst);
    cJSON_AddNumberToObject(json, "worst_chip", s->worst_chip);
    cJSON_AddNumberToObject(json, "yield", s->yield);
    cJSON_AddNumberToObject(json, "low", s->yield_interval.low);
    cJSON_AddNumberToObject(json, "high", s->yield_interval.high);
    undecided_json(json, u);
    return json;
}

static void tell_json(const struct options *o, const struct result *r,
                      const struct predict_chip *before, const struct predict_chip *after,
                      const struct trims *trims, int n_clips, double limit)
{
    cJSON *json = cJSON_CreateObject(), *list;
    cJSON_AddItemToObject(json, "provenance", cli_provenance(&o->common));
    cJSON_AddStringToObject(json, "net", o->net);
    cJSON_AddStringToObject(json, "data", o->common.data);
    cJSON_AddNumberToObject(json, "calibration_clips", o->clips);
    cJSON_AddNumberToObject(json, "bits", o->trim.bits);
    cJSON_AddNumberToObject(json, "range", o->trim.range);
    cJSON_AddNumberToObject(json, "clips", n_clips);
    cJSON_AddNumberToObject(json, "limit", limit);
    cJSON *nominal = cJSON_AddObjectToObject(json, "nominal_chip");
    cJSON_AddNumberToObject(nominal, "accuracy", (double)before[-1].correct / n_clips);
    undecided_json(nominal, &r->nominal);
    cJSON_AddItemToObject(json, "before", summary_json(&r->before, &r->undecided_before));
    cJSON_AddItemToObject(json, "after", summary_json(&r->after, &r->undecided_after));
    cJSON_AddNumberToObject(json, "gain", r->gain);
    cJSON_AddNumberToObject(json, "gain_low", r->gain_interval.low);
    cJSON_AddNumberToObject(json, "gain_high", r->gain_interval.high);
    cJSON_AddNumberToObject(json, "mended", r->mended);
    cJSON_AddNumberToObject(json, "broken", r->broken);
    list = cJSON_AddArrayToObject(json, "chips");
    for (int i = 0; i < o->chips; i++) {
        cJSON *one = cJSON_CreateObject();
        cJSON_AddNumberToObject(one, "k", before[i].k);
        cJSON_AddNumberToObject(one, "before", (double)before[i].correct / n_clips);
        cJSON_AddNumberToObject(one, "after", (double)after[i].correct / n_clips);
        cJSON *codes = cJSON_AddArrayToObject(one, "trims"); // of all neurons, layer after layer
        for (size_t j = 0; j < trims->n_neurons; j++)
            cJSON_AddItemToArray(codes,
                                 cJSON_CreateNumber(trims->code[(size_t)i * trims->n_neurons + j]));
        cJSON_AddItemToArray(list, one);
    }
    cli_print_json(json);
}

static void row(const char *name, const struct summary *s, const struct undecided *u)
{
    printf(
        "  %-18s mean %6.2f %%  sd %.2f  5th percentile %.2f  worst %.2f (chip %u)  yield %5.1f %% "
        "(%.1f..%.1f)  undecided: no output spike %.2f %%, a tie %.2f %%\n",
        name, 100 * s->mean, 100 * s->sd, 100 * s->p5, 100 * s->worst, s->worst_chip,
        100 * s->yield, 100 * s->yield_interval.low, 100 * s->yield_interval.high, 100 * u->silent,
        100 * u->tied);
}

static int run(int argc, char **argv)
{
    static const struct argp_child children[] = {
        {&cli_data_argp, 0, 0, 0}, {&cli_common_argp, 0, 0, 0}, {&cli_chip_argp, 0, 0, 0}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "NET",
        "Trims the thresholds of each virtual chip until its neurons fire as often as the nominal "
        "chip's on some clips, and predicts accuracy and yield before and after, on other clips of "
        "other speakers.\v"
        "Needs no labels: only spike counts, as a chip on a bench gives them. No chip file says "
        "yet "
        "what trims the chip has: --bits and --range are what you assume of it; --json tells every "
        "trim.\n"
        "Example: spiketwin calibrate build/yes-no/net.nir -d speech_commands -n 200 -l 0.95",
        children,
        0,
        0};
    struct options o = {.common = {.seed = 1, .split = SPLIT_VALIDATION},
                        .chips = 100,
                        .clips = 32,
                        .limit = -1,
                        .relative = 0.98,
                        .trim = {0.2, 5}};
    cli_parse(&argp, argc, argv, &o, sizeof o);
    if (!o.net) cli_die("NET is needed: the net.nir of a run folder");
    if (o.common.split < SPLIT_VALIDATION)
        cli_die("--split: %s, allowed validation or test: the calibration hears the others",
                dataset_split_names[o.common.split]);

    struct chip chip;
    struct net net;
    struct speech speech;
    struct fail f;
    cli_load_runnable(&net, &chip, o.net, o.chip);
    cli_require_lif(&chip, "what is calibrated are thresholds and leaks of LIF neurons");
    struct progress *p = cli_progress(&o.common);
    cli_open_speech(&speech, &chip, &net, &o.common, HELD_PERCENT, SPLIT_HELD, o.common.split, p);
    int *held = malloc((size_t)speech.set.n_clips * sizeof *held);
    int *clip = malloc((size_t)speech.set.n_clips * sizeof *clip);
    struct predict_chip *before = malloc(((size_t)o.chips + 1) * sizeof *before);
    struct predict_chip *after = malloc((size_t)o.chips * sizeof *after);
    size_t neurons = 0;
    for (int l = 0; l < net.shape.n_layers; l++)
        neurons += (size_t)net.shape.layer[l].n_out;
    int64_t *target = malloc(neurons * sizeof *target);
    int16_t *code = malloc((size_t)o.chips * neurons * sizeof *code);
    uint16_t *said = malloc(((size_t)o.chips + 1) * (size_t)speech.set.n_clips * sizeof *said);
    if (!held || !clip || !before || !after || !target || !code || !said) cli_die("out of memory");
    int n_held = speech_split(&speech, SPLIT_HELD, held);
    int n_clips = speech_split(&speech, o.common.split, clip);
    if (n_clips == 0)
        cli_die("%s: no clips in split %s", o.common.data, dataset_split_names[o.common.split]);
    if (o.clips > n_held)
        cli_die("--clips: %d, the held-back speakers have %d clips", o.clips, n_held);
    for (int i = 0; i < o.clips; i++) // spread over all words and speakers
        held[i] = held[(int64_t)i * n_held / o.clips];

    struct lif_job lif = {.chip = &chip,
                          .net = &net,
                          .speech = &speech,
                          .clip = clip,
                          .n_clips = n_clips,
                          .seed = o.common.seed,
                          .n_chips = o.chips + 1};
    struct task task;
    if (lif_task(&task, &lif, &f)) cli_die("%s", f.text);
    struct predict_job job = lif_predict_job(&lif, &task);
    static struct result r;
    if (predict_run(&job, before, said, p, &f)) cli_die("%s", f.text);
    double limit = o.limit >= 0 ? o.limit : o.relative * ((double)before[0].correct / n_clips);
    undecided_of(&r.nominal, &job, before, said, 1, limit);
    undecided_of(&r.undecided_before, &job, before + 1, said + n_clips, o.chips, limit);
    struct lif_job tune = lif;
    tune.clip = held;
    tune.n_clips = o.clips;
    tune.first_chip = 1;
    tune.n_chips = o.chips;
    if (calibrate_target(&tune, target, &f) || calibrate_run(&tune, &o.trim, target, code, p, &f))
        cli_die("%s", f.text);
    struct trims trims = {&tune, &o.trim, code, neurons};
    job.first_chip = 1;
    job.n_chips = o.chips;
    lif.adjust = adjust;
    lif.adjust_context = &trims;
    if (predict_run(&job, after, said, p, &f)) cli_die("%s", f.text);
    undecided_of(&r.undecided_after, &job, after, said, o.chips, limit);
    cli_progress_done(p);

    undecided_warn(&r.nominal, "the nominal chip", &task.words, limit);
    undecided_warn(&r.undecided_before, "chips as they come", &task.words, limit);
    undecided_warn(&r.undecided_after, "chips after calibration", &task.words, limit);
    compare(&r, before + 1, after, o.chips, n_clips, limit);
    if (o.common.json)
        tell_json(&o, &r, before + 1, after, &trims, n_clips, limit);
    else {
        printf("%s, %d chips, %d clips (%s); calibrated on %d clips of other speakers, trims of %d "
               "bits, +-%.3g of the threshold\n",
               chip.name, o.chips, n_clips, dataset_split_names[o.common.split], o.clips,
               o.trim.bits, o.trim.range);
        printf("  nominal chip       %6.2f %%, limit %.2f %%\n",
               100.0 * before[0].correct / n_clips, 100 * limit);
        row("as they come", &r.before, &r.undecided_before);
        row("calibrated", &r.after, &r.undecided_after);
        printf("  gain %+.2f points (%.2f..%.2f); %d chips pass only calibrated, %d only before\n",
               100 * r.gain, 100 * r.gain_interval.low, 100 * r.gain_interval.high, r.mended,
               r.broken);
    }
    task_fini(&task);
    free(held);
    free(clip);
    free(before);
    free(after);
    free(target);
    free(code);
    free(said);
    speech_close(&speech);
    net_fini(&net);
    return EXIT_SAME;
}

const struct verb verb_calibrate = {"calibrate", "what trimming each chip's thresholds wins", run};
