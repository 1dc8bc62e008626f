// spiketwin drc: does a net keep the rules of a chip, and what does it cost to make it?
#include "cli/chip/drc.h"
#include "cli/options.h"

#include "twin/jobs/lif_job.h"
#include "twin/net/project.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    struct cli_common common;
    const char *net;
    const char *chip;
    const char *fix;
    bool masters;
    int chips;
};

enum { KEY_MASTERS = 0x600 };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        options_children(state, &o->common, 0);
        return 0;
    case 'c':
        o->chip = arg;
        return 0;
    case 'f':
        o->fix = arg;
        return 0;
    case KEY_MASTERS:
        o->masters = true;
        return 0;
    case 'n':
        o->chips = (int)cli_integer("--chips", arg, 1, 10000000);
        return 0;
    case ARGP_KEY_ARG:
        if (o->net) return ARGP_ERR_UNKNOWN;
        o->net = cli_net(arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"chip", 'c', "CHIP", 0, "Another chip file than the net's own", 1},
    {"masters", KEY_MASTERS, 0, 0,
     "Check the real-valued weights of the net's own chip too, not the codes that the file stores; "
     "without a grid, hold them to words of the weight format",
     1},
    {"fix", 'f', "OUT", 0, "Write the nearest net that keeps the rules", 2},
    {"chips", 'n', "N", 0, "With --fix and --data: virtual chips 1..N (default 100)", 2},
    {0}};

// The same chips and clips with the net as it is, and as it was made to keep the rules.
static struct drc_cost measure(struct options *o, const struct chip *chip, const struct net *net,
                               int16_t *const *code, const struct net *fixed)
{
    struct fail f;
    struct corpus *corpus;
    struct chip free_chip;
    struct net as_is;
    struct drc_cost cost = {.n_chips = o->chips};
    struct progress *p = cli_progress(&o->common);
    int *clip;
    corpus = cli_open_split(chip, net, &o->common, &clip, &cost.n_clips, p);
    struct predict_chip *chips = malloc(2 * (size_t)o->chips * sizeof *chips);
    if (!chips) cli_die("out of memory");
    if (project_free(&as_is, &free_chip, chip, net, code, &f)) cli_die("%s", f.text);
    struct lif_job lif = {.chip = &free_chip,
                          .net = &as_is,
                          .corpus = corpus,
                          .clip = clip,
                          .n_clips = cost.n_clips,
                          .seed = o->common.seed,
                          .first_chip = 1,
                          .n_chips = o->chips};
    struct task task;
    if (lif_task(&task, &lif, &f)) cli_die("%s", f.text);
    struct predict_job job = lif_predict_job(&lif, &task);
    if (predict_run(&job, chips, 0, p, &f)) cli_die("%s", f.text);
    lif.net = fixed;
    job.chip = chip;
    if (predict_run(&job, chips + o->chips, 0, p, &f)) cli_die("%s", f.text);
    task_fini(&task);
    cli_progress_done(p);

    double squares = 0;
    for (int i = 0; i < o->chips; i++) {
        cost.before += (double)chips[i].correct / cost.n_clips / o->chips;
        cost.after += (double)chips[o->chips + i].correct / cost.n_clips / o->chips;
    }
    for (int i = 0; i < o->chips; i++) {
        double off = (double)(chips[o->chips + i].correct - chips[i].correct) / cost.n_clips -
                     (cost.after - cost.before);
        squares += off * off;
    }
    cost.sd = o->chips > 1 ? sqrt(squares / (o->chips - 1)) : 0;
    net_fini(&as_is);
    free(chips);
    free(clip);
    cli_close_data(corpus);
    return cost;
}

// Makes and checks the projected net, measures what it costs and, if it passes, writes it.
static void fix(struct options *o, const struct chip *chip, const struct net *net,
                int16_t *const *code, struct drc_fix *y)
{
    struct fail f;
    struct net fixed;
    struct rules_report after;
    if (project_legal(&fixed, chip, net, &f)) cli_die("%s", f.text);
    if (rules_check(&after, chip, &fixed, 0, true, &f)) cli_die("%s", f.text);
    y->path = o->fix;
    y->passes = rules_pass(&after);
    rules_fini(&after);
    if (y->passes && o->common.data) y->cost = measure(o, chip, net, code, &fixed);
    if (y->passes &&
        (net_keep_chip(&fixed, cli_chip_file(), &f) || net_save(&fixed, chip, o->fix, &f)))
        cli_die("%s", f.text);
    net_fini(&fixed);
}

static int run(int argc, char **argv)
{
    static const struct argp_child children[] = {
        {&cli_data_argp, 0, 0, 0}, {&cli_common_argp, 0, 0, 0}, {&cli_chip_argp, 0, 0, 0}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "NET",
        "Checks what would be programmed against the rules of a chip: range, grid and sign blocks "
        "of the weights, stored codes, words of the neurons, cores, fan-in, front-end filters. "
        "Passes, or names each value that breaks a rule, with the nearest that does not.\v"
        "Of the net's own chip the codes that the file stores are checked, of another chip the "
        "real-valued weights. --fix with --data also prints what accuracy the fixed net loses, "
        "both on the same virtual chips.\n"
        "Exit codes: 0 passes, or passes once fixed; 1 breaks rules; 2 could not run.\n"
        "Example: spiketwin drc build/yes-no/net.nir\n"
        "         spiketwin drc foreign.nir -c h1v2 --fix legal.nir -d speech_commands -n 100",
        children,
        0,
        0};
    struct options o = {.common = {.seed = 1, .split = DATASET_SPLITS}, .chips = 100};
    cli_parse(&argp, argc, argv, &o, sizeof o);
    if (!o.net) cli_die("NET is needed: the net.nir of a run folder");
    if (o.common.data && !o.fix) cli_die("--data is for --fix: to say what accuracy it costs");

    struct fail f;
    struct chip chip;
    struct net net;
    struct rules_report report;
    struct drc_fix fixed = {0};
    int16_t *codes[IMAGE_MAX_LAYERS] = {0};
    cli_load_net(&net, &chip, o.net, o.chip);
    if (!chip_runs(&chip))
        cli_die("%s: its file ends after the law: there is nothing to check a net against",
                chip.name);
    bool stored = !o.masters && strcmp(net.chip, chip.name) == 0;
    if (stored && net_load_codes(codes, &net, o.net, &f)) cli_die("%s", f.text);
    int16_t *const *code = stored ? codes : 0;
    if (rules_check(&report, &chip, &net, code, o.masters, &f)) cli_die("%s", f.text);
    if (o.fix) fix(&o, &chip, &net, code, &fixed);

    if (o.common.json) {
        cJSON *json = cJSON_CreateObject();
        cJSON_AddItemToObject(json, "provenance", cli_provenance(&o.common));
        cJSON_AddStringToObject(json, "net", o.net);
        drc_add_json(json, &chip, &net, &report);
        if (o.fix) drc_add_fix(json, &fixed);
        cli_print_json(json);
    } else {
        drc_print(&chip, &net, &report);
        if (o.fix) drc_print_fix(&fixed);
    }
    int status = rules_pass(&report) || fixed.passes ? EXIT_SAME : EXIT_DIFFERS;
    for (int l = 0; l < IMAGE_MAX_LAYERS; l++)
        free(codes[l]);
    rules_fini(&report);
    net_fini(&net);
    return status;
}

const struct verb verb_drc = {"drc", "does a net keep the rules of a chip?", run};
