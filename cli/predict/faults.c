// spiketwin faults: every stuck bit and every dead neuron of the nominal chip, each alone.
#include "cli/run_files.h"
#include "twin/jobs/fault_tests.h"

#include "base/file.h"
#include "cli/cli.h"
#include "cli/options.h"
#include "cli/stop.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
    struct cli_common common;
    struct option_set told;
    const char *net, *chip, *map, *state;
    int clips;       // 0: not said
    double critical; // points
    bool exhaustive, tests;
};

static const struct option_row rows[] = {
    OPT_FLAG(0, 1, "exhaustive", 'x', "Every stuck bit and every dead neuron, each alone (needed)",
             offsetof(struct options, exhaustive)),
    OPT_FLAG(
        0, 1, "tests", 0,
        "A production test: few of the clips that expose, at the outputs, every fault that any of "
        "them exposes",
        offsetof(struct options, tests)),
    OPT_WHOLE(0, 1, "clips", 'n', "N", "Clips, spread evenly over the split (default 100)",
              offsetof(struct options, clips), 1, 1000000),
    OPT_NUMBER(0, 1, "critical", 0, "POINTS",
               "A fault is critical from so many points of accuracy lost on (default 1)",
               offsetof(struct options, critical), 0, 100),
    OPT_TEXT(0, 1, "map", 'o', "FILE", "The map as CSV, a line a fault; - is stdout",
             offsetof(struct options, map)),
    OPT_TEXT(0, 1, "state", 0, "FILE",
             "Keeps what is done, so that a run that was stopped goes on (default with --map: "
             "FILE.state, removed at the end)",
             offsetof(struct options, state)),
    OPT_TEXT(0, 1, "chip", 'c', "CHIP", "Another chip file than the net's own",
             offsetof(struct options, chip))};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    if (key == ARGP_KEY_INIT) {
        options_children(state, &o->common, 0);
        return 0;
    }
    if (key != ARGP_KEY_ARG) return options_parse(&o->told, key, arg);
    if (o->net) return ARGP_ERR_UNKNOWN;
    o->net = cli_net(arg);
    return 0;
}

enum { FAULT_BITS = 32, COSTLIEST = 6 }; // bits of a word; faults told one by one

struct counted {
    int of[FAULT_CLASSES], n, worst;
};

static void count_one(struct counted *x, const struct fault_result *r)
{
    x->n++;
    x->of[r->is]++;
    if (r->lost > x->worst) x->worst = r->lost;
}

// Of one layer.
static struct counted count(const struct fault_campaign *c, int layer, bool dead)
{
    struct counted x = {0};
    for (size_t i = 0; i < c->n; i++) {
        const struct fault_result *r = &c->result[i];
        if (r->fault.dead != dead || r->fault.layer != layer) continue;
        count_one(&x, r);
    }
    return x;
}

// Of each bit of the weights of one layer, stuck at 0 or at 1.
static void count_bits(struct counted of[FAULT_BITS], const struct fault_campaign *c, int layer)
{
    memset(of, 0, FAULT_BITS * sizeof *of);
    for (size_t i = 0; i < c->n; i++)
        if (!c->result[i].fault.dead && c->result[i].fault.layer == layer)
            count_one(&of[c->result[i].fault.bit], &c->result[i]);
}

// The faults that cost most, the costliest first, equals in the map's order; returns how many.
static int costliest(const struct fault_result *of[COSTLIEST], const struct fault_campaign *c)
{
    int n = 0;
    for (size_t i = 0; i < c->n; i++) {
        const struct fault_result *r = &c->result[i];
        int to = n;
        if (r->lost <= 0) continue;
        for (; to > 0 && of[to - 1]->lost < r->lost; to--)
            if (to < COSTLIEST) of[to] = of[to - 1];
        if (to < COSTLIEST) of[to] = r;
        if (n < COSTLIEST) n++;
    }
    return n;
}

