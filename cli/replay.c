// spiketwin replay: one virtual chip made again from its k, beside the nominal one.
#include "cli/replay.h"
#include "twin/predict/lif_job.h"

#include "cosim/dut_build.h"
#include "model/network.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_SVG = 1000, KEY_RTL, KEY_BUILD, KEY_SOURCE };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct replay_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->child_inputs[1] = &o->common;
        return 0;
    case 'k':
        o->k = cli_integer("--chip", arg, 1, INT32_MAX);
        return 0;
    case 'c':
        o->chip = arg;
        return 0;
    case 'i':
        o->clip = strcmp(arg, "right") == 0   ? REPLAY_RIGHT
                  : strcmp(arg, "wrong") == 0 ? REPLAY_WRONG
                                              : (int)cli_integer("--clip", arg, 0, INT32_MAX);
        return 0;
    case 'F':
        o->faults = arg;
        return 0;
    case 'r':
        o->raster = true;
        return 0;
    case KEY_SVG:
        o->svg = arg;
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
        *(o->net ? &o->common.data : &o->net) = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"chip", 'k', "K", 0, "The virtual chip, 1 or more: as predict named it", 1},
    {"clip", 'i', "I|right|wrong", 0,
     "Show the spikes of clip I of the split; right: the first that both chips tell; wrong "
     "(default): the first that the chip lost, else the first that it does not tell, else 0",
     1},
    {"raster", 'r', 0, 0, "Every neuron of that clip, tick by tick", 1},
    {"svg", KEY_SVG, "FILE", 0, "The same as a picture", 1},
    {"rtl", KEY_RTL, 0, 0, "That clip on the RTL with the chip's words, in lockstep", 1},
    {"faults", 'F', "FILE", 0, "The list of faults that the prediction had (docs/faults.md)", 2},
    {"chip-file", 'c', "CHIP", 0, "Another chip file than the net's own", 2},
    {"build", KEY_BUILD, "DIR", 0,
     "Where Verilated models are kept (default: spiketwin in $XDG_CACHE_HOME or ~/.cache)", 2},
    {"source", KEY_SOURCE, "DIR", 0, "Tree whose rtl/ is built", 2},
    {0}};

static void need(const void *memory)
{
    if (!memory) cli_die("out of memory");
}

static void predict_side(struct replay *r, int side, struct progress *p)
{
    struct fail f;
    struct lif_job lif = {.chip = r->chip,
                          .net = r->net,
                          .speech = r->speech,
                          .clip = r->clip,
                          .n_clips = r->n_clips,
                          .faults = side == REPLAY_CHIP ? r->faults : 0,
                          .seed = r->o->common.seed,
                          .first_chip = side == REPLAY_CHIP ? (uint32_t)r->o->k : 0,
                          .n_chips = 1};
    struct task task;
    if (lif_task(&task, &lif, &f)) cli_die("%s", f.text);
    struct predict_job job = lif_predict_job(&lif, &task);
    need(r->said[side] = malloc((size_t)r->n_clips * sizeof *r->said[side]));
    if (predict_run(&job, &r->side[side], r->said[side], p, &f)) cli_die("%s", f.text);
    undecided_of(&r->undecided[side], &job, &r->side[side], r->said[side], 1, 2);
    char whose[32] = "the nominal chip";
    if (side == REPLAY_CHIP) snprintf(whose, sizeof whose, "chip %" PRId64, r->o->k);
    undecided_warn(&r->undecided[side], whose, &task.words, -1);
    task_fini(&task);
}

static struct image *image_of(const struct replay *r, int side)
{
    struct image *im = virtual_chip_new(r->chip, &r->net->shape);
    need(im);
    virtual_chip_make(im, r->chip, r->net, r->o->common.seed, r->side[side].k, 0);
    if (side == REPLAY_CHIP) faults_fix(r->faults, im);
    return im;
}

static int first(const struct replay *r, bool nominal_right, bool chip_right)
{
    for (int i = 0; i < r->n_clips; i++) {
        int label = r->speech->set.clip[r->clip[i]].label;
        if ((replay_said(r, REPLAY_NOMINAL, i) == label) == nominal_right &&
            (replay_said(r, REPLAY_CHIP, i) == label) == chip_right)
            return i;
    }
    return -1;
}

