// What verbs leave in a run folder, the folder of `spiketwin train`, beside its net: one file a verb.
#ifndef CLI_RUN_FILES_H
#define CLI_RUN_FILES_H

#include "cli/cli.h"

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

// The command that makes a file: `spiketwin VERB RUN -d DATA TAKES`. run, data: NULL where not known.
const char *run_file_command(enum run_file_kind which, const char *run, const char *data,
                             char *text, size_t size);

// What a verb found, freed: on stdout with --json; else into the folder of `net` where that is a run folder, and a
// line says so, and what command's file it takes the place of.
void run_file_tell(enum run_file_kind which, const char *net, const struct cli_common *c,
                   cJSON *json);

#endif
