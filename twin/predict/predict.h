// Prediction: the accuracy of virtual chips on a set of clips, through the golden model only.
#ifndef TWIN_PREDICT_PREDICT_H
#define TWIN_PREDICT_PREDICT_H

#include "twin/chip/faults.h"
#include "twin/predict/decision.h"
#include "twin/task/speech.h"
#include "twin/chip/virtual_chip.h"

struct predict_job {
    const struct chip *chip;
    const struct net *net;
    const struct speech *speech;
    const int *clip; // (n_clips) indices into the speech set
    int n_clips;
    const struct faults *faults; // a list that every chip suffers; may be NULL
    uint64_t seed;
    uint32_t first_chip; // k of the first; 0 is the nominal chip
    int n_chips;
    // Changes the words of a chip once they are made, as a calibration does; NULL: not.
    void (*adjust)(const void *context, uint32_t k, struct image *im);
    const void *adjust_context;
};

struct predict_chip {
    uint32_t k;
    int correct;                      // clips decided right
    int tied, silent;                 // clips decided by a tie; by no output spike (decision.h)
    int64_t clamped;                  // words that did not fit their format
    uint64_t hash;                    // image_hash: the chip's identity
    int64_t spikes[IMAGE_MAX_LAYERS]; // of all clips
};

// Runs every clip on every chip, in parallel over chips. chips: (n_chips). decision, if not NULL:
// (n_chips, n_clips) what each chip said, see decision.h.
int predict_run(const struct predict_job *job, struct predict_chip *chips, uint16_t *decision,
                const struct progress *p, struct fail *f);

// Accuracy of the network in real arithmetic (double), without quantisation, mismatch or jitter:
// what the chip's arithmetic is compared with. The only floating-point run of a network.
int predict_ideal(const struct chip *c, const struct net *n, const struct speech *s,
                  const int *clip, int n_clips, double *accuracy, struct fail *f);

#endif