static int choose(const struct replay *r)
{
    int i = r->o->clip;
    if (i == REPLAY_WRONG) i = first(r, true, false);
    if (r->o->clip == REPLAY_WRONG && i < 0) i = first(r, false, false);
    if (i == REPLAY_RIGHT) i = first(r, true, true);
    return i < 0 ? 0 : i;
}

// The clip that is shown, with every spike.
static void trace_side(struct replay *r, int side, const struct image *im)
{
    const struct image_shape *s = &r->net->shape;
    const struct speech *speech = r->speech;
    uint64_t seed = r->o->common.seed;
    uint32_t k = r->side[side].k;
    const struct faults *faults = side == REPLAY_CHIP ? r->faults : 0;
    int clip = r->clip[r->shown], ticks = speech->n_ticks;
    struct trace *t = &r->trace[side];
    struct network network;
    void *memory = aligned_alloc(64, network_size(&r->chip->law, s));
    uint8_t *words = malloc((size_t)ticks * (size_t)s->layer[0].n_in);
    int16_t *jitter = malloc((size_t)ticks * sizeof *jitter);
    struct stimulus_write *write =
        malloc(((size_t)faults_room(faults, r->chip, s, ticks) + 1) * sizeof *write);
    need(memory);
    need(words);
    need(jitter);
    need(write);
    *t = (struct trace){.count = calloc((size_t)s->layer[s->n_layers - 1].n_out, sizeof *t->count),
                        .spikes = calloc(IMAGE_MAX_LAYERS, sizeof *t->spikes)};
    need(t->count);
    need(t->spikes);
    for (int l = 0; l < s->n_layers; l++) {
        size_t bytes = (size_t)ticks * (size_t)trace_spike_words(s->layer[l].n_out) * 8;
        need(t->layer[l].z = aligned_alloc(64, (bytes + 63) / 64 * 64));
    }
    struct stimulus stimulus = speech_stimulus(speech, r->chip, seed, k, clip, 0, words, jitter);
    faults_flip(faults, r->chip, im, seed, k, speech->set.clip[clip].id, &stimulus, write);
    network_init(&network, im, memory);
    network_run(&network, &stimulus, t);
    for (int i = 0; side == REPLAY_CHIP && i < ticks; i++)
        if (abs(jitter[i]) > r->jitter_largest) r->jitter_largest = abs(jitter[i]);
    free(memory);
    free(words);
    free(jitter);
    free(write);
}

// The chip and clip on the RTL.
static int into_rtl(struct replay *r, struct progress *p)
{
    static struct cosim_options o; // a list of chips in it: large
    static struct cosim_result result;
    static char library[DUT_PATH];
    char message[1024];
    o = (struct cosim_options){.common = r->o->common,
                               .net = r->o->net,
                               .chip = r->o->chip,
                               .faults = r->o->faults,
                               .out = r->o->build,
                               .source = realpath(r->o->source, 0),
                               .clip = r->shown,
                               .k = {(uint32_t)r->o->k},
                               .n_chips = 1};
    if (!o.source) cli_die("--source: %s: no such folder", r->o->source);
    struct dut_build_options where = {o.source, o.out, false};
    if (dut_build(&lif_kind, &r->chip->law, &r->net->shape, &where, library, message,
                  sizeof message))
        cli_die("%s", message);
    static struct cosim_job job;
    job = (struct cosim_job){.o = &o,
                             .chip = r->chip,
                             .net = r->net,
                             .speech = r->speech,
                             .clip = r->clip + r->shown,
                             .n_clips = 1,
                             .faults = r->faults,
                             .library = library,
                             .result = &result};
    result = (struct cosim_result){.k = o.k[0], .divergent_clip = -1};
    cosim_run_all(&job, p);
    if (result.lockstep.words == 0) cli_die("no words were compared");
    r->cosim = &job;
    return cosim_differ(&result.lockstep) || result.decisions_differ ? EXIT_DIFFERS : EXIT_SAME;
}

