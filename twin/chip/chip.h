// A chip: everything a chips/NAME.yaml file says, as a table.
//
// Must agree with the table in twin/chip/chip.c and with docs/chips.md. In the file each value
// stands with its unit and source; here the units are in the comments.
#ifndef TWIN_CHIP_CHIP_H
#define TWIN_CHIP_CHIP_H

#include "model/lif/law.h"
#include "model/law_kind.h"
#include "base/fail.h"
#include "twin/chip/frontend.h"

// One kind of mismatch: value·(1 + die + local) for gains, value + LSB-free offset for offsets.
struct chip_variation {
    double local; // standard deviation, relative (offset: weight units), drawn per element
    double die;   // the same, drawn once for the whole chip and layer
};

// A list of numbers in a chip file.
enum { CHIP_LIST = 64 };
struct chip_list {
    int n;
    double x[CHIP_LIST];
};

enum { CHIP_VALUES = 8 };

struct chip {
    char name[64];
    const struct law_kind *kind;
    union {
        struct law law; // of the row lif; of any other its first members, as in struct image
        unsigned char params[LAW_BYTES];
    };
    struct frontend_spec frontend; // n_filters 0: the chip has none, and hears no sound

    double tick_s;      // s, nominal length of a tick; 0: nothing of what follows is there
    double threshold;   // membrane units, nominal θ of every neuron
    double tau_s;       // s, default membrane time constant of a layer that says nothing else
    double front_tau_s; // s, the same of a first one-to-one layer; 0: tau_s
    double tau_syn_s;   // s, time constant of every synaptic current that decays
    double gain;        // nominal γ of every neuron, where the law has it
    double rest, reset; // membrane units, of every neuron, where the law has the words
    double value[CHIP_VALUES]; // of a law other than lif: what a neuron has, by twin/chip/physics.h

    struct {        // how a synapse stores a weight: twin/net/quantise.h
        double min; // weight units, smallest and largest weight the chip can store
        double max;
        int bits;    // of a grid without zero; 0: the words of law.weight
        double step; // weight units, a code's worth where it is more than a word; 0: a word
        struct chip_list charges; // (2^bits) membrane units that each code moves; n 0: its weight
        int sign_block;           // so many consecutive synapses share a sign; 0: signs are free
        bool sign_along_neurons;  // consecutive neurons of a source, else sources of a neuron
    } weight;

    struct { // what there is room for; n 0: nothing is known, nothing is checked
        struct chip_list neurons; // of each core; recurrence stays inside a core
        int fan_in;               // sources that a neuron can have
    } cores;

    int delay_max; // ticks, how late a layer's last tap may be; 0: the chip has no taps

    struct {                  // all 0 where the file has no such section
        double spike_j;       // J, a spike of a neuron, its synapses' charge and all else with it
        double front_spike_j; // J, a spike of a front-end neuron
        double front_w;       // W, the front end's filters, whether or not anything is heard
        double static_w;      // W, all the rest of the chip at rest
        double synapse_j;     // J, an event at one synapse
        double update_j;      // J, a neuron's tick
    } power;

    struct {
        struct chip_variation weight_gain;        // process: each synapse's strength
        struct chip_variation weight_offset;      // weight units
        struct chip_variation threshold;          // relative to nominal θ
        struct chip_variation leak;               // relative to nominal λ
        struct chip_variation decay;              // relative to that of the synaptic current
        struct chip_variation gain;               // relative to nominal γ
        struct chip_variation input_gain;         // per source of the first layer, relative
        bool front_end;                           // false: the first one-to-one layer does not vary
        struct chip_variation value[CHIP_VALUES]; // of chip.value, relative
    } mismatch;

    struct {
        double sigma;    // standard deviation of a tick's length, fraction of a tick
        bool acts_leak;  // moves λ of the tick
        bool acts_edges; // moves the edges at which samples are binned into ticks
    } jitter;

    struct {                 // probabilities; all 0 where the file has no such section
        double stuck_bits;   // of a weight's bit to be stuck at 0 or 1
        double dead_neurons; // of a neuron never to fire
        double bit_flips;    // of a neuron and tick to have one bit of its state turned over
    } faults;
};

// Whether it runs data; else its file ends after the law, and it is run on vectors only.
static inline bool chip_runs(const struct chip *c)
{
    return c->tick_s > 0;
}

// Reads `path` into *c. Refuses with "file:line: field, value, allowed range".
int chip_load(struct chip *c, const char *path, struct fail *f);

// The same of the text of a chip file; `name` is what messages call it.
int chip_load_text(struct chip *c, const char *text, const char *name, struct fail *f);

// The text of a chip file with n values changed, "path=value" each (mismatch.leak.local=0.02), and
// without its comments; refused as chip_load_text would. malloc'd, or NULL.
char *chip_change(const char *text, const char *name, const char *const *set, int n,
                  struct fail *f);

// How much of the chip's imperfection is in force: real numbers nearly (the words of law.weight,
// any sign), the stored codes, or the codes and everything that varies.
enum chip_condition { CHIP_IDEAL, CHIP_QUANTISED, CHIP_FULL, CHIP_CONDITIONS };
extern const char *const chip_condition_names[]; // ends in NULL

// The chip under a condition; everything else stays as it is.
struct chip chip_under(const struct chip *c, enum chip_condition condition);

// Identity of a chip: its name and every value that is not 0, by the names of the fields. Comments,
// sources and the order of a file do not count; equal on every machine, and in later versions
// unless they read the file otherwise.
uint64_t chip_hash(const struct chip *c);

#endif
