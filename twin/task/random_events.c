#include "twin/task/random_events.h"

#include "twin/io/rng.h"

#include <string.h>

enum { DRAWS = 256 }; // that are made at a time

// 0..n-1, from the lower half of a draw.
static int below(uint64_t draw, int n)
{
    return (int)(draw % 0x100000000 * (uint64_t)n / 0x100000000);
}

// [0, 1), from the upper half.
static double share(uint64_t draw)
{
    return (double)(draw / 0x100000000) / 0x1p32;
}

// One draw a place: whether there is an event, and its word.
static void show_tick(const struct random_events *r, struct rng_stream s, double rate, uint8_t *x)
{
    uint64_t draw[DRAWS];
    for (int first = 0; first < r->n_in; first += DRAWS) {
        int n = r->n_in - first < DRAWS ? r->n_in - first : DRAWS;
        rng_words_from(s, (size_t)first, draw, (size_t)n);
        for (int j = 0; j < n; j++)
            if (share(draw[j]) < rate) x[first + j] = (uint8_t)(1 + below(draw[j], r->most));
    }
}

// Whether there is an event and which word; then where.
static void show_one(const struct random_events *r, struct rng_stream s, double rate, uint8_t *x)
{
    uint64_t draw[2];
    rng_words(s, draw, 2);
    if (share(draw[0]) < rate) x[below(draw[1], r->n_in)] = (uint8_t)(1 + below(draw[0], r->most));
}

void random_events_show(const struct random_events *r, int i, uint8_t *x)
{
    struct rng_stream s = {r->seed, (uint64_t)i, RNG_STIMULUS, 0}; // index: 0, then the tick + 1
    uint64_t first;
    rng_words(s, &first, 1);
    double rate = r->low + (r->high - r->low) * share(first);
    memset(x, 0, (size_t)r->n_ticks * (size_t)r->n_in);
    for (int t = 0; t < r->n_ticks; t++, x += r->n_in) {
        s.index = (uint64_t)t + 1;
        (r->one_event ? show_one : show_tick)(r, s, rate, x);
    }
}
