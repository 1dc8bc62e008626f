#include "twin/predict.h"

#include "twin/predict_run.h"

#include <math.h>
#include <stdlib.h>

int predict_run(const struct predict_job *job, struct predict_chip *chips, uint8_t *decision,
                const struct progress *p, struct fail *f)
{
    long done = 0;
    int starved = 0;
    struct predict_shared shared;
    if (predict_shared_init(&shared, job, f)) return -1;
#pragma omp parallel
    {
        struct predict_runner *r = predict_runner_new(job);
#pragma omp for schedule(dynamic, 1)
        for (int i = 0; i < job->n_chips; i++) {
            chips[i] = (struct predict_chip){.k = job->first_chip + (uint32_t)i};
            if (r)
                predict_runner_run(r, job, &shared, &chips[i],
                                   decision ? decision + (size_t)i * (size_t)job->n_clips : 0);
#pragma omp critical(predict)
            {
                starved |= !r;
                progress_tell(p, "chips", ++done, job->n_chips);
            }
        }
        predict_runner_free(r);
    }
    predict_shared_fini(&shared);
    return starved ? fail(f, "prediction: out of memory") : 0;
}

void predict_wilson(int pass, int n, double *low, double *high)
{
    const double z = 1.959963984540054; // 97.5 % quantile of the standard normal
    double p = (double)pass / n, zz = z * z / n;
    double centre = (p + zz / 2) / (1 + zz);
    double half = z / (1 + zz) * sqrt(p * (1 - p) / n + zz / (4 * n));
    *low = pass == 0 ? 0 : centre - half;
    *high = pass == n ? 1 : centre + half;
}

static int by_correct(const void *a, const void *b)
{
    const struct predict_chip *x = a, *y = b;
    if (x->correct != y->correct) return x->correct < y->correct ? -1 : 1;
    return x->k < y->k ? -1 : x->k > y->k;
}

struct predict_summary predict_summarise(const struct predict_chip *chips, int n_chips, int n_clips,
                                         double limit)
{
    struct predict_summary s = {.n = n_chips};
    struct predict_chip *sorted = malloc((size_t)n_chips * sizeof *sorted);
    double sum = 0, squares = 0;
    int pass = 0;
    for (int i = 0; i < n_chips; i++) {
        double accuracy = (double)chips[i].correct / n_clips;
        sum += accuracy;
        pass += accuracy >= limit;
        if (sorted) sorted[i] = chips[i];
    }
    s.mean = sum / n_chips;
    for (int i = 0; i < n_chips; i++) {
        double off = (double)chips[i].correct / n_clips - s.mean;
        squares += off * off;
    }
    s.sd = n_chips > 1 ? sqrt(squares / (n_chips - 1)) : 0;
    if (sorted) {
        qsort(sorted, (size_t)n_chips, sizeof *sorted, by_correct);
        s.worst = (double)sorted[0].correct / n_clips;
        s.worst_chip = sorted[0].k;
        s.p5 = (double)sorted[(n_chips - 1) / 20].correct / n_clips;
    }
    s.yield = (double)pass / n_chips;
    predict_wilson(pass, n_chips, &s.yield_low, &s.yield_high);
    free(sorted);
    return s;
}
