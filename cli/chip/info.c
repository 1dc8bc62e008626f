// spiketwin info: what a net or a chip is, and what follows from its formats.
#include "cli/chip/info.h"

#include "cli/chip/info_dpi.h"
#include "cli/options.h"

#include "base/file.h"
#include "cosim/vectors/golden_json.h"
#include "model/lif/network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
    struct cli_common common;
    const char *what;
    const char *chip;
    const char *write;
    bool equations;
    unsigned k;
    struct patterns_options patterns; // of a DYNAP-SE2 net
};

enum { KEY_EQUATIONS = 0x600 };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        options_children(state, &o->common, &o->patterns);
        return 0;
    case 'c':
        o->chip = arg;
        return 0;
    case KEY_EQUATIONS:
        o->equations = true;
        return 0;
    case 'o':
        o->write = arg;
        return 0;
    case 'k':
        o->k = (unsigned)cli_integer("--virtual-chip", arg, 0, UINT32_MAX);
        return 0;
    case ARGP_KEY_ARG:
        if (o->what) return ARGP_ERR_UNKNOWN;
        o->what = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"virtual-chip", 'k', "K", 0, "Words of this virtual chip (default 0, the nominal one)", 1},
    {"chip", 'c', "CHIP", 0, "Another chip file than the net's own", 1},
    {"equations", KEY_EQUATIONS, 0, 0,
     "What a neuron does in a tick with the chip's numbers, a statement a stage: to lay beside "
     "RTL, and to run in Python",
     1},
    {"out", 'o', "FILE.yaml", 0,
     "Write the chip file, with what --set changes, and say no more (-: stdout)", 1},
    {0}};

static void add_net(cJSON *json, const struct chip *chip, const struct net *net,
                    const struct options *o)
{
    char text[256];
    struct image *im = virtual_chip_new(chip, &net->shape);
    struct virtual_chip_note note = {0};
    const bool lif = chip->kind == &lif_kind;
    void *memory = lif ? aligned_alloc(64, network_size(&chip->law, &net->shape)) : 0;
    struct network network;
    if (!im || (lif && !memory)) cli_die("out of memory");
    virtual_chip_make(im, chip, net, o->common.seed, o->k, &note);
    if (lif) network_init(&network, im, memory);
    struct fail why;
    if (virtual_chip_check(chip, net, &why)) cJSON_AddStringToObject(json, "refused", why.text);
    cJSON_AddStringToObject(json, "shape", cli_shape_text(&net->shape, text, sizeof text));
    cJSON *words = cJSON_AddArrayToObject(json, "words");
    for (int i = 0; i < net->labels.n; i++)
        cJSON_AddItemToArray(words, cJSON_CreateString(net->labels.text[i]));
    cJSON_AddNumberToObject(json, "virtual_chip", o->k);
    snprintf(text, sizeof text, "%016llx", (unsigned long long)image_hash(im));
    cJSON_AddStringToObject(json, "image_hash", text);
    cJSON_AddNumberToObject(json, "clamped_words", (double)note.clamped);
    int64_t synapses = 0;
    for (int l = 0; l < im->n_layers; l++)
        synapses += (int64_t)im->layer[l].n_rows * im->layer[l].n_out;
    cJSON_AddNumberToObject(json, "neurons", image_neurons(im));
    cJSON_AddNumberToObject(json, "synapses", (double)synapses);
    cJSON_AddNumberToObject(json, "parameters", (double)net->n_values);
    cJSON_AddNumberToObject(json, "state_words",
                            image_neurons(im) * law_state_words(im->kind, im->params));
    cJSON_AddStringToObject(json, "kernel",
                            lif && network.fast ? isa_names[network.isa] : "reference");
    cJSON *layers = cJSON_AddArrayToObject(json, "layers");
    struct image_shape shape = image_shape_of(im);
    for (int l = 0; l < im->n_layers; l++) {
        cJSON *one = cJSON_CreateObject();
        if (!one || !golden_put_layer(one, &shape, l)) cli_die("out of memory");
        cJSON_AddNumberToObject(one, "sources", im->layer[l].n_source);
        cJSON_AddNumberToObject(one, "synapses", (double)im->layer[l].n_rows * im->layer[l].n_out);
        cJSON_AddNumberToObject(one, "gather_bound", (double)image_gather_bound(im, l));
        bool narrow = image_gather_bound(im, l) <= fx_max(16);
        cJSON_AddNumberToObject(one, "accumulator_bits", narrow ? 16 : 32);
        cJSON_AddItemToArray(layers, one);
    }
    free(memory);
    virtual_chip_free(im);
}