static void print_table(const struct fault_campaign *c, int n_layers, int n_clips)
{
    printf(
        "%d clips, nominal chip: %.2f %% right without a fault\n"
        "faults                  number     same   masked  exposed critical  most lost, points\n",
        n_clips, 100.0 * c->correct / n_clips);
    for (int l = 0; l < n_layers; l++)
        for (int dead = 0; dead < 2; dead++) {
            struct counted x = count(c, l, dead);
            printf("layer %d %-14s %8d", l, dead ? "dead neurons" : "stuck bits", x.n);
            for (int k = 0; k < FAULT_CLASSES; k++)
                printf(" %8d", x.of[k]);
            printf("   %8.2f\n", 100.0 * x.worst / n_clips);
        }
}

static const char *clip_name(const struct corpus *corpus, const int *clip, int i)
{
    return corpus->set.clip[clip[i]].path;
}

static void print_tests(const struct fault_tests *t, const struct corpus *corpus, const int *clip)
{
    size_t sum = 0;
    printf("tests: %d clips expose all %zu faults that any clip exposes; at least %d are needed\n"
           "       %zu faults are untestable (same), %zu are exposed by no clip (masked)\n",
           t->n, t->exposed, t->least, t->same, t->masked);
    for (int i = 0; i < t->n; i++) {
        sum += t->test[i].exposes;
        printf("  %3d %-40s %7zu more %8.3f %%\n", i + 1,
               clip_name(corpus, clip, t->test[i].stimulus), t->test[i].exposes,
               100.0 * (double)sum / (double)t->exposed);
    }
}

static void add_tests(cJSON *json, const struct fault_tests *t, const struct corpus *corpus,
                      const int *clip)
{
    cJSON *tests = cJSON_AddObjectToObject(json, "tests");
    cJSON_AddNumberToObject(tests, "exposed", (double)t->exposed);
    cJSON_AddNumberToObject(tests, "same", (double)t->same);
    cJSON_AddNumberToObject(tests, "masked", (double)t->masked);
    cJSON_AddNumberToObject(tests, "least", t->least);
    cJSON_AddNumberToObject(tests, "number", t->n);
    cJSON *list = cJSON_AddArrayToObject(tests, "clips");
    for (int i = 0; i < t->n; i++) {
        cJSON *one = cJSON_CreateObject();
        cJSON_AddItemToArray(list, one);
        cJSON_AddStringToObject(one, "clip", clip_name(corpus, clip, t->test[i].stimulus));
        cJSON_AddNumberToObject(one, "exposes", (double)t->test[i].exposes);
    }
}

static void add_counted(cJSON *to, const struct counted *x, int n_clips)
{
    cJSON_AddNumberToObject(to, "number", x->n);
    for (int k = 0; k < FAULT_CLASSES; k++)
        cJSON_AddNumberToObject(to, fault_class_names[k], x->of[k]);
    cJSON_AddNumberToObject(to, "most_lost", x->worst);
    cJSON_AddNumberToObject(to, "accuracy_lost", (double)x->worst / n_clips);
}

static void add_bits(cJSON *json, const struct fault_campaign *c, int n_layers, int n_clips)
{
    struct counted of[FAULT_BITS];
    cJSON *list = cJSON_AddArrayToObject(json, "bits");
    for (int l = 0; l < n_layers; l++) {
        count_bits(of, c, l);
        for (int bit = 0; bit < FAULT_BITS; bit++) {
            if (!of[bit].n) continue;
            cJSON *to = cJSON_CreateObject();
            cJSON_AddItemToArray(list, to);
            cJSON_AddNumberToObject(to, "layer", l);
            cJSON_AddNumberToObject(to, "bit", bit);
            add_counted(to, &of[bit], n_clips);
        }
    }
}

