// A DYNAP-SE2: everything that a chip file of family `dpi` (chips/dynapse2.yaml) says, as a table.
//
// Must agree with the table in twin/chip/dynapse_chip.c and with docs/dynapse2-mapping.md.
// In the file each value stands with its unit and source; here everything is in SI units.
#ifndef TWIN_CHIP_DYNAPSE_CHIP_H
#define TWIN_CHIP_DYNAPSE_CHIP_H

#include "twin/chip/dpi_circuit.h"
#include "base/fail.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    DYNAPSE_COARSE = 6,       // ranges of the bias generator
    DYNAPSE_BASE_CURRENTS = 4 // a core; a synapse is a mask over them
};

// The biases of a core, named as on the chip; the last letter says which transistor (N or P).
enum dynapse_bias {
    DYNAPSE_SOIF_DC_P,     // Idc
    DYNAPSE_DENM_NMREV_N,  // If_nmda
    DYNAPSE_SOAD_GAIN_P,   // Igain_ahp
    DYNAPSE_SOIF_GAIN_N,   // Igain_mem
    DYNAPSE_DEAM_EGAIN_P,  // Igain_syn of the AMPA dendrite
    DYNAPSE_SOAD_PWTAU_N,  // Ipulse_ahp
    DYNAPSE_SYPD_EXT_N,    // Ipulse
    DYNAPSE_SOIF_REFR_N,   // Iref
    DYNAPSE_SOIF_SPKTHR_P, // Ispkthr
    DYNAPSE_SOAD_TAU_P,    // Itau_ahp
    DYNAPSE_SOIF_LEAK_N,   // Itau_mem
    DYNAPSE_DEAM_ETAU_P,   // Itau_syn of the AMPA dendrite
    DYNAPSE_SOAD_W_N,      // Iw_ahp
    DYNAPSE_DEGA_IGAIN_P,  // Igain_syn of the GABA dendrite
    DYNAPSE_DEGA_ITAU_P,   // Itau_syn of the GABA dendrite
    DYNAPSE_SYAM_W0_P,     // the base currents
    DYNAPSE_SYAM_W1_P,
    DYNAPSE_SYAM_W2_P,
    DYNAPSE_SYAM_W3_P,
    DYNAPSE_BIASES
};
enum { DYNAPSE_CIRCUIT_CURRENTS = 13 }; // the first biases set the first values of a dpi_circuit

extern const char *const dynapse_bias_names[DYNAPSE_BIASES];
extern const char *const dpi_circuit_names[DPI_CIRCUIT_VALUES];

struct dynapse_chip {
    char name[64];
    struct {
        int chips;
        int cores;        // a chip
        int neurons;      // a core
        int cam_entries;  // a neuron: its largest fan-in
        int destinations; // a neuron: SRAM entries, each a chip, a mask of its cores and a tag
        int monitor_destinations; // of these, taken to make a neuron's spikes seen outside
        int tags;
    } limits;
    double dt;                        // s, a tick
    double Iscale;                    // A, the current of a weight of 1
    double Iw[DYNAPSE_BASE_CURRENTS]; // A, nominal base currents
    struct dpi_circuit nominal;       // of every neuron before mismatch
    struct {
        struct dpi_circuit circuit; // coefficient of variation of each value
        double weight;              // of each weight
    } cv;
    struct {
        int fine_codes;
        double full_scale[2][DYNAPSE_COARSE]; // A, of N and of P
        double scale[DYNAPSE_BIASES];
    } bias;
};

// Reads `path` into *c. Refuses with "file:line: field, value, allowed range", and by name a chip
// of another family.
int dynapse_chip_load(struct dynapse_chip *c, const char *path, struct fail *f);

// The same of the text of a chip file; `name` is what messages call it.
int dynapse_chip_load_text(struct dynapse_chip *c, const char *text, const char *name,
                           struct fail *f);

// The text of a chip file with n values changed: chip_change of twin/chip/chip.h.
char *dynapse_chip_change(const char *text, const char *name, const char *const *set, int n,
                          struct fail *f);

// Identity of a loaded chip on this machine.
uint64_t dynapse_chip_hash(const struct dynapse_chip *c);

struct dynapse_code {
    int coarse; // 0..DYNAPSE_COARSE-1
    int fine;   // 0..fine_codes-1
};

// A. Fine 0 is off: 0 A (the law floors what it divides by at Io).
double dynapse_current(const struct dynapse_chip *c, enum dynapse_bias b, struct dynapse_code code);

// The generator follows its line only from some fine code on; below it, all ranges but the finest
// have a neighbour that reaches the same current. Such codes are not chosen (0 is: off).
enum { DYNAPSE_STRAIGHT = 16 };
bool dynapse_code_usable(struct dynapse_code code);

// The usable code whose current is nearest to `ampere` (of equals the finer range); `error`, if not
// NULL: relative error of that current, 0 for 0 A. Never a current below `at_least` where one
// exists (0: no such wish).
struct dynapse_code dynapse_code_of(const struct dynapse_chip *c, enum dynapse_bias b,
                                    double ampere, double at_least, double *error);

#endif
