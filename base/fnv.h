// FNV-1a, 64 bit: h = (h xor byte)·1099511628211 for each byte, from h = FNV_START.
#ifndef BASE_FNV_H
#define BASE_FNV_H

#include <stddef.h>
#include <stdint.h>

#define FNV_START UINT64_C(14695981039346656037)

static inline uint64_t fnv(uint64_t h, const void *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        h = (h ^ ((const uint8_t *)bytes)[i]) * UINT64_C(1099511628211);
    return h;
}

// A word as its eight bytes, the lowest first: the same on every machine.
static inline uint64_t fnv_word(uint64_t h, int64_t word)
{
    uint64_t left = (uint64_t)word;
    for (int byte = 0; byte < 8; byte++, left /= 256)
        h = (h ^ left % 256) * UINT64_C(1099511628211);
    return h;
}

#endif
