// The options of verbs that show event patterns to DYNAP-SE2 nets, and the task that they name.
#ifndef CLI_PATTERNS_H
#define CLI_PATTERNS_H

#include "cli/cli.h"

#include "twin/task/dpi_task.h"

struct patterns_options {
    const char *events; // folder of the frozen-noise events, or NULL
    const char *law;    // "compat", "silicon" or "double"
    bool general;
    double jitter, drop;
    int reject;
    const char *given; // an option of these that was given, "--events"; NULL: none was
};
extern const struct patterns_options patterns_defaults;
extern const struct argp patterns_argp; // --events --general --jitter --drop --reject

// Value of --law; dies if it is none.
void patterns_parse_law(struct patterns_options *o, const char *text);
extern const char patterns_law_help[];

// The law of a name; NULL is double.
const struct dpi_law *patterns_law(const char *name);

// Says on stderr, unless quiet, if the events are not those of the reference.
void patterns_load(struct dpi_task *t, const struct patterns_options *o, bool quiet);

// Dies if the net has not the inputs and neurons that the task needs.
void patterns_check_net(const struct dpi_net *net, const struct dpi_task *task, const char *path);

#endif
