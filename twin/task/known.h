// Whom a net was trained on does not judge it.
#ifndef TWIN_TASK_KNOWN_H
#define TWIN_TASK_KNOWN_H

#include "twin/net/net.h"
#include "twin/task/dataset.h"

// Refuses data where somebody whom the net was trained on is among those who judge it. wanted: (DATASET_SPLITS).
// Clips of training are heard too, but then all of them are.
int known_refuse(const struct dataset *d, const char *dir, const bool *wanted, const struct net *n,
                 struct fail *f);

#endif
