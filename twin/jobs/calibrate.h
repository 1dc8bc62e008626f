// Calibration of nets on a corpus: what a chip of the law can adjust of its neurons (physics.trim: the
// threshold of LIF, the bias of Izhikevich) trimmed until they fire as often as the nominal chip's.
//
// Needs no labels and nothing but spike counts of some clips, which a chip on a bench can give.
// Layer by layer from the input, since a layer hears the one before it: all neurons of the layer at
// once, each by bisection over the codes of its trim; of the codes that were tried, the one whose
// count came nearest. A trim adds code·step to the word x, code −2^(bits−1) .. 2^(bits−1) − 1, step =
// range·|x| / 2^(bits−1) of the nominal x, to the nearest word; the sum is held to its format.
#ifndef TWIN_JOBS_CALIBRATE_H
#define TWIN_JOBS_CALIBRATE_H

#include "twin/jobs/lif_job.h"

extern const struct predict_trims lif_trims; // a code a neuron, layer after layer

// Adds the trims of chip k of the job to its words.
void calibrate_apply(const struct predict_job *job, uint32_t k, struct image *im);

#endif
