// Virtual DYNAP-SE2 chips: what mismatch makes of a net, a pure function of (net, seed, k).
//
// As twin/net/virtual_chip.h: k = 0 is the nominal chip, evaluation takes 1..2^31 - 1, training
// from 2^31 up. Each of the 24 parameters of each neuron and each weight is p·(1 + cv·N), its N
// drawn in order from the streams (seed, k, circuit, neuron) and (seed, k, weight gain).
#ifndef TWIN_DPI_DPI_CHIPS_H
#define TWIN_DPI_DPI_CHIPS_H

#include "model/dpi/dpi_lanes.h"
#include "twin/dpi/dpi_net.h"
#include "twin/chip/dynapse_chip.h"

enum { DPI_TRAINING = 1u << 31 }; // first k that training may draw

// What varies, and by how much.
struct dpi_variation {
    struct dpi_circuit cv; // coefficient of variation of each parameter
    double weight_cv;      // of each weight
    double limit; // N is held to ±limit; INFINITY: never (and parameters may turn negative)
};

// The chip file's coefficients times `circuit`, and its weight coefficient times `weight`.
struct dpi_variation dpi_variation_of(const struct dynapse_chip *c, double circuit, double weight,
                                      double limit);

// Sixteen chips of a net, in SI units and units of Iscale.
struct dpi_chips {
    int n_in, n, rows;           // rows of w: inputs, then own neurons
    struct dpi_circuit *circuit; // (n, DPI_LANES)
    double *w;                   // (rows, n, DPI_LANES) varied weights
    float *gain;                 // (rows, n, DPI_LANES) dw / d weight of the net
    bool sound[DPI_LANES];       // every parameter is one that a circuit can have
    double *scratch;             // (rows, n)
};

int dpi_chips_init(struct dpi_chips *c, int n_in, int n, struct fail *f);
void dpi_chips_fini(struct dpi_chips *c);

// Chip k into a lane. `nominal` is the circuit of all neurons where the net has none of its own.
void dpi_chips_draw(struct dpi_chips *c, int lane, const struct dpi_net *net,
                    const struct dpi_circuit *nominal, const struct dpi_variation *v, uint64_t seed,
                    uint32_t k);

#endif
