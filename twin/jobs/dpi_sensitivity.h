// Sensitivity of a DYNAP-SE2 net: twin/jobs/sensitivity.h on event patterns, sixteen runs side by
// side.
//
// A neuron's threshold is its Ispkthr, its leak its Itau_mem; all words that follow from a parameter
// move with it. A dead neuron has a threshold that no membrane reaches. The margin of noise, which
// has no neuron, is the limit `reject` less the spikes of the strongest.
#ifndef TWIN_JOBS_DPI_SENSITIVITY_H
#define TWIN_JOBS_DPI_SENSITIVITY_H

#include "twin/jobs/dpi_job.h"
#include "twin/jobs/sensitivity.h"

// Of the job's nominal chip, by the chip's coefficients of variation. Refuses double, which has no
// words.
int dpi_sensitivity_run(struct sensitivity *s, const struct predict_job *job,
                        const struct progress *p, struct fail *f);

#endif
