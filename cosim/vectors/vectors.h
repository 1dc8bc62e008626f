// Vector files: stimulus and expectation as text, one record a line. The format: docs/vectors.md.
//
// Three programs that pipe: gen writes stimulus, a DUT echoes it and adds its results, check reads
// both and compares with the model. Everything streams; every error names file, line and reason.
#ifndef COSIM_VECTORS_VECTORS_H
#define COSIM_VECTORS_VECTORS_H

#include "base/fail.h"
#include "cosim/corners/corners.h"
#include "cosim/dut/dut.h"
#include "cosim/vectors/vectors_stimulus.h"

#include <stdio.h>

// 1: without what was sent; names and values are not encoded. 3: any state words, signed and wide
// inputs, several spikes of a neuron in a tick.
enum { VECTORS_VERSION = 2, VECTORS_ANY = 3, VECTORS_STATES = 8, VECTORS_NAME = 16 };

// What the S record says: as much of law and shape as is needed to read the others. Without padding,
// so that two are the same if their bytes are.
struct vectors_shape {
    int n_layers;
    int n_states;
    struct {
        char name[VECTORS_NAME];
        int bits;
        int is_signed;
    } state[VECTORS_STATES]; // in the order of the law's row
    int x_bits;
    int x_signed;
    int n_in;
    int n_out[IMAGE_MAX_LAYERS];
    int spike_bits[IMAGE_MAX_LAYERS]; // of a neuron's spikes in a tick
};

struct vectors_shape vectors_shape_of(const struct law_image *im);

// The version that carries this image: VECTORS_VERSION wherever that does.
int vectors_version_of(const struct law_image *im);

// Result words of a tick, in the order of their records: of each layer its spikes, then state by
// state, (n_out) each.
int vectors_tick_words(const struct vectors_shape *s);

// The same of the stages, all that the law has: of each layer stage by stage, (n_out) each.
int vectors_stage_words(const struct law_image *im);
int vectors_stage_place(const struct law_image *im, int layer, int stage);

// Where in them a layer's words of a kind begin. kind: 0 its spikes, 1 + i its state i.
int vectors_place(const struct vectors_shape *s, int layer, int kind);

// The tag of a kind's records: Z, V, U, R; of version 3 W, or the state's name where that is asked for.
const char *vectors_kind_name(const struct vectors_shape *s, int kind);

// Counts of the E record.
struct vectors_counts {
    int64_t clips, ticks, events, results; // results: Z, V, U, R, W and G records
};

// --- writing -------------------------------------------------------------------------------------

struct vectors_writer {
    FILE *f;
    int version;
    struct vectors_shape shape;
    struct vectors_counts counts;
    struct vectors_sent sent;
};

// In this order: begin, head (any number), head_clip for each clip that will follow, shape, then
// for each clip: clip, and for each tick: tick, perhaps layer for each layer, and after it perhaps
// stages; end. `end` returns -1 with a message if anything could not be written. Version 1 has no head_clip.
void vectors_begin(struct vectors_writer *w, FILE *f, const struct law_image *im, int version);
void vectors_head(struct vectors_writer *w, const char *key, const char *value);
void vectors_head_image(struct vectors_writer *w,
                        const struct law_image *im); // key "image", its hash
void vectors_head_clip(struct vectors_writer *w, const struct vectors_stimulus *clip);
void vectors_shape(struct vectors_writer *w);
void vectors_clip(struct vectors_writer *w, int number, int ticks, const char *name);
void vectors_tick(struct vectors_writer *w, int tick, int jitter, const int32_t *x); // x (n_in)
void vectors_layer(struct vectors_writer *w, int tick, int layer,
                   const int64_t *words); // (vectors_tick_words) of the tick
void vectors_stages(struct vectors_writer *w, const struct law_image *im, int tick, int layer,
                    const int64_t *stages); // (vectors_stage_words) of the tick
int vectors_end(struct vectors_writer *w, char *message, size_t size);

// A whole clip, with results after each tick or without if NULL, and with them the stages or
// without if NULL.
struct vectors_results {
    const int64_t *words;       // (n_ticks, vectors_tick_words)
    const struct law_image *im; // of the stages
    const int64_t *stages;      // (n_ticks, vectors_stage_words)
};
void vectors_whole_clip(struct vectors_writer *w, int number, const char *name,
                        const struct stimulus *s, const struct vectors_results *results);

// --- reading -------------------------------------------------------------------------------------

enum vectors_kind {
    VECTORS_HEAD,
    VECTORS_SHAPE,
    VECTORS_CLIP,
    VECTORS_TICK,
    VECTORS_RESULT,
    VECTORS_STAGE
};

struct vectors_record {
    enum vectors_kind kind;
    const char *text; // the line; like all pointers here good until the next record
    const char *key;  // HEAD; what was sent is the reader's own and no record
    const char *value;
    int clip; // CLIP: its number
    int ticks;
    const char *name; // and its name; STAGE: the stage's
    int tick;         // TICK, RESULT, STAGE
    int jitter;
    const int32_t *x;    // (n_in)
    int layer;           // RESULT, STAGE
    int of;              // RESULT: kind of its words: 0 spikes, 1 + i state i
    const int64_t *word; // (n_out)
};

struct vectors_reader; // opaque

