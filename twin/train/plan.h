// The clips of an epoch as they are shown: in which order, moved in time, and what of them is hidden.
//
// A pure function of (options, seed, epoch, clips): no state of the run but whether masks have begun.
#ifndef TWIN_TRAIN_PLAN_H
#define TWIN_TRAIN_PLAN_H

#include "twin/train/batch.h"

struct plan_options {
    double shift_ms;    // clips are moved by up to so much either way
    double mask_ticks;  // a window of up to this share of a clip's ticks is hidden,
    double mask_inputs; // and a band of up to this share of its inputs, 0..1
};

// plan (n): the clips (n), in an order of their own for each epoch (Fisher and Yates). masks: something is
// hidden; else all is shown. -1: out of memory.
int plan_epoch(struct batch_clip *plan, const int *clips, int n, const struct corpus *s,
               const struct plan_options *o, uint64_t seed, int epoch, bool masks);

#endif
