// What virtual chips of any law are asked, by the view of their words.
#ifndef PYTHON_SRC_LAW_H
#define PYTHON_SRC_LAW_H

#include "shown.h"

// A dict a layer: weights, which stay the memory of `owner`, and each kind of a neuron's words.
nb::list words_of(const struct law_image &view, nb::handle owner);

// Name to (bits, fraction bits, signed) of weights, neurons' words and states.
nb::dict formats_of(const struct law_image &view);

// spiketwin cosim of clips.
nb::dict cosim_of(const struct law_image &view, const Shown &s,
                  const std::optional<std::string> &build);

// spiketwin check of a file of vectors.
nb::dict check_of(const struct law_image &view, const std::string &vectors);

extern const char cosim_doc[], check_doc[]; // what they say, in words

#endif
