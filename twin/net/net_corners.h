// Words at the corners of their formats: for whoever has a core to verify, so that stimuli can reach ends,
// ties and thresholds that a trained net never comes near.
#ifndef TWIN_NET_NET_CORNERS_H
#define TWIN_NET_NET_CORNERS_H

#include "twin/net/net.h"

// Moves most neurons of a net to corners, the same for the same seed: thresholds at their ends, leaks that
// are powers of two or none, weights of the largest words or a few LSB. The others stay as they are.
int net_corners(struct net *n, const struct chip *c, uint64_t seed, struct fail *f);

#endif
