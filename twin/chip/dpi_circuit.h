// The circuit parameters of one DYNAP-SE2 neuron, as real numbers in SI units.
//
// The 24 of Rockpool's DynapSim (3.1.0), by its names and in the order in which its mismatch draws
// them; If_nmda is listed and acts on nothing there. Equations: docs/dynapse2.md.
#ifndef TWIN_CHIP_DPI_CIRCUIT_H
#define TWIN_CHIP_DPI_CIRCUIT_H

// clang-format off
// VALUE(name, whether it may be 0, unit and what): the one list of them. It may be 0 where nothing is divided
// by it and no logarithm taken (an Itau and an Igain are floored at Io).
#define DPI_CIRCUIT(VALUE) \
    VALUE(Idc,         true,  "A, constant input")                            \
    VALUE(If_nmda,     true,  "A, gate of the NMDA synapse; without effect")  \
    VALUE(Igain_ahp,   true,  "A, gain of the after-hyperpolarisation")       \
    VALUE(Igain_mem,   true,  "A, gain of the membrane")                      \
    VALUE(Igain_syn,   true,  "A, gain of the synapse")                       \
    VALUE(Ipulse_ahp,  false, "A, width of the AHP's pulse")                  \
    VALUE(Ipulse,      false, "A, width of a spike's pulse")                  \
    VALUE(Iref,        false, "A, refractory period")                         \
    VALUE(Ispkthr,     false, "A, spiking threshold")                         \
    VALUE(Itau_ahp,    true,  "A, leak of the AHP")                           \
    VALUE(Itau_mem,    true,  "A, leak of the membrane")                      \
    VALUE(Itau_syn,    true,  "A, leak of the synapse")                       \
    VALUE(Iw_ahp,      true,  "A, weight of the AHP")                         \
    VALUE(C_ahp,       false, "F")                                            \
    VALUE(C_syn,       false, "F")                                            \
    VALUE(C_pulse_ahp, true,  "F")                                            \
    VALUE(C_pulse,     true,  "F")                                            \
    VALUE(C_ref,       true,  "F")                                            \
    VALUE(C_mem,       false, "F")                                            \
    VALUE(Io,          false, "A, dark current")                              \
    VALUE(kappa_n,     false, "subthreshold slope of n-FETs")                 \
    VALUE(kappa_p,     false, "subthreshold slope of p-FETs")                 \
    VALUE(Ut,          false, "V, thermal voltage")                           \
    VALUE(Vth,         true,  "V, charging threshold")
// clang-format on

#define DPI_CIRCUIT_MEMBER(name, may_be_zero, what) double name;
#define DPI_CIRCUIT_COUNT(name, may_be_zero, what)  +1
struct dpi_circuit {
    DPI_CIRCUIT(DPI_CIRCUIT_MEMBER)
};

enum { DPI_CIRCUIT_VALUES = DPI_CIRCUIT(DPI_CIRCUIT_COUNT) }; // doubles in a struct dpi_circuit

#endif