// `name` is for messages and must outlive the reader, as must `f`. NULL: out of memory.
struct vectors_reader *vectors_open(FILE *f, const char *name);
void vectors_close(struct vectors_reader *r); // NULL is legal; leaves the FILE open

// 1 with a record, 0 after a whole file (its E record read, its counts right and, from version 2
// on, every clip's stimulus what the head says was sent), -1 with a message.
int vectors_next(struct vectors_reader *r, struct vectors_record *to, char *message, size_t size);
const struct vectors_shape *vectors_reader_shape(const struct vectors_reader *r);
const struct vectors_counts *vectors_reader_counts(const struct vectors_reader *r);
long vectors_line(const struct vectors_reader *r);
int vectors_version(const struct vectors_reader *r);          // 0 before its first line
bool vectors_marked(const struct vectors_reader *r);          // it began with a byte order mark
bool vectors_without_results(const struct vectors_reader *r); // as far as it was read

// Clips that the head says were sent: version 2, all there once the shape was read.
int vectors_clips_sent(const struct vectors_reader *r, const struct vectors_stimulus **clip);

// --- the middle and the end of the pipe ----------------------------------------------------------

// The DUT as a filter: echoes `in` and adds its results to `out`. Results already in `in` are
// dropped. stages: adds all stages too. The file's image must be `im`, which is loaded here. Clock
// cycles, or -1 with a message.
int64_t vectors_dut(FILE *in, const char *name, FILE *out, struct dut_handle *h,
                    const struct law_image *im, bool stages, char *message, size_t size);

struct vectors_check {
    struct vectors_counts counts;
    bool stimulus_known;         // the file says what was sent, and it is what came back
    bool marked;                 // a byte order mark was passed over
    int64_t words, words_differ; // of state
    int64_t spikes, spikes_differ;
    int64_t stages, stages_differ;     // words of stages: of those that the file has
    int64_t moved;                     // words of the model that are not those of rest
    int64_t fired;                     // spikes of the model
    bool still[IMAGE_MAX_LAYERS];      // the layer never leaves rest
    bool silent[IMAGE_MAX_LAYERS];     // it never fires
    bool weightless[IMAGE_MAX_LAYERS]; // all its weights are 0
    bool differs;                      // the first difference:
    long line;                         // first line of its clip
    int clip, tick, layer, neuron;
    bool stage;              // it is in a stage, which comes before the words that follow from it
    char word[VECTORS_NAME]; // Z, V, U, R, or a state's name; a stage's
    int64_t expected, got;
    char hint[256]; // what would match instead; "" if nothing known would
};

// A word that alone, in place of what the model has, would give another signature of a tick.
struct signature_clue {
    int flipped; // bits of it; 0: there is no such word
    int layer, neuron, kind;
    int64_t expected, got;
};

// Signatures of a device, a line a tick (cosim/vectors/signature.h), beside the stimulus that it was given.
struct vectors_signatures {
    FILE *f;
    const char *name;
    int64_t n, differ; // ticks
    int clip, tick;    // of the first that differs, and its
    uint32_t expected, got;
    struct signature_clue clue;
};

// Recomputes every result of the file with the model and compares. 0 same, 1 differs, -1 could not
// compare: a bad or short file, a stimulus that is not the one sent, another image, or no result in
// it. Where `moved` is 0 "same" says nothing: a device that is always at rest would be the same.
// signatures: f and name are set; each tick's is compared as well, and the file may be without results. NULL: none.
// reached: of the same image; counts the corners of what was compared. NULL: none are counted.
int vectors_check(FILE *in, const char *name, const struct law_image *im, struct vectors_check *c,
                  struct vectors_signatures *signatures, struct corners *reached, char *message,
                  size_t size);

// What a reader of "0 differ" has to know beside it, a line each; returns how many.
enum { VECTORS_WARNINGS = 3 + 2 * IMAGE_MAX_LAYERS };
int vectors_warnings(const struct vectors_check *c, int n_layers, char text[][160]);

// Whether a device that is always at rest would be the same, which is no pass; and how that is said.
bool vectors_dead(const struct vectors_check *c);
extern const char vectors_dead_text[];

// --- memories ------------------------------------------------------------------------------------

// The file of a kind of word of a layer, layerL_NAME.hex. A word of the chip, such as a table, has one file,
// chip_NAME.hex, with layer 0. A blank of a name is a `_` in its file's.
struct vectors_memory {
    bool there; // the law has such words, and this is their layer
    char name[64];
    int bits; // of a word. Factors are always there, in 16 or more
    int n;    // words
};
struct vectors_memory vectors_memory_of(const struct law_kind *kind, const void *params, int layer,
                                        int rows, int neurons, int word);

// That at an address of rtl/stw_net.sv; of a word of the chip the entry.
int64_t vectors_memory_word(const struct law_image *im, int layer, int word, int at);

// Writes FOLDER/layerL_NAME.hex and chip_NAME.hex for $readmemh, for each kind of word that the law has, words
// in the order of rtl/stw_net.sv's addresses, and last FOLDER/chip.json: law, shape and the hash of it
// all, for the golden library. The folder is there.
int vectors_memories(const struct law_image *im, const char *folder, struct fail *f);

// FOLDER/chip.json alone.
int vectors_chip_json(const struct law_image *im, const char *folder, struct fail *f);

#endif
