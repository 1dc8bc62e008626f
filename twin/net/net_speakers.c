// Whom a net was trained on.
#include "twin/net/net.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

int net_add_speakers(struct net *n, const uint64_t *speaker, int n_speakers, struct fail *f)
{
    if (!n_speakers) return 0;
    size_t all = (size_t)n->n_speakers + (size_t)n_speakers;
    uint64_t *more = realloc(n->speaker, all * sizeof *more);
    if (!more) return fail(f, "network: no memory for %zu speakers", all);
    n->speaker = more;
    memcpy(more + n->n_speakers, speaker, (size_t)n_speakers * sizeof *more);
    qsort(more, all, sizeof *more, compare);
    n->n_speakers = 0;
    for (size_t i = 0; i < all; i++)
        if (!i || more[i] != more[n->n_speakers - 1]) more[n->n_speakers++] = more[i];
    return 0;
}

bool net_knows_speaker(const struct net *n, uint64_t speaker)
{
    return n->n_speakers &&
           bsearch(&speaker, n->speaker, (size_t)n->n_speakers, sizeof *n->speaker, compare);
}
