// spiketwin gen | dut | check: text vectors through any device that reads lines and writes lines.
//
// `gen` writes stimulus for one virtual chip (and, for a DUT of one's own, its memories); the DUT
// in the middle echoes it and adds what it computed; `check` sees that the stimulus came back and
// compares the rest with the golden model. `dut` is our own RTL as such a filter.
#include "cli/cli.h"
#include "cli/cosim/gen.h"
#include "cli/cosim/loaded.h"
#include "cli/cosim/patient.h"
#include "cli/cosim/reached.h"

#include "cli/streams.h"
#include "cli/options.h"

#include "base/file.h"

#include "cosim/dut/dut_build.h"
#include "cosim/corners/clips.h"
#include "twin/task/events/random_events.h"
#include "cosim/vectors/vectors_show.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    struct cli_common common;
    struct loaded_options of;
    const char *file;       // check, dut: vectors, "-" is stdin
    const char *signatures; // check: of a device, a line a tick
    const char *memories;   // gen: folder of $readmemh files
    const char *out;        // dut: where DUTs are built
    const char *source;     // dut: the tree whose rtl/ is built
    int clips, timeout;
    bool expect;        // gen: with the model's results
    bool stages;        // gen, dut: and with all stages
    bool random, rated; // gen: what is shown is drawn, by `draw`; --rate is given
    struct random_events draw;
    bool corners, distil; // gen: what is shown is searched for; of it the shortest parts
};

enum {
    KEY_RANDOM = 0x600,
    KEY_EXPECT,
    KEY_BUILD,
    KEY_SOURCE,
    KEY_TICKS,
    KEY_RATE,
    KEY_ONE_EVENT,
    KEY_MOST,
    KEY_CORNERS,
    KEY_DISTIL,
    KEY_STAGES,
    KEY_SIGNATURE,
    KEY_TIMEOUT
};
enum { LONGEST_WAIT = 1000000 };

