// Stimuli through one chip of any law, in the caller's memory: the same bits as model/reference.h.
//
// LIF has kernels of its own, model/network.h of one stimulus and model/many.h of many; other laws run by
// the reference.
#ifndef MODEL_LAWS_ENGINE_H
#define MODEL_LAWS_ENGINE_H

#include "model/lif/trace.h"

enum { ENGINE_STIMULI = 16 }; // that a run takes at most

struct engine {
    size_t (*size)(const struct image *im); // bytes, aligned to 64: a multiple of 64
    // The words as they are now, in `memory`; the image must outlive it. One thread at a time.
    void (*init)(void *memory, const struct image *im);
    void (*run)(void *memory, int n, const struct stimulus *s, struct trace *t); // each from rest
};

// What prediction runs: counts and spikes, as fast as the law can. Other arrays of a trace: NULL.
const struct engine *engine_of(const struct law_kind *kind);

// What is compared with hardware: everything that a trace has room for.
const struct engine *recorder_of(const struct law_kind *kind);

#endif
