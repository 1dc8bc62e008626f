// spiketwin run: a net on a stimulus, in real numbers and in the chip's integers, side by side.
#include "cli/cli.h"

#include "cli/nir/stimulus.h"
#include "cli/options.h"

#include "model/laws/engine.h"
#include "model/lif/network.h"
#include "twin/net/project.h"
#include "twin/net/real.h"
#include "twin/nir/dialect.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    struct cli_common common;
    const char *net, *stimulus, *chip, *out;
    const struct nir_dialect *as; // NULL: as the chip
    uint32_t k;
    int clip, n_ticks;
    bool spikes;
};

enum { KEY_AS = 0x600, KEY_SPIKES, KEY_CLIP, KEY_TICKS };

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
    case 'k':
        o->k = (uint32_t)cli_integer("--virtual-chip", arg, 0, INT32_MAX);
        return 0;
    case 'o':
        o->out = arg;
        return 0;
    case KEY_AS:
        o->as = nir_dialect_of(arg);
        if (!o->as) cli_die("--as: %s, allowed %s", arg, nir_dialect_names(names, sizeof names));
        return 0;
    case KEY_SPIKES:
        o->spikes = true;
        return 0;
    case KEY_CLIP:
        o->clip = (int)cli_integer("--clip", arg, 0, INT32_MAX);
        return 0;
    case KEY_TICKS:
        o->n_ticks = (int)cli_integer("--ticks", arg, 1, 10000000);
        return 0;
    case ARGP_KEY_ARG:
        if (!o->net)
            o->net = cli_net(arg);
        else if (!o->stimulus)
            o->stimulus = arg;
        else
            return ARGP_ERR_UNKNOWN;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

// What is compared, and what came of it.
struct run {
    struct chip chip;
    struct net net;
    struct net charged; // the net in charges, where they are not its weights
    struct real real;
    struct image *image;
    const struct engine *engine;
    void *memory;
    struct trace trace;
    struct shown shown;
    struct real_order order;
    bool in_reals, late; // late: the output of the reals is shown a tick after
    int64_t real_spikes[IMAGE_MAX_LAYERS], chip_spikes[IMAGE_MAX_LAYERS];
    int64_t differ, compared; // (neuron, tick) pairs
    struct {
        int tick, layer, neuron; // tick -1: they never part
        double real_v, chip_v;   // before the reset
        int real_z, chip_z;
    } first;
    double apart; // largest |v| between them before that, membrane units
};

static void open_trace(struct run *r)
{
    const struct image *im = r->image;
    for (int l = 0; l < im->n_layers; l++) {
        struct trace_layer *y = &r->trace.layer[l];
        int n_out = im->layer[l].n_out, ticks = r->shown.n_ticks;
        y->stride = network_padded(n_out);
        size_t words = (size_t)ticks * (size_t)y->stride * sizeof(int32_t);
        int32_t **const all[] = {&y->c, &y->v, &y->u, &y->n};
        y->z = calloc((size_t)ticks * (size_t)trace_spike_words(n_out), sizeof *y->z);
        bool there = y->z != 0;
        for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
            *all[i] = aligned_alloc(64, words);
            there = there && *all[i];
        }
        if (!there) cli_no_memory();
    }
    r->trace.count = calloc((size_t)im->layer[im->n_layers - 1].n_out, sizeof *r->trace.count);
    if (!r->trace.count) cli_no_memory();
}

