// What is done of a prediction, in a file: each chip is there whole or not there.
//
//   record   u64 part, u64 image_hash, i64 clamped, i64 spikes[8], u32 k, i32 correct,
//            u8 decision[n_items]                    (twin/io/kept.h: head, crc, a torn tail)
//
// A decision is its class, 64 more where it was a tie, 128 more where no output fired; of a net of
// more than 64 classes, and of a graded task, it is the u16 of twin/predict/decision.h.
//
// `part` names the chip file that was run (chip_hash), so that one file serves attribution and sweeps.
//
// A crc says that a record is whole, not that it is true. What a chip of the job cannot have said
// is refused: a class that the task has not, a decision marked otherwise than its class allows,
// `correct` that is not the points of its decisions, spikes of a layer that
// is not there, more spikes or clamped words than there can be, outputs that fired less often than
// they decided, a chip that is there twice.
#ifndef TWIN_PREDICT_PREDICT_STATE_H
#define TWIN_PREDICT_PREDICT_STATE_H

#include "twin/predict/predict.h"

struct predict_state;

// Opens or begins the file for predictions of this identity: everything but the part that the bits
// depend on, "name=value name=value ...". Of the job its task and extent are read; the task has to
// outlive the state. Refuses a file of another identity, one that another process has open, what is
// no such file, and what no chip of the job can have said. NULL with a message.
struct predict_state *predict_state_open(const char *path, const char *identity,
                                         const struct predict_job *job, struct fail *f);
void predict_state_close(struct predict_state *s); // NULL is legal

int predict_state_chips(const struct predict_state *s);    // that were in it when it was opened
int64_t predict_state_torn(const struct predict_state *s); // bytes of its tail that were cut off

// 1 and chip k of the part, 0 if it is not there, -1 if it could not be read. decision (n_items).
// `s` may be NULL: nothing is there.
int predict_state_find(struct predict_state *s, uint64_t part, uint32_t k, struct predict_chip *out,
                       uint16_t *decision, struct fail *f);

// Adds n chips by one write. decision (n, n_items). `s` may be NULL: nothing is kept.
int predict_state_add(struct predict_state *s, uint64_t part, const struct predict_chip *chips,
                      const uint16_t *decision, int n, struct fail *f);

// To the disk, for what a loss of power would take. `s` may be NULL.
int predict_state_sync(struct predict_state *s, struct fail *f);

#endif
