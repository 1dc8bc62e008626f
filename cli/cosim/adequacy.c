// spiketwin adequacy: which wrong devices would vectors let through?
#include "cli/run_files.h"
#include "cli/cosim/loaded.h"
#include "cli/options.h"

#include "base/file.h"
#include "cosim/adequacy/adequacy.h"
#include "cosim/vectors/vectors_clips.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    struct cli_common common;
    struct loaded_options of;
    const char *file, *kill;
    int ticks;
};

enum { KEY_KILL = 0x600, KEY_TICKS, KILL_TICKS = 500 };

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
    case KEY_KILL:
        o->kill = arg;
        return 0;
    case KEY_TICKS:
        o->ticks = (int)cli_integer("--ticks", arg, 1, 1000000);
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

static double percent(int64_t part, int64_t of)
{
    return of ? 100.0 * (double)part / (double)of : 100;
}

static void print_text(const struct adequacy *a, int clips)
{
    const struct adequacy_sum s = adequacy_sum(a);
    printf("adequacy: %d of %d wrong devices are found (%.1f %%), %d pass; of %" PRId64
           " single bits that are stuck %.2f %% (%d clips, %" PRId64 " ticks)\n",
           s.found, s.n, percent(s.found, s.n), s.n - s.found, s.bits,
           percent(s.bits_found, s.bits), clips, a->ticks);
    for (int g = 0; g < WRONG_GROUPS; g++)
        if (s.of[g]) printf("  %-24s %7d of %d\n", wrong_groups[g], s.found_of[g], s.of[g]);
    for (int i = 0; i < a->n_bits; i++) {
        const struct wrong_bits *b = &a->bits[i];
        const char *name = a->im.kind->word[b->word].name;
        printf("  %s, one bit stuck%*s %7" PRId64 " of %" PRId64 "%s%s\n", name,
               (int)(9 - (int)strlen(name) > 0 ? 9 - (int)strlen(name) : 0), "", b->found, b->n,
               *b->first ? ", pass: such as " : "", b->first);
        if (b->each > 1) cli_warn("%s: one word of %d is asked for its single bits", name, b->each);
    }
    for (int i = 0; i < a->n; i++)
        if (!a->wrong[i].found) printf("passes: %s\n", a->wrong[i].name);
}

static void add_found(cJSON *to, double devices, double found)
{
    cJSON_AddNumberToObject(to, "devices", devices);
    cJSON_AddNumberToObject(to, "found", found);
    cJSON_AddNumberToObject(to, "found_share", devices > 0 ? found / devices : 1);
}

static cJSON *to_json(const struct adequacy *a, const struct options *o, int clips)
{
    const struct adequacy_sum s = adequacy_sum(a);
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "provenance", cli_provenance(&o->common));
    cJSON_AddStringToObject(json, "net", o->of.net);
    cJSON_AddStringToObject(json, "vectors", o->file ? o->file : "-");
    cJSON_AddNumberToObject(json, "virtual_chip", o->of.k);
    cJSON_AddNumberToObject(json, "clips", clips);
    cJSON_AddNumberToObject(json, "ticks", (double)a->ticks);
    add_found(json, s.n, s.found);
    cJSON_AddNumberToObject(json, "passes", s.n - s.found);
    cJSON_AddNumberToObject(json, "single_bits", (double)s.bits);
    cJSON_AddNumberToObject(json, "single_bits_found", (double)s.bits_found);
    cJSON_AddNumberToObject(json, "single_bits_found_share",
                            s.bits ? (double)s.bits_found / (double)s.bits : 1);
    cJSON *groups = cJSON_AddArrayToObject(json, "groups");
    for (int g = 0; g < WRONG_GROUPS; g++) {
        if (!s.of[g]) continue;
        cJSON *one = cJSON_CreateObject();
        cJSON_AddStringToObject(one, "name", wrong_groups[g]);
        add_found(one, s.of[g], s.found_of[g]);
        cJSON_AddItemToArray(groups, one);
    }
    cJSON *bits = cJSON_AddArrayToObject(json, "bits");
    for (int i = 0; i < a->n_bits; i++) {
        cJSON *one = cJSON_CreateObject();
        cJSON_AddStringToObject(one, "word", a->im.kind->word[a->bits[i].word].name);
        add_found(one, (double)a->bits[i].n, (double)a->bits[i].found);
        cJSON_AddNumberToObject(one, "one_word_of", a->bits[i].each);
        cJSON_AddItemToArray(bits, one);
    }
    cJSON *pass = cJSON_AddArrayToObject(json, "pass");
    for (int i = 0; i < a->n; i++)
        if (!a->wrong[i].found) cJSON_AddItemToArray(pass, cJSON_CreateString(a->wrong[i].name));
    return json;
}

