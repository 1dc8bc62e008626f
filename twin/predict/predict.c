#include "twin/predict/predict.h"

#include <stdlib.h>

// Chips first.. of the job, and how they said what they said.
static int run_group(void *runner, const struct predict_job *job, const void *shared, int first,
                     int n, struct predict_chip *chips, uint16_t *decision, struct fail *f)
{
    const struct task *t = job->task;
    for (int i = 0; i < n; i++)
        chips[i] = (struct predict_chip){.k = job->first_chip + (uint32_t)(first + i)};
    if (job->by->run(runner, job, shared, chips, n, decision, f)) return -1;
    for (int i = 0; i < n; i++)
        for (int item = 0; item < t->n_items; item++) {
            uint16_t said = decision[(size_t)i * (size_t)t->n_items + (size_t)item];
            chips[i].correct += decision_points(t, item, said);
            chips[i].tied += decision_tied(t, said);
            chips[i].silent += (said & DECISION_SILENT) != 0;
        }
    return 0;
}

int predict_run(const struct predict_job *job, struct predict_chip *chips, uint16_t *decision,
                const struct progress *p, struct fail *f)
{
    int each = job->by->group, groups = (job->n_chips + each - 1) / each, bad = 0;
    long done = 0;
    size_t items = (size_t)job->task->n_items;
    void *shared = job->by->shared_new ? job->by->shared_new(job, f) : 0;
    if (job->by->shared_new && !shared) return -1;
#pragma omp parallel
    {
        struct fail why = {""};
        void *runner = job->by->runner_new(job, &why);
        uint16_t *own = decision ? 0 : malloc(((size_t)each * items + 1) * sizeof *own);
        int stop = !runner ? -1 : !decision && !own ? fail(&why, "prediction: out of memory") : 0;
#pragma omp for schedule(dynamic, 1)
        for (int g = 0; g < groups; g++) {
            int first = g * each, n = job->n_chips - first < each ? job->n_chips - first : each;
            if (!stop)
                stop = run_group(runner, job, shared, first, n, chips + first,
                                 decision ? decision + (size_t)first * items : own, &why);
#pragma omp critical(predict)
            {
                done += n;
                progress_tell(p, "chips", done, job->n_chips);
                if (!stop && progress_stopped(p)) stop = fail(&why, "prediction: stopped");
            }
        }
#pragma omp critical(predict)
        if (stop && !bad) {
            *f = why;
            bad = -1;
        }
        free(own);
        job->by->runner_free(runner);
    }
    if (shared) job->by->shared_free(shared);
    return bad;
}
