// The rows of a recording as the ticks of one neuron, in a view of them.
#ifndef TWIN_IDENTIFY_ROWS_H
#define TWIN_IDENTIFY_ROWS_H

#include "twin/identify/identify.h"

int rows_column(const struct recording *r, enum recording_role role, const char *key); // -1: none
int rows_count(const struct recording *r, enum recording_role role);
int rows_spikes(const struct recording *r, const char *key); // ticks in which the neuron fires

// Fills n->unit and its sources as n->view says. -1: out of memory.
int rows_build(struct identified *x, struct neuron_found *n);

// Makes words of all columns, each of a format of its own where they do not go together. Refuses what no word can
// hold.
int rows_settle(struct identified *x, struct fail *f);

#endif
