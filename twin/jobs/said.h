// What a net said of an item, as the word of twin/predict/decision.h: by the counts of its output spikes, or, of targets
// over time, by every tick.
#ifndef TWIN_JOBS_SAID_H
#define TWIN_JOBS_SAID_H

#include "twin/jobs/lif_job.h"

struct said {
    struct trace_layer layer; // of the outputs, for a run to record; zeroed where counts are enough
    double *said;             // (n_ticks, outputs)
};

// Room for items of these targets. false: out of memory. said_fini(&zeroed) is legal.
bool said_init(struct said *x, const struct targets *g, const struct image_shape *s);
void said_fini(struct said *x);

// Item `item` of the job, from the layer that a run recorded and its counts.
uint16_t said_decision(struct said *x, const struct lif_job *lif, int item, const int32_t *count);

// Points of a word of a label or of targets.
int said_points(const struct lif_job *lif, int item, uint16_t said);

#endif
