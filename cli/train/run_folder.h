// The folder of a training run: for one process at a time, and never over another run unasked.
#ifndef CLI_TRAIN_RUN_FOLDER_H
#define CLI_TRAIN_RUN_FOLDER_H

#include "base/file.h"

#include <stdbool.h>

struct run_folder {
    const char *path;
    bool resume, force;
    struct file_lock lock;
    int log; // appends
};

// Makes and locks it. Dies where another process has it, and where it holds a run, or part of one,
// and neither --resume nor --force was given.
void run_folder_open(struct run_folder *r, const char *path, bool resume, bool force);

// Is there a checkpoint to go on from? With --resume, a run that was stopped before its first one
// begins again, and a folder without any run is refused.
bool run_folder_resumes(const struct run_folder *r);

// With --force: removes the old run and what was found of it.
void run_folder_clear(const struct run_folder *r);

// Clears it and opens log.jsonl to append to; with --resume without the rows behind `done`, the
// last that the checkpoint knows, and without a torn last line. A row begins {"KEY":N,
void run_folder_begin(struct run_folder *r, const char *key, long done);

// A row, on the disk.
int run_folder_log(struct run_folder *r, struct fail *f, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void run_folder_close(struct run_folder *r);

#endif
