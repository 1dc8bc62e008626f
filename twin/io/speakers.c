#include "twin/io/speakers.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

int speakers_add(uint64_t **list, int *n, const uint64_t *speaker, int n_speakers, struct fail *f)
{
    if (!n_speakers) return 0;
    size_t all = (size_t)*n + (size_t)n_speakers;
    uint64_t *more = realloc(*list, all * sizeof *more);
    if (!more) return fail(f, "network: no memory for %zu speakers", all);
    *list = more;
    memcpy(more + *n, speaker, (size_t)n_speakers * sizeof *more);
    qsort(more, all, sizeof *more, compare);
    *n = 0;
    for (size_t i = 0; i < all; i++)
        if (!i || more[i] != more[*n - 1]) more[(*n)++] = more[i];
    return 0;
}

bool speakers_have(const uint64_t *list, int n, uint64_t speaker)
{
    return n && bsearch(&speaker, list, (size_t)n, sizeof *list, compare);
}
