// A net at random: for whoever has a core to verify and nothing trained.
#ifndef TWIN_NET_NET_DRAW_H
#define TWIN_NET_NET_DRAW_H

#include "twin/net/net.h"

// Values of all layers, the same for the same seed, within what the chip's words hold: neurons that
// fire now and then under events of all sizes, no two alike. Time constants are 1 to 64 ticks.
int net_draw(struct net *n, const struct chip *c, uint64_t seed, struct fail *f);

#endif
