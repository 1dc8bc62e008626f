// DYNAP-SE2 nets on what twin/task/patterns/dpi_task.h shows: a row of twin/predict/predict.h. Sixteen chips run
// side by side.
//
// An item is a clip, or one showing of a pattern or, of a general task, noise, `draws` times each; a
// general task shows every chip variations of its own. Chips are those of twin/dpi/dpi_chips.h: all
// nets and laws meet the same.
#ifndef TWIN_JOBS_DPI_JOB_H
#define TWIN_JOBS_DPI_JOB_H

#include "twin/chip/faults.h"
#include "twin/dpi/dpi_chips.h"
#include "twin/predict/predict.h"
#include "twin/task/patterns/dpi_task.h"

// The chip of a job, as its knobs know it.
struct dpi_varied {
    struct dynapse_chip chip;
    double mismatch; // times its coefficients of variation
};

// With its padding, for the hash.
void dpi_varied_init(struct dpi_varied *v, const struct dynapse_chip *chip, double mismatch);

struct dpi_job {
    const struct dpi_net *net;
    const struct dpi_task *task;
    const struct dpi_law *law;   // NULL: double, Rockpool's semantics
    double truncate;             // chips stay within so many standard deviations; INFINITY: never
    int draws;                   // of each pattern, and of noise; 1 for a frozen task and for clips
    const struct faults *faults; // a list that every chip suffers, in integers; may be NULL
};

extern const struct predictor dpi_predictor;

// What a chip can say: class 0.., and behind the last
enum {
    DPI_SAID_ANOTHER, // a neuron that stands for no pattern; not where only those of classes answer
    DPI_SAID_NONE,    // no neuron: noise, in a general task
    DPI_SAID_IMPOSSIBLE, // nothing that counts: a chip that cannot exist (dpi_chips.h, `sound`), or
    DPI_SAID             // in double an answer that is no number
};
static inline int dpi_said(const struct dpi_task *t, int what)
{
    return t->n_classes + what - (t->n_heard ? 1 : 0);
}

// The decision word (twin/predict/decision.h) of the spikes of n neurons, `stride` apart, of a chip whose
// counts count.
uint16_t dpi_job_decision(const struct dpi_task *t, const float *counts, int n, int stride,
                          bool sound);

// The showings of a job as a task; task_fini it.
int dpi_job_task(struct task *t, const struct dpi_job *dpi, struct fail *f);

// What chip k is shown as `item` of a job, the same in every lane; as dpi_task_events.
const struct dpi_events *dpi_job_events(const struct dpi_job *dpi, uint64_t seed, uint32_t k,
                                        int item, struct dpi_events *made, struct fail *f);

// The words of chip k, for dpi_image_free; NULL with a message. Not of a job in double.
struct dpi_image *dpi_job_image(const struct predict_job *job, uint32_t k, struct fail *f);

// Every spike of one item on chip k: z (n_ticks, n_neurons) of each tick, at most 255 told.
int dpi_job_spikes(const struct predict_job *job, uint32_t k, int item, uint8_t *z, struct fail *f);

#endif