static void add_costliest(cJSON *json, const struct fault_campaign *c, int n_clips)
{
    const struct fault_result *of[COSTLIEST];
    cJSON *list = cJSON_AddArrayToObject(json, "costliest");
    int n = costliest(of, c);
    for (int i = 0; i < n; i++) {
        const struct fault_fixed *x = &of[i]->fault;
        cJSON *to = cJSON_CreateObject();
        cJSON_AddItemToArray(list, to);
        cJSON_AddStringToObject(to, "fault", x->dead ? "dead" : "stuck");
        cJSON_AddNumberToObject(to, "layer", x->layer);
        cJSON_AddNumberToObject(to, "neuron", x->neuron);
        if (!x->dead) {
            cJSON_AddNumberToObject(to, "row", x->row);
            cJSON_AddNumberToObject(to, "bit", x->bit);
            cJSON_AddNumberToObject(to, "value", x->value);
        }
        cJSON_AddStringToObject(to, "class", fault_class_names[of[i]->is]);
        cJSON_AddNumberToObject(to, "clips_exposed", of[i]->exposed);
        cJSON_AddNumberToObject(to, "clips_decided_otherwise", of[i]->decided);
        cJSON_AddNumberToObject(to, "clips_lost", of[i]->lost);
        cJSON_AddNumberToObject(to, "accuracy_lost", (double)of[i]->lost / n_clips);
    }
}

static cJSON *to_json(const struct options *o, const struct fault_campaign *c, int n_layers,
                      int n_clips)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "provenance", cli_provenance(&o->common));
    cJSON_AddStringToObject(json, "net", o->net);
    cJSON_AddNumberToObject(json, "clips", n_clips);
    cJSON_AddNumberToObject(json, "correct", c->correct);
    cJSON_AddNumberToObject(json, "accuracy", (double)c->correct / n_clips);
    cJSON_AddNumberToObject(json, "critical_points", o->critical);
    cJSON *groups = cJSON_AddArrayToObject(json, "groups");
    for (int l = 0; l < n_layers; l++)
        for (int dead = 0; dead < 2; dead++) {
            struct counted x = count(c, l, dead);
            cJSON *to = cJSON_CreateObject();
            cJSON_AddItemToArray(groups, to);
            cJSON_AddNumberToObject(to, "layer", l);
            cJSON_AddStringToObject(to, "fault", dead ? "dead" : "stuck");
            add_counted(to, &x, n_clips);
        }
    add_bits(json, c, n_layers, n_clips);
    add_costliest(json, c, n_clips);
    return json;
}

// file: begun before the run, as a map that cannot be written is told then; NULL: path is a stream.
static void write_map(const struct fault_campaign *c, const char *path, struct file_new *file)
{
    struct fail f;
    char *text;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    if (!to) cli_no_memory();
    fputs(
        "fault,layer,neuron,row,bit,value,class,clips_exposed,clips_decided_otherwise,clips_lost\n",
        to);
    for (size_t i = 0; i < c->n; i++) {
        const struct fault_result *r = &c->result[i];
        const struct fault_fixed *x = &r->fault;
        fprintf(to, x->dead ? "dead,%d,%d,,," : "stuck,%d,%d,%d,%d,%d", x->layer, x->neuron, x->row,
                x->bit, x->value);
        fprintf(to, ",%s,%d,%d,%d\n", fault_class_names[r->is], r->exposed, r->decided, r->lost);
    }
    cli_end_text(to, &text);
    if (!file)
        cli_write_text(text, path);
    else if (file_append(file->fd, text, strlen(text)))
        cli_die("%s: %s", path, strerror(errno));
    else if (file_commit(file, path, &f))
        cli_die("%s", f.text);
    free(text);
}

