// Inside of hdf5_spikes: what the process that runs libhdf5 writes, record by record.
//
// KEYS: n texts, each with its 0, `bytes` in all. HEAD: n items, flags. ITEM: n doubles, then n int64.
// END: all was told. WHY: `bytes` of a message, without a 0.
#ifndef TWIN_IO_HDF5_SPIKES_WALK_H
#define TWIN_IO_HDF5_SPIKES_WALK_H

#include <stddef.h>
#include <stdint.h>

enum spikes_tag { SPIKES_KEYS = 1, SPIKES_HEAD, SPIKES_ITEM, SPIKES_END, SPIKES_WHY };
enum { SPIKES_WHOLE = 1, SPIKES_SPEAKERS = 2, SPIKES_MOST_KEYS = 4096 };

struct spikes_record {
    uint64_t tag, n, bytes, flags;
    int64_t label, speaker;
};

// Writes all of the file in memory to a descriptor.
void hdf5_spikes_walk(const void *bytes, size_t n_bytes, int fd);

#endif
