// What the actions of `spiketwin dynapse2` share: options, law, task.
#include "cli/dynapse2/dynapse2.h"

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct dynapse2_common *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->patterns;
        state->child_inputs[1] = &o->common;
        return 0;
    case 'c':
        o->chip = arg;
        return 0;
    case 'L':
        patterns_parse_law(&o->patterns, arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"chip", 'c', "CHIP", 0,
     "Chip: a name in chips/ or a file of family dpi (default: the net's own, or dynapse2)", 20},
    {"law", 'L', "NAME", 0, patterns_law_help, 20},
    {0}};
static const struct argp_child children[] = {
    {&patterns_argp, 0, 0, 0}, {&cli_common_argp, 0, 0, 0}, {&cli_chip_argp, 0, 0, 0}, {0}};
const struct argp dynapse2_argp = {options, parse, 0, 0, children, 0, 0};
