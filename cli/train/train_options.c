// What spiketwin train can be asked, and what it is asked.
#include "cli/train/train.h"
#include "cli/options.h"

#include "twin/train/dpi_train_rows.h"
#include "twin/train/train_rows.h"

#define AT(member)  offsetof(struct train_command, member)
#define LIF(member) AT(lif.train.member)
#define DPI(member) AT(dpi.run.member)

// Rows of twin/train/train_rows.h here.
#define ROW_FLAG(group, name, letter, what, member)                                                \
    OPT_FLAG(TRAIN_LIF, group, name, letter, what, LIF(member)),
#define ROW_WHOLE(group, name, letter, value, what, member, lo, hi)                                \
    OPT_WHOLE(TRAIN_LIF, group, name, letter, value, what, LIF(member), lo, hi),
#define ROW_NUMBER(group, name, letter, value, what, member, lo, hi)                               \
    OPT_NUMBER(TRAIN_LIF, group, name, letter, value, what, LIF(member), lo, hi),
#define ROW_REAL(group, name, value, what, member, lo, hi)                                         \
    OPT_REAL(TRAIN_LIF, group, name, value, what, LIF(member), lo, hi),
#define ROW_CHOICE(group, name, what, member, kinds)                                               \
    OPT_CHOICE(TRAIN_LIF, group, name, what, LIF(member), kinds),
#define ROW_MS(group, name, what, member, lo, hi)                                                  \
    {OPTION_NUMBER, TRAIN_LIF, group, name, 0, "MS", what, LIF(member), lo, hi, 0, 1e-3},

// Rows of twin/train/dpi_train_rows.h.
#define SE2_FLAG(name, letter, what, member)                                                       \
    OPT_FLAG(TRAIN_DPI, SE2, name, letter, what, DPI(member)),
#define SE2_WHOLE(name, letter, value, what, member, lo, hi)                                       \
    OPT_WHOLE(TRAIN_DPI, SE2, name, letter, value, what, DPI(member), lo, hi),
#define SE2_NUMBER(name, letter, value, what, member, lo, hi)                                      \
    OPT_NUMBER(TRAIN_DPI, SE2, name, letter, value, what, DPI(member), lo, hi),
#define SE2_REAL(name, value, what, member, lo, hi)                                                \
    OPT_REAL(TRAIN_DPI, SE2, name, value, what, DPI(member), lo, hi),

enum { BOTH = TRAIN_LIF | TRAIN_DPI, RUN = 1, NET = 11, LEARN = 12, SE2 = 31 };

// clang-format off
static const struct option_row rows[] = {
    OPT_TEXT(BOTH, RUN, "out", 'o', "DIR", "Run folder: the net (net.nir, or net.h5 of DYNAP-SE2), log.jsonl, checkpoint.h5 (needed)", AT(out)),
    OPT_TEXT(BOTH, RUN, "chip", 'c', "CHIP", "Chip: a name in chips/ or a file (default fpga-q8.8). Its law says which of the options below there are", AT(chip)),
    OPT_FLAG(BOTH, RUN, "resume", 0, "Go on where the run in --out was interrupted, to the same bits", AT(resume)),
    OPT_FLAG(BOTH, RUN, "force", 0, "Begin anew where --out holds a run: removes it, and what predict, cosim, sensitivity and replay left there of its net", AT(force)),
    OPT_TEXT(BOTH, RUN, "from", 0, "NET", "Go on from a trained net: of LIF, of the same shape", AT(from)),

    OPT_TITLE(NET, "LIF nets:"),
    OPT_CHOICE(TRAIN_LIF, NET, "condition", "What of the chip is in force: ideal, quantised (codes, no variation) or full (default)", AT(lif.condition), chip_condition_names),
    OPT_FLAG(TRAIN_LIF, NET, "ablate", 0, "Train under each condition, into --out/ideal, quantised and full, and judge each under each", AT(lif.ablate)),
    OPT_FLAG(TRAIN_LIF, NET, "moments", 0, "Tell what each neuron does with first weights: mean and standard deviation of its membrane, spikes a tick, or that it is dead; as a table, and in train.json", AT(lif.moments)),
    OPT_TEXT(TRAIN_LIF, NET, "hidden", 0, "N[,N...]", "Neurons of each hidden layer (default 64)", AT(lif.hidden)),
    TRAIN_ROWS(ROW_FLAG, ROW_WHOLE, ROW_NUMBER, ROW_REAL, ROW_CHOICE, ROW_MS)
    OPT_TEXT(TRAIN_LIF, NET, "taps", 0, "NxTICKS", "Hidden layers hear each source N times, TICKS later each time, by weights of their own: 7x5 is 0, 5, .. 30 ticks late (default 1: once)", AT(lif.taps)),
    OPT_WHOLE(TRAIN_LIF, LEARN, "held-percent", 0, "N", "Training speakers held back to judge epochs", AT(lif.held_percent), 1, 90),

    OPT_TITLE(SE2, "DYNAP-SE2 nets (-c dynapse2, or another file of family dpi):"),
    OPT_TEXT(TRAIN_DPI, SE2, "hidden", 0, "N[,N...]", "With --data: neurons of each hidden layer (default 64; 0: none). Each neuron hears as many sources as the chip has room for, drawn where there are more", AT(dpi.hidden)),
    OPT_TEXT(TRAIN_DPI, SE2, "front", 0, "CHIP", "With recordings: the chip whose front end hears them (default fpga-q8.8)", AT(dpi.front)),
    OPT_TEXT(TRAIN_DPI, SE2, "law", 0, "NAME", patterns_law_help, AT(patterns.law)),
    DPI_TRAIN_ROWS(SE2_FLAG, SE2_WHOLE, SE2_NUMBER, SE2_REAL)
};
// clang-format on

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct train_command *o = state->input;
    if (key != ARGP_KEY_INIT) return options_parse(&o->told, key, arg);
    options_children(state, &o->common, &o->patterns);
    return 0;
}

