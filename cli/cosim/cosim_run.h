// Inside of the verb cosim: its job, and the lockstep of many chips in parallel.
#ifndef CLI_COSIM_COSIM_RUN_H
#define CLI_COSIM_COSIM_RUN_H

#include "cli/cosim/reached.h"
#include "cli/train/patterns.h"
#include "cosim/lockstep/lockstep.h"
#include "twin/chip/faults.h"

enum { MAX_CHIPS = 100000 };

struct cosim_options {
    struct cli_common common;
    const char *net;
    const char *chip;
    const char *faults;
    const char *decisions;
    const char *wave;                 // FST file of the first divergence
    const char *out;                  // where DUTs are built
    const char *source;               // tree that rtl/ and cosim/ are taken from
    struct patterns_options patterns; // of a DYNAP-SE2 net
    int clips;                        // 0: all of the split
    int clip;                         // only this one of the split; -1: not
    int reached;                      // clips a chip of which corners are counted
    bool stages;
    uint32_t k[MAX_CHIPS];
    int n_chips;
};

struct cosim_result {
    uint32_t k;
    struct lockstep_result lockstep;
    int twin_correct, rtl_correct, decisions_differ, clips;
    int divergent_clip; // -1: none
    uint16_t *said;     // (clips) by the RTL; NULL: not wanted
};

struct cosim_job {
    const struct cosim_options *o;
    const struct chip *chip;
    const struct net *net;
    const struct corpus *corpus;
    const int *clip;
    int n_clips;
    const struct faults *faults;
    const char *library;
    const char *shown; // what is shown to a chip: "clips", "patterns"
    const char *law;   // by name where the net's chip file leaves it open, else NULL
    void (*explain)(const struct cosim_job *j, const struct cosim_result *r);
    const void *dpi;             // of a DYNAP-SE2 net: cli/cosim/cosim_dpi.c's own
    struct cosim_result *result; // (n_chips)
    struct corners *reached;     // by all chips
};

// The verb on a DYNAP-SE2 net. Its exit code.
int cosim_dpi(struct cosim_options *o);

// Every chip of the options on the items that they tell, of a net that is open already; job has o, n_clips,
// result and reached. Exits with a message if something could not be run. One at a time in a process.
struct dpi_shown;
void cosim_dpi_chips(struct cosim_job *job, const struct dpi_shown *x, const struct task *task,
                     struct progress *p);

// What the RTL said of each item, by name, of a job whose results have it.
void cosim_write_decisions(const struct cosim_job *j, const char *const *item,
                           const char *const *class_name);

// Sums and prints the results, with the first divergence; gives the exit code.
int cosim_conclude(const struct cosim_job *j);

// "replay: spiketwin cosim ...": the options that are given (value not NULL), quoted for a shell; ends in
// an option that is NULL.
struct cosim_given {
    const char *option, *value;
};
void cosim_print_again(const struct cosim_given *given);

// One chip of a job, by a law: what a thread needs for it, zeroed to begin with, and its run. 0, or -1
// with a message; fini is legal after an init that failed.
struct cosim_worker {
    size_t size;
    int (*init)(void *room, const struct cosim_job *j, char *message, size_t size);
    int (*run)(void *room, const struct cosim_job *j, struct cosim_result *r, char *message,
               size_t size);
    void (*fini)(void *room);
};

// Every chip of the options, in parallel; fills job->result. Exits with a message if something could
// not be run.
void cosim_each(const struct cosim_job *j, const struct cosim_worker *w, struct progress *p);

// Every chip of the options on every clip, up to its first divergence; fills job->result. Exits
// with a message if something could not be run.
void cosim_run_all(const struct cosim_job *j, struct progress *p);

// Words, spikes and stages that differ.
int64_t cosim_differ(const struct lockstep_result *r);

// Tells a chip's first divergence, the command that replays it, and writes its waves if asked.
void cosim_explain(const struct cosim_job *j, const struct cosim_result *r);

#endif
