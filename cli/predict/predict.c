// spiketwin predict: what accuracy will chips 1..N have, how many pass, and what costs most?
#include "cli/run_files.h"
#include "cli/predict/decisions.h"
#include "cli/predict/predict.h"
#include "cli/stop.h"
#include "base/file.h"
#include "cli/predict/undecided.h"
#include "cli/options.h"

#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void parse_chips(struct predict_options *o, const char *text)
{
    char copy[64];
    const char *dots = strstr(text, "..");
    o->first = 1;
    if (!dots) {
        o->last = cli_integer("--chips", text, 1, 10000000);
        return;
    }
    snprintf(copy, sizeof copy, "%.*s", (int)(dots - text), text);
    o->first = cli_integer("--chips", copy, 1, INT32_MAX);
    o->last = cli_integer("--chips", dots + 2, o->first,
                          o->first + 9999999 < INT32_MAX ? o->first + 9999999 : INT32_MAX);
}

#define AT(member) offsetof(struct predict_options, member)

// clang-format off
static const struct option_row rows[] = {
    OPT_TEXT(0, 1, "chips", 'n', "N|A..B", "Virtual chips 1..N, or A..B (default 100)", AT(chips)),
    OPT_TEXT(0, 1, "limit", 'l', "X", "A chip passes with at least this accuracy, 0..1; of targets over time this correlation, or at most this sMAPE", AT(limited)),
    OPT_NUMBER(0, 1, "relative-limit", 'r', "X", "Without --limit: passes with at least X of the nominal chip's accuracy (default 0.98), or at most 1/X of its sMAPE", AT(relative), 0, 1),
    OPT_NUMBER(0, 1, "width", 0, "X", "Stop as soon as the yield's interval is at most this wide, 0.001..1, or all --chips are run (looks after every 64 chips; its interval makes up for the looking)", AT(width), 0.001, 1),
    OPT_NUMBER(0, 1, "target-yield", 0, "X", "Yield that is wanted, of other chips and other speakers: decides between passes, fails and cannot tell, 0..1 (default 0.9)", AT(target), 0, 1),
    OPT_TEXT(0, 1, "chip", 'c', "CHIP", "Another chip file than the net's own", AT(chip)),
    OPT_TEXT(0, 1, "faults", 'F', "FILE", "Stuck weight bits, dead neurons and bit flips that every chip suffers (docs/faults.md)", AT(faults)),
    OPT_FLAG(0, 2, "attribution", 'a', "What each non-ideality costs: alone, on top of all others, all together", AT(attribution)),
    OPT_WHOLE(0, 2, "bootstrap", 0, "N", "Replicates of the bootstrap over speakers (default 1000)", AT(replicates), 40, 1000000),
    OPT_FLAG(0, 3, "list", 'L', "A line for each chip", AT(list)),
    OPT_TEXT(0, 3, "out", 'o', "FILE", "JSON into a file, written whole", AT(out)),
    OPT_TEXT(0, 3, "decisions", 0, "FILE", "What each chip said of each clip, a line each", AT(decisions)),
    OPT_TEXT(0, 3, "state", 0, "FILE", "Keeps each chip that is done, so that a run that was stopped goes on, and a longer one begins where it ended (default with --out: FILE.state, removed at the end)", AT(state)),
};
// clang-format on

enum { KEY_SWEEP = 0x600 };

// May be given again, so that it is no row.
static error_t parse_sweep(int key, char *arg, struct argp_state *state)
{
    struct predict_options *o = state->input;
    if (key != KEY_SWEEP) return ARGP_ERR_UNKNOWN;
    if (o->n_sweeps == PREDICT_SWEEPS)
        cli_die("--sweep: %s, allowed up to %d times", arg, PREDICT_SWEEPS);
    o->sweep_text[o->n_sweeps++] = arg;
    return 0;
}

static const struct argp_option sweep_options[] = {
    {"sweep", KEY_SWEEP, "NAME[=X,X]", 0,
     "Yield over the size of one (threshold.local, jitter, ..; all: each that the chip has), and "
     "where it falls below --target-yield. May be given again",
     2},
    {0}};
static const struct argp sweep_argp = {sweep_options, parse_sweep, 0, 0, 0, 0, 0};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct predict_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        options_children(state, &o->common, &o->patterns);
        state->child_inputs[0] = o; // --sweep
        return 0;
    case ARGP_KEY_ARG:
        if (o->net) return ARGP_ERR_UNKNOWN;
        o->net = cli_net(arg);
        return 0;
    default:
        return options_parse(&o->told, key, arg);
    }
}

