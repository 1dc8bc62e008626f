#include "twin/task/dpi_task.h"

#include <math.h>
#include <stdio.h>

void dpi_task_free(struct dpi_task *t)
{
    for (int p = 0; p < t->n_patterns; p++) {
        dpi_sample_free(&t->pattern[p]);
        dpi_events_free(&t->frozen[p]);
    }
    *t = (struct dpi_task){0};
}

int dpi_task_frozen_noise(struct dpi_task *t, const char *dir, struct fail *f)
{
    enum { OWN_SEED = 2022 };
    char path[4096];
    *t = (struct dpi_task){.n_in = 60, .n_ticks = 500, .noise_rate = 0.05};
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
        t->n_patterns++;
        if (bad || dpi_events_pack(&t->frozen[p], lane, f)) {
            dpi_task_free(t);
            return -1;
        }
    }
    return 0;
}

const struct dpi_events *dpi_task_events(const struct dpi_task *t, int shown, uint64_t seed,
                                         const uint32_t k[DPI_LANES], int draw,
                                         struct dpi_events *room, struct fail *f)
{
    enum { MOST_DRAWS = 65536, MOST_SHOWN = 16 };
    struct dpi_sample own[DPI_LANES] = {{0}};
    const struct dpi_sample *lane[DPI_LANES] = {0};
    int bad = 0;
    if (!t->general) return &t->frozen[shown];
    for (int l = 0; l < DPI_LANES && !bad; l++) {
        uint64_t id = ((uint64_t)k[l] * MOST_DRAWS + (uint64_t)draw) * MOST_SHOWN + (uint64_t)shown;
        lane[l] = &own[l];
        bad = shown < t->n_patterns
                  ? dpi_sample_vary(&own[l], &t->pattern[shown], seed, id, t->jitter, t->drop, f)
                  : dpi_sample_poisson(&own[l], seed, id, t->n_ticks, t->n_in, t->noise_rate, f);
    }
    if (!bad) bad = dpi_events_pack(room, lane, f);
    for (int l = 0; l < DPI_LANES; l++)
        dpi_sample_free(&own[l]);
    return bad ? 0 : room;
}

int dpi_task_answer(const struct dpi_task *t, const float *counts, int n, int stride)
{
    int winner = DPI_NOISE;
    float most = t->general ? (float)t->reject : 0;
    for (int i = 0; i < n; i++) {
        float c = counts[i * stride];
        if (!isfinite(c)) return DPI_NO_NUMBER;
        if (c == most && winner != DPI_NOISE) winner = DPI_TIE;
        if (c > most) {
            most = c;
            winner = i;
        }
    }
    return winner;
}

bool dpi_task_right(const struct dpi_task *t, int class, const float *counts, int n, int stride)
{
    int answer = dpi_task_answer(t, counts, n, stride);
    return (answer == DPI_TIE ? DPI_NOISE : answer) == class;
}
