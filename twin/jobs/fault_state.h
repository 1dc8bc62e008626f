// What is done of a campaign of faults, in a file (twin/io/kept.h): each block of FAULT_BLOCK faults is there whole or not there.
//
//   record   u64 block, (FAULT_BLOCK) of i32 class, exposed, decided, lost; (FAULT_BLOCK, exposed_words) u64 where they are wanted
//
// A crc says that a record is whole, not that it is true. What no campaign of this job can have said is refused: a class that does not
// follow from the counts, more clips than there are, a block that is not of the campaign or there twice.
#ifndef TWIN_JOBS_FAULT_STATE_H
#define TWIN_JOBS_FAULT_STATE_H

#include "twin/jobs/fault_campaign.h"

enum { FAULT_BLOCK = 64 };

struct fault_state;

// Opens or begins the file for campaigns of this identity, and takes what is in it into c->result, whose faults are aimed and which
// is else untouched. Both have to outlive the state. NULL with a message.
struct fault_state *fault_state_open(const char *path, const char *identity,
                                     struct fault_campaign *c, const struct fault_campaign_job *job,
                                     struct fail *f);
void fault_state_close(struct fault_state *s); // NULL is legal

int64_t fault_state_torn(const struct fault_state *s); // bytes of its tail that were cut off
bool fault_state_has(const struct fault_state *s,
                     size_t block); // when it was opened; NULL: nothing

// Adds a block of c->result. 0 or -1. `s` may be NULL: nothing is kept.
int fault_state_add(struct fault_state *s, size_t block, struct fail *f);

#endif
