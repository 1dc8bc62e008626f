// What the writer and the reader of network files agree on. Layout: docs/network-file.md.
#ifndef TWIN_NET_NET_FILE_H
#define TWIN_NET_NET_FILE_H

// "2": a graph with other weights and without metadata (twin/net/net_nir.h); "1": also without seal and
// chip file, texts in HDF5's heap.
#define NET_FILE_VERSION "3"

enum { NET_FILE_ROW = 4 };  // n_in, n_out, topology, recurrent of a layer in /spiketwin/shape
enum { NET_FILE_MORE = 2 }; // delayed, max_spikes in /spiketwin/shape_more; absent: 0, 1
enum { NET_FILE_TAPS = 2 }; // taps, spacing in /spiketwin/shape_taps; absent: 1, 0

#endif
