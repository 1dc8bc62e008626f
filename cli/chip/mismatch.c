// spiketwin mismatch: what mismatch makes of a net's words, without data.
#include "twin/net/mismatch.h"

#include "cli/cli.h"
#include "cli/options.h"
#include "cli/report/plot.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { DEFAULT_CHIPS = 1000 };

struct options {
    struct cli_common common;
    struct option_set told;
    const char *net, *chip, *svg;
    const char *k; // of one chip; NULL: of many
    int chips;
};

static const struct option_row rows[] = {
    OPT_WHOLE(0, 1, "chips", 'n', "N", "Virtual chips 1..N (default 1000)",
              offsetof(struct options, chips), 1, MISMATCH_MOST_CHIPS),
    OPT_TEXT(0, 1, "virtual-chip", 'k', "K", "This one alone, 1 or more",
             offsetof(struct options, k)),
    OPT_TEXT(0, 1, "chip", 'c', "CHIP", "Another chip file than the net's own",
             offsetof(struct options, chip)),
    OPT_TEXT(0, 1, "svg", 0, "FILE",
             "Also the words' distributions as a picture, nominal against chips",
             offsetof(struct options, svg))};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    if (key == ARGP_KEY_INIT) {
        options_children(state, &o->common, 0);
        return 0;
    }
    if (key != ARGP_KEY_ARG) return options_parse(&o->told, key, arg);
    if (o->net) return ARGP_ERR_UNKNOWN;
    o->net = cli_net(arg);
    return 0;
}

struct shown {
    const struct options *o;
    const struct chip *chip;
    const struct mismatch *m;
    uint32_t first;
    int n_chips;
};

static const struct law_word *word_of(const struct shown *s, const struct mismatch_row *r)
{
    return &s->chip->kind->word[r->largest.kind];
}

static const char *chips_text(const struct shown *s, char *text, size_t size)
{
    if (s->n_chips == 1)
        snprintf(text, size, "chip %u", s->first);
    else
        snprintf(text, size, "chips %u..%u", s->first, s->first + (uint32_t)s->n_chips - 1);
    return text;
}

static void print_table(const struct shown *s)
{
    char text[64];
    printf("%s of %s against the nominal one: changes of words, LSB\n"
           "                     words  changed      mean        sd  of nominal  mean |.|   "
           "largest\n",
           chips_text(s, text, sizeof text), s->chip->name);
    for (int i = 0; i < s->m->n; i++) {
        const struct mismatch_row *r = &s->m->row[i];
        const struct image_diff *d = &r->largest;
        double relative = mismatch_relative(r);
        printf("layer %d %-12s %6d %7.2f %% %9.3f %9.3f ", d->layer, word_of(s, r)->name, d->words,
               100.0 * (double)r->differ / (double)r->words, r->mean,
               sqrt(fmax(0, r->mean_square - r->mean * r->mean)));
        if (isnan(relative))
            printf("         -");
        else
            printf("%8.2f %%", 100 * relative);
        printf("  %9.3f", r->mean_size);
        if (r->differ) {
            printf("  %+" PRId32 ": %" PRId32 " -> %" PRId32 ", chip %u neuron %d", d->largest,
                   d->a, d->b, r->k, d->neuron);
            if (d->kind == WORD_WEIGHT) printf(" row %d", d->row);
        }
        putchar('\n');
    }
    printf("clamped to their format: %" PRId64 " of %" PRId64 " words\n", s->m->clamped,
           s->m->words);
}

static void add_bins(cJSON *to, const char *name, const int64_t bin[MISMATCH_BINS])
{
    cJSON *list = cJSON_AddArrayToObject(to, name);
    for (int i = 0; i < MISMATCH_BINS; i++)
        cJSON_AddItemToArray(list, cJSON_CreateNumber((double)bin[i]));
}

