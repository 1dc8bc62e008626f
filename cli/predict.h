// Inside of the verb predict: what is asked, what came out, and its parts.
#ifndef CLI_PREDICT_H
#define CLI_PREDICT_H

#include "cli/cli.h"
#include "twin/chip/power.h"
#include "twin/predict/attribution.h"
#include "twin/predict/campaign.h"
#include "twin/predict/summary.h"
#include "twin/predict/sweep.h"
#include "twin/predict/undecided.h"

enum { PREDICT_SWEEPS = 16, PREDICT_POINTS = 32 };

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
    const char *net;
    const char *chip;
    int64_t first, last; // chips first..last
    double limit;        // accuracy that a chip must reach; below 0: a share of nominal
    double relative;     // share of the quantised chip's accuracy
    double width;        // of the yield interval at which to stop; 0: run all chips
    double target;       // yield that is wanted, for the sweeps
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
    const struct chip *chip;
    const struct net *net;
    const struct speech *speech;
    const int *clip; // (n_clips)
    int n_clips;
    uint16_t *label; // (n_clips)
    int *speaker;    // (n_clips)
    int n_speakers;
    int n_faults;
    double ideal, quantised, limit; // accuracies
    struct predict_chip nominal;    // chip 0, with the listed faults
    uint16_t *nominal_decision;     // (n_clips)
    struct predict_chip *chips;     // (n)
    uint16_t *decision;             // (n, n_clips)
    int n;                          // chips that the result is of
    struct summary summary;
    struct undecided undecided, nominal_undecided;
    struct bootstrap speakers, both; // of mean and yield
    struct interval stopped;         // of the yield, with --width
    bool reached;                    // the interval is as narrow as was wanted
    struct attribution attribution;  // with --attribution

    struct predict_sweep sweep[PREDICT_SWEEPS]; // (o->n_sweeps)
    int ranks;
    long run, found; // chips that were run, and that were in the state file
};

// "jitter=0,0.01" or "jitter" into a sweep; dies naming --sweep.
void predict_parse_sweep(struct predict_sweep *s, const struct chip *c, const char *text);

// Runs all that is asked, on all ranks together; fills *r on rank 0.
void predict_all(struct predict_result *r, struct campaign *c);

// Energy of a clip, the mean over the chips; the chip file must have power figures.
struct power_use predict_power(const struct predict_result *r);

cJSON *predict_json(const struct predict_result *r);
void predict_table(const struct predict_result *r);

#endif
