// Input of a DYNAP-SE2 task: events by tick and channel, read or drawn.
#ifndef TWIN_DPI_DPI_EVENTS_H
#define TWIN_DPI_DPI_EVENTS_H

#include "twin/dpi/dpi_float.h"

// Events of one sample in any order; a channel that spikes c times in a tick is there c times.
struct dpi_sample {
    int n_ticks, n_channels;
    int n_events, room;
    struct dpi_sample_event {
        int32_t tick;
        int32_t channel;
    } * event;
};
void dpi_sample_free(struct dpi_sample *s);

// NAME.events.csv: comment lines of '#', then tick,channel,count.
int dpi_sample_load(struct dpi_sample *s, const char *path, int n_ticks, int n_channels,
                    struct fail *f);

// Poisson noise of `rate` events a channel and tick: a pure function of (seed, id).
int dpi_sample_poisson(struct dpi_sample *s, uint64_t seed, uint64_t id, int n_ticks,
                       int n_channels, double rate, struct fail *f);

// A copy in which each event stays with probability 1 - drop and moves by N(0, jitter) ticks
// (rounded; what leaves the sample is dropped): a pure function of (from, seed, id).
int dpi_sample_vary(struct dpi_sample *s, const struct dpi_sample *from, uint64_t seed, uint64_t id,
                    double jitter, double drop, struct fail *f);

// Puts up to 16 samples (NULL: silent) into lanes. The arrays are the caller's to free by
// dpi_events_free.
int dpi_events_pack(struct dpi_events *e, const struct dpi_sample *const lane[DPI_LANES],
                    struct fail *f);
void dpi_events_free(struct dpi_events *e);

// A lane as input words: x (n_ticks, n_in), the events of each input in each tick. 0, or -1 where an input has more
// than 255.
int dpi_events_words(const struct dpi_events *e, int lane, int n_in, uint8_t *x, struct fail *f);

#endif
