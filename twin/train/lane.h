// Room for what a clip leaves behind on its way forward, as far as the way back reads it.
#ifndef TWIN_TRAIN_LANE_H
#define TWIN_TRAIN_LANE_H

#include "base/arena.h"
#include "twin/lif/backward.h"

// Lays the arrays of *t out in the arena (base NULL: counts them only).
void lane_trace(struct trace *t, const struct law *law, const struct image_shape *s, int n_ticks,
                struct arena *a);

#endif
