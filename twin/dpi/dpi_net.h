// A network of DPI neurons as it is trained: real-valued weights, and circuits in SI units.
//
// One population with input and recurrence: the current that a tick's events bring neuron i is
// Iscale·(Σ_c w_in[c,i]·x[c] + Σ_j w_rec[j,i]·s[j]), x events of this tick, s spikes of the last.
#ifndef TWIN_DPI_DPI_NET_H
#define TWIN_DPI_DPI_NET_H

#include "twin/chip/dpi_circuit.h"
#include "twin/io/labels.h"
#include "base/fail.h"

#include <stddef.h>
#include <stdint.h>

enum { DPI_NET_MAX = 65536 }; // inputs, and neurons

struct dpi_net {
    int n_in;                    // 0: no input
    int n_neurons;               // from 1
    double *w_in;                // (n_in, n_neurons), units of Iscale; below 0: inhibition
    double *w_rec;               // (n_neurons, n_neurons), from x to
    struct dpi_circuit *circuit; // (n_neurons), or NULL: the chip's nominal circuit
    double Iscale;               // A
    double dt;                   // s, a tick
    char chip[64];               // name of the chip it was trained for, "" if none
    char *chip_file;             // the text of that chip's file, owned; NULL: not known

    // Of a net that was trained on sound, events or arrays; else nothing.
    struct labels labels; // label c is told by neuron c
    uint64_t *speaker;    // (n_speakers) whom it heard (twin/io/speakers.h); owned
    int n_speakers;       // 0: not known
    int clip_ms;          // heard of a recording; 0: its first second, or it hears no sound
    char *front_file;     // the text of the chip file whose front end it hears by, owned; or NULL
    double front_rate;    // Hz, events that an input word of 1.0 comes as
    char law[16];         // "silicon", ..: the arithmetic of its training; "": not known
};

// Allocates a net of zeroed weights, with circuits if asked for. dpi_net_fini(&zeroed) is legal.
int dpi_net_init(struct dpi_net *n, int n_in, int n_neurons, int with_circuits, struct fail *f);
void dpi_net_fini(struct dpi_net *n);

// A net of the same shape, circuits, Iscale, tick, name of chip and all that it was trained on, its
// weights zeroed.
int dpi_net_like(struct dpi_net *n, const struct dpi_net *from, struct fail *f);

// All that another net was trained on, into one that has nothing of it.
int dpi_net_trained_like(struct dpi_net *n, const struct dpi_net *from, struct fail *f);

// Refuses a weight that is not finite, and a circuit that is not sound (dpi_words.h), by neuron.
int dpi_net_check(const struct dpi_net *n, const char *name, struct fail *f);

// Keeps a copy of a chip file's text (NULL: of none): what dpi_net_save writes with the net.
int dpi_net_keep_chip(struct dpi_net *n, const char *text, struct fail *f);
int dpi_net_keep_front(struct dpi_net *n, const char *text, struct fail *f);

// HDF5 file, group /spiketwin: version "dpi-2", chip, chip_file, Iscale, dt, shape (n_in,
// n_neurons), w_in, w_rec, circuit (n_neurons, 24): doubles, bit for bit. A net with labels is
// "dpi-3": with words (the labels), and where they are known law, speakers, clip_ms, front_file
// and front_rate. Whole or not there; sealed (twin/io/hdf5_seal.h). "dpi-1", of older versions, has
// neither seal nor chip_file, and is read as well.
int dpi_net_save(const struct dpi_net *n, const char *path, struct fail *f);
int dpi_net_load(struct dpi_net *n, const char *path, struct fail *f);

// 1 where a file says that it is such a net, of whatever version, 0 where not, -1 where it cannot be
// read.
int dpi_net_is(const char *path, struct fail *f);

// The net of a reference trace, ../shared/data/dynapsim/NAME.json: "w_in", "w_rec", "parameters".
int dpi_net_load_trace(struct dpi_net *n, const char *path, struct fail *f);

#endif