// Names and values, nested ones indented: the same facts as the JSON.
static void print_plain(const cJSON *json, int depth)
{
    for (const cJSON *at = json->child; at; at = at->next) {
        if (cJSON_IsObject(at) || (cJSON_IsArray(at) && cJSON_IsObject(at->child))) {
            printf("%*s%s\n", 2 * depth, "", at->string ? at->string : "-");
            print_plain(at, depth + 1);
            continue;
        }
        char *value = cJSON_PrintUnformatted(at);
        printf("%*s%-18s %s\n", 2 * depth, "", at->string ? at->string : "-", value ? value : "");
        free(value);
    }
}

static int write_chip(const char *path)
{
    cli_write_text(cli_chip_file(), path);
    return EXIT_SAME;
}

static int run(int argc, char **argv)
{
    static const struct argp_child children[] = {{&cli_common_argp, 0, 0, 0},
                                                 {&cli_chip_argp, 0, 0, 0},
                                                 {&patterns_chip_argp, 0, "DYNAP-SE2 nets:", 21},
                                                 {0}};
    static const struct argp argp = {
        options,
        parse,
        "NET|CHIP",
        "What a net.nir, a net.h5 or a chip file is: law, formats, weights, cores, mismatch, "
        "power, front end, shape, "
        "identity of a virtual chip, and how "
        "wide the accumulators must be.\v"
        "Example: spiketwin info build/yes-no/net.nir -k 17",
        children,
        0,
        0};
    struct options o = {.common = {.seed = 1}, .patterns = patterns_defaults};
    struct chip chip;
    struct net net = {0};
    cli_parse(&argp, argc, argv, &o, sizeof o);
    if (!o.what) cli_die("a net.nir or a chip is needed");
    char chip_file[FILE_PATH]; // a chip's name goes before a run folder's
    cli_chip_path(o.what, chip_file, sizeof chip_file);
    if (!strcmp(chip_file, o.what) || access(chip_file, R_OK)) o.what = cli_net(o.what);
    size_t n = strlen(o.what);
    bool is_net = n > 4 && strcmp(o.what + n - 4, ".nir") == 0;
    const bool dpi_net = n > 3 && strcmp(o.what + n - 3, ".h5") == 0 && cli_is_dpi_net(o.what);
    if (!dpi_net) patterns_refuse(&o.patterns, o.what);
    if (dpi_net || (!is_net && cli_chip_is_dpi(o.what))) {
        struct loaded_options of = {o.what, o.chip, o.k, o.patterns};
        cJSON *dpi = dpi_net ? info_dpi_net(&of, &o.common) : info_dpi(o.what);
        if (o.write) return write_chip(o.write);
        if (o.equations)
            cli_die("%s: --equations are those of family lif (docs/dynapse2.md has the other's)",
                    o.what);
        if (o.common.json) cJSON_AddItemToObject(dpi, "provenance", cli_provenance(&o.common));
        if (o.common.json)
            cli_print_json(dpi);
        else {
            print_plain(dpi, 0);
            cJSON_Delete(dpi);
        }
        return EXIT_SAME;
    }
    if (is_net)
        cli_load_net(&net, &chip, o.what, o.chip);
    else
        cli_load_chip(&chip, o.what);
    if (o.write) return write_chip(o.write);
    if (o.equations && chip.kind != &lif_kind)
        cli_die("%s: --equations are those of family lif (model/%s.h has the other's)", o.what,
                chip.kind->name);
    if (o.equations) {
        info_print_equations(&chip);
        return EXIT_SAME;
    }

    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "provenance", cli_provenance(&o.common));
    cli_chip_add(json);
    info_add_chip(json, &chip);
    if (is_net) add_net(json, &chip, &net, &o);
    if (o.common.json)
        cli_print_json(json);
    else {
        cJSON_DeleteItemFromObject(json, "provenance");
        print_plain(json, 0);
        cJSON_Delete(json);
    }
    net_fini(&net);
    return EXIT_SAME;
}

const struct verb verb_info = {"info", "what a net or a chip is", run};
