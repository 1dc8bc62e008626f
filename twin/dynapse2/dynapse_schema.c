#include "twin/dynapse2/dynapse_schema.h"

#define QUANTITY(in, member)                                                                       \
    CYAML_FIELD_MAPPING(#member, CYAML_FLAG_DEFAULT, __typeof__(((struct dynapse_file *)0)->in),   \
                        member, chip_quantity_fields)
#define SECTION(in, member, fields)                                                                \
    CYAML_FIELD_MAPPING(#member, CYAML_FLAG_DEFAULT, __typeof__(((struct dynapse_file *)0)->in),   \
                        member, fields)

static const cyaml_schema_field_t limits_fields[] = {
    QUANTITY(limits, chips),        QUANTITY(limits, cores),
    QUANTITY(limits, neurons),      QUANTITY(limits, cam_entries),
    QUANTITY(limits, destinations), QUANTITY(limits, monitor_destinations),
    QUANTITY(limits, tags),         CYAML_FIELD_END};
static const cyaml_schema_field_t capacitance_fields[] = {QUANTITY(capacitance, C_ahp),
                                                          QUANTITY(capacitance, C_syn),
                                                          QUANTITY(capacitance, C_pulse_ahp),
                                                          QUANTITY(capacitance, C_pulse),
                                                          QUANTITY(capacitance, C_ref),
                                                          QUANTITY(capacitance, C_mem),
                                                          CYAML_FIELD_END};
static const cyaml_schema_field_t process_fields[] = {
    QUANTITY(process, Io), QUANTITY(process, kappa_n), QUANTITY(process, kappa_p),
    QUANTITY(process, Ut), QUANTITY(process, Vth),     CYAML_FIELD_END};
static const cyaml_schema_field_t time_fields[] = {
    QUANTITY(time, tau_mem), QUANTITY(time, tau_syn), QUANTITY(time, tau_ahp),
    QUANTITY(time, t_ref),   QUANTITY(time, t_pulse), QUANTITY(time, t_pulse_ahp),
    CYAML_FIELD_END};
static const cyaml_schema_field_t gain_fields[] = {QUANTITY(gain, mem), QUANTITY(gain, syn),
                                                   QUANTITY(gain, ahp), CYAML_FIELD_END};
static const cyaml_schema_field_t current_fields[] = {
    QUANTITY(current, Idc), QUANTITY(current, If_nmda), QUANTITY(current, Ispkthr),
    QUANTITY(current, Iw_ahp), CYAML_FIELD_END};
static const cyaml_schema_field_t weight_fields[] = {
    QUANTITY(weight, Iscale), QUANTITY(weight, Iw_0), QUANTITY(weight, Iw_1),
    QUANTITY(weight, Iw_2),   QUANTITY(weight, Iw_3), CYAML_FIELD_END};
static const cyaml_schema_field_t coarse_fields[] = {QUANTITY(bias.full_scale.N, coarse_0),
                                                     QUANTITY(bias.full_scale.N, coarse_1),
                                                     QUANTITY(bias.full_scale.N, coarse_2),
                                                     QUANTITY(bias.full_scale.N, coarse_3),
                                                     QUANTITY(bias.full_scale.N, coarse_4),
                                                     QUANTITY(bias.full_scale.N, coarse_5),
                                                     CYAML_FIELD_END};
static const cyaml_schema_field_t full_scale_fields[] = {SECTION(bias.full_scale, N, coarse_fields),
                                                         SECTION(bias.full_scale, P, coarse_fields),
                                                         CYAML_FIELD_END};
