// spiketwin calibrate: adjusts each chip by what its law says can be, and says what yield that wins.
#include "cli/train/dpi_shown.h"
#include "cli/options.h"
#include "cli/predict/undecided.h"
#include "twin/jobs/lif_job.h"
#include "twin/predict/summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    struct cli_common common;
    struct patterns_options patterns; // of a DYNAP-SE2 net
    struct option_set told;
    const char *net;
    const char *chip;
    int chips;
    int clips; // 0: not said
    double limit, relative;
    struct trim_options trim; // bits, range, per_core 0: not said
};

enum { HELD_PERCENT = 10 }; // as spiketwin train holds back

#define AT(member) offsetof(struct options, member)

// clang-format off
static const struct option_row rows[] = {
    OPT_WHOLE(0, 1, "chips", 'n', "N", "Virtual chips 1..N (default 100)", AT(chips), 2, 1000000),
    OPT_WHOLE(0, 1, "clips", 0, "N", "Clips for the calibration, of held-back training speakers (default 32, or all that there are); showings, variations of the patterns (default 8)", AT(clips), 1, 100000),
    OPT_WHOLE(0, 1, "bits", 0, "N", "Nets of chip files other than dynapse2: bits of each neuron's trim (default 5)", AT(trim.bits), 1, 12),
    OPT_NUMBER(0, 1, "range", 0, "X", "Reach to either side, of the value that is trimmed (default 0.2), of a bias current of dynapse2 (default 0.5)", AT(trim.range), 0.001, 1),
    OPT_WHOLE(0, 1, "per-core", 'p', "N", "Event patterns: neurons that share a core and so its biases (default: as spiketwin map places them)", AT(trim.per_core), 1, 65536),
    OPT_NUMBER(0, 1, "limit", 'l', "X", "A chip passes with at least this accuracy, 0..1", AT(limit), 0, 1),
    OPT_NUMBER(0, 1, "relative-limit", 'r', "X", "Without --limit: passes with at least X of the nominal chip's accuracy (default 0.98)", AT(relative), 0, 1),
    OPT_TEXT(0, 1, "chip", 'c', "CHIP", "Another chip file than the net's own", AT(chip)),
};
// clang-format on

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    if (key == ARGP_KEY_INIT) {
        options_children(state, &o->common, &o->patterns);
        return 0;
    }
    if (key != ARGP_KEY_ARG) return options_parse(&o->told, key, arg);
    if (o->net) return ARGP_ERR_UNKNOWN;
    o->net = cli_net(arg);
    return 0;
}

// What is calibrated and judged, opened.
struct opened {
    struct predict_job job, listen; // what accuracy is of, and what is listened to for the codes
    struct task task, heard;
    char title[200], how[200]; // what chips are judged on, and calibrated by
    const char *data;          // NULL: it has none
    struct chip chip;
    struct net net;
    struct corpus *corpus;
    struct lif_job lif, held;
    int *clip;
    struct dpi_shown dpi;
    struct dpi_task listened; // of clips
    struct dpi_job held_dpi;
};

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

