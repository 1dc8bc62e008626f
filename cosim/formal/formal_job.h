// One check on its way: the programs that it takes, one after another.
#ifndef COSIM_FORMAL_FORMAL_JOB_H
#define COSIM_FORMAL_FORMAL_JOB_H

#include "base/child.h"
#include "cosim/formal/formal.h"

#include <time.h>

enum { JOB_PATH = 4096 + 128 };

enum job_step {
    JOB_ELABORATE,     // yosys: NAME.smt2
    JOB_INDUCT_SYMBOL, // induction, products as a symbol
    JOB_BASE,          // its first steps
    JOB_MET,           // the first run from reset in which the check asks something
    JOB_BOUND,         // all runs from reset of `depth` cycles
    JOB_INDUCT,        // induction with true products
    JOB_COVER,         // instead of all these
    JOB_COMPILE,       // iverilog
    JOB_REPLAY,        // vvp
    JOB_DONE
};

struct job {
    const struct formal *f;
    struct formal_result *result;
    enum job_step step;
    int met;                     // the cycle of that run, from 0; -1 none was found
    bool running, product, late; // killed: time was up
    struct child child;
    struct timespec began;
};

// Starts what the step is; -1: the check has FAILED and is done.
int job_start(struct job *j);

// What the end of its program means: the next step, or JOB_DONE with a verdict.
void job_ended(struct job *j, int status);

double job_seconds(const struct job *j);

#endif
