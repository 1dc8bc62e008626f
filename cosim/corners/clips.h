// Clips that reach corners: searched for, or picked from others so that few ticks reach what all do.
#ifndef COSIM_CORNERS_CLIPS_H
#define COSIM_CORNERS_CLIPS_H

#include "cosim/corners/corners.h"

struct corners_clip {
    int number; // of the clip that it is a part of
    int n_ticks;
    int32_t *x;      // (n_ticks, n_in)
    int16_t *jitter; // (n_ticks)
};

struct corners_clips {
    int n, room;
    struct corners_clip *clip;
};

void corners_clips_free(struct corners_clips *c);

// A copy of a stimulus. False: out of memory.
bool corners_clips_add(struct corners_clips *c, const struct stimulus *s, int n_in);

struct stimulus corners_stimulus(const struct corners_clip *c);

// What a search is to reach: more of the list of corners, or something of its caller's.
struct corners_goal {
    // Points for a tick of a neuron, beside those for corners; NULL: none.
    double (*see)(void *context, const struct law_tick *in, int layer, int neuron,
                  const void *before, const void *stages, const void *after);
    void (*took)(void *context); // the tick that was seen last is taken into the clip
    bool (*done)(void *context);
    void *context;
};

enum { CORNERS_TICKS = 2000, CORNERS_EFFORT = 12 }; // of a plan, where nobody says more

struct corners_plan {
    uint64_t seed;
    int ticks;    // that the clips may have together
    int effort;   // ticks that are tried before it gives up, for each of these
    bool jitters; // whether jitter words other than 0 may be sent
};

// Clips from rest, each tick the best of some that are tried, until nothing open is left or the plan's
// effort is spent. False: out of memory.
bool corners_search(const struct law_image *im, const struct corners_plan *plan,
                    const struct corners_goal *goal, struct corners_clips *to);

// The shortest parts, each from a clip's beginning, that reach all that all of them do: the part with
// the most that is new a tick, again and again. False: out of memory.
bool corners_distil(const struct law_image *im, const struct corners_clips *from,
                    struct corners_clips *to);

#endif
