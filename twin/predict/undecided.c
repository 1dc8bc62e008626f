#include "twin/predict/undecided.h"

#include <stdlib.h>
#include <string.h>

int undecided_count(struct undecided *u, const struct predict_job *job,
                    const struct predict_chip *chips, const uint16_t *decision, int n_chips,
                    double limit)
{
    const struct task *t = job->task;
    struct predict_extent e = job->by->extent(job);
    int n_items = t->n_items, classes = t->n_classes;
    bool *heard = calloc((size_t)classes, 2 * sizeof *heard), *said = heard ? heard + classes : 0;
    if (!heard) return -1;
    int64_t silent = 0, tied = 0;
    *u = (struct undecided){n_chips, n_items, e.n_layers, classes, .graded = false};
    memcpy(u->n_out, e.n_out, sizeof u->n_out);
    const bool graded = u->graded = task_graded(t);
    for (int i = 0; i < n_items && !graded; i++)
        heard[t->label[i]] = true;
    for (int c = 0; c < n_chips; c++) {
        const uint16_t *of = decision + (size_t)c * (size_t)n_items;
        bool never = chips[c].silent == n_items, partly = false;
        silent += chips[c].silent;
        tied += chips[c].tied;
        u->never += never;
        u->never_pass += never && (double)chips[c].correct / task_points(t) >= limit;
        for (int l = 0; l < e.n_layers; l++)
            u->layer[l] += chips[c].spikes[l] == 0;
        memset(said, 0, (size_t)classes * sizeof *said);
        for (int i = 0; i < n_items && !graded; i++)
            if (!(of[i] & DECISION_SILENT)) said[decision_class(of[i])] = true;
        for (int k = 0; !never && k < classes; k++) {
            u->unsaid[k] += heard[k] && !said[k];
            partly |= heard[k] && !said[k];
        }
        u->partly += partly;
    }
    u->silent = (double)silent / ((double)n_chips * n_items);
    u->tied = (double)tied / ((double)n_chips * n_items);
    free(heard);
    return 0;
}
