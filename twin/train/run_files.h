// What lies in a run folder, the folder of `spiketwin train`, beside its net: one file a verb. The command line
// writes and reads them (cli/run_files.h).
#ifndef TWIN_TRAIN_RUN_FILES_H
#define TWIN_TRAIN_RUN_FILES_H

#include <stdbool.h>

enum run_file_kind {
    RUN_TRAIN,
    RUN_PREDICT,
    RUN_COSIM,
    RUN_SENSITIVITY,
    RUN_RIGHT,
    RUN_WRONG,
    RUN_FAULTS,
    RUN_ADEQUACY,
    RUN_MAP,
    RUN_QUANTISE,
    RUN_FILES
};

struct run_file {
    const char *name; // in the folder
    const char *verb;
    const char *takes; // behind NET, but for data
    bool data;         // takes --data
    bool written;      // by the verb itself, where it has no --json
};
extern const struct run_file run_files[RUN_FILES];

#endif
