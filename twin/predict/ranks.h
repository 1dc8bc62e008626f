// Many machines: processes that mpirun started together, and what they say to rank 0.
//
// MPI begins only under mpirun; started plainly, a program is rank 0 of 1 and all of this does
// nothing. What is sent is bytes of this build: all ranks run the same program on one kind of
// machine.
#ifndef TWIN_PREDICT_RANKS_H
#define TWIN_PREDICT_RANKS_H

#include "base/fail.h"

#include <stdbool.h>
#include <stddef.h>

struct ranks {
    int rank;
    int n;      // 1: alone
    void *sent; // messages on their way
};

// Refuses where mpirun started several of a build without MPI.
int ranks_open(struct ranks *r, struct fail *f);
void ranks_close(struct ranks *r); // all ranks together

// Bytes of rank 0 to all. Waits for rank 0.
void ranks_share(const struct ranks *r, void *bytes, size_t size);

// Whether the text is the same on all ranks: rank 0's is copied to `theirs` (size bytes).
bool ranks_agree(const struct ranks *r, const char *text, char *theirs, size_t size);

// Begins to send a message to rank 0; `bytes` is malloc'd and now the ranks'. -1: out of memory.
int ranks_post(struct ranks *r, int tag, void *bytes, size_t size);
void ranks_settle(struct ranks *r); // until all of them were taken

// Rank 0: takes a message that has come, or waits for one. Returns it, malloc'd, or NULL where none
// has come or memory is out.
void *ranks_take(const struct ranks *r, bool wait, int *tag, size_t *size);

#endif
