// The options of verbs that are shown data, and its door: what lies there says of which kind it is.
#include "cli/train/data.h"

#include "base/file.h"

#include "twin/task/events/events.h"
#include "twin/task/known.h"
#include "twin/task/speech/speech.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const split_values = "train|held|validation|test";

enum {
    KEY_SPEAKER = 2000,
    KEY_TICKS,
    KEY_UNITS,
    KEY_TIME_UNIT,
    KEY_CLIP_MS,
    KEY_WINDOWS,
    KEY_FEATURES
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct cli_common *c = state->input;
    switch (key) {
    case 'd':
        c->data = arg;
        return 0;
    case 'w':
        c->words = arg;
        return 0;
    case KEY_CLIP_MS:
        c->clip_ms = !strcmp(arg, "longest")
                         ? -1
                         : (int)cli_integer("--clip-ms", arg, SPEECH_LEAST_MS, SPEECH_MOST_MS);
        return 0;
    case KEY_WINDOWS:
        c->windows = true;
        return 0;
    case KEY_FEATURES:
        c->features = arg;
        return 0;
    case KEY_TICKS:
        c->ticks = (int)cli_integer("--ticks", arg, 1, EVENTS_TICKS);
        return 0;
    case KEY_UNITS:
        c->units = (int)cli_integer("--units", arg, 1, IMAGE_MAX_NEURONS);
        return 0;
    case KEY_TIME_UNIT:
        for (int i = TIME_TOLD + 1; i < EVENTS_TIMES; i++)
            if (!strcmp(arg, events_time_names[i])) {
                c->time = (enum events_time)i;
                return 0;
            }
        cli_die("--time-unit: %s, allowed s, ms, us, ns, ticks", arg);
    case KEY_SPEAKER:
        c->speaker = arg;
        return 0;
    case 'S':
        for (int i = 0; i < DATASET_SPLITS; i++)
            if (strcmp(arg, dataset_split_names[i]) == 0) {
                c->split = (enum dataset_split)i;
                return 0;
            }
        cli_die("--split: %s, allowed %s", arg, split_values);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"data", 'd', "PATH", 0,
     "What is shown: recordings in the layout of Speech Commands (DIR/LABEL/*.wav|flac|..., with "
     "validation_list.txt and testing_list.txt); events: HDF5 in the layout of SHD, .npz or .csv; "
     "arrays: .npy or .npz; a file or a folder of them; targets over time: DIR/task.yaml, events/, "
     "targets/ (docs/data.md)",
     10},
    {"words", 'w', "A,B", 0,
     "Labels to tell apart, `\\,` for a comma in one (default: the net's, or all that are there)",
     10},
    {"labels", 'w', 0, OPTION_ALIAS, 0, 10},
    {"split", 'S', "NAME", 0,
     "Which clips: train, held, validation or test (default: validation, or of events without any "
     "test)",
     10},
    {"speaker", KEY_SPEAKER, "REGEX", 0,
     "Recordings: who speaks, the first group of an extended regular expression, or all that it "
     "matches, in LABEL/FILE (default: DIR/speakers.txt, else names SPEAKER_nohash_N, else each "
     "file is one)",
     10},
    {"clip-ms", KEY_CLIP_MS, "MS|longest", 0,
     "Recordings: what is heard of each, or all of the longest (default: the net's; 1000)", 10},
    {"windows", KEY_WINDOWS, 0, 0,
     "Recordings: what is longer is cut in windows of --clip-ms, each a clip of its own", 10},
    {"features", KEY_FEATURES, "FILE", 0,
     "Recordings: what the front end makes of each is taken from FILE where it was heard before, "
     "and "
     "added to it where not; the same bits",
     10},
    {"ticks", KEY_TICKS, "N", 0,
     "Events and arrays: ticks of an item that are heard (default: all of the longest)", 10},
    {"units", KEY_UNITS, "N", 0,
     "Events: inputs of a net that is trained (default: as many as the highest unit needs)", 10},
    {"time-unit", KEY_TIME_UNIT, "UNIT", 0,
     "Events: what times count: s (default of real numbers), ms, us, ns or ticks", 10},
    {0}};
const struct argp cli_data_argp = {options, parse, 0, 0, 0, 0, 0};

// How the data in use was read, for cli_provenance.
static struct {
    uint64_t hash;
    const char *dir, *speakers;
} in_use;

// What the folder says of itself: the first line of its README.md that has letters, less its marks.
static void add_about(cJSON *data)
{
    char path[FILE_PATH], line[400];
    snprintf(path, sizeof path, "%s/README.md", in_use.dir);
    FILE *f = fopen(path, "r");
    bool found = false;
    if (!f) return;
    while (!found && fgets(line, sizeof line, f)) {
        line[strcspn(line, "\r\n")] = 0;
        const char *text = line + strspn(line, "#* \t");
        found = *text;
        if (found) cJSON_AddStringToObject(data, "about", text);
    }
    fclose(f);
}

