// The clips of a corpus as the items of a task: what jobs of all laws share.
#ifndef TWIN_JOBS_CORPUS_TASK_H
#define TWIN_JOBS_CORPUS_TASK_H

#include "twin/task/corpus.h"
#include "twin/task/task.h"

// LABEL/FILE of a clip of the set.
const char *corpus_clip_name(const struct dataset *set, int clip);

// Labels and names of t->n_items clips, its sources one; the set's names have to outlive the task.
void corpus_task_items(struct task *t, const struct dataset *set, const int *clip);
int corpus_task_speakers(struct task *t, const struct dataset *set, const int *clip,
                         struct fail *f); // as its sources

#endif
