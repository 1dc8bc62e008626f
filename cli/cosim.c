// spiketwin cosim: the RTL with a chip's words, in lockstep with the golden model on real clips.
#include "cli/cli.h"

#include "cosim/dut_build.h"
#include "cosim/lockstep.h"
#include "model/network.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CHIPS = 100000 };

struct options {
    struct cli_common common;
    const char *net;
    const char *chip;
    const char *wave;   // FST file of the first divergence
    const char *out;    // where DUTs are built
    const char *source; // tree that rtl/ and cosim/ are taken from
    int clips;          // 0: all of the split
    int clip;           // only this one of the split; -1: not
    bool stages;
    uint32_t k[MAX_CHIPS];
    int n_chips;
};

// "0..3,17" into the list.
static void parse_chips(struct options *o, const char *text)
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

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->child_inputs[1] = &o->common;
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
    case 'W':
        o->wave = arg;
        return 0;
    case 'o':
        o->out = arg;
        return 0;
    case 'R':
        o->source = arg;
        return 0;
    case 'T':
        o->stages = true;
        return 0;
    case ARGP_KEY_ARG:
        if (o->net) return ARGP_ERR_UNKNOWN;
        o->net = arg;
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
    {"wave", 'W', "FILE", 0, "On a divergence: FST waves of the ticks around it", 1},
    {"chip", 'c', "CHIP", 0, "Another chip file than the net's own", 1},
    {"build", 'o', "DIR", 0, "Where Verilated models are kept (default build/dut)", 1},
    {"source", 'R', "DIR", 0,
     "Tree whose rtl/ is built (default: the one spiketwin was built from)", 1},
    {0}};

struct chip_result {
    uint32_t k;
    struct lockstep_result lockstep;
    int twin_correct, rtl_correct, decisions_differ, clips;
    int divergent_clip; // -1: none
};

struct job {
    const struct options *o;
    const struct chip *chip;
    const struct net *net;
    const struct speech *speech;
    const int *clip;
    int n_clips;
    const char *library;
    struct chip_result *result; // (n_chips)
};

struct buffers { // of one thread
    struct dut_handle dut;
    struct image *image;
    struct network network;
    void *network_memory;
    uint8_t *words;
    int16_t *jitter;
    int32_t *count;
};

static int buffers_init(struct buffers *b, const struct job *j, char *message, size_t size)
{
    const struct image_shape *s = &j->net->shape;
    b->image = virtual_chip_new(j->chip, s);
    b->network_memory = aligned_alloc(64, (network_size(&j->chip->law, s) + 63) / 64 * 64);
    b->words = malloc((size_t)j->speech->n_ticks * (size_t)s->layer[0].n_in);
    b->jitter = malloc((size_t)j->speech->n_ticks * sizeof *b->jitter);
    b->count = malloc((size_t)s->layer[s->n_layers - 1].n_out * sizeof *b->count);
    if (!b->image || !b->network_memory || !b->words || !b->jitter || !b->count) {
        snprintf(message, size, "out of memory");
        return -1;
    }
    return dut_open(&b->dut, j->library, message, size);
}

static void buffers_fini(struct buffers *b)
{
    dut_close(&b->dut);
    virtual_chip_free(b->image);
    free(b->network_memory);
    free(b->words);
    free(b->jitter);
    free(b->count);
}

static struct stimulus stimulus_of(struct buffers *b, const struct job *j, uint32_t k, int clip)
{
    return speech_stimulus(j->speech, j->chip, j->o->common.seed, k, clip, 0, b->words, b->jitter);
}

// All clips on one chip, up to its first divergence.
static int run_chip(struct buffers *b, const struct job *j, struct chip_result *r, char *message,
                    size_t size)
{
    int n_classes = j->net->shape.layer[j->net->shape.n_layers - 1].n_out, status = 0;
    struct lockstep_options how = {.stages = j->o->stages};
    virtual_chip_make(b->image, j->chip, j->net, j->o->common.seed, r->k, 0);
    network_init(&b->network, b->image, b->network_memory);
    struct lockstep *k = lockstep_new(&b->dut, b->image, j->speech->n_ticks, message, size);
    if (!k) return -1;
    for (int i = 0; status == 0 && i < j->n_clips; i++) {
        struct stimulus s = stimulus_of(b, j, r->k, j->clip[i]);
        int label = j->speech->set.clip[j->clip[i]].label;
        struct trace t = {.count = b->count};
        status = lockstep_run(k, &s, &how, &r->lockstep, message, size);
        if (status < 0) break;
        if (status > 0) r->divergent_clip = i;
        // What the twin alone says, as spiketwin predict does, and what the RTL's own spikes say.
        network_run(&b->network, &s, &t);
        int twin = network_decide(b->count, n_classes);
        int rtl = network_decide(lockstep_dut_count(k), n_classes);
        r->twin_correct += twin == label;
        r->rtl_correct += rtl == label;
        r->decisions_differ += twin != rtl;
        r->clips++;
    }
    lockstep_free(k);
    return status < 0 ? -1 : 0;
}

