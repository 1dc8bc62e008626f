// The twin as a library for anybody's program: libspiketwin.so. A net of a file, any virtual chip of it, and what that chip does.
//
//   struct spiketwin *h = spiketwin_open("run/net.nir");
//   spiketwin_chip(h, 13, 1);                             // chip 13 of seed 1; 0, the nominal one, is there already
//   spiketwin_run(h, clips, ticks, x, NULL, counts);      // the integers that prediction and RTL have
//   if (*spiketwin_error(h)) puts(spiketwin_error(h));
//   spiketwin_close(h);
//
// Nets of any law but a DYNAP-SE2's. Same bits as the program, for any number of threads; OMP_NUM_THREADS says how many. A handle
// serves one caller at a time. Functions return 0, or -1 where spiketwin_error says what was wrong, with place, value and allowed range;
// nothing is written then. C types alone; nothing else of the library is seen from outside.
#ifndef TWIN_LIBRARY_SPIKETWIN_H
#define TWIN_LIBRARY_SPIKETWIN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct spiketwin;

// A file of `spiketwin train`, `make` or `import`, with the chip file that it keeps. Always a handle but without memory (NULL); ask spiketwin_error.
struct spiketwin *spiketwin_open(const char *net);
void spiketwin_close(struct spiketwin *h);              // NULL is legal
const char *spiketwin_error(const struct spiketwin *h); // of the last call that failed; "" of none

// --- the net -------------------------------------------------------------------------------------

int spiketwin_inputs(const struct spiketwin *h);             // of a tick
int spiketwin_outputs(const struct spiketwin *h);            // neurons of the last layer
int spiketwin_layers(const struct spiketwin *h);             // 1..8
int spiketwin_neurons(const struct spiketwin *h, int layer); // 0 beyond
int spiketwin_labels(const struct spiketwin *h); // 0: the net has none, each output is one
const char *spiketwin_label(const struct spiketwin *h, int i); // "" beyond
int32_t spiketwin_least(const struct spiketwin *h); // input word, LSB of the chip's input format
int32_t spiketwin_most(const struct spiketwin *h);

// --- a chip of it --------------------------------------------------------------------------------

// Draws chip k of a seed: a pure function of (chip file, net, seed, k). 0 is the nominal chip; predictions of the program have
// 1..2^31-1, seed 1. -1: no handle of a net.
int spiketwin_chip(struct spiketwin *h, uint32_t k, uint64_t seed);
uint64_t
spiketwin_hash(const struct spiketwin *h); // of law, shape and all words: image_hash of the program

// --- what it does --------------------------------------------------------------------------------

// Jitter words of this chip's clock in the clip of an id (`clip` of data sets): Q1.15 of a tick, (ticks). 0 of the nominal chip.
int spiketwin_jitter(struct spiketwin *h, uint64_t clip, int ticks, int16_t *jitter);

// x (clips, ticks, inputs) input words, each clip from rest; jitter (clips, ticks), or NULL: an even clock.
// counts (clips, outputs): spikes of each output in the clip.
int spiketwin_run(struct spiketwin *h, int clips, int ticks, const int32_t *x,
                  const int16_t *jitter, int32_t *counts);

// Of one clip what a layer has after each tick, to (ticks, neurons of the layer): "spikes" of the tick, or a state word of the law in
// LSB, such as v, u, u2, r.
int spiketwin_state(struct spiketwin *h, int ticks, const int32_t *x, const int16_t *jitter,
                    int layer, const char *word, int32_t *to);

// The label that counts (outputs) say: most spikes over its neurons, of equals the first.
int spiketwin_decide(const struct spiketwin *h, const int32_t *counts);

#ifdef __cplusplus
}
#endif
#endif
