#include "cli/patterns.h"

#include <stdio.h>
#include <string.h>

const struct patterns_options patterns_defaults = {
    .law = "compat", .jitter = 1, .drop = 0.1, .reject = 10};
const char patterns_law_help[] =
    "compat: Rockpool's semantics in integers (default); silicon: with its faults mended; double: "
    "Rockpool's in double precision, to compare with";

enum { KEY_JITTER = 3000, KEY_DROP, KEY_REJECT };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct patterns_options *o = state->input;
    switch (key) {
    case 'E':
        o->events = arg;
        o->given = "--events";
        return 0;
    case 'G':
        o->general = true;
        o->given = "--general";
        return 0;
    case KEY_JITTER:
        o->jitter = cli_number("--jitter", arg, 0, 100);
        o->given = "--jitter";
        return 0;
    case KEY_DROP:
        o->drop = cli_number("--drop", arg, 0, 1);
        o->given = "--drop";
        return 0;
    case KEY_REJECT:
        o->reject = (int)cli_integer("--reject", arg, 0, 10000);
        o->given = "--reject";
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"events", 'E', "DIR", 0,
     "Folder with b_frozen_noise_trained_sample{0,1}.events.csv; without it Poisson events of our "
     "own",
     21},
    {"general", 'G', 0, 0,
     "Patterns are shown with events moved and dropped, and unseen noise is to be rejected", 21},
    {"jitter", KEY_JITTER, "TICKS", 0, "Standard deviation of an event's shift (default 1)", 21},
    {"drop", KEY_DROP, "SHARE", 0, "Share of events that are lost (default 0.1)", 21},
    {"reject", KEY_REJECT, "N", 0, "Up to so many spikes a pattern is not recognised (default 10)",
     21},
    {0}};
const struct argp patterns_argp = {options, parse, 0, 0, 0, 0, 0};

void patterns_parse_law(struct patterns_options *o, const char *text)
{
    if (strcmp(text, "compat") && strcmp(text, "silicon") && strcmp(text, "double"))
        cli_die("--law: %s, allowed compat|silicon|double", text);
    o->law = text;
    o->given = "--law";
}

const struct dpi_law *patterns_law(const char *name)
{
    return strcmp(name, "double") == 0 ? 0 : strcmp(name, "silicon") ? &dpi_compat : &dpi_silicon;
}

void patterns_load(struct dpi_task *t, const struct patterns_options *o, bool quiet)
{
    struct fail f;
    if (!o->events && !quiet)
        fprintf(stderr, "no --events: Poisson events of our own, not those of the reference\n");
    if (dpi_task_frozen_noise(t, o->events, &f)) cli_die("%s", f.text);
    t->general = o->general;
    t->jitter = o->jitter;
    t->drop = o->drop;
    t->reject = o->reject;
}

void patterns_check_net(const struct dpi_net *net, const struct dpi_task *task, const char *path)
{
    if (net->n_in != task->n_in || net->n_neurons < task->n_patterns)
        cli_die("%s: %d inputs and %d neurons, the task needs %d and at least %d", path, net->n_in,
                net->n_neurons, task->n_in, task->n_patterns);
}
