// spiketwin cosim: the RTL with a chip's words, in lockstep with the golden model on real clips.
#include "cli/run_files.h"
#include "cli/streams.h"
#include "cli/cosim/cosim_run.h"

#include "base/file.h"
#include "cli/predict/decisions.h"
#include "cli/options.h"

#include "cosim/dut/dut_build.h"
#include "cosim/waves/waves.h"
#include "twin/jobs/corpus_task.h"
#include "twin/jobs/lif_job.h"

#include <inttypes.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// "0..3,17" into the list.
static void parse_chips(struct cosim_options *o, const char *text)
{
    char copy[4096], *save = 0;
    o->n_chips = 0;
    if (strlen(text) >= sizeof copy) cli_die("--chips: list too long");
    snprintf(copy, sizeof copy, "%s", text);
    for (char *part = strtok_r(copy, ",", &save); part; part = strtok_r(0, ",", &save)) {
        char *dots = strstr(part, "..");
        if (dots) *dots = 0;
        int64_t first = cli_integer("--chips", part, 0, INT32_MAX);
        int64_t last = dots ? cli_integer("--chips", dots + 2, first, INT32_MAX) : first;
        for (int64_t k = first; k <= last; k++) {
            if (o->n_chips == MAX_CHIPS)
                cli_die("--chips: %s, allowed up to %d chips", text, MAX_CHIPS);
            o->k[o->n_chips++] = (uint32_t)k;
        }
    }
    if (o->n_chips == 0) cli_die("--chips: %s, allowed lists such as 0..3,17", text);
}

enum { KEY_REACHED = 0x600, KEY_BUILD, KEY_SOURCE, REACHED = 4 };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct cosim_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        options_children(state, &o->common, &o->patterns);
        return 0;
    case 'c':
        o->chip = arg;
        return 0;
    case 'k':
        parse_chips(o, arg);
        return 0;
    case 'n':
        o->clips = (int)cli_integer("--clips", arg, 1, INT32_MAX);
        return 0;
    case 'i':
        o->clip = (int)cli_integer("--clip", arg, 0, INT32_MAX);
        return 0;
    case 'F':
        o->faults = arg;
        return 0;
    case 'D':
        o->decisions = arg;
        return 0;
    case 'W':
        o->wave = arg;
        return 0;
    case KEY_BUILD:
        o->out = arg;
        return 0;
    case KEY_SOURCE:
        o->source = arg;
        return 0;
    case 'T':
        o->stages = true;
        return 0;
    case KEY_REACHED:
        o->reached = (int)cli_integer("--reached", arg, 0, INT32_MAX);
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
    {"chips", 'k', "LIST", 0, "Virtual chips, such as 0..3,17 (default 0..3; 0 is the nominal one)",
     1},
    {"clips", 'n', "N", 0, "The first N clips of the split (default: all)", 1},
    {"clip", 'i', "I", 0, "Only clip I of the split (as a divergence report names it)", 1},
    {"stages", 'T', 0, 0, "Compare all eight stages of every neuron too, not only its state words",
     1},
    {"reached", KEY_REACHED, "N", 0,
     "Count what the first N clips of each chip reach of where a wrong device would differ, and "
     "say "
     "it at the end (default 4; 0: not)",
     1},
    {"decisions", 'D', "FILE", 0,
     "What the RTL's own spikes said of each clip, a line each, as predict writes it", 1},
    {"wave", 'W', "FILE", 0,
     "On a divergence: FST waves of the ticks around it, and save files for GTKWave and Surfer", 1},
    {"faults", 'F', "FILE", 0,
     "Stuck weight bits, dead neurons and bit flips, in twin and RTL alike (docs/faults.md)", 1},
    {"chip", 'c', "CHIP", 0, "Another chip file than the net's own", 1},
    {"build", KEY_BUILD, "DIR", 0,
     "Where Verilated models are kept (default: spiketwin in $XDG_CACHE_HOME or ~/.cache)", 1},
    {"source", KEY_SOURCE, "DIR", 0,
     "Tree whose rtl/ is built (default: the one spiketwin was built from)", 1},
    {0}};

