// Inside of the verb replay: one chip beside the nominal one.
#ifndef CLI_REPLAY_H
#define CLI_REPLAY_H

#include "cli/cosim_run.h"
#include "cli/undecided.h"
#include "twin/chip/image_diff.h"

enum { REPLAY_WRONG = -1, REPLAY_RIGHT = -2 };

struct replay_options {
    struct cli_common common;
    const char *net;
    const char *chip;
    const char *faults;
    const char *svg;
    const char *build, *source; // of the RTL
    int64_t k;
    int clip; // of the split, or one of the two above
    bool raster, rtl;
};

enum { REPLAY_NOMINAL, REPLAY_CHIP, REPLAY_SIDES };

struct replay {
    const struct replay_options *o;
    const struct chip *chip;
    const struct net *net;
    const struct speech *speech;
    const struct faults *faults;
    const int *clip; // (n_clips)
    int n_clips;
    struct predict_chip side[REPLAY_SIDES];
    uint16_t *said[REPLAY_SIDES]; // (n_clips)
    struct undecided undecided[REPLAY_SIDES];
    struct image_diff diff[IMAGE_DIFFS];
    int n_diffs;
    int shown;                        // clip of the split whose spikes are below
    int jitter_largest;               // its clock: largest |word|, Q1.15 of a tick
    struct trace trace[REPLAY_SIDES]; // z of every layer, counts
    const struct cosim_job *cosim;    // with --rtl, else NULL
};

// Class that a side said of clip i.
static inline int replay_said(const struct replay *r, int side, int i)
{
    return decision_class(r->said[side][i]);
}

void replay_table(const struct replay *r);
cJSON *replay_json(const struct replay *r);
void replay_svg(const struct replay *r, const char *path);

#endif
