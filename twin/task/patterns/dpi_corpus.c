#include "twin/task/patterns/dpi_corpus.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int dpi_task_of_corpus(struct dpi_task *t, const struct corpus *c, const int *clip, int n_clips,
                       double dt, const struct dpi_encoder *encoder, struct fail *f)
{
    enum { MOST_TICKS = 1000000, MOST_STEP = 1000000000 };
    *t = (struct dpi_task){.kind = &dpi_corpus,
                           .n_in = c->n_in,
                           .n_classes = c->set.labels.n,
                           .n_heard = c->set.labels.n,
                           .corpus = c,
                           .clip = clip,
                           .n_clips = n_clips,
                           .hold = 1};
    if (c->front) {
        double hold = encoder->bin_ms / (1e3 * dt), step = encoder->one / (encoder->rate * dt);
        t->hold = (int)nearbyint(hold);
        if (!(hold > 0.5 && hold < MOST_TICKS && fabs(hold - t->hold) <= 1e-9 * hold))
            return fail(f, "a bin of the front end, %g ms, is no whole number of ticks of %g ms",
                        encoder->bin_ms, 1e3 * dt);
        if (!(step >= 1 && step < MOST_STEP))
            return fail(f, "%g events a second for an input word of 1.0, allowed %g..%g",
                        encoder->rate, encoder->one / (MOST_STEP * dt), encoder->one / dt);
        t->step = (int)nearbyint(step);
    }
    if ((int64_t)c->n_ticks * t->hold > MOST_TICKS)
        return fail(f, "%lld ticks of %g ms, allowed up to %d", (long long)c->n_ticks * t->hold,
                    1e3 * dt, MOST_TICKS);
    t->n_ticks = c->n_ticks * t->hold;
    return 0;
}

static int shown_of(const struct dpi_task *t)
{
    return t->n_clips;
}

static int class_of(const struct dpi_task *t, int shown)
{
    return t->corpus->set.clip[t->clip[shown]].label;
}

// Adds those of a tick to *n, and to s->event if it is there.
static void events_of(const struct dpi_task *t, const uint8_t *words, int *sum, int tick,
                      struct dpi_sample *s, int64_t *n)
{
    const uint8_t *row = words + (size_t)(tick / t->hold) * (size_t)t->n_in;
    for (int c = 0; c < t->n_in; c++) {
        int events = row[c];
        if (t->step) {
            sum[c] += events;
            events = sum[c] / t->step;
            sum[c] -= events * t->step;
        }
        for (int i = 0; s->event && i < events; i++)
            s->event[*n + i] = (struct dpi_sample_event){tick, c};
        *n += events;
    }
}

// The events of a clip: counted, then kept.
static int encode(const struct dpi_task *t, int shown, struct dpi_sample *s, struct fail *f)
{
    enum { MOST_EVENTS = 100000000 };
    const size_t n_words = (size_t)t->corpus->n_ticks * (size_t)t->n_in;
    uint8_t *words = malloc(n_words);
    int *sum = malloc((size_t)t->n_in * sizeof *sum);
    int bad = words && sum ? 0 : fail(f, "events: out of memory");
    *s = (struct dpi_sample){.n_ticks = t->n_ticks, .n_channels = t->n_in};
    if (!bad) corpus_words(t->corpus, t->clip[shown], 0, 0, words);
    for (int pass = 0; pass < 2 && !bad; pass++) {
        int64_t n = 0;
        memset(sum, 0, (size_t)t->n_in * sizeof *sum);
        for (int tick = 0; tick < t->n_ticks; tick++)
            events_of(t, words, sum, tick, s, &n);
        s->n_events = (int)n;
        bad = n > MOST_EVENTS;
        if (bad)
            fail(f, "%s: %lld events, allowed up to %d", t->corpus->set.clip[t->clip[shown]].path,
                 (long long)n, MOST_EVENTS);
        else if (!pass && !(s->event = malloc(((size_t)n + 1) * sizeof *s->event)))
            bad = fail(f, "events: out of memory");
    }
    free(words);
    free(sum);
    return bad ? -1 : 0;
}

static const struct dpi_events *lanes_of(const struct dpi_task *t, const int shown[DPI_LANES],
                                         uint64_t seed, const uint32_t k[DPI_LANES], int draw,
                                         struct dpi_events *room, struct fail *f)
{
    (void)seed, (void)k, (void)draw; // every chip is shown the same
    struct dpi_sample own[DPI_LANES] = {{0}};
    const struct dpi_sample *lane[DPI_LANES];
    int bad = 0;
    for (int l = 0; l < DPI_LANES && !bad; l++) {
        int same = 0; // lane that is shown the same
        while (shown[same] != shown[l])
            same++;
        lane[l] = &own[same];
        if (same == l) bad = encode(t, shown[l], &own[l], f);
    }
    if (!bad) bad = dpi_events_pack(room, lane, f);
    for (int l = 0; l < DPI_LANES; l++)
        dpi_sample_free(&own[l]);
    return bad ? 0 : room;
}

// Clips by turns.
static const struct dpi_events *rehearsal(const struct dpi_task *t, int i, uint64_t seed,
                                          struct dpi_events *room, struct fail *f)
{
    int all[DPI_LANES];
    for (int l = 0; l < DPI_LANES; l++)
        all[l] = i % t->n_clips;
    return lanes_of(t, all, seed, 0, 0, room, f);
}

static void free_nothing(struct dpi_task *t)
{
    (void)t;
}

const struct dpi_task_kind dpi_corpus = {shown_of, class_of, lanes_of, rehearsal, free_nothing};
