// The options of verbs that hear recordings, and what of the recordings has to be said.
#include "cli/cli.h"

#include "twin/task/speech.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const split_values = "train|held|validation|test";

enum { KEY_SPEAKER = 2000 };

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
    {"data", 'd', "DIR", 0,
     "Recordings in the layout of Speech Commands: DIR/WORD/*.wav|flac|..., with "
     "validation_list.txt and testing_list.txt (docs/data.md)",
     10},
    {"words", 'w', "A,B", 0,
     "Words to tell apart, `\\,` for a comma in one (default: the net's, or every folder)", 10},
    {"split", 'S', "NAME", 0, "Which clips: train, held, validation (default) or test", 10},
    {"speaker", KEY_SPEAKER, "REGEX", 0,
     "Who speaks: the first group of an extended regular expression, or all that it matches, in "
     "WORD/FILE (default: DIR/speakers.txt, else names SPEAKER_nohash_N, else each file is one)",
     10},
    {0}};
const struct argp cli_data_argp = {options, parse, 0, 0, 0, 0, 0};

// How the data in use was read, for cli_provenance.
static struct {
    uint64_t hash;
    const char *dir, *speakers;
} in_use;

static const char *speakers_by(const struct dataset *d)
{
    static const char *const by[] = {[SPEAKERS_BY_NAME] = "names SPEAKER_nohash_N",
                                     [SPEAKERS_BY_LIST] = "speakers.txt",
                                     [SPEAKERS_BY_REGEX] = "--speaker"};
    return d->speakers == SPEAKERS_BY_NAME && d->notes.n_nameless == d->n_clips ? "files"
                                                                                : by[d->speakers];
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
}

static void warn_of_folder(const struct dataset *d)
{
    static const char *const list[] = {"validation_list.txt", "testing_list.txt"};
    const struct dataset_notes *n = &d->notes;
    if (n->n_unread)
        cli_warn("%d files or folders in the words' folders are no sound by their extension and "
                 "are not heard, such as %s",
                 n->n_unread, n->unread);
    if (n->n_unread_folders)
        cli_warn("%d folders hold files but no sound, so they are no words, such as %s",
                 n->n_unread_folders, n->unread_folder);
    for (int i = 0; i < 2; i++)
        if (n->n_elsewhere[i])
            cli_warn("%s: %d entries of %d folders that are not here", list[i], n->n_elsewhere[i],
                     n->n_elsewhere_folders[i]);
    if (n->n_speakers_elsewhere)
        cli_warn("speakers.txt: %d entries name no clip of these words", n->n_speakers_elsewhere);
}

static void warn_of_speakers(const struct dataset *d)
{
    int n = 0;
    for (int i = 0; i < DATASET_SPLITS; i++)
        n += d->n_speakers[i];
    if (d->notes.n_nameless)
        cli_warn("%d of %d clips have no name SPEAKER_nohash_N: each such file is a speaker of its "
                 "own, and accuracy on speakers held back flatters (--speaker, or speakers.txt)",
                 d->notes.n_nameless, d->n_clips);
    else if (n == d->n_clips)
        cli_warn("each of %d speakers has one clip: accuracy on speakers held back flatters if "
                 "some of them are the same (--speaker, or speakers.txt)",
                 n);
}

static void warn_of_sound(const struct speech *s)
{
    const struct speech_notes *n = &s->notes;
    const struct dataset_clip *clip = s->corpus.set.clip;
    if (n->n_longer)
        cli_warn("%d of %d clips are longer than %d ms: the rest is not heard (up to %.0f ms, %s)",
                 n->n_longer, n->n_heard, SPEECH_CLIP_MS, n->longest_ms, clip[n->longest].path);
    if (n->n_clipped)
        cli_warn("%" PRId64 " samples of %d clips are over full scale and are clipped, such as %s",
                 n->clipped_samples, n->n_clipped, clip[n->clipped].path);
    if (n->n_silent)
        cli_warn("%d of %d clips are silent (every sample that is heard is 0), such as %s",
                 n->n_silent, n->n_heard, clip[n->silent].path);
}

// One line of what is trained on.
static void tell_data(const struct speech *s)
{
    const struct dataset *d = &s->corpus.set;
    fprintf(stderr, "data: %d words, %d clips", d->labels.n, d->n_clips);
    for (int i = 0, first = 1; i < DATASET_SPLITS; i++)
        if (d->n_split[i]) {
            fprintf(stderr, "%s %s %d of %d speakers", first ? ":" : ",", dataset_split_names[i],
                    d->n_split[i], d->n_speakers[i]);
            first = 0;
        }
    fprintf(stderr, "; speakers by %s", speakers_by(d));
    if (s->notes.n_resampled) fprintf(stderr, "; %d resampled", s->notes.n_resampled);
    if (s->notes.n_mixed) fprintf(stderr, "; %d of several channels, averaged", s->notes.n_mixed);
    fputc('\n', stderr);
}

// Nobody whom the net was trained on is among those who judge it. Clips of training are heard too,
// but then all of them are.
static void refuse_known(const struct dataset *d, const struct net *net, const bool *wanted)
{
    for (int split = 0; split < DATASET_SPLITS; split++) {
        const struct dataset_clip *known = 0;
        int n = 0, clips = 0;
        for (int i = 0; wanted[split] && i < d->n_clips; i++) {
            const struct dataset_clip *c = &d->clip[i];
            if ((int)c->split != split || c->alone) continue;
            clips++;
            if (!net_knows_speaker(net, c->speaker)) continue;
            n++;
            if (!known) known = c;
        }
        bool training = split == SPLIT_TRAIN || split == SPLIT_HELD;
        if (n && !(training && n == clips))
            cli_die("%s: %d of %d clips of split %s are of speakers whom the net was trained on, "
                    "such as %s of %s",
                    in_use.dir, n, clips, dataset_split_names[split], known->who, known->path);
    }
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
    bool wanted[DATASET_SPLITS];
    for (int i = 0; i < DATASET_SPLITS; i++)
        wanted[i] = i >= (int)first && i <= (int)last;
    struct fail f;
    struct labels chosen = {0};
    choose_labels(&chosen, net, common);
    const struct dataset_ask ask = {.dir = common->data,
                                    .labels = net        ? &net->labels
                                              : chosen.n ? &chosen
                                                         : 0,
                                    .held_percent = held_percent,
                                    .speaker = common->speaker};
    struct speech *s = calloc(1, sizeof *s);
    if (!s) cli_no_memory();
    if (speech_open(s, c, &ask, wanted, p, &f)) cli_die("%s", f.text);
    const struct dataset *set = &s->corpus.set;
    if (!net && dataset_trainable(set, &ask, &f)) cli_die("%s", f.text);
    if (net && s->corpus.n_in != net->shape.layer[0].n_in)
        cli_die("the chip's front end has %d filters, the net %d inputs", s->corpus.n_in,
                net->shape.layer[0].n_in);
    labels_fini(&chosen);
    in_use.dir = common->data;
    in_use.hash = dataset_hash(set);
    in_use.speakers = set->speakers == SPEAKERS_BY_REGEX ? common->speaker : speakers_by(set);
    if (net) refuse_known(set, net, wanted);
    if (!net && !common->quiet) tell_data(s);
    warn_of_folder(set);
    warn_of_speakers(set);
    warn_of_sound(s);
    cli_say_warnings();
    return &s->corpus;
}

void cli_close_data(struct corpus *c)
{
    corpus_close(c);
    free(c);
}
