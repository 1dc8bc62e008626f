// The hard check after training: what would be programmed, against what the chip allows.
//
// Checked are the codes that the net's file stores, or the real-valued weights themselves; legal is
// what project_legal makes of the net. A real-valued weight is on a level if it is less than
// 2^-22 of the largest weight away from it: the level in single precision, however it was computed.
#ifndef TWIN_NET_RULES_H
#define TWIN_NET_RULES_H

#include "twin/net/net.h"
#include "twin/net/placement.h"

enum rule {
    RULE_RANGE,   // a weight lies within weight.min..max, a code is one of the chip's
    RULE_GRID,    // a weight is a level of the grid
    RULE_SIGN,    // synapses of a block have one sign, that of their sum
    RULE_CODE,    // a stored code is the one that its master weight makes
    RULE_NEURON,  // θ, λ and bias fit their words; with a grid: θ is the chip's, the bias 0
    RULE_CORES,   // all neurons have room, a recurrent layer in one core
    RULE_FAN_IN,  // sources of a neuron
    RULE_DELAY,   // ticks that a layer's last tap is late
    RULE_FILTERS, // inputs are filters of the front end, of bands below half the rate
    RULES
};
extern const char *const rules_names[RULES];

// A value that breaks rules. Weights: weight units; others: membrane units, λ as in struct net.
struct rules_offence {
    const char *what; // weight, threshold, leak, bias
    int layer, source, neuron;
    double value, legal;
    bool broken[RULES]; // RULE_CODE only where no other is
};

struct rules_report {
    bool stored;                   // codes were checked, not real-valued weights
    size_t n_weights;              // that were checked
    size_t count[RULES];           // values that break the rule; of the last four: 0 or 1
    char text[RULES][256];         // what is wrong, of the last four rules
    struct rules_offence *offence; // (n_offences) in the order of layer, source, neuron
    size_t n_offences;
    struct placement placement;
};

// code: of each layer (n_source, n_out) as stored, or NULL to check the real-valued weights.
// words: without a grid, hold real-valued weights to words of law.weight too. The net's values are
// finite (net_load sees to it). -1: out of memory.
int rules_check(struct rules_report *r, const struct chip *c, const struct net *n,
                int16_t *const *code, bool words, struct fail *f);
void rules_fini(struct rules_report *r);
bool rules_pass(const struct rules_report *r);

// RULE_CORES, RULE_FAN_IN, RULE_DELAY and RULE_FILTERS alone: refuses a shape that the chip has no room for.
// RULE_DELAY alone.
int rules_check_delay(const struct chip *c, const struct image_shape *s, struct fail *f);
int rules_check_shape(const struct chip *c, const struct image_shape *s, struct fail *f);

#endif
