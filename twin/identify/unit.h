// One neuron of a recording in one view of its rows, and a law with all its words that may explain it.
//
// The judge is model/lif/law.h: a candidate is run by its step alone.
#ifndef TWIN_IDENTIFY_UNIT_H
#define TWIN_IDENTIFY_UNIT_H

#include "model/lif/law.h"
#include "twin/identify/deadline.h"

#include <stddef.h>
#include <stdint.h>

enum { UNIT_SOURCES = 256 };

// What the row of a tick with a spike shows as membrane.
enum unit_shown { SHOWN_AFTER, SHOWN_BEFORE, SHOWN_OTHER, SHOWN_WAYS };

struct unit {
    int n;              // ticks
    const bool *begins; // (n) the first tick of a run
    bool from_row;      // a run's first row is the state that it begins with
    enum unit_shown shown;
    int n_x;
    const int32_t *x;                  // (n, n_x) sources, as the neuron hears them in the tick
    const int64_t *v;                  // (n)
    const int64_t *z, *u[2], *r;       // (n) spikes, currents, counter; NULL: not recorded
    const int64_t *leak, *gain, *bias; // (n) words that the host writes; NULL: none
    const int64_t *sum[2];     // (n) of a synapse, of one candidate's weights; NULL: made of x
    double x_most;             // largest size of a source's word, times the gain
    struct deadline *deadline; // of all that is sought
};

struct candidate {
    struct law law;
    struct law_layer layer;
    struct law_neuron n;
    int32_t w[2][UNIT_SOURCES];
};

// One tick of a candidate on a unit's inputs; theta NULL: its own.
struct law_stages unit_step(const struct unit *u, const struct candidate *c,
                            struct law_state *state, int tick, const int32_t *theta);

// The sums of a candidate's weights, for `sum`: (n) each; b NULL: of the first synapse alone. Not with
// saturate_each, whose sums depend on the state.
void unit_sums(const struct unit *u, const struct candidate *c, int64_t *a, int64_t *b);

// Whether no sum of these weights leaves what the model computes in.
bool unit_holds(const struct unit *u, const int64_t *w);

// The state that a run begins with.
struct law_state unit_rest(const struct unit *u, const struct candidate *c, int tick);

// Ticks from a spike to the next, where they are fewest; n: there are no two in a run.
int unit_gap(const struct unit *u);

// What differs first, and in which tick.
struct unit_first {
    int tick;            // n: nothing
    const char *word;    // "v", "z", "u", "u2", "r"
    int64_t here, there; // of the candidate, of the recording
    int right;           // ticks in a state that was recorded, each judged alone
};

// Runs all ticks by the candidate alone, from where each run begins.
struct unit_first unit_run(const struct unit *u, const struct candidate *c);

#endif
