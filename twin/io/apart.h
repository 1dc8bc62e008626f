// Work on a file that may bring a library down, in a process of its own: no other file can be
// opened in it, time and memory end, and no core is dumped. It may write to descriptors that are open.
#ifndef TWIN_IO_APART_H
#define TWIN_IO_APART_H

#include "base/fail.h"

#include <stddef.h>
#include <sys/types.h>

struct apart {
    unsigned cpu_s, wall_s;
    size_t memory; // bytes of address space beyond what the process has now
};

// Runs `work` in the process, which ends with it; -1 with a message that begins with `place`.
pid_t apart_start(const struct apart *limits, void (*work)(void *context), void *context,
                  const char *place, struct fail *f);

// Waits for its end, and says how it came about: "HDF5 comes to no end with it", "HDF5 ends in a crash on it";
// NULL: by itself.
const char *apart_wait(pid_t process);

#endif
