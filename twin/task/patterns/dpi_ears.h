// What hears data for a DYNAP-SE2 net: the door of all data asks for a chip and a net that its words are for.
#ifndef TWIN_TASK_PATTERNS_DPI_EARS_H
#define TWIN_TASK_PATTERNS_DPI_EARS_H

#include "twin/dpi/dpi_net.h"
#include "twin/net/net.h"
#include "twin/task/patterns/dpi_corpus.h"

// Events and arrays: input words are event counts, 8 whole bits, in ticks of dt, s.
void dpi_hears_events(struct chip *ears, const char *chip, double dt);

// Sound: by the front end of the chip file `text`, of which `name` is what messages call it. Refuses one that
// has none.
int dpi_hears_sound(struct chip *ears, const char *chip, const char *text, const char *name,
                    struct fail *f);

// The encoder of sound behind it: rate, Hz, of an input word of 1.0.
struct dpi_encoder dpi_encodes(const struct chip *ears, double rate);

// Inputs, neurons, labels and speakers of a net, which its texts stay of. labels: of the net, or told.
struct net dpi_knows(const struct dpi_net *net, const struct labels *labels);

#endif