static const struct argp_child children[] = {
    {&sweep_argp, 0, 0, 0},
    {&cli_data_argp, 0, "Data:", 10},
    {&patterns_job_argp, 0,
     "DYNAP-SE2 nets (net.h5); without --data they are shown event patterns:", 20},
    {&cli_common_argp, 0, 0, 0},
    {&cli_chip_argp, 0, 0, 0},
    {0}};
// mpirun ends rank 0 by a signal when another one has died.
static void say_when_stopped(const struct predict_options *o, const struct ranks *ranks)
{
    const char *why = ranks->n > 1 ? " (a rank died, or mpirun was ended)" : "";
    if (ranks->rank) return;
    if (ranks->n > 1) stop_lingers();
    if (o->state)
        stop_says(
            "%s: no result; the chips that are done are in %s, and the same command goes on from "
            "there",
            why, o->state);
    else
        stop_says("%s: no result and nothing kept (see --state)", why);
}

static void sweeps_of(struct predict_result *r, struct predict_options *o)
{
    const struct knobs *knobs = r->job.by->knobs(r->job.chip);
    uint32_t active = knobs_active(knobs, r->job.chip);
    struct predict_sweep list[PREDICT_SWEEPS];
    int n = 0;
    for (int i = 0; i < o->n_sweeps; i++)
        for (int knob = 0; knob < knobs->n; knob++) {
            bool all = strcmp(o->sweep_text[i], "all") == 0;
            if (all ? !(active >> knob & 1) : knob > 0) continue;
            if (n == PREDICT_SWEEPS) cli_die("--sweep: allowed up to %d in all", PREDICT_SWEEPS);
            predict_parse_sweep(&list[n++], &r->job,
                                all ? knobs->knob[knob].name : o->sweep_text[i]);
        }
    if (o->n_sweeps && n == 0) cli_die("--sweep: all, but the chip has no non-ideality");
    memcpy(r->sweep, list, (size_t)n * sizeof *list);
    o->n_sweeps = n;
}

void predict_ask(struct predict_result *r, struct predict_options *o)
{
    sweeps_of(r, o);
    if (o->attribution && !knobs_active(r->job.by->knobs(r->job.chip), r->job.chip))
        cli_die("--attribution: the chip has no non-ideality");
}

static void write_decisions(const struct predict_result *r)
{
    uint32_t *k = malloc((size_t)r->n * sizeof *k);
    const uint16_t **said = malloc((size_t)r->n * sizeof *said);
    if (!k || !said) cli_die("out of memory");
    for (int i = 0; i < r->n; i++) {
        k[i] = r->chips[i].k;
        said[i] = r->decision + (size_t)i * (size_t)r->task.n_items;
    }
    decisions_write(r->o->decisions, r->task.item_name, r->task.n_items, r->task.words.class_name,
                    k, said, r->n);
    free(k);
    free(said);
}

static void finish(struct predict_result *r, const char *state, bool state_is_ours)
{
    const struct predict_options *o = r->o;
    undecided_warn(&r->nominal_undecided, "the nominal chip", &r->task.words, r->limit);
    undecided_warn(&r->undecided, "virtual chips", &r->task.words, r->limit);
    if (o->decisions) write_decisions(r);
    if (o->out) {
        cJSON *json = predict_json(r);
        cli_write_json(json, o->out);
        cJSON_Delete(json);
    }
    if (!o->common.json) predict_table(r);
    if (!o->out || o->common.json) run_file_tell(RUN_PREDICT, o->net, &o->common, predict_json(r));
    if (state && !o->common.quiet)
        fprintf(stderr, "%ld chips run, %ld found in %s\n", r->run, r->found, state);
    if (state_is_ours) unlink(state);
}

// What hangs on the task's figure of merit.
static void take_limit(const struct predict_result *r, struct predict_options *o)
{
    const struct merit *m = r->task.merit;
    if (o->limited)
        o->limit =
            cli_number("--limit", o->limited, fmin(m->worst, m->best), fmax(m->worst, m->best));
    if (o->decisions && task_graded(&r->task))
        cli_die("--decisions: of labels; %s holds targets", r->data);
}

