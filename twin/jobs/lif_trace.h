// One item of a job on one chip, every spike of it.
#ifndef TWIN_JOBS_LIF_TRACE_H
#define TWIN_JOBS_LIF_TRACE_H

#include "twin/jobs/lif_job.h"
#include "twin/predict/decision.h"

// Chip k of the job, with what its faults make of it. virtual_chip_free it; NULL: out of memory.
struct image *lif_image(const struct lif_job *job, uint32_t k);

struct lif_trace {
    uint8_t *z[IMAGE_MAX_LAYERS];     // (n_ticks, n_out) spikes of a tick: the caller's, zeroed
    int32_t heard[IMAGE_MAX_NEURONS]; // (n_heard) output spikes of each class
    int n_heard;
    int jitter_largest; // of its clock, Q1.15
    // The caller's, told what the chip is shown; NULL: it does not ask.
    void (*shown)(void *context, const struct law_image *view, const struct stimulus *s);
    void *context;
};

// im: of lif_image. -1: out of memory.
int lif_trace(struct lif_trace *to, const struct lif_job *job, const struct image *im, uint32_t k,
              int item, struct fail *f);

#endif
