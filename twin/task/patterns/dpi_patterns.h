// Event patterns as what DYNAP-SE2 nets are shown.
//
// A frozen task shows the patterns as they are: right is who spikes more than all others. A general task shows
// each with events dropped and moved, and between them noise that was never shown before; right is to
// answer a pattern with more than `reject` spikes and more than all others, and noise with no such
// neuron. Variations and noise of chip k are a pure function of (seed, k, draw), so that training never
// sees those of evaluation.
#ifndef TWIN_TASK_PATTERNS_DPI_PATTERNS_H
#define TWIN_TASK_PATTERNS_DPI_PATTERNS_H

#include "twin/task/patterns/dpi_task.h"

extern const struct dpi_task_kind dpi_patterns;

// The frozen-noise task of Rockpool's DynapSim: 2 patterns, 60 inputs, 500 ticks, from
// DIR/b_frozen_noise_trained_sample{0,1}.events.csv. Without DIR (NULL) Poisson events of our own
// at the same rate, 50 Hz, always the same.
int dpi_task_frozen_noise(struct dpi_task *t, const char *dir, struct fail *f);

#endif
