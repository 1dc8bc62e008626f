// A verdict (twin/predict/verdict.h) in words and as JSON.
#ifndef CLI_PREDICT_VERDICT_TEXT_H
#define CLI_PREDICT_VERDICT_TEXT_H

#include "cli/cli.h"
#include "twin/predict/verdict.h"
#include "twin/task/merit.h"

enum { VERDICT_TEXT = 512 };

// "passes", "fails" or "cannot tell" for a name of verdict_names; "no verdict" for any other text.
const char *verdict_answer(const char *says);

// "passes: 97.0 % of 1000 chips reach 95.00 %; of other chips, with other speakers, 91.2..99.1 %, of which 90.0 % are
// wanted". share: what the limit is a share of, ", ..", or "". sources: NULL where there are none.
const char *verdict_text(const struct verdict *v, const struct merit *merit, int n_chips,
                         const char *share, const char *sources, char text[VERDICT_TEXT]);

// {says, limit, target, yield, chips, all, reached, more_chips, more_speakers}; null: no number would.
void verdict_json(cJSON *to, const struct verdict *v);

#endif
