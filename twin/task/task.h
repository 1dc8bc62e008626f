// A task: what is shown to a chip, item by item, and what is right. A data set is a row.
//
// Whatever counts decisions (state file, intervals, attribution, reports) knows a task and no data
// set. What a chip says of an item is a word of twin/predict/decision.h: a class and two marks, or, of
// targets over time, the points that it earns.
#ifndef TWIN_TASK_TASK_H
#define TWIN_TASK_TASK_H

#include "twin/task/merit.h"

#include <stdbool.h>

// How a task is spoken of.
struct task_words {
    const char *items;     // "clips"
    const char *sources;   // what items are drawn from, "speakers"; NULL: there are no others
    const char *undecided; // what becomes of silence and ties: "they go to the first label"
    int silent_class;      // class that silence says
    int impossible_class;  // that nothing is right of: said by a chip that cannot exist; -1: none
    const char *const *class_name; // (n_classes)
};

struct task {
    struct task_words words;
    const struct merit *merit; // of task_init merit_accuracy: an item is right or wrong
    int n_items;
    int n_ticks;   // of an item
    int n_classes; // that a chip can say; with another figure than accuracy its outputs
    int n_sources;
    uint16_t *label;        // (n_items) class that is right
    int *source;            // (n_items) 0..n_sources-1
    const char **item_name; // (n_items), and room for names of classes behind them
    char *text;             // what names lie in; NULL: elsewhere
    // The least output spikes that it takes to say this; -1: nothing of this task can be said so,
    // for the reason `decisions`.
    int (*takes)(const struct task *t, uint16_t said);
    const char *decisions;
};

// Room for the arrays, zeroed, item_name with `names` more, text with `text` bytes. -1: out of
// memory. task_fini(&zeroed) is legal.
int task_init(struct task *t, int n_items, int names, size_t text);
void task_fini(struct task *t);

// Whether items earn points for what is said in every tick, in place of a label that is right or wrong.
static inline bool task_graded(const struct task *t)
{
    return t->merit->of_item;
}

// Points that a chip can earn on all items.
static inline int task_points(const struct task *t)
{
    return t->n_items * merit_full(t->merit);
}

#endif
