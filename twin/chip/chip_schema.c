#include "twin/chip/chip_schema.h"

#include "twin/io/yaml_lines.h"

#include <string.h>

const cyaml_schema_field_t chip_quantity_fields[] = {
    CYAML_FIELD_STRING_PTR("value", CYAML_FLAG_POINTER, struct chip_quantity, value, 1, 1000),
    CYAML_FIELD_STRING_PTR("unit", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct chip_quantity,
                           unit, 0, 64),
    CYAML_FIELD_STRING_PTR("source", CYAML_FLAG_POINTER, struct chip_quantity, source, 1, 1000),
    CYAML_FIELD_END};

#define QUANTITY(in, member)                                                                       \
    CYAML_FIELD_MAPPING(#member, CYAML_FLAG_DEFAULT, __typeof__(((struct chip_file *)0)->in),      \
                        member, chip_quantity_fields)

#define OPTIONAL_QUANTITY(in, member)                                                              \
    CYAML_FIELD_MAPPING(#member, CYAML_FLAG_OPTIONAL, __typeof__(((struct chip_file *)0)->in),     \
                        member, chip_quantity_fields)

static const cyaml_schema_field_t law_fields[] = {QUANTITY(law, input),
                                                  QUANTITY(law, weight),
                                                  QUANTITY(law, membrane),
                                                  QUANTITY(law, leak),
                                                  QUANTITY(law, round_current),
                                                  QUANTITY(law, round_leak),
                                                  QUANTITY(law, leak_kind),
                                                  QUANTITY(law, clamp),
                                                  QUANTITY(law, floor),
                                                  QUANTITY(law, fire),
                                                  QUANTITY(law, reset),
                                                  QUANTITY(law, order),
                                                  QUANTITY(law, refractory_ticks),
                                                  OPTIONAL_QUANTITY(law, currents),
                                                  OPTIONAL_QUANTITY(law, current),
                                                  OPTIONAL_QUANTITY(law, decay_kind),
                                                  OPTIONAL_QUANTITY(law, round_decay),
                                                  OPTIONAL_QUANTITY(law, decay_order),
                                                  OPTIONAL_QUANTITY(law, saturation),
                                                  OPTIONAL_QUANTITY(law, saturate_sum),
                                                  OPTIONAL_QUANTITY(law, gain),
                                                  OPTIONAL_QUANTITY(law, rest),
                                                  OPTIONAL_QUANTITY(law, refractory),
                                                  CYAML_FIELD_END};
static const cyaml_schema_field_t weight_fields[] = {QUANTITY(weight, min),
                                                     QUANTITY(weight, max),
                                                     OPTIONAL_QUANTITY(weight, bits),
                                                     OPTIONAL_QUANTITY(weight, step),
                                                     OPTIONAL_QUANTITY(weight, charges),
                                                     OPTIONAL_QUANTITY(weight, sign_block),
                                                     OPTIONAL_QUANTITY(weight, sign_axis),
                                                     CYAML_FIELD_END};
static const cyaml_schema_field_t core_fields[] = {QUANTITY(cores, neurons),
                                                   QUANTITY(cores, fan_in), CYAML_FIELD_END};
static const cyaml_schema_field_t power_fields[] = {
    QUANTITY(power, spike), QUANTITY(power, front_spike), QUANTITY(power, front),
    QUANTITY(power, rest), CYAML_FIELD_END};
static const cyaml_schema_field_t spread_fields[] = {QUANTITY(mismatch.leak, local),
                                                     QUANTITY(mismatch.leak, die), CYAML_FIELD_END};
#define SPREAD(member)                                                                             \
    CYAML_FIELD_MAPPING(#member, CYAML_FLAG_DEFAULT,                                               \
                        __typeof__(((struct chip_file *)0)->mismatch), member, spread_fields)
static const cyaml_schema_field_t mismatch_fields[] = {
    SPREAD(weight_gain), SPREAD(weight_offset),         SPREAD(threshold), SPREAD(leak),
    SPREAD(input_gain),  QUANTITY(mismatch, front_end), CYAML_FIELD_END};
static const cyaml_schema_field_t jitter_fields[] = {QUANTITY(jitter, sigma),
                                                     QUANTITY(jitter, acts_leak),
                                                     QUANTITY(jitter, acts_edges), CYAML_FIELD_END};
static const cyaml_schema_field_t fault_fields[] = {QUANTITY(faults, stuck_bits),
                                                    QUANTITY(faults, dead_neurons),
                                                    QUANTITY(faults, bit_flips), CYAML_FIELD_END};
static const cyaml_schema_field_t frontend_fields[] = {
    QUANTITY(frontend, rate),       QUANTITY(frontend, filters),
    QUANTITY(frontend, f_low),      QUANTITY(frontend, f_high),
    QUANTITY(frontend, bandwidth),  QUANTITY(frontend, hop),
    QUANTITY(frontend, floor_bits), QUANTITY(frontend, adapt_shift),
    QUANTITY(frontend, gain),       CYAML_FIELD_END};

#define SECTION(member, fields)                                                                    \
    CYAML_FIELD_MAPPING(#member, CYAML_FLAG_DEFAULT, struct chip_file, member, fields)
#define OPTIONAL_SECTION(member, fields)                                                           \
    CYAML_FIELD_MAPPING(#member, CYAML_FLAG_OPTIONAL, struct chip_file, member, fields)
// A chip that is only run on vectors has no need of what comes after the law.
static const cyaml_schema_field_t file_fields[] = {
    CYAML_FIELD_STRING_PTR("name", CYAML_FLAG_POINTER, struct chip_file, name, 1, 63),
    CYAML_FIELD_STRING_PTR("description", CYAML_FLAG_POINTER, struct chip_file, description, 1,
                           1000),
    SECTION(law, law_fields),
    OPTIONAL_SECTION(tick, chip_quantity_fields),
    OPTIONAL_SECTION(threshold, chip_quantity_fields),
    OPTIONAL_SECTION(tau, chip_quantity_fields),
    OPTIONAL_SECTION(front_tau, chip_quantity_fields),
    OPTIONAL_SECTION(tau_syn, chip_quantity_fields),
    OPTIONAL_SECTION(gain, chip_quantity_fields),
    OPTIONAL_SECTION(rest, chip_quantity_fields),
    OPTIONAL_SECTION(reset, chip_quantity_fields),
    OPTIONAL_SECTION(weight, weight_fields),
    OPTIONAL_SECTION(cores, core_fields),
    OPTIONAL_SECTION(power, power_fields),
    OPTIONAL_SECTION(mismatch, mismatch_fields),
    OPTIONAL_SECTION(jitter, jitter_fields),
    OPTIONAL_SECTION(faults, fault_fields),
    OPTIONAL_SECTION(frontend, frontend_fields),
    CYAML_FIELD_END};
const cyaml_schema_value_t chip_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct chip_file, file_fields)};

int chip_family_check(const char *path, const char *wanted, struct fail *f)
{
    char family[32];
    int line = yaml_text_of(path, "family", family, sizeof family);
    if (!line) line = yaml_line_of(path, "law", "");
    if (!line || !strcmp(wanted, *family ? family : "lif")) return 0; // or no chip file at all
    return fail(f, "%s:%d: family, %s, allowed %s here", path, line,
                *family ? family : "lif (none stated)", wanted);
}
