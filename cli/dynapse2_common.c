// What the actions of `spiketwin dynapse2` share: options, law, task.
#include "cli/dynapse2.h"

#include <stdio.h>
#include <string.h>

const struct dynapse2_common dynapse2_defaults = {
    .common = {.seed = 1}, .law = "compat", .jitter = 1, .drop = 0.1, .reject = 10};

enum { KEY_JITTER = 2000, KEY_DROP, KEY_REJECT };

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct dynapse2_common *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->common;
        return 0;
    case 'c':
        o->chip = arg;
        return 0;
    case 'E':
        o->events = arg;
        return 0;
    case 'L':
        if (strcmp(arg, "compat") && strcmp(arg, "silicon") && strcmp(arg, "double"))
            cli_die("--law: %s, allowed compat|silicon|double", arg);
        o->law = arg;
        return 0;
    case 'G':
        o->general = true;
        return 0;
    case KEY_JITTER:
        o->jitter = cli_number("--jitter", arg, 0, 100);
        return 0;
    case KEY_DROP:
        o->drop = cli_number("--drop", arg, 0, 1);
        return 0;
    case KEY_REJECT:
        o->reject = (int)cli_integer("--reject", arg, 0, 10000);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"chip", 'c', "CHIP", 0,
     "Chip: a name in chips/ or a file of family dpi (default: the net's own, or dynapse2)", 20},
    {"law", 'L', "NAME", 0,
     "compat: Rockpool's semantics in integers (default); silicon: with its faults mended; double: "
     "Rockpool's in double precision, to compare with",
     20},
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
static const struct argp_child children[] = {
    {&cli_common_argp, 0, 0, 0}, {&cli_chip_argp, 0, 0, 0}, {0}};
const struct argp dynapse2_argp = {options, parse, 0, 0, children, 0, 0};

const struct dpi_law *dynapse2_law(const char *name)
{
    return strcmp(name, "double") == 0 ? 0 : strcmp(name, "silicon") ? &dpi_compat : &dpi_silicon;
}

void dynapse2_load_task(struct dpi_task *t, const struct dynapse2_common *o)
{
    struct fail f;
    if (!o->events && !o->common.quiet)
        fprintf(stderr, "no --events: Poisson events of our own, not those of the reference\n");
    if (dpi_task_frozen_noise(t, o->events, &f)) cli_die("%s", f.text);
    t->general = o->general;
    t->jitter = o->jitter;
    t->drop = o->drop;
    t->reject = o->reject;
}

void dynapse2_check_net(const struct dpi_net *net, const struct dpi_task *task, const char *path)
{
    if (net->n_in != task->n_in || net->n_neurons < task->n_patterns)
        cli_die("%s: %d inputs and %d neurons, the task needs %d and at least %d", path, net->n_in,
                net->n_neurons, task->n_in, task->n_patterns);
}