static void open_inputs(struct replay *r, struct chip *chip, struct net *net, struct speech *speech,
                        struct faults *faults, struct progress *p)
{
    const struct replay_options *o = r->o;
    struct fail f;
    int *clip;
    cli_load_runnable(net, chip, o->net, o->chip);
    if (o->faults && faults_read(faults, o->faults, &chip->law, &net->shape, &f))
        cli_die("%s", f.text);
    cli_open_speech(speech, chip, net, &o->common, o->common.split == SPLIT_HELD ? 10 : 0,
                    o->common.split, o->common.split, p);
    need(clip = malloc((size_t)speech->set.n_clips * sizeof *clip));
    r->n_clips = speech_split(speech, o->common.split, clip);
    if (r->n_clips == 0)
        cli_die("%s: no clips in split %s", o->common.data, dataset_split_names[o->common.split]);
    if (o->clip >= r->n_clips) cli_die("--clip: %d, allowed 0..%d", o->clip, r->n_clips - 1);
    r->chip = chip;
    r->net = net;
    r->speech = speech;
    r->faults = o->faults ? faults : 0;
    r->clip = clip;
}

static int run(int argc, char **argv)
{
    static const struct argp_child children[] = {
        {&cli_data_argp, 0, 0, 0}, {&cli_common_argp, 0, 0, 0}, {&cli_chip_argp, 0, 0, 0}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "NET [DIR]",
        "Makes virtual chip K again from its number alone and shows what sets it apart from the "
        "nominal chip: its words, the clips that it lost and won, and the spikes of such a clip.\v"
        "In rasters: # both fire, n only the nominal chip, k only chip K. Exit 1: with --rtl, "
        "something differs.\n"
        "Example: spiketwin replay build/yes-no/net.nir -d speech_commands --chip 13 --rtl",
        children,
        0,
        0};
    struct replay_options o = {.common = {.seed = 1, .split = SPLIT_VALIDATION},
                               .source = SPIKETWIN_ROOT,
                               .clip = REPLAY_WRONG};
    cli_parse(&argp, argc, argv, &o, sizeof o);
    if (!o.net) cli_die("NET is needed: the net.nir of a run folder");
    if (!o.k) cli_die("--chip K is needed: the number of a virtual chip");

    static struct replay r;
    struct chip chip;
    struct net net;
    struct speech speech;
    struct faults faults = {0};
    int status = EXIT_SAME;
    struct progress *p = cli_progress(&o.common);
    r = (struct replay){.o = &o};
    open_inputs(&r, &chip, &net, &speech, &faults, p);
    for (int side = 0; side < REPLAY_SIDES; side++)
        predict_side(&r, side, p);
    r.shown = choose(&r);
    struct image *image[REPLAY_SIDES];
    for (int side = 0; side < REPLAY_SIDES; side++) {
        image[side] = image_of(&r, side);
        trace_side(&r, side, image[side]);
    }
    r.n_diffs = image_compare(image[REPLAY_NOMINAL], image[REPLAY_CHIP], r.diff);
    if (o.rtl) status = into_rtl(&r, p);
    cli_progress_done(p);
    if (o.svg) replay_svg(&r, o.svg);
    if (o.common.json)
        cli_print_json(replay_json(&r));
    else
        replay_table(&r);
    if (r.cosim && r.cosim->result->divergent_clip >= 0) cosim_explain(r.cosim, r.cosim->result);
    for (int side = 0; side < REPLAY_SIDES; side++) {
        for (int l = 0; l < net.shape.n_layers; l++)
            free(r.trace[side].layer[l].z);
        free(r.trace[side].count);
        free(r.trace[side].spikes);
        free(r.said[side]);
        virtual_chip_free(image[side]);
    }
    if (r.cosim) free((char *)r.cosim->o->source);
    faults_free(&faults);
    free((int *)r.clip);
    speech_close(&speech);
    net_fini(&net);
    return status;
}

const struct verb verb_replay = {"replay", "one virtual chip beside the nominal one", run};
