// The laws and networks whose RTL is mutated. Between them every branch of rtl/ is elaborated at
// least once; a law that gets a new choice gets it into one of these.
#ifndef TESTS_MUTANTS_KILL_LAWS_H
#define TESTS_MUTANTS_KILL_LAWS_H

#include "tests/rtl/rtl_random.h"

struct mutant_law {
    const char *name;
    struct law law;
    int acc_bits;   // AccW of the lone neuron
    int max_spikes; // of the lone neuron
};

static const struct mutant_law mutant_laws[] = {
    {"lif", // chips/fpga-q8.8.yaml
     {.input = {4, 4},
      .weight = {8, 8},
      .membrane = {8, 8},
      .leak = {0, 16},
      .round_current = FX_NEAREST_EVEN,
      .round_leak = FX_NEAREST_EVEN,
      .leak_kind = LAW_LEAK_EXPONENTIAL,
      .reset_subtract = true},
     24,
     1},
    {"current", // synaptic state, wraps, refractory, towards zero
     {.input = {2, 2},
      .weight = {4, 6},
      .membrane = {6, 6},
      .current = {7, 6},
      .leak = {0, 12},
      .round_current = FX_TOWARD_ZERO,
      .round_decay = FX_TOWARD_ZERO,
      .round_leak = FX_TOWARD_ZERO,
      .leak_kind = LAW_LEAK_EXPONENTIAL,
      .decay_kind = LAW_LEAK_EXPONENTIAL,
      .currents = 1,
      .wrap = true,
      .reset_subtract = true,
      .refractory_ticks = 3},
     14,
     1},
    {"linear", // integrates first, floors at zero, fires above the threshold, resets to zero
     {.input = {3, 0},
      .weight = {4, 2},
      .membrane = {6, 5},
      .current = {6, 5},
      .leak = {2, 8},
      .round_decay = FX_NEAREST_EVEN,
      .leak_kind = LAW_LEAK_LINEAR,
      .decay_kind = LAW_LEAK_SHIFT,
      .currents = 1,
      .decay_last = true,
      .floor_zero = true,
      .fire_gt = true,
      .integrate_first = true},
     10,
     3},
    {"shift", // a shifted leak, away from zero; an alignment that rounds down; no current state
     {.input = {2, 4},
      .weight = {4, 6},
      .membrane = {7, 6},
      .leak = {0, 8},
      .round_leak = FX_AWAY,
      .leak_kind = LAW_LEAK_SHIFT,
      .fire_gt = true,
      .reset_subtract = true,
      .refractory_ticks = 200},
     16,
     7},
    {"neurocore", // of SC-NeuroCore: wraps, rest and reset, signed leak that rounds up, gain, hold
     {.input = {1, 4},
      .weight = {4, 4},
      .membrane = {8, 8},
      .leak = {2, 8},
      .gain = {3, 4},
      .round_leak = FX_CEILING,
      .leak_kind = LAW_LEAK_EXPONENTIAL,
      .leak_signed = true,
      .has_gain = true,
      .has_rest = true,
      .wrap = true,
      .refractory_hold = true,
      .refractory_ticks = 5},
     14,
     1},
    {"xylo", // two synapses, held after every source and as the increment, decay last, shifts that
             // move, many spikes
     {.input = {5, 0},
      .weight = {8, 0},
      .membrane = {16, 0},
      .current = {16, 0},
      .leak = {0, 8},
      .leak_kind = LAW_LEAK_SHIFT_MOVES,
      .decay_kind = LAW_LEAK_SHIFT_MOVES,
      .currents = 2,
      .input_signed = true,
      .decay_last = true,
      .saturate_each = true,
      .saturate_increment = true,
      .reset_subtract = true},
     16,
     31},
    {"event", // leaks with events alone, by two shifts; symmetric ends; fires by the membrane of the tick before
     {.input = {1, 0},
      .weight = {4, 4},
      .membrane = {6, 4},
      .current = {5, 4},
      .leak = {0, 8},
      .round_decay = FX_TOWARD_ZERO,
      .leak_kind = LAW_LEAK_TWO_SHIFTS,
      .leak_when = LAW_WHEN_EVENT,
      .decay_kind = LAW_LEAK_TWO_SHIFTS,
      .currents = 1,
      .symmetric = true,
      .fire_before = true,
      .reset_subtract = true},
     11,
     3},
    {"unsigned", // a membrane without a sign that wraps, and leaks without input
     {.input = {1, 0},
      .weight = {4, 0},
      .membrane = {9, 0},
      .leak = {7, 0},
      .leak_kind = LAW_LEAK_LINEAR,
      .leak_when = LAW_WHEN_NO_INPUT,
      .wrap = true,
      .floor_zero = true,
      .reset_subtract = true},
     11,
     1},
};
enum { MUTANT_LAWS = sizeof mutant_laws / sizeof *mutant_laws };

struct mutant_net {
    const char *name;
    const struct mutant_law *law;
    struct image_shape shape;
};

// Sizes that are no powers of two, so that an address bit more or less meets another word.
static const struct mutant_net mutant_nets[] = {
    {"recurrent", &mutant_laws[1], {2, {{5, 3, IMAGE_DENSE, true}, {3, 7, IMAGE_DENSE, true}}}},
    {"one-to-one",
     &mutant_laws[0],
     {3,
      {{5, 5, IMAGE_ONE_TO_ONE, false},
       {5, 6, IMAGE_DENSE, false},
       {6, 6, IMAGE_ONE_TO_ONE, false}}}},
    {"delayed",
     &mutant_laws[5],
     {3,
      {{6, 5, IMAGE_DENSE, true, false, 31},
       {5, 3, IMAGE_DENSE, false, true, 7},
       {3, 6, IMAGE_DENSE, true, false, 1}}}},
    {"taps",
     &mutant_laws[2],
     {3,
      {{3, 5, IMAGE_DENSE, false, false, 1},
       {5, 3, IMAGE_DENSE, true, true, 1, 3, 2},
       {3, 5, IMAGE_DENSE, false, false, 1, 2, 6}}}},
};
enum { MUTANT_NETS = sizeof mutant_nets / sizeof *mutant_nets };

#endif
