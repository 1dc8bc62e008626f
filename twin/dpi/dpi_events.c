#include "twin/dpi/dpi_events.h"

#include "model/fx.h"
#include "base/basic_math.h"
#include "twin/io/rng.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void dpi_sample_free(struct dpi_sample *s)
{
    free(s->event);
    *s = (struct dpi_sample){0};
}

static int add(struct dpi_sample *s, int tick, int channel, struct fail *f)
{
    if (s->n_events == s->room) {
        int room = s->room ? 2 * s->room : 256;
        void *event = realloc(s->event, (size_t)room * sizeof *s->event);
        if (!event) return fail(f, "events: out of memory");
        s->event = event;
        s->room = room;
    }
    s->event[s->n_events++] = (struct dpi_sample_event){tick, channel};
    return 0;
}

int dpi_sample_load(struct dpi_sample *s, const char *path, int n_ticks, int n_channels,
                    struct fail *f)
{
    enum { MOST = 1000 }; // spikes of a channel in a tick
    char text[256];
    int line = 0, bad = 0;
    *s = (struct dpi_sample){.n_ticks = n_ticks, .n_channels = n_channels};
    FILE *file = fopen(path, "r");
    if (!file) return fail(f, "%s: %s", path, strerror(errno));
    while (!bad && fgets(text, sizeof text, file)) {
        int tick, channel, count;
        line++;
        if (text[0] == '#' || strncmp(text, "tick,", 5) == 0) continue;
        if (sscanf(text, "%d,%d,%d", &tick, &channel, &count) != 3)
            bad = fail(f, "%s:%d: tick, channel and count are due", path, line);
        else if (tick < 0 || tick >= n_ticks)
            bad = fail(f, "%s:%d: tick, %d, allowed 0..%d", path, line, tick, n_ticks - 1);
        else if (channel < 0 || channel >= n_channels)
            bad = fail(f, "%s:%d: channel, %d, allowed 0..%d", path, line, channel, n_channels - 1);
        else if (count < 0 || count > MOST)
            bad = fail(f, "%s:%d: count, %d, allowed 0..%d", path, line, count, MOST);
        for (int i = 0; !bad && i < count; i++)
            bad = add(s, tick, channel, f);
    }
    fclose(file);
    if (bad) dpi_sample_free(s);
    return bad;
}

int dpi_sample_poisson(struct dpi_sample *s, uint64_t seed, uint64_t id, int n_ticks,
                       int n_channels, double rate, struct fail *f)
{
    *s = (struct dpi_sample){.n_ticks = n_ticks, .n_channels = n_channels};
    size_t n = (size_t)n_ticks * (size_t)n_channels;
    double *u = malloc(n * sizeof *u), none = basic_exp(-rate);
    int bad = u ? 0 : fail(f, "events: out of memory");
    if (!bad) rng_uniforms((struct rng_stream){seed, id, RNG_EVENTS, 0}, u, n);
    for (size_t i = 0; i < n && !bad; i++) {
        // Inversion: as many events as the distribution function has steps below u.
        double p = none, sum = none;
        for (int k = 1; u[i] >= sum && k < 100 && !bad; k++) {
            bad = add(s, (int)(i / (size_t)n_channels), (int)(i % (size_t)n_channels), f);
            p *= rate / k;
            sum += p;
        }
    }
    free(u);
    if (bad) dpi_sample_free(s);
    return bad;
}

int dpi_sample_vary(struct dpi_sample *s, const struct dpi_sample *from, uint64_t seed, uint64_t id,
                    double jitter, double drop, struct fail *f)
{
    size_t n = (size_t)from->n_events;
    *s = (struct dpi_sample){.n_ticks = from->n_ticks, .n_channels = from->n_channels};
    double *u = malloc((2 * n + 1) * sizeof *u), *move = u + n;
    int bad = u ? 0 : fail(f, "events: out of memory");
    if (!bad) {
        rng_uniforms((struct rng_stream){seed, id, RNG_EVENTS, 1}, u, n);
        rng_normals((struct rng_stream){seed, id, RNG_EVENTS, 2}, move, n);
    }
    for (size_t i = 0; i < n && !bad; i++) {
        double tick = from->event[i].tick + nearbyint(jitter * move[i]);
        if (u[i] < drop || tick < 0 || tick >= from->n_ticks) continue;
        bad = add(s, (int)tick, from->event[i].channel, f);
    }
    free(u);
    if (bad) dpi_sample_free(s);
    return bad;
}

