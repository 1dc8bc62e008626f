// Inside of the verb predict: what is asked, what came out, and its parts.
#ifndef CLI_PREDICT_PREDICT_H
#define CLI_PREDICT_PREDICT_H

#include "cli/options.h"
#include "cli/train/patterns.h"
#include "twin/net/net.h"
#include "twin/predict/attribution.h"
#include "twin/predict/campaign.h"
#include "twin/predict/summary.h"
#include "twin/predict/sweep.h"
#include "twin/predict/undecided.h"
#include "twin/predict/verdict.h"

enum { PREDICT_SWEEPS = 32, PREDICT_POINTS = 32 };

struct predict_sweep {
    int knob;
    int n;
    double size[PREDICT_POINTS]; // ascending
    struct sweep_point point[PREDICT_POINTS];
    double silent[PREDICT_POINTS], tied[PREDICT_POINTS]; // shares of the decisions
    struct sweep_crossing crossing;
};

struct predict_options {
    struct cli_common common;
    struct patterns_options patterns; // of a DYNAP-SE2 net
    struct option_set told;
    const char *net;
    const char *chip;
    const char *chips;   // as told, NULL: not
    int64_t first, last; // chips first..last
    const char *limited; // the limit that is given; NULL: it is a share of nominal
    double limit;        // the task's figure of merit that a chip must reach
    double relative;     // share of the quantised chip's
    double width;        // of the yield interval at which to stop; 0: run all chips
    double target;       // yield that is wanted
    bool list;
    bool attribution;

    const char *faults;
    const char *state;
    const char *out;
    const char *decisions;
    int replicates; // of the bootstrap
    const char *sweep_text[PREDICT_SWEEPS];
    int n_sweeps;
};

// All that a prediction found, on rank 0.
struct predict_result {
    const struct predict_options *o;
    void *opened; // by predict_open_*
    void (*close)(void *opened);
    struct predict_job job;   // what is predicted; which chips is each run's own
    struct predict_job sound; // the same without listed faults
    struct task task;
    struct predict_extent extent;
    const char *data, *split;    // NULL: it has none
    const char *task_name;       // of event patterns; NULL: of other data
    const char *law;             // of DYNAP-SE2 nets, else NULL
    char title[160];             // chip and items
    const struct net *lif;       // of a LIF net; NULL: of a DYNAP-SE2 net
    const struct chip *lif_chip; // its chip
    bool faulty;                 // a list of faults was given
    int n_faults;
    double ideal, quantised, limit; // shares of the points
    const char *ideal_lacks;      // what real arithmetic has not of the law: no ideal then; or NULL
    struct predict_chip nominal;  // chip 0, with the listed faults
    uint16_t *nominal_decision;   // (n_items)
    struct predict_chip *chips;   // (n)
    uint16_t *decision;           // (n, n_items)
    int n;                        // chips that the result is of
    struct neurobench neurobench; // where the law's row has it
    struct summary summary;
    int impossible; // chips that cannot exist, or say what is no number
    struct undecided undecided, nominal_undecided;
    struct bootstrap speakers, both; // of mean and yield
    struct yield_point curve[YIELD_POINTS];
    int n_curve;
    struct verdict verdict;
    struct interval stopped;        // of the yield, with --width
    bool reached;                   // the interval is as narrow as was wanted
    struct attribution attribution; // with --attribution

    struct predict_sweep sweep[PREDICT_SWEEPS]; // (o->n_sweeps)
    int ranks;
    long run, found; // chips that were run, and that were in the state file
};

// Loads the net and its chip, opens what it is shown, and fills job, sound, task, names and title.
void predict_open_lif(struct predict_result *r, struct predict_options *o, struct progress *p);
void predict_open_dpi(struct predict_result *r, struct predict_options *o, struct progress *p);

// For those two, once job.by and job.chip are known: the sweeps, and whether there is something to
// attribute. Dies naming the option.
void predict_ask(struct predict_result *r, struct predict_options *o);

// "jitter=0,0.01" or "jitter" into a sweep; dies naming --sweep.
void predict_parse_sweep(struct predict_sweep *s, const struct predict_job *job, const char *text);

// Runs all that is asked, on all ranks together; fills *r on rank 0.
void predict_all(struct predict_result *r, struct campaign *c);

// Energy of an item, the mean over the chips; false: the chip file has no power figures.
bool predict_power(const struct predict_result *r, struct power_use *use);

cJSON *predict_json(const struct predict_result *r);
void predict_table(const struct predict_result *r);

#endif