// Vectors that find more of what passes, into a file.
static void kill_more(struct adequacy *a, const struct loaded *l, const struct options *o,
                      struct file_new *file)
{
    struct corners_clips found = {0};
    struct vectors_writer w;
    struct fail f;
    char message[1024], text[32];
    const struct adequacy_sum before = adequacy_sum(a);
    if (!adequacy_kill(a, o->common.seed, o->ticks, &found)) cli_die("out of memory");
    if (!found.n) {
        fprintf(stderr, "--kill: nothing was found that tells one of %d more; %s is not written\n",
                before.n - before.found, o->kill);
        file_drop(file);
        return;
    }
    FILE *to = fopen(file->temporary, "w");
    if (!to) cli_die("%s: cannot be written", o->kill);
    vectors_begin(&w, to, &l->view, vectors_version_of(&l->view));
    loaded_head(l, &w);
    for (int i = 0; i < found.n; i++) {
        const struct stimulus s = corners_stimulus(&found.clip[i]);
        const struct vectors_stimulus sent = vectors_stimulus_of(i, &s, w.shape.n_in);
        vectors_head_clip(&w, &sent);
    }
    vectors_shape(&w);
    for (int i = 0; i < found.n; i++) {
        const struct stimulus s = corners_stimulus(&found.clip[i]);
        snprintf(text, sizeof text, "kill/%d", i);
        vectors_whole_clip(&w, i, text, &s, 0);
    }
    if (vectors_end(&w, message, sizeof message) || fclose(to)) {
        file_drop(file);
        cli_die("%s: %s", o->kill, message);
    }
    if (file_commit(file, o->kill, &f)) cli_die("%s", f.text);
    const struct adequacy_sum after = adequacy_sum(a);
    fprintf(stderr, "%s: %d clips that find %d of the %d that pass\n", o->kill, found.n,
            after.found - before.found, before.n - before.found);
    for (int i = 0; i < a->n && !o->common.quiet; i++)
        if (!a->wrong[i].found) fprintf(stderr, "still passes: %s\n", a->wrong[i].name);
    corners_clips_free(&found);
}

static int run(int argc, char **argv)
{
    static const struct argp_option options[] = {
        {"virtual-chip", 'k', "K", 0, "Virtual chip (default 0, the nominal one)", 1},
        {"chip", 'c', "CHIP", 0, "Another chip file than the net's own", 1},
        {"kill", KEY_KILL, "FILE", 0,
         "Vectors that find more of those that pass, searched for from --seed", 1},
        {"ticks", KEY_TICKS, "N", 0, "Ticks that they may have (default 500)", 1},
        {0}};
    static const struct argp_child children[] = {{&cli_common_argp, 0, 0, 0},
                                                 {&cli_chip_argp, 0, 0, 0},
                                                 {&patterns_chip_argp, 0, "DYNAP-SE2 nets:", 21},
                                                 {0}};
    static const struct argp argp = {options,
                                     parse,
                                     "NET [VECTORS]",
                                     "Says which wrong devices vectors (stdin if no file) would "
                                     "let through: laws that differ in one "
                                     "choice, words and states a bit narrower or with a stuck bit, "
                                     "roundings that are off, orders "
                                     "that are swapped, sources and neurons that are dead. Each is "
                                     "run beside the golden model up to "
                                     "the first state word or spike in which it differs.\v"
                                     "What passes is either the same device on this chip, or "
                                     "vectors are missing for it; --kill looks "
                                     "for them. Exit 0: it was counted; 2: it could not be.\n"
                                     "Example: spiketwin gen net.nir --corners >in.vec; spiketwin "
                                     "adequacy net.nir in.vec --kill more.vec",
                                     children,
                                     0,
                                     0};
    struct options o = {.common = {.seed = 1}, .of = {.patterns = patterns_defaults}};
    struct loaded l;
    struct corners_clips clips = {0};
    struct adequacy a;
    struct file_new file;
    struct fail f;
    char message[1024];
    cli_parse(&argp, argc, argv, &o, sizeof o);
    if (o.ticks && !o.kill) cli_die("--ticks goes with --kill");
    if (!o.ticks) o.ticks = KILL_TICKS;
    loaded_open(&l, &o.of, &o.common, false);
    loaded_require_words(&l);
    FILE *in = loaded_input(o.file);
    if (o.kill && file_begin(&file, o.kill, &f)) cli_die("%s", f.text);
    if (vectors_clips(in, o.file ? o.file : "-", &l.view, &clips, message, sizeof message))
        cli_die("%s", message);
    if (!adequacy_init(&a, &l.view)) cli_die("out of memory");
    for (int i = 0; i < clips.n; i++) {
        const struct stimulus s = corners_stimulus(&clips.clip[i]);
        if (!adequacy_show(&a, &s)) cli_die("out of memory");
    }
    adequacy_end(&a);
    if (!o.common.json) print_text(&a, clips.n);
    fflush(stdout);
    run_file_tell(RUN_ADEQUACY, o.of.net, &o.common, to_json(&a, &o, clips.n));
    cli_say_warnings();
    if (o.kill) kill_more(&a, &l, &o, &file);
    adequacy_fini(&a);
    corners_clips_free(&clips);
    if (in != stdin) fclose(in);
    loaded_close(&l);
    return EXIT_SAME;
}

const struct verb verb_adequacy = {"adequacy", "which wrong devices vectors would let through",
                                   run};
