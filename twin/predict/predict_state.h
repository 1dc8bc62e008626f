// What is done of a prediction, in a file: each chip is there whole or not there.
//
//   head     "STWCHIPS", u32 bytes of the identity, identity, u32 crc
//   record   u64 part, u64 image_hash, i64 clamped, i64 spikes[8], u32 k, i32 correct,
//            u8 decision[n_clips], u32 crc
//
// Only appended to; the crc is zlib's crc32 of what stands before it in the head or record. A tail
// that is not whole, of a process that was killed, is cut off and its chips are run again. `part`
// names the chip file that was run (chip_hash), so that one file serves attribution and sweeps.
// Integers as on the machine that wrote it.
#ifndef TWIN_PREDICT_PREDICT_STATE_H
#define TWIN_PREDICT_PREDICT_STATE_H

#include "twin/predict/predict.h"

struct predict_state;

// Opens or begins the file for predictions of this identity: everything but the part that the bits
// depend on, "name=value name=value ...". Refuses a file of another identity, one that another
// process has open, and what is no such file. NULL with a message.
struct predict_state *predict_state_open(const char *path, const char *identity, int n_clips,
                                         struct fail *f);
void predict_state_close(struct predict_state *s); // NULL is legal

int predict_state_chips(const struct predict_state *s); // that were in it when it was opened

// 1 and chip k of the part, 0 if it is not there, -1 if it could not be read. decision (n_clips).
// `s` may be NULL: nothing is there.
int predict_state_find(struct predict_state *s, uint64_t part, uint32_t k, struct predict_chip *out,
                       uint8_t *decision, struct fail *f);

// Adds n chips by one write. decision (n, n_clips). `s` may be NULL: nothing is kept.
int predict_state_add(struct predict_state *s, uint64_t part, const struct predict_chip *chips,
                      const uint8_t *decision, int n, struct fail *f);

// To the disk, for what a loss of power would take. `s` may be NULL.
int predict_state_sync(struct predict_state *s, struct fail *f);

// The identity of a job's predictions, its chip left out, into text.
void predict_identity(const struct predict_job *job, const char *version, char *text, size_t size);

#endif
