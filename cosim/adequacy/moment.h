// Inside of adequacy: one tick of one neuron of the right model, and whether a wrong device differs there.
#ifndef COSIM_ADEQUACY_MOMENT_H
#define COSIM_ADEQUACY_MOMENT_H

#include "cosim/adequacy/adequacy.h"

// What a wrong device does, by group.
enum word_change {
    WORD_NARROW, // its upper bit is not there
    WORD_COARSE, // its lower bit is not there
    WORD_ZERO,
    WORD_PLUS_1,
    WORD_MINUS_1,
    WORD_NEIGHBOUR, // that of the next neuron
    WORD_STUCK_0,
    WORD_STUCK_1,
    WORD_CHANGES
};
enum state_change {
    STATE_WRAPS,
    STATE_SATURATES,
    STATE_COARSE,
    STATE_STUCK_0,
    STATE_STUCK_1,
    STATE_KEPT
};
enum round_change {
    ROUND_HALF_UP,
    ROUND_HALF_DOWN,
    ROUND_HALF_AWAY,
    ROUND_HALF_ZERO,
    ROUND_PLUS_1,
    ROUND_MINUS_1,
    ROUND_FLOOR,
    ROUND_CEILING,
    ROUND_ZERO,
    ROUND_EVEN,
    ROUND_CHANGES
};
enum order_change {
    ORDER_NO_JITTER,
    ORDER_LATE_JITTER,
    ORDER_MINUS_JITTER,
    ORDER_OWN_AT_ONCE,
    ORDER_OWN_UNHEARD,
    ORDER_OWN_LATE,
    ORDER_LAYER_LATE,
    ORDER_TAPS_UNHEARD,
    ORDER_TAPS_AT_ONCE,
    ORDER_EVENTS_LATE,
    ORDER_FIRST_LOST,
    ORDER_LAST_LOST,
    ORDER_FIRST_TWICE,
    ORDER_HALF_LOST,
    ORDER_REVERSED,
    ORDER_NEXT_ROW,
    ORDER_OWN_FIRST,
    ORDER_NEXT_NEURON,
    ORDER_X_NARROW,
    ORDER_X_COARSE,
    ORDER_X_ONE,
    ORDER_SUM_NARROW,
    ORDER_SUM_NARROWER,
    ORDER_SUM_SATURATES,
    ORDER_SUM_PLUS_1,
    ORDER_SUM_MINUS_1,
    ORDER_ONLY_EVENTS,
    ORDER_NOT_CLEARED,
    ORDER_SYNAPSES,
    ORDER_CHANGES
};
enum part_change { PART_SOURCE_DEAD, PART_SOURCE_NEXT, PART_NEURON_DEAD };

struct moment {
    struct law_tick in; // all sources
    int layer, neuron;
    const int *active; // (n_active) sources whose word is not 0
    int n_active;
    const void *before, *stages, *after;
    const int32_t *own_now;    // (n_out) spikes of the layer in this tick
    const int32_t *own_late;   // and two ticks ago; NULL: none
    const int32_t *heard_late; // (n_in) what the layer heard a tick ago; NULL: nothing
    int late_jitter;
    const void
        *kept; // the neuron's state at the end of the clip before, in a clip's first tick; or NULL
    const struct corners_tick *inside; // of the neuron's roundings
    bool first; // of its clip: a device begins in the state that its own words give
    bool alone; // the tick before is not known: what looks back is not asked
    void *
        hidden; // what a device of another law has of states that the right one has not: of the tick
                // before, and then of this one; NULL: 0
};

// What a word becomes by a change but that of its neighbour.
int64_t moment_word(const struct law_range *range, int change, int bit, int64_t x);

// Room of a thread: sources with their weights.
struct moment_room {
    void *w;      // (2 · (sources + 2)) weights
    int32_t *x;   // (sources + 2)
    char *hidden; // (neurons) states
};
bool moment_room_new(struct moment_room *r, const struct law_image *im);
void moment_room_free(struct moment_room *r);

// Whether the device leaves another state or spike than the right one.
bool moment_tells(const struct adequacy *a, const struct wrong *w, const struct moment *m,
                  struct moment_room *room);

// The same where a word of the neuron, or a weight from a source, has another value.
bool moment_tells_word(const struct adequacy *a, int word, int row, int64_t value,
                       const struct moment *m, struct moment_room *room);

#endif