// "0.1..0.5" or "0.3".
static void parse_rate(const char *text, struct random_events *r)
{
    char first[32];
    const char *dots = strstr(text, "..");
    size_t n = dots ? (size_t)(dots - text) : strlen(text);
    if (n >= sizeof first) cli_die("--rate %s: allowed A..B within 0..1", text);
    snprintf(first, sizeof first, "%.*s", (int)n, text);
    r->low = cli_number("--rate", first, 0, 1);
    r->high = dots ? cli_number("--rate", dots + 2, r->low, 1) : r->low;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        options_children(state, &o->common, &o->of.patterns);
        return 0;
    case 'c':
        o->of.chip = arg;
        return 0;
    case 'k':
        o->of.k = (uint32_t)cli_integer("--virtual-chip", arg, 0, INT32_MAX);
        return 0;
    case 'n':
        o->clips = (int)cli_integer("--clips", arg, 1, INT32_MAX);
        return 0;
    case KEY_EXPECT:
        o->expect = true;
        return 0;
    case KEY_STAGES:
        o->stages = true;
        return 0;
    case 'm':
        o->memories = arg;
        return 0;
    case KEY_BUILD:
        o->out = arg;
        return 0;
    case KEY_SOURCE:
        o->source = arg;
        return 0;
    case KEY_RANDOM:
        o->random = true;
        o->draw.seed = (uint64_t)cli_integer("--random", arg, 0, INT64_MAX);
        return 0;
    case KEY_TICKS:
        o->draw.n_ticks = o->common.ticks = (int)cli_integer("--ticks", arg, 1, 1000000);
        return 0;
    case KEY_RATE:
        parse_rate(arg, &o->draw);
        o->rated = true;
        return 0;
    case KEY_MOST:
        o->draw.most = (int)cli_integer("--most", arg, 1, INT32_MAX);
        return 0;
    case KEY_ONE_EVENT:
        o->draw.one_event = true;
        return 0;
    case KEY_CORNERS:
        o->corners = true;
        return 0;
    case KEY_SIGNATURE:
        o->signatures = arg;
        return 0;
    case KEY_TIMEOUT:
        o->timeout = (int)cli_integer("--timeout", arg, 1, LONGEST_WAIT);
        return 0;
    case KEY_DISTIL:
        o->distil = true;
        return 0;
    case ARGP_KEY_ARG:
        if (!o->of.net)
            o->of.net = cli_net(arg);
        else if (!o->file)
            o->file = arg;
        else
            return ARGP_ERR_UNKNOWN;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

#define CHIP_OPTIONS                                                                               \
    {"virtual-chip", 'k', "K", 0, "Virtual chip (default 0, the nominal one)", 1},                 \
    {                                                                                              \
        "chip", 'c', "CHIP", 0, "Another chip file than the net's own", 1                          \
    }

#define TIMEOUT_OPTION                                                                             \
    {                                                                                              \
        "timeout", KEY_TIMEOUT, "S", 0,                                                            \
            "End where nothing comes for so many seconds, and say after which clip and tick", 1    \
    }

// The vectors that a verb reads.
static FILE *open_input(const char *file, const struct options *o)
{
    return patient_open(loaded_input(file), file ? file : "-", o->timeout);
}

// Where a clip lies in its corpus: WORD/FILE.
static const char *clip_name(const char *path)
{
    const char *at = path + strlen(path);
    for (int slashes = 0; at > path; at--)
        if (at[-1] == '/' && ++slashes == 2) break;
    return at;
}

// What is shown: items, each a pure function of its number.
struct shown {
    int n_items, n_ticks;
    struct stimulus (*show)(const struct shown *s, int i, int32_t *words, int16_t *jitter);
    const char *(*name)(const struct shown *s, int i, char text[32]);
    const struct loaded *l;
    const struct options *o;
    struct corpus *corpus;             // data, and which of its items
    int *clip;                         //
    const struct corners_clips *found; // parts of what `all` shows, or, without it, searched for
    const struct shown *all;           //
};

static struct stimulus show_clip(const struct shown *s, int i, int32_t *words, int16_t *jitter)
{
    return corpus_stimulus(s->corpus, &s->l->chip, s->o->common.seed, s->o->of.k, s->clip[i], 0,
                           (uint8_t *)words, jitter); // a byte each
}

static const char *name_clip(const struct shown *s, int i, char text[32])
{
    (void)text;
    return clip_name(s->corpus->set.clip[s->clip[i]].path);
}

// An item of what a DYNAP-SE2 net is shown.
static struct stimulus show_dpi(const struct shown *s, int i, int32_t *words, int16_t *jitter)
{
    (void)jitter;
    dpi_shown_words(&s->l->dpi->shown, s->o->common.seed, s->o->of.k, i, (uint8_t *)words);
    return (struct stimulus){.n_ticks = s->n_ticks, .x = (uint8_t *)words};
}

static const char *name_dpi(const struct shown *s, int i, char text[32])
{
    (void)text;
    return s->l->dpi->task.item_name[i];
}

static struct stimulus show_random(const struct shown *s, int i, int32_t *words, int16_t *jitter)
{
    const struct chip *c = &s->l->chip;
    random_events_show(&s->o->draw, i, words);
    if (s->l->dpi) return (struct stimulus){.n_ticks = s->n_ticks, .wide = words};
    virtual_chip_jitter(c, s->o->common.seed, s->o->of.k, (uint64_t)i, jitter, s->n_ticks);
    return (struct stimulus){
        .n_ticks = s->n_ticks, .wide = words, .jitter = c->jitter.acts_leak ? jitter : 0};
}

static const char *name_random(const struct shown *s, int i, char text[32])
{
    (void)s;
    snprintf(text, 32, "random/%d", i);
    return text;
}

static struct stimulus show_found(const struct shown *s, int i, int32_t *words, int16_t *jitter)
{
    (void)words, (void)jitter;
    return corners_stimulus(&s->found->clip[i]);
}

static const char *name_found(const struct shown *s, int i, char text[32])
{
    if (s->all) return s->all->name(s->all, s->found->clip[i].number, text);
    snprintf(text, 32, "corners/%d", i);
    return text;
}

static struct stimulus show_any(const void *context, int i, int32_t *words, int16_t *jitter)
{
    const struct shown *s = context;
    return s->show(s, i, words, jitter);
}

static const char *name_any(const void *context, int i, char text[32])
{
    const struct shown *s = context;
    return s->name(s, i, text);
}

static void open_data(struct shown *s, struct loaded *l, struct options *o)
{
    if (l->dpi) {
        s->n_items = l->dpi->task.n_items;
        if (o->clips < s->n_items) s->n_items = o->clips;
        s->n_ticks = l->dpi->shown.shown.n_ticks;
        s->show = show_dpi;
        s->name = name_dpi;
        return;
    }
    struct progress *p = cli_progress(&o->common);
    s->corpus = cli_open_split(&l->chip, &l->net, &o->common, &s->clip, &s->n_items, p);
    cli_progress_done(p);
    if (o->clips < s->n_items) s->n_items = o->clips;
    s->n_ticks = s->corpus->n_ticks;
    s->show = show_clip;
    s->name = name_clip;
}

// What clips reach, told beside the vectors.
static void tell_reached(const struct law_image *view, const struct corners_clips *clips,
                         bool quiet)
{
    struct reached r;
    int ticks = 0;
    if (quiet) return;
    if (!reached_init(&r, view)) cli_die("out of memory");
    for (int i = 0; i < clips->n; i++) {
        const struct stimulus s = corners_stimulus(&clips->clip[i]);
        corners_run(&r.corners, &r.reference, &s);
        ticks += s.n_ticks;
    }
    const struct corners_sum sum = corners_sum(&r.corners);
    fprintf(stderr,
            "%d clips, %d ticks: %d of %d corners reached, %d out of reach, %d not reached\n",
            clips->n, ticks, sum.reached, sum.reached + sum.impossible + sum.open, sum.impossible,
            sum.open);
    reached_warn("gen", &r.corners);
    reached_fini(&r);
}

// Clips that are searched for, or all that would be shown; of them the shortest parts.
static void find_clips(struct shown *s, const struct shown *all, struct corners_clips *found)
{
    const struct law_image *view = &s->l->view;
    int n_in = view->shape.layer[0].n_in;
    struct corners_clips from = {0};
    if (s->o->corners) {
        const struct corners_plan plan = {s->o->common.seed, s->o->draw.n_ticks, CORNERS_EFFORT,
                                          true};
        if (!corners_search(view, &plan, 0, &from)) cli_die("out of memory");
    } else {
        int32_t *words = malloc((size_t)all->n_ticks * (size_t)n_in * sizeof *words);
        int16_t *jitter = malloc((size_t)all->n_ticks * sizeof *jitter);
        if (!words || !jitter) cli_die("out of memory");
        for (int i = 0; i < all->n_items; i++) {
            const struct stimulus in = all->show(all, i, words, jitter);
            if (!corners_clips_add(&from, &in, n_in)) cli_die("out of memory");
        }
        free(words);
        free(jitter);
        s->all = all;
    }
    if (!corners_distil(view, &from, found)) cli_die("out of memory");
    corners_clips_free(&from);
    if (!found->n) cli_die("%s: nothing that is shown reaches any corner", s->o->of.net);
    tell_reached(view, found, s->o->common.quiet);
    s->n_items = found->n;
    for (int i = 0; i < found->n; i++)
        if (found->clip[i].n_ticks > s->n_ticks) s->n_ticks = found->clip[i].n_ticks;
    s->show = show_found;
    s->name = name_found;
    s->found = found;
}

static void write_vectors(FILE *to, struct loaded *l, struct options *o)
{
    struct vectors_writer w;
    struct corners_clips found = {0};
    struct shown s = {.n_items = o->clips,
                      .n_ticks = o->draw.n_ticks,
                      .show = show_random,
                      .name = name_random,
                      .l = l,
                      .o = o};
    char message[1024], text[24];
    const bool recordings = !o->random && !o->corners;
    if (recordings) open_data(&s, l, o);
    const struct shown all = s;
    if (o->corners || o->distil) find_clips(&s, &all, &found);
    vectors_begin(&w, to, &l->view, vectors_version_of(&l->view));
    loaded_head(l, &w);
    snprintf(text, sizeof text, "%" PRIu64, o->corners ? o->common.seed : o->draw.seed);
    if (o->random) vectors_head(&w, "random", text);
    if (o->corners) vectors_head(&w, "corners", text);
    const struct vectors_shown shown = {s.n_items, s.n_ticks, show_any, name_any,
                                        &s,        o->expect, o->stages};
    if (vectors_show(&w, &l->view, &shown, message, sizeof message)) cli_die("%s", message);
    corners_clips_free(&found);
    free(s.clip);
    cli_close_data(s.corpus);
}

static void check_random(const struct options *o)
{
    const struct random_events *d = &o->draw;
    const bool ticks = d->n_ticks && !o->corners && !o->common.data; // events have ticks too
    if (!o->random && (ticks || o->rated || d->most || d->one_event))
        cli_die("--ticks, --rate, --most and --one-event go with --random");
    const char *shown = o->common.data ? "--data" : o->of.patterns.pattern;
    if (o->random && shown) cli_die("--random and %s: allowed one of them", shown);
    if (o->corners && (o->random || shown))
        cli_die("--corners and %s: allowed one of them", o->random ? "--random" : shown);
    if (o->corners && o->clips) cli_die("--corners and --clips: allowed one of them");
}

// Which inputs and words are drawn.
static void draw_inputs(struct random_events *d, const struct loaded *l)
{
    struct fail f;
    if (random_events_of(d, &l->view, &f)) cli_die("--%s", f.text);
}

void gen_random(FILE *to, struct loaded *l, const struct gen_random *g)
{
    struct options o = {.common = {.seed = l->seed, .quiet = true},
                        .of = *l->o,
                        .clips = g->clips,
                        .expect = true,
                        .random = true,
                        .draw = {.seed = g->seed, .n_ticks = g->ticks, .high = 1}};
    draw_inputs(&o.draw, l);
    write_vectors(to, l, &o);
}

void gen_corners(FILE *to, struct loaded *l, uint64_t seed)
{
    struct options o = {.common = {.seed = seed, .quiet = true},
                        .of = *l->o,
                        .corners = true,
                        .draw = {.n_ticks = CORNERS_TICKS, .high = 1}};
    draw_inputs(&o.draw, l);
    write_vectors(to, l, &o);
}

static int run_gen(int argc, char **argv)
{
    static const struct argp_option options[] = {
        CHIP_OPTIONS,
        {"clips", 'n', "N", 0, "The first N clips of the split, or items of --random (default 1)",
         1},
        {"expect", KEY_EXPECT, 0, 0, "With the golden model's results after each tick", 1},
        {"stages", KEY_STAGES, 0, 0,
         "The same, and every stage of each neuron: sums, currents, leak, membrane before its "
         "clamp "
         "and reset",
         1},
        {"random", KEY_RANDOM, "SEED", 0,
         "Events at random in place of recordings: of each input word as many, at a rate of each "
         "item's own",
         2},
        {"ticks", KEY_TICKS, "N", 0,
         "With --random: ticks of an item (default 100); with --corners: of all; of events: those "
         "that are heard "
         "(default: all of the longest)",
         2},
        {"rate", KEY_RATE, "A..B", 0,
         "With --random: share of inputs with an event in a tick (default 0..1)", 2},
        {"most", KEY_MOST, "N", 0,
         "With --random: largest input word (default: the largest of its format; of DYNAP-SE2 nets "
         "3, an event count)",
         2},
        {"one-event", KEY_ONE_EVENT, 0, 0,
         "With --random: at most one event a tick, in such a share of ticks", 2},
        {"corners", KEY_CORNERS, 0, 0,
         "Events and jitter that are searched for: that reach as much as can be of where a wrong "
         "device would differ, in --ticks (default 2000) or fewer; --seed draws another search",
         3},
        {"distil", KEY_DISTIL, 0, 0,
         "Of what would be shown only the parts, from a clip's beginning, that reach as much", 3},
        {"memories", 'm', "DIR", 0,
         "Also write the chip's words as $readmemh files, and chip.json for the golden library; "
         "without --data, --random, --corners and event patterns only these",
         1},
        {0}};
    static const struct argp_child children[] = {
        {&cli_data_argp, 0, 0, 0},
        {&cli_common_argp, 0, 0, 0},
        {&cli_chip_argp, 0, 0, 0},
        {&patterns_job_argp, 0, "DYNAP-SE2 nets, and the patterns that they are shown:", 21},
        {0}};
    static const struct argp argp = {
        options,
        parse,
        "NET",
        "Writes vectors on stdout: events and jitter words of data or at random, tick by "
        "tick, as "
        "text. Without --data, --random and --corners a DYNAP-SE2 net is shown event patterns.\v"
        "The format: docs/vectors.md.\n"
        "Example: spiketwin gen run/net.nir -d DIR -k 3 | DUT | spiketwin check run/net.nir -k 3\n"
        "         spiketwin gen run/net.nir --random 1 -n 20 | DUT | spiketwin check run/net.nir\n"
        "         spiketwin gen run/net.nir --corners | DUT | spiketwin check run/net.nir\n"
        "         spiketwin gen run/net.h5 --law silicon -k 3 | DUT | spiketwin check run/net.h5 "
        "--law silicon -k 3",
        children,
        0,
        0};
    struct options o = {.common = {.seed = 1, .split = DATASET_SPLITS},
                        .of = {.patterns = patterns_defaults}};
    struct loaded l;
    struct fail f;
    cli_parse(&argp, argc, argv, &o, sizeof o);
    check_random(&o);
    if (!o.clips) o.clips = 1;
    if (!o.draw.n_ticks) o.draw.n_ticks = o.corners ? CORNERS_TICKS : 100;
    if (!o.rated) o.draw.high = 1;
    const bool shown = o.common.data || o.of.patterns.pattern;
    const bool events = shown || o.random || o.corners || !o.memories;
    loaded_open(&l, &o.of, &o.common, events && !o.random && !o.corners);
    if (o.distil && !o.random && !o.corners && !o.common.data && !l.dpi)
        cli_die("--distil goes with --data, --random or --corners");
    draw_inputs(&o.draw, &l);
    if (events && (l.dpi || chip_runs(&l.chip))) loaded_require_words(&l);
    if (!events && !o.common.quiet && !l.dpi && virtual_chip_check(&l.chip, &l.net, &f))
        fprintf(stderr, "%s: its words as they are, for a host that writes others\n", f.text);
    if (o.memories) {
        struct file_lock lock; // so that all memories are of one chip
        cli_make_folder(o.memories);
        if (file_lock(&lock, o.memories, &f)) cli_die("%s", f.text);
        if (vectors_memories(&l.view, o.memories, &f)) cli_die("%s", f.text);
        file_unlock(&lock);
    }
    if (events) write_vectors(streams_data(), &l, &o);
    loaded_close(&l);
    return EXIT_SAME;
}

static int run_dut(int argc, char **argv)
{
    static const struct argp_option options[] = {
        CHIP_OPTIONS,
        TIMEOUT_OPTION,
        {"build", KEY_BUILD, "DIR", 0,
         "Where Verilated models are kept (default: spiketwin in $XDG_CACHE_HOME or ~/.cache)", 1},
        {"source", KEY_SOURCE, "DIR", 0,
         "Tree whose rtl/ is built (default: the one spiketwin was built from)", 1},
        {"stages", KEY_STAGES, 0, 0, "Adds every stage of each neuron too", 1},
        {0}};
    static const struct argp_child children[] = {{&cli_common_argp, 0, 0, 0},
                                                 {&cli_chip_argp, 0, 0, 0},
                                                 {&patterns_chip_argp, 0, "DYNAP-SE2 nets:", 21},
                                                 {0}};
    static const struct argp argp = {
        options,
        parse,
        "NET [VECTORS]",
        "Our RTL as a filter: reads vectors (stdin if no file), echoes them and adds what the "
        "Verilated network computed.\v"
        "Example: spiketwin gen NET -d DIR | spiketwin dut NET | spiketwin check NET",
        children,
        0,
        0};
    struct options o = {.common = {.seed = 1}, .of = {.patterns = patterns_defaults}};
    struct loaded l;
    struct dut_handle h;
    char message[1024], library[DUT_PATH];
    cli_parse(&argp, argc, argv, &o, sizeof o);
    loaded_open(&l, &o.of, &o.common, false);
    loaded_require_words(&l);
    char *source = realpath(o.source ? o.source : cli_home(), 0); // Verilator's make runs elsewhere
    if (!source) cli_die("--source: %s: no such folder", o.source ? o.source : cli_home());
    struct dut_build_options where = {source, o.out, false};
    if (dut_build(l.view.kind, l.view.law, &l.view.shape, &where, library, message,
                  sizeof message) ||
        dut_open(&h, library, message, sizeof message))
        cli_die("%s", message);
    FILE *in = open_input(o.file, &o);
    int64_t cycles = vectors_dut(in, o.file ? o.file : "-", streams_data(), &h, &l.view, o.stages,
                                 message, sizeof message);
    if (cycles < 0) cli_die("%s", message);
    if (!o.common.quiet) fprintf(stderr, "%" PRId64 " clock cycles\n", cycles);
    if (in != stdin) fclose(in);
    dut_close(&h);
    free(source);
    loaded_close(&l);
    return EXIT_SAME;
}

static void signatures_to_json(cJSON *json, const struct vectors_signatures *g)
{
    char text[16];
    cJSON_AddNumberToObject(json, "signatures", (double)g->n);
    cJSON_AddNumberToObject(json, "signatures_differ", (double)g->differ);
    if (!g->differ) return;
    cJSON *first = cJSON_AddObjectToObject(json, "first_signature");
    cJSON_AddNumberToObject(first, "clip", g->clip);
    cJSON_AddNumberToObject(first, "tick", g->tick);
    snprintf(text, sizeof text, "%08" PRIx32, g->expected);
    cJSON_AddStringToObject(first, "expected", text);
    snprintf(text, sizeof text, "%08" PRIx32, g->got);
    cJSON_AddStringToObject(first, "got", text);
    cJSON_AddNumberToObject(first, "flipped_bits", g->clue.flipped); // 0: of no word alone
    if (!g->clue.flipped) return;
    cJSON_AddNumberToObject(first, "layer", g->clue.layer);
    cJSON_AddNumberToObject(first, "neuron", g->clue.neuron);
}

// The stage that leaves a word behind, and the word's name.
static void name_word(const struct law_image *im, int kind, char text[64])
{
    const struct law_kind *k = im->kind;
    const struct vectors_shape s = vectors_shape_of(im);
    const char *stage = k->stage[k->fire].name, *word = kind ? s.state[kind - 1].name : "spikes";
    for (int i = 0; kind && i < k->n_words - k->first_state; i++)
        if (!strcmp(law_states(k)[i].name, word))
            stage = k->left_by[i] < 0 ? "current" : k->stage[(int)k->left_by[i]].name;
    snprintf(text, 64, "stage %s, word %s", stage, word);
}

static void tell_signature(const struct law_image *im, const struct vectors_signatures *g)
{
    const struct signature_clue *x = &g->clue;
    char name[64];
    fprintf(stderr,
            "first signature that differs: clip %d, tick %d: expected %08" PRIx32 ", got %08" PRIx32
            "\n",
            g->clip, g->tick, g->expected, g->got);
    if (!x->flipped) {
        fprintf(stderr,
                "more than one word of that tick differs: full results of the same stimulus tell "
                "them (`make sim` of a folder of `spiketwin rtl`, `spiketwin dut`)\n");
        return;
    }
    name_word(im, x->kind, name);
    fprintf(stderr,
            "%d flipped bit%s of one word would give it: layer %d, neuron %d, %s: expected %" PRId64
            ", got %" PRId64 "\n",
            x->flipped, x->flipped > 1 ? "s" : "", x->layer, x->neuron, name, x->expected, x->got);
}

static void print_check_json(const struct vectors_check *c, const struct vectors_signatures *g,
                             const struct corners *reached, const struct options *o,
                             char warning[][160], int n_warnings)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "provenance", cli_provenance(&o->common));
    cJSON_AddNumberToObject(json, "clips", (double)c->counts.clips);
    cJSON_AddNumberToObject(json, "ticks", (double)c->counts.ticks);
    cJSON_AddNumberToObject(json, "events", (double)c->counts.events);
    cJSON_AddBoolToObject(json, "stimulus_as_sent", c->stimulus_known); // false: it is not told
    cJSON_AddNumberToObject(json, "words", (double)c->words);
    cJSON_AddNumberToObject(json, "spikes", (double)c->spikes);
    if (c->stages) cJSON_AddNumberToObject(json, "stages", (double)c->stages);
    cJSON_AddNumberToObject(json, "differ",
                            (double)(c->words_differ + c->spikes_differ + c->stages_differ));
    cJSON_AddNumberToObject(json, "not_at_rest", (double)c->moved);
    cJSON_AddNumberToObject(json, "fired", (double)c->fired);
    if (g) signatures_to_json(json, g);
    if (*c->hint) cJSON_AddStringToObject(json, "hint", c->hint);
    cJSON *warnings = cJSON_AddArrayToObject(json, "warnings");
    for (int i = 0; i < n_warnings; i++)
        cJSON_AddItemToArray(warnings, cJSON_CreateString(warning[i]));
    reached_to_json(json, reached);
    cli_print_json(json);
}

