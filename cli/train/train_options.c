// What spiketwin train can be asked, and what it is asked.
#include "cli/train/train.h"

#include <stdlib.h>
#include <string.h>

enum {
    KEY_LR_LEAK = 1000,
    KEY_CLIP,
    KEY_SURROGATE,
    KEY_RESET_GRAD,
    KEY_LOGIT_SCALE,
    KEY_RATE_TARGET,
    KEY_RATE_WEIGHT,
    KEY_SHIFT,
    KEY_HELD_CHIPS,
    KEY_HELD_PERCENT,
    KEY_TAU_HIDDEN,
    KEY_TAU_OUT,
    KEY_CLIPS_PER_CHIP,
    KEY_LR_FRONT,
    KEY_FRONT_RATE_TARGET,
    KEY_FRONT_RATE_WEIGHT,
    KEY_FRONT_START,
    KEY_RATE_KIND,
    KEY_TOPOLOGY,
    KEY_MAGNITUDE,
    KEY_MAGNITUDE_LIMIT,
    KEY_SIGNS,
    KEY_PATIENCE,
    KEY_CHOOSE_FROM,
    KEY_AVERAGE,
    KEY_POPULATION,
    KEY_INIT,
    KEY_XI,
    KEY_MEAN,
    KEY_SHARE,
    KEY_CONDITION,
    KEY_FROM,
    KEY_ABLATE,
    KEY_FORCE
};

// One of the choices of an option, or the end of the program.
static int choice(const char *option, const char *arg, const char *const *choices, int n)
{
    for (int i = 0; i < n; i++)
        if (!strcmp(arg, choices[i])) return i;
    cli_die("%s: %s, allowed %s, %s%s%s", option, arg, choices[0], choices[1], n > 2 ? ", " : "",
            n > 2 ? choices[2] : "");
}

