// HDF5 in the layout of SHD and SSC (Cramer et al., IEEE TNNLS 33, 2744, 2022), whoever wrote it:
//
//   /spikes/times   (n) sequences of times, real or whole numbers
//   /spikes/units   (n) sequences of whole numbers, each as long as its times
//   /labels         (n) whole numbers
//   /extra/speaker  (n) whole numbers; may be absent
//   /extra/keys     (labels) what each label is called; may be absent
//
// In one piece or in pieces, packed by the filters that the library has. libhdf5 runs in a process of
// its own (apart.h) and hands an item at a time back, so that memory holds one. Refused: values in
// other files, links out of it, and more events than the file has bytes for, before memory is taken.
#ifndef TWIN_IO_HDF5_SPIKES_H
#define TWIN_IO_HDF5_SPIKES_H

#include "base/fail.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hdf5_spikes_head {
    uint64_t n_items;
    bool whole;    // times are whole numbers
    bool speakers; // are told
    int n_keys;    // 0: not told
    const char *const *key;
};

struct hdf5_spikes_item {
    uint64_t index;
    int64_t label, speaker;
    size_t n;
    const double *time;  // (n) of the file's own unit
    const int64_t *unit; // (n)
};

struct hdf5_spikes_sink {
    void *context;
    int (*head)(void *context, const struct hdf5_spikes_head *head, struct fail *f);
    int (*item)(void *context, const struct hdf5_spikes_item *item, struct fail *f);
};

// bytes: of the file. What the sink gets is good until it returns; if that is not 0 reading ends.
int hdf5_spikes_read(const void *bytes, size_t n_bytes, const char *path,
                     const struct hdf5_spikes_sink *sink, struct fail *f);

#endif
