// Training through the golden model: integer forward, surrogate backward, fresh virtual chips.
//
// Epochs are judged on held-back training speakers, on virtual chips of their own; the best is
// kept. A run is a pure function of (chip, data, options): any number of threads, and any number of
// interruptions with resume, give the same bits.
#ifndef TWIN_TRAIN_TRAIN_H
#define TWIN_TRAIN_TRAIN_H

#include "twin/predict/undecided.h"
#include "twin/train/batch.h"
#include "twin/train/initialise.h"
#include "twin/train/plan.h"

enum { TRAIN_MAX_HIDDEN = IMAGE_MAX_LAYERS - 2 };
enum { TRAIN_MEASURED = 1024 }; // clips by which first weights are measured, at most

struct train_options {
    uint64_t seed;
    struct plan_options plan; // how clips are shown
    int steps;                // wanted: train_epochs says how many epochs they are
    int epochs;
    int batch;                   // clips a step
    int clips_per_chip;          // a fresh virtual chip every so many clips
    double lr;                   // of weights, in thresholds a step (Adam)
    double lr_front;             // of a first one-to-one layer, in the same unit
    double lr_leak;              // of λ, exponential decays and gains, a step; 0 = they stay
    double clip_norm;            // largest norm of the gradient (in units of 1/θ)
    double surrogate;            // β, see twin/lif/backward.h
    double reset_grad;           // see twin/lif/backward.h
    double logit_scale;          // logits = scale · spike counts
    struct loss_rate rate;       // of every hidden layer
    struct loss_rate front_rate; // of a first one-to-one layer
    struct loss_rate out_rate;   // of the output layer
    double topology_weight;      // of loss_topology, in thresholds
    float wrap_weight;           // of loss_wrap
    double magnitude_weight;     // of loss_magnitude, in thresholds squared
    double magnitude_limit;      // weight units
    int anneal_signs;            // 1: twin/train/sign_anneal.h
    double mask_from;   // once held-back clips are wrong so many times as often as training clips
    int held_chips;     // virtual chips that judge an epoch
    double choose_from; // epochs before this part of the run are not chosen, 0..1: they still move
                        // too fast for a good figure to be more than luck; all are with patience
    double average;     // epochs that train_average looks back over; 0: the net itself is judged
    int patience;       // stop after so many epochs without a better one; 0: never
    int n_hidden[TRAIN_MAX_HIDDEN]; // neurons of each hidden layer; 0 ends the list
    bool recurrent;                 // the hidden layers are
    int taps, spacing;              // of the hidden layers; taps 0 stands for 1
    int population;                 // output neurons a word
    double tau_hidden_s;            // s, initial membrane time constants; 0: the chip's
    double tau_out_s;
    int fluctuation; // 1: dense layers begin as initialise_dense says, else Gaussian
    struct initialise_fluctuation initial;
    double front_start; // rate that initialise_front aims at; 0: all filters begin alike
};

struct train_epoch {    // one row of the log
    int epoch;          // from 1
    double loss;        // mean on training clips, struct batch_result
    double rate_loss;   // of the firing-rate targets, and of membranes near where they wrap
    double weight_loss; // of topology and magnitude, weighted, at the epoch's end
    double train; // share of training clips decided right, while training; of targets of the points
    double held;  // mean share over the held chips on held-back speakers
    double rate;  // spikes per hidden neuron and tick
    struct undecided undecided; // of the held chips on held-back speakers
    int redrawn; // > 0: nothing was learned in so many epochs, and first weights are drawn anew
    double lr;
    long bad_steps;     // steps whose gradient was not finite, so far
    double seconds;     // wall time of the epoch; not part of any decision
    double clips_per_s; // training steps only
};

struct train {
    struct net net;      // master weights now
    struct net average;  // of net over its last steps, see train_average
    struct net best;     // of the best epoch so far, as it was judged
    struct net annealed; // room for net with its signs annealed
    float *m, *v;        // (n_values) Adam's moments
    uint64_t data_hash;  // dataset_hash of what it learns from
    int epoch;           // epochs done
    long step;           // steps done
    long bad_steps;
    int best_epoch;
    int mask_since; // the last epoch without masks; −1: masks have not begun
    int redrawn;    // times that first weights were drawn anew
    int stuck;      // epochs in a row, up to now, in which nothing is learned
    double best_held;
    double front_miss;  // what initialise_front left, spikes a neuron and tick
    uint64_t from_hash; // of the net it went on from; 0: fresh
};

void train_defaults(struct train_options *o);

