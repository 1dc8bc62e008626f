// spiketwin map, spiketwin unmap: a DPI net onto a DYNAP-SE2 board, and back.
#include "cli/run_files.h"
#include "cli/cli.h"
#include "cli/options.h"

#include "twin/dynapse2/dpi_drc.h"
#include "twin/dynapse2/dpi_map.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    struct cli_common common;
    const char *what; // net or configuration
    const char *chip;
    const char *out;
    const char *importance;
    const char *like;
    double exact;
    bool silicon;
    bool one_entry;
};

enum { KEY_IMPORTANCE = 0x600, KEY_LIKE, KEY_EXACT, KEY_SILICON };

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
    case 'o':
        o->out = arg;
        return 0;
    case KEY_IMPORTANCE:
        o->importance = arg;
        return 0;
    case KEY_LIKE:
        o->like = cli_net(arg);
        return 0;
    case KEY_EXACT:
        o->exact = cli_number("--exact", arg, 1e-9, 1);
        return 0;
    case '1':
        o->one_entry = true;
        return 0;
    case KEY_SILICON:
        o->silicon = true;
        return 0;
    case ARGP_KEY_ARG:
        if (o->what) return ARGP_ERR_UNKNOWN;
        o->what = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

// --- the map, in words and in JSON --------------------------------------------------------------

struct mapped {
    const struct dynapse_chip *chip;
    const struct dynapse_config *config;
    const struct dpi_core_report *report; // (n_cores)
    const struct dpi_net *net;            // as it will run
    const struct dpi_silent *silent;
    int n_silent;
};

static void print_destination(const struct dynapse_destination *d, int cores)
{
    printf("chip %d core%s", d->chip, d->cores & (d->cores - 1) ? "s" : "");
    for (int k = 0, n = 0; k < cores; k++)
        if (fx_bit(d->cores, k)) printf("%s%d", n++ ? "," : " ", k);
    printf(" tag %d", d->tag);
}

// "neurons 0-3,7" that a source reaches, of row w
static void print_targets(const double *w, int n)
{
    const char *before = ": neurons ";
    for (int i = 0; i < n; i++) {
        int last = i;
        if (w[i] == 0) continue;
        while (last + 1 < n && w[last + 1] != 0)
            last++;
        printf(last > i ? "%s%d-%d" : "%s%d", before, i, last);
        before = ",";
        i = last;
    }
}

static void print_destinations(const struct dynapse_destination *d, int n, const double *w,
                               const struct mapped *m)
{
    for (int k = 0; k < n; k++) {
        printf(k ? " + " : " -> ");
        print_destination(&d[k], m->chip->limits.cores);
    }
    if (n) print_targets(w, m->net->n_neurons);
    printf(n ? "\n" : " reaches no neuron\n");
}

static void print_map(const struct mapped *m)
{
    const struct dynapse_config *g = m->config;
    int cores = m->chip->limits.cores;
    printf("%-7s %7s %7s %9s %9s %9s %8s %s\n", "core", "neurons", "weights", "rms", "1 entry",
           "worst", "several", "largest error of a bias");
    for (int k = 0; k < g->n_cores; k++) {
        const struct dpi_core_report *r = &m->report[k];
        if (!r->n_neurons) continue;
        printf("%d.%-5d %7d %7zu %9.4g %9.4g %9.4g %8d %+.2g of %s\n", k / cores, k % cores,
               r->n_neurons, r->ideal.n, r->rms, r->ideal.rms, r->worst, r->several,
               r->circuit_error, dynapse_bias_names[r->circuit_worst]);
    }
    for (int i = 0; i < g->n_inputs; i++) {
        printf("input %d", i);
        print_destinations(g->input[i].destination, g->input[i].n_destinations,
                           m->net->w_in + (size_t)i * (size_t)g->n_neurons, m);
    }
    for (int i = 0; i < g->n_neurons; i++) {
        const struct dynapse_neuron *n = &g->neuron[i];
        struct dynapse_destination seen = dynapse_monitor(m->chip, i);
        printf("neuron %d at chip %d core %d slot %d, fan-in %d of %d, seen as tag %d", i,
               n->core / cores, n->core % cores, n->slot, n->n_synapses,
               m->chip->limits.cam_entries, seen.tag);
        if (seen.cores > 1) printf(" with cores %u", seen.cores);
        if (n->n_destinations)
            print_destinations(n->destination, n->n_destinations,
                               m->net->w_rec + (size_t)i * (size_t)g->n_neurons, m);
        else
            putchar('\n');
    }
    for (int k = 0; k < m->n_silent; k++)
        printf("neuron %d is silent: %s\n", m->silent[k].neuron, m->silent[k].why);
}

