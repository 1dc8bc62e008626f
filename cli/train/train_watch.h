// Whether a net that trains is alive: layers and outputs that never fire, a loss that stands at
// what a guess costs. Told as soon as it is seen, again when it is over, and of the net that is
// kept.
#ifndef CLI_TRAIN_TRAIN_WATCH_H
#define CLI_TRAIN_TRAIN_WATCH_H

#include "cli/cli.h"
#include "twin/train/train.h"

struct train_watch { // zeroed at first
    uint32_t silent; // bit l: layer l, the outputs among them, was told to be
    bool told_loss;
    int stands_since; // epoch since which the loss stands at ln(labels); 0: it does not
    int for_epochs;   // how long by now
};

// What a run that is resumed had seen, by the rows of its log.
void train_watch_resume(struct train_watch *w, const struct speech *s, const cJSON *log_rows);

// After an epoch.
void train_watch_epoch(struct train_watch *w, const struct train *t, const struct speech *s,
                       const struct train_epoch *e);

// After the last: judges the net that is kept once more, warns, and adds "undecided" and
// "loss_stands_since" (null: it does not) to the run's JSON. Dies out of memory.
void train_watch_end(const struct train_watch *w, cJSON *json, const struct train *t,
                     const struct chip *c, const struct speech *s, const struct train_options *o);

#endif
