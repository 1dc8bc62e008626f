// Vectors for a device, and what they would let through: by the view of a chip's words.
#ifndef PYTHON_SRC_VECTORS_H
#define PYTHON_SRC_VECTORS_H

#include "shown.h"

#include <functional>

struct GenAsk {
    nb::handle events, jitter; // None: drawn or searched for
    std::optional<uint64_t> random;
    bool corners;
    int clips;
    std::optional<int> ticks;
    bool expect, stages;
    std::string net; // its name in the head
};

// What chip it is of, for the head.
struct GenChip {
    std::string name;
    uint64_t seed;
    uint32_t k;
    std::vector<std::pair<std::string, std::string>> more; // of the head
    // The clock's jitter in a drawn clip; false: it does not act.
    std::function<bool(int clip, int16_t *jitter, int ticks)> jitter;
};

// spiketwin gen.
void gen_of(const struct law_image &view, const GenChip &chip, const std::string &path,
            const GenAsk &ask);

// spiketwin adequacy of a file of vectors.
nb::dict adequacy_of(const struct law_image &view, const std::string &path);

extern const char gen_doc[], adequacy_doc[]; // what they say, in words

#endif
