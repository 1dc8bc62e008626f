// The inline functions of model/*.h as a table. Compiled against the mutated headers in probe.c.
#ifndef TESTS_MUTANTS_KILL_PROBE_H
#define TESTS_MUTANTS_KILL_PROBE_H

#include "model/lif/network.h"

struct probe {
    int64_t (*fx_shl)(int64_t, int);
    int64_t (*fx_shr_floor)(int64_t, int);
    int64_t (*fx_shr_rne)(int64_t, int);
    int64_t (*fx_shr_tz)(int64_t, int);
    int64_t (*fx_shr_ceil)(int64_t, int);
    int64_t (*fx_shr_away)(int64_t, int);
    int64_t (*fx_shr)(int64_t, int, enum fx_round);
    int64_t (*fx_max)(int);
    int64_t (*fx_min)(int);
    int64_t (*fx_umax)(int);
    int64_t (*fx_sat)(int64_t, int64_t, int64_t);
    int64_t (*fx_wrap)(int64_t, int);
    int (*fx_ubits)(uint64_t);
    bool (*fx_bit)(uint64_t, int);
    uint64_t (*fx_one)(int);
    uint32_t (*fx_log2)(uint64_t, int, int);
    uint32_t (*fx_log2_lane)(uint32_t, int, int);
    // fx_lanes.h on 16 words
    void (*lanes_shr)(int32_t *x, int n, enum fx_round r);
    void (*lanes_shr_each)(int32_t *x, const int32_t *n, enum fx_round r);
    int (*law_bits)(struct law_format);
    int64_t (*law_get)(const struct law_word *, const void *);
    void (*law_set)(const struct law_word *, void *, int64_t);
    const struct law_word *(*law_states)(const struct law_kind *);
    int (*law_state_words)(const struct law_kind *, const void *);
    int32_t *(*trace_state)(const struct trace_layer *, const char *);
    bool (*law_leak_shifts)(enum law_leak);
    int64_t (*stimulus_written)(const struct law_range *, const struct stimulus_write *, int64_t);
    int32_t (*stimulus_x)(const struct stimulus *, int, int, int);
    int (*network_padded)(int);
    int (*trace_spike_words)(int);
    bool (*trace_spiked)(const struct trace_layer *, int, int, int);
};
extern const struct probe probe_mutated;

#endif
