// Inside of hdf5_read: what the process that runs libhdf5 hands back, and how it gets there.
//
// A room shared by both processes: its head, then records one behind the other, each at a multiple
// of 8 bytes: struct hdf5_record, the name with its 0, the values.
#ifndef TWIN_IO_HDF5_WALK_H
#define TWIN_IO_HDF5_WALK_H

#include "twin/io/hdf5_read.h"

struct hdf5_record {
    uint64_t name_bytes;  // with its 0, without what fills up to a multiple of 8
    uint64_t value_bytes; // as struct hdf5_array's data
    uint64_t kind;
    uint64_t n_dims;
    uint64_t dims[HDF5_DIMS];
};

struct hdf5_room {
    uint64_t size; // bytes, of all of it
    uint64_t used;
    uint64_t n_records;
    uint64_t foreign; // 1: values in pieces and compressed, groups as deep as others nest them
    uint64_t walked;  // 1: to the end, 2: refused, and `why` says it; 0: the process did not end
    char why[256];
};

static inline uint64_t hdf5_filled(uint64_t n_bytes)
{
    return (n_bytes + 7) / 8 * 8;
}

// Fills the room with all arrays of the file in memory. room->size, used and foreign are set before.
void hdf5_walk(struct hdf5_room *room, const void *bytes, size_t n_bytes);

#endif
