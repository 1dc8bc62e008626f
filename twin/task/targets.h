// Targets over time: what outputs are to say in every tick of an item, how their spikes are read, and by which
// figure of merit.
//
//   DIR/task.yaml         readout, tau, low, high, figure, skip: see targets_read_task
//   DIR/targets/NAME.csv  a line of the outputs' names, then a row a tick
//   DIR/events/NAME.csv   what is shown with it: events of any unit of time (events_csv.c)
//
// A readout is a row: it makes a number of each output and tick of the spikes of the output's neurons.
#ifndef TWIN_TASK_TARGETS_H
#define TWIN_TASK_TARGETS_H

#include "base/fail.h"
#include "model/lif/trace.h"
#include "twin/io/labels.h"
#include "twin/task/merit.h"

struct targets {
    const struct readout *readout;
    const struct merit *merit;
    double tau;       // ticks
    double low, high; // said by silence, and by a spike of every neuron in every tick
    int skip;         // first ticks that are not judged
    int n_ticks, n_out, n_items;
    double *y;       // (n_items, n_ticks, n_out)
    double variance; // of all that is judged, about the mean of its output: what a constant costs
};

// What a layer of outputs did in an item, and whose its neurons are: output k has the neurons k·each .. k·each + each − 1.
struct readout_of {
    const struct trace_layer *layer; // z; n where neurons have several spikes a tick
    int n_neurons, each, max_spikes; // max_spikes: of a neuron in a tick
};

struct readout {
    const char *name;
    // said (n_ticks, n_out)
    void (*read)(const struct targets *g, const struct readout_of *of, double *said);
    // gz (n_ticks, n_neurons): dL/d spikes, from gsaid (n_ticks, n_out): dL/d said.
    void (*back)(const struct targets *g, const struct readout_of *of, const double *gsaid,
                 float *gz);
};

extern const struct readout *const readout_rows[]; // ends in NULL

// The file of the task, `text`; called `name`. Keys: readout (a row's name), tau (ticks), low, high, figure (a row of
// merit_rows); skip (ticks) may be left out.
int targets_read_task(struct targets *g, const char *text, const char *name, struct fail *f);

// The targets of one more item: a table of n bytes, which is changed. Its columns are the outputs; `outputs` is empty
// (then filled) or what they have to be called. Refused: another number of rows than the items before (or n_ticks),
// what is not finite, and what the readout cannot say: beyond low .. low + most · (high − low).
int targets_add(struct targets *g, char *text, size_t n, const char *path, struct labels *outputs,
                double most, struct fail *f);

// After the last: the variance. Refuses targets that all stand still.
int targets_end(struct targets *g, const char *dir, struct fail *f);
void targets_fini(struct targets *g); // a zeroed one is legal

// The outputs of a net of this shape: as many neurons each.
static inline struct readout_of readout_of_outputs(const struct targets *g,
                                                   const struct trace_layer *layer,
                                                   const struct image_shape *s)
{
    const int n = s->layer[s->n_layers - 1].n_out, most = s->layer[s->n_layers - 1].max_spikes;
    const struct readout_of of = {layer, n, n / g->n_out, most > 1 ? most : 1};
    return of;
}

static inline const double *targets_of(const struct targets *g, int item)
{
    return g->y + (size_t)item * (size_t)g->n_ticks * (size_t)g->n_out;
}

#endif
