// Calibration: thresholds of one chip trimmed until its neurons fire as often as the nominal
// chip's.
//
// Needs no labels and nothing but spike counts of some clips, which a chip on a bench can give.
// Layer by layer from the input, since a layer hears the one before it: all neurons of the layer at
// once, each by bisection over the codes of its trim; of the codes that were tried, the one whose
// count came nearest. A trim adds code·step to θ, code −2^(bits−1) .. 2^(bits−1) − 1, step =
// range·θ / 2^(bits−1) of the nominal θ, to the nearest word; the sum is held to the membrane
// format.
#ifndef TWIN_JOBS_CALIBRATE_H
#define TWIN_JOBS_CALIBRATE_H

#include "twin/jobs/lif_job.h"

struct calibrate_trim {
    double range; // of the nominal threshold, to either side
    int bits;     // of a trim, 1..15
};

// Spikes of every neuron of the nominal chip over the job's clips (job->clip are those of the
// calibration), layer after layer, into count (image_neurons). -1: out of memory.
int calibrate_target(const struct lif_job *job, int64_t *count, struct fail *f);

// Codes of chips first_chip .. first_chip + n_chips − 1 of the job, in parallel. code: (n_chips,
// image_neurons), layer after layer.
int calibrate_run(const struct lif_job *job, const struct calibrate_trim *t, const int64_t *target,
                  int16_t *code, const struct progress *p, struct fail *f);

// Adds the trims to the words of a chip. code: (image_neurons).
void calibrate_apply(const struct lif_job *job, const struct calibrate_trim *t, const int16_t *code,
                     struct image *im);

#endif
