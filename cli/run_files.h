// The files of a run folder (twin/train/run_files.h) as verbs write and name them.
#ifndef CLI_RUN_FILES_H
#define CLI_RUN_FILES_H

#include "cli/cli.h"
#include "twin/train/run_files.h"

// The command that makes a file: `spiketwin VERB RUN -d DATA TAKES`. run, data: NULL where not known.
const char *run_file_command(enum run_file_kind which, const char *run, const char *data,
                             char *text, size_t size);

// What a verb found, freed: on stdout with --json; else into the folder of `net` where that is a run folder, and a
// line says so, and what command's file it takes the place of.
void run_file_tell(enum run_file_kind which, const char *net, const struct cli_common *c,
                   cJSON *json);

#endif
