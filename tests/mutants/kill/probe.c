// The inline functions of the mutated headers, for kill_model.c, which itself sees the originals.
#include "tests/mutants/kill/probe.h"

#include "model/fx_lanes.h"
#include "model/lif/trace.h"

static void lanes_shr(int32_t *x, int n, enum fx_round r)
{
    fx_lanes y;
    __builtin_memcpy(&y, x, sizeof y);
    y = fxl_shr(y, n, r);
    __builtin_memcpy(x, &y, sizeof y);
}

static void lanes_shr_each(int32_t *x, const int32_t *n, enum fx_round r)
{
    fx_lanes y, by;
    __builtin_memcpy(&y, x, sizeof y);
    __builtin_memcpy(&by, n, sizeof by);
    y = fxl_shr_each(y, by, r);
    __builtin_memcpy(x, &y, sizeof y);
}

#define PROBE(name) .name = name
const struct probe probe_mutated = {
    PROBE(fx_shl),         PROBE(fx_shr_floor),    PROBE(fx_shr_rne),
    PROBE(fx_shr_tz),      PROBE(fx_shr),          PROBE(fx_shr_ceil),
    PROBE(fx_shr_away),    PROBE(law_leak_shifts), PROBE(stimulus_written),
    PROBE(stimulus_x),     PROBE(fx_max),          PROBE(fx_min),
    PROBE(fx_umax),        PROBE(fx_sat),          PROBE(fx_wrap),
    PROBE(fx_ubits),       PROBE(fx_bit),          PROBE(fx_one),
    PROBE(fx_log2),        PROBE(fx_log2_lane),    PROBE(lanes_shr),
    PROBE(lanes_shr_each), PROBE(law_bits),        PROBE(law_get),
    PROBE(law_set),        PROBE(law_states),      PROBE(law_state_words),
    PROBE(trace_state),    PROBE(network_padded),  PROBE(trace_spike_words),
    PROBE(trace_spiked)};
