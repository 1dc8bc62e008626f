// Memory handed out in order, each piece on a cache line of its own. Without a base nothing is handed
// out: then `used` is the size that is needed, so one layout says both.
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

enum { ARENA_LINE = 64 }; // bytes; what base is aligned to

// Bytes in whole lines.
static inline size_t arena_lines(size_t bytes)
{
    return (bytes + ARENA_LINE - 1) / ARENA_LINE * ARENA_LINE;
}

struct arena {
    char *base;
    size_t used; // bytes
};

static inline void *arena_alloc(struct arena *a, size_t bytes)
{
    void *p = a->base ? a->base + a->used : 0;
    a->used += arena_lines(bytes);
    return p;
}

#endif
