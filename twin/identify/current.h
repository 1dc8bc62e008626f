// The laws of synaptic currents that explain the columns of a unit that show them.
#ifndef TWIN_IDENTIFY_CURRENT_H
#define TWIN_IDENTIFY_CURRENT_H

#include "twin/identify/membrane.h"

// Adds all that explain every word of the currents; of the membrane nothing is said. nearest: of the first
// current that no law explains, with its wrong ticks. -1: out of memory.
int current_find(const struct unit *u, struct members *to, struct nearest *nearest);

// As membrane_promise, of the first current.
double current_promise(const struct unit *u);

#endif
