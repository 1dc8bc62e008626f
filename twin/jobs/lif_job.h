// LIF nets on a corpus: a row of twin/predict/predict.h. All clips go through a chip many at a time;
// what no chip changes is made once.
#ifndef TWIN_JOBS_LIF_JOB_H
#define TWIN_JOBS_LIF_JOB_H

#include "twin/chip/faults.h"
#include "twin/net/virtual_chip.h"
#include "twin/predict/predict.h"
#include "twin/task/corpus.h"

struct lif_job {
    const struct chip *chip;
    const struct net *net;
    const struct corpus *corpus;
    const int *clip; // (n_clips) indices into the corpus
    int n_clips;
    const struct faults *faults; // a list that every chip suffers; may be NULL
    uint64_t seed;
    uint32_t first_chip; // k of the first; 0 is the nominal chip
    int n_chips;
};

extern const struct predictor lif_predictor;

// The job as campaigns know it: it points to both, and its chip, seed and range of chips are its
// own from then on.
struct predict_job lif_predict_job(const struct lif_job *lif, const struct task *task);

// The clips of a job as a task; the set's names have to outlive it. task_fini it.
int lif_task(struct task *t, const struct lif_job *lif, struct fail *f);
int lif_task_speakers(struct task *t, const struct lif_job *lif, struct fail *f); // as its sources
struct task_words lif_words(const struct corpus *s);

// predictor.identity of the row.
void lif_identity(const struct predict_job *job, const char *version, char *text, size_t size);

// What of this law and shape the real arithmetic has not, by name; NULL: it has all of it.
const char *lif_ideal_lacks(const struct law *law, const struct image_shape *s);

// Share of the points of the network in real arithmetic (double), without quantisation, mismatch or jitter:
// what the chip's arithmetic is compared with. The only floating-point run of a network.
int lif_ideal(const struct lif_job *lif, double *share, struct fail *f);

// predictor.neurobench of the row.
int lif_neurobench(const struct predict_job *job, struct neurobench *to, struct fail *f);

#endif
