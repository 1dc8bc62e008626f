// Whether a net that trains is alive: layers and outputs that never fire, a loss that stands at
// what a guess costs. Told as soon as it is seen, again when it is over, and of the net that is
// kept.
#ifndef CLI_TRAIN_TRAIN_WATCH_H
#define CLI_TRAIN_TRAIN_WATCH_H

#include "cli/cli.h"
#include "twin/predict/undecided.h"

struct train_watch {
    const char *unit, *items; // "epoch"; what chips are judged by: "held-back clips"
    double guess;             // loss of a net that learned nothing,
    char stands_at[32];       // how it is told: "ln(2) = ", before its value,
    const char *costs;        // and what costs so much: "a guess among 2 labels"
    struct task_words words;

    // Zeroed at first.
    uint32_t silent; // bit l: layer l, the outputs among them, was told to be
    bool told_loss;
    int stands_since; // unit since which the loss stands there; 0: it does not
    int for_rows;     // how long by now
};

// What a run that is resumed had seen, by the rows of its log.
void train_watch_resume(struct train_watch *w, const cJSON *log_rows);

// After a row of the log.
void train_watch_row(struct train_watch *w, int at, double loss, const struct undecided *u);

// After the last, with the net that is kept, of unit `kept`, judged once more: warns, and adds "undecided"
// and "loss_stands_since" (null: it does not) to the run's JSON.
void train_watch_end(const struct train_watch *w, cJSON *json, int kept, const struct undecided *u);

#endif
