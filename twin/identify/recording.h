// A recording of an unknown machine: a table whose columns are inputs and states, a row a tick.
//
// What a column is follows from its name, or from what the caller says; a file without names is input,
// membrane and spikes. Numbers become words: a column's step is the largest 2^-n of which all its numbers are
// multiples, within what was printed of them.
#ifndef TWIN_IDENTIFY_RECORDING_H
#define TWIN_IDENTIFY_RECORDING_H

#include "base/fail.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum recording_role {
    RECORDING_NONE, // not heard
    RECORDING_TIME,
    RECORDING_RUN,        // another number: another run, from rest
    RECORDING_INPUT,      // events, counts or a current
    RECORDING_LEAK,       // λ of the tick, a word that the host writes
    RECORDING_GAIN,       // a factor of the input, the same
    RECORDING_BIAS,       // added to the membrane
    RECORDING_MEMBRANE,   // v
    RECORDING_SPIKE,      // z
    RECORDING_CURRENT,    // u
    RECORDING_CURRENT2,   // u of the second synapse
    RECORDING_REFRACTORY, // r
    RECORDING_ROLES
};
extern const char *const recording_roles[RECORDING_ROLES + 1]; // ends in NULL

enum { RECORDING_NAME = 40, RECORDING_FRACTION = 24 };

struct recording_column {
    char name[RECORDING_NAME];
    char key[RECORDING_NAME]; // the neuron that its name says; "": none
    enum recording_role role;
    double *x;     // (n_rows) as read
    int64_t *word; // (n_rows) x·2^frac
    int frac;      // -1: no step of 2^-24 or more
    bool exact;    // the numbers are the words, not only as far as they are printed
};

struct recording {
    const char *path; // the caller's
    int n_rows, n_columns, n_runs;
    struct recording_column *column; // (n_columns)
    bool *begins;                    // (n_rows) the first row of a run
    int *line;                       // (n_rows) of the file
    bool named;                      // by the file
    void *memory;
};

// "name=role" each in `told`. Refuses with file and line what is no table of finite numbers; the caller ends it
// with recording_fini, also after a failure.
int recording_read(struct recording *r, const char *path, const char *const *told, int n_told,
                   struct fail *f);
int recording_read_text(struct recording *r, char *text, size_t n, const char *name,
                        const char *const *told, int n_told, struct fail *f);
void recording_fini(struct recording *r);

#endif