static void open_run(struct run *r, const struct options *o)
{
    struct fail f;
    struct chip free_chip;
    cli_load_net(&r->net, &r->chip, o->net, o->chip);
    cli_require_words(&r->chip, &r->net, o->net);
    shown_read(&r->shown, o->stimulus, &r->chip, r->net.shape.layer[0].n_in, o->clip, o->n_ticks);
    r->in_reals = r->chip.kind == &lif_kind;
    if (!r->in_reals)
        cli_warn("left out: real numbers: the law %s has none here", r->chip.kind->name);
    r->order = o->as ? o->as->order : real_order_of(&r->chip.law);
    r->late = r->order.spike_late;
    const struct net *net = &r->net;
    if (r->in_reals && r->chip.weight.charges.n) {
        if (project_free(&r->charged, &free_chip, &r->chip, &r->net, 0, &f)) cli_die("%s", f.text);
        net = &r->charged;
    }
    if (r->in_reals && real_init(&r->real, &r->chip.law, net, &r->order, &f)) cli_die("%s", f.text);
    r->image = virtual_chip_new(&r->chip, &r->net.shape);
    r->engine = recorder_of(r->chip.kind);
    r->memory = r->image ? aligned_alloc(64, r->engine->size(r->image)) : 0;
    if (!r->memory) cli_no_memory();
    virtual_chip_make(r->image, &r->chip, &r->net, o->common.seed, o->k, 0);
    r->engine->init(r->memory, r->image);
    open_trace(r);
    r->first.tick = -1;
}

static void run_chip(struct run *r)
{
    const struct shown *s = &r->shown;
    struct stimulus in = {.n_ticks = s->n_ticks, .x = s->byte, .jitter = s->jitter};
    if (!s->byte) in.wide = s->word;
    r->engine->run(r->memory, 1, &in, &r->trace);
}

// A word of the chip's membrane or current, in membrane units.
static double units(const struct run *r, int32_t word)
{
    return ldexp(word, -r->chip.law.membrane.frac_bits);
}

static int chip_spikes(const struct run *r, int t, int l, int n)
{
    const struct trace_layer *y = &r->trace.layer[l];
    if (!trace_spiked(y, r->image->layer[l].n_out, t, n)) return 0;
    return y->n ? y->n[(size_t)t * (size_t)y->stride + (size_t)n] : 1;
}

static void compare(struct run *r, int t, int l, int n, int real_z, double real_v, double real_c)
{
    const struct trace_layer *y = &r->trace.layer[l];
    size_t at = (size_t)t * (size_t)y->stride + (size_t)n;
    int z = chip_spikes(r, t, l, n);
    r->real_spikes[l] += real_z;
    r->chip_spikes[l] += z;
    r->compared++;
    if (r->first.tick < 0 && z == real_z)
        r->apart = fmax(r->apart, fabs(units(r, y->v[at]) - real_v));
    if (z == real_z) return;
    r->differ++;
    if (r->first.tick >= 0) return;
    r->first.tick = t;
    r->first.layer = l;
    r->first.neuron = n;
    r->first.real_z = real_z;
    r->first.chip_z = z;
    r->first.real_v = real_c;
    r->first.chip_v = units(r, y->c[at]);
}

static void write_head(FILE *to, const struct run *r)
{
    fputs("tick,layer,neuron,", to);
    if (r->in_reals) fputs("real_spikes,real_v,", to);
    if (r->in_reals && r->chip.law.currents) fputs("real_u,", to);
    fputs("chip_spikes,chip_v,word_v", to);
    if (r->in_reals && r->chip.law.currents) fputs(",word_u", to);
    if (r->in_reals) fputs(",real_c", to);
    fputc('\n', to);
}

static void write_row(FILE *to, const struct run *r, int t, int l, int n, int real_z)
{
    const struct trace_layer *y = &r->trace.layer[l];
    const struct real_layer *real = &r->real.layer[l];
    size_t at = (size_t)t * (size_t)y->stride + (size_t)n;
    bool u = r->in_reals && r->chip.law.currents;
    fprintf(to, "%d,%d,%d,", t, l, n);
    if (r->in_reals) fprintf(to, "%d,%.12g,", real_z, real->v[n]);
    if (u) fprintf(to, "%.12g,", real->u[n]);
    fprintf(to, "%d,%.12g,%d", chip_spikes(r, t, l, n), units(r, y->v[at]), y->v[at]);
    if (u) fprintf(to, ",%d", y->u[at]);
    if (r->in_reals) fprintf(to, ",%.12g", real->c[n]); // v before its reset
    fputc('\n', to);
}

