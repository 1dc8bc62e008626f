// The circuit parameters of one DYNAP-SE2 neuron, as real numbers in SI units.
//
// The 24 of Rockpool's DynapSim (3.1.0), by its names and in the order in which its mismatch draws
// them; If_nmda is listed and acts on nothing there. Equations: docs/dynapse2.md.
#ifndef TWIN_CHIP_DPI_CIRCUIT_H
#define TWIN_CHIP_DPI_CIRCUIT_H

struct dpi_circuit {
    double Idc;         // A, constant input
    double If_nmda;     // A, gate of the NMDA synapse; without effect
    double Igain_ahp;   // A, gain of the after-hyperpolarisation
    double Igain_mem;   // A, gain of the membrane
    double Igain_syn;   // A, gain of the synapse
    double Ipulse_ahp;  // A, width of the AHP's pulse
    double Ipulse;      // A, width of a spike's pulse
    double Iref;        // A, refractory period
    double Ispkthr;     // A, spiking threshold
    double Itau_ahp;    // A, leak of the AHP
    double Itau_mem;    // A, leak of the membrane
    double Itau_syn;    // A, leak of the synapse
    double Iw_ahp;      // A, weight of the AHP
    double C_ahp;       // F
    double C_syn;       // F
    double C_pulse_ahp; // F
    double C_pulse;     // F
    double C_ref;       // F
    double C_mem;       // F
    double Io;          // A, dark current
    double kappa_n;     // subthreshold slope of n-FETs
    double kappa_p;     // subthreshold slope of p-FETs
    double Ut;          // V, thermal voltage
    double Vth;         // V, charging threshold
};

enum { DPI_CIRCUIT_VALUES = 24 }; // doubles in a struct dpi_circuit

#endif
