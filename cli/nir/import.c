// spiketwin import: a NIR graph of any framework as a net for a chip.
#include "cli/cli.h"
#include "cli/options.h"

#include "twin/nir/import.h"
#include "twin/nir/own.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    struct cli_common common;
    const char *graph, *chip, *out, *labels;
    double dt_ms, li_threshold;
    const struct nir_dialect *dialect;
    bool round;
};

enum { KEY_DT = 0x600, KEY_LABELS, KEY_AS, KEY_LI, KEY_ROUND };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    char names[128];
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
    case KEY_DT:
        o->dt_ms = cli_number("--dt", arg, 0.001, 1000);
        return 0;
    case KEY_LABELS:
        o->labels = arg;
        return 0;
    case KEY_AS:
        o->dialect = nir_dialect_of(arg);
        if (!o->dialect)
            cli_die("--as: %s, allowed %s", arg, nir_dialect_names(names, sizeof names));
        return 0;
    case KEY_LI:
        o->li_threshold = cli_number("--li-threshold", arg, 1e-30, 1e30);
        return 0;
    case KEY_ROUND:
        o->round = true;
        return 0;
    case ARGP_KEY_ARG:
        if (o->graph) return ARGP_ERR_UNKNOWN;
        o->graph = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static void print_all(const struct nir_import *m, const struct nir_graph *g, const struct net *net,
                      const struct chip *c)
{
    char text[256], offence[1024];
    for (int i = 0; i < g->notes.n; i++)
        printf("%s\n", g->notes.text[i]);
    for (int i = 0; i < m->chosen.n; i++)
        printf("%s\n", m->chosen.text[i]);
    for (size_t i = 0, n; i < m->n_offences; i += n) {
        n = nir_offences_alike(&m->offence[i], m->n_offences - i);
        nir_offence_text(g, &m->offence[i], n, offence, sizeof offence);
        puts(offence);
    }
    for (int i = 0; i < NIR_RULES; i++)
        if (*m->rules[i]) printf("%s\n", m->rules[i]);
    for (int l = 0; l < net->shape.n_layers; l++) {
        nir_import_nodes(m, g, l, text, sizeof text);
        printf("layer %d: node%s %s\n", l, m->of[l].n > 1 ? "s" : "", text);
    }
    printf("%s on %s: %zu weights, rounded by %.3g of theta (RMS), %zu of them to 0\n",
           cli_shape_text(&net->shape, text, sizeof text), c->name, m->n_weights, m->rms,
           m->n_lost);
}

static cJSON *texts(const struct nir_notes *n)
{
    cJSON *list = cJSON_CreateArray();
    for (int i = 0; i < n->n; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(n->text[i]));
    return list;
}

static cJSON *offence_json(const struct nir_graph *g, const struct nir_offence *o)
{
    cJSON *one = cJSON_CreateObject();
    cJSON_AddStringToObject(one, "node", g->node[o->node].name);
    cJSON_AddStringToObject(one, "what", o->what);
    if (o->source >= 0) cJSON_AddNumberToObject(one, "source", o->source);
    if (o->neuron >= 0) cJSON_AddNumberToObject(one, "neuron", o->neuron);
    cJSON_AddNumberToObject(one, "value", o->value);
    if (o->why)
        cJSON_AddStringToObject(one, "why", o->why);
    else {
        cJSON_AddNumberToObject(one, "lowest", o->lo);
        cJSON_AddNumberToObject(one, "highest", o->hi);
    }
    if (!o->never) cJSON_AddNumberToObject(one, "nearest", o->nearest);
    return one;
}

