// The options of verbs that show event patterns to DYNAP-SE2 nets, and the task that they name.
#ifndef CLI_TRAIN_PATTERNS_H
#define CLI_TRAIN_PATTERNS_H

#include "cli/cli.h"

#include "twin/jobs/dpi_job.h"
#include "twin/task/dpi_patterns.h"

struct patterns_options {
    const char *task;   // "frozen-noise", "general"; "speech" is of LIF nets
    const char *events; // folder of the frozen-noise events, or NULL
    const char *law;    // "compat", "silicon" or "double"
    double jitter, drop;
    int reject;
    int draws;                 // 0: as the task wants
    double mismatch, truncate; // of struct dpi_varied, struct dpi_job
    const char *given;         // an option of these that was given, "--events"; NULL: none was
};
extern const struct patterns_options patterns_defaults;
extern const struct argp patterns_argp;     // --task --events --jitter --drop --reject
extern const struct argp patterns_job_argp; // these, --law --draws --mismatch --truncate

// Value of --law; dies if it is none.
void patterns_parse_law(struct patterns_options *o, const char *text);
extern const char patterns_law_help[];

// The law of a name; NULL is double.
const struct dpi_law *patterns_law(const char *name);

// Says on stderr, unless quiet, if the events are not those of the reference.
void patterns_load(struct dpi_task *t, const struct patterns_options *o, bool quiet);

// Dies if the net has not the inputs and neurons that the task needs.
void patterns_check_net(const struct dpi_net *net, const struct dpi_task *task, const char *path);

// A net with its chip and what it is shown, opened.
struct patterns_job {
    struct dynapse_chip file;
    struct dpi_varied chip;
    struct dpi_net net;
    struct dpi_task patterns;
    struct faults faults;
    struct dpi_job dpi, sound; // sound: for a prediction's, without faults
};

// Loads the net of `path`, its chip (`chip` if not NULL) and a list of faults (NULL: none), opens the task,
// and fills *job and *task, which points into *x. Dies, also by options of recordings in `common`: none is given where
// its split is DATASET_SPLITS.
void patterns_open(struct patterns_job *x, struct predict_job *job, struct task *task,
                   const char *path, const char *chip, const char *faults,
                   const struct patterns_options *o, const struct cli_common *common);
void patterns_close(struct patterns_job *x);

// "2 showings of 2 patterns", with the law.
void patterns_title(const struct patterns_job *x, const struct task *task,
                    const struct patterns_options *o, char *text, size_t size);

// How often each is shown to a chip.
int patterns_draws(const struct patterns_options *o);

// For verbs of both kinds of net: dies if an option of event patterns was given with a LIF net, or one
// of recordings where `path` is a DYNAP-SE2 net or chip (`kind`).
void patterns_refuse(const struct patterns_options *o, const char *path);
void patterns_refuse_recordings(const struct cli_common *c, const char *path, const char *kind);

#endif
