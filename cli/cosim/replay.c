// spiketwin replay: one virtual chip made again from its k, beside the nominal one.
#include "cli/run_files.h"
#include "cli/cosim/replay.h"
#include "cli/options.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_RASTER = 1000, KEY_SVG, KEY_RTL, KEY_BUILD, KEY_SOURCE, KEY_MEMBRANE };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct replay_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        options_children(state, &o->common, &o->patterns);
        return 0;
    case 'k':
        o->k = cli_integer("--virtual-chip", arg, 1, INT32_MAX);
        return 0;
    case 'c':
        if (arg[strspn(arg, "0123456789")] == 0)
            cli_die("--chip: %s, a chip file; virtual chip %s is --virtual-chip %s (-k)", arg, arg,
                    arg);
        o->chip = arg;
        return 0;
    case 'i':
        o->clip = strcmp(arg, "right") == 0   ? DECISION_RIGHT
                  : strcmp(arg, "wrong") == 0 ? DECISION_WRONG
                                              : (int)cli_integer("--clip", arg, 0, INT32_MAX);
        return 0;
    case 'F':
        o->faults = arg;
        return 0;
    case KEY_RASTER:
        o->raster = true;
        return 0;
    case KEY_SVG:
        o->svg = arg;
        return 0;
    case KEY_MEMBRANE:
        replay_membrane_parse(o, arg);
        return 0;
    case KEY_RTL:
        o->rtl = true;
        return 0;
    case KEY_BUILD:
        o->build = arg;
        return 0;
    case KEY_SOURCE:
        o->source = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (o->net && o->common.data) return ARGP_ERR_UNKNOWN;
        if (o->net)
            o->common.data = arg;
        else
            o->net = cli_net(arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"virtual-chip", 'k', "K", 0, "The virtual chip, 1 or more: as predict named it", 1},
    {"clip", 'i', "I|right|wrong", 0,
     "Show the spikes of clip I of the split; right: the first that both chips tell; wrong "
     "(default): the first that the chip lost, else the first that it does not tell, else 0",
     1},
    {"raster", KEY_RASTER, 0, 0, "Every neuron of that clip, tick by tick", 1},
    {"svg", KEY_SVG, "FILE", 0, "The same as a picture", 1},
    {"membrane", KEY_MEMBRANE, "LAYER:NEURON,..", 0,
     "In the picture, and in --json, of up to 8 neurons what lies behind their spikes: membrane, "
     "threshold and current, of both chips",
     1},
    {"rtl", KEY_RTL, 0, 0, "That clip on the RTL with the chip's words, in lockstep", 1},
    {"faults", 'F', "FILE", 0, "The list of faults that the prediction had (docs/faults.md)", 2},
    {"chip", 'c', "CHIP", 0, "Another chip file than the net's own", 2},
    {"build", KEY_BUILD, "DIR", 0,
     "Where Verilated models are kept (default: spiketwin in $XDG_CACHE_HOME or ~/.cache)", 2},
    {"source", KEY_SOURCE, "DIR", 0, "Tree whose rtl/ is built", 2},
    {0}};

void replay_need(const void *memory)
{
    if (!memory) cli_die("out of memory");
}

void replay_predict(struct replay *r, struct predict_job *job, struct progress *p)
{
    struct fail f;
    if (r->o->clip >= r->task.n_items)
        cli_die("--clip: %d, allowed 0..%d", r->o->clip, r->task.n_items - 1);
    r->extent = job->by->extent(job);
    replay_membrane_check(r);
    for (int side = 0; side < REPLAY_SIDES; side++) {
        job[side].first_chip = side == REPLAY_CHIP ? (uint32_t)r->o->k : 0;
        job[side].n_chips = 1;
        replay_need(r->said[side] = malloc((size_t)r->task.n_items * sizeof *r->said[side]));
        if (predict_run(&job[side], &r->side[side], r->said[side], p, &f)) cli_die("%s", f.text);
        undecided_of(&r->undecided[side], &job[side], &r->side[side], r->said[side], 1, 2);
        char whose[32] = "the nominal chip";
        if (side == REPLAY_CHIP) snprintf(whose, sizeof whose, "chip %" PRId64, r->o->k);
        undecided_warn(&r->undecided[side], whose, &r->task.words, -1);
    }
    r->shown = decision_choose(r->o->clip, r->said[REPLAY_NOMINAL], r->said[REPLAY_CHIP],
                               r->task.label, r->task.n_items);
    for (int side = 0; side < REPLAY_SIDES; side++)
        for (int l = 0; l < r->extent.n_layers; l++)
            replay_need(r->z[side][l] =
                            calloc((size_t)r->task.n_ticks * (size_t)r->extent.n_out[l], 1));
}

