// What spiketwin train can be asked, and what it is asked.
#include "cli/train/train.h"

#define AT(member)  offsetof(struct train_command, member)
#define LIF(member) AT(lif.train.member)
#define DPI(member) AT(dpi.train.member)
#define MS(group, name, what, at, lo, hi)                                                          \
    {                                                                                              \
        OPTION_NUMBER, TRAIN_LIF, group, name, 0, "MS", what, at, lo, hi, 0, 1e-3                  \
    }

static const char *const rate_kinds[] = {"above", "toward", 0};
static const char *const sign_kinds[] = {"project", "anneal", 0};
static const char *const first_kinds[] = {"gaussian", "fluctuation", 0};
enum { BOTH = TRAIN_LIF | TRAIN_DPI, RUN = 1, NET = 11, LEARN = 12, SE2 = 31 };

// clang-format off
static const struct option_row rows[] = {
    OPT_TEXT(BOTH, RUN, "out", 'o', "DIR", "Run folder: the net (net.nir, or net.h5 of DYNAP-SE2), log.jsonl, checkpoint.h5 (needed)", AT(out)),
    OPT_TEXT(BOTH, RUN, "chip", 'c', "CHIP", "Chip: a name in chips/ or a file (default fpga-q8.8). Its law says which of the options below there are", AT(chip)),
    OPT_FLAG(BOTH, RUN, "resume", 'r', "Go on where the run in --out was interrupted, to the same bits", AT(resume)),
    OPT_FLAG(BOTH, RUN, "force", 0, "Begin anew where --out holds a run: removes it, and what predict, cosim, sensitivity and replay left there of its net", AT(force)),
    OPT_TEXT(BOTH, RUN, "from", 0, "NET", "Go on from a trained net: of LIF, of the same shape", AT(from)),

    OPT_TITLE(NET, "LIF nets:"),
    OPT_CHOICE(TRAIN_LIF, NET, "condition", "What of the chip is in force: ideal, quantised (codes, no variation) or full (default)", AT(lif.condition), chip_condition_names),
    OPT_FLAG(TRAIN_LIF, NET, "ablate", 0, "Train under each condition, into --out/ideal, quantised and full, and judge each under each", AT(lif.ablate)),
    OPT_TEXT(TRAIN_LIF, NET, "hidden", 'n', "N[,N...]", "Neurons of each hidden layer (default 64)", AT(lif.hidden)),
    OPT_FLAG(TRAIN_LIF, NET, "recurrent", 'R', "Hidden layers also hear their own last spikes", LIF(recurrent)),
    OPT_TEXT(TRAIN_LIF, NET, "taps", 0, "NxTICKS", "Hidden layers hear each source N times, TICKS later each time, by weights of their own: 7x5 is 0, 5, .. 30 ticks late (default 1: once)", AT(lif.taps)),
    OPT_WHOLE(TRAIN_LIF, NET, "population", 0, "N", "Output neurons a word (default 1)", LIF(population), 1, 256),
    OPT_CHOICE(TRAIN_LIF, NET, "init", "First weights: gaussian (default) or fluctuation (-driven)", LIF(fluctuation), first_kinds),
    OPT_NUMBER(TRAIN_LIF, NET, "xi", 0, "X", "fluctuation: standard deviations from rest to threshold", LIF(initial.xi), 0.1, 100),
    OPT_NUMBER(TRAIN_LIF, NET, "mean", 0, "X", "fluctuation: mean weight, as a part of the largest possible", LIF(initial.mean), 0, 0.999),
    OPT_NUMBER(TRAIN_LIF, NET, "share", 0, "X", "fluctuation: of the variance, to feed-forward sources", LIF(initial.share), 0.001, 0.999),
    OPT_NUMBER(TRAIN_LIF, NET, "front-start", 0, "RATE", "First front-end weights: each filter fires at RATE spikes a tick; 0: all alike; default 0.2, with synaptic currents 0.35, less by what refractory ticks take", LIF(front_start), 0, 1),
    OPT_WHOLE(TRAIN_LIF, LEARN, "steps", 0, "N", "Steps to take, in whole passes over the training clips (default 16000, in 20 to 500 passes)", LIF(steps), 1, 100000000),
    OPT_WHOLE(TRAIN_LIF, LEARN, "epochs", 'e', "N", "Passes over the training clips, in place of --steps", LIF(epochs), 1, 100000),
    OPT_WHOLE(TRAIN_LIF, LEARN, "batch", 'b', "N", "Clips a step (default 32)", LIF(batch), 1, 65536),
    OPT_WHOLE(TRAIN_LIF, LEARN, "clips-per-chip", 0, "N", "A fresh virtual chip every N clips (default 4)", LIF(clips_per_chip), 1, 65536),
    OPT_NUMBER(TRAIN_LIF, LEARN, "lr", 'l', "X", "Learning rate of the weights, in thresholds a step (cosine schedule; default 0.003)", LIF(lr), 1e-9, 10),
    OPT_NUMBER(TRAIN_LIF, LEARN, "lr-front", 0, "X", "The same of the front end; 0: its weights stay", LIF(lr_front), 0, 10),
    OPT_NUMBER(TRAIN_LIF, LEARN, "lr-leak", 0, "X", "Learning rate of leaks, exponential decays and gains; 0: they stay", LIF(lr_leak), 0, 1),
    OPT_NUMBER(TRAIN_LIF, LEARN, "clip-norm", 0, "X", "Largest norm of a step's gradient", LIF(clip_norm), 1e-9, 1e9),
    OPT_NUMBER(TRAIN_LIF, LEARN, "surrogate", 0, "BETA", "Steepness of the surrogate derivative (default 5, of laws beyond leaky integrate-and-fire and with synaptic currents 10)", LIF(surrogate), 0, 1000),
    OPT_NUMBER(TRAIN_LIF, LEARN, "reset-grad", 0, "X", "1: differentiate through the reset, 0: not", LIF(reset_grad), 0, 1),
    OPT_NUMBER(TRAIN_LIF, LEARN, "logit-scale", 0, "X", "Logits = X times output spike counts", LIF(logit_scale), 1e-6, 1e3),
    OPT_REAL(TRAIN_LIF, LEARN, "rate-target", "X", "Spikes a hidden neuron and tick that cost nothing (default 0.1)", LIF(rate.target), 0, 1),
    OPT_REAL(TRAIN_LIF, LEARN, "rate-weight", "X", "Weight of the penalty on rates above (default 1; of events and arrays 30)", LIF(rate.weight), 0, 1e6),
    OPT_CHOICE(TRAIN_LIF, LEARN, "rate-kind", "above: mean of max(rate - target, 0)^2; toward: sum of ((rate - target) weight)^2", LIF(rate.kind), rate_kinds),
    OPT_REAL(TRAIN_LIF, LEARN, "front-rate-target", "X", "The same of front-end neurons", LIF(front_rate.target), 0, 1),
    OPT_REAL(TRAIN_LIF, LEARN, "front-rate-weight", "X", "The same of front-end neurons", LIF(front_rate.weight), 0, 1e6),
    OPT_NUMBER(TRAIN_LIF, LEARN, "topology-weight", 0, "X", "Weight of the loss on blocks of mixed sign", LIF(topology_weight), 0, 1e6),
    OPT_NUMBER(TRAIN_LIF, LEARN, "magnitude-weight", 0, "X", "Weight of the loss on large weights", LIF(magnitude_weight), 0, 1e6),
    OPT_NUMBER(TRAIN_LIF, LEARN, "magnitude-limit", 0, "X", "Weights up to X cost nothing", LIF(magnitude_limit), 0, 1e9),
    OPT_CHOICE(TRAIN_LIF, LEARN, "signs", "Sign blocks: project (legal in every forward pass) or anneal", LIF(anneal_signs), sign_kinds),
    OPT_NUMBER(TRAIN_LIF, LEARN, "choose-from", 0, "X", "The best epoch is one of the last, from this part of the run on (default 0.75; --patience: all)", LIF(choose_from), 0, 1),
    OPT_NUMBER(TRAIN_LIF, LEARN, "average", 0, "EPOCHS", "Judge and keep the moving average of the weights over the last EPOCHS, not the last step's; 0 (default): the last step's", LIF(average), 0, 1e5),
    OPT_WHOLE(TRAIN_LIF, LEARN, "patience", 0, "N", "Stop after N epochs without a better one; 0: never", LIF(patience), 0, 100000),
    OPT_NUMBER(TRAIN_LIF, LEARN, "shift", 0, "MS", "Clips are moved by up to MS either way", LIF(plan.shift_ms), 0, 1000),
    OPT_NUMBER(TRAIN_LIF, LEARN, "mask", 0, "SHARE", "Training hides a window of up to SHARE of each clip's ticks (default 1/16)", LIF(plan.mask_ticks), 0, 1),
    OPT_NUMBER(TRAIN_LIF, LEARN, "mask-inputs", 0, "SHARE", "and a band of up to SHARE of its inputs (default 1/8)", LIF(plan.mask_inputs), 0, 1),
    OPT_NUMBER(TRAIN_LIF, LEARN, "mask-from", 0, "X", "once held-back clips are wrong X times as often as training clips: before that, nothing is learned by heart (default 1.5)", LIF(mask_from), 0, 1e6),
    MS(LEARN, "tau-hidden", "First time constant of hidden neurons", LIF(tau_hidden_s), 0.1, 1e5),
    MS(LEARN, "tau-out", "First time constant of output neurons", LIF(tau_out_s), 0.1, 1e5),
    OPT_WHOLE(TRAIN_LIF, LEARN, "held-percent", 0, "N", "Training speakers held back to judge epochs", AT(lif.held_percent), 1, 90),
    OPT_WHOLE(TRAIN_LIF, LEARN, "held-chips", 0, "N", "Virtual chips that judge an epoch", LIF(held_chips), 1, TRAIN_JUDGES),

    OPT_TITLE(SE2, "DYNAP-SE2 nets (-c dynapse2, or another file of family dpi):"),
    OPT_TEXT(TRAIN_DPI, SE2, "hidden", 'n', "N[,N...]", "With --data: neurons of each hidden layer (default 64; 0: none). Each neuron hears as many sources as the chip has room for, drawn where there are more", AT(dpi.hidden)),
    OPT_FLAG(TRAIN_DPI, SE2, "recurrent", 'R', "With --data: hidden layers also hear their own last spikes", AT(dpi.recurrent)),
    OPT_WHOLE(TRAIN_DPI, SE2, "epochs", 'e', "N", "With --data: passes over the training clips, in place of --steps", AT(dpi.epochs), 1, 100000),
    OPT_WHOLE(TRAIN_DPI, SE2, "clips-per-chip", 0, "N", "With --data: clips that each virtual chip is shown (default 1)", DPI(clips), 1, 65536),
    OPT_WHOLE(TRAIN_DPI, SE2, "held-percent", 0, "N", "With --data: training speakers held back to judge the net (default 10)", AT(dpi.held_percent), 1, 90),
    OPT_TEXT(TRAIN_DPI, SE2, "front", 0, "CHIP", "With recordings: the chip whose front end hears them (default fpga-q8.8)", AT(dpi.front)),
    OPT_NUMBER(TRAIN_DPI, SE2, "front-rate", 0, "HZ", "With recordings: events a second that an input word of 1.0 of a filter comes as (default 100)", AT(dpi.front_rate), 1e-3, 1e6),
    OPT_TEXT(TRAIN_DPI, SE2, "law", 0, "NAME", patterns_law_help, AT(patterns.law)),
    OPT_WHOLE(TRAIN_DPI, SE2, "steps", 0, "N", "Steps (default 2000)", DPI(steps), 1, 10000000),
    OPT_WHOLE(TRAIN_DPI, SE2, "batch", 'b', "N", "Fresh virtual chips a step, in sixteens (default 64); each is shown all patterns, or with --data --clips-per-chip clips", AT(dpi.batch), DPI_LANES, 1024 * DPI_LANES),
    OPT_NUMBER(TRAIN_DPI, SE2, "mismatch", 0, "X", "Their circuit parameters vary by X times the chip file's coefficients (default 3: 30 %; with --data 1)", AT(dpi.mismatch), 0, 10),
    OPT_NUMBER(TRAIN_DPI, SE2, "weight-mismatch", 0, "X", "The same of their weights (default 3; with --data 1)", AT(dpi.weight), 0, 10),
    OPT_NUMBER(TRAIN_DPI, SE2, "truncate", 0, "SIGMA", "They stay within so many standard deviations (default 3)", AT(dpi.truncate), 0, 100),
    OPT_NUMBER(TRAIN_DPI, SE2, "lr", 'l', "X", "Learning rate of a weight, units of Iscale a step (default 0.1, cosine schedule)", DPI(lr), 1e-9, 1e3),
    OPT_NUMBER(TRAIN_DPI, SE2, "clip-norm", 0, "X", "Largest norm of one chip's gradient (default 1)", DPI(clip), 1e-9, 1e9),
    OPT_REAL(TRAIN_DPI, SE2, "surrogate", "BETA", "Steepness of the surrogate derivative below threshold, in e-folds (default 3)", DPI(backward.slope), 0, 1000),
    OPT_NUMBER(TRAIN_DPI, SE2, "logit-scale", 0, "X", "Units of the loss = X times spike counts (default 0.2)", AT(dpi.logit_scale), 1e-6, 1e3),
    OPT_NUMBER(TRAIN_DPI, SE2, "margin", 0, "X", "Units by which the right neuron is to lead (default 1)", DPI(margin), -1e3, 1e3),
    OPT_NUMBER(TRAIN_DPI, SE2, "init-sd", 0, "X", "Standard deviation of the first weights (default 2)", DPI(init), 0, 1e6),
    OPT_NUMBER(TRAIN_DPI, SE2, "weight-max", 0, "X", "Largest weight (default 15)", DPI(weight_max), 0, 1e6),
    OPT_FLAG(TRAIN_DPI, SE2, "weigh", 0, "A chip's gradient counts by how far the chip is from what is wanted, else all alike", DPI(weigh)),
    OPT_REAL(TRAIN_DPI, SE2, "back", "SHARE", "Share of the gradient that passes back through spikes: recurrence and AHP (default 0)", DPI(backward.back), 0, 1),
    OPT_REAL(TRAIN_DPI, SE2, "off", "SHARE", "Share that passes a synapse without drive (default 0)", DPI(backward.off), 0, 1),
    OPT_FLAG(TRAIN_DPI, SE2, "quantise", 0, "Forward with 4-bit weights, each at its nearest sum of four base currents that are fitted to the weights of --from", DPI(quantised)),
};
// clang-format on

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct train_command *o = state->input;
    if (key != ARGP_KEY_INIT) return options_parse(&o->told, key, arg);
    state->child_inputs[0] = state->child_inputs[2] = &o->common;
    state->child_inputs[1] = &o->patterns;
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
        "Examples: spiketwin train -d speech_commands -w yes,no -R -o build/yes-no\n"
        "          spiketwin train -c dynapse2 -d shd_train.h5 --law silicon -n 128 -R -o "
        "build/shd\n"
        "          spiketwin train -c dynapse2 --task frozen-noise -E DIR --law silicon -o "
        "build/se2",
        children,
        0,
        0};
    *o = (struct train_command){.common = {.seed = 1, .split = DATASET_SPLITS},
                                .patterns = patterns_defaults,
                                .chip = "fpga-q8.8",
                                .lif = {.condition = CHIP_FULL, .held_percent = 10},
                                .dpi = {.mismatch = 3,
                                        .weight = 3,
                                        .truncate = 3,
                                        .hidden = "64",
                                        .front = "fpga-q8.8",
                                        .held_percent = 10,
                                        .front_rate = 100}};
    train_defaults(&o->lif.train);
    dpi_train_defaults(&o->dpi.train);
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
