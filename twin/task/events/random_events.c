#include "twin/task/events/random_events.h"

#include "twin/io/rng.h"

#include <inttypes.h>
#include <string.h>

enum { DRAWS = 256 }; // that are made at a time

// 0..n-1, from the lower half of a draw.
static int64_t below(uint64_t draw, int64_t n)
{
    return (int64_t)(draw % 0x100000000 * (uint64_t)n / 0x100000000);
}

// A word of an event.
static int32_t word(const struct random_events *r, uint64_t draw)
{
    if (!r->is_signed) return (int32_t)(1 + below(draw, r->most));
    int64_t x = below(draw, 2 * (int64_t)r->most) - r->most;
    return (int32_t)(x < 0 ? x : x + 1);
}

// [0, 1), from the upper half.
static double share(uint64_t draw)
{
    return (double)(draw / 0x100000000) / 0x1p32;
}

// One draw a place: whether there is an event, and its word.
static void show_tick(const struct random_events *r, struct rng_stream s, double rate, int32_t *x)
{
    uint64_t draw[DRAWS];
    for (int first = 0; first < r->n_in; first += DRAWS) {
        int n = r->n_in - first < DRAWS ? r->n_in - first : DRAWS;
        rng_words_from(s, (size_t)first, draw, (size_t)n);
        for (int j = 0; j < n; j++)
            if (share(draw[j]) < rate) x[first + j] = word(r, draw[j]);
    }
}

// Whether there is an event and which word; then where.
static void show_one(const struct random_events *r, struct rng_stream s, double rate, int32_t *x)
{
    uint64_t draw[2];
    rng_words(s, draw, 2);
    if (share(draw[0]) < rate) x[below(draw[1], r->n_in)] = word(r, draw[0]);
}

int random_events_of(struct random_events *r, const struct law_image *im, struct fail *f)
{
    const struct law_range inputs = law_image_inputs(im);
    r->n_in = im->shape.layer[0].n_in;
    r->is_signed = inputs.is_signed;
    if (r->most > inputs.hi) return fail(f, "most: %d, allowed 1..%" PRId64, r->most, inputs.hi);
    if (!r->most) r->most = im->kind == &dpi_kind ? RANDOM_EVENTS_DPI : (int)inputs.hi;
    return 0;
}

void random_events_show(const struct random_events *r, int i, int32_t *x)
{
    struct rng_stream s = {r->seed, (uint64_t)i, RNG_STIMULUS, 0}; // index: 0, then the tick + 1
    uint64_t first;
    rng_words(s, &first, 1);
    double rate = r->low + (r->high - r->low) * share(first);
    memset(x, 0, (size_t)r->n_ticks * (size_t)r->n_in * sizeof *x);
    for (int t = 0; t < r->n_ticks; t++, x += r->n_in) {
        s.index = (uint64_t)t + 1;
        (r->one_event ? show_one : show_tick)(r, s, rate, x);
    }
}
