// The verb train: what it is asked, and what a law that trains has of its own.
#ifndef CLI_TRAIN_TRAIN_H
#define CLI_TRAIN_TRAIN_H

#include "cli/options.h"
#include "cli/train/patterns.h"
#include "cli/train/train_watch.h"
#include "twin/train/dpi_run.h"
#include "twin/train/run_folder.h"
#include "twin/train/train.h"

enum { TRAIN_LIF = 1, TRAIN_DPI = 2 }; // bits of option_row.laws

struct train_command {
    struct cli_common common;
    struct patterns_options patterns;
    struct option_set told;
    const char *chip, *out, *from;
    bool resume, force;
    struct { // of LIF nets
        struct train_options train;
        const char *hidden; // "64,64"
        const char *taps;   // "7x5"
        enum chip_condition condition;
        int held_percent;
        bool ablate;
        bool moments;
    } lif;
    struct { // of DYNAP-SE2 nets
        struct dpi_run_options run;
        const char *hidden, *front; // of data: "64,32"; the chip whose front end hears sound
    } dpi;
};

// Reads the command line, or ends the program; returns the law of the chip: a bit of the above.
int train_command_parse(struct train_command *o, int argc, char **argv);

// A run, and what its law knows of it.
struct train_run {
    const struct train_command *o;
    const struct trainer *by;
    void *of; // the law's own
    struct run_folder *folder;
    struct train_watch watch;
    char *again;           // the command that goes on
    const char *no_resume; // in place of it: why none does; NULL: it does
};

struct trainer {
    const char *net;                                  // its file in the run folder
    const char *unit;                                 // "epoch": what a row of the log begins with
    long (*done)(const struct train_run *r);          // units
    int (*load)(struct train_run *r, struct fail *f); // the checkpoint
    int (*keep)(const struct train_run *r, struct fail *f); // and writes it
    // From there to the end, train_row each row.
    int (*run)(struct train_run *r, const struct progress *p, struct fail *f);
    int (*save)(struct train_run *r, const char *path, struct fail *f); // the net that is kept
    void (*tell)(struct train_run *r, cJSON *json); // adds its numbers to the run's
};

// Trains into the folder, from the checkpoint where it resumes, and writes net, train.json and curves.
// The numbers of the run.
cJSON *train_into(struct train_run *r, const struct progress *p);

// "64,32" as the sizes of up to `most` layers, each from `least` on; zeros behind them.
void train_hidden(const char *given, int least, int most, int *n_hidden);

// For trainer.run, of a row that is done: a line on stderr; its checkpoint, after its row of the log.
void train_show(const struct train_run *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
int train_keep(struct train_run *r, long of, struct fail *f);

// For trainer.tell: what the bits of the run depend on. Frees it; dies of NULL.
void train_tell_options(cJSON *json, char *identity);

// The verb on a net of each law: what came of it, after it was told unless as JSON.
cJSON *train_lif(struct train_command *o, struct progress *p);
cJSON *train_dpi(struct train_command *o, struct progress *p);

#endif