int train_command_parse(struct train_command *o, int argc, char **argv)
{
    static const struct argp_child children[] = {
        {&cli_data_argp, 0, "Data:", 10},
        {&patterns_argp, 0, "Event patterns, for DYNAP-SE2 nets without --data:", 30},
        {&cli_common_argp, 0, 0, 0},
        {&cli_chip_argp, 0, 0, 0},
        {0}};
    const struct argp argp = {
        o->told.list,
        parse,
        0,
        "Trains through the integer model of virtual chips, backward with a surrogate: 16 "
        "front-end neurons "
        "-> hidden layers -> one neuron a label on recordings; inputs -> hidden layers -> one "
        "neuron a "
        "label on events and arrays; for DYNAP-SE2 chips the same of DPI neurons, or without "
        "--data "
        "60 "
        "inputs -> 2 recurrent ones on event patterns.\v"
        "Epochs are judged on held-back training speakers; validation clips are not touched. Chips "
        "of "
        "training are never among those of predict.\n"
        "Targets over time (a folder with targets/) are trained by the squared error of what is "
        "read of output spikes in "
        "every tick.\n"
        "Examples: spiketwin train -d speech_commands -w yes,no -R -o build/yes-no\n"
        "          spiketwin train -c dynapse2 -d shd_train.h5 --law silicon --hidden 128 -R -o "
        "build/shd\n"
        "          spiketwin train -c dynapse2 --task frozen-noise -E EVENTS --law silicon -o "
        "build/se2",
        children,
        0,
        0};
    *o = (struct train_command){.common = {.seed = 1, .split = DATASET_SPLITS},
                                .patterns = patterns_defaults,
                                .chip = "fpga-q8.8",
                                .lif = {.condition = CHIP_FULL, .held_percent = 10},
                                .dpi = {.hidden = "64", .front = "fpga-q8.8"}};
    train_defaults(&o->lif.train);
    dpi_run_defaults(&o->dpi.run);
    options_open(&o->told, rows, sizeof rows / sizeof *rows);
    cli_parse(&argp, argc, argv, o, sizeof *o);
    const char *chip = options_told(&o->told, "chip");
    int law = cli_chip_is_dpi(chip ? chip : o->chip) ? TRAIN_DPI : TRAIN_LIF;
    char whose[300];
    snprintf(whose, sizeof whose, "%.200s is a chip of %s neurons", chip ? chip : o->chip,
             law == TRAIN_DPI ? "DPI" : "LIF");
    options_take(&o->told, (unsigned)law, whose, o);
    if (!o->out) cli_die("--out DIR is needed");
    return law;
}