static const cyaml_schema_field_t scale_fields[] = {
    QUANTITY(bias.scale, SOIF_DC_P),    QUANTITY(bias.scale, DENM_NMREV_N),
    QUANTITY(bias.scale, SOAD_GAIN_P),  QUANTITY(bias.scale, SOIF_GAIN_N),
    QUANTITY(bias.scale, DEAM_EGAIN_P), QUANTITY(bias.scale, DEGA_IGAIN_P),
    QUANTITY(bias.scale, SOAD_PWTAU_N), QUANTITY(bias.scale, SYPD_EXT_N),
    QUANTITY(bias.scale, SOIF_REFR_N),  QUANTITY(bias.scale, SOIF_SPKTHR_P),
    QUANTITY(bias.scale, SOAD_TAU_P),   QUANTITY(bias.scale, SOIF_LEAK_N),
    QUANTITY(bias.scale, DEAM_ETAU_P),  QUANTITY(bias.scale, DEGA_ITAU_P),
    QUANTITY(bias.scale, SOAD_W_N),     QUANTITY(bias.scale, SYAM_W0_P),
    QUANTITY(bias.scale, SYAM_W1_P),    QUANTITY(bias.scale, SYAM_W2_P),
    QUANTITY(bias.scale, SYAM_W3_P),    CYAML_FIELD_END};
static const cyaml_schema_field_t bias_fields[] = {
    QUANTITY(bias, fine_codes), SECTION(bias, full_scale, full_scale_fields),
    SECTION(bias, scale, scale_fields), CYAML_FIELD_END};
static const cyaml_schema_field_t circuit_fields[] = {QUANTITY(mismatch.circuit, Idc),
                                                      QUANTITY(mismatch.circuit, If_nmda),
                                                      QUANTITY(mismatch.circuit, Igain_ahp),
                                                      QUANTITY(mismatch.circuit, Igain_mem),
                                                      QUANTITY(mismatch.circuit, Igain_syn),
                                                      QUANTITY(mismatch.circuit, Ipulse_ahp),
                                                      QUANTITY(mismatch.circuit, Ipulse),
                                                      QUANTITY(mismatch.circuit, Iref),
                                                      QUANTITY(mismatch.circuit, Ispkthr),
                                                      QUANTITY(mismatch.circuit, Itau_ahp),
                                                      QUANTITY(mismatch.circuit, Itau_mem),
                                                      QUANTITY(mismatch.circuit, Itau_syn),
                                                      QUANTITY(mismatch.circuit, Iw_ahp),
                                                      QUANTITY(mismatch.circuit, C_ahp),
                                                      QUANTITY(mismatch.circuit, C_syn),
                                                      QUANTITY(mismatch.circuit, C_pulse_ahp),
                                                      QUANTITY(mismatch.circuit, C_pulse),
                                                      QUANTITY(mismatch.circuit, C_ref),
                                                      QUANTITY(mismatch.circuit, C_mem),
                                                      QUANTITY(mismatch.circuit, Io),
                                                      QUANTITY(mismatch.circuit, kappa_n),
                                                      QUANTITY(mismatch.circuit, kappa_p),
                                                      QUANTITY(mismatch.circuit, Ut),
                                                      QUANTITY(mismatch.circuit, Vth),
                                                      CYAML_FIELD_END};
static const cyaml_schema_field_t mismatch_fields[] = {SECTION(mismatch, circuit, circuit_fields),
                                                       QUANTITY(mismatch, weight), CYAML_FIELD_END};

#define PART(member, fields)                                                                       \
    CYAML_FIELD_MAPPING(#member, CYAML_FLAG_DEFAULT, struct dynapse_file, member, fields)
#define TEXT(member, most)                                                                         \
    CYAML_FIELD_STRING_PTR(#member, CYAML_FLAG_POINTER, struct dynapse_file, member, 1, most)
static const cyaml_schema_field_t file_fields[] = {TEXT(name, 63),
                                                   TEXT(family, 16),
                                                   TEXT(description, 1000),
                                                   PART(limits, limits_fields),
                                                   PART(tick, chip_quantity_fields),
                                                   PART(capacitance, capacitance_fields),
                                                   PART(process, process_fields),
                                                   PART(time, time_fields),
                                                   PART(gain, gain_fields),
                                                   PART(current, current_fields),
                                                   PART(weight, weight_fields),
                                                   PART(bias, bias_fields),
                                                   PART(mismatch, mismatch_fields),
                                                   CYAML_FIELD_END};
const cyaml_schema_value_t dynapse_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct dynapse_file, file_fields)};
