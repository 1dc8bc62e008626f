// spiketwin identify: which law explains a recording of an unknown machine?
#include "cli/cli.h"

#include "cli/identify/ask.h"
#include "cli/identify/told.h"
#include "cli/options.h"
#include "twin/identify/found.h"

#include <stdio.h>
#include <stdlib.h>

enum { COLUMNS = 64, KEY_COLUMN = 0x700, KEY_ASK, KEY_SECONDS };
static const double usual_seconds = 9;

struct options {
    struct cli_common common;
    const char *file, *out, *ask, *column[COLUMNS];
    int n_columns;
    double seconds;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        options_children(state, &o->common, 0);
        o->seconds = usual_seconds;
        return 0;
    case 'o':
        o->out = arg;
        return 0;
    case KEY_ASK:
        o->ask = arg;
        return 0;
    case KEY_SECONDS:
        o->seconds = cli_number("--seconds", arg, 0, 1e6);
        return 0;
    case KEY_COLUMN:
        if (o->n_columns == COLUMNS) cli_die("--column: more than %d", COLUMNS);
        o->column[o->n_columns++] = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (o->file) return ARGP_ERR_UNKNOWN;
        o->file = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"column", KEY_COLUMN, "NAME=ROLE", 0,
     "What a column is, where its name does not say: input, membrane, spike, current, current2, "
     "refractory, leak, gain, bias, time, run or none. Once for each",
     1},
    {"seconds", KEY_SECONDS, "S", 0,
     "End the search after S seconds, and say so (default 9); 0: at its end", 1},
    {"out", 'o', "FILE.yaml", 0, "Write the chip file of the law that was found", 2},
    {"ask", KEY_ASK, "FILE.csv", 0,
     "Write inputs, a row a tick, that would tell apart the laws that are left (one neuron): each "
     "input "
     "within what it is in TRACE.csv",
     2},
    {0}};

static void write_chip(const struct identified *x, const char *path)
{
    struct fail f;
    char *text = found_chip(x, &f);
    if (!text) cli_die("--out: %s", f.text);
    cli_write_text(text, path);
    free(text);
}

static int run(int argc, char **argv)
{
    static const struct argp_child children[] = {{&cli_common_argp, 0, 0, 0}, {0}};
    const struct argp argp = {
        options,
        parse,
        "TRACE.csv",
        "Which law explains a recording of an unknown simulator or chip, word for word: a table of "
        "inputs, membrane and spikes, a row a tick.\v"
        "Exit code 0: a law, or a class of laws, gives every word; 1: none does, and the nearest "
        "is "
        "told with the first tick in which it fails.\n"
        "Example: spiketwin identify trace.csv -o found.yaml --ask next.csv",
        children,
        0,
        0};
    static struct options o;
    struct recording r;
    struct identified x;
    struct fail f;
    cli_parse(&argp, argc, argv, &o, sizeof o);
    if (!o.file) cli_die("TRACE.csv is needed");
    if (recording_read(&r, o.file, o.column, o.n_columns, &f) || identify(&x, &r, o.seconds, &f))
        cli_die("%s", f.text);
    struct asked asked = {0};
    if (o.ask && x.explained) ask_write(&asked, &x, o.ask, o.common.seed);
    if (o.ask && !x.explained) cli_warn("--ask: no law is known to ask about, nothing written");
    if (o.out && x.explained) write_chip(&x, o.out);
    if (o.out && !x.explained) cli_warn("--out: no law is found, nothing written");
    if (o.common.json) {
        cJSON *json = found_json(&x, o.file);
        cJSON_AddItemToObject(json, "provenance", cli_provenance(&o.common));
        cli_print_json(json);
    } else
        told_text(&x, o.file);
    if (o.ask && x.explained && !o.common.json)
        printf(
            "asked: %d ticks in %s, inputs within those of the recording, tell %d of %d other laws "
            "apart\n",
            asked.ticks, o.ask, asked.apart, asked.others);
    const bool explained = x.explained;
    identify_fini(&x);
    recording_fini(&r);
    return explained ? EXIT_SAME : EXIT_DIFFERS;
}

const struct verb verb_identify = {"identify",
                                   "the law that explains a recording of an unknown machine", run};
