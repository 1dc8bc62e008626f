#include "cosim/corners/clips.h"

#include <stdlib.h>
#include <string.h>

void corners_clips_free(struct corners_clips *c)
{
    for (int i = 0; i < c->n; i++) {
        free(c->clip[i].x);
        free(c->clip[i].jitter);
    }
    free(c->clip);
    *c = (struct corners_clips){0};
}

bool corners_clips_add(struct corners_clips *c, const struct stimulus *s, int n_in)
{
    if (c->n == c->room) {
        int room = c->room ? 2 * c->room : 16;
        struct corners_clip *more = realloc(c->clip, (size_t)room * sizeof *more);
        if (!more) return false;
        c->clip = more;
        c->room = room;
    }
    struct corners_clip *to = &c->clip[c->n];
    size_t n = (size_t)s->n_ticks * (size_t)n_in;
    *to = (struct corners_clip){.number = c->n,
                                .n_ticks = s->n_ticks,
                                .x = malloc(n * sizeof *to->x),
                                .jitter = calloc((size_t)s->n_ticks, sizeof *to->jitter)};
    c->n++;
    if (!to->x || !to->jitter) return false;
    for (int tick = 0; tick < s->n_ticks; tick++) {
        if (s->jitter) to->jitter[tick] = s->jitter[tick];
        for (int i = 0; i < n_in; i++)
            to->x[(size_t)tick * (size_t)n_in + (size_t)i] = stimulus_x(s, n_in, tick, i);
    }
    return true;
}

struct stimulus corners_stimulus(const struct corners_clip *c)
{
    return (struct stimulus){.n_ticks = c->n_ticks, .wide = c->x, .jitter = c->jitter};
}

// --- the shortest set ----------------------------------------------------------------------------

// Every corner, or bit of one, is a place; first[place]: the tick of a clip that reached it, or -1.
static int places(const struct corners *c)
{
    return 64 * c->n;
}

struct distil {
    const struct corners_clips *from;
    int32_t *first; // (clips, places)
    bool *left;     // (places) still to be reached
    int *taken;     // (clips) ticks
    int n;          // places
};

static bool note_clip(struct corners *c, struct reference *r, const struct corners_clip *clip,
                      int32_t *first)
{
    struct stimulus s = corners_stimulus(clip);
    int n = places(c);
    for (int i = 0; i < n; i++)
        first[i] = -1;
    for (int tick = 0; tick < s.n_ticks; tick++) {
        if (!tick) reference_rest(r);
        corners_clear(c);
        corners_tick_of(c, r, &s, tick);
        for (int i = 0; i < c->n; i++) {
            uint64_t seen = 0;
            for (int l = 0; l < c->im.shape.n_layers; l++)
                seen |= c->corner[i].seen[l];
            seen &= c->corner[i].bits;
            for (int b = 0; seen && b < 64; b++)
                if (fx_bit(seen, b) && first[64 * i + b] < 0) first[64 * i + b] = tick;
        }
    }
    return true;
}

// The part of a clip with the most that is new a tick; how many ticks it is, 0: none.
static int best_part(const struct distil *d, int clip, double *rate)
{
    const int32_t *first = d->first + (size_t)clip * (size_t)d->n;
    int n_ticks = d->from->clip[clip].n_ticks, best = 0;
    int *new = calloc((size_t)n_ticks + 1, sizeof *new);
    if (!new) return -1;
    for (int i = 0; i < d->n; i++)
        if (d->left[i] && first[i] >= 0) new[first[i]]++;
    *rate = 0;
    for (int tick = d->taken[clip], sum = 0; tick < n_ticks; tick++) {
        sum += new[tick];
        double here = (double)sum / (tick + 1 - d->taken[clip]);
        if (new[tick] && here > *rate) {
            *rate = here;
            best = tick + 1;
        }
    }
    free(new);
    return best;
}

// 1: a part was taken, 0: nothing is left, -1: out of memory.
static int take_part(struct distil *d)
{
    int best = 0, ticks = 0;
    double most = 0;
    for (int i = 0; i < d->from->n; i++) {
        double rate;
        int part = best_part(d, i, &rate);
        if (part < 0) return -1;
        if (rate > most) {
            most = rate;
            best = i;
            ticks = part;
        }
    }
    if (!ticks) return 0;
    const int32_t *first = d->first + (size_t)best * (size_t)d->n;
    d->taken[best] = ticks;
    for (int i = 0; i < d->n; i++)
        if (first[i] >= 0 && first[i] < ticks) d->left[i] = false;
    return 1;
}

bool corners_distil(const struct law_image *im, const struct corners_clips *from,
                    struct corners_clips *to)
{
    struct corners c;
    struct reference r;
    struct distil d = {.from = from};
    int rc = -1;
    void *memory = aligned_alloc(64, reference_size(im));
    bool there = corners_init(&c, im);
    d.n = places(&c);
    d.first = malloc(((size_t)from->n * (size_t)d.n + 1) * sizeof *d.first);
    d.left = malloc((size_t)d.n + 1);
    d.taken = calloc((size_t)from->n + 1, sizeof *d.taken);
    if (there && memory && d.first && d.left && d.taken) {
        reference_init(&r, im, memory);
        memset(d.left, true, (size_t)d.n);
        for (int i = 0; i < from->n; i++)
            note_clip(&c, &r, &from->clip[i], d.first + (size_t)i * (size_t)d.n);
        do
            rc = take_part(&d);
        while (rc > 0);
    }
    for (int i = 0; i < from->n && rc == 0; i++) {
        struct stimulus s = corners_stimulus(&from->clip[i]);
        s.n_ticks = d.taken[i];
        if (!d.taken[i]) continue;
        if (!corners_clips_add(to, &s, im->shape.layer[0].n_in))
            rc = -1;
        else
            to->clip[to->n - 1].number = from->clip[i].number;
    }
    corners_fini(&c);
    free(memory);
    free(d.first);
    free(d.left);
    free(d.taken);
    return rc == 0;
}
