// Proofs of any core: a wrapper shows each commit of a neuron through one table of ports, and the law, stated anew
// from docs/numerics.md, is held against it by Yosys and an SMT solver. docs/formal.md.
//
// The texts are the files of cosim/formal/folder/; stwf.vh, the ports and the law's numbers, is written from the
// law's tables (formal_interface.c).
#ifndef COSIM_FORMAL_FORMAL_H
#define COSIM_FORMAL_FORMAL_H

#include "base/fail.h"
#include "model/lif/law_fields.h"

#include <stdbool.h>
#include <stddef.h>

enum { FORMAL_VERSION = 1, FORMAL_FREE = 256, FORMAL_FIXED = 1024, FORMAL_SOURCES = 64 };

struct formal {
    const char *root;   // of the sources: cosim/formal/folder is in it
    const char *folder; // where all is written; there
    const char *wrapper;
    const char *source[FORMAL_SOURCES]; // of the core
    int n_sources;
    const struct law *law;
    const char *only;   // names of checks, with commas; NULL: all
    const char *solver; // yices or z3, as yosys-smtbmc calls it
    int lanes;          // events in a cycle
    int neurons;        // that may be watched
    int cycles;         // of a tick, at most
    int depth;          // of what is bounded
    int induction;      // steps
    int seconds;        // for a check
    int parallel;       // checks at a time
    int max_spikes;     // of a neuron in a tick
    bool words;         // events carry words of the law's input, else spikes
};

enum formal_verdict {
    FORMAL_PROVEN,    // for all runs of any length
    FORMAL_BOUNDED,   // for all runs of `depth` cycles from reset
    FORMAL_REFUTED,   // there is a run, and it is replayed
    FORMAL_UNDECIDED, // time was up
    FORMAL_NOT_SHOWN, // the stage is part of the next check
    FORMAL_REACHED,   // cover: all
    FORMAL_UNREACHED, // cover: not all in `depth` cycles
    FORMAL_FAILED,    // a tool failed
    FORMAL_VERDICTS
};
extern const char *const formal_verdict_names[FORMAL_VERDICTS];

enum { FORMAL_CHECKS = 12 };

struct formal_result {
    const char *check;
    enum formal_verdict verdict;
    int depth; // induction's steps, or cycles
    double seconds;
    char text[256]; // what differs, or why not
    bool confirmed; // by the simulator
    char waves[64]; // in the folder; "" none
};

// NULL, or why the law cannot be checked: what the checker does not know.
const char *formal_check(const struct formal *f, char *why, size_t size);

// Bits of what an event carries.
int formal_x_bits(const struct formal *f);

// The text of stwf.vh, malloc'd; NULL: no memory.
char *formal_interface(const struct formal *f);

// Save files for GTKWave and Surfer beside the waves of a refuted check. 0 or -1.
int formal_waves(const struct formal *f, const char *path, struct fail *fail);

// NULL, or the first name in `only` that is no check.
const char *formal_no_check(const char *only);

// All checks, in their order; `tell` is called with each that is done. -1: f says what could not run.
int formal_run(const struct formal *f, struct formal_result result[FORMAL_CHECKS], int *n,
               void (*tell)(const struct formal_result *r, int done, int of), struct fail *fail);

#endif
