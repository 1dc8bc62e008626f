// Traces of Rockpool's DynapSim against the DPI law in integers: formats, words, run, error bound.
//
//   NAME.json         circuit of each neuron, weights, start       data/dynapsim/README.md
//   NAME.csv          currents and spikes of each tick
//   NAME.events.csv   what came in
//
// Formats follow from the parameters, never from the trace: dynapsim_ranges bounds every current
// from circuits, weights and input. The bound on the error is an enclosure that is carried along:
// dynapsim_bound.
#ifndef TESTS_DYNAPSIM_DYNAPSIM_H
#define TESTS_DYNAPSIM_DYNAPSIM_H

#include "model/dpi/dpi_network.h"
#include "twin/dpi/dpi_words.h"

enum { DYNAPSIM_CURRENTS = 3 };                                 // isyn, iahp, imem
extern const char *const dynapsim_names[DYNAPSIM_CURRENTS + 1]; // and vmem

struct dynapsim {
    int n_ticks, n_in, n_out;
    bool recurrent;
    struct dpi_scale scale;
    double iscale;
    struct dpi_circuit *circuit;             // (n_out)
    double *w;                               // (n_in, + n_out if recurrent; n_out)
    uint8_t *x;                              // (n_ticks, n_in)
    double *start[DYNAPSIM_CURRENTS + 1];    // (n_out) A; vmem in V
    int *start_spikes;                       // (n_out)
    double *start_timer;                     // (n_out) s
    double *expected[DYNAPSIM_CURRENTS + 1]; // (n_ticks, n_out) A; vmem in V
    int *spikes;                             // (n_ticks, n_out)
};

// Reads DIR/NAME.json, .csv and .events.csv. 0, or -1 with a message.
int dynapsim_read(struct dynapsim *d, const char *dir, const char *name, struct fail *f);

// All arrays, cleared, for the sizes and `recurrent` that are set.
void dynapsim_allocate(struct dynapsim *d);
void dynapsim_free(struct dynapsim *d);

// The largest that each value can become, from circuits, weights and input.
struct dynapsim_ranges {
    double current; // A
    double isyn, iahp, imem;
    double weight; // A, of one event
    double gain;   // g·ileak/itau for one unit
    double rate;   // a and r
    int spikes;    // in a tick
};
void dynapsim_ranges(const struct dynapsim *d, struct dynapsim_ranges *r);

// Fraction bits of the formats.
struct dynapsim_digits {
    int current, factor, log, table, gain, rate;
};

// The most that the law's words have room for: what the traces are run with.
struct dynapsim_digits dynapsim_finest(const struct dynapsim_ranges *r, double unit);

// Formats with these fraction bits and the whole bits that the ranges need. -1: one does not fit,
// the message says which.
int dynapsim_law(const struct dynapsim_ranges *r, const struct dynapsim_digits *digits, double unit,
                 struct dpi_law *law, struct fail *f);

// The image in these formats, and the state in which it starts, (n_out). NULL with a message.
struct dpi_image *dynapsim_image(const struct dynapsim *d, const struct dpi_law *law,
                                 struct dpi_state *start, struct fail *f);

// What came of a comparison.
struct dynapsim_result {
    int ticks, equal;                    // ticks with equal spikes and all within the bound
    int spikes_differ;                   // neuron-ticks
    int beyond;                          // values beyond their bound
    int64_t values;                      // compared
    double error[DYNAPSIM_CURRENTS + 1]; // largest |difference|, in LSB of current; vmem in log2
    double bound[DYNAPSIM_CURRENTS + 1]; // largest bound
    double used;                         // largest error / bound
    double relative, relative_bound;     // of imem: largest error and bound over the value
    char what[256];                      // the first that is beyond, or "" if none
    char formats[128];                   // of the law
};

// Compares `after`, (n_ticks, n_out) states of the model or the RTL, with the trace.
void dynapsim_compare(const struct dynapsim *d, const struct dpi_image *im,
                      const struct dpi_state *after, struct dynapsim_result *r);

// Runs the trace's input from `start`, (n_out), and tells the states after each tick, (n_ticks,
// n_out): of the model, and of RTL that is built for the image. 0, or -1 with a message.
int dynapsim_run_model(const struct dynapsim *d, const struct dpi_image *im,
                       const struct dpi_state *start, struct dpi_state *after, struct fail *f);
int dynapsim_run_rtl(const struct dynapsim *d, const struct dpi_image *im,
                     const struct dpi_state *start, struct dpi_state *after, const char *root,
                     const char *build, struct fail *f);

// All of it in the finest formats: [0] the model, [1] the RTL. 0, or -1 with a message.
int dynapsim_trace(const char *dir, const char *name, const char *root, const char *build,
                   struct dynapsim_result sides[2], struct fail *f);

#endif
