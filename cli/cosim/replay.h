// Inside of the verb replay: one chip beside the nominal one.
#ifndef CLI_COSIM_REPLAY_H
#define CLI_COSIM_REPLAY_H

#include "cli/cosim/cosim_run.h"
#include "cli/train/patterns.h"
#include "cli/predict/undecided.h"
#include "twin/dpi/dpi_words.h"

enum { REPLAY_PROBES = 8 };

// A neuron whose membrane is shown.
struct replay_probe {
    int layer, neuron;
};

struct replay_options {
    struct cli_common common;
    struct patterns_options patterns; // of a DYNAP-SE2 net
    const char *net;
    const char *chip;
    const char *faults;
    const char *svg;
    const char *build, *source; // of the RTL
    int64_t k;
    int clip; // of the split, or enum decision_wanted
    bool raster, rtl;
    struct replay_probe probe[REPLAY_PROBES]; // (n_probes)
    int n_probes;
};

enum { REPLAY_NOMINAL, REPLAY_CHIP, REPLAY_SIDES };

// The words of one kind in one layer, of two chips.
struct replay_word {
    const char *name;
    int layer, words, differ; // words of the kind, and those that differ
    int64_t largest;          // difference of the word that differs most, LSB
    int64_t nominal, chip;    // the two words
    int neuron, row;          // where; row -1: not of a weight
    double mean_size;         // mean |difference| over all words, LSB
};
enum { REPLAY_WORDS = 256 };

// What a neuron did, tick by tick, in words: (n_ticks) each.
struct replay_trace {
    int64_t *membrane[REPLAY_SIDES]; // what is compared with the threshold, before the reset
    int64_t *current[REPLAY_SIDES];  // what flowed into it
    int64_t threshold[REPLAY_SIDES];
};

struct replay {
    const struct replay_options *o;
    void *opened; // by replay_run_*
    void (*close)(void *opened);
    char chip_name[64];
    const char *data, *split; // NULL: it has none
    struct task task;
    struct predict_extent extent;
    struct predict_chip side[REPLAY_SIDES];
    uint16_t *said[REPLAY_SIDES]; // (n_items)
    struct undecided undecided[REPLAY_SIDES];
    struct replay_word word[REPLAY_WORDS];
    int n_words;
    int shown;                                  // item whose spikes are below
    int jitter_largest;                         // its clock: largest |word|, Q1.15; -1: no clock
    uint8_t *z[REPLAY_SIDES][IMAGE_MAX_LAYERS]; // (n_ticks, n_out) spikes of a tick
    int32_t heard[REPLAY_SIDES][IMAGE_MAX_NEURONS]; // (n_heard) output spikes of each label
    int n_heard;
    struct replay_trace trace[REPLAY_PROBES]; // of each probe
    int membrane_frac, current_frac;          // of their words
    bool has_current, has_threshold;          // the law has them
    struct cosim_job *cosim;                  // with --rtl, else NULL
};

// Class that a side said of item i.
static inline int replay_said(const struct replay *r, int side, int i)
{
    return decision_class(r->said[side][i]);
}

// Both sides of a task through predict, and which item is shown. job: (REPLAY_SIDES), which chip
// each is set here.
void replay_predict(struct replay *r, struct predict_job *job, struct progress *p);
void replay_need(const void *memory);

// Everything of one kind of net; returns the exit status.
int replay_run_lif(struct replay *r, struct replay_options *o, struct progress *p);
int replay_run_dpi(struct replay *r, struct replay_options *o, struct progress *p);

// --rtl: r->cosim becomes the job of the one chip and the item that is shown, under options that live as
// long; and once it has run, the exit status.
void replay_rtl_begin(struct replay *r, struct cosim_options *o);
int replay_rtl_end(const struct replay *r);

void replay_table(const struct replay *r);
cJSON *replay_json(const struct replay *r);
void replay_svg(const struct replay *r, const char *path);

// --membrane: "LAYER:NEURON,..", held against the net; a side's neurons through the stimulus by the
// reference; and what came of it.
void replay_membrane_parse(struct replay_options *o, const char *text);
void replay_membrane_check(const struct replay *r);
void replay_membrane_run(struct replay *r, int side, const struct law_image *view,
                         const struct stimulus *s);
void replay_membrane_free(struct replay *r);
cJSON *replay_membrane_json(const struct replay *r);
char *replay_membrane_svg(const struct replay *r); // malloc'd

#endif