// What a tick holds, by lane, to events by channel: each channel once with all its lanes, and once
// more for each lane that has a further spike of it. Empties mask (n_channels).
static int pack_tick(const struct dpi_event *in, int n_in, uint16_t *mask, int n_channels,
                     struct dpi_event *out)
{
    int n = 0;
    for (int i = 0; i < n_in; i++) {
        if (mask[in[i].channel] & in[i].lanes)
            out[n++] = in[i];
        else
            mask[in[i].channel] |= in[i].lanes;
    }
    for (int c = 0; c < n_channels; c++) {
        if (mask[c]) out[n++] = (struct dpi_event){(uint16_t)c, mask[c]};
        mask[c] = 0;
    }
    return n;
}

int dpi_events_pack(struct dpi_events *e, const struct dpi_sample *const lane[DPI_LANES],
                    struct fail *f)
{
    const struct dpi_sample *any = 0;
    size_t total = 0;
    for (int l = 0; l < DPI_LANES; l++)
        if (lane[l]) {
            any = lane[l];
            total += (size_t)lane[l]->n_events;
        }
    int n_ticks = any ? any->n_ticks : 0, n_channels = any ? any->n_channels : 0;
    *e = (struct dpi_events){.n_ticks = n_ticks};
    int *start = calloc((size_t)n_ticks + 1, sizeof *start);
    int *first = calloc((size_t)n_ticks + 2, sizeof *first); // of each tick in `by_tick`
    struct dpi_event *event = malloc((total + 1) * sizeof *event);
    struct dpi_event *by_tick = malloc((total + 1) * sizeof *by_tick);
    uint16_t *mask = calloc((size_t)n_channels + 1, sizeof *mask);
    e->start = start;
    e->event = event;
    bool bad = !start || !first || !event || !by_tick || !mask;
    for (int pass = 0; pass < 2 && !bad; pass++) {
        for (int l = 0; l < DPI_LANES; l++)
            for (int i = 0; lane[l] && i < lane[l]->n_events; i++) {
                const struct dpi_sample_event *x = &lane[l]->event[i];
                if (pass)
                    by_tick[first[x->tick + 1]++] =
                        (struct dpi_event){(uint16_t)x->channel, (uint16_t)fx_one(l)};
                else if (x->tick + 2 <= n_ticks)
                    first[x->tick + 2]++;
            }
        for (int t = 0; t < n_ticks && !pass; t++)
            first[t + 1] += first[t];
    }
    // Now first[t + 1] is where tick t ends.
    for (int t = 0; t < n_ticks && !bad; t++)
        start[t + 1] = start[t] + pack_tick(by_tick + first[t], first[t + 1] - first[t], mask,
                                            n_channels, event + start[t]);
    free(first);
    free(by_tick);
    free(mask);
    if (!bad) return 0;
    dpi_events_free(e);
    return fail(f, "events: out of memory");
}

void dpi_events_free(struct dpi_events *e)
{
    free((void *)e->start);
    free((void *)e->event);
    *e = (struct dpi_events){0};
}

int dpi_events_words(const struct dpi_events *e, int lane, int n_in, uint8_t *x, struct fail *f)
{
    memset(x, 0, (size_t)e->n_ticks * (size_t)n_in);
    for (int tick = 0; tick < e->n_ticks; tick++, x += n_in)
        for (int i = e->start[tick]; i < e->start[tick + 1]; i++) {
            if (!fx_bit(e->event[i].lanes, lane)) continue;
            if (x[e->event[i].channel] == UINT8_MAX)
                return fail(f, "tick %d, channel %d: more than 255 events", tick,
                            e->event[i].channel);
            x[e->event[i].channel]++;
        }
    return 0;
}
