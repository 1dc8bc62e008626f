// What is done of a long run, in a file that is only appended to: records of one size, each there whole or not there.
//
//   head     8 bytes of magic, u32 bytes of the identity, identity, u32 crc
//   record   what it holds, u32 crc
//
// The crc is zlib's crc32 of what stands before it in the head or record. A tail that is not whole, of a process that was
// killed, is cut off. Integers as on the machine that wrote it. One process at a time has it open.
#ifndef TWIN_IO_KEPT_H
#define TWIN_IO_KEPT_H

#include "base/fail.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { KEPT_IDENTITY = 1024, KEPT_CRC = 4 };

struct kept_kind {
    char magic[8];
    const char *verb, *run; // "predict", "prediction": of messages
};

struct kept {
    const struct kept_kind *kind;
    char path[4096];
    int fd;
    size_t record; // bytes, with its crc
    int64_t torn;  // bytes of the tail that were cut off
};

// Opens or begins the file of the runs of this identity, "name=value name=value ...", and hands each whole record, that begins at
// `at`, to `take`, which says -1 where no run can have written it. Refuses a file of another identity, one that is open elsewhere and
// what is no such file. 0 or -1; kept_close in both cases.
int kept_open(struct kept *k, const struct kept_kind *kind, const char *path, const char *identity,
              size_t record,
              int (*take)(void *to, const unsigned char *record, off_t at, struct fail *f),
              void *to, struct fail *f);
void kept_close(struct kept *k);

// 1 and the record that begins there, 0 where it is not whole.
int kept_read(const struct kept *k, off_t at, unsigned char *record);

// Appends n records, whose crc it writes, by one write; *at: where the first begins. 0 or -1.
int kept_add(struct kept *k, unsigned char *records, int n, off_t *at, struct fail *f);

// To the disk, for what a loss of power would take.
int kept_sync(struct kept *k, struct fail *f);

#endif