static void run_campaign(const struct options *o, const struct chip *chip, const struct net *net,
                         const struct corpus *corpus, const int *clip, int n, struct progress *p)
{
    struct fault_clips heard;
    struct fail f;
    struct image *image = virtual_chip_new(chip, &net->shape);
    if (!image) cli_no_memory();
    virtual_chip_make(image, chip, net, 0, 0, 0);
    if (fault_clips_init(&heard, corpus, clip, n, &f)) cli_die("%s", f.text);
    const bool whole = o->map && !file_streams(o->map), state_is_ours = whole && !o->state;
    char ours[4096];
    if (state_is_ours && snprintf(ours, sizeof ours, "%s.state", o->map) >= (int)sizeof ours)
        cli_die("--map: %s: a path of at most %zu bytes", o->map, sizeof ours - 8);
    struct fault_campaign_job job = {.image = image,
                                     .net = net,
                                     .stimulus = heard.stimulus,
                                     .label = heard.label,
                                     .n_stimuli = n,
                                     .critical = o->critical / 100,
                                     .which = o->tests,
                                     .state = state_is_ours ? ours : o->state,
                                     .version = cli_version};
    struct fault_campaign c;
    struct fault_tests tests = {0};
    struct file_new map;
    int64_t torn;
    if (whole && file_begin(&map, o->map, &f)) cli_die("%s", f.text);
    if (job.state)
        stop_says(": no result; the faults that are done are in %s, and the same command goes on "
                  "from there",
                  job.state);
    if (fault_campaign_run(&c, &job, &torn, p, &f)) cli_die("%s", f.text);
    cli_progress_done(p);
    if (torn && !o->common.quiet)
        fprintf(stderr,
                "%s: %" PRId64 " bytes at its end are cut off: what a run that was stopped left "
                "half-written\n",
                job.state, torn);
    if (job.state && !o->common.quiet)
        fprintf(stderr, "%zu faults run, %zu found in %s\n", c.n - c.found, c.found, job.state);
    if (o->tests && fault_tests_choose(&tests, &c, n, &f)) cli_die("%s", f.text);
    if (o->map) write_map(&c, o->map, whole ? &map : 0);
    if (!o->common.json) {
        print_table(&c, net->shape.n_layers, n);
        if (o->tests) print_tests(&tests, corpus, clip);
    }
    cJSON *json = to_json(o, &c, net->shape.n_layers, n);
    if (o->tests) add_tests(json, &tests, corpus, clip);
    run_file_tell(RUN_FAULTS, o->net, &o->common, json);
    if (state_is_ours) unlink(job.state);
    fault_tests_free(&tests);
    fault_campaign_free(&c);
    virtual_chip_free(image);
    fault_clips_fini(&heard);
}

static int run(int argc, char **argv)
{
    static const struct argp_child children[] = {{&cli_data_argp, 0, "Data:", 10},
                                                 {&cli_common_argp, 0, 0, 0},
                                                 {&cli_chip_argp, 0, 0, 0},
                                                 {0}};
    struct options o = {.common = {.seed = 1, .split = DATASET_SPLITS}, .critical = 1};
    const struct argp argp = {
        o.told.list,
        parse,
        "NET",
        "What each fault costs: every weight bit stuck at 0 and at 1 and every dead neuron of the "
        "nominal "
        "chip, each alone, on the same clips.\v"
        "same: the bit is what it is stuck at, no clip can tell. masked: in no clip does an output "
        "neuron "
        "fire in another tick. exposed: it does. critical: and at least --critical points are "
        "lost. "
        "Rows as in a list of --faults. --tests chooses greedily and says how few would do at "
        "least.\n"
        "Example: spiketwin faults run/net.nir -d speech_commands --exhaustive -o map.csv",
        children,
        0,
        0};
    options_open(&o.told, rows, sizeof rows / sizeof *rows);
    cli_parse(&argp, argc, argv, &o, sizeof o);
    options_take(&o.told, 0, "", &o);
    if (!o.net) cli_die("NET is needed: the net.nir of a run folder");
    if (!o.exhaustive) cli_die("--exhaustive is needed: which faults");
    if (o.map && file_streams(o.map) && o.common.json)
        cli_die("--map %s: --json writes there too; give --map a file", o.map);
    if (cli_is_dpi_net(o.net)) cli_die("%s: a DYNAP-SE2 net, allowed net.nir", o.net);
    struct progress *p = cli_progress(&o.common);
    struct chip chip;
    struct net net;
    int *clip, n_split;
    cli_load_runnable(&net, &chip, o.net, o.chip);
    struct corpus *corpus = cli_open_split(&chip, &net, &o.common, &clip, &n_split, p);
    int n = corpus_spread(clip, n_split, o.clips ? o.clips : 100);
    run_campaign(&o, &chip, &net, corpus, clip, n, p);
    free(clip);
    cli_close_data(corpus);
    net_fini(&net);
    return EXIT_SAME;
}

const struct verb verb_faults = {"faults", "what each stuck bit and dead neuron costs", run};
