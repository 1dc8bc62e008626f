// What chips said of clips, a line each: the same file from the twin and from the RTL.
#ifndef CLI_DECISIONS_H
#define CLI_DECISIONS_H

#include "cli/cli.h"

// WORD/FILE of a clip of the set.
const char *decisions_clip_name(const struct speech *s, int clip);

// "K WORD/FILE WORD" a line, in the order of chips and clips. k (n_chips); said[i]: (n_clips) what
// chip i decided; clip (n_clips) indices into the set.
void decisions_write(const char *path, const struct speech *s, const int *clip, int n_clips,
                     const uint32_t *k, const uint16_t *const *said, int n_chips);

#endif