static void run_all(const struct job *j, struct progress *p)
{
    char failed[1024] = "";
    long done = 0;
#pragma omp parallel
    {
        struct buffers b = {0};
        char message[1024] = "";
        int bad = buffers_init(&b, j, message, sizeof message);
#pragma omp for schedule(dynamic, 1)
        for (int i = 0; i < j->o->n_chips; i++) {
            if (!bad) bad = run_chip(&b, j, &j->result[i], message, sizeof message);
#pragma omp critical(cosim)
            {
                if (bad && !failed[0]) snprintf(failed, sizeof failed, "%s", message);
                progress_tell(p, "chips in lockstep", ++done, j->o->n_chips);
            }
        }
        buffers_fini(&b);
    }
    if (failed[0]) cli_die("%s", failed);
}

static int64_t differ_of(const struct lockstep_result *r)
{
    return r->words_differ + r->spikes_differ + r->stages_differ;
}

// Tells the first divergence, the command that replays it, and writes its waves if asked.
static void explain(const struct job *j, const struct chip_result *r)
{
    char message[1024];
    struct buffers b = {0};
    const struct lockstep_divergence *d = &r->lockstep.first;
    if (buffers_init(&b, j, message, sizeof message)) cli_die("%s", message);
    virtual_chip_make(b.image, j->chip, j->net, j->o->common.seed, r->k, 0);
    int clip = j->clip[r->divergent_clip];
    int at = j->o->clip >= 0 ? j->o->clip : r->divergent_clip;
    fprintf(stderr, "first divergence: chip %u, seed %" PRIu64 ", clip %d (%s)\n", r->k,
            j->o->common.seed, at, j->speech->set.clip[clip].path);
    lockstep_explain(stderr, b.image, d);
    fprintf(stderr,
            "replay: spiketwin cosim %s -d %s -S %s -s %" PRIu64 " -k %u -i %d -T -W wave.fst\n",
            j->o->net, j->o->common.data, dataset_split_names[j->o->common.split],
            j->o->common.seed, r->k, at);
    if (j->o->wave) {
        struct dut_build_options where = {j->o->source, j->o->out, true};
        struct dut_handle waves;
        char library[DUT_PATH];
        struct stimulus s = stimulus_of(&b, j, r->k, clip);
        if (dut_build(&j->chip->law, &j->net->shape, &where, library, message, sizeof message) ||
            dut_open(&waves, library, message, sizeof message) ||
            lockstep_wave(&waves, b.image, &s, d->tick > 3 ? d->tick - 3 : 0, d->tick + 1,
                          j->o->wave, message, sizeof message))
            cli_die("%s", message);
        dut_close(&waves);
        fprintf(stderr, "waves: %s\n", j->o->wave);
    }
    buffers_fini(&b);
}

static cJSON *to_json(const struct job *j, const struct lockstep_result *sum, int decisions,
                      int decisions_differ)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "provenance", cli_provenance(&j->o->common));
    cJSON_AddStringToObject(json, "net", j->o->net);
    cJSON_AddStringToObject(json, "data", j->o->common.data);
    cJSON_AddNumberToObject(json, "words", (double)sum->words);
    cJSON_AddNumberToObject(json, "spikes", (double)sum->spikes);
    cJSON_AddNumberToObject(json, "stages", (double)sum->stages);
    cJSON_AddNumberToObject(json, "differ", (double)differ_of(sum));
    cJSON_AddNumberToObject(json, "clips", j->n_clips);
    cJSON *chips = cJSON_AddArrayToObject(json, "chips");
    for (int i = 0; i < j->o->n_chips; i++) {
        const struct chip_result *r = &j->result[i];
        cJSON *one = cJSON_CreateObject();
        cJSON_AddNumberToObject(one, "k", r->k);
        cJSON_AddNumberToObject(one, "words", (double)r->lockstep.words);
        cJSON_AddNumberToObject(one, "differ", (double)differ_of(&r->lockstep));
        cJSON_AddNumberToObject(one, "clips", r->clips);
        cJSON_AddNumberToObject(one, "twin_correct", r->twin_correct);
        cJSON_AddNumberToObject(one, "rtl_correct", r->rtl_correct);
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
    return json;
}

