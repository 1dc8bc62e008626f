// The inline functions of the mutated headers, for kill_model.c, which itself sees the originals.
#include "tests/mutants/probe.h"

#include "model/trace.h"

#define PROBE(name) .name = name
const struct probe probe_mutated = {
    PROBE(fx_shl),      PROBE(fx_shr_floor),   PROBE(fx_shr_rne),
    PROBE(fx_shr_tz),   PROBE(fx_shr),         PROBE(fx_max),
    PROBE(fx_min),      PROBE(fx_umax),        PROBE(fx_sat),
    PROBE(fx_wrap),     PROBE(fx_ubits),       PROBE(fx_bit),
    PROBE(fx_one),      PROBE(fx_log2),        PROBE(fx_log2_lane),
    PROBE(law_bits),    PROBE(network_padded), PROBE(trace_spike_words),
    PROBE(trace_spiked)};
