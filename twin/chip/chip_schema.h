// Inside of chip files: what stands in one, before any value is understood.
#ifndef TWIN_CHIP_CHIP_SCHEMA_H
#define TWIN_CHIP_CHIP_SCHEMA_H

#include "twin/chip/chip.h"

#include <cyaml/cyaml.h>

// A value as it stands in the file.
struct chip_quantity {
    char *value;
    char *unit; // NULL where there is none
    char *source;
};

struct chip_spread {
    struct chip_quantity local, die;
};

struct chip_file {
    char *name, *description;
    struct {
        struct chip_quantity input, weight, membrane, leak, round_current, round_leak, leak_kind,
            clamp, floor, fire, reset, order, refractory_ticks;
        struct chip_quantity currents, current, decay_kind, round_decay, decay_order, saturation,
            saturate_sum, gain, rest, refractory; // optional
    } law;
    struct chip_quantity tick, threshold, tau, front_tau;
    struct chip_quantity tau_syn, gain, rest, reset; // where the law has them
    struct {
        struct chip_quantity min, max;
        struct chip_quantity bits, step, charges, sign_block, sign_axis; // optional
    } weight;
    struct {
        struct chip_quantity neurons, fan_in;
    } cores;
    struct {
        struct chip_quantity spike, front_spike, front, rest;
    } power;
    struct {
        struct chip_spread weight_gain, weight_offset, threshold, leak, input_gain;
        struct chip_quantity front_end;
    } mismatch;
    struct {
        struct chip_quantity sigma, acts_leak, acts_edges;
    } jitter;
    struct {
        struct chip_quantity stuck_bits, dead_neurons, bit_flips;
    } faults;
    struct {
        struct chip_quantity rate, filters, f_low, f_high, bandwidth, hop, floor_bits, adapt_shift,
            gain;
    } frontend;
};

extern const cyaml_schema_value_t chip_schema; // of a struct chip_file *
extern const cyaml_schema_field_t chip_quantity_fields[];

// Refuses, by its line, values that do not go together. What the file need not say is filled in.
int chip_check(struct chip *c, const struct chip_file *raw, const char *path, struct fail *f);

// Refuses, by its line, a chip file of another family than `wanted` ("lif" or "dpi"). A file
// without the key `family` is a LIF chip. Says nothing about what else is wrong with the file.
int chip_family_check(const char *path, const char *wanted, struct fail *f);

#endif
