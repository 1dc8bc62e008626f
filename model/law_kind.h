// What a law is, as a row: its name, and tables of the parameters, words, states and stages that it has.
//
// The tables are the one list of them. Names in files, messages and reports, formats and ranges, images,
// hashes, memories of RTL and the comparison with it follow from it; code that is the same for all laws
// reads a word by its table and never names a law. Hot paths keep the structs that the tables describe;
// tests/unit/model/laws/test_law_kind.c holds one against the other.
#ifndef MODEL_LAW_KIND_H
#define MODEL_LAW_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Whose a word is, and so what its place is an offset in.
enum law_scope {
    LAW_SYNAPSE, // an array of the layer, (rows, neurons)
    LAW_NEURON,  // the neuron's words
    LAW_CHIP,    // the chip's words: tables, shared by all neurons
    LAW_STATE,   // the neuron's state
    LAW_STAGE    // the stages of a tick
};

// Format and range of a word under a chip's law.
struct law_range {
    int64_t lo, hi;
    int bits; // with the sign; 0: the law has no such word, and lo and hi are 0
    int frac; // of its LSB, 2^-frac; of a number that is a count 0
    bool is_signed;
};

// What the word of a neuron becomes that never fires again, whose weights are 0.
enum law_dead { LAW_AS_IT_IS, LAW_ZERO, LAW_MOST };

struct law_word {
    const char *name;
    enum law_scope scope;
    size_t at;   // bytes
    size_t size; // bytes: 2, 4 or 8, a signed integer
    struct law_range (*range)(const void *law);
    int (*entries)(const void *law); // how many there are of a chip's word; NULL: 1
    const char *what;
    enum law_dead dead; // of a neuron's word
};

struct field; // model/fields.h
struct image; // model/image.h

// What reaches one neuron in one tick.
struct law_tick {
    const void *law, *chip, *neuron; // the structs of its words
    const void *w;                   // weights of the neuron's sources: source r is entry r·stride
    int stride;                      // entries
    const int32_t *x; // (n_source) words of the sources: inputs, then own spikes of the
                      // tick before
    int n_source;     // of a synapse; a second synapse's weights follow
    int input_frac;   // fraction bits of the inputs
    int max_spikes;   // of a neuron in a tick
    int jitter;       // of the tick, Q1.15
};

struct law_kind {
    const char *name;
    const struct field *parameter; // of the struct that says all about the arithmetic
    const struct law_word *word;   // weight, neuron's, chip's, state: as write_select_i of the RTL
    const struct law_word *stage;  // in their order; the first is the exact sum of w·x
    int n_words, first_state, n_stages; // the first word of the state
    int recorded;               // stage whose word a trace keeps: the membrane before its reset
    int fire;                   // stage that is the spikes of the tick
    const signed char *left_by; // (states) stage whose word it is; -1: of no stage just so
    size_t law, neuron, chip, state, stages; // bytes of the structs

    const char *(*check)(const void *law); // NULL, or what is not allowed
    int (*synapses)(const void *law);      // of a source and neuron, each with a weight; NULL: 1
    // Beyond the words' formats: NULL, or the sum that the model cannot compute in. May be NULL.
    const char *(*fits)(const struct image *im);
    // The reference: the state of a neuron in which runs begin, and one tick of it.
    void (*rest)(const void *law, const void *neuron, void *state);
    void (*step)(const struct law_tick *t, void *state, void *stages);
};

enum { LAW_BYTES = 128, LAW_MAX_WORDS = 32 }; // room for the parameters of any law, and its words

extern const struct law_kind lif_kind; // struct law, law_neuron, law_state, law_stages
extern const struct law_kind
    dpi_kind; // struct dpi_law, dpi_neuron, dpi_state, dpi_stages, dpi_tables

extern const struct law_kind *const law_kinds[]; // ends in NULL

// The row of a name, or NULL.
const struct law_kind *law_kind_of(const char *name);

// A word by its table; `from` is the struct that the word's scope names.
static inline int64_t law_get(const struct law_word *x, const void *from)
{
    const char *at = (const char *)from + x->at;
    int64_t wide;
    int32_t word;
    int16_t half;
    if (x->size == sizeof half) {
        memcpy(&half, at, sizeof half);
        return half;
    }
    if (x->size == sizeof word) {
        memcpy(&word, at, sizeof word);
        return word;
    }
    memcpy(&wide, at, sizeof wide);
    return wide;
}

static inline void law_set(const struct law_word *x, void *to, int64_t value)
{
    char *at = (char *)to + x->at;
    int32_t word = (int32_t)value;
    int16_t half = (int16_t)value;
    if (x->size == sizeof half)
        memcpy(at, &half, sizeof half);
    else if (x->size == sizeof word)
        memcpy(at, &word, sizeof word);
    else
        memcpy(at, &value, sizeof value);
}

// State words of a neuron that a law of these parameters has.
static inline int law_state_words(const struct law_kind *k, const void *params)
{
    int n = 0;
    for (int word = k->first_state; word < k->n_words; word++)
        n += k->word[word].range(params).bits > 0;
    return n;
}

// The state words of a law begin here.
static inline const struct law_word *law_states(const struct law_kind *k)
{
    return k->word + k->first_state;
}

#endif
