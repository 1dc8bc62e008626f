// NeuroBench's metrics of a net on its items, as the package `neurobench` 2.3 of PyPI defines them (J. Yik et al., "The
// neurobench framework for benchmarking neuromorphic computing algorithms and systems", Nature Communications 16:1545, 2025).
//
// The package reads them off a net of torch modules. Which net that is here, docs/prediction.md says under "NeuroBench";
// tests/nir/metrics.py builds it and holds every number against the package.
#ifndef TWIN_PREDICT_NEUROBENCH_H
#define TWIN_PREDICT_NEUROBENCH_H

#include <stdint.h>

struct neurobench {
    int64_t parameters; // words of weights and of neurons
    int64_t
        footprint; // bytes: each word of weights, neurons, tables and state in the smallest of 1, 2, 4, 8
    int64_t connections; // weights between layers
    int64_t zero;        // of them 0
    double sparsity;     // of connections, 0..1, to four decimals
    double silence;      // activation sparsity: share of (neuron, tick, item) without a spike, 0..1
    double macs, acs, dense; // synaptic operations of an item
    double accuracy;         // 0..1
    double rate;             // Hz: ticks a second of what the net hears
};

// What a net does on n_items items; counts are over all of them.
struct neurobench_count {
    int64_t macs, acs, dense;
    int64_t spiked, activations; // (neuron, tick) with a spike; all
    int64_t correct;
};

// Fills what follows from the counts and from connections, zero.
void neurobench_make(struct neurobench *to, const struct neurobench_count *c, int n_items);

// Bytes of the smallest element that holds a word of so many bits.
int neurobench_bytes(int bits);

#endif
