#include "twin/predict/predict.h"

#include "twin/predict/predict_run.h"

#include <stdlib.h>

int predict_run(const struct predict_job *job, struct predict_chip *chips, uint16_t *decision,
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
