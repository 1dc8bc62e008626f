// Inside of chip files of family `dpi`: what stands in one, before any value is understood.
#ifndef TWIN_DYNAPSE2_DYNAPSE_SCHEMA_H
#define TWIN_DYNAPSE2_DYNAPSE_SCHEMA_H

#include "twin/chip/chip_schema.h"

struct dynapse_full_scale {
    struct chip_quantity coarse_0, coarse_1, coarse_2, coarse_3, coarse_4, coarse_5;
};

struct dynapse_file {
    char *name, *family, *description;
    struct {
        struct chip_quantity chips, cores, neurons, cam_entries, destinations, monitor_destinations,
            tags;
    } limits;
    struct chip_quantity tick;
    struct {
        struct chip_quantity C_ahp, C_syn, C_pulse_ahp, C_pulse, C_ref, C_mem;
    } capacitance;
    struct {
        struct chip_quantity Io, kappa_n, kappa_p, Ut, Vth;
    } process;
    struct {
        struct chip_quantity tau_mem, tau_syn, tau_ahp, t_ref, t_pulse, t_pulse_ahp;
    } time;
    struct {
        struct chip_quantity mem, syn, ahp;
    } gain;
    struct {
        struct chip_quantity Idc, If_nmda, Ispkthr, Iw_ahp;
    } current;
    struct {
        struct chip_quantity Iscale, Iw_0, Iw_1, Iw_2, Iw_3;
    } weight;
    struct {
        struct chip_quantity fine_codes;
        struct {
            struct dynapse_full_scale N, P;
        } full_scale;
        struct {
            struct chip_quantity SOIF_DC_P, DENM_NMREV_N, SOAD_GAIN_P, SOIF_GAIN_N, DEAM_EGAIN_P,
                DEGA_IGAIN_P, SOAD_PWTAU_N, SYPD_EXT_N, SOIF_REFR_N, SOIF_SPKTHR_P, SOAD_TAU_P,
                SOIF_LEAK_N, DEAM_ETAU_P, DEGA_ITAU_P, SOAD_W_N, SYAM_W0_P, SYAM_W1_P, SYAM_W2_P,
                SYAM_W3_P;
        } scale;
    } bias;
    struct {
        struct {
            struct chip_quantity Idc, If_nmda, Igain_ahp, Igain_mem, Igain_syn, Ipulse_ahp, Ipulse,
                Iref, Ispkthr, Itau_ahp, Itau_mem, Itau_syn, Iw_ahp, C_ahp, C_syn, C_pulse_ahp,
                C_pulse, C_ref, C_mem, Io, kappa_n, kappa_p, Ut, Vth;
        } circuit;
        struct chip_quantity weight;
    } mismatch;
};

extern const cyaml_schema_value_t dynapse_schema; // of a struct dynapse_file *

#endif
