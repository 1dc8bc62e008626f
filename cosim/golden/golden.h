// The golden model as a library for anybody's test bench: libstw_golden.so. Plain C types, so that
// SystemVerilog calls it through DPI-C (examples/dpi/stw_golden_pkg.sv has the imports), Python
// through ctypes (examples/cocotb), C as it is.
//
//   h = stw_open("mem");             // one chip: memories and chip.json
//   stw_vectors(h, "in.vec");        // stimulus of a file ...
//   while ((what = stw_read(h)) > 0) // ... clip by clip and tick by tick; or stw_rest, stw_event
//       if (what == STW_TICK) {      // and stw_tick with a stimulus of your own
//           (run a tick of the DUT on stw_x, stw_jitter)
//           stw_check(h, layer, neuron, "v", (what the DUT has)); // as many words as it shows
//       }
//   puts(stw_report(h)); return stw_verdict(h); stw_close(h);
//
// The contract: the model runs a tick first, the DUT answers, the model's side compares; nothing
// that a DUT says is ever an input of the model. The first thing that goes wrong with a handle
// stays with it: stw_error tells it, stw_verdict is 2, and what is asked for after it is 0 or -1. A
// handle serves one thread at a time. Names of stages are those of model/lif/law.h: gather, current,
// leak, integrate, clamp, fire, reset, refract.
#ifndef COSIM_GOLDEN_GOLDEN_H
#define COSIM_GOLDEN_GOLDEN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define STW_API __attribute__((visibility("default")))

enum { STW_ERROR = -1, STW_END, STW_CLIP, STW_TICK };

// --- a chip --------------------------------------------------------------------------------------

// Law, shape and words of any chip, as `spiketwin gen NET -k K --memories FOLDER` writes them.
// Always a handle but without memory; ask stw_error.
STW_API void *stw_open(const char *folder);
STW_API void stw_close(void *h);             // NULL is legal
STW_API const char *stw_error(void *h);      // "" if all was well; good until stw_close
STW_API const char *stw_image(void *h);      // hash of law, shape and words, as in the vectors
STW_API int stw_layers(void *h);             // 1..8
STW_API int stw_sources(void *h);            // of layer 0
STW_API int stw_neurons(void *h, int layer); // of a layer
STW_API int stw_stages(void);                // how many stages the law lif has
STW_API const char *stw_stage_name(int i);   // of stage 0.., in their order; "" beyond
STW_API int stw_words_of(void *h);           // state words of a neuron that the chip's law has
STW_API const char *stw_word_name(void *h, int i); // of word 0.. of them, such as v, u, u2, r

// --- words and state of one's own ----------------------------------------------------------------
//
// Between ticks, for hosts that write words and for checks of each step: `value`, sign-extended, within
// stw_least..stw_most; another is an error, not cut. A word stays until it is written again or
// stw_close; the state goes on from what is written, and to rest at stw_rest and at a clip of a file.
// stw_image stays that of the files; stw_reached counts with the words of each tick.

// A word of a neuron as its memory is named (lambda, theta, gain, ...), of its state (v, u, u2, r), or
// "fire": how often it fired in the tick before, which own and delayed layers hear.
STW_API int stw_write(void *h, int layer, int neuron, const char *word, int64_t value);
// The weight of a source as its memory is ordered: inputs, then own neurons; a second synapse's after.
// Weights whose sum the model cannot compute in are told by the next tick.
STW_API int stw_write_weight(void *h, int layer, int neuron, int source, int64_t value);
// Of "weight" and of all that stw_write takes; 0 and 0 of a word that the law has not got.
STW_API int64_t stw_least(void *h, int layer, const char *word);
STW_API int64_t stw_most(void *h, int layer, const char *word);

// --- stimulus of one's own -----------------------------------------------------------------------

STW_API int stw_rest(void *h);                     // a clip begins: v = u = r = 0, no spikes
STW_API int stw_event(void *h, int source, int x); // of the tick to come; x in the input format,
                                                   // below 0 too where that has a sign
// Runs the tick; jitter is its word (Q1.15).
STW_API int stw_tick(void *h, int jitter);

// --- stimulus of a file --------------------------------------------------------------------------

STW_API int stw_vectors(void *h, const char *path); // of `spiketwin gen`, for this very chip
// The next record: STW_CLIP (the model is at rest; put the DUT to rest), STW_TICK (the model has
// run it), STW_END after a whole file, STW_ERROR. Results in the file are passed over.
STW_API int stw_read(void *h);
STW_API int stw_x(void *h, int source); // of the last tick; 0: no event
STW_API int stw_jitter(void *h);        // of the last tick

// --- what the model has after the last tick ------------------------------------------------------

STW_API int64_t stw_stage(void *h, int layer, int neuron, const char *stage);
STW_API int64_t stw_state(void *h, int layer, int neuron, const char *word); // v, u, u2, r
STW_API int stw_spike(void *h, int layer, int neuron);

// Of the last tick, over all state words: cosim/vectors/signature.h. 0 before a clip's first tick.
STW_API uint32_t stw_signature(void *h);

// --- comparison, counted -------------------------------------------------------------------------

// `got`, sign-extended, against a stage or a state word. 0 same, 1 differs, -1 no such word.
STW_API int stw_check(void *h, int layer, int neuron, const char *what, int64_t got);
STW_API int64_t stw_words(void *h);      // compared so far
STW_API int64_t stw_differ(void *h);     // of them
STW_API const char *stw_report(void *h); // "N words, M differ; first difference: clip, tick, ..."
// Exit code for a test bench: 0 same, 1 differs, 2 something went wrong, no word was compared, or
// the model has 0 in each that was.
STW_API int stw_verdict(void *h);

// --- what was reached ----------------------------------------------------------------------------

// What the stimulus reached so far of where a wrong device would differ: "reached: ...", then a line a
// corner with its count, and what is left of it. Good until the next call.
STW_API const char *stw_reached(void *h);
STW_API int stw_corners(void *h);                 // how many there are
STW_API const char *stw_corner(void *h, int i);   // the name of one; "" beyond
STW_API int64_t stw_corner_count(void *h, int i); // how often; of bits of a word: how many of them

#ifdef __cplusplus
}
#endif
#endif