// Whether what is shown has targets over time, which counts do not decide.
static bool over_time(const struct cosim_job *j)
{
    return j->corpus && j->corpus->targets;
}

static cJSON *to_json(const struct cosim_job *j, const struct lockstep_result *sum, int decisions,
                      int decisions_differ)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "provenance", cli_provenance(&j->o->common));
    cJSON_AddStringToObject(json, "net", j->o->net);
    if (j->o->common.data) cJSON_AddStringToObject(json, "data", j->o->common.data);
    if (j->o->patterns.events) cJSON_AddStringToObject(json, "events", j->o->patterns.events);
    if (j->law) cJSON_AddStringToObject(json, "law", j->law);
    cJSON_AddNumberToObject(json, "words", (double)sum->words);
    cJSON_AddNumberToObject(json, "spikes", (double)sum->spikes);
    cJSON_AddNumberToObject(json, "stages", (double)sum->stages);
    cJSON_AddNumberToObject(json, "differ", (double)cosim_differ(sum));
    cJSON_AddNumberToObject(json, "clips", j->n_clips);
    cJSON *chips = cJSON_AddArrayToObject(json, "chips");
    for (int i = 0; i < j->o->n_chips; i++) {
        const struct cosim_result *r = &j->result[i];
        cJSON *one = cJSON_CreateObject();
        cJSON_AddNumberToObject(one, "k", r->k);
        cJSON_AddNumberToObject(one, "words", (double)r->lockstep.words);
        cJSON_AddNumberToObject(one, "differ", (double)cosim_differ(&r->lockstep));
        cJSON_AddNumberToObject(one, "clips", r->clips);
        if (!over_time(j)) cJSON_AddNumberToObject(one, "twin_correct", r->twin_correct);
        if (!over_time(j)) cJSON_AddNumberToObject(one, "rtl_correct", r->rtl_correct);
        cJSON_AddNumberToObject(one, "decisions_differ", r->decisions_differ);
        cJSON_AddItemToArray(chips, one);
    }
    cJSON *d = cJSON_AddObjectToObject(json, "decisions");
    cJSON_AddNumberToObject(d, "compared", decisions);
    cJSON_AddNumberToObject(d, "differ", decisions_differ);
    cJSON *dut = cJSON_AddObjectToObject(json, "dut");
    cJSON_AddStringToObject(dut, "library", j->library);
    cJSON_AddNumberToObject(dut, "cycles", (double)sum->cycles);
    cJSON_AddNumberToObject(dut, "ticks", (double)sum->ticks);
    if (j->reached && j->reached->corner) reached_to_json(json, j->reached);
    return json;
}