// Chips 1.. of o->chips, before (the nominal one in front of them) and after.
static void tell_json(const struct options *o, const struct opened *x, const struct result *r,
                      const struct predict_chip *before, const struct predict_chip *after,
                      double limit)
{
    cJSON *json = cJSON_CreateObject(), *list;
    const struct predict_trims *by = x->job.by->trims;
    int n_codes = by->n(&x->job, &o->trim), items = x->task.n_items;
    cJSON_AddItemToObject(json, "provenance", cli_provenance(&o->common));
    cJSON_AddStringToObject(json, "net", o->net);
    if (x->data) cJSON_AddStringToObject(json, "data", x->data);
    cJSON_AddNumberToObject(json, "calibration_clips", o->clips);
    if (!by->own_bits) cJSON_AddNumberToObject(json, "bits", o->trim.bits);
    cJSON_AddNumberToObject(json, "range", o->trim.range);
    if (by->of_cores) cJSON_AddNumberToObject(json, "per_core", o->trim.per_core);
    cJSON_AddNumberToObject(json, "clips", items);
    cJSON_AddNumberToObject(json, "limit", limit);
    cJSON *nominal = cJSON_AddObjectToObject(json, "nominal_chip");
    cJSON_AddNumberToObject(nominal, "accuracy", (double)before[0].correct / items);
    undecided_json(nominal, &r->nominal);
    cJSON_AddItemToObject(json, "before", summary_json(&r->before, &r->undecided_before));
    cJSON_AddItemToObject(json, "after", summary_json(&r->after, &r->undecided_after));
    cJSON_AddNumberToObject(json, "gain", r->gain);
    cJSON_AddNumberToObject(json, "gain_low", r->gain_interval.low);
    cJSON_AddNumberToObject(json, "gain_high", r->gain_interval.high);
    cJSON_AddNumberToObject(json, "mended", r->mended);
    cJSON_AddNumberToObject(json, "broken", r->broken);
    list = by->own_bits ? cJSON_AddArrayToObject(json, "trim_names") : 0;
    for (int i = 0; list && i < n_codes; i++) {
        char name[64];
        by->name(&x->job, &o->trim, i, name, sizeof name);
        cJSON_AddItemToArray(list, cJSON_CreateString(name));
    }
    list = cJSON_AddArrayToObject(json, "chips");
    for (int i = 0; i < o->chips; i++) {
        cJSON *one = cJSON_CreateObject();
        cJSON_AddNumberToObject(one, "k", after[i].k);
        cJSON_AddNumberToObject(one, "before", (double)before[i + 1].correct / items);
        cJSON_AddNumberToObject(one, "after", (double)after[i].correct / items);
        cJSON *codes = cJSON_AddArrayToObject(one, "trims");
        for (int j = 0; j < n_codes; j++)
            cJSON_AddItemToArray(codes, cJSON_CreateNumber(x->job.code[i * n_codes + j]));
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

static void set_default(int *of, int value)
{
    if (!*of) *of = value;
}

// `told` of n clips, of all words and speakers; where none are told `usual`, or all that there are.
static int spread(int *clip, int n, int told, int usual)
{
    const int wanted = told ? told : n && n < usual ? n : usual;
    if (wanted > n) cli_die("--clips: %d, the held-back speakers have %d clips", wanted, n);
    for (int i = 0; i < wanted; i++)
        clip[i] = clip[(int64_t)i * n / wanted];
    return wanted;
}

// Clips of other speakers, spread over all words and speakers, are listened to.
static void open_lif(struct opened *x, struct options *o, struct progress *p)
{
    struct fail f;
    patterns_refuse(&o->patterns, o->net);
    if (o->trim.per_core) cli_die("--per-core: of DYNAP-SE2 nets (net.h5); %s is none", o->net);
    if (o->common.split == DATASET_SPLITS) o->common.split = SPLIT_VALIDATION;
    if (o->common.split < SPLIT_VALIDATION)
        cli_die("--split: %s, allowed validation or test: the calibration hears the others",
                dataset_split_names[o->common.split]);
    set_default(&o->trim.bits, 5);
    if (o->trim.range == 0) o->trim.range = 0.2;
    cli_load_runnable(&x->net, &x->chip, o->net, o->chip);
    x->corpus =
        cli_open_data(&x->chip, &x->net, &o->common, HELD_PERCENT, SPLIT_HELD, o->common.split, p);
    x->clip = malloc(2 * ((size_t)x->corpus->set.n_clips + 1) * sizeof *x->clip);
    if (!x->clip) cli_no_memory();
    int n_clips = corpus_split(x->corpus, o->common.split, x->clip), *held = x->clip + n_clips;
    int n_held = corpus_split(x->corpus, SPLIT_HELD, held);
    if (n_clips == 0)
        cli_die("%s: no clips in split %s", o->common.data, dataset_split_names[o->common.split]);
    o->clips = spread(held, n_held, o->clips, 32);
    x->lif = x->held = (struct lif_job){.chip = &x->chip,
                                        .net = &x->net,
                                        .corpus = x->corpus,
                                        .clip = x->clip,
                                        .n_clips = n_clips,
                                        .seed = o->common.seed};
    x->held.clip = held;
    x->held.n_clips = o->clips;
    if (lif_task(&x->task, &x->lif, &f) || lif_task(&x->heard, &x->held, &f)) cli_die("%s", f.text);
    const struct physics *by = physics_of(x->chip.kind);
    x->job = lif_predict_job(&x->lif, &x->task);
    x->listen = lif_predict_job(&x->held, &x->heard);
    x->data = o->common.data;
    snprintf(x->title, sizeof x->title, "%s, %d chips, %d clips (%s)", x->chip.name, o->chips,
             n_clips, dataset_split_names[o->common.split]);
    snprintf(x->how, sizeof x->how,
             "%d clips of other speakers, trims of %d bits, +-%.3g of the %s", o->clips,
             o->trim.bits, o->trim.range, by->value[by->trim.value].name);
}

// Variations of the patterns are listened to, or clips of other speakers.
static void open_dpi(struct opened *x, struct options *o, struct progress *p)
{
    char title[120], heard[80];
    struct fail f;
    struct dpi_shown *dpi = &x->dpi;
    struct dpi_data *data = &dpi->data;
    if (o->trim.bits) cli_die("--bits: %s is a DYNAP-SE2 net: the chip file has its codes", o->net);
    dpi_shown_open(dpi, &x->job, &x->task, o->net, o->chip, 0, &o->patterns, &o->common,
                   HELD_PERCENT, p);
    set_default(&o->trim.per_core, dpi->file.limits.neurons);
    if (o->trim.range == 0) o->trim.range = 0.5;
    x->listen = x->job;
    if (data->corpus) {
        o->clips = data->n_held = spread(data->held, data->n_held, o->clips, 8);
        dpi_data_task(&x->listened, data, data->held, data->n_held, dpi->net.dt,
                      dpi->net.front_rate);
        x->held_dpi = dpi->dpi;
        x->held_dpi.task = &x->listened;
        if (dpi_job_task(&x->heard, &x->held_dpi, &f)) cli_die("%s", f.text);
        x->listen.inputs = &x->held_dpi;
        x->listen.task = &x->heard;
        snprintf(heard, sizeof heard, "%d clips of other speakers", o->clips);
    } else {
        set_default(&o->clips, 8);
        snprintf(heard, sizeof heard, "%d variations of the patterns", o->clips);
    }
    x->data = dpi_shown_data(dpi, &o->patterns, &o->common);
    dpi_shown_title(dpi, &x->task, &o->patterns, &o->common, title, sizeof title);
    snprintf(x->title, sizeof x->title, "%s, %d chips", title, o->chips);
    snprintf(x->how, sizeof x->how,
             "%s, biases of cores of up to %d neurons, +-%.3g of the current", heard,
             o->trim.per_core, o->trim.range);
}

static void close_all(struct opened *x)
{
    task_fini(&x->task);
    task_fini(&x->heard);
    free(x->clip);
    cli_close_data(x->corpus);
    net_fini(&x->net);
    dpi_shown_close(&x->dpi);
}

static int run(int argc, char **argv)
{
    static const struct argp_child children[] = {
        {&cli_data_argp, 0, "Data:", 10},
        {&patterns_job_argp, 0,
         "DYNAP-SE2 nets (net.h5); without --data they are shown event patterns:", 20},
        {&cli_common_argp, 0, 0, 0},
        {&cli_chip_argp, 0, 0, 0},
        {0}};
    static struct options o;
    const struct argp argp = {
        o.told.list,
        parse,
        "NET",
        "Adjusts each virtual chip until its neurons fire as often as the nominal chip's on some "
        "clips, "
        "and predicts accuracy and yield before and after, on other clips: of a net.nir the "
        "thresholds of its neurons (of family izhikevich their bias), of a DYNAP-SE2 net (net.h5) "
        "the bias codes of its cores.\v"
        "Needs no labels: only spike counts, as a chip on a bench gives them. No chip file but "
        "dynapse2 says yet what trims the chip has: --bits and --range are what you assume of it; "
        "--json "
        "tells every "
        "trim.\n"
        "Examples: spiketwin calibrate build/yes-no/net.nir -d speech_commands -n 200 -l 0.95\n"
        "          spiketwin calibrate net.h5 --events EVENTS --mismatch 3 -n 300 -l 1 --per-core "
        "1",
        children,
        0,
        0};
    static struct opened x;
    static struct result r;
    struct fail f;
    o = (struct options){.common = {.seed = 1, .split = DATASET_SPLITS},
                         .patterns = patterns_defaults,
                         .chips = 100,
                         .limit = -1,
                         .relative = 0.98};
    options_open(&o.told, rows, sizeof rows / sizeof *rows);
    cli_parse(&argp, argc, argv, &o, sizeof o);
    options_take(&o.told, 0, "", &o);
    if (!o.net) cli_die("NET is needed: the net.nir of a run folder");
    struct progress *p = cli_progress(&o.common);
    if (cli_is_dpi_net(o.net))
        open_dpi(&x, &o, p);
    else
        open_lif(&x, &o, p);
    const struct predict_trims *by = x.job.by->trims;
    o.trim.showings = o.clips;
    const char *why = by->check ? by->check(&x.job, &o.trim) : 0;
    if (why) cli_die("%s: %s", o.net, why);

    size_t items = (size_t)x.task.n_items, n = (size_t)o.chips;
    struct predict_chip *before = malloc((n + 1) * sizeof *before);
    struct predict_chip *after = malloc(n * sizeof *after);
    int32_t *code = malloc(n * (size_t)by->n(&x.job, &o.trim) * sizeof *code);
    uint16_t *said = malloc((n + 1) * items * sizeof *said);
    if (!before || !after || !code || !said) cli_no_memory();
    x.job.n_chips = o.chips + 1;
    if (predict_run(&x.job, before, said, p, &f)) cli_die("%s", f.text);
    double limit =
        o.limit >= 0 ? o.limit : o.relative * ((double)before[0].correct / (double)items);
    undecided_of(&r.nominal, &x.job, before, said, 1, limit);
    undecided_of(&r.undecided_before, &x.job, before + 1, said + items, o.chips, limit);
    x.listen.first_chip = x.job.first_chip = 1;
    x.listen.n_chips = x.job.n_chips = o.chips;
    if (by->tune(&x.listen, &o.trim, code, p, &f)) cli_die("%s", f.text);
    x.job.trim = &o.trim;
    x.job.code = code;
    if (predict_run(&x.job, after, said, p, &f)) cli_die("%s", f.text);
    undecided_of(&r.undecided_after, &x.job, after, said, o.chips, limit);
    cli_progress_done(p);

    undecided_warn(&r.nominal, "the nominal chip", &x.task.words, limit);
    undecided_warn(&r.undecided_before, "chips as they come", &x.task.words, limit);
    undecided_warn(&r.undecided_after, "chips after calibration", &x.task.words, limit);
    compare(&r, before + 1, after, o.chips, x.task.n_items, limit);
    if (o.common.json)
        tell_json(&o, &x, &r, before, after, limit);
    else {
        printf("%s; calibrated on %s\n", x.title, x.how);
        printf("  nominal chip       %6.2f %%, limit %.2f %%\n",
               100.0 * before[0].correct / x.task.n_items, 100 * limit);
        row("as they come", &r.before, &r.undecided_before);
        row("calibrated", &r.after, &r.undecided_after);
        printf("  gain %+.2f points (%.2f..%.2f); %d chips pass only calibrated, %d only before\n",
               100 * r.gain, 100 * r.gain_interval.low, 100 * r.gain_interval.high, r.mended,
               r.broken);
    }
    free(before);
    free(after);
    free(code);
    free(said);
    close_all(&x);
    return EXIT_SAME;
}

const struct verb verb_calibrate = {"calibrate", "what adjusting each chip wins", run};
