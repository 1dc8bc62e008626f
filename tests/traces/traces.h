// Traces of other people's machines, tick by tick, through the golden model and through the RTL.
//
//   DIR/scneurocore   NAME.csv, params.json    SC-NeuroCore's LIF     chips/sc-neurocore.yaml
//   DIR/xylo          NAME_v1.csv, NAME_v1.json  Xylo's simulator     chips/xylo-v1.yaml
//                     NAME_v2.csv, NAME_v2.json                       chips/xylo-v2.yaml
//   DIR/nir           *lava*fixed*.csv         Loihi and its model    chips/loihi.yaml
//   DIR/dynapsim      NAME.json, NAME.csv      DynapSim               tests/dynapsim
//
// A reader turns a file into an image, a stimulus and what has to come out of it; run.c does the
// rest.
#ifndef TESTS_TRACES_TRACES_H
#define TESTS_TRACES_TRACES_H

#include "model/lif/network.h"
#include "twin/chip/chip.h"

#include <cjson/cJSON.h>

enum { TRACE_LAYERS = 2, TRACE_PATH = 1024 };

// Words of one layer, (n_ticks, n_out) each; in what a file tells, NULL is a word that it has not.
struct words {
    int32_t *v, *u, *u2, *r, *n;
};

struct machine_trace {
    struct image im;
    struct stimulus s;
    struct words expected[TRACE_LAYERS];
    int alias[1024]; // hidden neuron that also shows the spikes of neuron n; -1: none. Layer 0
    bool has_alias;
    int32_t shown_at_spike; // 0, or the v that the machine shows in the tick of a spike: a known
                            // difference, counted and demanded
    void *memory[8];        // what the arrays above lie in
    int n_memory;
};

// A CSV file: lines that begin with # are dropped; the first other line is the header unless it
// begins with a digit.
struct csv {
    int n_columns, n_rows;
    char **name;   // (n_columns), NULL without a header
    double *value; // (n_rows, n_columns)
    bool whole;    // every value is an integer
    char *text;
};

int csv_read(struct csv *c, const char *path, struct fail *f);
int csv_read_any(struct csv *c, const char *path, struct fail *f); // a header alone will do
void csv_free(struct csv *c);
int csv_column(const struct csv *c, const char *name); // -1: there is none

cJSON *json_read(const char *path, struct fail *f); // NULL with a message
// A whole number of lo..hi. -1 with a message.
int json_int(const cJSON *in, const char *name, int64_t lo, int64_t hi, int32_t *to,
             struct fail *f);

// Cleared memory that trace_free frees. Exits without.
void *trace_memory(struct machine_trace *t, size_t bytes);
void trace_free(struct machine_trace *t);
void trace_image(struct machine_trace *t, const struct law *law, const struct image_shape *shape);
// A whole column into (n_rows, n_out) words at neuron n. -1: there is no such column, or a value is
// out of lo..hi.
int trace_column(const struct csv *c, const char *name, int n_out, int n, int64_t lo, int64_t hi,
                 int32_t *to, struct fail *f);

// Readers: 0, or -1 with a message.
int scneurocore_read(struct machine_trace *t, const struct chip *chip, const char *folder,
                     const char *file, struct fail *f);
int xylo_read(struct machine_trace *t, const struct chip *chip, const char *folder,
              const char *file, struct fail *f);
int loihi_read(struct machine_trace *t, const struct chip *chip, const char *folder,
               const char *file, struct fail *f);

struct trace_result {
    int ticks, equal, known; // ticks; without a difference; with the known one only
    int first;               // tick that differs otherwise; -1: none
    int64_t words;           // compared
    char what[256];          // the first difference in words
};

// Through the model, by network_run_ref and network_run both; through the RTL in lockstep's DUT.
int trace_run_model(const struct machine_trace *t, struct trace_result *r, struct fail *f);
int trace_run_rtl(const struct machine_trace *t, const char *root, const char *build,
                  struct trace_result *r, struct fail *f);

#endif