// Sums, prints, and gives the exit code: nothing compared is never success.
int cosim_conclude(const struct cosim_job *j)
{
    struct lockstep_result sum = {0};
    const struct cosim_result *first = 0;
    int decisions = 0, decisions_differ = 0;
    for (int i = 0; i < j->o->n_chips; i++) {
        const struct cosim_result *r = &j->result[i];
        sum.words += r->lockstep.words;
        sum.words_differ += r->lockstep.words_differ;
        sum.spikes += r->lockstep.spikes;
        sum.spikes_differ += r->lockstep.spikes_differ;
        sum.stages += r->lockstep.stages;
        sum.stages_differ += r->lockstep.stages_differ;
        sum.cycles += r->lockstep.cycles;
        sum.ticks += r->lockstep.ticks;
        decisions += r->clips;
        decisions_differ += r->decisions_differ;
        if (!first && r->divergent_clip >= 0) first = r;
        if (!j->o->common.json && over_time(j))
            printf("chip %-4u %'12" PRId64 " words, %" PRId64
                   " differ; %d items, of which %d with other output counts\n",
                   r->k, r->lockstep.words, cosim_differ(&r->lockstep), r->clips,
                   r->decisions_differ);
        else if (!j->o->common.json)
            printf("chip %-4u %'12" PRId64 " words, %" PRId64
                   " differ; twin %.2f %%, RTL %.2f %% of %d "
                   "%s, %d decided otherwise\n",
                   r->k, r->lockstep.words, cosim_differ(&r->lockstep),
                   100.0 * r->twin_correct / r->clips, 100.0 * r->rtl_correct / r->clips, r->clips,
                   j->shown, r->decisions_differ);
    }
    if (sum.words == 0) cli_die("no words were compared");
    if (!j->o->common.json)
        printf("cosim: %" PRId64 " words, %" PRId64 " differ (%d chips, %" PRId64
               " spike bits, %" PRId64 " stages; %" PRId64 " cycles)\n",
               sum.words, cosim_differ(&sum), j->o->n_chips, sum.spikes, sum.stages, sum.cycles);
    if (j->o->common.json || j->o->clip < 0) // one clip is a look at it
        run_file_tell(RUN_COSIM, j->o->net, &j->o->common,
                      to_json(j, &sum, decisions, decisions_differ));
    // Where something differs, what was reached beside it is no one's question.
    const bool same = !cosim_differ(&sum) && !decisions_differ && !first;
    const bool reached = same && j->reached && j->reached->corner && !j->o->common.quiet;
    if (reached && !j->o->common.json) {
        printf("of the first %d %s of each chip: ", j->o->reached, j->shown);
        corners_print(j->reached, stdout);
    }
    fflush(stdout);
    if (reached) reached_warn("cosim", j->reached);
    if (first) j->explain(j, first);
    return cosim_differ(&sum) || decisions_differ || first ? EXIT_DIFFERS : EXIT_SAME;
}

void cosim_write_decisions(const struct cosim_job *j, const char *const *item,
                           const char *const *class_name)
{
    const uint16_t **said = malloc((size_t)j->o->n_chips * sizeof *said);
    if (!said) cli_die("out of memory");
    for (int i = 0; i < j->o->n_chips; i++)
        said[i] = j->result[i].said;
    decisions_write(j->o->decisions, item, j->n_clips, class_name, j->o->k, said, j->o->n_chips);
    free(said);
}

// Of clips.
static void write_decisions(const struct cosim_job *j)
{
    const char **name = malloc(((size_t)j->n_clips + 1) * sizeof *name);
    if (!name) cli_die("out of memory");
    for (int i = 0; i < j->n_clips; i++)
        name[i] = corpus_clip_name(&j->corpus->set, j->clip[i]);
    cosim_write_decisions(j, name, (const char *const *)j->corpus->set.labels.text);
    free(name);
}