// Tick by tick through both; rows into `to`, NULL: none.
static void run_both(struct run *r, FILE *to, bool spikes)
{
    run_chip(r);
    if (to) write_head(to, r);
    for (int t = 0; t < r->shown.n_ticks; t++) {
        if (r->in_reals) real_tick(&r->real, r->shown.x + (size_t)t * (size_t)r->shown.n_in);
        for (int l = 0; l < r->net.shape.n_layers; l++)
            for (int n = 0; n < r->net.layer[l].n_out; n++) {
                const struct real_layer *y = &r->real.layer[l];
                int z = !r->in_reals ? 0 : r->late ? y->before[n] : y->z[n];
                if (r->in_reals) compare(r, t, l, n, z, y->v[n], y->c[n]);
                if (!r->in_reals) r->chip_spikes[l] += chip_spikes(r, t, l, n);
                if (to && (!spikes || z || chip_spikes(r, t, l, n))) write_row(to, r, t, l, n, z);
            }
    }
}

static void tell(const struct run *r)
{
    for (int l = 0; l < r->net.shape.n_layers; l++)
        if (r->in_reals)
            cli_tell("layer %d: %lld spikes in reals, %lld on the chip", l,
                     (long long)r->real_spikes[l], (long long)r->chip_spikes[l]);
        else
            cli_tell("layer %d: %lld spikes on the chip", l, (long long)r->chip_spikes[l]);
    if (!r->in_reals) return;
    if (r->first.tick < 0) {
        cli_tell("never part: %lld (neuron, tick) alike, v at most %.3g apart",
                 (long long)r->compared, r->apart);
        return;
    }
    cli_tell("part at tick %d, layer %d, neuron %d: %d spikes in reals at v = %.9g, %d on the chip "
             "at %.9g, "
             "theta %.9g; v at most %.3g apart before; %lld of %lld (neuron, tick) differ",
             r->first.tick, r->first.layer, r->first.neuron, r->first.real_z, r->first.real_v,
             r->first.chip_z, r->first.chip_v,
             (double)r->net.layer[r->first.layer].theta[r->first.neuron], r->apart,
             (long long)r->differ, (long long)r->compared);
}

static void print_as_json(const struct run *r, const struct options *o)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "provenance", cli_provenance(&o->common));
    cJSON_AddStringToObject(json, "net", o->net);
    cJSON_AddStringToObject(json, "stimulus", o->stimulus);
    cJSON_AddNumberToObject(json, "virtual_chip", o->k);
    cJSON_AddNumberToObject(json, "ticks", r->shown.n_ticks);
    cJSON_AddNumberToObject(json, "rounded_inputs", (double)r->shown.rounded);
    cJSON *layers = cJSON_AddArrayToObject(json, "layers");
    for (int l = 0; l < r->net.shape.n_layers; l++) {
        cJSON *one = cJSON_CreateObject();
        if (r->in_reals) cJSON_AddNumberToObject(one, "real_spikes", (double)r->real_spikes[l]);
        cJSON_AddNumberToObject(one, "chip_spikes", (double)r->chip_spikes[l]);
        cJSON_AddItemToArray(layers, one);
    }
    if (r->in_reals) {
        cJSON_AddStringToObject(json, "reals_as", o->as ? o->as->name : "chip");
        cJSON_AddNumberToObject(json, "compared", (double)r->compared);
        cJSON_AddNumberToObject(json, "differ", (double)r->differ);
        cJSON_AddNumberToObject(json, "v_apart", r->apart);
        cJSON *first = r->first.tick < 0 ? cJSON_AddNullToObject(json, "first")
                                         : cJSON_AddObjectToObject(json, "first");
        if (r->first.tick >= 0) {
            cJSON_AddNumberToObject(first, "tick", r->first.tick);
            cJSON_AddNumberToObject(first, "layer", r->first.layer);
            cJSON_AddNumberToObject(first, "neuron", r->first.neuron);
            cJSON_AddNumberToObject(first, "real_spikes", r->first.real_z);
            cJSON_AddNumberToObject(first, "chip_spikes", r->first.chip_z);
            cJSON_AddNumberToObject(first, "real_v", r->first.real_v);
            cJSON_AddNumberToObject(first, "chip_v", r->first.chip_v);
        }
    }
    cli_print_json(json);
}

