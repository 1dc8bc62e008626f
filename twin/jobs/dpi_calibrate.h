// Calibration of DYNAP-SE2 nets: what such a chip can adjust are the codes of its bias generators, one set a
// core. Of each core the leak and the gain of the membrane and the gain of the synapses are moved until its
// neurons fire as often as the nominal chip's.
//
// Needs no labels and nothing but spike counts of some showings: variations of the task's patterns, the same
// for every chip, that no training and no prediction shows. Mismatch is a factor of each neuron's own copy of
// a bias, so a code moves all copies of its core by the same factor, and cannot part neurons of a core. A
// search over codes by steps that halve, current after current, twice; a core keeps a step that brings its
// counts nearer. All cores of a chip move at once, and sixteen chips. What ends further away than the chip
// began is left as it came.
//
// A code is coarse·fine_codes + fine of the bias generator, or DPI_LEFT: the current that the net asks for,
// of which codes are within a hundredth or so.
#ifndef TWIN_JOBS_DPI_CALIBRATE_H
#define TWIN_JOBS_DPI_CALIBRATE_H

#include "twin/dpi/dpi_engine.h"
#include "twin/jobs/dpi_job.h"

enum { DPI_LEFT = -1 };

extern const struct predict_trims dpi_trims; // of each core the codes of its biases

// Makes the circuits that are drawn into a lane those of the codes of chip k of the job.
void dpi_calibrate_apply(const struct predict_job *job, uint32_t k, struct dpi_engine *e, int lane);

#endif
