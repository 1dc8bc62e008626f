// The options of verbs that show event patterns to DYNAP-SE2 nets, and the task that they name.
#ifndef CLI_TRAIN_PATTERNS_H
#define CLI_TRAIN_PATTERNS_H

#include "cli/cli.h"

#include "twin/jobs/dpi_job.h"
#include "twin/task/patterns/dpi_patterns.h"

struct patterns_options {
    const char *task;   // "frozen-noise", "general"; "speech" is of LIF nets
    const char *events; // folder of the frozen-noise events, or NULL
    const char *law;    // "compat", "silicon" or "double"
    bool law_told;
    double jitter, drop;
    int reject;
    int draws;                 // 0: as the task wants
    double mismatch, truncate; // of struct dpi_varied, struct dpi_job
    const char *given;         // an option of these that was given, "--law"; NULL: none was
    const char *pattern;       // the same of those that say what patterns are shown, "--events"
};
extern const struct patterns_options patterns_defaults;
extern const struct argp patterns_argp;      // --task --events --jitter --drop --reject
extern const struct argp patterns_chip_argp; // --law --mismatch --truncate
extern const struct argp patterns_job_argp;  // all of these, --draws

// Value of --law; dies if it is none.
void patterns_parse_law(struct patterns_options *o, const char *text);

// The law of a net that says its own, where none was told; a warning where another was.
void patterns_law_of(struct patterns_options *o, const struct dpi_net *net, const char *path);
extern const char patterns_law_help[];

// The law of a name; NULL is double.
const struct dpi_law *patterns_law(const char *name);

// Says on stderr, unless quiet, if the events are not those of the reference.
void patterns_load(struct dpi_task *t, const struct patterns_options *o, bool quiet);

// Dies if the net has not the inputs and neurons that the task needs.
void patterns_check_net(const struct dpi_net *net, const struct dpi_task *task, const char *path);

// How often each is shown to a chip.
int patterns_draws(const struct patterns_options *o);

// Whether the task is "general".
bool patterns_general(const struct patterns_options *o);

// Dies if an option of data was given without --data, where a net or chip, `what`, is shown event patterns. A
// split that is DATASET_SPLITS was not given.
void patterns_refuse_data(const struct cli_common *c, const char *what);

// For verbs of both kinds of net: dies if an option of DYNAP-SE2 nets was given with another net, or
// chip, `path`.
void patterns_refuse(const struct patterns_options *o, const char *path);

#endif
