// From the circuit of a DYNAP-SE2 neuron, in SI units, to the words of model/dpi/dpi.h.
//
// Each word is the real value in units of its LSB, to nearest (ties to even), held to its range.
// `unit` is the chip's nominal dark current in A: the LSB of a current is unit / 2^frac. The real
// values, κ = (κn + κp)/2, with every Itau and Igain at least Io (docs/dynapse2.md):
//
//   io, idc, itau, igain   Io, Idc, Itau_mem, Igain_mem
//   decay       e^(−dt/τ), τ = (Ut/κ)·C_syn/Itau_syn; decay_ahp: C_ahp, Itau_ahp
//   floor       (1 − e^(−t_pulse/τ))·Io, t_pulse = Vth·C_pulse/Ipulse
//   jump        (1 − e^(−t_pulse_ahp/τ_ahp))·(Igain_ahp/Itau_ahp)·Iw_ahp
//   alpha       κ/(κ + 1)
//   gain        unit·dt·κ/(Ut·C_mem); gain_tau the same times unit/Itau_mem
//   log_io      log2(Io/LSB); log_gain log2(Igain_mem/LSB); theta log2(Ispkthr/Io)
//   period      the ticks that an input is blocked for: t_ref = Vth·C_ref/Iref in steps of dt
//   weight      (1 − e^(−t_pulse/τ))·(Igain_syn/Itau_syn)·Iw, Iw the current of the weight
#ifndef TWIN_DPI_DPI_WORDS_H
#define TWIN_DPI_DPI_WORDS_H

#include "model/dpi/dpi_network.h"
#include "twin/chip/dpi_circuit.h"
#include "base/fail.h"

// Words that their formats could not hold, and were held to the nearest that they can.
struct dpi_clamped {
    int64_t words;
    const char *first; // the name of the first of them; NULL: none
};

// What makes the words of a chip besides its circuits and weights.
struct dpi_scale {
    double unit; // A, nominal dark current
    double dt;   // s, a tick
};

// The one rule of what a circuit's parameters may be: positive, or 0 where nothing is divided by them
// and no logarithm taken (an Itau and an Igain are floored at Io), and at most DPI_CIRCUIT_MOST.
// False: the first that is not.
#define DPI_CIRCUIT_MOST 1e12
struct dpi_circuit_wrong {
    const char *name;
    double value;
    bool may_be_zero;
};
bool dpi_circuit_sound(const struct dpi_circuit *c, struct dpi_circuit_wrong *wrong);

// 0, or -1 with the name, value and allowed range of that parameter.
int dpi_circuit_check(const struct dpi_circuit *c, struct fail *f);

void dpi_words_tables(const struct dpi_law *law, struct dpi_tables *t);

// Total: also for a circuit that dpi_circuit_check refuses; what is no number becomes the lowest
// word.
void dpi_words_neuron(const struct dpi_law *law, const struct dpi_scale *scale,
                      const struct dpi_circuit *c, struct dpi_neuron *n,
                      struct dpi_clamped *clamped);

// A of synaptic current for each A of weight: (1 − e^(−t_pulse/τ))·(Igain_syn/Itau_syn).
double dpi_words_charge(const struct dpi_circuit *c);

// The word of one synapse. iw: A, its current (weight times Iscale), negative: inhibition.
int32_t dpi_words_weight(const struct dpi_law *law, const struct dpi_scale *scale, double charge,
                         double iw, struct dpi_clamped *clamped);

// Lays out an image of `sizes` (n_layers, and n_in, n_out, recurrent of each) in memory of its own,
// all words zero but the tables. NULL: out of memory.
struct dpi_image *dpi_image_new(const struct dpi_law *law, const struct dpi_image *sizes);
void dpi_image_free(struct dpi_image *im); // NULL is legal

#endif
