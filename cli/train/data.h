// The door through which data comes in: what each kind of it has of its own.
#ifndef CLI_TRAIN_DATA_H
#define CLI_TRAIN_DATA_H

#include "cli/cli.h"

struct data_ask {
    const struct chip *chip;
    const struct net *net; // NULL: one is trained
    const struct cli_common *common;
    struct dataset_ask set;
    bool wanted[DATASET_SPLITS];
};

// Each opens, or dies, and says what is not heard as it lies there.
struct corpus *data_open_sound(const struct data_ask *ask, struct progress *p);
struct corpus *data_open_events(const struct data_ask *ask);

// Adds to "data" of the provenance what was read: files, hashes, counts.
void data_add_events(cJSON *data);

// Who says who speaks, in words.
const char *data_speakers_by(const struct dataset *d);

void data_warn_of_folder(const struct dataset *d);

// Dies if an option of events was given for data that has none: `what` it is.
void data_refuse_options(const struct cli_common *c, const char *what);

// Dies where somebody whom the net was trained on is among those who judge it; of recordings. Clips of
// training are heard too, but then all of them are.
void data_refuse_known(const struct data_ask *ask, const struct dataset *d);

#endif
