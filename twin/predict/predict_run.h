// One chip of a prediction: all clips through it, many at a time. What no chip changes is made
// once.
#ifndef TWIN_PREDICT_PREDICT_RUN_H
#define TWIN_PREDICT_PREDICT_RUN_H

#include "twin/predict/predict.h"

// What the chips of a job share: the stored weights, and the clips' words where no chip's clock
// moves the edges.
struct predict_shared {
    struct virtual_chip_stored stored;
    uint8_t *words; // (n_clips, n_ticks, n_in); NULL: each chip hears its own
};

int predict_shared_init(struct predict_shared *s, const struct predict_job *job, struct fail *f);
void predict_shared_fini(struct predict_shared *s);

struct predict_runner; // what one thread needs; opaque

struct predict_runner *predict_runner_new(const struct predict_job *job); // NULL: out of memory
void predict_runner_free(struct predict_runner *r);

// Runs every clip on the chip out->k. decision, if not NULL: (n_clips) what it said.
void predict_runner_run(struct predict_runner *r, const struct predict_job *job,
                        const struct predict_shared *shared, struct predict_chip *out,
                        uint16_t *decision);

#endif