static cJSON *row_json(const struct shown *s, const struct mismatch_row *r)
{
    const struct image_diff *d = &r->largest;
    double relative = mismatch_relative(r);
    cJSON *one = cJSON_CreateObject();
    cJSON_AddNumberToObject(one, "layer", d->layer);
    cJSON_AddStringToObject(one, "word", word_of(s, r)->name);
    cJSON_AddNumberToObject(one, "lsb", ldexp(1, -word_of(s, r)->range(s->chip->params).frac));
    cJSON_AddNumberToObject(one, "words", d->words);
    cJSON_AddNumberToObject(one, "changed", (double)r->differ / (double)r->words);
    cJSON_AddNumberToObject(one, "mean", r->mean);
    cJSON_AddNumberToObject(one, "mean_size", r->mean_size);
    cJSON_AddNumberToObject(one, "sd", sqrt(fmax(0, r->mean_square - r->mean * r->mean)));
    if (!isnan(relative)) cJSON_AddNumberToObject(one, "sd_of_nominal", relative);
    if (r->differ) {
        cJSON *largest = cJSON_AddObjectToObject(one, "largest");
        cJSON_AddNumberToObject(largest, "change", d->largest);
        cJSON_AddNumberToObject(largest, "nominal", d->a);
        cJSON_AddNumberToObject(largest, "word", d->b);
        cJSON_AddNumberToObject(largest, "chip", r->k);
        cJSON_AddNumberToObject(largest, "neuron", d->neuron);
        if (d->kind == WORD_WEIGHT) cJSON_AddNumberToObject(largest, "row", d->row);
    }
    cJSON *bins = cJSON_AddObjectToObject(one, "distribution");
    cJSON_AddNumberToObject(bins, "lo", r->lo);
    cJSON_AddNumberToObject(bins, "hi", r->hi);
    add_bins(bins, "nominal", r->nominal);
    add_bins(bins, "chips", r->chips);
    return one;
}

static cJSON *to_json(const struct shown *s)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddItemToObject(json, "provenance", cli_provenance(&s->o->common));
    cJSON_AddStringToObject(json, "net", s->o->net);
    cJSON_AddStringToObject(json, "chip", s->chip->name);
    cJSON_AddNumberToObject(json, "first_chip", s->first);
    cJSON_AddNumberToObject(json, "chips", s->n_chips);
    cJSON_AddNumberToObject(json, "words", (double)s->m->words);
    cJSON_AddNumberToObject(json, "clamped", (double)s->m->clamped);
    cJSON *list = cJSON_AddArrayToObject(json, "rows");
    for (int i = 0; i < s->m->n; i++)
        cJSON_AddItemToArray(list, row_json(s, &s->m->row[i]));
    return json;
}

static double share(const int64_t bin[MISMATCH_BINS], int i)
{
    int64_t all = 0;
    for (int j = 0; j < MISMATCH_BINS; j++)
        all += bin[j];
    return 100.0 * (double)bin[i] / (double)all;
}

static void draw_bins(const struct plot *p, const struct mismatch_row *r,
                      const int64_t bin[MISMATCH_BINS])
{
    double width = ((double)r->hi - r->lo + 1) / MISMATCH_BINS;
    for (int i = 0; i < MISMATCH_BINS; i++)
        fprintf(p->script, "%.9g %.9g\n", r->lo + (i + 0.5) * width, share(bin, i));
    fprintf(p->script, "e\n");
}

// High enough for the chips: where all nominal words are one, their bar goes beyond.
static double height_of(const struct mismatch_row *r)
{
    double most = 0;
    for (int i = 0; i < MISMATCH_BINS; i++)
        most = fmax(most, share(r->chips, i));
    return 1.5 * most;
}