static void print_as_json(const struct options *o, const struct nir_import *m,
                          const struct nir_graph *g, const struct net *net, const struct chip *c,
                          bool written)
{
    char text[256];
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "provenance", cli_provenance(&o->common));
    cJSON_AddStringToObject(json, "graph", o->graph);
    cJSON_AddStringToObject(json, "chip", c->name);
    cJSON_AddStringToObject(json, "shape", cli_shape_text(&net->shape, text, sizeof text));
    cJSON_AddItemToObject(json, "notes", texts(&g->notes));
    cJSON_AddItemToObject(json, "chosen", texts(&m->chosen));
    cJSON *layers = cJSON_AddArrayToObject(json, "layers");
    for (int l = 0; l < net->shape.n_layers; l++) {
        nir_import_nodes(m, g, l, text, sizeof text);
        cJSON_AddItemToArray(layers, cJSON_CreateString(text));
    }
    cJSON_AddNumberToObject(json, "weights", (double)m->n_weights);
    cJSON_AddNumberToObject(json, "weights_rounded_to_0", (double)m->n_lost);
    cJSON_AddNumberToObject(json, "rms_of_rounding_of_theta", m->rms);
    cJSON *offences = cJSON_AddArrayToObject(json, "offences");
    for (size_t i = 0; i < m->n_offences; i++)
        cJSON_AddItemToArray(offences, offence_json(g, &m->offence[i]));
    cJSON *rules = cJSON_AddArrayToObject(json, "rules");
    for (int i = 0; i < NIR_RULES; i++)
        if (*m->rules[i]) cJSON_AddItemToArray(rules, cJSON_CreateString(m->rules[i]));
    cJSON_AddBoolToObject(json, "written", written);
    cli_print_json(json);
}

// A front end has whole hops in a tick: another rate where the chip's has none in this one.
static void set_front_end(const struct chip *c, double dt)
{
    static char rate[64], hop[64];
    if (!c->frontend.n_filters) return;
    double samples = c->frontend.rate_hz * dt, n = ceil(samples - 1e-9), at = n / dt;
    if (fabs(n - samples) <= 1e-6 && fmod(n, c->frontend.hop_samples) == 0) return;
    while (n <= 4096 && fabs(at - rint(at)) > 1e-6)
        at = ++n / dt;
    int size = c->frontend.hop_samples;
    while (fmod(n, size) != 0)
        size /= 2;
    snprintf(rate, sizeof rate, "frontend.rate=%.0f", rint(at));
    snprintf(hop, sizeof hop, "frontend.hop=%d", size);
    cli_chip_change(rate);
    cli_chip_change(hop);
    cli_warn(
        "--dt %.9g ms: the front end of %s, %d Hz, has no whole hops in it: %.0f Hz is taken, hops "
        "of %d samples",
        1e3 * dt, c->name, c->frontend.rate_hz, rint(at), size);
}

// The chip, with a tick of --dt.
static void load_chip(struct chip *c, const struct options *o)
{
    static char tick[64];
    cli_load_chip(c, o->chip);
    if (!(o->dt_ms > 0) || fabs(1e-3 * o->dt_ms - c->tick_s) < 1e-12) return;
    if (!(c->tick_s > 0)) return; // a chip that is run on vectors only
    snprintf(tick, sizeof tick, "tick=%.17g", o->dt_ms);
    cli_chip_change(tick);
    set_front_end(c, 1e-3 * o->dt_ms);
    cli_load_chip(c, o->chip);
}

static void label(struct net *net, const struct options *o, const struct nir_graph *g)
{
    struct fail f;
    int n_out = net->shape.layer[net->shape.n_layers - 1].n_out;
    if (o->labels && labels_parse(&net->labels, o->labels, &f)) cli_die("--labels: %s", f.text);
    if (!o->labels && nir_own_labels(g, &net->labels, &f)) cli_die("%s", f.text);
    if (net->labels.n && (net->labels.n > n_out || n_out % net->labels.n))
        cli_die("--labels: %d of them, allowed as many as divide the %d outputs", net->labels.n,
                n_out);
}

