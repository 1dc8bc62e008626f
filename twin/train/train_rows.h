// What of struct train_options is told by name: `spiketwin train --NAME`, and train(.., NAME=..) of Python.
//
// TRAIN_ROWS(FLAG, WHOLE, NUMBER, REAL, CHOICE, MS) is a row each:
//
//   FLAG(group, name, letter, what, member)
//   WHOLE, NUMBER(group, name, letter, unit, what, member, lowest, highest)   int, double
//   REAL(group, name, unit, what, member, lowest, highest)                    float
//   CHOICE(group, name, what, member, kinds)                                  which of kinds, NULL at their end
//   MS(group, name, what, member, lowest, highest)                            told in ms, kept in s
//
// group: NET, of its shape and first weights, or LEARN.
#ifndef TWIN_TRAIN_TRAIN_ROWS_H
#define TWIN_TRAIN_TRAIN_ROWS_H

extern const char *const train_rate_kinds[], *const train_sign_kinds[], *const train_first_kinds[];

// clang-format off
#define TRAIN_ROWS(FLAG, WHOLE, NUMBER, REAL, CHOICE, MS) \
    FLAG(NET, "recurrent", 'R', "Hidden layers also hear their own last spikes", recurrent) \
    WHOLE(NET, "population", 0, "N", "Output neurons a word (default 1)", population, 1, 256) \
    CHOICE(NET, "init", "First weights: gaussian (default) or fluctuation (-driven)", fluctuation, train_first_kinds) \
    NUMBER(NET, "xi", 0, "X", "fluctuation: standard deviations from rest to threshold", initial.xi, 0.1, 100) \
    NUMBER(NET, "mean", 0, "X", "fluctuation: mean weight, as a part of the largest possible", initial.mean, 0, 0.999) \
    NUMBER(NET, "share", 0, "X", "fluctuation: of the variance, to feed-forward sources", initial.share, 0.001, 0.999) \
    NUMBER(NET, "front-start", 0, "RATE", "First front-end weights: each filter fires at RATE spikes a tick; 0: all alike; default 0.2, with synaptic currents 0.35, less by what refractory ticks take", front_start, 0, 1) \
    WHOLE(LEARN, "steps", 0, "N", "Steps to take, in whole passes over the training clips (default 16000, in 20 to 500 passes)", steps, 1, 100000000) \
    WHOLE(LEARN, "epochs", 'e', "N", "Passes over the training clips, in place of --steps", epochs, 1, 100000) \
    WHOLE(LEARN, "batch", 'b', "N", "Clips a step (default 32)", batch, 1, 65536) \
    WHOLE(LEARN, "clips-per-chip", 0, "N", "A fresh virtual chip every N clips (default 4)", clips_per_chip, 1, 65536) \
    NUMBER(LEARN, "lr", 0, "X", "Learning rate of the weights, in thresholds a step (cosine schedule; default 0.003)", lr, 1e-9, 10) \
    NUMBER(LEARN, "lr-front", 0, "X", "The same of the front end; 0: its weights stay", lr_front, 0, 10) \
    NUMBER(LEARN, "lr-leak", 0, "X", "Learning rate of leaks, exponential decays and gains; 0: they stay", lr_leak, 0, 1) \
    NUMBER(LEARN, "clip-norm", 0, "X", "Largest norm of a step's gradient", clip_norm, 1e-9, 1e9) \
    NUMBER(LEARN, "surrogate", 0, "BETA", "Steepness of the surrogate derivative (default 5, of laws beyond leaky integrate-and-fire and with synaptic currents 10)", surrogate, 0, 1000) \
    NUMBER(LEARN, "reset-grad", 0, "X", "1: differentiate through the reset, 0: not", reset_grad, 0, 1) \
    NUMBER(LEARN, "logit-scale", 0, "X", "Logits = X times output spike counts", logit_scale, 1e-6, 1e3) \
    REAL(LEARN, "rate-target", "X", "Spikes a hidden neuron and tick that cost nothing (default 0.1)", rate.target, 0, 1) \
    REAL(LEARN, "rate-weight", "X", "Weight of the penalty on rates above (default 1; of events and arrays 30)", rate.weight, 0, 1e6) \
    CHOICE(LEARN, "rate-kind", "above: mean of max(rate - target, 0)^2; toward: sum of ((rate - target) weight)^2", rate.kind, train_rate_kinds) \
    REAL(LEARN, "front-rate-target", "X", "The same of front-end neurons", front_rate.target, 0, 1) \
    REAL(LEARN, "front-rate-weight", "X", "The same of front-end neurons", front_rate.weight, 0, 1e6) \
    REAL(LEARN, "out-rate-target", "X", "Spikes an output neuron and tick that cost nothing", out_rate.target, 0, 1) \
    REAL(LEARN, "out-rate-weight", "X", "Weight of the penalty on rates of output neurons above (default 0)", out_rate.weight, 0, 1e6) \
    REAL(LEARN, "wrap-weight", "X", "Weight of the loss on membranes beyond half of the way to where they wrap, of laws that do (default 6)", wrap_weight, 0, 1e6) \
    NUMBER(LEARN, "topology-weight", 0, "X", "Weight of the loss on blocks of mixed sign", topology_weight, 0, 1e6) \
    NUMBER(LEARN, "magnitude-weight", 0, "X", "Weight of the loss on large weights", magnitude_weight, 0, 1e6) \
    NUMBER(LEARN, "magnitude-limit", 0, "X", "Weights up to X cost nothing", magnitude_limit, 0, 1e9) \
    CHOICE(LEARN, "signs", "Sign blocks: project (legal in every forward pass) or anneal", anneal_signs, train_sign_kinds) \
    NUMBER(LEARN, "choose-from", 0, "X", "The best epoch is one of the last, from this part of the run on (default 0.75; --patience: all)", choose_from, 0, 1) \
    NUMBER(LEARN, "average", 0, "EPOCHS", "Judge and keep the moving average of the weights over the last EPOCHS, not the last step's; 0 (default): the last step's", average, 0, 1e5) \
    WHOLE(LEARN, "patience", 0, "N", "Stop after N epochs without a better one; 0: never", patience, 0, 100000) \
    NUMBER(LEARN, "shift", 0, "MS", "Clips are moved by up to MS either way", plan.shift_ms, 0, 1000) \
    NUMBER(LEARN, "mask", 0, "SHARE", "Training hides a window of up to SHARE of each clip's ticks (default 1/16)", plan.mask_ticks, 0, 1) \
    NUMBER(LEARN, "mask-inputs", 0, "SHARE", "and a band of up to SHARE of its inputs (default 1/8)", plan.mask_inputs, 0, 1) \
    NUMBER(LEARN, "mask-from", 0, "X", "once held-back clips are wrong X times as often as training clips: before that, nothing is learned by heart (default 1.5)", mask_from, 0, 1e6) \
    MS(LEARN, "tau-hidden", "First time constant of hidden neurons", tau_hidden_s, 0.1, 1e5) \
    MS(LEARN, "tau-out", "First time constant of output neurons", tau_out_s, 0.1, 1e5) \
    WHOLE(LEARN, "held-chips", 0, "N", "Virtual chips that judge an epoch", held_chips, 1, TRAIN_JUDGES)
// clang-format on

// Those of the layer behind a front end: data that goes past it refuses them.
#define TRAIN_OF_FRONT "front-start", "lr-front", "front-rate-target", "front-rate-weight"

#endif
