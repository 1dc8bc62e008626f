#include "twin/predict/summary.h"

#include <stdlib.h>

int summary_make(struct summary *s, const struct predict_chip *chips, int n_chips, int n_points,
                 double limit)
{
    double *accuracy = malloc((size_t)n_chips * sizeof *accuracy);
    int worst = 0;
    if (!accuracy) return -1;
    *s = (struct summary){.n = n_chips};
    for (int i = 0; i < n_chips; i++) {
        accuracy[i] = (double)chips[i].correct / n_points;
        s->pass += accuracy[i] >= limit;
        if (chips[i].correct < chips[worst].correct) worst = i;
    }
    s->mean = statistics_mean(accuracy, n_chips);
    s->sd = statistics_sd(accuracy, n_chips);
    s->mean_interval = (struct interval){0, 1}; // one chip says nothing of others
    if (n_chips > 1) s->mean_interval = statistics_student(s->mean, s->sd, n_chips, 0.95);
    s->worst = accuracy[worst];
    s->worst_chip = chips[worst].k;
    s->yield = (double)s->pass / n_chips;
    s->yield_interval = statistics_wilson(s->pass, n_chips, 0.95);
    statistics_sort(accuracy, n_chips);
    s->p5 = statistics_quantile(accuracy, n_chips, 0.05);
    s->p5_interval = statistics_quantile_interval(accuracy, n_chips, 0.05, 0.95, 0, 1);
    free(accuracy);
    return 0;
}