void replay_rtl_begin(struct replay *r, struct cosim_options *o)
{
    static struct cosim_result result;
    static struct cosim_job job;
    o->common = r->o->common;
    o->net = r->o->net;
    o->chip = r->o->chip;
    o->faults = r->o->faults;
    o->out = r->o->build;
    o->source = realpath(r->o->source, 0); // Verilator runs elsewhere
    o->clip = r->shown;
    o->k[0] = (uint32_t)r->o->k;
    o->n_chips = 1;
    if (!o->source) cli_die("--source: %s: no such folder", r->o->source);
    result = (struct cosim_result){.k = o->k[0], .divergent_clip = -1};
    job = (struct cosim_job){.o = o, .n_clips = 1, .result = &result};
    r->cosim = &job;
}

int replay_rtl_end(const struct replay *r)
{
    const struct cosim_result *result = r->cosim->result;
    if (result->lockstep.words == 0) cli_die("no words were compared");
    return cosim_differ(&result->lockstep) || result->decisions_differ ? EXIT_DIFFERS : EXIT_SAME;
}

// What was found, once both sides are there.
static void tell(const struct replay *r)
{
    if (r->o->svg) replay_svg(r, r->o->svg);
    const bool kept = r->o->clip < 0; // right or wrong
    if (!r->o->common.json) replay_table(r);
    if (kept || r->o->common.json)
        run_file_tell(r->o->clip == DECISION_RIGHT ? RUN_RIGHT : RUN_WRONG, r->o->net,
                      &r->o->common, replay_json(r));
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
    static const struct argp argp = {
        options,
        parse,
        "NET [DIR]",
        "Makes virtual chip K again from its number alone and shows what sets it apart from the "
        "nominal chip: its words, the clips that it lost and won, and the spikes of such a clip. "
        "Of a "
        "DYNAP-SE2 net (net.h5) without data clips are showings of event patterns.\v"
        "In rasters: # both fire, n only the nominal chip, k only chip K. Exit 1: with --rtl, "
        "something differs.\n"
        "Example: spiketwin replay build/yes-no/net.nir -d speech_commands --virtual-chip 13 --rtl",
        children,
        0,
        0};
    struct replay_options o = {.common = {.seed = 1, .split = DATASET_SPLITS},
                               .patterns = patterns_defaults,
                               .clip = DECISION_WRONG};
    cli_parse(&argp, argc, argv, &o, sizeof o);
    if (!o.source) o.source = cli_home();
    if (!o.net) cli_die("NET is needed: the net.nir of a run folder");
    if (o.n_probes && !o.svg && !o.common.json) cli_die("--membrane goes with --svg or --json");
    if (!o.k) cli_die("--virtual-chip K is needed: the number of a virtual chip");

    static struct replay r;
    struct progress *p = cli_progress(&o.common);
    r = (struct replay){.o = &o};
    int status = cli_is_dpi_net(o.net) ? replay_run_dpi(&r, &o, p) : replay_run_lif(&r, &o, p);
    cli_progress_done(p);
    tell(&r);
    if (r.cosim && r.cosim->result->divergent_clip >= 0) r.cosim->explain(r.cosim, r.cosim->result);
    if (r.cosim) free((char *)r.cosim->o->source);
    r.close(r.opened);
    replay_membrane_free(&r);
    task_fini(&r.task);
    for (int side = 0; side < REPLAY_SIDES; side++) {
        for (int l = 0; l < r.extent.n_layers; l++)
            free(r.z[side][l]);
        free(r.said[side]);
    }
    return status;
}

const struct verb verb_replay = {"replay", "one virtual chip beside the nominal one", run};
