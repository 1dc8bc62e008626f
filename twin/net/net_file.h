// What the writer and the reader of network files agree on. Layout: docs/network-file.md.
#ifndef TWIN_NET_NET_FILE_H
#define TWIN_NET_NET_FILE_H

#define NET_FILE_VERSION "2" // "1": without seal and chip file, texts in HDF5's heap

enum { NET_FILE_ROW = 4 }; // n_in, n_out, topology, recurrent of a layer in /spiketwin/shape

#endif