static int run(int argc, char **argv)
{
    static struct predict_result r; // sweeps and all
    struct predict_options o = {.common = {.seed = 1, .split = DATASET_SPLITS},
                                .patterns = patterns_defaults,
                                .first = 1,
                                .last = 100,
                                .relative = 0.98,
                                .target = VERDICT_TARGET,
                                .replicates = 1000};
    struct fail f;
    struct ranks ranks;
    bool go = true;
    if (ranks_open(&ranks, &f)) {
        if (ranks.rank) return EXIT_COULD_NOT; // rank 0 tells it
        cli_die("%s", f.text);
    }
    if (ranks.rank) stop_silent();                       // rank 0 tells that too
    if (ranks.rank) ranks_share(&ranks, &go, sizeof go); // until rank 0 has found nothing wrong
    options_open(&o.told, rows, sizeof rows / sizeof *rows);
    const struct argp argp = {
        o.told.list,
        parse,
        "NET",
        "Accuracy of virtual chips of a trained net, all on the same clips, and their yield. NET "
        "is "
        "the "
        "net.nir of a run folder, the folder itself, or the net.h5 of a DYNAP-SE2 net.\v"
        "nominal: real arithmetic, weights not quantised. quantised: the nominal chip (k = 0) in "
        "the "
        "integer model. chips: mismatch and jitter drawn for each k. docs/prediction.md says what "
        "each "
        "interval covers.\n"
        "Examples: spiketwin predict build/yes-no/net.nir -d speech_commands -n 1000 -l 0.93\n"
        "          spiketwin predict net.nir -d DIR -n 500 --attribution --sweep all\n"
        "          spiketwin predict net.h5 --events EVENTS --law silicon -n 4000 -l 1 --mismatch "
        "3\n"
        "          spiketwin predict run -d shd_test.h5 -n 1000   # a DYNAP-SE2 net that was "
        "trained "
        "with -d)\n"
        "          mpirun -n 4 --bind-to none spiketwin predict net.nir -d DIR -n 10000 -o "
        "out.json",
        children,
        0,
        0};
    cli_parse(&argp, argc, argv, &o, sizeof o);
    options_take(&o.told, 0, "", &o);
    if (o.chips) parse_chips(&o, o.chips);
    if (!o.net) cli_die("NET is needed: the net.nir of a run folder");
    if (ranks.rank) {
        o.common.quiet = true;
        cli_mute_warnings();
    }

    char default_state[4096], identity[900], theirs[900];
    struct progress *p = cli_progress(&o.common);
    r = (struct predict_result){.o = &o};
    if (cli_is_dpi_net(o.net))
        predict_open_dpi(&r, &o, p);
    else
        predict_open_lif(&r, &o, p);
    r.extent = r.job.by->extent(&r.job);
    take_limit(&r, &o);

    bool state_is_ours = o.out && !o.state && !file_streams(o.out);
    if (state_is_ours) {
        snprintf(default_state, sizeof default_state, "%s.state", o.out);
        o.state = default_state;
    }
    struct campaign c = {.job = r.job, .ranks = &ranks, .progress = p};
    r.job.by->identity(&r.job, cli_version, identity, sizeof identity);
    if (o.state && ranks.rank == 0) {
        c.state = predict_state_open(o.state, identity, &c.job, &f);
        if (!c.state) cli_die("%s", f.text);
        if (predict_state_torn(c.state) && !o.common.quiet)
            fprintf(stderr,
                    "%s: %" PRId64 " bytes behind its %d whole chips are cut off: what a run that "
                    "was stopped left half-written\n",
                    o.state, predict_state_torn(c.state), predict_state_chips(c.state));
    }
    say_when_stopped(&o, &ranks);
    if (ranks.rank == 0) ranks_share(&ranks, &go, sizeof go);
    if (!ranks_agree(&ranks, identity, theirs, sizeof theirs))
        cli_die("rank %d: other inputs than rank 0: %s, there %s", ranks.rank, identity, theirs);
    predict_all(&r, &c);
    cli_progress_done(p);
    if (ranks.rank == 0) finish(&r, o.state, state_is_ours);
    predict_state_close(c.state);
    free(r.chips);
    free(r.decision);
    free(r.nominal_decision);
    r.close(r.opened);
    task_fini(&r.task);
    ranks_close(&ranks);
    return EXIT_SAME;
}

const struct verb verb_predict = {"predict", "accuracy and yield of virtual chips", run};