static const struct argp_option argp_options[] = {
    {"chip", 'c', "CHIP", 0, "The chip that it is for: a name in chips/ or a file (needed)", 1},
    {"out", 'o', "FILE", 0, "The net (needed)", 1},
    {"dt", KEY_DT, "MS", 0,
     "What a tick stands for (default: the chip's tick); the chip file in the net says it", 1},
    {"labels", KEY_LABELS, "A,B", 0,
     "What the outputs stand for, each or so many to a label (default: none)", 1},
    {"as", KEY_AS, "WHO", 0,
     "What the graph's writer means where it is not what NIR's equations say: nir (the equations, "
     "default), norse, snntorch, snntorch-delay, sinabs, rockpool or spyx",
     1},
    {"li-threshold", KEY_LI, "V", 0,
     "Neurons that never fire (LI, CubaLI, I) fire at V, in the graph's units, and reset", 1},
    {"round", KEY_ROUND, 0, 0, "Write the nearest that the chip has where it cannot hold a value",
     1},
    {0}};

static int run(int argc, char **argv)
{
    static const struct argp_child children[] = {
        {&cli_common_argp, 0, 0, 0}, {&cli_chip_argp, 0, 0, 0}, {0}};
    static const struct argp argp = {
        argp_options,
        parse,
        "GRAPH.nir",
        "A network of any framework that writes NIR, as a net for a chip: says what NIR leaves "
        "open and "
        "the chip decides, and node by node what the chip cannot hold.\v"
        "Layers one behind the other, each perhaps recurrent; what lies between them is one matrix "
        "(docs/nir.md).\n"
        "Exit codes: 0 written; 1 the chip cannot hold it, and nothing was written; 2 could not "
        "run.\n"
        "Example: spiketwin import braille.nir -c loihi --dt 0.1 -o net.nir\n"
        "         spiketwin run net.nir stimulus.csv",
        children,
        0,
        0};
    struct options o = {.common = {.seed = 1}, .dialect = nir_dialects};
    struct chip chip;
    struct net net = {0};
    struct nir_graph g;
    struct nir_import m;
    struct fail f;
    cli_parse(&argp, argc, argv, &o, sizeof o);
    if (!o.graph) cli_die("a NIR file is needed");
    if (!o.chip) cli_die("--chip is needed: a name in chips/ or a file");
    if (!o.out) cli_die("--out is needed: the net.nir that is written");
    load_chip(&chip, &o);
    const struct nir_choice choice = {o.dt_ms > 0 ? 1e-3 * o.dt_ms : chip.tick_s, o.dialect,
                                      o.li_threshold};
    if (!(choice.dt > 0)) cli_die("%s: has no tick: --dt is needed", chip.name);
    if (!(chip.tick_s > 0)) chip.tick_s = choice.dt; // of one that is run on vectors only
    if (nir_graph_read(&g, o.graph, &f) || nir_import(&m, &net, &g, &chip, &choice, &f))
        cli_die("%s", f.text);
    label(&net, &o, &g);
    bool fits = nir_import_fits(&m, o.round);
    if (fits) {
        cli_require_words(&chip, &net, o.graph);
        if (net_keep_chip(&net, cli_chip_file(), &f) || net_save(&net, &chip, o.out, &f))
            cli_die("%s", f.text);
    }
    if (o.common.json)
        print_as_json(&o, &m, &g, &net, &chip, fits);
    else {
        print_all(&m, &g, &net, &chip);
        if (fits)
            printf("written to %s\n", o.out);
        else
            printf("does not fit %s: nothing written%s\n", chip.name,
                   m.n_never || *m.rules[0] || *m.rules[1] || *m.rules[2]
                       ? ""
                       : " (--round takes the nearest values)");
    }
    cli_say_warnings();
    nir_import_fini(&m);
    nir_graph_fini(&g);
    net_fini(&net);
    return fits ? EXIT_SAME : EXIT_DIFFERS;
}

const struct verb verb_import = {"import", "a NIR network of any framework, for a chip", run};