void cli_data_add(cJSON *json)
{
    char hash[20];
    if (!in_use.dir) return;
    snprintf(hash, sizeof hash, "%016" PRIx64, in_use.hash);
    cJSON *data = cJSON_AddObjectToObject(json, "data");
    cJSON_AddStringToObject(data, "folder", in_use.dir);
    cJSON_AddStringToObject(data, "hash", hash);
    cJSON_AddStringToObject(data, "speakers", in_use.speakers);
    add_about(data);
    data_add_events(data);
}

void data_refuse_known(const struct data_ask *ask, const struct dataset *d)
{
    struct fail f;
    if (known_refuse(d, ask->set.dir, ask->wanted, ask->net, &f)) cli_die("%s", f.text);
}

void data_refuse_options(const struct cli_common *c, const char *what)
{
    const char *given = c->ticks ? "--ticks" : c->units ? "--units" : c->time ? "--time-unit" : 0;
    if (given) cli_die("%s: allowed of events and arrays, %s are %s", given, c->data, what);
}

// What the labels of a net, or --words, leave of the data.
static void choose_labels(struct labels *chosen, const struct net *net,
                          const struct cli_common *common)
{
    struct fail f;
    if (!common->data) cli_die("--data DIR is needed");
    if (net && !net->labels.n) cli_die("the net has no labels: it is run on vectors only");
    if (common->words && labels_parse(chosen, common->words, &f)) cli_die("--words: %s", f.text);
    if (net && chosen->n && chosen->n != net->labels.n)
        cli_die("--words: %d words, the net has %d", chosen->n, net->labels.n);
    if (net && chosen->n && !labels_equal(chosen, &net->labels)) {
        char *text = labels_list(&net->labels);
        cli_die("--words: %s, the net was trained for %s", common->words, text ? text : "others");
    }
}

struct corpus *cli_open_data(const struct chip *c, const struct net *net,
                             const struct cli_common *common, int held_percent,
                             enum dataset_split first, enum dataset_split last, struct progress *p)
{
    struct fail f;
    struct labels chosen = {0};
    choose_labels(&chosen, net, common);
    struct data_ask ask = {.chip = c,
                           .net = net,
                           .common = common,
                           .set = {.dir = common->data,
                                   .labels = net        ? &net->labels
                                             : chosen.n ? &chosen
                                                        : 0,
                                   .only = chosen.n > 0,
                                   .held_percent = held_percent,
                                   .speaker = common->speaker}};
    for (int i = 0; i < DATASET_SPLITS; i++)
        ask.wanted[i] = i >= (int)first && i <= (int)last;
    int events = events_are(common->data, &f);
    if (events < 0) cli_die("%s", f.text);
    struct corpus *corpus = events ? data_open_events(&ask) : data_open_sound(&ask, p);
    const struct dataset *set = &corpus->set;
    if (corpus->targets && !common->targets)
        cli_die("%s: targets over time, allowed of this verb: items with labels (targets: train, "
                "predict and cosim of LIF nets)",
                common->data);
    in_use.dir = common->data;
    in_use.hash = dataset_hash(set);
    in_use.speakers = set->speakers == SPEAKERS_BY_REGEX ? common->speaker : data_speakers_by(set);
    labels_fini(&chosen);
    cli_say_warnings();
    return corpus;
}

struct corpus *cli_open_split(const struct chip *c, const struct net *net, struct cli_common *o,
                              int **clip, int *n, struct progress *p)
{
    const bool told = o->split != DATASET_SPLITS;
    enum dataset_split first = told ? o->split : SPLIT_VALIDATION,
                       last = told ? o->split : SPLIT_TEST;
    struct fail f;
    if (o->data && !events_are(o->data, &f))
        last = first; // recordings of a test list are asked for
    struct corpus *corpus = cli_open_data(c, net, o, first == SPLIT_HELD ? 10 : 0, first, last, p);
    if (!told) o->split = corpus->set.n_split[first] ? first : last;
    *clip = malloc(((size_t)corpus->set.n_clips + 1) * sizeof **clip);
    if (!*clip) cli_no_memory();
    *n = corpus_split(corpus, o->split, *clip);
    if (!*n) {
        o->split = first;
        cli_die("%s: no clips in split %s", o->data, dataset_split_names[first]);
    }
    return corpus;
}

void cli_close_data(struct corpus *c)
{
    corpus_close(c);
    free(c);
}
