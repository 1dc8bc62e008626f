// The laws of a membrane that explain every word of a unit: its class.
#ifndef TWIN_IDENTIFY_MEMBRANE_H
#define TWIN_IDENTIFY_MEMBRANE_H

#include "twin/identify/unit.h"

struct bounds {
    int64_t lo, hi;
};

// One law of a class, with words that make it explain the unit, and how far each may move alone.
struct member {
    struct candidate c;
    struct bounds bits;         // of the membrane
    struct bounds current_bits; // of the synaptic current; 0, 0: there is none
    struct bounds theta;
    double leak_lo, leak_hi;   // an exponential leak's factor
    double decay_lo, decay_hi; // an exponential decay's
    bool told[UNIT_SOURCES];   // the weight follows from the words
};

struct members {
    int n, room;
    struct member *m; // (room)
    bool lost;        // there was no memory for one
};

// One more, zeroed, or NULL: out of memory, and `lost` from then on.
struct member *members_add(struct members *to);
void members_fini(struct members *x);

// The law that explains most, where none explains all.
struct nearest {
    struct candidate c;
    int wrong; // ticks, each from the state that was recorded; -1: nothing was tried
};

// Adds laws whose membrane explains the unit, one at least of each stage that does; of the current, `base` says
// everything: its law's currents and their weights. `quiet` ticks after each spike are not looked at where leak and
// weights are sought. -1: out of memory.
int membrane_find(const struct unit *u, const struct candidate *base, int quiet, struct members *to,
                  struct nearest *nearest);

// The share of ticks that lie on a line, without what a spike or an end of the word may have spoilt.
double membrane_promise(const struct unit *u);

#endif
