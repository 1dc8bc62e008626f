#include "twin/task/patterns/dpi_task.h"

#include <math.h>

void dpi_task_free(struct dpi_task *t)
{
    if (t->kind) t->kind->free(t);
    *t = (struct dpi_task){0};
}

int dpi_task_shown(const struct dpi_task *t)
{
    return t->kind->shown(t);
}

int dpi_task_class(const struct dpi_task *t, int shown)
{
    return t->kind->class_of(t, shown);
}

const struct dpi_events *dpi_task_lanes(const struct dpi_task *t, const int shown[DPI_LANES],
                                        uint64_t seed, const uint32_t k[DPI_LANES], int draw,
                                        struct dpi_events *room, struct fail *f)
{
    return t->kind->lanes(t, shown, seed, k, draw, room, f);
}

const struct dpi_events *dpi_task_events(const struct dpi_task *t, int shown, uint64_t seed,
                                         const uint32_t k[DPI_LANES], int draw,
                                         struct dpi_events *room, struct fail *f)
{
    int all[DPI_LANES];
    for (int l = 0; l < DPI_LANES; l++)
        all[l] = shown;
    return dpi_task_lanes(t, all, seed, k, draw, room, f);
}

const struct dpi_events *dpi_task_rehearsal(const struct dpi_task *t, int i, uint64_t seed,
                                            struct dpi_events *room, struct fail *f)
{
    return t->kind->rehearsal(t, i, seed, room, f);
}

int dpi_task_answer(const struct dpi_task *t, const float *counts, int n, int stride)
{
    int winner = DPI_NOISE, heard = dpi_task_heard(t, n);
    float most = t->general ? (float)t->reject : 0;
    for (int i = 0; i < heard; i++) {
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

bool dpi_task_right(const struct dpi_task *t, int wanted, const float *counts, int n, int stride)
{
    int answer = dpi_task_answer(t, counts, n, stride);
    return (answer == DPI_TIE ? DPI_NOISE : answer) == wanted;
}