static void close_run(struct run *r)
{
    for (int l = 0; l < IMAGE_MAX_LAYERS; l++) {
        struct trace_layer *y = &r->trace.layer[l];
        free(y->z);
        free(y->c);
        free(y->v);
        free(y->u);
        free(y->n);
    }
    free(r->trace.count);
    free(r->memory);
    virtual_chip_free(r->image);
    real_fini(&r->real);
    shown_fini(&r->shown);
    net_fini(&r->charged);
    net_fini(&r->net);
}

static const struct argp_option argp_options[] = {
    {"chip", 'c', "CHIP", 0, "Another chip file than the net's own", 1},
    {"virtual-chip", 'k', "K", 0, "Virtual chip of the integers (default 0, the nominal one)", 1},
    {"as", KEY_AS, "WHO", 0,
     "The reals fire and reset as nir, norse, snntorch, snntorch-delay, sinabs, rockpool or spyx "
     "does (default: as the chip)",
     1},
    {"out", 'o', "FILE", 0, "The rows (default: standard output; with --json none)", 1},
    {"spikes", KEY_SPIKES, 0, 0, "Only rows in which one of both fires", 1},
    {"clip", KEY_CLIP, "N", 0, "Of vectors: the clip of this number (default 0)", 1},
    {"ticks", KEY_TICKS, "N", 0, "Of a table or events: ticks (default: to the last)", 1},
    {0}};

static int run(int argc, char **argv)
{
    static const struct argp_child children[] = {
        {&cli_common_argp, 0, 0, 0}, {&cli_chip_argp, 0, 0, 0}, {0}};
    static const struct argp argp = {
        argp_options,
        parse,
        "NET STIMULUS",
        "Spikes and states of a net in real numbers and in the chip's integers, a row a neuron and "
        "tick, "
        "and the first tick in which the two part.\v"
        "STIMULUS: vectors of `spiketwin gen` (- is standard input); a table, a row a tick and a "
        "column an input; or "
        "events, "
        "whose first line has the names tick or time (s; time_ms, time_us, time_ns), unit, perhaps "
        "value.\n"
        "Real numbers are the net's own values, not quantised, without the ends of formats.\n"
        "Example: spiketwin run net.nir stimulus.csv --spikes\n"
        "         spiketwin gen net.nir --random 1 > x.vec && spiketwin run net.nir x.vec -o "
        "states.csv",
        children,
        0,
        0};
    struct options o = {.common = {.seed = 1}};
    struct run r = {0};
    char *text = 0;
    size_t size;
    cli_parse(&argp, argc, argv, &o, sizeof o);
    if (!o.net) cli_die("NET is needed: a net.nir");
    if (!o.stimulus) cli_die("STIMULUS is needed: vectors, a table or events");
    open_run(&r, &o);
    bool file = o.out && strcmp(o.out, "-") != 0;
    FILE *to = file ? open_memstream(&text, &size) : o.common.json && !o.out ? 0 : stdout;
    if (file && !to) cli_no_memory();
    run_both(&r, to, o.spikes);
    if (file) {
        cli_end_text(to, &text);
        cli_write_text(text, o.out);
        free(text);
    }
    cli_say_warnings();
    if (r.shown.rounded && !o.common.json)
        cli_tell("%ld values of the stimulus are no input words of %s: the chip hears the nearest",
                 r.shown.rounded, r.chip.name);
    if (o.common.json)
        print_as_json(&r, &o);
    else if (!o.common.quiet)
        tell(&r);
    close_run(&r);
    return EXIT_SAME;
}

const struct verb verb_run = {"run", "a net in reals and in the chip's integers, tick by tick",
                              run};
