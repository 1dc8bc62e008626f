// Items that files tell, one by one, as a data set: the labels, speakers and splits of what is no
// folder of clips.
//
// Whose side an item is on is said by the first of these that says it: the item itself; the name of its
// file, by a word in it (train, valid, validation, val, test: shd_train.h5); else the hash of its
// speaker, or of its own name where none is told: one in five is for validation. Of training so many
// per cent of the speakers are held back, as in a folder.
#ifndef TWIN_TASK_ITEMS_H
#define TWIN_TASK_ITEMS_H

#include "twin/task/dataset.h"

struct item_told {
    const char *file;    // where it stands, for messages; its last name counts for what it is
    const char *name;    // of the item, in its file
    const char *label;   // NULL: it has targets, and labels of the set are its outputs
    const char *speaker; // NULL: not told
    const char *split;   // "train", ..; NULL: not told
};

struct items {
    struct dataset set;
    const struct dataset_ask *ask;
    bool targets;   // items have targets, and no label
    int n_passed;   // of labels that were not asked for
    int n_hashed;   // on a side by hash
    int n_speakers; // told
    int n_shared;   // that have items on two sides
};

enum { ITEM_PASSED = -2 };

// The index of a new item, or ITEM_PASSED; -1: refused.
int items_add(struct items *x, const struct item_told *told, struct fail *f);

// After the last: labels in the order asked for, else that of `keys` (may be NULL), else by number or
// name; two or more. Refuses the same item told twice.
int items_end(struct items *x, const struct labels *keys, struct fail *f);

#endif