static void hidden_layers(struct train_options *t, const char *arg)
{
    char *list = strdup(arg), *at = 0;
    int n = 0;
    if (!list) cli_no_memory();
    memset(t->n_hidden, 0, sizeof t->n_hidden);
    for (char *one = strtok_r(list, ",", &at); one; one = strtok_r(0, ",", &at)) {
        if (n == TRAIN_MAX_HIDDEN)
            cli_die("--hidden: %s, allowed 1..%d layers", arg, TRAIN_MAX_HIDDEN);
        t->n_hidden[n++] = (int)cli_integer("--hidden", one, 1, 1024);
    }
    if (n == 0) cli_die("--hidden: %s, allowed numbers with commas between them", arg);
    free(list);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct train_command *o = state->input;
    struct train_options *t = &o->train;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = state->child_inputs[1] = &o->common;
        return 0;
    case 'c':
        o->chip = arg;
        return 0;
    case 'o':
        o->out = arg;
        return 0;
    case 'r':
        o->resume = true;
        return 0;
    case KEY_FORCE:
        o->force = true;
        return 0;
    case KEY_ABLATE:
        o->ablate = true;
        return 0;
    case 'R':
        t->recurrent = 1;
        return 0;
    case 'n':
        hidden_layers(t, arg);
        return 0;
    case KEY_LR_FRONT:
        t->lr_front = cli_number("--lr-front", arg, 0, 10);
        return 0;
    case KEY_FRONT_RATE_TARGET:
        t->front_rate.target = (float)cli_number("--front-rate-target", arg, 0, 1);
        return 0;
    case KEY_FRONT_RATE_WEIGHT:
        t->front_rate.weight = (float)cli_number("--front-rate-weight", arg, 0, 1e6);
        return 0;
    case KEY_FRONT_START:
        t->front_start = cli_number("--front-start", arg, 0, 1);
        o->front_start_told = true;
        return 0;
    case KEY_RATE_KIND:
        t->rate.kind = t->front_rate.kind = (enum loss_rate_kind)choice(
            "--rate-kind", arg, (const char *const[]){"above", "toward"}, 2);
        return 0;
    case KEY_TOPOLOGY:
        t->topology_weight = cli_number("--topology-weight", arg, 0, 1e6);
        return 0;
    case KEY_MAGNITUDE:
        t->magnitude_weight = cli_number("--magnitude-weight", arg, 0, 1e6);
        return 0;
    case KEY_MAGNITUDE_LIMIT:
        t->magnitude_limit = cli_number("--magnitude-limit", arg, 0, 1e9);
        return 0;
    case KEY_SIGNS:
        t->anneal_signs = choice("--signs", arg, (const char *const[]){"project", "anneal"}, 2);
        return 0;
    case KEY_CHOOSE_FROM:
        t->choose_from = cli_number("--choose-from", arg, 0, 1);
        return 0;
    case KEY_AVERAGE:
        t->average = cli_number("--average", arg, 0, 1e5);
        return 0;
    case KEY_PATIENCE:
        t->patience = (int)cli_integer("--patience", arg, 0, 100000);
        return 0;
    case KEY_POPULATION:
        t->population = (int)cli_integer("--population", arg, 1, 256);
        return 0;
    case KEY_INIT:
        t->fluctuation = choice("--init", arg, (const char *const[]){"gaussian", "fluctuation"}, 2);
        return 0;
    case KEY_XI:
        t->initial.xi = cli_number("--xi", arg, 0.1, 100);
        return 0;
    case KEY_MEAN:
        t->initial.mean = cli_number("--mean", arg, 0, 0.999);
        return 0;
    case KEY_SHARE:
        t->initial.share = cli_number("--share", arg, 0.001, 0.999);
        return 0;
    case KEY_CONDITION:
        o->condition = (enum chip_condition)choice("--condition", arg, chip_condition_names, 3);
        return 0;
    case KEY_FROM:
        o->from = arg;
        return 0;
    case 'e':
        t->epochs = (int)cli_integer("--epochs", arg, 1, 100000);
        return 0;
    case 'b':
        t->batch = (int)cli_integer("--batch", arg, 1, 65536);
        return 0;
    case 'l':
        t->lr = cli_number("--lr", arg, 1e-9, 10);
        return 0;
    case KEY_LR_LEAK:
        t->lr_leak = cli_number("--lr-leak", arg, 0, 1);
        return 0;
    case KEY_CLIP:
        t->clip_norm = cli_number("--clip-norm", arg, 1e-9, 1e9);
        return 0;
    case KEY_SURROGATE:
        t->surrogate = cli_number("--surrogate", arg, 0, 1000);
        return 0;
    case KEY_RESET_GRAD:
        t->reset_grad = cli_number("--reset-grad", arg, 0, 1);
        o->reset_grad_told = true;
        return 0;
    case KEY_LOGIT_SCALE:
        t->logit_scale = cli_number("--logit-scale", arg, 1e-6, 1e3);
        return 0;
    case KEY_RATE_TARGET:
        t->rate.target = (float)cli_number("--rate-target", arg, 0, 1);
        return 0;
    case KEY_RATE_WEIGHT:
        t->rate.weight = (float)cli_number("--rate-weight", arg, 0, 1e6);
        return 0;
    case KEY_SHIFT:
        t->shift_ms = cli_number("--shift", arg, 0, 1000);
        return 0;
    case KEY_HELD_CHIPS:
        t->held_chips = (int)cli_integer("--held-chips", arg, 1, TRAIN_JUDGES);
        return 0;
    case KEY_HELD_PERCENT:
        o->held_percent = (int)cli_integer("--held-percent", arg, 1, 90);
        return 0;
    case KEY_TAU_HIDDEN:
        t->tau_hidden_s = 1e-3 * cli_number("--tau-hidden", arg, 0.1, 1e5);
        return 0;
    case KEY_TAU_OUT:
        t->tau_out_s = 1e-3 * cli_number("--tau-out", arg, 0.1, 1e5);
        return 0;
    case KEY_CLIPS_PER_CHIP:
        t->clips_per_chip = (int)cli_integer("--clips-per-chip", arg, 1, 65536);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"out", 'o', "DIR", 0, "Run folder: net.nir, log.jsonl, checkpoint.h5 (needed)", 1},
    {"chip", 'c', "CHIP", 0, "Chip: a name in chips/ or a file (default fpga-q8.8)", 1},
    {"resume", 'r', 0, 0, "Go on where the run in --out was interrupted, to the same bits", 1},
    {"condition", KEY_CONDITION, "C", 0,
     "What of the chip is in force: ideal, quantised (codes, no variation) or full (default)", 1},
    {"force", KEY_FORCE, 0, 0,
     "Begin anew where --out holds a run: removes it, and what predict, cosim, sensitivity and "
     "replay "
     "left there of its net",
     1},
    {"ablate", KEY_ABLATE, 0, 0,
     "Train under each condition, into --out/ideal, quantised and full, and judge each under each",
     1},
    {"from", KEY_FROM, "NET", 0, "Go on from a trained net of the same shape", 1},
    {"hidden", 'n', "N[,N...]", 0, "Neurons of each hidden layer (default 64)", 2},
    {"recurrent", 'R', 0, 0, "Hidden layers also hear their own last spikes", 2},
    {"population", KEY_POPULATION, "N", 0, "Output neurons a word (default 1)", 2},
    {"init", KEY_INIT, "KIND", 0, "First weights: gaussian (default) or fluctuation (-driven)", 2},
    {"xi", KEY_XI, "X", 0, "fluctuation: standard deviations from rest to threshold", 2},
    {"mean", KEY_MEAN, "X", 0, "fluctuation: mean weight, as a part of the largest possible", 2},
    {"share", KEY_SHARE, "X", 0, "fluctuation: of the variance, to feed-forward sources", 2},
    {"front-start", KEY_FRONT_START, "RATE", 0,
     "First front-end weights: each filter fires at RATE spikes a tick; 0: all alike; default 0, "
     "of "
     "laws beyond leaky integrate-and-fire 0.2",
     2},
    {"epochs", 'e', "N", 0, "Passes over the training clips", 3},
    {"batch", 'b', "N", 0, "Clips a step", 3},
    {"clips-per-chip", KEY_CLIPS_PER_CHIP, "N", 0, "A fresh virtual chip every N clips", 3},
    {"lr", 'l', "X", 0, "Learning rate of the weights, in thresholds a step (cosine schedule)", 3},
    {"lr-front", KEY_LR_FRONT, "X", 0, "The same of the front end; 0: its weights stay", 3},
    {"lr-leak", KEY_LR_LEAK, "X", 0, "Learning rate of the leaks; 0: leaks stay", 3},
    {"clip-norm", KEY_CLIP, "X", 0, "Largest norm of a step's gradient", 3},
    {"surrogate", KEY_SURROGATE, "BETA", 0, "Steepness of the surrogate derivative", 3},
    {"reset-grad", KEY_RESET_GRAD, "X", 0, "1: differentiate through the reset, 0: not", 3},
    {"logit-scale", KEY_LOGIT_SCALE, "X", 0, "Logits = X times output spike counts", 3},
    {"rate-target", KEY_RATE_TARGET, "X", 0, "Spikes a hidden neuron and tick that cost nothing",
     3},
    {"rate-weight", KEY_RATE_WEIGHT, "X", 0, "Weight of the penalty on rates above", 3},
    {"rate-kind", KEY_RATE_KIND, "KIND", 0,
     "above: mean of max(rate - target, 0)^2; toward: sum of ((rate - target) weight)^2", 3},
    {"front-rate-target", KEY_FRONT_RATE_TARGET, "X", 0, "The same of front-end neurons", 3},
    {"front-rate-weight", KEY_FRONT_RATE_WEIGHT, "X", 0, "The same of front-end neurons", 3},
    {"topology-weight", KEY_TOPOLOGY, "X", 0, "Weight of the loss on blocks of mixed sign", 3},
    {"magnitude-weight", KEY_MAGNITUDE, "X", 0, "Weight of the loss on large weights", 3},
    {"magnitude-limit", KEY_MAGNITUDE_LIMIT, "X", 0, "Weights up to X cost nothing", 3},
    {"signs", KEY_SIGNS, "KIND", 0, "Sign blocks: project (legal in every forward pass) or anneal",
     3},
    {"choose-from", KEY_CHOOSE_FROM, "X", 0,
     "The best epoch is one of the last, from this part of the run on (default 0.75; --patience: "
     "all)",
     3},
    {"average", KEY_AVERAGE, "EPOCHS", 0,
     "Judge and keep the moving average of the weights over the last EPOCHS, not the last step's; "
     "0 (default): the last step's",
     3},
    {"patience", KEY_PATIENCE, "N", 0, "Stop after N epochs without a better one; 0: never", 3},
    {"shift", KEY_SHIFT, "MS", 0, "Clips are moved by up to MS either way", 3},
    {"tau-hidden", KEY_TAU_HIDDEN, "MS", 0, "First time constant of hidden neurons", 3},
    {"tau-out", KEY_TAU_OUT, "MS", 0, "First time constant of output neurons", 3},
    {"held-percent", KEY_HELD_PERCENT, "N", 0, "Training speakers held back to judge epochs", 3},
    {"held-chips", KEY_HELD_CHIPS, "N", 0, "Virtual chips that judge an epoch", 3},
    {0}};

void train_command_parse(struct train_command *o, int argc, char **argv)
{
    static const struct argp_child children[] = {
        {&cli_data_argp, 0, 0, 0}, {&cli_common_argp, 0, 0, 0}, {&cli_chip_argp, 0, 0, 0}, {0}};
    static const struct argp argp = {
        options,
        parse,
        0,
        "Trains 16 front-end neurons -> hidden layer -> one neuron a word, forward through the "
        "integer model of virtual chips, backward with a surrogate.\v"
        "Epochs are judged on held-back training speakers; validation clips are not touched.\n"
        "Example: spiketwin train -d speech_commands -w yes,no -R -o build/yes-no",
        children,
        0,
        0};
    *o = (struct train_command){.common = {.seed = 1, .split = SPLIT_VALIDATION},
                                .chip = "fpga-q8.8",
                                .condition = CHIP_FULL,
                                .held_percent = 10};
    train_defaults(&o->train);
    cli_parse(&argp, argc, argv, o, sizeof *o);
    if (!o->out) cli_die("--out DIR is needed");
    if (o->ablate && (o->condition != CHIP_FULL || o->resume))
        cli_die("--ablate: not with --condition or --resume; it trains under each condition");
    o->train.seed = o->common.seed;
}
