// Programs that we run: they get nothing of ours but three descriptors, and they die with us.
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

#include "base/fail.h"

#include <sys/types.h>

struct child {
    pid_t pid;
    int place; // in base/leave.h
};

// Starts argv[0], looked for in PATH, in a process group of its own, with these descriptors as its
// 0, 1 and 2, in `folder` (NULL: ours) and with the environment `env` (NULL: ours). On failure f says
// "argv[0]: why".
int child_start(struct child *c, const char *const argv[], const char *folder, char *const env[],
                int in, int out, int err, struct fail *f);

// Waits for its end; returns its exit status, or 256 + the signal that ended it.
int child_wait(struct child *c);

#endif