static void add_cores(cJSON *json, const struct mapped *m)
{
    cJSON *list = cJSON_AddArrayToObject(json, "report");
    for (int k = 0; k < m->config->n_cores; k++) {
        const struct dpi_core_report *r = &m->report[k];
        if (!r->n_neurons) continue;
        cJSON *one = cJSON_CreateObject();
        cJSON_AddNumberToObject(one, "chip", k / m->chip->limits.cores);
        cJSON_AddNumberToObject(one, "core", k % m->chip->limits.cores);
        cJSON_AddNumberToObject(one, "neurons", r->n_neurons);
        cJSON_AddNumberToObject(one, "weights", (double)r->ideal.n);
        cJSON_AddNumberToObject(one, "rms", r->rms);
        cJSON_AddNumberToObject(one, "rms_of_one_entry", r->ideal.rms);
        cJSON_AddBoolToObject(one, "rms_of_one_entry_proved", r->ideal.proved);
        cJSON_AddNumberToObject(one, "worst", r->worst);
        cJSON_AddNumberToObject(one, "of_several_entries", r->several);
        cJSON_AddNumberToObject(one, "bias_error", r->circuit_error);
        cJSON_AddStringToObject(one, "bias_worst", dynapse_bias_names[r->circuit_worst]);
        cJSON_AddItemToArray(list, one);
    }
}

// The configuration file itself, and what became of the cores and who is silent.
static cJSON *map_json(const struct mapped *m)
{
    cJSON *json = dynapse_config_json(m->config, m->chip), *list;
    add_cores(json, m);
    list = cJSON_AddArrayToObject(json, "silent");
    for (int k = 0; k < m->n_silent; k++) {
        cJSON *one = cJSON_CreateObject();
        cJSON_AddNumberToObject(one, "neuron", m->silent[k].neuron);
        cJSON_AddStringToObject(one, "why", m->silent[k].why);
        cJSON_AddItemToArray(list, one);
    }
    return json;
}

// --- the verbs ---------------------------------------------------------------------------------

static const struct argp_child children[] = {
    {&cli_common_argp, 0, 0, 0}, {&cli_chip_argp, 0, 0, 0}, {0}};

static int run_map(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"chip", 'c', "CHIP", 0, "Chip file of family dpi (default: the net's own, or dynapse2)",
         1},
        {"out", 'o', "FILE", 0, "Write the configuration here (default: only tell)", 1},
        {"importance", KEY_IMPORTANCE, "NET", 0,
         "A DPI net of the same sizes: its weights (0 or more, such as squared gradients) say how "
         "much an error of each weight counts",
         1},
        {"exact", KEY_EXACT, "SHARE", 0,
         "Refuse if a weight would change by more than this share of itself", 1},
        {"one-entry", '1', 0, 0,
         "One CAM entry a weight (default: more for weights above the sum of the base currents, "
         "where the CAM has room)",
         1},
        {"silicon", KEY_SILICON, 0, 0,
         "Judge silence by the silicon law, which subtracts the leak once (default: twice, as "
         "Rockpool's DynapSim)",
         1},
        {0}};
    static const struct argp argp = {
        options,
        parse,
        "NET",
        "Maps a DPI net (HDF5, or the JSON of a DynapSim trace) onto a board of DYNAP-SE2 chips: "
        "cores, tags, CAM and SRAM entries, bias codes. Prints where each input and output is, "
        "what the weights lose, and which neurons would be silent and why.\v"
        "Example: spiketwin map run/net.h5 --chip dynapse2 --out board.json\n"
        "         spiketwin unmap board.json --like run --out mapped.h5\n"
        "Formats, limits and figures: docs/dynapse2-mapping.md",
        children,
        0,
        0};
    struct options o = {.common = {.seed = 1}};
    struct dynapse_chip chip;
    struct dpi_net net, weigh = {0}, back;
    struct dynapse_config config;
    struct fail f = {""};
    cli_parse(&argp, argc, argv, &o, sizeof o);
    if (!o.what) cli_die("a DPI net is needed");
    o.what = cli_net(o.what);
    cli_load_dpi_net(&net, &chip, o.what, o.chip);
    struct dpi_map_options how = dpi_map_default;
    how.quantise.seed = o.common.seed;
    how.exact = o.exact;
    how.one_entry = o.one_entry;
    if (o.importance) {
        cli_load_dpi_net(&weigh, 0, o.importance, 0);
        if (weigh.n_in != net.n_in || weigh.n_neurons != net.n_neurons)
            cli_die("%s: %d inputs, %d neurons, allowed %d, %d as in %s", o.importance, weigh.n_in,
                    weigh.n_neurons, net.n_in, net.n_neurons, o.what);
        how.importance_in = weigh.w_in;
        how.importance_rec = weigh.w_rec;
    }
    struct dpi_core_report *report =
        calloc((size_t)(chip.limits.chips * chip.limits.cores), sizeof *report);
    struct dpi_silent *silent = calloc((size_t)net.n_neurons, sizeof *silent);
    if (!report || !silent) cli_die("out of memory");
    struct progress *p = cli_progress(&o.common);
    how.progress = p;
    int bad = dpi_map(&config, report, &net, &chip, &how, o.what, &f) ||
              dpi_unmap(&back, &config, &chip, o.what, &f);
    cli_progress_done(p);
    if (bad) cli_die("%s", f.text);
    struct dpi_drc_options rules = {&chip.nominal, 1, o.silicon};
    int n_silent = dpi_drc(silent, &back, &rules, &f);
    if (n_silent < 0 || (o.out && dynapse_config_save(&config, &chip, o.out, &f)))
        cli_die("%s", f.text);
    struct mapped m = {&chip, &config, report, &back, silent, n_silent};
    if (!o.common.json) print_map(&m);
    cJSON *json = map_json(&m);
    cJSON_AddItemToObject(json, "provenance", cli_provenance(&o.common));
    run_file_tell(RUN_MAP, o.what, &o.common, json);
    free(silent);
    free(report);
    dynapse_config_fini(&config);
    dpi_net_fini(&net);
    dpi_net_fini(&weigh);
    dpi_net_fini(&back);
    return EXIT_SAME;
}

