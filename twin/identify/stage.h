// A leaky sum, y' = y − leak(y) + i or (y + i) − leak(y + i), found from pairs of its words.
//
// The membrane is one, and each synaptic current. A least-squares line through all pairs gives the weights;
// then each pair says in which interval the leak's factor lies, and the factor is where most intervals meet:
// pairs that a clamp or a refractory period has spoilt do not vote for it.
#ifndef TWIN_IDENTIFY_STAGE_H
#define TWIN_IDENTIFY_STAGE_H

#include "twin/identify/pairs.h"
#include "twin/identify/unit.h"

struct stage {
    enum law_leak kind;
    enum fx_round round;
    bool late;     // the leak acts on what was added to
    double lo, hi; // the factor lies between: exponential
    int64_t word;  // the factor's word, a count of bits, a constant current
    int frac;      // of the factor's word
    int align;     // i = round(Σ w·x / 2^align)
    enum fx_round round_in;
    int64_t w[UNIT_SOURCES];
    bool told[UNIT_SOURCES]; // the source was heard, and apart from others
    int64_t bias, rest;
    int right; // pairs that follow
};

enum { STAGES_MOST = 192 };

// The stages that explain most pairs, best first, all that are as good; how many.
int stages_find(const struct pairs *p, struct stage *to, int most);

// The share of pairs that lie on a line, as those of a stage do: quickly, to tell which way to read a recording is
// worth a search. -1: out of memory.
double stages_promise(const struct pairs *p);

#endif
