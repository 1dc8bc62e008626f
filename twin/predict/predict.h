// Prediction: the accuracy of virtual chips on a task, through the golden model only.
//
// A law on a kind of stimulus is a row of functions (struct predictor); state file, ranks,
// attribution, sweeps, intervals and reports are written once, against the row. Rows:
// twin/jobs/lif_job.h (LIF nets on speech), twin/jobs/dpi_job.h (DYNAP-SE2 nets on event
// patterns).
#ifndef TWIN_PREDICT_PREDICT_H
#define TWIN_PREDICT_PREDICT_H

#include "base/fail.h"
#include "model/lif/image.h"
#include "twin/chip/knobs.h"
#include "twin/chip/power.h"
#include "twin/io/progress.h"
#include "twin/predict/decision.h"
#include "twin/predict/neurobench.h"
#include "twin/task/task.h"

// What is asked of a calibration. Which of it means something is up to the law.
struct trim_options {
    double range; // of what is adjusted, to either side
    int bits;     // of a code, where no chip file says what codes there are
    int per_core; // neurons that share their adjustments, where a core's do
    int showings; // that are compared, where they are made for it
};

struct predict_job {
    const struct predictor *by;
    const void *inputs; // what the row knows besides: net, recordings or patterns, ..
    const void *chip;   // of the row's kind, by->knobs(chip)->chip_size bytes
    const struct task *task;
    uint64_t seed;
    uint32_t first_chip; // k of the first; 0 is the nominal chip
    int n_chips;
    const struct trim_options *trim; // with it
    const int32_t *code; // (n_chips, by->trims->n) of chips that are adjusted; NULL: none is
};

// How a chip can be adjusted once it is made: by codes, found from spike counts alone.
struct predict_trims {
    bool own_bits; // the chip file says what codes there are: bits means nothing
    bool of_cores; // per_core means something
    // NULL, or why a job cannot be calibrated.
    const char *(*check)(const struct predict_job *job, const struct trim_options *o);
    int (*n)(const struct predict_job *job, const struct trim_options *o); // codes of a chip
    void (*name)(const struct predict_job *job, const struct trim_options *o, int code, char *text,
                 size_t size);
    // Codes of the job's chips, (n_chips, n), in parallel; its items are what is listened to.
    int (*tune)(const struct predict_job *job, const struct trim_options *o, int32_t *code,
                const struct progress *p, struct fail *f);
};

struct predict_chip {
    uint32_t k;
    int correct;                      // points of all items: of accuracy items decided right
    int tied, silent;                 // items decided by a tie; by no output spike (decision.h)
    int64_t clamped;                  // words that did not fit their format
    uint64_t hash;                    // of all words: the chip's identity
    int64_t spikes[IMAGE_MAX_LAYERS]; // of all items
};

// What a chip of a job has, and so the most that it can leave in a struct predict_chip.
struct predict_extent {
    int n_layers;
    int n_out[IMAGE_MAX_LAYERS];      // neurons
    int64_t spikes[IMAGE_MAX_LAYERS]; // of one item
    int64_t words;                    // that can be clamped
};

struct predictor {
    const char *law;
    int group; // chips that run side by side
    const struct knobs *(*knobs)(const void *chip);
    uint64_t (*chip_hash)(const void *chip);
    struct predict_extent (*extent)(const struct predict_job *job);
    // What the bits of a prediction depend on, its chip left out: "name=value name=value ..".
    void (*identity)(const struct predict_job *job, const char *version, char *text, size_t size);

    // What the chips of a job share, read only from then on; NULL with a message. No function: they
    // share nothing.
    void *(*shared_new)(const struct predict_job *job, struct fail *f);
    void (*shared_free)(void *shared);
    // What one thread needs. NULL with a message.
    void *(*runner_new)(const struct predict_job *job, struct fail *f);
    void (*runner_free)(void *runner); // NULL is legal
    // Shows all items to n <= group chips, k set in each, all else zero. decision: (n, n_items).
    int (*run)(void *runner, const struct predict_job *job, const void *shared,
               struct predict_chip *chips, int n, uint16_t *decision, struct fail *f);

    // What of the job the real arithmetic has not, by name; NULL: it has all of it.
    const char *(*ideal_lacks)(const struct predict_job *job);
    // Share of the points in real arithmetic, without quantisation, mismatch or jitter.
    int (*ideal)(const struct predict_job *job, double *share, struct fail *f);
    // NeuroBench's metrics of the nominal chip; NULL: not counted of this law.
    int (*neurobench)(const struct predict_job *job, struct neurobench *to, struct fail *f);
    const struct predict_trims *trims; // NULL: nothing can be adjusted
    // Energy of n_items items with these spikes; false: the chip file says nothing of it.
    bool (*power)(const struct predict_job *job, const int64_t *spikes, int64_t n_items,
                  struct power_use *use);
};

// Runs every item on every chip, in parallel over groups of chips. chips: (n_chips). decision, if
// not NULL: (n_chips, n_items) what each chip said.
int predict_run(const struct predict_job *job, struct predict_chip *chips, uint16_t *decision,
                const struct progress *p, struct fail *f);

#endif
