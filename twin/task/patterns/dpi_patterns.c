#include "twin/task/patterns/dpi_patterns.h"

#include <stdio.h>

static void free_patterns(struct dpi_task *t)
{
    for (int p = 0; p < t->n_classes; p++) {
        dpi_sample_free(&t->pattern[p]);
        dpi_events_free(&t->frozen[p]);
    }
}

int dpi_task_frozen_noise(struct dpi_task *t, const char *dir, struct fail *f)
{
    enum { OWN_SEED = 2022 };
    char path[4096];
    *t = (struct dpi_task){.kind = &dpi_patterns, .n_in = 60, .n_ticks = 500, .noise_rate = 0.05};
    for (int p = 0; p < 2; p++) {
        struct dpi_sample *s = &t->pattern[p];
        int bad;
        if (dir) {
            snprintf(path, sizeof path, "%s/b_frozen_noise_trained_sample%d.events.csv", dir, p);
            bad = dpi_sample_load(s, path, t->n_ticks, t->n_in, f);
        } else
            bad =
                dpi_sample_poisson(s, OWN_SEED, (uint64_t)p, t->n_ticks, t->n_in, t->noise_rate, f);
        const struct dpi_sample *lane[DPI_LANES];
        for (int l = 0; l < DPI_LANES; l++)
            lane[l] = s;
        t->n_classes++;
        if (bad || dpi_events_pack(&t->frozen[p], lane, f)) {
            dpi_task_free(t);
            return -1;
        }
    }
    return 0;
}

static int shown_of(const struct dpi_task *t)
{
    return t->n_classes + (t->general ? 1 : 0);
}

static int class_of(const struct dpi_task *t, int shown)
{
    return shown < t->n_classes ? shown : DPI_NOISE;
}

static bool all_alike(const int shown[DPI_LANES])
{
    for (int l = 1; l < DPI_LANES; l++)
        if (shown[l] != shown[0]) return false;
    return true;
}

static const struct dpi_events *lanes_of(const struct dpi_task *t, const int shown[DPI_LANES],
                                         uint64_t seed, const uint32_t k[DPI_LANES], int draw,
                                         struct dpi_events *room, struct fail *f)
{
    enum { MOST_DRAWS = 65536, MOST_SHOWN = 16 };
    struct dpi_sample own[DPI_LANES] = {{0}};
    const struct dpi_sample *lane[DPI_LANES] = {0};
    int bad = 0;
    if (!t->general && all_alike(shown)) return &t->frozen[shown[0]];
    for (int l = 0; l < DPI_LANES && !bad; l++) {
        uint64_t id =
            ((uint64_t)k[l] * MOST_DRAWS + (uint64_t)draw) * MOST_SHOWN + (uint64_t)shown[l];
        lane[l] = t->general ? &own[l] : &t->pattern[shown[l]];
        if (!t->general) continue;
        bad = shown[l] < t->n_classes
                  ? dpi_sample_vary(&own[l], &t->pattern[shown[l]], seed, id, t->jitter, t->drop, f)
                  : dpi_sample_poisson(&own[l], seed, id, t->n_ticks, t->n_in, t->noise_rate, f);
    }
    if (!bad) bad = dpi_events_pack(room, lane, f);
    for (int l = 0; l < DPI_LANES; l++)
        dpi_sample_free(&own[l]);
    return bad ? 0 : room;
}

// Variations of the patterns by turns, of draws that no job has.
static const struct dpi_events *rehearsal(const struct dpi_task *t, int i, uint64_t seed,
                                          struct dpi_events *room, struct fail *f)
{
    const uint64_t ours = UINT64_MAX / 2;
    struct dpi_sample own = {0};
    const struct dpi_sample *lane[DPI_LANES];
    for (int l = 0; l < DPI_LANES; l++)
        lane[l] = &own;
    int bad = dpi_sample_vary(&own, &t->pattern[i % t->n_classes], seed, ours + (uint64_t)i,
                              t->jitter, t->drop, f) ||
              dpi_events_pack(room, lane, f);
    dpi_sample_free(&own);
    return bad ? 0 : room;
}

const struct dpi_task_kind dpi_patterns = {shown_of, class_of, lanes_of, rehearsal, free_patterns};