// Labels, speakers and front end of the net that was mapped.
static void keep_training(struct dpi_net *net, const char *path)
{
    struct fail f;
    struct dpi_net like;
    cli_load_dpi_net(&like, 0, path, 0);
    if (like.n_in != net->n_in || like.n_neurons != net->n_neurons)
        cli_die("--like: %s: %d inputs and %d neurons, the board has %d and %d", path, like.n_in,
                like.n_neurons, net->n_in, net->n_neurons);
    if (dpi_net_trained_like(net, &like, &f)) cli_die("%s", f.text);
    dpi_net_fini(&like);
}

static int run_unmap(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"chip", 'c', "CHIP", 0, "Chip file of family dpi (default dynapse2)", 1},
        {"out", 'o', "FILE", 0, "Write the net here (needed)", 1},
        {"like", KEY_LIKE, "NET", 0,
         "The net that was mapped: its labels, speakers and front end are kept, which no board has",
         1},
        {0}};
    static const struct argp argp = {
        options,
        parse,
        "CONFIGURATION",
        "The DPI net that a configuration of `spiketwin map` is: from CAM, SRAM and bias codes "
        "alone, and it runs identically.\v"
        "Example: spiketwin unmap board.json --like run --out mapped.h5",
        children,
        0,
        0};
    struct options o = {.common = {.seed = 1}, .chip = "dynapse2"};
    struct dynapse_chip chip;
    struct dynapse_config config;
    struct dpi_net net;
    struct fail f = {""};
    cli_parse(&argp, argc, argv, &o, sizeof o);
    if (!o.what) cli_die("a configuration is needed");
    if (!o.out) cli_die("--out is needed");
    cli_load_dynapse(&chip, o.chip);
    if (dynapse_config_load(&config, &chip, o.what, &f) ||
        dpi_unmap(&net, &config, &chip, o.what, &f))
        cli_die("%s", f.text);
    if (o.like) keep_training(&net, o.like);
    if (dpi_net_keep_chip(&net, strcmp(net.chip, chip.name) ? 0 : cli_chip_file(), &f) ||
        dpi_net_save(&net, o.out, &f))
        cli_die("%s", f.text);
    printf("%d inputs, %d neurons\n", net.n_in, net.n_neurons);
    dynapse_config_fini(&config);
    dpi_net_fini(&net);
    return EXIT_SAME;
}

const struct verb verb_map = {"map", "put a DPI net onto a DYNAP-SE2 board", run_map};
const struct verb verb_unmap = {"unmap", "the net that a board's configuration is", run_unmap};