// Sums, prints, and gives the exit code: nothing compared is never success.
static int conclude(const struct job *j)
{
    struct lockstep_result sum = {0};
    const struct chip_result *first = 0;
    int decisions = 0, decisions_differ = 0;
    for (int i = 0; i < j->o->n_chips; i++) {
        const struct chip_result *r = &j->result[i];
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
        if (!j->o->common.json)
            printf("chip %-4u %'12" PRId64 " words, %" PRId64
                   " differ; twin %.2f %%, RTL %.2f %% of %d "
                   "clips, %d decided otherwise\n",
                   r->k, r->lockstep.words, differ_of(&r->lockstep),
                   100.0 * r->twin_correct / r->clips, 100.0 * r->rtl_correct / r->clips, r->clips,
                   r->decisions_differ);
    }
    if (sum.words == 0) cli_die("no words were compared");
    if (j->o->common.json)
        cli_print_json(to_json(j, &sum, decisions, decisions_differ));
    else
        printf("cosim: %" PRId64 " words, %" PRId64 " differ (%d chips, %" PRId64
               " spike bits, %" PRId64 " stages; %" PRId64 " cycles)\n",
               sum.words, differ_of(&sum), j->o->n_chips, sum.spikes, sum.stages, sum.cycles);
    fflush(stdout);
    if (first) explain(j, first);
    return differ_of(&sum) || decisions_differ || first ? EXIT_DIFFERS : EXIT_SAME;
}

static int run(int argc, char **argv)
{
    static const struct argp_child children[] = {
        {&cli_data_argp, 0, 0, 0}, {&cli_common_argp, 0, 0, 0}, {0}};
    static const struct argp argp = {
        options,
        parse,
        "NET",
        "Runs the Verilated RTL with the words of virtual chips in lockstep with the golden model, "
        "on "
        "recordings, and compares every state word of every neuron in every tick.\v"
        "Builds the RTL for the net's law and shape with Verilator if it is not there yet. Exit 0: "
        "all "
        "equal; 1: something differs (told in full on stderr); 2: nothing could be compared.\n"
        "Example: spiketwin cosim build/yes-no/net.nir -d speech_commands -k 0..3",
        children,
        0,
        0};
    static struct options o = {.common = {.seed = 1, .split = SPLIT_VALIDATION},
                               .out = "build/dut",
                               .source = SPIKETWIN_ROOT,
                               .clip = -1};
    parse_chips(&o, "0..3");
    cli_parse(&argp, argc, argv, &o, sizeof o);
    if (!o.net) cli_die("NET is needed: the net.nir of a run folder");

    struct chip chip;
    struct net net;
    struct speech speech;
    char message[1024], library[DUT_PATH];
    cli_load_net(&net, &chip, o.net, o.chip);
    struct dut_build_options where = {o.source, o.out, false};
    if (!o.common.quiet)
        fprintf(stderr, "Verilator: the RTL of this law and shape, in %s (built if not there)\n",
                o.out);
    if (dut_build(&chip.law, &net.shape, &where, library, message, sizeof message))
        cli_die("%s", message);

    struct progress *p = cli_progress(&o.common);
    cli_open_speech(&speech, &chip, &net, &o.common, o.common.split == SPLIT_HELD ? 10 : 0,
                    o.common.split, o.common.split, p);
    int *clip = malloc((size_t)speech.set.n_clips * sizeof *clip);
    struct chip_result *result = calloc((size_t)o.n_chips, sizeof *result);
    if (!clip || !result) cli_die("out of memory");
    int n_clips = speech_split(&speech, o.common.split, clip);
    if (o.clip >= n_clips) cli_die("--clip: %d, allowed 0..%d", o.clip, n_clips - 1);
    if (o.clips && o.clips < n_clips) n_clips = o.clips;
    struct job job = {.o = &o,
                      .chip = &chip,
                      .net = &net,
                      .speech = &speech,
                      .clip = o.clip >= 0 ? clip + o.clip : clip,
                      .n_clips = o.clip >= 0 ? 1 : n_clips,
                      .library = library,
                      .result = result};
    for (int i = 0; i < o.n_chips; i++)
        result[i] = (struct chip_result){.k = o.k[i], .divergent_clip = -1};
    run_all(&job, p);
    cli_progress_done(p);
    int status = conclude(&job);
    free(result);
    free(clip);
    speech_close(&speech);
    net_fini(&net);
    return status;
}

const struct verb verb_cosim = {"cosim", "RTL in lockstep with the golden model", run};