static int run(int argc, char **argv)
{
    static const struct argp_child children[] = {
        {&cli_data_argp, 0, 0, 0},
        {&cli_common_argp, 0, 0, 0},
        {&cli_chip_argp, 0, 0, 0},
        {&patterns_job_argp, 0,
         "DYNAP-SE2 nets (net.h5); without --data they are shown event patterns:", 20},
        {0}};
    static const struct argp argp = {
        options,
        parse,
        "NET",
        "Runs the Verilated RTL with the words of virtual chips in lockstep with the golden model, "
        "on "
        "recordings, and compares every state word of every neuron in every tick. Of a DYNAP-SE2 "
        "net "
        "(the net.h5 of spiketwin train -c dynapse2) without --data event patterns are shown.\v"
        "Builds the RTL for the net's law and shape with Verilator if it is not there yet. Exit 0: "
        "all "
        "equal; 1: something differs (told in full on stderr); 2: nothing could be compared.\n"
        "Example: spiketwin cosim build/yes-no/net.nir -d speech_commands -k 0..3\n"
        "         spiketwin cosim build/se2/net.h5 --law silicon -k 0..3",
        children,
        0,
        0};
    static struct cosim_options o = {
        .common = {.seed = 1, .split = DATASET_SPLITS}, .clip = -1, .reached = REACHED};
    struct corners reached = {0};
    o.patterns = patterns_defaults;
    parse_chips(&o, "0..3");
    cli_parse(&argp, argc, argv, &o, sizeof o);
    if (!o.source) o.source = cli_home();
    if (!o.net) cli_die("NET is needed: the net.nir of a run folder");
    if (o.wave && file_streams(o.wave)) cli_die("--wave: %s: a file is needed", o.wave);
    const char *no = o.wave ? waves_no_name(o.wave) : 0;
    if (no) cli_die("--wave: %s: %s", o.wave, no);

    if (cli_is_dpi_net(o.net)) return cosim_dpi(&o);
    patterns_refuse(&o.patterns, o.net);
    struct chip chip;
    struct net net;
    struct faults faults = {0};
    struct fail f;
    char message[1024], library[DUT_PATH];
    cli_load_runnable(&net, &chip, o.net, o.chip);
    if (o.faults && faults_read(&faults, o.faults, chip.kind, &chip.law, &net.shape, &f))
        cli_die("%s", f.text);
    char *source = realpath(o.source, 0); // Verilator's make runs elsewhere
    if (!source) cli_die("--source: %s: no such folder", o.source);
    // What may be refused comes before Verilator's seconds.
    struct progress *p = cli_progress(&o.common);
    int *clip, n_clips;
    o.common.targets = true;
    struct corpus *corpus = cli_open_split(&chip, &net, &o.common, &clip, &n_clips, p);
    if (o.decisions && corpus->targets)
        cli_die("--decisions: of labels; %s holds targets", o.common.data);
    struct cosim_result *result = calloc((size_t)o.n_chips, sizeof *result);
    uint16_t *said = malloc((size_t)o.n_chips * (size_t)corpus->set.n_clips * sizeof *said);
    if (!result || !said) cli_die("out of memory");
    if (o.clip >= n_clips) cli_die("--clip: %d, allowed 0..%d", o.clip, n_clips - 1);
    if (o.clips && o.clips < n_clips) n_clips = o.clips;
    o.source = source;
    struct dut_build_options where = {o.source, o.out, false};
    if (!o.common.quiet) {
        streams_clear_line();
        fprintf(stderr, "Verilator: the RTL of this law and shape (built if it is not kept yet)\n");
    }
    if (dut_build(chip.kind, chip.params, &net.shape, &where, library, message, sizeof message))
        cli_die("%s", message);

    struct cosim_job job = {.o = &o,
                            .chip = &chip,
                            .net = &net,
                            .corpus = corpus,
                            .clip = o.clip >= 0 ? clip + o.clip : clip,
                            .n_clips = o.clip >= 0 ? 1 : n_clips,
                            .faults = o.faults ? &faults : 0,
                            .library = library,
                            .shown = corpus->targets ? "items" : "clips",
                            .explain = cosim_explain,
                            .result = result,
                            .reached = &reached};
    for (int i = 0; i < o.n_chips; i++)
        result[i] = (struct cosim_result){
            .k = o.k[i], .divergent_clip = -1, .said = o.decisions ? said + i * job.n_clips : 0};
    cosim_run_all(&job, p);
    cli_progress_done(p);
    int status = cosim_conclude(&job);
    if (o.decisions && status == EXIT_SAME) write_decisions(&job); // else some are missing
    corners_fini(&reached);
    free(said);
    faults_free(&faults);
    free(source);
    free(result);
    free(clip);
    cli_close_data(corpus);
    net_fini(&net);
    return status;
}

const struct verb verb_cosim = {"cosim", "RTL in lockstep with the golden model", run};
