#include "model/lif/law_fields.h"

#define LAW(member) offsetof(struct law, member)
#define LAYER(member)                                                                              \
    (offsetof(struct image_shape, layer[0].member) - offsetof(struct image_shape, layer[0]))

static const char *const
    gains[] = {"none", "words"},
    *const rests[] = {"zero", "words"}, *const decay_orders[] = {"decay_first", "gather_first"},
    *const saturations[] = {"of_the_sum", "after_each_source"},
    *const saturate_sums[] = {"end", "increment"}, *const clamps[] = {"saturate", "wrap"},
    *const ends[] = {"format", "symmetric"}, *const floors[] = {"none", "zero"},
    *const fires[] = {"ge", "gt"}, *const fires_on[] = {"membrane", "before"},
    *const resets[] = {"zero", "subtract"}, *const orders[] = {"leak_first", "integrate_first"},
    *const refractories[] = {"leaks", "holds"}, *const topologies[] = {"dense", "one_to_one"};

// clang-format off
const struct field law_fields[] = {
    {"input",            FIELD_FORMAT, LAW(input),            0, 1, 8, 0, false, 0},
    {"weight",           FIELD_FORMAT, LAW(weight),           0, 2, 16, 0, false, 0},
    {"membrane",         FIELD_FORMAT, LAW(membrane),         0, 4, 32, 0, false, 0},
    {"current",          FIELD_FORMAT, LAW(current),          0, 4, 32, 0, true, 0, LAW(currents)},
    {"leak",             FIELD_FORMAT, LAW(leak),             0, 1, 16, 0, false, 0},
    {"round_current",    FIELD_CHOICE, LAW(round_current),    law_round_names, 0, FX_ROUNDS - 1, 0, false, 0},
    {"round_decay",      FIELD_CHOICE, LAW(round_decay),      law_round_names, 0, FX_ROUNDS - 1, 0, true, 0, LAW(currents)},
    {"round_leak",       FIELD_CHOICE, LAW(round_leak),       law_round_names, 0, FX_ROUNDS - 1, 0, false, 0},
    {"leak_kind",        FIELD_CHOICE, LAW(leak_kind),        law_leak_names, 0, LAW_LEAKS - 1, 0, false, 0},
    {"leak_when",        FIELD_CHOICE, LAW(leak_when),        law_when_names, 0, LAW_WHENS - 1, 0, true, 0, LAW(leak_kind), .joins = 16},
    {"decay_kind",       FIELD_CHOICE, LAW(decay_kind),       law_leak_names, 0, LAW_LEAKS - 1, 0, true, 0, LAW(currents)},
    {"gain",             FIELD_FORMAT, LAW(gain),             0, 2, 32, 0, true, 0, LAW(has_gain)},
    {"currents",         FIELD_BYTE,   LAW(currents),         0, 0, LAW_MAX_CURRENTS, 0, true, 0},
    {"input_signed",     FIELD_SIGN,   LAW(input_signed),     0, 0, 0, LAW(input), true, 0},
    {"leak_signed",      FIELD_SIGN,   LAW(leak_signed),      0, 0, 0, LAW(leak), true, 0},
    {"input_gain",       FIELD_SWITCH, LAW(has_gain),         gains, 0, 1, LAW(gain), true, 0},
    {"rest",             FIELD_SWITCH, LAW(has_rest),         rests, 0, 1, 0, true, 0},
    {"decay_order",      FIELD_SWITCH, LAW(decay_last),       decay_orders, 0, 1, 0, true, 0},
    {"saturation",       FIELD_SWITCH, LAW(saturate_each),    saturations, 0, 1, 0, true, 0},
    {"saturate_sum",     FIELD_SWITCH, LAW(saturate_increment), saturate_sums, 0, 1, 0, true, 0, .joins = 2},
    {"clamp",            FIELD_SWITCH, LAW(wrap),             clamps, 0, 1, 0, false, 0},
    {"ends",             FIELD_SWITCH, LAW(symmetric),        ends, 0, 1, 0, true, 0, .joins = 2},
    {"floor",            FIELD_SWITCH, LAW(floor_zero),       floors, 0, 1, 0, false, 0},
    {"fire",             FIELD_SWITCH, LAW(fire_gt),          fires, 0, 1, 0, false, 0},
    {"fire_on",          FIELD_SWITCH, LAW(fire_before),      fires_on, 0, 1, 0, true, 0, .joins = 2},
    {"reset",            FIELD_SWITCH, LAW(reset_subtract),   resets, 0, 1, 0, false, 0},
    {"order",            FIELD_SWITCH, LAW(integrate_first),  orders, 0, 1, 0, false, 0},
    {"refractory",       FIELD_SWITCH, LAW(refractory_hold),  refractories, 0, 1, 0, true, 0},
    {"refractory_ticks", FIELD_BYTE,   LAW(refractory_ticks), 0, 0, 255, 0, false, "ticks"},
    {0}};

const struct field layer_fields[] = {
    {"inputs",     FIELD_COUNT,  LAYER(n_in),       0, 1, IMAGE_MAX_NEURONS, 0, false, 0},
    {"neurons",    FIELD_COUNT,  LAYER(n_out),      0, 1, IMAGE_MAX_NEURONS, 0, false, 0},
    {"topology",   FIELD_CHOICE, LAYER(topology),   topologies, 0, IMAGE_ONE_TO_ONE, 0, false, 0},
    {"recurrent",  FIELD_SWITCH, LAYER(recurrent),  0, 0, 1, 0, false, 0},
    {"delayed",    FIELD_SWITCH, LAYER(delayed),    0, 0, 1, 0, false, 0},
    {"max_spikes", FIELD_COUNT,  LAYER(max_spikes), 0, 1, LAW_MAX_SPIKES, 0, false, 0},
    {"taps",       FIELD_COUNT,  LAYER(taps),       0, 1, IMAGE_MAX_TAPS, 0, true, 0},
    {"spacing",    FIELD_COUNT,  LAYER(spacing),    0, 1, IMAGE_MAX_LATE, 0, true, "ticks"},
    {0}};
// clang-format on

_Static_assert(sizeof(enum law_leak) == sizeof(int) && sizeof(enum fx_round) == sizeof(int) &&
                   sizeof(enum image_topology) == sizeof(int),
               "FIELD_CHOICE");