// A panel for each row that changes, one under another.
static void write_picture(const struct shown *s)
{
    enum { PANEL = 210 };
    int panels = 0;
    char text[64], title[128];
    for (int i = 0; i < s->m->n; i++)
        panels += s->m->row[i].differ > 0;
    if (panels == 0) cli_die("--svg: no word of these chips differs from the nominal one's");
    struct plot p = plot_begin("word, LSB", "% of words", PANEL * panels);
    fprintf(p.script,
            "set multiplot layout %d,1\nset style fill solid 0.35 noborder\n"
            "set ytics autofreq\nset tics font ',10'\n",
            panels);
    for (int i = 0; i < s->m->n; i++) {
        const struct mismatch_row *r = &s->m->row[i];
        if (!r->differ) continue;
        snprintf(title, sizeof title, "layer %d %s", r->largest.layer, word_of(s, r)->name);
        fprintf(p.script, "set title ");
        plot_text(&p, title);
        fprintf(p.script,
                " textcolor rgb '%s'\nplot [%.9g:%.9g] [0:%.9g] '-' with boxes lc rgb '%s' title "
                "'nominal', '-' with histeps lc rgb '%s' lw 1.5 title ",
                PLOT_INK, r->lo - 0.5, r->hi + 0.5, height_of(r), PLOT_GREY, PLOT_BLUE);
        plot_text(&p, chips_text(s, text, sizeof text));
        fprintf(p.script, "\n");
        draw_bins(&p, r, r->nominal);
        draw_bins(&p, r, r->chips);
    }
    fprintf(p.script, "unset multiplot\n");
    char *svg = plot_end(&p);
    cli_write_text(svg, s->o->svg);
    free(svg);
}

static int run(int argc, char **argv)
{
    static const struct argp_child children[] = {
        {&cli_common_argp, 0, 0, 0}, {&cli_chip_argp, 0, 0, 0}, {0}};
    static struct options o = {.common = {.seed = 1}};
    options_open(&o.told, rows, sizeof rows / sizeof *rows);
    const struct argp argp = {
        o.told.list,
        parse,
        "NET",
        "What mismatch makes of a net's words: each kind of word of each layer of virtual chips "
        "against the nominal one, the share that changed, mean and standard deviation of the "
        "change, the largest change and where. Needs no data.\v"
        "`of nominal`: the standard deviation over the root mean square of the nominal words. "
        "Words that mismatch takes out of their format are clamped, and counted.\n"
        "Example: spiketwin mismatch build/yes-no/net.nir -n 1000 --svg words.svg",
        children,
        0,
        0};
    cli_parse(&argp, argc, argv, &o, sizeof o);
    if (!o.net) cli_die("NET is needed: the net.nir of a run folder");
    options_take(&o.told, 0, "", &o);
    if (o.k && o.chips) cli_die("--virtual-chip is one chip: --chips has no place beside it");
    if (cli_is_dpi_net(o.net))
        cli_die("%s: a DYNAP-SE2 net; its circuits vary before there are words", o.net);

    struct fail f;
    struct chip chip;
    struct net net;
    struct mismatch m;
    cli_load_net(&net, &chip, o.net, o.chip);
    struct progress *p = cli_progress(&o.common);
    struct shown s = {.o = &o,
                      .chip = &chip,
                      .m = &m,
                      .first = o.k ? (uint32_t)cli_integer("--virtual-chip", o.k, 1, INT32_MAX) : 1,
                      .n_chips = o.k       ? 1
                                 : o.chips ? o.chips
                                           : DEFAULT_CHIPS};
    const bool bins = o.svg || o.common.json;
    if (mismatch_of(&m, &chip, &net, o.common.seed, s.first, s.n_chips, bins, p, &f))
        cli_die("%s: %s", o.net, f.text);
    cli_progress_done(p);
    if (o.svg) write_picture(&s);
    if (o.common.json)
        cli_print_json(to_json(&s));
    else
        print_table(&s);
    mismatch_fini(&m);
    net_fini(&net);
    return EXIT_SAME;
}

const struct verb verb_mismatch = {"mismatch", "what mismatch makes of a net's words", run};
