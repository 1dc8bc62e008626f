#include "cli/train/patterns.h"

#include "twin/dpi/dpi_engine.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const struct patterns_options patterns_defaults = {.task = "frozen-noise",
                                                   .law = "compat",
                                                   .jitter = 1,
                                                   .drop = 0.1,
                                                   .reject = 10,
                                                   .mismatch = 1,
                                                   .truncate = INFINITY};
const char patterns_law_help[] = "compat: Rockpool's semantics in integers (default, but of a net "
                                 "that says its own); silicon: with its faults mended; double: "
                                 "Rockpool's in double precision, to compare with";

enum {
    KEY_TASK = 3000,
    KEY_JITTER,
    KEY_DROP,
    KEY_REJECT,
    KEY_LAW,
    KEY_DRAWS,
    KEY_MISMATCH,
    KEY_TRUNCATE
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct patterns_options *o = state->input;
    switch (key) {
    case 'E':
        o->events = arg;
        o->given = o->pattern = "--events";
        return 0;
    case KEY_TASK:
        if (strcmp(arg, "frozen-noise") && strcmp(arg, "general") && strcmp(arg, "speech"))
            cli_die("--task: %s, allowed frozen-noise|general, and of LIF nets speech", arg);
        o->task = arg;
        if (strcmp(arg, "speech")) o->given = o->pattern = "--task";
        return 0;
    case KEY_JITTER:
        o->jitter = cli_number("--jitter", arg, 0, 100);
        o->given = o->pattern = "--jitter";
        return 0;
    case KEY_DROP:
        o->drop = cli_number("--drop", arg, 0, 1);
        o->given = o->pattern = "--drop";
        return 0;
    case KEY_REJECT:
        o->reject = (int)cli_integer("--reject", arg, 0, 10000);
        o->given = o->pattern = "--reject";
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
    {"task", KEY_TASK, "NAME", 0,
     "frozen-noise (default): two patterns as they are; general: with events moved and dropped, "
     "and "
     "unseen noise to be rejected",
     21},
    {"jitter", KEY_JITTER, "TICKS", 0, "Standard deviation of an event's shift (default 1)", 21},
    {"drop", KEY_DROP, "SHARE", 0, "Share of events that are lost (default 0.1)", 21},
    {"reject", KEY_REJECT, "N", 0, "Up to so many spikes a pattern is not recognised (default 10)",
     21},
    {0}};
const struct argp patterns_argp = {options, parse, 0, 0, 0, 0, 0};

static error_t parse_chip(int key, char *arg, struct argp_state *state)
{
    struct patterns_options *o = state->input;
    switch (key) {
    case KEY_LAW:
        patterns_parse_law(o, arg);
        o->law_told = true;
        return 0;
    case KEY_MISMATCH:
        o->mismatch = cli_number("--mismatch", arg, 0, 10);
        o->given = "--mismatch";
        return 0;
    case KEY_TRUNCATE:
        o->truncate = cli_number("--truncate", arg, 0, INFINITY);
        o->given = "--truncate";
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option chip_options[] = {
    {"law", KEY_LAW, "NAME", 0, patterns_law_help, 21},
    {"mismatch", KEY_MISMATCH, "X", 0,
     "Times the chip file's coefficients of variation, of circuits and weights (default 1)", 21},
    {"truncate", KEY_TRUNCATE, "SIGMA", 0,
     "Chips stay within so many standard deviations (default inf: an untruncated Gaussian, whose "
     "impossible chips count as wrong)",
     21},
    {0}};
const struct argp patterns_chip_argp = {chip_options, parse_chip, 0, 0, 0, 0, 0};

static error_t parse_job(int key, char *arg, struct argp_state *state)
{
    struct patterns_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->child_inputs[1] = o;
        return 0;
    case KEY_DRAWS:
        o->draws = (int)cli_integer("--draws", arg, 1, 65536);
        o->given = o->pattern = "--draws";
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option job_options[] = {
    {"draws", KEY_DRAWS, "N", 0,
     "With --task general: how often each is shown to a chip (default 10)", 21},
    {0}};
static const struct argp_child job_children[] = {
    {&patterns_argp, 0, 0, 0}, {&patterns_chip_argp, 0, 0, 0}, {0}};
const struct argp patterns_job_argp = {job_options, parse_job, 0, 0, job_children, 0, 0};

void patterns_parse_law(struct patterns_options *o, const char *text)
{
    const struct dpi_law *law;
    if (!dpi_law_of(text, &law)) cli_die("--law: %s, allowed " DPI_LAWS, text);
    o->law = text;
    o->given = "--law";
}

void patterns_law_of(struct patterns_options *o, const struct dpi_net *net, const char *path)
{
    if (!*net->law) return;
    if (o->law_told && strcmp(o->law, net->law) != 0)
        cli_warn("%s: trained in the arithmetic of law %s, --law is %s", path, net->law, o->law);
    if (o->law_told) return;
    const struct dpi_law *law;
    if (!dpi_law_of(net->law, &law)) cli_die("%s: law %s, allowed " DPI_LAWS, path, net->law);
    o->law = dpi_law_name(law);
}

const struct dpi_law *patterns_law(const char *name)
{
    const struct dpi_law *law = 0;
    dpi_law_of(name, &law);
    return law;
}

bool patterns_general(const struct patterns_options *o)
{
    return strcmp(o->task, "general") == 0;
}

int patterns_draws(const struct patterns_options *o)
{
    return !patterns_general(o) ? 1 : o->draws ? o->draws : 10;
}

void patterns_load(struct dpi_task *t, const struct patterns_options *o, bool quiet)
{
    struct fail f;
    if (strcmp(o->task, "speech") == 0)
        cli_die("--task: speech: of LIF nets; DYNAP-SE2 nets are shown frozen-noise or general");
    if (!o->events && !quiet)
        fprintf(stderr, "no --events: Poisson events of our own, not those of the reference\n");
    if (dpi_task_frozen_noise(t, o->events, &f)) cli_die("%s", f.text);
    t->general = patterns_general(o);
    t->jitter = o->jitter;
    t->drop = o->drop;
    t->reject = o->reject;
}

void patterns_check_net(const struct dpi_net *net, const struct dpi_task *task, const char *path)
{
    if (net->n_in != task->n_in || net->n_neurons < task->n_classes)
        cli_die("%s: %d inputs and %d neurons, the task needs %d and at least %d", path, net->n_in,
                net->n_neurons, task->n_in, task->n_classes);
}

void patterns_refuse_data(const struct cli_common *c, const char *what)
{
    const char *given = c->words                     ? "--labels"
                        : c->split != DATASET_SPLITS ? "--split"
                        : c->speaker                 ? "--speaker"
                                                     : 0;
    if (given) cli_die("%s: of --data; without it %s is shown event patterns", given, what);
}

void patterns_refuse(const struct patterns_options *o, const char *path)
{
    if (o->given) cli_die("%s: of DYNAP-SE2 nets (net.h5); %s is none", o->given, path);
}
