// spiketwin info: what a net or a chip is, and what follows from its formats.
#include "cli/cli.h"

#include "cli/info_dpi.h"

#include "model/network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    struct cli_common common;
    const char *what;
    const char *chip;
    unsigned k;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->common;
        return 0;
    case 'c':
        o->chip = arg;
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
    {0}};

static const char *format_text(struct law_format f, const char *q, char *text)
{
    snprintf(text, 16, "%s%d.%d", q, f.int_bits, f.frac_bits);
    return text;
}

static void add_law(cJSON *json, const struct law *a)
{
    char text[16];
    cJSON *law = cJSON_AddObjectToObject(json, "law");
    cJSON_AddStringToObject(law, "input",
                            format_text(a->input, a->input_signed ? "Q" : "UQ", text));
    cJSON_AddStringToObject(law, "weight", format_text(a->weight, "Q", text));
    cJSON_AddStringToObject(law, "membrane", format_text(a->membrane, "Q", text));
    if (a->currents) {
        cJSON_AddNumberToObject(law, "currents", a->currents);
        cJSON_AddStringToObject(law, "decay_order", a->decay_last ? "gather_first" : "decay_first");
        cJSON_AddStringToObject(law, "saturation",
                                a->saturate_each ? "after_each_source" : "of_the_sum");
        cJSON_AddStringToObject(law, "current", format_text(a->current, "Q", text));
        cJSON_AddStringToObject(law, "decay_kind", law_leak_names[a->decay_kind]);
        cJSON_AddStringToObject(law, "round_decay", law_round_names[a->round_decay]);
    }
    cJSON_AddStringToObject(law, "leak", format_text(a->leak, a->leak_signed ? "Q" : "UQ", text));
    cJSON_AddStringToObject(law, "leak_kind", law_leak_names[a->leak_kind]);
    cJSON_AddStringToObject(law, "round_current", law_round_names[a->round_current]);
    cJSON_AddStringToObject(law, "round_leak", law_round_names[a->round_leak]);
    cJSON_AddStringToObject(law, "clamp", a->wrap ? "wrap" : "saturate");
    cJSON_AddStringToObject(law, "floor", a->floor_zero ? "zero" : "none");
    cJSON_AddStringToObject(law, "fire", a->fire_gt ? "gt" : "ge");
    cJSON_AddStringToObject(law, "reset", a->reset_subtract ? "subtract" : "zero");
    cJSON_AddStringToObject(law, "order", a->integrate_first ? "integrate_first" : "leak_first");
    cJSON_AddNumberToObject(law, "refractory_ticks", a->refractory_ticks);
    if (a->refractory_hold) cJSON_AddStringToObject(law, "refractory", "holds");
    if (a->has_rest) cJSON_AddStringToObject(law, "rest", "words");
    if (a->has_gain) cJSON_AddStringToObject(law, "gain", format_text(a->gain, "Q", text));
}

static void add_net(cJSON *json, const struct chip *chip, const struct net *net,
                    const struct options *o)
{
    char text[256];
    struct image *im = virtual_chip_new(chip, &net->shape);
    struct virtual_chip_note note = {0};
    void *memory = aligned_alloc(64, (network_size(&chip->law, &net->shape) + 63) / 64 * 64);
    struct network network;
    if (!im || !memory) cli_die("out of memory");
    virtual_chip_make(im, chip, net, o->common.seed, o->k, &note);
    network_init(&network, im, memory);
    cJSON_AddStringToObject(json, "shape", cli_shape_text(&net->shape, text, sizeof text));
    cJSON *words = cJSON_AddArrayToObject(json, "words");
    for (int i = 0; i < net->n_words; i++)
        cJSON_AddItemToArray(words, cJSON_CreateString(net->words[i]));
    cJSON_AddNumberToObject(json, "virtual_chip", o->k);
    snprintf(text, sizeof text, "%016llx", (unsigned long long)image_hash(im));
    cJSON_AddStringToObject(json, "image_hash", text);
    cJSON_AddNumberToObject(json, "clamped_words", (double)note.clamped);
    cJSON_AddNumberToObject(json, "state_words", image_neurons(im) * image_state_words(&im->law));
    cJSON_AddStringToObject(json, "kernel",
                            network.fast ? network_isa_names[network.isa] : "reference");
    cJSON *layers = cJSON_AddArrayToObject(json, "layers");
    for (int l = 0; l < im->n_layers; l++) {
        cJSON *one = cJSON_CreateObject();
        cJSON_AddNumberToObject(one, "sources", im->layer[l].n_source);
        cJSON_AddNumberToObject(one, "neurons", im->layer[l].n_out);
        cJSON_AddNumberToObject(one, "gather_bound", (double)image_gather_bound(im, l));
        cJSON_AddNumberToObject(one, "accumulator_bits", network.layer[l].narrow ? 16 : 32);
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

static int run(int argc, char **argv)
{
    static const struct argp_child children[] = {{&cli_common_argp, 0, 0, 0}, {0}};
    static const struct argp argp = {options,
                                     parse,
                                     "NET|CHIP",
                                     "What a net.nir or a chip file is: law, formats, shape, "
                                     "identity of a virtual chip, and how "
                                     "wide the accumulators must be.\v"
                                     "Example: spiketwin info build/yes-no/net.nir -k 17",
                                     children,
                                     0,
                                     0};
    struct options o = {.common = {.seed = 1}};
    struct chip chip;
    struct net net = {0};
    cli_parse(&argp, argc, argv, &o, sizeof o);
    if (!o.what) cli_die("a net.nir or a chip is needed");
    if (info_dpi_is(o.what)) {
        cJSON *dpi = info_dpi(o.what);
        if (o.common.json) cJSON_AddItemToObject(dpi, "provenance", cli_provenance(&o.common));
        if (o.common.json)
            cli_print_json(dpi);
        else {
            print_plain(dpi, 0);
            cJSON_Delete(dpi);
        }
        return EXIT_SAME;
    }
    size_t n = strlen(o.what);
    bool is_net = n > 4 && strcmp(o.what + n - 4, ".nir") == 0;
    if (is_net)
        cli_load_net(&net, &chip, o.what, o.chip);
    else
        cli_load_chip(&chip, o.what);

    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "provenance", cli_provenance(&o.common));
    cJSON_AddStringToObject(json, "chip", chip.name);
    add_law(json, &chip.law);
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
