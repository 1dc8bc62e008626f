// What chips said of items, a line each: the same file from the twin and from the RTL.
#ifndef CLI_PREDICT_DECISIONS_H
#define CLI_PREDICT_DECISIONS_H

#include "cli/cli.h"

// "K ITEM CLASS" a line, in the order of chips and items, of a clip "K WORD/FILE WORD". k (n_chips);
// said[i]: (n_items) what chip i decided; item_name (n_items), class_name: what they are called.
void decisions_write(const char *path, const char *const *item_name, int n_items,
                     const char *const *class_name, const uint32_t *k, const uint16_t *const *said,
                     int n_chips);

#endif