static int run_check(int argc, char **argv)
{
    static const struct argp_option options[] = {
        CHIP_OPTIONS,
        TIMEOUT_OPTION,
        {"signature", KEY_SIGNATURE, "FILE", 0,
         "The device's signatures, 8 hexadecimal digits a tick and line (- is stdin): compared as "
         "well, or, where VECTORS is only the stimulus, alone",
         1},
        {0}};
    static const struct argp_child children[] = {{&cli_common_argp, 0, 0, 0},
                                                 {&cli_chip_argp, 0, 0, 0},
                                                 {&patterns_chip_argp, 0, "DYNAP-SE2 nets:", 21},
                                                 {0}};
    static const struct argp argp = {
        options,
        parse,
        "NET [VECTORS]",
        "Recomputes every result in the vectors (stdin if no file) with the golden model and "
        "compares.\v"
        "Exit 0: all equal; 1: something differs; 2: nothing could be compared (a short file, a "
        "stimulus that is not the one that gen wrote, another image, no results), or nothing "
        "ever leaves rest, so that a dead device would be equal too.\n"
        "Ends with what was reached: how often the stimulus was where a wrong device would differ "
        "(docs/foreign.md); -q leaves that out.\n"
        "Example: DUT <stimulus.vec | spiketwin check NET -k 3\n"
        "         BOARD <stimulus.vec | spiketwin check NET stimulus.vec --signature -",
        children,
        0,
        0};
    struct options o = {.common = {.seed = 1}, .of = {.patterns = patterns_defaults}};
    struct loaded l;
    struct vectors_check c = {0};
    char message[1024], warning[VECTORS_WARNINGS][160];
    cli_parse(&argp, argc, argv, &o, sizeof o);
    loaded_open(&l, &o.of, &o.common, false);
    loaded_require_words(&l);
    const bool from_stdin = !o.file || !strcmp(o.file, "-");
    if (o.signatures && from_stdin && !strcmp(o.signatures, "-"))
        cli_die("--signature -: VECTORS has to be a file then");
    FILE *in = open_input(o.file, &o);
    struct vectors_signatures signatures = {.name = o.signatures}, *g = 0;
    if (o.signatures) {
        signatures.f = open_input(o.signatures, &o);
        g = &signatures;
    }
    struct corners reached;
    if (!corners_init(&reached, &l.view)) cli_die("out of memory");
    int status =
        vectors_check(in, o.file ? o.file : "-", &l.view, &c, g, &reached, message, sizeof message);
    if (status < 0) cli_die("%s", message);
    const bool dead = !status && vectors_dead(&c);
    char stages[80] = "";
    if (c.stages)
        snprintf(stages, sizeof stages, "; %" PRId64 " words of stages, %" PRId64 " differ",
                 c.stages, c.stages_differ);
    int n_warnings = vectors_warnings(&c, l.view.shape.n_layers, warning);
    if (o.common.json)
        print_check_json(&c, g, &reached, &o, warning, n_warnings);
    else if (g)
        printf("check: %" PRId64 " signatures, %" PRId64 " differ (%" PRId64 " clips)%s\n", g->n,
               g->differ, c.counts.clips,
               dead ? ", but no word is ever not at rest: a dead device would be the same" : "");
    if (!o.common.json && (c.words || !g))
        printf("check: %" PRId64 " words, %" PRId64 " differ; %" PRId64 " spike bits, %" PRId64
               " differ%s (%" PRId64 " clips)%s\n",
               c.words, c.words_differ, c.spikes, c.spikes_differ, stages, c.counts.clips,
               dead ? ", but 0 of them are not at rest: a dead device would be the same" : "");
    // Where something differs, what was reached beside it is no one's question.
    const bool tell = !status && !o.common.quiet;
    if (tell && !o.common.json) corners_print(&reached, stdout);
    fflush(stdout);
    if (tell) reached_warn("check", &reached);
    corners_fini(&reached);
    for (int i = 0; i < n_warnings; i++)
        fprintf(stderr, "spiketwin check: warning: %s: %s\n", o.file ? o.file : "-", warning[i]);
    if (c.differs)
        fprintf(
            stderr,
            "first difference: clip %d (line %ld), tick %d, layer %d, neuron %d, %s %s: expected "
            "%" PRId64 ", got %" PRId64 "\n",
            c.clip, c.line, c.tick, c.layer, c.neuron, c.stage ? "stage" : "word", c.word,
            c.expected, c.got);
    if (g && g->differ) tell_signature(&l.view, g);
    if (*c.hint) fprintf(stderr, "hint: %s\n", c.hint);
    if (dead) cli_die("%s", vectors_dead_text);
    if (in != stdin) fclose(in);
    if (g && g->f != stdin) fclose(g->f);
    loaded_close(&l);
    return status ? EXIT_DIFFERS : EXIT_SAME;
}

const struct verb verb_gen = {"gen", "vectors for a DUT: stimulus as text, memories", run_gen};
const struct verb verb_dut = {"dut", "our RTL as a filter of vectors", run_dut};
const struct verb verb_check = {"check", "a DUT's vectors against the golden model", run_check};