// Options that depend on the chip's law: the first rate of front-end neurons, and the surrogate's
// steepness. Chosen on held-back training speakers: docs/training.md.
void train_suit(struct train_options *o, const struct chip *c);

// Options that somebody chose, of those that chip and data decide else.
struct train_told {
    bool front_start, surrogate, rate_weight, epochs, masks, shift;
};
void train_suit_data(struct train_options *o, const struct train_told *told, const struct chip *c,
                     const struct corpus *s);

// The layers of a net to go on from, as options.
void train_shape_from(struct train_options *o, const struct net *from);

// "7x5": taps and the ticks from one to the next; "1": none.
int train_taps(struct train_options *o, const char *given, struct fail *f);

// Epochs that take the steps wanted on so many clips, within TRAIN_EPOCHS_MIN and _MAX: less than the
// one learns from a large set in no order at all, more than the other repeats a handful of clips.
enum { TRAIN_EPOCHS_MIN = 20, TRAIN_EPOCHS_MAX = 500 };
int train_epochs(int steps, int batch, int n_clips);

// Network shape that the options ask for: where there is a front end a layer one-to-one with it, hidden
// layers, one neuron a word.
struct image_shape train_shape(const struct train_options *o, bool front, int n_in, int n_words);

// Fresh master weights; or those of `from` (not NULL), of the same shape, to go on from.
// train_fini(&zeroed) is legal.
int train_init(struct train *t, const struct chip *c, const struct corpus *s,
               const struct train_options *o, const struct net *from, struct fail *f);
void train_fini(struct train *t);

// Draws first weights anew, others than before and for livelier layers, and forgets all steps. For a net that
// did not begin as another's.
int train_redraw(struct train *t, const struct chip *c, const struct corpus *s,
                 const struct train_options *o, struct fail *f);

// Clips the gradient g (n_values) and takes one Adam step of `factor` times the learning rates.
// Returns false, and leaves everything, if the gradient is not finite.
bool train_update(struct train *t, const struct chip *c, const struct train_options *o, float *g,
                  double factor);

// Takes the net into its average: the mean over all steps so far, over the last `horizon` steps an
// exponential moving one, a += (net − a)/min(step, horizon) (Polyak and Juditsky 1992, with a
// window). In double, kept as float. For after a step that train_update took.
void train_average(struct train *t, double horizon);

// The loss of what tells nothing apart: of labels a guess, of targets the best constant.
double train_guess(const struct corpus *s);

// Learning rate as a part of the largest: cosine to 0 over the run, after a linear start.
double train_schedule(long step, long n_steps);

// Whether --patience has ended the run.
bool train_stopped(const struct train *t, const struct train_options *o);

// Runs from t->epoch to o->epochs, or till train_stopped. After each epoch `done` is called (may be
// NULL); if it returns non-zero the run stops there with -1.
int train_run(struct train *t, const struct chip *c, const struct corpus *s,
              const struct train_options *o, const struct progress *p,
              int (*done)(void *context, const struct train *t, const struct train_epoch *row,
                          struct fail *f),
              void *context, struct fail *f);

struct train_judged {
    double accuracy; // mean share of the points over chips
    struct undecided undecided;
};

// A net on held-back speakers, on chips first..first + n_chips - 1. Epochs are judged from
// TRAIN_FIRST_JUDGE on: chips that training never draws and evaluation never sees.
enum { TRAIN_JUDGES = 64 }; // largest n_chips
#define TRAIN_FIRST_JUDGE (UINT32_MAX - TRAIN_JUDGES + 1)
int train_judge(const struct net *net, const struct chip *c, const struct corpus *s, uint64_t seed,
                uint32_t first_chip, int n_chips, struct train_judged *judged, struct fail *f);

// Accuracy of a net on held-back speakers under each condition of its chip: on chip 1, in full on chips
// 1..TRAIN_JUDGES.
int train_judge_conditions(const struct net *net, const struct chip *c, const struct corpus *s,
                           double accuracy[CHIP_CONDITIONS], struct fail *f);

// What the bits of a run depend on, as text: options, chip, data. malloc'd; NULL: out of memory.
char *train_identity(const struct train *t, const struct chip *c, const struct train_options *o);

// The whole state of a run in one file, written to a temporary name, synced and renamed. Loading
// refuses a file of other options, chip or data.
int train_save(const struct train *t, const struct chip *c, const struct train_options *o,
               const char *path, struct fail *f);
int train_load(struct train *t, const struct chip *c, const struct train_options *o,
               const char *path, struct fail *f);

#endif
