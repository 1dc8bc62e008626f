// What chips do not decide, as warnings and in JSON: the same words in every verb that tells an
// accuracy.
#ifndef CLI_PREDICT_UNDECIDED_H
#define CLI_PREDICT_UNDECIDED_H

#include "cli/cli.h"
#include "twin/predict/undecided.h"

// Counts over chips, or dies out of memory.
void undecided_of(struct undecided *u, const struct predict_job *job,
                  const struct predict_chip *chips, const uint16_t *decision, int n_chips,
                  double limit);

// A line on stderr for each thing that makes the accuracy no answer. `whose`: what the chips are,
// such as "the nominal chip"; limit: that the chips were held against, below 0 for none.
void undecided_warn(const struct undecided *u, const char *whose, const struct task_words *words,
                    double limit);

// Whether undecided_warn says anything.
bool undecided_any(const struct undecided *u);

// "undecided": {silent, tied, chips_never, chips_never_that_pass, chips_partly, layers_never,
// labels_never}.
void undecided_json(cJSON *to, const struct undecided *u);

#endif
