// The folder of a training run: for one process at a time, and never over another run unasked.
#ifndef TWIN_TRAIN_RUN_FOLDER_H
#define TWIN_TRAIN_RUN_FOLDER_H

#include "base/file.h"
#include "twin/train/dpi_train.h"
#include "twin/train/train.h"

#include <stdbool.h>

struct run_folder {
    const char *path; // outlives it
    bool resume, force;
    struct file_lock lock;
    bool locked;
    int log; // appends
    char checkpoint[FILE_PATH];
};

// Makes and locks it. Refuses where another process has it, and where it holds a run, or part of one,
// and neither resume nor force is asked for.
int run_folder_open(struct run_folder *r, const char *path, bool resume, bool force,
                    struct fail *f);

// Is there a checkpoint to go on from? With resume, a run that was stopped before its first one
// begins again, and a folder without any run is refused.
bool run_folder_resumes(const struct run_folder *r);

// With force: removes the old run and what was found of it.
int run_folder_clear(const struct run_folder *r, struct fail *f);

// Clears it and opens log.jsonl to append to; with resume without the rows behind `done`, the
// last that the checkpoint knows, and without a torn last line. A row begins {"KEY":N,
int run_folder_begin(struct run_folder *r, const char *key, long done, struct fail *f);

// A row, on the disk: of an epoch, of steps.
int run_folder_epoch(struct run_folder *r, const struct train_epoch *e, struct fail *f);
int run_folder_steps(struct run_folder *r, const struct dpi_train_row *e, long bad_chips,
                     struct fail *f);

int run_folder_close(struct run_folder *r, struct fail *f); // one that is not open is legal

#endif
