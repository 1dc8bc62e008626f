// What corners need to know of a law beyond its row: names, an observer of a tick, and ranges.
#ifndef COSIM_CORNERS_CORNERS_LAW_H
#define COSIM_CORNERS_CORNERS_LAW_H

#include "cosim/corners/corners.h"

// What happened inside of a neuron in a tick, each in the slot of its name.
struct corners_tick {
    struct {
        int64_t value; // what was divided by 2^shift
        int shift;     // 0: nothing was rounded
    } rounding[CORNERS_SLOTS];
    struct {
        int64_t value, lo, hi; // what was held to lo..hi; lo = hi: nothing was held
    } clamp[CORNERS_SLOTS];
    struct {
        int64_t difference; // to its threshold
        bool asked;
    } compare[CORNERS_SLOTS];
    bool flag[CORNERS_SLOTS];
};

// What values a neuron's words can take: proven bounds.
struct corners_bounds {
    struct corners_interval state[LAW_MAX_WORDS]; // of the row's states, after a tick
    struct {
        struct corners_interval value, factor; // value · factor is divided by 2^shift
        int shift;                             // 0: nothing is rounded
    } rounding[CORNERS_SLOTS];
    struct corners_interval clamp[CORNERS_SLOTS]; // of what is held
    struct corners_interval ends[CORNERS_SLOTS];  // to these
    struct corners_interval compare[CORNERS_SLOTS];
    bool flag[CORNERS_SLOTS];  // may happen
    bool lacks[CORNERS_SLOTS]; // a flag that the law has not got
};

typedef enum fx_round corners_way(const void *law, int slot);

struct corners_law {
    const struct law_kind *kind;
    const char *rounding[CORNERS_SLOTS], *clamp[CORNERS_SLOTS], *compare[CORNERS_SLOTS],
        *flag[CORNERS_SLOTS]; // names; NULL: no such slot
    void (*tick)(const struct law_tick *in, const void *before, const void *stages,
                 const void *after, struct corners_tick *t);
    // of a neuron; sum: of a synapse's w·x, of the law's two
    void (*bounds)(const struct law_image *im, int layer, int neuron,
                   const struct corners_interval sum[2], struct corners_bounds *b);

    // Of a device whose rounding in a slot is off. How the law rounds there; whether that is a choice
    // of the law of its own; whether nudge can tell.
    corners_way *way;
    bool (*chosen)(int slot);
    bool (*nudges)(const struct law_image *im, int slot);
    // Changes the neuron's words, or what it gathers (*sum is added to), so that the rounded `value` of
    // the slot is `delta` LSB more. False: not in this tick.
    bool (*nudge)(int slot, int64_t value, int64_t delta, const struct law_tick *in,
                  const void *before, void *neuron, int64_t *sum);
};

// The row of a law, or NULL.
const struct corners_law *corners_law_of(const struct law_kind *kind);

extern const struct corners_law corners_lif, corners_izhikevich;

// A word moved by delta; false where no word of its size holds that.
static inline bool corners_push(int32_t *word, int64_t delta)
{
    const int64_t to = *word + delta;
    if (to < INT32_MIN || to > INT32_MAX) return false;
    *word = (int32_t)to;
    return true;
}

#endif
