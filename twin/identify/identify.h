// Which law explains a recording, word for word: the laws that do, with their words, or the nearest.
#ifndef TWIN_IDENTIFY_IDENTIFY_H
#define TWIN_IDENTIFY_IDENTIFY_H

#include "twin/identify/class.h"
#include "twin/identify/recording.h"

enum { IDENTIFY_NEURONS = 256 };

// How the rows of a recording are read.
struct view {
    int lag;  // rows that the input comes before the row that shows what it did
    int lead; // rows that spikes are shown before the membrane that they left
    enum unit_shown shown;
    bool from_row; // a run's first row is the state that it begins with
    int heard; // 0: inputs; 1: and all spikes, a tick late; 2: those of other layers in the tick
    int input_bits; // inputs are held to UQn.0; 0: as they are
};

struct neuron_found {
    char key[RECORDING_NAME]; // of its columns
    int membrane;             // its column
    int frac;                 // fraction bits of its words
    struct view view;
    struct unit unit;
    int n_listed; // sources that the recording has for it, of which the unit hears UNIT_SOURCES
    int source[UNIT_SOURCES]; // columns
    bool source_is_spikes[UNIT_SOURCES];
    struct members laws; // none: no law explains it
    struct nearest nearest;
    bool by_current; // it is the current that no law explains
    void *memory;
};

struct identified {
    struct recording *r;
    bool whole;        // all columns that are used are words; else no law can be right
    const char *rough; // the name of the first column that is not
    int n;
    struct neuron_found *neuron; // (n) the one that fires most comes first
    bool explained;              // all are, by one law at least
    struct law_class alike;      // where explained
    struct class_neuron *of;     // (n)
    struct deadline deadline;
    int views, views_tried; // of the first neuron
};

// seconds: how long it may search; 0: to its end. Columns of `r` may get other roles and fractions.
int identify(struct identified *x, struct recording *r, double seconds, struct fail *f);
void identify_fini(struct identified *x);

// Fraction bits with which a source's column enters.
int identify_source_frac(const struct identified *x, int column);

#endif
