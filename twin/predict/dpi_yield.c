#include "twin/predict/dpi_yield.h"

#include "twin/predict/dpi_engine.h"
#include "twin/io/statistics.h"

#include <stdlib.h>
#include <string.h>

// Sixteen chips: what each answered right, by what was shown.
static int run_group(struct dpi_engine *e, const struct dpi_yield_job *job, int first,
                     struct dpi_yield_chip *chips, int (*right)[DPI_MAX_PATTERNS + 1],
                     struct fail *f)
{
    uint32_t k[DPI_LANES];
    for (int l = 0; l < DPI_LANES; l++) {
        k[l] = job->first_chip + (uint32_t)(first + l); // behind the last chip: run, not counted
        dpi_engine_load(e, l, job->net, &job->variation, job->seed, k[l]);
    }
    for (int shown = 0; shown < dpi_task_shown(job->task); shown++)
        for (int draw = 0; draw < job->draws; draw++) {
            struct dpi_events room = {0};
            const struct dpi_events *events =
                dpi_task_events(job->task, shown, job->seed, k, draw, &room, f);
            if (!events) return -1;
            dpi_engine_run(e, events, false);
            dpi_events_free(&room);
            for (int l = 0; l < DPI_LANES && first + l < job->n_chips; l++) {
                int class = dpi_task_class(job->task, shown);
                // In integers a word that no circuit can have is clamped; in double it is what
                // Rockpool makes of it.
                bool counts = e->chips.sound[l] || !job->law;
                bool is =
                    counts && dpi_task_right(job->task, class, e->counts + l, e->n, DPI_LANES);
                right[first + l][shown] += is;
                chips[first + l].right += is;
            }
        }
    for (int l = 0; l < DPI_LANES && first + l < job->n_chips; l++) {
        chips[first + l].k = k[l];
        chips[first + l].sound = e->chips.sound[l];
    }
    return 0;
}

static int by_right(const void *a, const void *b)
{
    const struct dpi_yield_chip *x = a, *y = b;
    return x->right != y->right ? (x->right > y->right) - (x->right < y->right)
                                : (x->k > y->k) - (x->k < y->k);
}

static void summarise(const struct dpi_yield_job *job, struct dpi_yield *y,
                      const struct dpi_yield_chip *chips, int (*right)[DPI_MAX_PATTERNS + 1],
                      struct dpi_yield_chip *sorted)
{
    int n = job->n_chips, shown = dpi_task_shown(job->task);
    *y = (struct dpi_yield){.n_chips = n, .shown = shown * job->draws};
    for (int i = 0; i < n; i++) {
        y->all_right += chips[i].right == y->shown;
        y->unsound += !chips[i].sound;
        y->accuracy += (double)chips[i].right / y->shown / n;
        for (int s = 0; s < shown; s++)
            y->by_class[s] += (double)right[i][s] / job->draws / n;
    }
    struct interval yield = statistics_wilson(y->all_right, n, 0.95);
    y->low = yield.low;
    y->high = yield.high;
    memcpy(sorted, chips, (size_t)n * sizeof *sorted);
    qsort(sorted, (size_t)n, sizeof *sorted, by_right);
    y->worst = sorted[0].k;
    y->worst_accuracy = (double)sorted[0].right / y->shown;
    y->p5 = (double)sorted[n / 20].right / y->shown;
}

int dpi_yield_run(const struct dpi_yield_job *job, struct dpi_yield *y,
                  struct dpi_yield_chip *chips, const struct progress *p, struct fail *f)
{
    int n = job->n_chips, groups = (n + DPI_LANES - 1) / DPI_LANES, bad = 0, done = 0;
    size_t room = (size_t)n;
    struct dpi_yield_chip *own = calloc(room, sizeof *own), *sorted = calloc(room, sizeof *sorted);
    int(*right)[DPI_MAX_PATTERNS + 1] = calloc(room, sizeof *right);
    if (!own || !sorted || !right) bad = fail(f, "yield of %d chips: out of memory", n);
    if (!bad) {
#pragma omp parallel
        {
            struct fail why;
            struct dpi_engine e;
            int stop = dpi_engine_init(&e, job->chip, job->law, job->net->n_in, job->net->n_neurons,
                                       0, &why);
#pragma omp for schedule(dynamic)
            for (int g = 0; g < groups; g++) {
                if (!stop) stop = run_group(&e, job, g * DPI_LANES, own, right, &why);
#pragma omp critical
                progress_tell(p, "groups of 16 chips", ++done, groups);
            }
#pragma omp critical
            if (stop) {
                *f = why;
                bad = -1;
            }
            dpi_engine_fini(&e);
        }
    }
    if (!bad) summarise(job, y, own, right, sorted);
    if (!bad && chips) memcpy(chips, own, room * sizeof *chips);
    free(own);
    free(sorted);
    free(right);
    return bad;
}
