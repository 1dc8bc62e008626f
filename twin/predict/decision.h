// What a chip said of a clip, and how: by most spikes, by a tie, or by no output spike at all.
//
// A decision is a word: the class in its low 12 bits, and two marks. A tie goes to the first class,
// as on the chip; so does silence, and neither says anything of the clip. Of a task with another figure of
// merit than accuracy the word is the points that the item earns, and SILENT.
#ifndef TWIN_PREDICT_DECISION_H
#define TWIN_PREDICT_DECISION_H

#include "twin/net/net.h"
#include "twin/task/task.h"

enum {
    DECISION_CLASS = 0x0fff,  // a class is an output neuron at most: below IMAGE_MAX_NEURONS
    DECISION_TIED = 0x4000,   // another class had as many spikes
    DECISION_SILENT = 0x8000, // no output neuron fired; not TIED
    DECISION_POINTS = 0x7fff, // of a graded task
};

static inline int decision_class(uint16_t decision)
{
    return decision & DECISION_CLASS;
}

// Points that the item earns with it.
static inline int decision_points(const struct task *t, int item, uint16_t said)
{
    return task_graded(t) ? said & DECISION_POINTS : decision_class(said) == t->label[item];
}

static inline bool decision_tied(const struct task *t, uint16_t said)
{
    return !task_graded(t) && (said & DECISION_TIED);
}

// Classes of a net: its labels; a net without labels has one a neuron.
int decision_classes(const struct net *n);

// Output spikes of each class, from those of each output neuron (n_out), into heard (classes);
// returns the number of classes.
int decision_heard(const struct net *n, const int32_t *count, int32_t heard[IMAGE_MAX_NEURONS]);

// The decision of the output spikes (n_out); its class is net_decide's.
uint16_t decision_of(const struct net *n, const int32_t *count);

// The item that shows what sets a chip apart from the nominal one, of (n) decisions each and the classes
// that are right. WRONG: the first that the chip lost, else the first that it does not tell; RIGHT: the
// first that both tell; else item 0. 0 and above: that item.
enum decision_wanted { DECISION_WRONG = -1, DECISION_RIGHT = -2 };
int decision_choose(int wanted, const uint16_t *nominal, const uint16_t *chip,
                    const uint16_t *label, int n);

#endif
