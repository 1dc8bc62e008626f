// The mutator of files of twin/io/kept.h: their sums are made right after each change, so that what lies behind
// them is met.
#ifndef TESTS_FUZZ_READERS_KEPT_MUTATOR_H
#define TESTS_FUZZ_READERS_KEPT_MUTATOR_H

#include "tests/fuzz/harness.h"
#include "twin/io/kept.h"

#include <string.h>
#include <zlib.h>

static inline void kept_seal(uint8_t *from, uint8_t *to)
{
    uint32_t crc = (uint32_t)crc32(0, from, (uInt)(to - from));
    memcpy(to, &crc, sizeof crc);
}

// LLVMFuzzerCustomMutator of files whose records have so many bytes, with their sum.
static inline size_t kept_mutate(uint8_t *bytes, size_t n, size_t room, unsigned seed,
                                 size_t record)
{
    enum { HEAD = 12 }; // magic and the bytes of the identity
    n = LLVMFuzzerMutate(bytes, n, room);
    uint32_t length;
    if (seed % 8 == 0 || n < HEAD + KEPT_CRC) return n;
    memcpy(&length, bytes + 8, sizeof length);
    if (length > n - HEAD - KEPT_CRC) return n;
    kept_seal(bytes, bytes + HEAD + length);
    for (size_t at = HEAD + length + KEPT_CRC; at + record <= n; at += record)
        kept_seal(bytes + at, bytes + at + record - KEPT_CRC);
    return n;
}

#endif
