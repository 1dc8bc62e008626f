// The nominal circuit of DYNAP-SE2, for tests and benches.
#ifndef TESTS_LIB_DPI_NOMINAL_H
#define TESTS_LIB_DPI_NOMINAL_H

#include "twin/chip/dpi_circuit.h"

// As DynapSim has it (currents in A, capacitances in F).
static const struct dpi_circuit dpi_nominal = {.Idc = 5e-13,
                                               .If_nmda = 5e-13,
                                               .Igain_ahp = 2.8368794326241126e-11,
                                               .Igain_mem = 2.1276595744680848e-11,
                                               .Igain_syn = 8.687943262411346e-09,
                                               .Ipulse_ahp = 3.5e-07,
                                               .Ipulse = 3.5e-08,
                                               .Iref = 1.05e-09,
                                               .Ispkthr = 1e-07,
                                               .Itau_ahp = 2.8368794326241126e-11,
                                               .Itau_mem = 5.319148936170212e-12,
                                               .Itau_syn = 8.687943262411346e-11,
                                               .Iw_ahp = 5e-13,
                                               .C_ahp = 4e-11,
                                               .C_syn = 2.45e-11,
                                               .C_pulse_ahp = 5e-13,
                                               .C_pulse = 5e-13,
                                               .C_ref = 1.5e-12,
                                               .C_mem = 3e-12,
                                               .Io = 5e-13,
                                               .kappa_n = 0.75,
                                               .kappa_p = 0.66,
                                               .Ut = 0.025,
                                               .Vth = 0.7};

// The same with an AHP that acts: more of it a spike, in pulses of Ipulse_ahp (the less, the
// longer).
static inline struct dpi_circuit dpi_adapting(double Ipulse_ahp)
{
    struct dpi_circuit c = dpi_nominal;
    c.Ipulse_ahp = Ipulse_ahp;
    c.Iw_ahp = 5e-12;
    return c;
}

#endif
