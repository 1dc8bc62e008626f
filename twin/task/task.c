#include "twin/task/task.h"

#include <stdlib.h>

int task_init(struct task *t, int n_items, int names, size_t text)
{
    size_t n = (size_t)n_items + 1;
    *t = (struct task){.merit = &merit_accuracy, .n_items = n_items};
    t->label = calloc(n, sizeof *t->label);
    t->source = calloc(n, sizeof *t->source);
    t->item_name = calloc(n + (size_t)names, sizeof *t->item_name);
    t->text = text ? calloc(text, 1) : 0;
    if (t->label && t->source && t->item_name && (t->text || !text)) return 0;
    task_fini(t);
    return -1;
}

void task_fini(struct task *t)
{
    free(t->label);
    free(t->source);
    free(t->item_name);
    free(t->text);
    *t = (struct task){.n_items = 0};
}
