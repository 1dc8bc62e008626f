// Nets without training: what `make` makes, for verbs that need one.
#ifndef CLI_CHIP_MAKE_H
#define CLI_CHIP_MAKE_H

#include "cli/cli.h"

// One layer more of --layer: "32x64", "64x64r" (recurrent), "64x2d" (hears the layer before a tick late),
// "16x16o" (one to one), "16x64t7x5" (7 taps, 5 ticks from one to the next). Exits with a message.
void make_layer(struct image_shape *s, const char *text);

// A net of this shape for the chip in use (cli_load_chip), its values as a chip's net begins; then at random, with
// corners most of them at ends, powers of two and a few LSB. Exits with a message.
void make_net(struct net *net, const struct chip *chip, const struct image_shape *shape);
void make_random(struct net *net, const struct chip *chip, uint64_t seed, bool corners);

#endif
