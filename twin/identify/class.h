// All laws that explain every word of a recording, once one does.
//
// Each choice of each law is changed alone, with words that fit it, again and again; what still gives every word of
// every neuron belongs to the class. So a choice that the recording never exercises is open because another value of
// it was tried, not because someone thought of it.
#ifndef TWIN_IDENTIFY_CLASS_H
#define TWIN_IDENTIFY_CLASS_H

#include "model/fields.h"
#include "twin/identify/membrane.h"

enum {
    CLASS_MOST = 20000,
    CLASS_TICKS = 10000000,
    CLASS_LEAST = 500
}; // laws; ticks of all of them

struct class_words { // of one neuron under one law
    int seed;        // the member of the neuron's that has its weights
    struct law_layer layer;
    struct law_format leak;
    bool leak_signed;
    struct law_neuron n;
};

struct class_neuron {
    const struct unit *unit;
    const struct members *seeds;
    int64_t *sum[2]; // (n) of the seed `summed`
    int summed;      // -1: of none
};

struct law_class {
    int n, room, n_neurons;
    struct law *law;           // (n) the first is told; formats are of neuron 0
    struct class_words *words; // (n, n_neurons)
    struct class_neuron *neuron;
    bool spikes; // a neuron fires in the recording; else what a spike does is open, whatever it is
    bool rounds_in; // a neuron's weighted input is rounded
    int most;       // laws that are listed: CLASS_MOST, or fewer of a long recording
    bool full;      // there are more, so that not all neighbours were tried
    bool cut;       // the deadline came first
    struct seen *seen;
};

// neuron: (n_neurons) with their units and members. -1: out of memory.
int class_find(struct law_class *k, struct class_neuron *neuron, int n_neurons);
void class_fini(struct law_class *k);

// The i-th law with the words of a neuron.
void class_candidate(const struct law_class *k, int i, int neuron, struct candidate *to);

// A neuron's bias under all laws: between its ends too, where another leak takes the rest.
struct bounds class_bias(const struct law_class *k, int neuron);

// Whether the recording never touches what a field says, so that any value of it explains all words: what a spike
// does where there is none, how an input is rounded where none is.
bool class_untouched(const struct law_class *k, const struct field *field);

// Whether a field of the law is a choice that this law makes: means anything beside its others, in this recording.
bool class_chooses(const struct law_class *k, const struct field *field, const struct law *law);

// Whether a neuron fires in the recording; one whose spikes are not recorded counts as one that does.
bool class_fires(const struct law_class *k, int neuron);

// Whether two laws make the same choices.
bool class_same(const struct law_class *k, const struct law *a, const struct law *b);

#endif
