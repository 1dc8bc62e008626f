#include "twin/jobs/corpus_task.h"

#include "twin/predict/bootstrap.h"

#include <string.h>

const char *corpus_clip_name(const struct dataset *set, int clip)
{
    const char *path = set->clip[clip].path, *at = path ? strrchr(path, '/') : 0;
    while (at > path && at[-1] != '/')
        at--;
    return at;
}

void corpus_task_items(struct task *t, const struct dataset *set, const int *clip)
{
    for (int i = 0; i < t->n_items; i++) {
        t->label[i] = (uint16_t)set->clip[clip[i]].label;
        t->item_name[i] = corpus_clip_name(set, clip[i]);
    }
    t->n_sources = 1;
}

int corpus_task_speakers(struct task *t, const struct dataset *set, const int *clip, struct fail *f)
{
    int n = bootstrap_speakers(set, clip, t->n_items, t->source);
    if (n < 0) return fail(f, "prediction: out of memory");
    t->n_sources = n;
    return 0;
}
