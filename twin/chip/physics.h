// What the words of a law's neurons stand for, as a row: the real values that a neuron of a net has, what
// a chip file says of them, and how they become words. A law has a row here to have nets and chips.
#ifndef TWIN_CHIP_PHYSICS_H
#define TWIN_CHIP_PHYSICS_H

#include "twin/chip/chip.h"
#include "twin/chip/knobs.h"
#include "twin/io/rng.h"

// A value as a word: how many words are a unit, and the smallest and largest that the chip can hold.
struct physics_word {
    int bits; // 0: the law has no such word
    double unit;
    int64_t lo, hi;
    bool whole; // the value is a whole number: a shift's count of bits
};

// How a value varies from neuron to neuron, relative to itself.
struct physics_spread {
    const struct chip_variation *of; // NULL: it does not
    enum rng_kind stream;
};

struct physics_value {
    const char *name; // in chip files, nets, tables and messages
    int word;         // of the law's row
    // The rest of a law other than lif, whose chip files have fields of their own for it:
    const char *unit;
    double lo, hi;      // in a chip file's section `neuron`
    const char *varies; // the section of its mismatch; NULL: it does not vary
};

struct physics {
    const struct law_kind *kind;
    const struct physics_value *value; // (n)
    int n;                             // at most CHIP_VALUES
    const struct knobs *knobs;
    bool nir; // NIR has a node for such a neuron
    // What a chip can adjust of a neuron to change how often it fires; it fires more often where the
    // value is larger, or less.
    struct {
        int value;
        bool more;
    } trim;

    struct physics_word (*word_of)(const struct chip *c, int value);
    // What a net begins with, held to its word; front: the first layer, one to one.
    double (*nominal)(const struct chip *c, int value, bool front);
    struct physics_spread (*spread)(const struct chip *c, int value);
    // Words that follow from others; clamped counts those that did not fit. NULL: there are none.
    void (*derive)(const struct chip *c, void *neuron, int64_t *clamped);
    // Values at random from u, (n) of 0..1 each; returns what the weights of half of the sources
    // together move the membrane by in a tick.
    double (*draw)(const struct chip *c, const double *u, double *value);
    // NULL, or what a chip file of this law must not say; *field: of what. May be NULL.
    const char *(*check)(const struct chip *c, const char **field);
};

// The values of a LIF neuron, in the order of its row. A net has the last four
// only where its law has such words.
enum net_neuron {
    NET_THETA,
    NET_LAMBDA,
    NET_BIAS,
    NET_DECAY,
    NET_GAIN,
    NET_REST,
    NET_RESET,
    NET_NEURON
};

// λ of a leak with time constant tau: exponential 1 − e^(−tick/τ); shift the nearest power of two;
// linear θ·tick/τ (a constant current that empties a full membrane in τ).
float physics_leak_of(const struct chip *c, double tau_s);

// The part that a leak of shifts takes in a tick, of its word; and the word whose part is nearest.
double physics_share(enum law_leak kind, int word);
int physics_shifts(enum law_leak kind, double share);

// The same of a synaptic current's decay.
float physics_decay_of(const struct chip *c, double tau_s);

extern const struct physics physics_lif, physics_izhikevich;
extern const struct physics *const all_physics[]; // ends in NULL

// Real value to the nearest word (ties to even) of lo..hi; what does not fit is clamped and counted.
int32_t physics_round(double x, int64_t lo, int64_t hi, int64_t *clamped);

const struct physics *physics_of(const struct law_kind *kind); // NULL: the law has no row

// The value next to x that its word can hold: x itself where x fits. A shift is a whole number.
// Without such a word, x. value: of the law's row.
double physics_held(const struct chip *c, int value, double x);

#endif
