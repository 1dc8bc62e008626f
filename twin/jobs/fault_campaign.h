// A campaign of faults: every stuck bit of every weight and every dead neuron, each alone, on the same stimuli.
//
// The faults are those of a list (twin/chip/faults.h): the same words, the same rows. A chip with one fault is
// run only on stimuli in which the fault can show: a bit that is stuck at what it is already makes the same
// chip, and a weight whose source fires in no tick of a stimulus adds nothing there. What is skipped is what
// would have been equal; tests/unit/twin/jobs/test_fault_campaign.c runs all of it and compares.
#ifndef TWIN_JOBS_FAULT_CAMPAIGN_H
#define TWIN_JOBS_FAULT_CAMPAIGN_H

#include "model/lif/trace.h"
#include "twin/chip/faults.h"
#include "twin/io/progress.h"
#include "twin/net/net.h"
#include "twin/task/corpus.h"

enum fault_class {
    FAULT_SAME,     // the chip has the same words without it: no stimulus can tell
    FAULT_MASKED,   // no output neuron fires in another tick, in any of the stimuli
    FAULT_EXPOSED,  // it does in some, and the chip loses less than the limit
    FAULT_CRITICAL, // it loses at least the limit, and a stimulus
    FAULT_CLASSES
};
extern const char *const fault_class_names[FAULT_CLASSES];

struct fault_result {
    struct fault_fixed fault;
    enum fault_class is;
    int exposed; // stimuli in which an output neuron fires in another tick, or not as often
    int decided; // those that are decided otherwise
    int lost;    // right without the fault less right with it
};

struct fault_campaign {
    struct fault_result
        *result; // (n) by layer; there stuck bits by row, neuron, bit, value; then dead neurons
    size_t n;
    int correct;       // stimuli that the chip decides right without a fault
    size_t found;      // faults that were in the state
    uint64_t *exposed; // (n, exposed_words) bit i: stimulus i exposes it; NULL: not wanted
    size_t exposed_words;
};

// Clips of a corpus as the nominal chip hears them: its clock is even.
struct fault_clips {
    struct stimulus *stimulus; // (n)
    int *label;                // (n)
    uint8_t *words;            // (n, n_ticks, n_in)
};
int fault_clips_init(struct fault_clips *x, const struct corpus *c, const int *clip, int n,
                     struct fail *f);
void fault_clips_fini(struct fault_clips *x);

struct fault_campaign_job {
    const struct image *image;       // the chip without a fault
    const struct net *net;           // whose labels decide
    const struct stimulus *stimulus; // (n_stimuli)
    const int *label;                // (n_stimuli)
    int n_stimuli;
    double critical;             // share of the stimuli
    bool which;                  // also by which stimuli each is exposed
    const char *state, *version; // file that keeps what is done, and whose; NULL: nothing is kept
};

// The class of a fault that changes words, by how many stimuli expose it and how many fewer are right.
enum fault_class fault_class_of(const struct fault_campaign_job *job, int exposed, int lost);

// In parallel over faults; the same for any number of threads, and whether it was stopped and went on or not. Fails out of memory, and
// where the state is of another campaign or cannot be written. `torn`: bytes of a state that were cut off.
int fault_campaign_run(struct fault_campaign *c, const struct fault_campaign_job *job,
                       int64_t *torn, const struct progress *p, struct fail *f);
void fault_campaign_free(struct fault_campaign *c); // a zeroed one is legal

#endif
